"""What the panel's buttons do. Everything that changes the scene is one undo step."""

import time
from pathlib import Path
from typing import Any

import bpy

from . import host, pictures, takes
from .job import Job, JobError
from .properties import choices, progress

TICK = 0.1
"""Seconds between two looks at a running search."""


def wishes(context: bpy.types.Context) -> dict[str, Any]:
    """The options of a study as the panel has them."""
    wanted = choices(context)
    return {
        "only": wanted.change(),
        "locks": dict.fromkeys(sorted(wanted.locked())),
        "likeness": wanted.likeness,
        "alternatives": wanted.alternatives,
        "seed": 0,
    }


def start(context: bpy.types.Context) -> Job:
    wanted = choices(context)
    reference = bpy.path.abspath(wanted.reference)
    return Job(context.scene, [reference], wishes(context), wanted.size, wanted.samples)


def keep(context: bpy.types.Context, found: dict[str, Any]) -> None:
    """Makes takes of the best and of the alternatives, and writes the best into the scene."""
    answer = found["answer"]
    stem = Path(choices(context).reference).stem
    best = {
        "name": stem,
        "settings": answer["recipe"],
        "score": answer["score"]["total"],
        "reasons": [e["sentence"] for e in answer["effects"]],
    }
    index = takes.add({**best, "picture": pictures.keep(found["pictures"][0])})
    for number, one in enumerate(answer["alternatives"]):
        other = {"name": f"{stem}: {one['name']}", "settings": one["recipe"], "score": one["score"]["total"], "reasons": [one["reason"]]}
        takes.add({**other, "picture": pictures.keep(found["pictures"][number + 1])})
    apply(takes.every()[index])
    said = progress(context)
    said.text = f"{answer['score']['total']:.2f} from the reference, {answer['baseline']['total']:.2f} before"
    notes = [*found["notes"], *answer["warnings"]]
    said.remedy = "; ".join(notes)


def apply(take: dict[str, Any]) -> None:
    """Puts back what earlier takes changed, then writes this one."""
    host.write(_originals())
    host.write(take["settings"])


def _originals() -> list[dict[str, Any]]:
    """What every setting that any take moves stood at before the first of them."""
    first: dict[tuple[str, str, str], dict[str, Any]] = {}
    for take in takes.every():
        for one in take["settings"]:
            first.setdefault((one["collection"], one["name"], one["path"]), {**one, "value": one["before"]})
    return list(first.values())


class UTSUSHI_OT_imitate(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Find values of the scene's own lights, world and color management that give it the light and look of the reference"""

    bl_idname = "utsushi.imitate"
    bl_label = "Imitate"
    bl_options = {"REGISTER"}

    _job: Job | None = None
    _timer: bpy.types.Timer | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        wanted = choices(context)
        reasons = (
            (progress(context).running, "A search is running"),
            (not wanted.reference, "Choose a reference picture first"),
            (not wanted.change(), "Tick at least one group that may change"),
            (context.scene.camera is None, "The scene has no camera"),
        )
        for applies, reason in reasons:
            if applies:
                cls.poll_message_set(reason)
                return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Without a window (render farms): waits for the answer."""
        try:
            self._job = start(context)
            while (found := self._job.poll()) is None:
                time.sleep(TICK)
            keep(context, found)
        except (JobError, host.SceneError) as error:
            self.report({"ERROR"}, f"{error}. {error.remedy}")
            return {"CANCELLED"}
        finally:
            self._end(context)
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        said = progress(context)
        said.error = said.remedy = ""
        said.text, said.fraction, said.running = "starting a background Blender", 0.0, True
        try:
            self._job = start(context)
        except (OSError, RuntimeError) as error:
            return self._failed(context, str(error), "Save the file once, and check that there is room for a temporary copy.")
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        assert self._job
        said = progress(context)
        if event.type == "ESC" and event.value == "PRESS" and not self._job.stopping:
            said.stopping = True
        if said.stopping and not self._job.stopping:
            self._job.stop()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            found = self._job.poll()
        except JobError as error:
            return self._failed(context, str(error), error.remedy)
        now = self._job.progress
        left = f", about {now['eta']:.0f} s left" if now.get("eta") else ""
        said.text = "stopping" if said.stopping else f"{now['stage']}{left}"
        said.fraction = now["fraction"]
        redraw(context)
        if found is None:
            return {"PASS_THROUGH"}
        try:
            keep(context, found)
        except host.SceneError as error:
            return self._failed(context, str(error), error.remedy)
        self._end(context)
        bpy.ops.ed.undo_push(message="Imitate Reference")
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender itself ends the operator, for example when its window closes."""
        self._end(context)

    def _failed(self, context: bpy.types.Context, what: str, remedy: str) -> set[str]:
        said = progress(context)
        said.error, said.remedy, said.text = what, remedy, ""
        self.report({"ERROR"}, f"{what}. {remedy}")
        self._end(context)
        return {"CANCELLED"}

    def _end(self, context: bpy.types.Context) -> None:
        if self._timer:
            context.window_manager.event_timer_remove(self._timer)
        if self._job:
            self._job.close()
        self._job = self._timer = None
        said = progress(context)
        said.running = said.stopping = False
        redraw(context)


class UTSUSHI_OT_stop(bpy.types.Operator):  # noqa: N801
    """End the search and keep the best so far (ESC)"""

    bl_idname = "utsushi.stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(progress(context).running)

    def execute(self, context: bpy.types.Context) -> set[str]:
        progress(context).stopping = True
        return {"FINISHED"}


class UTSUSHI_OT_apply(bpy.types.Operator):  # noqa: N801
    """Set the scene to this take"""

    bl_idname = "utsushi.apply"
    bl_label = "Apply Take"
    bl_options = {"REGISTER", "UNDO"}

    index: bpy.props.IntProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            apply(takes.every()[self.index])
        except host.SceneError as error:
            self.report({"ERROR"}, f"{error}. {error.remedy}")
            return {"CANCELLED"}
        return {"FINISHED"}


class UTSUSHI_OT_remove(bpy.types.Operator):  # noqa: N801
    """Forget this take; the scene stays as it is"""

    bl_idname = "utsushi.remove"
    bl_label = "Forget Take"
    bl_options = {"REGISTER", "UNDO"}

    index: bpy.props.IntProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        takes.remove(self.index)
        return {"FINISHED"}


class UTSUSHI_OT_reset(bpy.types.Operator):  # noqa: N801
    """Put every setting that a take moved back to where it stood before the first take"""

    bl_idname = "utsushi.reset"
    bl_label = "Back to the Original"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not takes.every():
            cls.poll_message_set("There are no takes")
        return bool(takes.every())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            host.write(_originals())
        except host.SceneError as error:
            self.report({"ERROR"}, f"{error}. {error.remedy}")
            return {"CANCELLED"}
        return {"FINISHED"}


class UTSUSHI_OT_lock(bpy.types.Operator):  # noqa: N801
    """Lock: the search leaves this light as it is"""

    bl_idname = "utsushi.lock"
    bl_label = "Lock"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    name: bpy.props.StringProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        wanted = choices(context)
        wanted.locks = "\n".join(sorted(wanted.locked() ^ {self.name}))
        return {"FINISHED"}


def redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "IMAGE_EDITOR"):
                area.tag_redraw()


CLASSES = (UTSUSHI_OT_imitate, UTSUSHI_OT_stop, UTSUSHI_OT_apply, UTSUSHI_OT_remove, UTSUSHI_OT_reset, UTSUSHI_OT_lock)


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)


def unregister() -> None:
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
