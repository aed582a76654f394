"""The panel in the sidebar of the 3D viewport and of the image editor."""

from pathlib import Path
from textwrap import wrap
from typing import Any

import bpy

from . import catalog, parameters, pictures, takes
from .operators import missing
from .properties import choices, progress

ROWS = 12
"""Lights listed with their locks; more of them would be a list, not a panel."""

ICONS = {
    "light": "LIGHT", "world": "WORLD", "material": "MATERIAL", "shapes": "LIGHT_AREA", "surroundings": "WORLD", "materials": "MATERIAL",
    "keys": "SHAPEKEY_DATA", "modifiers": "GEOMETRY_NODES", "compositor": "NODE_COMPOSITING", "curves": "FCURVE", "added": "PLUS",
}  # fmt: skip
LINE = 7.2
"""Width of a letter in Blender's interface, in pixels at scale 1."""


class Part:
    """What all parts of the panel share."""

    bl_region_type = "UI"
    bl_category = "Utsushi"
    layout: bpy.types.UILayout


class Main(Part):
    """References, likeness, the button, what a search says."""

    name = ""
    bl_label = "Imitate Reference"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._references(context)
        wanted = choices(context)
        row = layout.row(heading="May Change", align=True)
        for name, text in (("lights", "Lights"), ("world", "World"), ("color", "Color")):
            row.prop(wanted, name, text=text, toggle=True)
        layout.prop(wanted, "likeness", slider=True)
        self._run(context)

    def _references(self, context: bpy.types.Context) -> None:
        wanted = choices(context)
        column = self.layout.column(align=True)
        for index, one in enumerate(wanted.references):
            path = bpy.path.abspath(one.path)
            if index == 0 and (icon := pictures.icon(path)):
                column.template_icon(icon_value=icon, scale=7)
            row = column.row(align=True)
            there = Path(path).is_file()
            icon = pictures.icon(path) if index else 0
            row.alert = not there
            text = Path(path).name if there else f"{Path(path).name} is not there"
            if icon:
                row.label(text=text, icon_value=icon)
            else:
                row.label(text=text, icon="IMAGE_DATA" if there else "ERROR")
            row.operator("utsushi.hide", text="", icon="X", emboss=False).index = index
        column.operator("utsushi.show", text="Show Another" if wanted.references else "Show Reference...", icon="IMAGE_REFERENCE")
        if context.area.type == "IMAGE_EDITOR":
            column.operator("utsushi.show_image", icon="IMAGE_DATA")

    def _run(self, context: bpy.types.Context) -> None:
        said = progress(context)
        column = self.layout.column(align=True)
        if said.running and not said.gallery:
            row = column.row(align=True)
            row.scale_y = 1.4
            row.progress(factor=said.fraction, text=said.text)
            row.operator("utsushi.stop", text="", icon="CHECKMARK")
            if said.detail:
                paragraph(column, context, said.detail)
            if icon := pictures.icon(said.picture):
                column.template_icon(icon_value=icon, scale=7)
            column.label(text="  Cancel", icon="EVENT_ESC")  # the icon is wider than its place
            return
        row = column.row()
        row.scale_y = 1.4
        row.operator("utsushi.imitate", icon="SHADERFX")
        if said.error:
            box = column.box()
            paragraph(box, context, said.error, "ERROR", alert=True)
            paragraph(box, context, said.remedy)
        elif said.text and not said.running:
            paragraph(column, context, said.text, "CHECKMARK")
            for note in said.detail.splitlines():
                paragraph(column, context, note, "INFO")
        elif reason := missing(context):
            paragraph(column, context, reason, "INFO")


