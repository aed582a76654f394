"""Imitate and Stop: one search, from the panel's button to a take in the scene. What it changes is one undo step."""

import time
from pathlib import Path
from typing import Any

import bpy

from . import host, pictures, takes
from .job import Job, JobError
from .properties import choices, progress

TICK = 0.1
"""Seconds between two looks at a running search."""

SHORT = 20
"""Letters of a word or two; more are a sentence, and no name for a button."""

GOALS = {
    "same-view": "the reference, which shows this very view", "same-content": "the reference, which shows this very scene",
    "light": "the light that the reference suggests", "look": "the look that the reference suggests",
}  # fmt: skip
"""What a search went for, by the engine's proposer."""


def wishes(context: bpy.types.Context) -> dict[str, Any]:
    """What a background Blender is asked: the arguments of session.Session.imitate."""
    wanted = choices(context)
    options = {
        "only": wanted.change(), "locks": dict.fromkeys(sorted(wanted.names("locks"))), "likeness": wanted.likeness,
        "alternatives": wanted.alternatives, "seed": 0,
    }  # fmt: skip
    return {
        "references": [bpy.path.abspath(one.path) for one in wanted.references], "options": options, "side": wanted.size,
        "samples": wanted.samples, "tries": [wanted.try_size, wanted.try_samples], "added": sorted(wanted.names("added")),
    }  # fmt: skip


def missing(context: bpy.types.Context) -> str:
    """Why no search can begin, "" where one can."""
    wanted = choices(context)
    gone = [Path(one.path).name for one in wanted.references if not Path(bpy.path.abspath(one.path)).is_file()]
    reasons = (
        (not wanted.references, "Show a picture with the light and look that the render should get"),
        (gone, f"{', '.join(gone)} is not there: take it away, or show another"),
        (not wanted.change(), "Tick something that may change"),
        (context.scene.camera is None, "The scene has no camera: add one, and look through it"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def keep(context: bpy.types.Context, found: dict[str, Any]) -> None:
    """Makes takes of the best and of the alternatives, and writes the best into the scene."""
    answer, wanted, said = found["answer"], choices(context), progress(context)
    stem = Path(wanted.references[0].path).stem
    reasons = [effect["sentence"] for effect in answer["effects"]]
    for number, one in reversed(list(enumerate(answer["alternatives"]))):  # the panel shows the newest first
        other = {"name": brief(one["name"]), "settings": one["recipe"], "score": one["score"]["total"], "reasons": [one["name"]]}
        takes.add({**other, "picture": pictures.keep(found["pictures"][number + 1])})
    best = {"name": stem, "settings": answer["recipe"], "score": answer["score"]["total"], "reasons": reasons}
    index = takes.add({**best, "picture": pictures.keep(found["pictures"][0])})
    wanted.take, wanted.strength = index, 1.0
    before, after = answer["baseline"]["total"], answer["score"]["total"]
    said.text = f"{1 - after / max(before, after, 1e-9):.0%} of the way to {GOALS.get(answer['proposer'], 'what it asks for')}"
    said.detail = "\n".join([*found["notes"], *answer["warnings"]])


def brief(name: str) -> str:
    """An alternative's name for its button: why it is there, or in place of a sentence, which the tip tells in full, what it does."""
    why, _, words = name.partition(":")
    if len(why) <= SHORT:
        return why
    two = [part.strip() for part in (words or why).split(",")][:2]
    return ", ".join(two) if max(map(len, two)) <= SHORT else "another reading"


class UTSUSHI_OT_imitate(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Find values of the scene's own lights, world and color management that give it the light and look of the reference"""

    bl_idname = "utsushi.imitate"
    bl_label = "Imitate"
    bl_options = {"REGISTER"}

    _job: Job | None = None
    _timer: bpy.types.Timer | None = None
    _told: dict[str, Any] | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = "A search is running" if progress(context).running else missing(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Without a window (render farms): waits for the answer."""
        try:
            self._job = Job(context.scene, wishes(context))
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
        said.error = said.remedy = said.detail = said.picture = said.wish = ""
        said.text, said.fraction, said.running, said.gallery = "starting a background Blender", 0.0, True, False
        try:
            self._job = Job(context.scene, wishes(context))
        except (OSError, RuntimeError) as error:
            return self._failed(context, str(error), "Save the file once, and check that there is room for a temporary copy.")
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        assert self._job
        said = progress(context)
        if event.type == "ESC" and event.value == "PRESS":
            said.wish = "cancel"
        if said.wish == "cancel":
            said.text = "Cancelled; the scene is as it was"
            self._end(context)
            return {"CANCELLED"}
        if said.wish == "stop" and not self._job.stopping:
            self._job.stop()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            found = self._job.poll()
            if self._show(said, self._job.progress):
                redraw(context)
            if found is None:
                return {"PASS_THROUGH"}
            keep(context, found)
        except (JobError, host.SceneError) as error:
            return self._failed(context, str(error), error.remedy)
        self._end(context)
        bpy.ops.ed.undo_push(message="Imitate Reference")
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender itself ends the operator, for example when its window closes."""
        self._end(context)

    def _show(self, said: Any, now: dict[str, Any]) -> bool:
        """Whether there is something new to see: each redraw of a sidebar costs the whole window one."""
        left = f", about {now['eta']:.0f} s left" if now.get("eta") else ""
        tried = f"{now['evaluations']:,} tried" if now.get("evaluations") else ""
        gain = f"{max(0.0, 1 - now['score'] / now['baseline']):.0%} of the way" if now.get("score") and now.get("baseline") else ""
        told = {
            "text": "keeping the best so far" if said.wish == "stop" else f"{now['stage']}{left}", "fraction": round(now["fraction"], 2),
            "detail": now.get("remedy") or ", ".join(filter(None, (tried, gain))), "picture": now.get("picture") or "",
        }  # fmt: skip
        if told == self._told:
            return False
        for name, value in told.items():
            setattr(said, name, value)
        self._told = told
        return True

    def _failed(self, context: bpy.types.Context, what: str, remedy: str) -> set[str]:
        said = progress(context)
        said.error, said.remedy, said.text, said.detail = what, remedy, "", ""
        self.report({"WARNING"}, f"{what}. {remedy}")
        self._end(context)
        return {"CANCELLED"}

    def _end(self, context: bpy.types.Context) -> None:
        if self._timer:
            context.window_manager.event_timer_remove(self._timer)
        if self._job:
            self._job.close()
        self._job = self._timer = None
        said = progress(context)
        said.running, said.wish, said.picture = False, "", ""
        redraw(context)


class UTSUSHI_OT_stop(bpy.types.Operator):  # noqa: N801
    """End the search and keep the best so far. Esc ends it and leaves the scene as it was"""

    bl_idname = "utsushi.stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(progress(context).running)

    def execute(self, context: bpy.types.Context) -> set[str]:
        progress(context).wish = "stop"
        return {"FINISHED"}


def redraw(context: bpy.types.Context) -> None:
    """Draws the sidebars anew, and only them: a viewport may take long."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "IMAGE_EDITOR"):
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


CLASSES = (UTSUSHI_OT_imitate, UTSUSHI_OT_stop)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
