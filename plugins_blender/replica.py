"""Blender's light and colour management inside the engine: light groups are mixed, bent by curves, shown through Blender's view transform.

The scene (shared_engine.types.Scene) is what utsushi/session.py makes of a .blend file: `description` holds the emitters, the view and
the names of the pictures; the pictures are the layers of light, one below the other, and one table for each view transform and look.
Proved against re-renders by tests/hosts/test_blender_replica.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plugins_blender.curves import Curves, curves_of
from plugins_blender.emitters import Emitter, emitters_of
from plugins_blender.lighting import LightProposer
from plugins_blender.parameters import HostTool, host_tools_of
from plugins_blender.view import View, view_of
from plugins_blender.view_table import as_volume, display, graded
from shared_engine.errors import InputError, ParameterError
from shared_engine.proposers.proposer import Proposer
from shared_engine.proxy import shrink
from shared_engine.renderer import Batch, Renderer, Stage, positions
from shared_engine.types import FloatArray, Media, Scene, Tool, Value, Values


class BlenderReplica(Renderer):
    """The lights, the world and the colour management of one scene."""

    name = "blender"
    kind = "image"
    differentiable = True

    def __init__(self, available: frozenset[str] | None = None, scene: Scene | None = None) -> None:
        if scene is None:
            raise InputError("Blender's renderer needs the layers of a scene", "Start it from a .blend file, or from Blender's panel.")
        self.emitters: tuple[Emitter, ...] = emitters_of(scene.description)
        self.view: View = view_of(scene.description)
        self.curves: Curves | None = curves_of(scene.description)
        self.foreign: tuple[HostTool, ...] = host_tools_of(scene.description)
        self.layers = _layers(scene)
        self.rest: float = scene.description["rest"]
        """Share of the light that belongs to no emitter."""
        self.card: Sequence[Sequence[float]] | None = scene.description.get("card")
        """What each layer gives to a grey card, scene linear, (emitters + 1, 3); None where an older extension did not measure it."""
        self.volumes = {
            (entry["view_transform"], entry["look"]): as_volume(torch.from_numpy(picture.data))
            for entry, picture in zip(scene.description["tables"], scene.pictures[1:], strict=True)
        }

    @property
    def tools(self) -> Sequence[Tool]:
        return [one.tool for one in (*self.emitters, *self._bent, self.view) if one.tool.parameters]

    @property
    def _bent(self) -> tuple[Curves, ...]:
        return (self.curves,) if self.curves else ()

    @property
    def host_tools(self) -> Sequence[Tool]:
        return [one.tool for one in self.foreign]

    @property
    def proposers(self) -> Sequence[Proposer]:
        return [LightProposer(self.relit, self.card_shown(self.card))] if self.card else []

    def stage(self, content: Media, sample: int | None = None, seed: int = 0) -> "BlenderStage":
        if content.kind != "image":
            raise InputError(f"{content.name or 'this'} is not a picture", "Render the scene first.")
        return BlenderStage(self, content, sample, seed)

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        """Settings to write, each as utsushi/host.py describes one, with the value `before`; in the order of the tools."""
        known = {tool.key(parameter) for tool in (*self.tools, *self.host_tools) for parameter in tool.parameters}
        for key in values.keys() - known:
            raise ParameterError(f"there is no setting called {key}", "Ask the renderer for its tools.")
        return [entry for one in (*self.emitters, *self.foreign, *self._bent, self.view) for entry in one.recipe(values)]

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """Values by key of the settings in a recipe that are still this scene's; others are left out."""
        return {key: value for one in (*self.emitters, *self.foreign, *self._bent, self.view) for key, value in one.values(recipe).items()}

    @torch.no_grad()
    def card_shown(self, card: Sequence[Sequence[float]]) -> FloatArray:
        """A grey card in the light that stands in the scene, as the display shows it, (3,) sRGB."""
        shown: FloatArray = self.developed((self.gains({}, 1) * torch.tensor(card)).sum(1)[:, None], {})[0, 0].numpy()
        return shown

    @torch.no_grad()
    def relit(self, content: Media, stops: NDArray[np.floating]) -> FloatArray:
        """The scene as it stands in `stops` (K, 3) more light of each primary, at the size of `content`, (K, H, W, 3) sRGB."""
        light = self.stage(content).linear({}, 1) * torch.exp2(torch.as_tensor(stops, dtype=torch.float32))[:, None]
        shown: FloatArray = self.developed(light, {}).reshape(-1, *content.data.shape).numpy()
        return shown

    def gains(self, values: Mapping[str, Any], count: int) -> Tensor:
        """(K, emitters + 1, 3): what each layer is multiplied with; the last one, the rest of the light, stays."""
        gains = [one.gain(values).expand(count, 3) for one in self.emitters]
        return torch.stack([*gains, torch.ones(count, 3)], 1)

    def developed(self, linear: Tensor, values: Mapping[str, Any]) -> Tensor:
        """Light (K, N, 3) as the display shows it."""
        if self.curves:
            linear = self.curves.applied(linear, values)
        linear = self.view.balanced(linear, values)
        linear = linear * torch.exp2(self.view.exposure(values)).view(-1, 1, 1)
        return graded(self._shown(linear, values), self.view.gamma(values).view(-1, 1, 1))

    def _shown(self, linear: Tensor, values: Mapping[str, Any]) -> Tensor:
        """Each candidate through the table of its own view transform and look."""
        states = self.view.states(values, len(linear))
        shown = torch.empty_like(linear)
        for state in dict.fromkeys(states):
            rows = [row for row, other in enumerate(states) if other == state]
            shown[rows] = display(self._volume(state), linear[rows])
        return shown

    def _volume(self, state: tuple[str, str]) -> Tensor:
        if state not in self.volumes:
            raise ParameterError(f"the look {state[1]!r} does not exist in {state[0]}", "Choose a look of this view transform.")
        return self.volumes[state]


