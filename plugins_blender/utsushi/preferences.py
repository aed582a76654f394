"""The extension's preferences: which engine, and whether it answers."""

import os
from typing import Any

import bpy
from bpy.props import StringProperty

VARIABLE = "UTSUSHI_ENGINE"
"""Where the client looks first for the engine's Python; background Blenders inherit it."""

LOOK_SECONDS = 2.0
"""How long the doctor waits for an engine that is running."""


def _chosen(preferences: "Preferences", context: bpy.types.Context) -> None:
    if preferences.engine:
        os.environ[VARIABLE] = bpy.path.abspath(preferences.engine)
    else:
        os.environ.pop(VARIABLE, None)


class Preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    engine: StringProperty(
        name="Engine", subtype="FILE_PATH", update=_chosen,
        description="The Python in which Utsushi is installed. Empty: the one that `utsushi install blender` noted",
    )  # fmt: skip
    finding: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    remedy: StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "engine")
        row = layout.row()
        row.operator("utsushi.doctor", icon="VIEWZOOM")
        if self.finding:
            layout.label(text=self.finding, icon="ERROR" if self.remedy else "CHECKMARK")
        if self.remedy:
            layout.label(text=self.remedy, icon="BLANK1")
        layout.label(text="The engine runs on this machine. Nothing is sent over the network.", icon="LOCKED")


def preferences() -> Any:
    """The extension's preferences, None where it runs without being installed."""
    found = bpy.context.preferences.addons.get(__package__)
    return found.preferences if found else None


class UTSUSHI_OT_doctor(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Look whether the engine is there, and start it where it is not"""

    bl_idname = "utsushi.doctor"
    bl_label = "Check the Engine"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .server import launcher
        from .server.client import EngineError, connect

        said = preferences()
        try:
            with connect(start=False, timeout=LOOK_SECONDS) as engine:
                reply, _ = engine.request("ping")
            said.finding, said.remedy = f"Engine {reply['version']} answers", ""
        except EngineError as absent:
            said.finding, said.remedy = absent.what, absent.remedy
            if absent.code == "absent":
                try:
                    launcher.start()
                    said.finding, said.remedy = "No engine was running; one is starting", "Check again in a few seconds."
                except EngineError as error:
                    said.finding, said.remedy = error.what, error.remedy
        return {"FINISHED"}


CLASSES = (Preferences, UTSUSHI_OT_doctor)


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)
    chosen = preferences()
    if chosen and chosen.engine:
        _chosen(chosen, bpy.context)


def unregister() -> None:
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
