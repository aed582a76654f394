"""The blurred luminance that Shadows-Highlights compares each pixel with."""

from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from plugins_gimp import color
from shared_engine.types import FloatArray, Media

RADIUS = 100.0
"""Standard deviation of the blur in pixels: the default of gegl:shadows-highlights."""

STEP = 10
"""The blur runs on block means of this many pixels a side: a tenth of the radius, finer detail would not survive the blur."""

STRIP = 1 << 18
"""Pixels turned into luminance at once."""


class Surroundings:
    """L* of the content's luminance after a Gaussian blur with extended edges; made when it is first asked for."""

    def __init__(self, content: Media) -> None:
        self.content = content

    def at(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Tensor:
        """(1, 1, N) at the given pixels."""
        places = (np.stack((rows, columns)) + 0.5) / STEP - 0.5
        luminance = ndimage.map_coordinates(self._blurred, places, order=1, mode="nearest", output=np.float32)
        return color.lightness(torch.from_numpy(luminance))[None, None]

    @cached_property
    def _blurred(self) -> FloatArray:
        return ndimage.gaussian_filter(self._block_means(), RADIUS / STEP, mode="nearest", truncate=5.0)

    def _block_means(self) -> FloatArray:
        height, width = self.content.data.shape[:2]
        rows = max(STEP, STRIP // width // STEP * STEP)
        columns = np.arange(0, width, STEP)
        strips = []
        for top in range(0, height, rows):
            luminance = self._luminance(self.content.data[top : top + rows])
            lines = np.arange(0, luminance.shape[0], STEP)
            sums = np.add.reduceat(np.add.reduceat(luminance, lines, axis=0), columns, axis=1)
            area = np.diff(lines, append=luminance.shape[0])[:, None] * np.diff(columns, append=width)
            strips.append(sums / area)
        return np.concatenate(strips).astype(np.float32)

    def _luminance(self, pixels: FloatArray) -> FloatArray:
        rgb = torch.from_numpy(np.ascontiguousarray(pixels))
        linear = rgb if self.content.space == "linear-sRGB" else color.decode(rgb)
        return torch.matmul(linear, color.LUMINANCE).numpy()
