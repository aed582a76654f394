"""The panel in the sidebar of the 3D viewport and of the image editor."""

from textwrap import wrap

import bpy

from . import lights, pictures, takes
from .properties import choices, progress

ROWS = 12
"""Lights listed with their locks; more of them would be a list, not a panel."""


class Drawn:
    """What both editors show."""

    bl_label = "Imitate Reference"
    bl_region_type = "UI"
    bl_category = "Utsushi"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        wanted = choices(context)
        layout.prop(wanted, "reference", text="")
        if icon := pictures.icon(bpy.path.abspath(wanted.reference)):
            layout.template_icon(icon_value=icon, scale=7)
        self._change(context)
        layout.prop(wanted, "likeness", slider=True)
        self._run(context)
        self._takes(context)

    def _change(self, context: bpy.types.Context) -> None:
        wanted = choices(context)
        column = self.layout.column(heading="May Change")
        for name in ("lights", "world", "color"):
            column.prop(wanted, name)
        found, notes = lights.emitters(context.scene)
        if not found:
            self.layout.label(text="No light here can be changed", icon="INFO")
        locked = wanted.locked()
        column = self.layout.column(align=True)
        for one in found[:ROWS]:
            row = column.row(align=True)
            row.active = wanted.world if one["kind"] == "world" else wanted.lights
            row.label(text=one["label"], icon={"light": "LIGHT", "world": "WORLD", "material": "MATERIAL"}[one["kind"]])
            row.operator("utsushi.lock", text="", icon="LOCKED" if one["id"] in locked else "UNLOCKED", emboss=False).name = one["id"]
        if len(found) > ROWS:
            column.label(text=f"and {len(found) - ROWS} more")
        for note in notes[:3]:
            paragraph(self.layout, context, note, "INFO")

    def _run(self, context: bpy.types.Context) -> None:
        said = progress(context)
        if said.running:
            row = self.layout.row(align=True)
            row.progress(factor=said.fraction, text=said.text)
            row.operator("utsushi.stop", text="", icon="X")
            return
        row = self.layout.row()
        row.scale_y = 1.4
        row.operator("utsushi.imitate", icon="SHADERFX")
        if said.error:
            paragraph(self.layout, context, said.error, "ERROR")
        elif said.text:
            paragraph(self.layout, context, said.text, "CHECKMARK")
        if said.remedy:
            paragraph(self.layout, context, said.remedy)

    def _takes(self, context: bpy.types.Context) -> None:
        found = takes.every()
        if not found:
            return
        self.layout.separator()
        self.layout.operator("utsushi.reset", icon="LOOP_BACK")
        grid = self.layout.grid_flow(row_major=True, columns=2, even_columns=True, align=False)
        for index, take in reversed(list(enumerate(found))):
            box = grid.box().column(align=True)
            if icon := pictures.icon(take.get("picture", "")):
                box.template_icon(icon_value=icon, scale=5)
            row = box.row(align=True)
            row.operator("utsushi.apply", text=take["name"]).index = index
            row.operator("utsushi.remove", text="", icon="X").index = index


def paragraph(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE") -> None:
    """A label that wraps: Blender's own do not."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    width = max(20, int(context.region.width / (7.5 * context.preferences.system.ui_scale)))
    for number, line in enumerate(wrap(text, width)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1" if icon != "NONE" else "NONE")


class UTSUSHI_PT_view(Drawn, bpy.types.Panel):  # noqa: N801 - Blender's naming
    bl_idname = "UTSUSHI_PT_view"
    bl_space_type = "VIEW_3D"


class UTSUSHI_PT_image(Drawn, bpy.types.Panel):  # noqa: N801
    bl_idname = "UTSUSHI_PT_image"
    bl_space_type = "IMAGE_EDITOR"


class Reasons:
    """Why the newest take is as it is."""

    bl_label = "Reasons"
    bl_region_type = "UI"
    bl_category = "Utsushi"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return any(take.get("reasons") for take in takes.every())

    def draw(self, context: bpy.types.Context) -> None:
        take = next(take for take in reversed(takes.every()) if take.get("reasons"))
        self.layout.label(text=take["name"])
        for reason in take["reasons"]:
            paragraph(self.layout, context, reason, "DOT")


class UTSUSHI_PT_view_reasons(Reasons, bpy.types.Panel):  # noqa: N801
    bl_idname = "UTSUSHI_PT_view_reasons"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "UTSUSHI_PT_view"


class Search:
    """How the search itself renders."""

    bl_label = "Search"
    bl_region_type = "UI"
    bl_category = "Utsushi"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        for name in ("alternatives", "size", "samples"):
            self.layout.prop(choices(context), name)


class UTSUSHI_PT_view_search(Search, bpy.types.Panel):  # noqa: N801
    bl_idname = "UTSUSHI_PT_view_search"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "UTSUSHI_PT_view"


CLASSES = (UTSUSHI_PT_view, UTSUSHI_PT_image, UTSUSHI_PT_view_reasons, UTSUSHI_PT_view_search)


def register() -> None:
    pictures.register()
    for one in CLASSES:
        bpy.utils.register_class(one)


def unregister() -> None:
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
    pictures.unregister()
