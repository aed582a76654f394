"""What the search may turn in a scene, as tools: the power and colour of each emitter, and the view.

A colour is searched along the two axes that photographers use, relative to the colour that it has: *warmth* (stops of red over blue)
and *tint* (stops of magenta over green). Power and three colour channels would say the same light in many ways. The strongest factor of
the three is held at 1, so that a colour never leaves the range of Blender's colour field and power keeps its meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shared_engine.types import Parameter, Tool, Value, Values

POWER_RANGE = 32.0
"""How many times stronger or weaker a light may become."""

WARMTH, TINT = 6.0, 5.0
DARKEST = 0.02
"""A colour channel below this share of the strongest one is taken as this share: a factor cannot bring back what is zero."""

EXPOSURE, GAMMA = 4.0, 2.0
EXPOSURE_LIMIT = 10.0

HELP = {
    "light": "A lamp: how strong it shines, and in which colour.",
    "world": "The surroundings: how strong they shine, and in which colour.",
    "material": "A surface that glows: how strong, and in which colour.",
    "view": "How the render's light becomes a picture: Render > Color Management.",
}
"""By kind of emitter, and for the view."""


@dataclass(frozen=True)
class Emitter:
    """One light, the world or a glowing material. `strength` and `color` are settings (utsushi/host.py) or None where they stay."""

    tool: Tool
    strength: Mapping[str, Any] | None
    color: Mapping[str, Any] | None

    def gain(self, values: Mapping[str, Tensor]) -> Tensor:
        """(K or 1, 3): by what the layer, rendered at the present strength in white light, is multiplied."""
        power = torch.ones(1, 1)
        if self.strength:
            power = _column(values, f"{self.tool.id}.strength", self.strength["value"]) / self.strength["value"]
        if not self.color:
            return power.expand(-1, 3)
        base = torch.tensor(_solid(self.color["value"]), dtype=torch.float32)
        return power * base * self._tinted(values)

    def _tinted(self, values: Mapping[str, Tensor]) -> Tensor:
        given = [_column(values, f"{self.tool.id}.{name}", 0.0) for name in ("warmth", "tint")]
        warmth, tint = torch.broadcast_tensors(*given)
        stops = torch.cat([warmth / 2 + tint / 2, -tint / 2, -warmth / 2 + tint / 2], -1)
        return torch.exp2(stops - stops.amax(-1, keepdim=True))

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        entries = []
        strength = values.get(f"{self.tool.id}.strength")
        if self.strength and strength is not None and moved(strength, self.strength["value"]):
            entries.append(_entry(self.strength, float(strength), self.tool))
        stops = {name: float(values.get(f"{self.tool.id}.{name}", 0.0)) for name in ("warmth", "tint")}
        if self.color and any(moved(value, 0.0) for value in stops.values()):
            batch = {f"{self.tool.id}.{name}": torch.tensor([value], dtype=torch.float64) for name, value in stops.items()}
            color = np.array(_solid(self.color["value"])) * self._tinted(batch)[0].numpy()
            entries.append(_entry(self.color, [float(part) for part in color], self.tool))
        return entries

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `recipe`."""
        found: dict[str, Value] = {}
        for entry in recipe:
            if self.strength and _same(entry, self.strength):
                found[f"{self.tool.id}.strength"] = float(entry["value"])
            if self.color and _same(entry, self.color):
                red, green, blue = np.log2(np.maximum(entry["value"], 1e-9) / np.array(_solid(self.color["value"])))
                found[f"{self.tool.id}.warmth"] = float(red - blue)
                found[f"{self.tool.id}.tint"] = float((red + blue) / 2 - green)
        return found


