"""What the user shows and what may change: references, ticks, locks, and properties added by right-click."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from . import parameters, pictures
from .properties import choices

SUFFIXES = "*.png;*.jpg;*.jpeg;*.tif;*.tiff;*.exr;*.hdr;*.webp;*.bmp;*.tga"
MOST = 12
"""References that the engine takes."""


class UTSUSHI_OT_show(bpy.types.Operator, ImportHelper):  # noqa: N801 - Blender's naming
    """Choose pictures with the light and look that the render should get. Several with one look say more than one"""

    bl_idname = "utsushi.show"
    bl_label = "Show Reference"
    bl_options = {"REGISTER", "UNDO"}

    filter_glob: bpy.props.StringProperty(default=SUFFIXES, options={"HIDDEN"})
    files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        names = [one.name for one in self.files if one.name]
        paths = [str(Path(self.directory) / name) for name in names] or [self.filepath]
        return {"FINISHED"} if show(context, paths) else {"CANCELLED"}


def show(context: bpy.types.Context, paths: list[str]) -> bool:
    """Adds references that are not there yet -> whether one was added."""
    references = choices(context).references
    there = {one.path for one in references}
    fresh = [path for path in paths if path not in there][: MOST - len(references)]
    for path in fresh:
        references.add().path = path
    return bool(fresh)


class UTSUSHI_OT_show_image(bpy.types.Operator):  # noqa: N801
    """Show the picture that is open in this editor as a reference"""

    bl_idname = "utsushi.show_image"
    bl_label = "Use This Image"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        there = getattr(context.space_data, "image", None) is not None
        if not there:
            cls.poll_message_set("Open a picture in this editor first")
        return there

    def execute(self, context: bpy.types.Context) -> set[str]:
        image = context.space_data.image
        path = bpy.path.abspath(image.filepath)
        if image.source != "FILE" or image.is_dirty or not Path(path).is_file():
            path = pictures.place(f"{bpy.path.clean_name(image.name)}.png")
            try:
                image.save_render(path, scene=context.scene)
            except RuntimeError as error:
                self.report({"ERROR"}, f"{image.name} cannot be saved: {error}. Save it to a file first.")
                return {"CANCELLED"}
        return {"FINISHED"} if show(context, [path]) else {"CANCELLED"}


class UTSUSHI_OT_hide(bpy.types.Operator):  # noqa: N801
    """Take this reference away"""

    bl_idname = "utsushi.hide"
    bl_label = "Remove Reference"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    index: bpy.props.IntProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        choices(context).references.remove(self.index)
        return {"FINISHED"}


class Toggle:
    """A button that puts a name into a list of the user's choices, or takes it out."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}
    field: str

    name: bpy.props.StringProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        choices(context).toggle(self.field, self.name)
        return {"FINISHED"}


class UTSUSHI_OT_lock(Toggle, bpy.types.Operator):  # noqa: N801
    """Lock: the search leaves this as it is"""

    bl_idname = "utsushi.lock"
    bl_label = "Lock"
    field = "locks"

    name: bpy.props.StringProperty()


class UTSUSHI_OT_tick(Toggle, bpy.types.Operator):  # noqa: N801
    """Let the search change this. What is neither light nor color management is rendered try by try, which takes longer"""

    bl_idname = "utsushi.tick"
    bl_label = "May Change"
    field = "more"

    name: bpy.props.StringProperty()


class UTSUSHI_OT_unfold(Toggle, bpy.types.Operator):  # noqa: N801
    """Show what this holds"""

    bl_idname = "utsushi.unfold"
    bl_label = "Unfold"
    field = "open"

    name: bpy.props.StringProperty()


class UTSUSHI_OT_add(bpy.types.Operator):  # noqa: N801
    """Let Utsushi's search change this property, or no longer"""

    bl_idname = "utsushi.add"
    bl_label = "Add to Utsushi"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return hasattr(context, "button_prop") and hasattr(context, "button_pointer")

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = path_of(context)
        wanted = choices(context)
        if path not in wanted.names("added"):
            try:
                rows = parameters.added(path)
            except ValueError as error:
                self.report({"ERROR"}, f"This cannot be searched: {error}")
                return {"CANCELLED"}
            if not rows:
                self.report({"ERROR"}, "This cannot be searched: it is not a number or a color")
                return {"CANCELLED"}
            if parameters.ADDED not in wanted.names("more"):
                wanted.toggle("more", parameters.ADDED)
        wanted.toggle("added", path)
        return {"FINISHED"}


def path_of(context: bpy.types.Context) -> str:
    """The full path of the property under the mouse, as "Copy Full Data Path" gives it."""
    pointer, name = context.button_pointer, context.button_prop.identifier
    return f"{pointer!r}.{name}"


def menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    """Adds the entry to the menu of a right-click on any property."""
    if UTSUSHI_OT_add.poll(context) and context.button_prop.type in ("FLOAT", "INT"):
        there = path_of(context) in choices(context).names("added")
        self.layout.separator()
        self.layout.operator("utsushi.add", text="Remove from Utsushi" if there else "Add to Utsushi", icon="SHADERFX")


CLASSES = (
    UTSUSHI_OT_show, UTSUSHI_OT_show_image, UTSUSHI_OT_hide, UTSUSHI_OT_lock, UTSUSHI_OT_tick, UTSUSHI_OT_unfold, UTSUSHI_OT_add,
)  # fmt: skip


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)
    bpy.types.UI_MT_button_context_menu.append(menu)


def unregister() -> None:
    bpy.types.UI_MT_button_context_menu.remove(menu)
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