class BlenderStage(Stage):
    """The scene's layers at the size of `content`, all pixels or a sample of them. Renders (K, N, 3) or (K, H, W, 3), sRGB, 0..1."""

    def __init__(self, renderer: BlenderReplica, content: Media, sample: int | None, seed: int) -> None:
        self.renderer = renderer
        self.content = content
        self.shape = content.data.shape[:2]
        layers = [_resized(layer, self.shape) for layer in renderer.layers]
        flat = torch.from_numpy(np.stack(layers)).reshape(len(layers), -1, 3)
        self.where = None if sample is None else positions(content.mask, self.shape, sample, seed)
        self.light = flat if self.where is None else flat[:, torch.from_numpy(self.where)]

    def render(self, batch: Batch, count: int) -> Tensor:
        values = {key: _column(column) for key, column in batch.items()}
        shown = self.renderer.developed(self.linear(values, count), values)
        return shown if self.where is not None else shown.reshape(count, *self.shape, 3)

    def linear(self, values: Mapping[str, Any], count: int) -> Tensor:
        """The mixed layers, scene linear, (K, N, 3)."""
        return torch.einsum("kec,enc->knc", self.renderer.gains(values, count), self.light)

    def target(self, media: Media) -> Tensor:
        if media.data.shape != self.content.data.shape:
            raise InputError(f"{media.name or 'the target'} has another size than the render", "Scale it to the render first.")
        pixels = torch.from_numpy(np.ascontiguousarray(media.data))
        return pixels if self.where is None else pixels.reshape(-1, 3)[torch.from_numpy(self.where)]

    @torch.no_grad()
    def media(self, batch: Batch, count: int) -> list[Media]:
        whole = self if self.where is None else BlenderStage(self.renderer, self.content, None, 0)
        return [
            Media("image", picture.numpy(), "sRGB", mask=self.content.mask, name=self.content.name)
            for picture in whole.render(batch, count)
        ]


def _column(column: Any) -> Any:
    """Numbers as a float32 tensor, choices as they are."""
    return column if isinstance(column, np.ndarray) and column.dtype.kind in "OU" else torch.as_tensor(column, dtype=torch.float32)


def _layers(scene: Scene) -> list[FloatArray]:
    """The layers (H, W, 3), which travel one below the other in the first picture."""
    count = len(scene.description["emitters"]) + 1
    stacked = scene.pictures[0].data
    height, width, _ = stacked.shape
    if height % count:
        raise InputError("the layers of the scene do not fit its lights", "Start again from Blender.")
    return list(stacked.reshape(count, height // count, width, 3))


def _resized(layer: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if layer.shape[:2] == shape:
        return layer
    smaller = shrink(Media("image", layer, "linear-sRGB"), max(shape)).data
    if smaller.shape[:2] != shape:
        raise InputError("the picture does not have the proportions of the scene's layers", "Give the render that the layers belong to.")
    return smaller
