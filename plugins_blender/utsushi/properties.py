"""What the user chooses, kept with the scene, and what a running search shows, kept with the window."""

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

GROUPS = ("lights", "world", "color")


class Choices(bpy.types.PropertyGroup):
    """The user's wishes for one scene."""

    bl_idname = "UTSUSHI_PG_choices"

    reference: StringProperty(
        name="Reference", description="A picture with the light and look that the render should get", subtype="FILE_PATH"
    )
    lights: BoolProperty(name="Lights", description="Power and color of lights and of materials that glow", default=True)
    world: BoolProperty(name="World", description="Strength and color of the world", default=True)
    color: BoolProperty(name="Color Management", description="View transform, look, exposure and gamma", default=True)
    likeness: FloatProperty(
        name="Likeness", description="How far to go towards the reference", default=1, min=0, max=2, soft_max=1.5, subtype="FACTOR"
    )
    alternatives: IntProperty(name="Alternatives", description="How many other answers to look for", default=3, min=0, max=8)
    size: IntProperty(name="Size", description="Longer side of the search's own render", default=160, min=32, max=1024, subtype="PIXEL")
    samples: IntProperty(name="Samples", description="Samples a pixel of the search's own render", default=48, min=1, max=4096)
    locks: StringProperty(description="Names of what stays as it is, one a line", options={"HIDDEN"})

    def change(self) -> list[str]:
        """The groups that may change."""
        return [group for group in GROUPS if getattr(self, group)]

    def locked(self) -> set[str]:
        return set(self.locks.splitlines())


class Progress(bpy.types.PropertyGroup):
    """What the running or last search says. It belongs to the window, so that undo does not touch it."""

    bl_idname = "UTSUSHI_PG_progress"

    running: BoolProperty()
    stopping: BoolProperty()
    text: StringProperty()
    fraction: FloatProperty(subtype="FACTOR", min=0, max=1)
    error: StringProperty()
    remedy: StringProperty()


def choices(context: bpy.types.Context) -> Any:
    return context.scene.utsushi


def progress(context: bpy.types.Context) -> Any:
    return context.window_manager.utsushi


def register() -> None:
    bpy.utils.register_class(Choices)
    bpy.utils.register_class(Progress)
    bpy.types.Scene.utsushi = PointerProperty(type=Choices)
    bpy.types.WindowManager.utsushi = PointerProperty(type=Progress)


def unregister() -> None:
    del bpy.types.WindowManager.utsushi
    del bpy.types.Scene.utsushi
    bpy.utils.unregister_class(Progress)
    bpy.utils.unregister_class(Choices)
