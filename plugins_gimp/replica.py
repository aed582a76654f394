"""GIMP's filters inside the engine: batches of candidates on pixel samples or whole pictures, with gradients.

Proved against GEGL and GIMP by tests/hosts/test_replica_*.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plugins_gimp import color, recipe
from plugins_gimp.filters import FILTERS, GRAIN, NOISE_PER_DEVIATION, PHOTO_CHAIN, PLAIN_CHAIN
from plugins_gimp.light import Light, Settings, Site
from plugins_gimp.replica_filters import KERNELS
from plugins_gimp.surroundings import Surroundings
from shared_engine.errors import InputError, ParameterError
from shared_engine.proposers.grain import missing
from shared_engine.renderer import Batch, Measured, Renderer, Stage, positions
from shared_engine.space import tidy
from shared_engine.types import Media, Reference, Tool, Value, Values

TILE = 1 << 16
"""Pixels rendered at once in a whole picture: planes of a tile stay in the processor's cache."""


class GimpReplica(Renderer):
    """The filter chain of a GIMP that has the operations `available` (None: all that are known)."""

    name = "gimp"
    kind = "image"
    differentiable = True

    def __init__(self, available: frozenset[str] | None = None) -> None:
        self.known = tuple(one for one in FILTERS if available is None or one.operation in available)
        self.filters = tuple(one for one in self.known if one.replica)
        self.showing = tuple(one for one in self.known if one.shown)

    @property
    def tools(self) -> Sequence[Tool]:
        leading = PHOTO_CHAIN if PHOTO_CHAIN.issubset(one.tool.id for one in self.filters) else PLAIN_CHAIN
        return [replace(one.tool, optional=one.tool.id not in leading) for one in self.filters]

    @property
    def host_tools(self) -> Sequence[Tool]:
        return [replace(one.tool, optional=True) for one in self.known if not one.replica]

    @property
    def shown(self) -> frozenset[str]:
        return frozenset(one.tool.id for one in self.showing)

    def measured(self, content: Media, references: Sequence[Reference]) -> Sequence[Measured]:
        """Grain, where GIMP has its noise."""
        found = [tool for tool in self.host_tools if tool.id == GRAIN]
        amount = NOISE_PER_DEVIATION * missing(content, references) if found else 0.0
        if not amount:
            return ()
        (tool,) = found
        (parameter,) = tool.parameters
        words = "grain like the reference's" if len(references) == 1 else "grain like the references'"
        return (Measured(tool, {tool.key(parameter): tidy(parameter, amount)}, words),)

    @property
    def chain(self) -> Sequence[Tool]:
        found = {tool.id: tool for tool in (*self.tools, *self.host_tools)}
        return [found[one.tool.id] for one in self.known]

    def stage(self, content: Media, sample: int | None = None, seed: int = 0) -> "GimpStage":
        if content.kind != "image":
            raise InputError(f"{content.name or 'this'} is not a picture", "Give GIMP's filters a photo.")
        return GimpStage(self, content, sample, seed)

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        return recipe.write(self.known, values)

    def values(self, recipe_: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        return recipe.read(self.known, recipe_)


class GimpStage(Stage):
    """The chain bound to one picture.

    `render` answers (K, N, 3) for N sampled pixels, or (K, H, W, 3), as R'G'B' float32 tensors that are not clamped.
    """

    def __init__(self, renderer: GimpReplica, content: Media, sample: int | None, seed: int) -> None:
        self.renderer = renderer
        self.content = content
        self.shape = content.data.shape[:2]
        self.known = {one.tool.key(parameter) for one in renderer.showing for parameter in one.tool.parameters}
        self.surroundings = Surroundings(content)
        self.positions = positions(content.mask, self.shape, sample, seed) if sample is not None else None
        self.light, self.site = self._place(self._where())

    def _where(self) -> NDArray[np.intp]:
        return np.arange(self.shape[0] * self.shape[1]) if self.positions is None else self.positions

    def _place(self, where: NDArray[np.intp]) -> tuple[Light, Site]:
        """The pixels at flat indices `where` as planes, and what filters may know about their place."""
        pixels = torch.from_numpy(np.ascontiguousarray(self.content.data.reshape(-1, 3)[where].T))[None]
        linear = pixels if self.content.space == "linear-sRGB" else color.decode(pixels)
        encoded = color.encode(pixels) if self.content.space == "linear-sRGB" else pixels
        rows, columns = np.divmod(where, self.shape[1])
        site = Site(
            lambda: vignette_distance(rows, columns, self.shape),
            lambda: self.surroundings.at(rows, columns),
            lambda: torch.from_numpy(np.random.default_rng(int(where[0])).standard_normal((1, 1, len(where)), np.float32)),
            max(self.shape),
        )
        return Light(linear, encoded), site

    def render(self, batch: Batch, count: int) -> Tensor:
        planes = self._run(self._settings(batch), self.light, self.site).expand(count, 3, -1).transpose(1, 2)
        return planes if self.positions is not None else planes.reshape(count, *self.shape, 3)

    def target(self, media: Media) -> Tensor:
        if media.data.shape != self.content.data.shape:
            raise InputError(f"{media.name or 'the target'} has another size than the photo", "Scale it to the photo first.")
        pixels = torch.from_numpy(media.data.reshape(-1, 3)[self._where()])
        pixels = color.encode(pixels) if media.space == "linear-sRGB" else pixels
        return pixels if self.positions is not None else pixels.reshape(*self.shape, 3)

    def media(self, batch: Batch, count: int) -> list[Media]:
        parts = self._settings(batch)
        return [self._picture([part.rows([index]) if len(part.values) > 1 else part for part in parts]) for index in range(count)]

    @torch.no_grad()
    def _picture(self, parts: Sequence[Settings]) -> Media:
        height, width = self.shape
        out = np.empty((height * width, 3), np.float32)
        for start in range(0, height * width, TILE):
            where = np.arange(start, min(start + TILE, height * width))
            light, site = self._place(where)
            out[where] = self._run(parts, light, site)[0].T.numpy()
        return Media("image", out.reshape(height, width, 3), "sRGB", mask=self.content.mask, name=self.content.name)

    def _settings(self, batch: Batch) -> list[Settings]:
        """The filters that the batch gives settings to, in the order of the chain."""
        for key in batch.keys() - self.known:
            raise ParameterError(f"there is no setting called {key}", "Ask the renderer for its tools.")
        found = []
        for one in self.renderer.showing:
            names = [name for name, key in one.keys.items() if key in batch]
            if any(name not in one.modifiers for name in names):
                columns = [torch.as_tensor(batch[one.keys[name]], dtype=torch.float32) for name in names]
                found.append(Settings(one, names, torch.stack(torch.broadcast_tensors(*columns), 1)))
        return found

    def _run(self, parts: Sequence[Settings], light: Light, site: Site) -> Tensor:
        """The chain over the planes; without gradients, candidates that are alike up to a filter are rendered once up to there.

        A Jacobian's candidates differ in one setting each, so most of the chain is common to most of them.
        """
        count = max((len(part.values) for part in parts), default=1)
        kinds = Kinds(count, parts) if count > 2 and not torch.is_grad_enabled() else None
        for settings in parts:
            if kinds:
                origins, members = kinds.split(settings)
                light, settings = light.rows(origins), settings.rows(members)
            light = KERNELS[settings.filter.tool.id](light, settings, site)
        if kinds and 1 < kinds.number < count:
            return light.encoded()[kinds.of]
        return light.encoded()


class Kinds:
    """Which candidates of a batch are alike so far. `of` (count): the kind of each candidate."""

    def __init__(self, count: int, parts: Sequence[Settings]) -> None:
        self.values = torch.cat([part.values.expand(count, -1) for part in parts], 1).numpy()
        self.of = [0] * count
        self.width = 0
        self.number = 1

    def split(self, settings: Settings) -> tuple[list[int] | None, list[int] | None]:
        """Tells candidates apart by the next filter's settings too.

        -> the former kind of each new one, and the first candidate of each new kind; None where nothing is to be rearranged.
        """
        before, number, self.width = self.of, self.number, self.width + settings.values.shape[1]
        if number == len(before):
            return None, None
        seen: dict[bytes, int] = {}
        self.of = [seen.setdefault(line.tobytes(), len(seen)) for line in self.values[:, : self.width]]
        self.number = len(seen)
        members = [0] * self.number
        for candidate in range(len(self.of) - 1, -1, -1):
            members[self.of[candidate]] = candidate
        origins = [before[candidate] for candidate in members] if self.number > number > 1 else None
        return origins, members if self.number < len(self.of) else None


def vignette_distance(rows: NDArray[np.intp], columns: NDArray[np.intp], shape: tuple[int, int]) -> Tensor:
    """(1, 1, N): distance from the centre with the picture's proportions, 1 at the middle of each side."""
    height, width = shape
    aspect = width / height
    half = width / 2 / max(aspect, 1.0)
    return torch.from_numpy((np.hypot((columns - width // 2) / aspect, rows - height // 2) / half).astype(np.float32))[None, None]
