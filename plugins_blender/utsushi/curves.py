"""Color management's curves as a tool: how high their points stand, and the levels of black.

They bend scene-linear light, before white balance, exposure and view transform. A curve that is straight is offered points at places where
a photographer has them; the heights of a curve that the user bent are searched at the points that it has.
"""

from collections.abc import Iterator
from typing import Any

import bpy

from .host import Setting, animated, identifier, linked, setting
from .parameters import named, parameter
from .points import flat, refined
from .ranges import Range

MAPPING = "view_settings.curve_mapping"
NAMES = ("Red", "Green", "Blue", "Combined")
"""Blender's four curves, in its order."""

PLACES = {
    "Red": {"Red": 0.18},
    "Green": {"Green": 0.18},
    "Blue": {"Blue": 0.18},
    "Combined": {"Shadows": 0.04, "Midtones": 0.18, "Highlights": 0.6},
}
"""Points of a straight curve, by curve: scene-linear light, where middle grey is 0.18."""

STRAIGHT = [0.0, 0.0, 1.0, 1.0]
LIFT = 0.03
"""By how much black may be lifted, scene linear. It is not sunk: light below zero is a matter of each view transform."""


def describe(scene: bpy.types.Scene, taken: set[str]) -> tuple[dict[str, Any] | None, list[str]]:
    """The scene's curves -> (tool, switch and present state, notes). None where they stay as they are: the display then shows what they do
    (`baked`). The tool's id is put among `taken`."""
    reason = _stay(scene)
    if reason:
        return None, [f"the curves of color management {reason}: they stay"]
    view = scene.view_settings
    mapping = view.curve_mapping
    present = [flat(curve.points) for curve in mapping.curves] if mapping else [STRAIGHT] * len(NAMES)
    shown = [
        value if len(value) > len(STRAIGHT) else refined(value, list(PLACES[name].values()))
        for name, value in zip(NAMES, present, strict=True)
    ]
    black, white = ([*mapping.black_level], [*mapping.white_level]) if mapping else ([0.0] * 3, [1.0] * 3)
    rows = [row for number in (3, 0, 1, 2) for row in _heights(scene, number, shown[number], len(present[number]) == len(STRAIGHT))]
    level = _setting(scene, f"{MAPPING}.black_level", "Black Level", black)
    rows += [
        parameter(level, f"Black {name}", index, Range(part - LIFT, part))
        for index, (name, part) in enumerate(zip(NAMES, black, strict=False))
    ]
    return {
        "tool": {"id": identifier("Curves", taken), "label": "Curves", "kind": "curves", "parameters": named(rows)},
        "switch": setting(scene, "scenes", "view_settings.use_curve_mapping", "Use Curves"),
        "points": shown, "black": black, "white": white,
        "clip": [mapping.clip_min_x, mapping.clip_max_x] if mapping else [0.0, 1.0],
        "extrapolated": mapping is None or mapping.extend == "EXTRAPOLATED",
    }, []  # fmt: skip


def baked(scene: bpy.types.Scene) -> bool:
    """Whether the scene's curves are in use and only Blender itself can apply them."""
    return bool(scene.view_settings.use_curve_mapping and _stay(scene))


def _stay(scene: bpy.types.Scene) -> str:
    """Why the curves cannot be searched, "" where they can."""
    view = scene.view_settings
    mapping = view.curve_mapping
    if linked(scene):
        return "are linked from another file"
    if any(path.startswith((MAPPING, "view_settings.use_curve_mapping")) for path in animated(scene)):
        return "are animated or driven"
    if mapping is None:
        return ""
    if mapping.tone != "STANDARD":
        return "are film-like"
    if any(point.handle_type != "AUTO" for curve in mapping.curves for point in curve.points):
        return "have handles of their own"
    if any(part > 0 for part in mapping.black_level) or any(
        x > 0 or y < 0 for x, y in (curve.points[0].location for curve in mapping.curves)
    ):
        return "sink black below zero"
    neutral = [*mapping.black_level] == [0.0] * 3 and [*mapping.white_level] == [1.0] * 3
    if not view.use_curve_mapping and not (neutral and all(flat(curve.points) == STRAIGHT for curve in mapping.curves)):
        return "are bent, but switched off"
    return ""


def _heights(scene: bpy.types.Scene, number: int, value: list[float], straight: bool) -> Iterator[dict[str, Any]]:
    """The points between the ends of one curve; each stays nearer to itself than to its neighbours, so that what rises keeps rising."""
    name, heights = NAMES[number], value[1::2]
    one = {**_setting(scene, f"{MAPPING}.curves[{number}].points", name, value), "curve": number, "refined": straight}
    labels = [*PLACES[name]] if straight else [f"{name} Point {index}" for index in range(1, len(heights) - 1)]
    for index, label in enumerate(labels, 1):
        before, own, after = heights[index - 1 : index + 2]
        low, high = sorted(((before + own) / 2, (own + after) / 2))
        if low < high:
            yield parameter(one, label, 2 * index + 1, Range(low, high).around(own))


def _setting(scene: bpy.types.Scene, path: str, label: str, value: list[float]) -> Setting:
    """As host.setting, for what may not be there before the curves are switched on."""
    return {"collection": "scenes", "name": scene.name, "path": path, "value": value, "unit": "", "label": label}
