"""What can be done with takes: use, keep, forget, go back, write as keyframes. Each is one undo step."""

from collections.abc import Callable
from typing import Any

import bpy

from . import animate, host, takes
from .properties import choices


class Guarded:
    """An operator that writes into the scene: what cannot be written is reported with its remedy."""

    bl_options = {"REGISTER", "UNDO"}

    def guarded(self, act: Callable[[], object]) -> set[str]:
        try:
            act()
        except host.SceneError as error:
            self.report({"ERROR"}, f"{error}. {error.remedy}")
            return {"CANCELLED"}
        return {"FINISHED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not takes.every():
            cls.poll_message_set("There are no takes yet")
        return bool(takes.every())


class UTSUSHI_OT_apply(Guarded, bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Set the scene to this take"""

    bl_idname = "utsushi.apply"
    bl_label = "Use Take"

    index: bpy.props.IntProperty()

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        take = takes.every()[properties.index]
        return ". ".join([f"Set the scene to {take['name']}", *take["reasons"][:3]])

    def execute(self, context: bpy.types.Context) -> set[str]:
        def act() -> None:
            takes.use(self.index)
            choices(context).take = self.index
            choices(context).strength = 1.0

        return self.guarded(act)


class UTSUSHI_OT_keep(Guarded, bpy.types.Operator):  # noqa: N801
    """Keep the state that the scene is in now as a take of its own, with what you changed by hand"""

    bl_idname = "utsushi.keep"
    bl_label = "Keep as Take"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def act() -> None:
            choices(context).take = takes.add({"name": "by hand", "settings": [], "score": None, "reasons": []})

        return self.guarded(act)


class UTSUSHI_OT_remove(Guarded, bpy.types.Operator):  # noqa: N801
    """Forget this take; the scene stays as it is"""

    bl_idname = "utsushi.remove"
    bl_label = "Forget Take"

    index: bpy.props.IntProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        wanted = choices(context)
        takes.remove(self.index)
        if wanted.take >= self.index:
            wanted.take = -1 if wanted.take == self.index else wanted.take - 1
        return {"FINISHED"}


class UTSUSHI_OT_reset(Guarded, bpy.types.Operator):  # noqa: N801
    """Put every setting that a take moved back to where it stood before the first take"""

    bl_idname = "utsushi.reset"
    bl_label = "Back to the Original"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def act() -> None:
            host.write(takes.originals())
            choices(context).take = -1

        return self.guarded(act)


class UTSUSHI_OT_keyframes(Guarded, bpy.types.Operator):  # noqa: N801
    """Animate from the original, at the current frame, to the take in use"""

    bl_idname = "utsushi.keyframes"
    bl_label = "Animate to This Take"

    frames: bpy.props.IntProperty(name="Frames", description="From the original to the take", default=48, min=1, max=100_000)
    strips: bpy.props.BoolProperty(
        name="As NLA Strips", description="Two tracks, Original and the take, whose influence is animated, instead of keyframes"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        used = 0 <= choices(context).take < len(takes.every())
        if not used:
            cls.poll_message_set("Use a take first")
        return used

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        take, first = takes.every()[choices(context).take], context.scene.frame_current
        write = animate.strips if self.strips else animate.keyframes
        return self.guarded(lambda: write(take, first, first + self.frames))


CLASSES = (UTSUSHI_OT_apply, UTSUSHI_OT_keep, UTSUSHI_OT_remove, UTSUSHI_OT_reset, UTSUSHI_OT_keyframes)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
