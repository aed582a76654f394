"""Linear regressions over a picture's statistics: small enough that their weights are read in no time and show what they rest on."""

import numpy as np
from numpy.typing import NDArray

from shared_engine import assets
from shared_engine.types import FloatArray

OUTLIER = 5.0
"""Standard deviations at which a statistic is clipped."""


def design(rows: NDArray[np.floating], mean: FloatArray, scale: FloatArray) -> NDArray[np.float64]:
    """Statistics (..., F) standardised, clipped, and a one beside them: (..., F + 1)."""
    standard = np.clip((rows - mean) / scale, -OUTLIER, OUTLIER)
    return np.concatenate((standard, np.ones_like(standard[..., :1])), -1).astype(np.float64)


def answer(arrays: assets.Arrays, row: NDArray[np.floating]) -> NDArray[np.float64]:
    """What weights that `shared_engine.training.ridge` made say of one row of statistics (F,)."""
    return design(row, arrays["mean"], arrays["scale"]) @ arrays["weight"]
