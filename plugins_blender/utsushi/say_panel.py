"""The panel "Say It": the instruction, how it was understood, what can be corrected about that, and what stays."""

from typing import Any

import bpy

from . import say_scene
from .panel import paragraph
from .properties import progress
from .say_properties import saying

FIELD = 34
"""Characters of an instruction that its field shows at once; what is longer is told in full below."""

ICONS = {"model": "OUTLINER_COLLECTION", "keep": "LOCKED"}


class UTSUSHI_PT_say(bpy.types.Panel):  # noqa: N801 - Blender's naming
    bl_idname = "UTSUSHI_PT_say"
    bl_label = "Say It"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Utsushi"
    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        layout, said = self.layout, saying(context)
        row = layout.row(align=True)
        row.prop(said, "text", text="", icon="GREASEPENCIL")
        row.operator("utsushi.say_read", text="", icon="FILE_REFRESH")
        if len(said.text) > FIELD:
            column = layout.column()
            column.active = False
            paragraph(column, context, said.text)
        if said.error:
            paragraph(layout, context, said.error, "ERROR", alert=True)
            paragraph(layout, context, said.remedy)
        elif said.rows:
            self._understood(context, said)
        else:
            paragraph(layout, context, "Such as: a small yellow bird with black wings", "INFO")
            if not say_scene.candidates(context.scene):
                layout.operator("utsushi.add_birds", icon="ADD")
        self._run(context)

    def _understood(self, context: bpy.types.Context, said: Any) -> None:
        box = self.layout.box().column(align=True)
        locked = said.locked()
        for row in said.rows:
            claim = row.read
            what, _, says = row.claim.describe()
            line = box.row(align=True)
            line.prop(row, "use", text="")
            body = line.row(align=True)
            body.active = (row.use or not claim.sure) and row.target not in locked
            body.alert = not claim.sure
            if claim.property in ("model", "keep"):
                named = f"not {what}" if claim.negated else what
                body.label(text=named if claim.property == "model" else f"{what}: {says}", icon=ICONS[claim.property])
                continue
            split = body.split(factor=0.38, align=True)
            split.context_pointer_set("utsushi_row", row)
            split.menu("UTSUSHI_MT_say_target", text=what)
            if claim.property == "color":
                named = split.split(factor=0.6, align=True)
                named.label(text=f"not {claim.words}" if claim.negated else claim.words)
                named.prop(row, "color", text="")
            else:
                much = split.row(align=True)
                much.prop(row, "factor", text=claim.words, slider=True)
                much.prop(row, "opposite", text="", icon="ARROW_LEFTRIGHT")
            if row.target:
                icon = "LOCKED" if row.target in locked else "UNLOCKED"
                line.operator("utsushi.say_lock", text="", icon=icon, emboss=False).name = row.target
        if any(not row.use and not row.read.sure for row in said.rows):
            paragraph(self.layout, context, "Tick what is red if it was meant", "QUESTION")
        if said.unknown:
            paragraph(self.layout, context, f"Not understood: {said.unknown}", "QUESTION", alert=True)
        for told in filter(None, (said.notes, said.missed)):
            paragraph(self.layout, context, told, "INFO")

    def _run(self, context: bpy.types.Context) -> None:
        layout, shown = self.layout, progress(context)
        column = layout.column(align=True)
        if shown.running and shown.gallery:
            column.progress(factor=shown.fraction, text=shown.text)
        row = column.row(align=True)
        row.scale_y = 1.4
        row.operator("utsushi.say", icon="CHECKMARK")
        column.operator("utsushi.say_more", icon="MOD_ARRAY")
        layout.operator("utsushi.glossary", icon="TEXT")


class UTSUSHI_PT_say_gallery(bpy.types.Panel):  # noqa: N801
    bl_idname = "UTSUSHI_PT_say_gallery"
    bl_label = "Gallery"
    bl_parent_id = "UTSUSHI_PT_say"
    bl_options = {"DEFAULT_CLOSED"}
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Utsushi"
    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        for name in ("size", "samples"):
            self.layout.prop(saying(context), name)


class UTSUSHI_MT_say_target(bpy.types.Menu):  # noqa: N801
    """What a claim is said of."""

    bl_idname = "UTSUSHI_MT_say_target"
    bl_label = "Said Of"
    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        row, said = context.utsushi_row, saying(context)
        number = next(index for index, one in enumerate(said.rows) if one == row)
        for target, name in said.targets():
            act = self.layout.operator("utsushi.say_target", text=name)
            act.row, act.target = number, target


CLASSES = (UTSUSHI_MT_say_target, UTSUSHI_PT_say, UTSUSHI_PT_say_gallery)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
