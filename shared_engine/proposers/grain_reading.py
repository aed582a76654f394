"""How much grain a picture seems to have: noise of film, of a sensor or of an app.

Noise is everywhere, so the flattest parts of a picture have it too (Donoho 1995 takes the finest wavelets' median; Liu, Freeman, Szeliski
and Kang 2006 the lower envelope of what patches vary). Sand and leaves are everywhere as well, but some patches of them vary less, and all
of them vary more the larger the scale. So what is read is how much small patches vary in three high-pass bands, from the flattest to
the busiest; of these logarithms and their squares a logistic regression says whether there is grain, and a ridge regression how much, if
there is some: shared_engine/training/grain.py.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.ndimage import convolve

from shared_engine import assets
from shared_engine.proposers.color import encoded
from shared_engine.proposers.falloff import LUMINANCE
from shared_engine.proposers.ridge import answer
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media

WEIGHTS = Path(__file__).with_name("grain.safetensors")

SIDE = 768
"""Longer side, in pixels, up to which a picture is read as it is: what hosts send."""

SECOND = np.array([1.0, -2.0, 1.0])
DIAGONAL = np.outer(SECOND, SECOND) / 6
"""Answers only where both directions change at once: edges and lines seldom do (Immerkaer 1996)."""

COARSE = np.zeros((5, 5))
COARSE[::2, ::2] = DIAGONAL
LAPLACIAN = np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]) / np.sqrt(20)
BANDS = DIAGONAL, LAPLACIAN, COARSE
"""High passes that leave white noise as strong as it is."""

PATCH = 8
"""Side of a patch, in pixels."""

ORDER = (0.005, 0.02, 0.1, 0.35, 0.7)
"""Quantiles of what patches vary."""

BLACK, WHITE, CLIPPED = 0.005, 0.995, 0.05
"""Ends of the range, and the share of clipped samples from which on a patch says nothing."""

LEAST = 40
"""Patches without which nothing can be said."""

FAINT = 0.1 / 255
"""Varying less than this counts as not at all."""


@dataclass(frozen=True)
class Grain:
    """`odds`: logarithm of the odds that there is any. `deviation` of the luma (R'G'B', 0..1) for a pixel of a picture `side` pixels long,
    if there is."""

    odds: float
    deviation: float
    side: int


NONE = Grain(-np.inf, 0.0, SIDE)


def grain(media: Media) -> Grain:
    """What is seen where the picture's mask is set, and not clipped; NONE where that is too little."""
    small = shrink(media, SIDE)
    found = statistics(encoded(small), small.mask)
    if found is None:
        return NONE
    odds, logarithm = answer(_weights(), found)
    return Grain(float(odds), float(np.exp(logarithm)), max(small.data.shape[:2]))


@cache
def _weights() -> assets.Arrays:
    return assets.read(WEIGHTS)[0]


def statistics(picture: FloatArray, mask: FloatArray | None = None) -> FloatArray | None:
    """Logarithms of what patches of a picture (H, W, 3), sRGB-encoded, vary in each band, at each order, and their squares: (30,)."""
    if min(picture.shape[:2]) < PATCH:
        return None
    unseen = ((picture < BLACK) | (picture > WHITE)).any(-1)
    if mask is not None:
        unseen |= mask < 0.5
    kept = patches(unseen.astype(np.float32)).mean(1) <= CLIPPED
    if kept.sum() < LEAST:
        return None
    luma = (picture @ LUMINANCE).astype(np.float32)
    varying = [np.sqrt((patches(convolve(luma, band)) ** 2).mean(1))[kept] for band in BANDS]
    found = np.log(np.concatenate([np.quantile(one, ORDER) for one in varying]) + FAINT)
    return np.concatenate((found, found**2)).astype(np.float32)


def patches(plane: FloatArray) -> FloatArray:
    """A plane (H, W) cut into squares of PATCH pixels, what is left at its right and lower border left out: (N, PATCH^2)."""
    rows, columns = (side // PATCH for side in plane.shape)
    cut = plane[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH)
    return cut.swapaxes(1, 2).reshape(-1, PATCH * PATCH)
