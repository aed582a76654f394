"""A host of which the engine knows nothing but its tools: it brings them as data, and renders every candidate itself.

The way in for a new host: no replica, no code in the engine. The scene's description lists the tools,
``{"kind": "image", "tools": [{"id": "blur", "label": "Blur", "parameters": [{"id": "radius", "label": "Radius", "low": 0, "high": 9}]}]}``;
fields are those of `shared_engine.types.Tool` and `Parameter`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared_engine.errors import InputError
from shared_engine.renderer import Array, Batch, Renderer, Stage
from shared_engine.space import parameters_by_key
from shared_engine.types import Media, Parameter, Scene, Tool, Values


class HostTools(Renderer):
    """Raises InputError where the description is missing or does not fit."""

    name = "host"

    def __init__(self, available: frozenset[str] | None = None, scene: Scene | None = None) -> None:
        described = (scene.description if scene else {}).get("tools") or ()
        if not described:
            raise InputError("the host did not say which tools it has", "Describe them in the scene: {'tools': [...]}.")
        self.kind = scene.description.get("kind", "image") if scene else "image"
        try:
            found = [read_tool(one) for one in described]
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(f"the host's description of its tools does not fit: {error}", "See shared_engine/host_tools.py.") from error
        self._tools = [one for one in found if available is None or one.id in available]

    @property
    def tools(self) -> Sequence[Tool]:
        return ()

    @property
    def host_tools(self) -> Sequence[Tool]:
        return self._tools

    def stage(self, content: Media, sample: int | None = None, seed: int = 0) -> "Untouched":
        return Untouched(content)

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        """[{"tool": id, "settings": {parameter: value}}], tools at their defaults left out."""
        known, settings = parameters_by_key(self._tools), {}
        for key, value in values.items():
            if key in known and value != known[key].default:
                tool, parameter = key.split(".", 1)
                settings.setdefault(tool, {})[parameter] = value
        return [{"tool": tool.id, "settings": settings[tool.id]} for tool in self._tools if tool.id in settings]

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, float | int | str]:
        return {f"{entry['tool']}.{name}": value for entry in recipe for name, value in entry["settings"].items()}


class Untouched(Stage):
    """All that the engine can show of such a host: its content as it is."""

    def __init__(self, content: Media) -> None:
        self.content = content

    def render(self, batch: Batch, count: int) -> Array:
        target = self.target(self.content)
        return target[None].repeat(count, *[1] * target.ndim) if self.content.kind == "image" else target[None].repeat(count, 0)

    def target(self, media: Media) -> Array:
        if media.kind != "image":
            return media.data
        import torch

        return torch.from_numpy(media.data.reshape(-1, 3))

    def media(self, batch: Batch, count: int) -> list[Media]:
        return [self.content] * count


def read_tool(described: Mapping[str, Any]) -> Tool:
    """A tool from plain data. Raises KeyError, TypeError."""
    parameters = tuple(
        Parameter(**{**one, "choices": tuple(one.get("choices", ())), "aspects": frozenset(one.get("aspects", ()))})
        for one in described["parameters"]
    )
    return Tool(**{**described, "parameters": parameters, "aspects": frozenset(described.get("aspects", ()))})
