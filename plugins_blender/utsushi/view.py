"""A scene's colour management as settings: what turns the render's light into a picture."""

from typing import Any

import bpy

from . import curves
from .host import animated, linked, setting

LABELS = {
    "exposure": ("Exposure", "EV"), "gamma": ("Gamma", ""), "look": ("Look", ""), "view_transform": ("View Transform", ""),
    "use_white_balance": ("White Balance", ""), "white_balance_temperature": ("Temperature", "K"), "white_balance_tint": ("Tint", ""),
}  # fmt: skip
"""Settings by name, each with its label in Blender and its unit; white balance is there from Blender 4.3 on."""

BALANCE = {"use_white_balance", "white_balance_temperature", "white_balance_tint"}


DAYLIGHT = {"white_balance_temperature": 6500.0, "white_balance_tint": 10.0}
"""White balance that changes nothing: what one that is switched off comes to."""


def settings(scene: bpy.types.Scene) -> tuple[dict[str, Any], list[str]]:
    """The scene's colour management as settings by name (`LABELS`), and notes on what stays."""
    if linked(scene):
        return {}, [f"the scene {scene.name} is linked from another file: its color management stays"]
    notes = []
    moving = animated(scene)
    found = {}
    for name, (label, unit) in LABELS.items():
        if not hasattr(scene.view_settings, name):
            continue
        if f"view_settings.{name}" in moving:
            notes.append(f"the scene's {label.lower()} is animated or driven and stays")
        elif name in ("exposure", *BALANCE) and curves.baked(scene):
            notes += ["exposure and white balance come after the curves: they stay too"] * (name == "exposure")
        else:
            found[name] = setting(scene, "scenes", f"view_settings.{name}", label, unit)
    return found, notes


def present(scene: bpy.types.Scene) -> dict[str, Any]:
    """What the scene's picture is made with now, by name."""
    found = {name: getattr(scene.view_settings, name) for name in LABELS if hasattr(scene.view_settings, name)}
    return found if found.get("use_white_balance", True) else found | DAYLIGHT
