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
"""The blur runs on means of this many pixels along each side: a tenth of the radius, so nothing is lost that the blur would keep."""

REACH = 5
"""Where the blur is cut off, in standard deviations."""

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
        height, width = self.content.data.shape[:2]
        rows = max(STEP, STRIP // width // STEP * STEP)
        means, edges = [], []
        for top in range(0, height, rows):
            luminance = self._luminance(self.content.data[top : top + rows])
            edges += [luminance[0], luminance[-1]]
            means.append(_means(luminance))
        down = _blur(np.concatenate(means), edges[0], edges[-1]).T
        return _blur(_means(down), down[0], down[-1]).T

    def _luminance(self, pixels: FloatArray) -> FloatArray:
        rgb = torch.from_numpy(np.ascontiguousarray(pixels))
        linear = rgb if self.content.space == "linear-sRGB" else color.decode(rgb)
        return torch.matmul(linear, color.LUMINANCE).numpy()


def _means(lines: FloatArray) -> FloatArray:
    """Means of STEP lines each; the last line is repeated where lines are missing."""
    full = np.concatenate((lines, np.repeat(lines[-1:], -len(lines) % STEP, axis=0)))
    return full.reshape(-1, STEP, lines.shape[1]).mean(1)


def _blur(means: FloatArray, first: FloatArray, last: FloatArray) -> FloatArray:
    """Blurs along the first axis. Beyond the picture GEGL repeats its outermost line, which weighs more than the mean of STEP lines."""
    reach = round(REACH * RADIUS / STEP)
    extended = np.concatenate((np.tile(first, (reach, 1)), means, np.tile(last, (reach, 1))))
    return ndimage.gaussian_filter1d(extended, RADIUS / STEP, axis=0, truncate=REACH)[reach:-reach]
