"""The blurred luminance that Shadows-Highlights compares each pixel with."""

from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage, signal
from torch import Tensor

from plugins_gimp import color
from plugins_gimp.filters import SURROUNDINGS
from shared_engine.types import FloatArray, Media

SPREAD = 10
"""The blur runs on a picture reduced until its standard deviation is about this many pixels: nothing is lost that the blur would keep."""

REACH = 6
"""How far the picture's border is repeated, in standard deviations."""

STRIP = 1 << 18
"""Pixels turned into luminance at once."""


class Surroundings:
    """L* of the content's luminance after GEGL's blur with extended edges; made when it is first asked for.

    Opaque pictures only: where there is alpha, GEGL gives a pixel less weight the more transparent it is.
    """

    def __init__(self, content: Media) -> None:
        self.content = content
        self.deviation = SURROUNDINGS * max(content.data.shape[:2])
        self.step = max(1, int(self.deviation / SPREAD))

    def at(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Tensor:
        """(1, 1, N) at the given pixels."""
        places = (np.stack((rows, columns)) + 0.5) / self.step - 0.5
        luminance = ndimage.map_coordinates(self._blurred, places, order=1, mode="nearest", output=np.float32)
        return color.lightness(torch.from_numpy(luminance))[None, None]

    @cached_property
    def _blurred(self) -> FloatArray:
        height, width = self.content.data.shape[:2]
        rows = max(self.step, STRIP // width // self.step * self.step)
        means, edges = [], []
        for top in range(0, height, rows):
            luminance = self._luminance(self.content.data[top : top + rows])
            edges += [luminance[0], luminance[-1]]
            means.append(self._means(luminance))
        down = self._blur(np.concatenate(means), edges[0], edges[-1]).T
        return self._blur(self._means(down), down[0], down[-1]).T

    def _luminance(self, pixels: FloatArray) -> FloatArray:
        rgb = torch.from_numpy(np.ascontiguousarray(pixels))
        linear = rgb if self.content.space == "linear-sRGB" else color.decode(rgb)
        return torch.matmul(linear, color.LUMINANCE).numpy()

    def _means(self, lines: FloatArray) -> FloatArray:
        """Means of `step` lines each; the last line is repeated where lines are missing."""
        full = np.concatenate((lines, np.repeat(lines[-1:], -len(lines) % self.step, axis=0)))
        return full.reshape(-1, self.step, lines.shape[1]).mean(1)

    def _blur(self, means: FloatArray, first: FloatArray, last: FloatArray) -> FloatArray:
        """Blurs along the first axis. Beyond the picture GEGL repeats its outermost line, which weighs more than the mean of a step."""
        reach = round(REACH * self.deviation / self.step) + 1
        extended = np.concatenate((np.tile(first, (reach, 1)), means, np.tile(last, (reach, 1))))
        gain, poles = recursion(self.deviation / self.step)
        there = _run(extended, gain, poles)
        return _run(there[::-1], gain, poles)[::-1][reach:-reach].astype(np.float32)


def recursion(deviation: float) -> tuple[float, NDArray[np.float64]]:
    """Gain and denominator of the third-order recursion that GEGL blurs with; run there and back it comes close to a Gaussian.

    Young and van Vliet, Recursive implementation of the Gaussian filter, Signal Processing 44 (1995), eqs. 8c and 11b.
    """
    q = 0.98711 * deviation - 0.96330 if deviation >= 2.5 else 3.97156 - 4.14554 * np.sqrt(1 - 0.26891 * deviation)
    b = np.array([1.57825 + 2.44413 * q + 1.4281 * q**2 + 0.422205 * q**3, 2.44413 * q + 2.85619 * q**2 + 1.26661 * q**3])
    b = np.append(b, (-(1.4281 * q**2 + 1.26661 * q**3), 0.422205 * q**3))
    return float(1 - b[1:].sum() / b[0]), np.append(1.0, -b[1:] / b[0])


def _run(lines: NDArray[np.floating[Any]], gain: float, poles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The recursion from the first line to the last, as if the first had always stood before it."""
    settled = signal.lfilter_zi([gain], poles)[:, None] * lines[:1]
    return signal.lfilter([gain], poles, lines, axis=0, zi=settled)[0]
