"""What only Blender itself can render, as tools: materials, shapes of lights, shape keys, modifiers, the compositor.

The extension walks the scene (utsushi/parameters.py) and says what there is, with ranges; here it gets the engine's words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins_blender.emitters import changed, moved, same
from shared_engine.types import Parameter, Tool, Value, Values

HELP = {
    "shapes": "How large a lamp is, how far it spreads, where a sun stands: how hard its shadows are.",
    "surroundings": "How the world around the scene is turned, and what its sky is like.",
    "materials": "What a surface is like.",
    "keys": "The shape keys of an object.",
    "modifiers": "What geometry nodes were given.",
    "compositor": "What is done to the finished render.",
    "curves": "Color Management's curves: they bend the light before white balance and exposure.",
    "added": "Properties that you chose.",
}  # fmt: skip
"""By kind of tool."""


@dataclass(frozen=True)
class Axis:
    """One number of one setting; `index` is its component, None where the setting is a number itself."""

    setting: Mapping[str, Any]
    index: int | None

    @property
    def present(self) -> float:
        value = self.setting["value"]
        return float(value if self.index is None else value[self.index])

    @property
    def place(self) -> tuple[str, str, str]:
        return self.setting["collection"], self.setting["name"], self.setting["path"]


@dataclass(frozen=True)
class HostTool:
    """One tool as the extension found it. `axes` by parameter id, in the tool's order."""

    tool: Tool
    axes: Mapping[str, Axis]

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        """Settings with their new values, whole vectors also where one component moved."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        steps = {one.id: one.step for one in self.tool.parameters}
        for name, axis in self.axes.items():
            value = values.get(f"{self.tool.id}.{name}")
            if value is None or not moved(value, axis.present):
                continue
            number = round(float(value)) if steps[name] else float(value)
            entry = found.setdefault(axis.place, changed(axis.setting, axis.setting["value"], self.tool))
            entry["value"] = number if axis.index is None else [*entry["value"][: axis.index], number, *entry["value"][axis.index + 1 :]]
        return list(found.values())

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `recipe`."""
        return {
            f"{self.tool.id}.{name}": float(entry["value"] if axis.index is None else entry["value"][axis.index])
            for entry in recipe
            for name, axis in self.axes.items()
            if same(entry, axis.setting)
        }


def host_tools_of(description: Mapping[str, Any]) -> tuple[HostTool, ...]:
    return tuple(host_tool(one) for one in description.get("tools", ()))


def host_tool(one: Mapping[str, Any]) -> HostTool:
    """A tool as the extension describes it."""
    axes = {row["id"]: Axis(row["setting"], row["index"]) for row in one["parameters"]}
    parameters = tuple(_parameter(row, axes[row["id"]]) for row in one["parameters"])
    return HostTool(Tool(one["id"], one["label"], parameters, frozenset({one["kind"]}), HELP.get(one["kind"], ""), optional=False), axes)


def _parameter(row: Mapping[str, Any], axis: Axis) -> Parameter:
    return Parameter(row["id"], row["label"], row["low"], row["high"], axis.present, axis.setting["unit"], row["scale"], row["step"])
