"""The ends of a picture's colours: where black and white lie, and how far colour goes. A look moves them; few subjects do."""

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import srgb_to_lab
from shared_engine.types import FloatArray

LEVELS = np.array([0.0003, 0.001, 0.004, 0.996, 0.999, 0.9997])


def statistics(bags: NDArray[np.float32]) -> FloatArray:
    """Extreme quantiles of R, G, B, the least and the largest of the three, L and chroma: (N, 42) of N bags of sRGB-encoded
    neighbourhoods (N, P, 5, 3)."""
    colors = bags.reshape(len(bags), -1, 3)
    lab = srgb_to_lab(colors) / 100
    channels = (*np.moveaxis(colors, -1, 0), colors.min(-1), colors.max(-1), lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]))
    at = np.round(LEVELS * (colors.shape[1] - 1)).astype(int)
    found = [2 * np.partition(channel, at, axis=-1)[:, at] for channel in channels]
    return np.concatenate(found, 1, dtype=np.float32)
