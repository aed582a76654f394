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
from plugins_gimp.filters import FILTERS, PHOTO_CHAIN, PLAIN_CHAIN
from plugins_gimp.replica_filters import KERNELS, Light, Settings, Site
from plugins_gimp.surroundings import Surroundings
from shared_engine.errors import InputError, ParameterError
from shared_engine.renderer import Batch, Renderer, Stage, positions
from shared_engine.types import Media, Tool, Value, Values

TILE = 1 << 16
"""Pixels rendered at once in a whole picture: planes of a tile stay in the processor's cache."""


class GimpReplica(Renderer):
    """The filter chain of a GIMP that has the operations `available` (None: all that are known)."""

    name = "gimp"
    kind = "image"
    differentiable = True

    def __init__(self, available: frozenset[str] | None = None) -> None:
        self.filters = tuple(one for one in FILTERS if one.replica and (available is None or one.operation in available))

    @property
    def tools(self) -> Sequence[Tool]:
        leading = PHOTO_CHAIN if PHOTO_CHAIN.issubset(one.tool.id for one in self.filters) else PLAIN_CHAIN
        return [replace(one.tool, optional=one.tool.id not in leading) for one in self.filters]

    def stage(self, content: Media, sample: int | None = None, seed: int = 0) -> "GimpStage":
        if content.kind != "image":
            raise InputError(f"{content.name or 'this'} is not a picture", "Give GIMP's filters a photo.")
        return GimpStage(self, content, sample, seed)

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        return recipe.write(self.filters, values)

    def values(self, recipe_: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        return recipe.read(self.filters, recipe_)


class GimpStage(Stage):
    """The chain bound to one picture.

    `render` answers (K, N, 3) for N sampled pixels, or (K, H, W, 3), as R'G'B' float32 tensors that are not clamped.
    """

    def __init__(self, renderer: GimpReplica, content: Media, sample: int | None, seed: int) -> None:
        self.renderer = renderer
        self.content = content
        self.shape = content.data.shape[:2]
        self.known = {one.tool.key(parameter) for one in renderer.filters for parameter in one.tool.parameters}
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
        site = Site(lambda: vignette_distance(rows, columns, self.shape), lambda: self.surroundings.at(rows, columns))
        return Light(linear, encoded), site

    def render(self, batch: Batch, count: int) -> Tensor:
        planes = self._run(self._tensors(batch), self.light, self.site).expand(count, 3, -1).transpose(1, 2)
        return planes if self.positions is not None else planes.reshape(count, *self.shape, 3)

    def target(self, media: Media) -> Tensor:
        if media.data.shape != self.content.data.shape:
            raise InputError(f"{media.name or 'the target'} has another size than the photo", "Scale it to the photo first.")
        pixels = torch.from_numpy(media.data.reshape(-1, 3)[self._where()])
        pixels = color.encode(pixels) if media.space == "linear-sRGB" else pixels
        return pixels if self.positions is not None else pixels.reshape(*self.shape, 3)

    def media(self, batch: Batch, count: int) -> list[Media]:
        tensors = self._tensors(batch)
        return [
            self._picture({key: value[[index]] if len(value) > 1 else value for key, value in tensors.items()}) for index in range(count)
        ]

    @torch.no_grad()
    def _picture(self, values: Mapping[str, Tensor]) -> Media:
        height, width = self.shape
        out = np.empty((height * width, 3), np.float32)
        for start in range(0, height * width, TILE):
            where = np.arange(start, min(start + TILE, height * width))
            light, site = self._place(where)
            out[where] = self._run(values, light, site)[0].T.numpy()
        return Media("image", out.reshape(height, width, 3), "sRGB", mask=self.content.mask, name=self.content.name)

    def _tensors(self, batch: Batch) -> dict[str, Tensor]:
        for key in batch.keys() - self.known:
            raise ParameterError(f"there is no setting called {key}", "Ask the renderer for its tools.")
        return {key: torch.as_tensor(value, dtype=torch.float32).reshape(-1) for key, value in batch.items()}

    def _run(self, batch: Mapping[str, Tensor], light: Light, site: Site) -> Tensor:
        """The chain over the planes; without gradients, candidates that are alike up to a filter are rendered once up to there.

        A Jacobian's candidates differ in one setting each, so most of the chain is common to most of them.
        """
        count = max((len(value) for value in batch.values()), default=1)
        shared = count > 2 and not torch.is_grad_enabled()
        row = np.zeros(count, dtype=np.intp)
        for one in self.renderer.filters:
            settings = Settings(one, batch)
            if not settings.active:
                continue
            if shared:
                told_apart = np.column_stack([row, settings.table(count)])
                _, first, row_now = np.unique(told_apart, axis=0, return_index=True, return_inverse=True)
                light, settings, row = light.rows(row[first]), settings.rows(first), row_now.reshape(-1)
            light = KERNELS[one.tool.id](light, settings, site)
        return light.encoded()[row] if shared else light.encoded()


def vignette_distance(rows: NDArray[np.intp], columns: NDArray[np.intp], shape: tuple[int, int]) -> Tensor:
    """(1, 1, N): distance from the centre with the picture's proportions, 1 at the middle of each side."""
    height, width = shape
    aspect = width / height
    half = width / 2 / max(aspect, 1.0)
    return torch.from_numpy((np.hypot((columns - width // 2) / aspect, rows - height // 2) / half).astype(np.float32))[None, None]
