"""What the user chooses, kept with the scene, and what a running search shows, kept with the window."""

from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from . import takes

GROUPS = ("lights", "world", "color")


def _strengthened(choices: "Choices", context: bpy.types.Context) -> None:
    """The slider moves the scene between its original and the take in use."""
    takes.use(choices.take, choices.strength)


class Shown(bpy.types.PropertyGroup):
    """One reference."""

    bl_idname = "UTSUSHI_PG_shown"

    path: StringProperty(name="Reference", description="A picture with the light and look that the render should get", subtype="FILE_PATH")


class Choices(bpy.types.PropertyGroup):
    """The user's wishes for one scene."""

    bl_idname = "UTSUSHI_PG_choices"

    references: CollectionProperty(type=Shown)
    lights: BoolProperty(name="Lights", description="Power and color of lights and of materials that glow", default=True)
    world: BoolProperty(name="World", description="Strength and color of the world", default=True)
    color: BoolProperty(name="Color Management", description="View transform, look, exposure, gamma and white balance", default=True)
    more: StringProperty(description="Names of what else may change, one a line", options={"HIDDEN"})
    open: StringProperty(description="Names of what is unfolded in the panel, one a line", options={"HIDDEN"})
    added: StringProperty(description="Full paths of properties that the user added, one a line", options={"HIDDEN"})
    locks: StringProperty(description="Names of what stays as it is, one a line", options={"HIDDEN"})
    likeness: FloatProperty(
        name="Likeness", description="How far to go towards the reference", default=1, min=0, max=2, soft_max=1.5, subtype="FACTOR"
    )
    alternatives: IntProperty(name="Alternatives", description="How many other answers to look for", default=3, min=0, max=8)
    size: IntProperty(name="Size", description="Longer side of the search's own render", default=160, min=32, max=1024, subtype="PIXEL")
    samples: IntProperty(name="Samples", description="Samples a pixel of the search's own render", default=48, min=1, max=4096)
    try_size: IntProperty(
        name="Size of Tries", description="Longer side of each try, where each has to be rendered", default=80, min=32, max=256,
        subtype="PIXEL",
    )  # fmt: skip
    try_samples: IntProperty(name="Samples of Tries", description="Samples a pixel of each try", default=6, min=1, max=256)
    take: IntProperty(default=-1, options={"HIDDEN"})
    strength: FloatProperty(
        name="Strength", description="How much of the take the scene has", default=1, min=0, max=1.5, soft_max=1, subtype="FACTOR",
        update=_strengthened,
    )  # fmt: skip

    def change(self) -> list[str]:
        """Groups and tools that may change."""
        return [*(group for group in GROUPS if getattr(self, group)), *sorted(self.names("more"))]

    def names(self, field: str) -> set[str]:
        """The lines of `more`, `open`, `added` or `locks`."""
        return set(getattr(self, field).splitlines())

    def toggle(self, field: str, name: str) -> None:
        setattr(self, field, "\n".join(sorted(self.names(field) ^ {name})))


class Progress(bpy.types.PropertyGroup):
    """What the running or last search says. It belongs to the window, so that undo does not touch it."""

    bl_idname = "UTSUSHI_PG_progress"

    running: BoolProperty()
    gallery: BoolProperty(description="Whether what runs renders the takes of an instruction, and is no search")
    wish: StringProperty(description='What the user asked the running search: "", "stop" or "cancel"')
    text: StringProperty()
    detail: StringProperty()
    picture: StringProperty()
    fraction: FloatProperty(subtype="FACTOR", min=0, max=1)
    error: StringProperty()
    remedy: StringProperty()


def choices(context: bpy.types.Context) -> Any:
    return context.scene.utsushi


def progress(context: bpy.types.Context) -> Any:
    return context.window_manager.utsushi


@persistent
def _at_rest(*_: object) -> None:
    """A file that was saved while a search ran has none running when it is opened."""
    said = progress(bpy.context)
    for name in said.bl_rna.properties.keys() - {"rna_type", "name"}:
        said.property_unset(name)


CLASSES = (Shown, Choices, Progress)


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)
    bpy.types.Scene.utsushi = PointerProperty(type=Choices)
    bpy.types.WindowManager.utsushi = PointerProperty(type=Progress)
    bpy.app.handlers.load_post.append(_at_rest)


def unregister() -> None:
    bpy.app.handlers.load_post.remove(_at_rest)
    del bpy.types.WindowManager.utsushi
    del bpy.types.Scene.utsushi
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