class Change(Part):
    """What may change: lights with their locks, and everything else, folded."""

    name = "change"
    bl_label = "Locks and More"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        wanted, offered = choices(context), catalog.of(context.scene)
        layout = self.layout
        if not offered.emitters:
            layout.label(text="No light here can be changed", icon="INFO")
        column = layout.column(align=True)
        for one in offered.emitters[:ROWS]:
            row = column.row(align=True)
            row.active = wanted.world if one["kind"] == "world" else wanted.lights
            row.label(text=one["label"], icon=ICONS[one["kind"]])
            self._lock(row, wanted, one["id"])
        if len(offered.emitters) > ROWS:
            column.label(text=f"and {len(offered.emitters) - ROWS} more")
        for kind, title in parameters.KINDS.items():
            found = [one for one in offered.tools if one["kind"] == kind]
            if found:
                self._kind(context, kind, title, found)
        for note in offered.notes[:4]:
            paragraph(layout, context, note, "INFO")

    def _kind(self, context: bpy.types.Context, kind: str, title: str, found: list[dict[str, Any]]) -> None:
        wanted = choices(context)
        column = self.layout.column(align=True)
        is_open = f"kind:{kind}" in wanted.names("open")
        ticked = sum(one["id"] in wanted.names("more") for one in found)
        row = column.row(align=True)
        row.operator("utsushi.unfold", text="", icon="DOWNARROW_HLT" if is_open else "RIGHTARROW", emboss=False).name = f"kind:{kind}"
        row.label(text=f"{title} ({ticked} of {len(found)})" if ticked else f"{title} ({len(found)})", icon=ICONS[kind])
        if is_open:
            for one in found:
                self._tool(column, wanted, one)

    def _tool(self, column: bpy.types.UILayout, wanted: Any, one: dict[str, Any]) -> None:
        name = one["id"]
        ticked, is_open = name in wanted.names("more"), name in wanted.names("open")
        row = column.row(align=True)
        row.label(text="", icon="BLANK1")
        row.operator("utsushi.tick", text="", icon="CHECKBOX_HLT" if ticked else "CHECKBOX_DEHLT", emboss=False).name = name
        row.label(text=one["label"])
        row.operator("utsushi.unfold", text="", icon="DOWNARROW_HLT" if is_open else "RIGHTARROW", emboss=False).name = name
        for parameter in one["parameters"] if is_open else ():
            row = column.row(align=True)
            row.active = ticked
            row.label(text="", icon="BLANK1")
            row.label(text="", icon="BLANK1")
            row.label(text=f"{parameter['label']}  {parameter['low']:.3g} to {parameter['high']:.3g}")
            self._lock(row, wanted, f"{name}.{parameter['id']}")

    @staticmethod
    def _lock(row: bpy.types.UILayout, wanted: Any, name: str) -> None:
        row.operator("utsushi.lock", text="", icon="LOCKED" if name in wanted.names("locks") else "UNLOCKED", emboss=False).name = name


class Takes(Part):
    """The grid of takes, how much of one, and what else can be done with it."""

    name = "takes"
    bl_label = "Takes"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(takes.every())

    def draw(self, context: bpy.types.Context) -> None:
        layout, wanted = self.layout, choices(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        row = layout.row()
        row.enabled = 0 <= wanted.take < len(takes.every())
        row.prop(wanted, "strength", slider=True)
        row = layout.row(align=True)
        row.operator("utsushi.reset", text="Original", icon="LOOP_BACK")
        row.operator("utsushi.keep", text="Keep", icon="ADD")
        row.operator("utsushi.keyframes", text="Animate", icon="KEYTYPE_KEYFRAME_VEC")
        grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for index, take in reversed(list(enumerate(takes.every()))):
            box = grid.box().column(align=True)
            if icon := pictures.icon(take.get("picture", "")):
                box.template_icon(icon_value=icon, scale=5)
            row = box.row(align=True)
            row.operator("utsushi.apply", text=take["name"], depress=index == wanted.take).index = index
            row.operator("utsushi.remove", text="", icon="X").index = index


class Why(Part):
    """Why the take in use is as it is, and what it changes."""

    name = "why"
    bl_label = "What Changes, and Why"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return 0 <= choices(context).take < len(takes.every())

    def draw(self, context: bpy.types.Context) -> None:
        take = takes.every()[choices(context).take]
        for reason in take["reasons"]:
            paragraph(self.layout, context, reason, "DOT")
        column = self.layout.column(align=True)
        for what, change in takes.plain_changes(take):
            column.label(text=what)
            row = column.row()
            row.active = False
            row.label(text=change, icon="BLANK1")


class Search(Part):
    """How the search itself renders."""

    name = "search"
    bl_label = "Search"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        wanted = choices(context)
        for name in ("alternatives", "size", "samples"):
            self.layout.prop(wanted, name)
        column = self.layout.column()
        column.active = bool(wanted.names("more"))
        column.prop(wanted, "try_size")
        column.prop(wanted, "try_samples")


def paragraph(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE", alert: bool = False) -> None:
    """A label that wraps: Blender's own do not."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    column.alert = alert
    width = max(20, int((context.region.width - 50) / (LINE * context.preferences.system.ui_scale)))
    for number, line in enumerate(wrap(text, width)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1" if icon != "NONE" else "NONE")


def _classes() -> list[type]:
    """Each part in each editor's sidebar; all but the first lie inside the first."""
    made = []
    for space, editor in (("VIEW_3D", "view"), ("IMAGE_EDITOR", "image")):
        for part in (Main, Change, Takes, Why, Search):
            name = f"UTSUSHI_PT_{editor}{part.name and '_' + part.name}"
            inside = {"bl_parent_id": f"UTSUSHI_PT_{editor}"} if part.name else {}
            made.append(type(name, (part, bpy.types.Panel), {"bl_idname": name, "bl_space_type": space, **inside}))
    return made


CLASSES = _classes()


def register() -> None:
    pictures.register()
    for one in CLASSES:
        bpy.utils.register_class(one)


def unregister() -> None:
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
    pictures.unregister()
