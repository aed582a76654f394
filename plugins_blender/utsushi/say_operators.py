"""What the panel's Say buttons do. Everything that changes the scene is one undo step; the gallery is rendered in the background."""

from pathlib import Path

import bpy

from . import host, pictures, say_scene, say_work, takes
from .engine.errors import UtsushiError
from .job import Job, JobError
from .operators import redraw
from .properties import choices, progress
from .say_properties import saying
from .take_operators import Guarded

SCRIPT = Path(__file__).with_name("say_session.py")
TICK = 0.2
"""Seconds between two looks at the gallery."""


class UTSUSHI_OT_say_read(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Read the instruction again, for example after you have edited the glossary"""

    bl_idname = "utsushi.say_read"
    bl_label = "Read Again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        said = saying(context)
        said.error = said.remedy = said.unknown = said.notes = said.missed = ""
        said.rows.clear()
        if not said.text.strip():
            return {"FINISHED"}
        try:
            say_work.read(context.scene, said)
        except (host.SceneError, UtsushiError) as error:
            said.error, said.remedy = str(error), error.remedy
        return {"FINISHED"}


class Gallery:
    """Takes that were just made: the first is used at once, the others can be compared as their pictures come in."""

    _job: Job | None = None
    _timer: bpy.types.Timer | None = None
    _made: list[int]

    def made(self, context: bpy.types.Context, indices: list[int], used: int) -> set[str]:
        """Uses a take, and begins to render all of them where there is a window."""
        self._made = indices
        takes.use(used)
        choices(context).take, choices(context).strength = used, 1.0
        if bpy.app.background or context.scene.camera is None:
            return {"FINISHED"}
        said = saying(context)
        wanted = [takes.every()[index]["settings"] for index in indices]
        try:
            self._job = Job(context.scene, {"do": "gallery", "wanted": wanted, "side": said.size, "samples": said.samples}, SCRIPT)
        except (OSError, RuntimeError) as error:
            self.report({"WARNING"}, f"The gallery could not be rendered: {error}")
            return {"FINISHED"}
        shown = progress(context)
        shown.running, shown.gallery, shown.text, shown.fraction = True, True, "starting a background Blender", 0.0
        shown.error = shown.remedy = ""
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        assert self._job
        shown = progress(context)
        if (event.type == "ESC" and event.value == "PRESS") or shown.wish:
            self._job.stop()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            found = self._job.poll()
        except JobError as error:
            self.report({"WARNING"}, f"The gallery could not be rendered: {error}. {error.remedy}")
            return self._end(context)
        shown.text, shown.fraction = self._job.progress["stage"], self._job.progress["fraction"]
        redraw(context)
        if found is None:
            return {"PASS_THROUGH"}
        every = takes.every()
        for index, picture in zip(self._made, found["pictures"], strict=False):
            if index < len(every):
                every[index]["picture"] = pictures.keep(picture)
        takes.store()
        return self._end(context)

    def cancel(self, context: bpy.types.Context) -> None:
        self._end(context)

    def _end(self, context: bpy.types.Context) -> set[str]:
        if self._timer:
            context.window_manager.event_timer_remove(self._timer)
        if self._job:
            self._job.close()
        self._job = self._timer = None
        shown = progress(context)
        shown.running, shown.wish, shown.text = False, "", ""
        redraw(context)
        return {"FINISHED"}


class UTSUSHI_OT_say(Gallery, bpy.types.Operator):  # noqa: N801
    """Choose among the models and set their own colors, keys and size so that they fit the instruction"""

    bl_idname = "utsushi.say"
    bl_label = "Do It"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        said = saying(context)
        reasons = (
            (progress(context).running, "Something is being rendered"),
            (not said.text.strip(), "Say what should change first"),
            (not any(row.use for row in said.rows), "Nothing of the instruction was understood, or all of it is unticked"),
        )
        for applies, reason in reasons:
            if applies:
                cls.poll_message_set(reason)
                return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        said = saying(context)
        try:
            indices = say_work.offer(context.scene, said)
            return self.made(context, indices, indices[0])
        except (host.SceneError, UtsushiError) as error:
            self.report({"ERROR"}, f"{error}. {error.remedy}")
            return {"CANCELLED"}


class UTSUSHI_OT_say_more(Gallery, bpy.types.Operator):  # noqa: N801
    """More like the take in use: others around it, closer each time"""

    bl_idname = "utsushi.say_more"
    bl_label = "More Like This One"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        used = 0 <= choices(context).take < len(takes.every()) and not progress(context).running
        if not used:
            cls.poll_message_set("Use a take first")
        return used

    def execute(self, context: bpy.types.Context) -> set[str]:
        said, used = saying(context), choices(context).take
        try:
            indices = say_work.more_like(context.scene, used, said.step)
            said.step += 1
            return self.made(context, indices, used)
        except (host.SceneError, UtsushiError) as error:
            self.report({"ERROR"}, f"{error}. {error.remedy}")
            return {"CANCELLED"}


class UTSUSHI_OT_say_lock(bpy.types.Operator):  # noqa: N801
    """Lock: this part stays as it is, whatever is said"""

    bl_idname = "utsushi.say_lock"
    bl_label = "Lock Part"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    name: bpy.props.StringProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        said = saying(context)
        said.locks = "\n".join(sorted(said.locked() ^ {self.name}))
        return {"FINISHED"}


class UTSUSHI_OT_say_target(bpy.types.Operator):  # noqa: N801
    """Say this of another part"""

    bl_idname = "utsushi.say_target"
    bl_label = "Of Another Part"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    row: bpy.props.IntProperty()
    target: bpy.props.StringProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        saying(context).rows[self.row].target = self.target
        return {"FINISHED"}


class UTSUSHI_OT_add_birds(bpy.types.Operator):  # noqa: N801
    """Add four birds to try words on: songbird, wader, waterbird and owl, with named parts and shape keys"""

    bl_idname = "utsushi.add_birds"
    bl_label = "Add Birds to Try"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .birds.build import add_family

        add_family(context.scene)
        return {"FINISHED"}


class UTSUSHI_OT_glossary(Guarded, bpy.types.Operator):  # noqa: N801
    """Open the glossary: your own words for parts, models and colors, a line each. It is kept in the file as a text"""

    bl_idname = "utsushi.glossary"
    bl_label = "Edit Glossary"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self.guarded(lambda: self._open(context))

    def _open(self, context: bpy.types.Context) -> None:
        text = bpy.data.texts.get(say_scene.GLOSSARY)
        if text is None:
            parts = ", ".join(say_work.catalog_of(context.scene).parts())
            text = bpy.data.texts.new(say_scene.GLOSSARY)
            text.from_string(f"# Your own words, a line each: word, word = Part\n# Parts here: {parts}\n# Also: sunny = #ffd21f\n")
        for area in context.window.screen.areas if context.window else ():
            if area.type == "TEXT_EDITOR":
                area.spaces.active.text = text
                return
        self.report({"INFO"}, f"{text.name} is in the Text Editor's list of texts; press Read Again after editing it")


CLASSES = (
    UTSUSHI_OT_say_read, UTSUSHI_OT_say, UTSUSHI_OT_say_more, UTSUSHI_OT_say_lock, UTSUSHI_OT_say_target, UTSUSHI_OT_add_birds,
    UTSUSHI_OT_glossary,
)  # fmt: skip
register, unregister = bpy.utils.register_classes_factory(CLASSES)
