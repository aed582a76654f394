"""The power and colour of each emitter of a scene, as tools.

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

HELP = {
    "light": "A lamp: how strong it shines, and in which colour.",
    "world": "The surroundings: how strong they shine, and in which colour.",
    "material": "A surface that glows: how strong, and in which colour.",
}
"""By kind of emitter."""


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
            power = column(values, f"{self.tool.id}.strength", self.strength["value"]) / self.strength["value"]
        if not self.color:
            return power.expand(-1, 3)
        base = torch.tensor(_solid(self.color["value"]), dtype=torch.float32)
        return power * base * self._tinted(values)

    def _tinted(self, values: Mapping[str, Tensor]) -> Tensor:
        given = [column(values, f"{self.tool.id}.{name}", 0.0) for name in ("warmth", "tint")]
        warmth, tint = torch.broadcast_tensors(*given)
        stops = torch.cat([warmth / 2 + tint / 2, -tint / 2, -warmth / 2 + tint / 2], -1)
        return torch.exp2(stops - stops.amax(-1, keepdim=True))

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        entries = []
        strength = values.get(f"{self.tool.id}.strength")
        if self.strength and strength is not None and moved(strength, self.strength["value"]):
            entries.append(changed(self.strength, float(strength), self.tool))
        stops = {name: float(values.get(f"{self.tool.id}.{name}", 0.0)) for name in ("warmth", "tint")}
        if self.color and any(moved(value, 0.0) for value in stops.values()):
            batch = {f"{self.tool.id}.{name}": torch.tensor([value], dtype=torch.float64) for name, value in stops.items()}
            color = np.array(_solid(self.color["value"])) * self._tinted(batch)[0].numpy()
            entries.append(changed(self.color, [float(part) for part in color], self.tool))
        return entries

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `recipe`."""
        found: dict[str, Value] = {}
        for entry in recipe:
            if self.strength and same(entry, self.strength):
                found[f"{self.tool.id}.strength"] = float(entry["value"])
            if self.color and same(entry, self.color):
                red, green, blue = np.log2(np.maximum(entry["value"], 1e-9) / np.array(_solid(self.color["value"])))
                found[f"{self.tool.id}.warmth"] = float(red - blue)
                found[f"{self.tool.id}.tint"] = float((red + blue) / 2 - green)
        return found


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


def moved(value: Value, default: Value) -> bool:
    """Whether a value is another one than the default; a number that went through the search and back is not."""
    if isinstance(value, str) or isinstance(default, str):
        return value != default
    return abs(value - default) > 1e-6 * max(1.0, abs(default))


def same(entry: Mapping[str, Any], setting: Mapping[str, Any]) -> bool:
    """Whether an entry of a recipe is about this setting."""
    return all(entry[name] == setting[name] for name in ("collection", "name", "path"))


def changed(setting: Mapping[str, Any], value: Any, tool: Tool) -> dict[str, Any]:
    """The setting with its new value; `target` is what a user can type into Blender's console."""
    target = f'bpy.data.{setting["collection"]}["{setting["name"]}"].{setting["path"]}'
    return {**setting, "value": value, "before": setting["value"], "tool": tool.label, "tool_id": tool.id, "target": target}


def column(values: Mapping[str, Tensor], key: str, default: float) -> Tensor:
    """(K, 1), or (1, 1) where the batch does not name it."""
    found = values.get(key)
    return torch.full((1, 1), float(default)) if found is None else found.reshape(-1, 1)


def _solid(color: list[float]) -> list[float]:
    """A colour without channels that no factor could lift."""
    return [max(channel, DARKEST * max(*color, DARKEST)) for channel in color]