@dataclass(frozen=True)
class View:
    """The scene's colour management. `settings` by name: those that the search may turn; `present` is what stands in the scene."""

    tool: Tool
    settings: Mapping[str, Mapping[str, Any]]
    present: Mapping[str, Any]

    def exposure(self, values: Mapping[str, Tensor]) -> Tensor:
        return _column(values, f"{self.tool.id}.exposure", self.present["exposure"])

    def gamma(self, values: Mapping[str, Tensor]) -> Tensor:
        return _column(values, f"{self.tool.id}.gamma", self.present["gamma"])

    def states(self, values: Mapping[str, Any], count: int) -> list[tuple[str, str]]:
        """(view transform, look) of each candidate."""
        chosen = values.get(f"{self.tool.id}.look")
        if chosen is None:
            return [(self.present["view_transform"], self.present["look"])] * count
        return [tuple(str(state).split(SEPARATOR)) for state in (chosen if len(chosen) == count else [*chosen] * count)]  # type: ignore[misc]

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        wanted = {name: values.get(f"{self.tool.id}.{name}", self.present[name]) for name in ("exposure", "gamma")}
        look = values.get(f"{self.tool.id}.look")
        if look is not None:
            wanted["view_transform"], wanted["look"] = str(look).split(SEPARATOR)
        order = ("view_transform", "look", "exposure", "gamma")  # a look exists only in its view transform
        return [
            _entry(self.settings[name], wanted[name], self.tool)
            for name in order
            if name in wanted and name in self.settings and moved(wanted[name], self.present[name])
        ]

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `recipe`."""
        given = {name: entry["value"] for entry in recipe for name, one in self.settings.items() if _same(entry, one)}
        found: dict[str, Value] = {f"{self.tool.id}.{name}": given[name] for name in ("exposure", "gamma") if name in given}
        if "view_transform" in given or "look" in given:
            state = [given.get(name, self.present[name]) for name in ("view_transform", "look")]
            found[f"{self.tool.id}.look"] = SEPARATOR.join(state)
        return found


SEPARATOR = " / "
"""Between view transform and look: together they are one choice, since each view transform has looks of its own."""


def emitters_of(description: Mapping[str, Any]) -> tuple[Emitter, ...]:
    return tuple(_emitter(one) for one in description["emitters"])


def _emitter(one: Mapping[str, Any]) -> Emitter:
    parameters = []
    strength, color = one["strength"], one["color"]
    if strength:
        value = strength["value"]
        parameters.append(
            Parameter("strength", strength["label"], value / POWER_RANGE, value * POWER_RANGE, value, strength["unit"], "log")
        )
    if color:
        parameters += [
            Parameter("warmth", "Warmth", -WARMTH, WARMTH, 0.0, "stops", help="Stops of red over blue, relative to the present colour."),
            Parameter("tint", "Tint", -TINT, TINT, 0.0, "stops", help="Stops of magenta over green, relative to the present colour."),
        ]
    group = "world" if one["kind"] == "world" else "lights"
    aspects = frozenset({group, "tone", "colour"})
    return Emitter(Tool(one["id"], one["label"], tuple(parameters), aspects, HELP[one["kind"]]), strength, color)


def view_of(description: Mapping[str, Any]) -> View:
    settings, present = description["view"]["settings"], description["view"]["present"]
    parameters = []
    if "exposure" in settings:
        now = present["exposure"]
        low, high = max(now - EXPOSURE, -EXPOSURE_LIMIT), min(now + EXPOSURE, EXPOSURE_LIMIT)
        parameters.append(Parameter("exposure", "Exposure", low, high, now, "EV"))
    if "gamma" in settings:
        now = present["gamma"]
        parameters.append(Parameter("gamma", "Gamma", now / GAMMA, now * GAMMA, now, "", "log"))
    states = tuple(f"{entry['view_transform']}{SEPARATOR}{entry['look']}" for entry in description["tables"])
    if len(states) > 1 and "look" in settings and "view_transform" in settings:
        parameters.append(Parameter("look", "Look", default=f"{present['view_transform']}{SEPARATOR}{present['look']}", choices=states))
    aspects = frozenset({"color", "tone"})
    return View(Tool(description["view"]["id"], "Color Management", tuple(parameters), aspects, HELP["view"]), settings, present)


def moved(value: Value, default: Value) -> bool:
    """Whether a value is another one than the default; a number that went through the search and back is not."""
    if isinstance(value, str) or isinstance(default, str):
        return value != default
    return abs(value - default) > 1e-6 * max(1.0, abs(default))


def _same(entry: Mapping[str, Any], setting: Mapping[str, Any]) -> bool:
    return all(entry[name] == setting[name] for name in ("collection", "name", "path"))


def _entry(setting: Mapping[str, Any], value: Any, tool: Tool) -> dict[str, Any]:
    """The setting with its new value; `target` is what a user can type into Blender's console."""
    target = f'bpy.data.{setting["collection"]}["{setting["name"]}"].{setting["path"]}'
    return {**setting, "value": value, "before": setting["value"], "tool": tool.label, "tool_id": tool.id, "target": target}


def _column(values: Mapping[str, Tensor], key: str, default: float) -> Tensor:
    """(K, 1), or (1, 1) where the batch does not name it."""
    found = values.get(key)
    return torch.full((1, 1), float(default)) if found is None else found.reshape(-1, 1)


def _solid(color: list[float]) -> list[float]:
    """A colour without channels that no factor could lift."""
    return [max(channel, DARKEST * max(*color, DARKEST)) for channel in color]
