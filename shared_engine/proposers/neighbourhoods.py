"""Samples of a picture for statistics: colours with their neighbours, so that edges can be seen, but no place, shape or meaning."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from shared_engine.proposers.color import encoded
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media

PIXELS = 2048
WORKING_SIDE = 192
"""The picture is averaged down to this longer side first, so that a thumbnail and the 24 megapixels that it was made of say the same. Half
of what web pictures often measure: JPEG's halved colour resolution is gone, an edge of its making would look grey whatever the look is."""

REACH = 3
STEPS = np.array([0, -1, 1, -REACH, REACH])
"""A neighbourhood: a pixel, its neighbours along one axis, and those three away."""


def sample(media: Media) -> FloatArray:
    """`PIXELS` evenly spread neighbourhoods of the picture in sRGB encoding, (PIXELS, 5, 3), only where its mask is set.

    Where nothing of the mask is wide enough for a neighbourhood, neighbours may lie beyond it.
    """
    small = shrink(media, WORKING_SIDE)
    picture = encoded(small)
    shown = np.arange(picture.shape[0] * picture.shape[1])
    if small.mask is not None:
        inside = small.mask >= min(0.5, 0.5 * float(small.mask.max()))
        whole = binary_erosion(inside, np.ones((2 * REACH + 1, 2 * REACH + 1)), border_value=1)
        shown = np.flatnonzero(whole if whole.any() else inside)
    return spread(picture, shown)


def spread(picture: FloatArray, shown: NDArray[np.integer]) -> FloatArray:
    """`PIXELS` of the pixels `shown` (flat indices) at even distances, with neighbours; pixels repeat where there are fewer."""
    return neighbourhoods(picture, shown[np.linspace(0, len(shown) - 1, PIXELS).astype(int)])


def neighbourhoods(picture: FloatArray, where: NDArray[np.integer]) -> FloatArray:
    """Neighbourhoods (P, 5, 3) of the pixels (P,), flat indices into (H, W, 3). Beyond the border lies the pixel on it."""
    height, width = picture.shape[:2]
    row, column = (index[:, None] for index in np.divmod(where, width))
    upright = (np.arange(len(where)) // 2 % 2 == 0)[:, None]
    rows = np.clip(row + STEPS * upright, 0, height - 1)
    columns = np.clip(column + STEPS * ~upright, 0, width - 1)
    found: FloatArray = picture[rows, columns]
    return found
