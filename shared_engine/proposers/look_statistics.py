"""The one description of a picture that the look's training and inference share: its colours, its edges, its extremes.

Nothing about place, shape or meaning enters: pooled and spatial features of an image network were tried beside them and did not lower the
error.
"""

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers import color_statistics, edge_statistics, extreme_statistics
from shared_engine.types import FloatArray


def statistics(bags: NDArray[np.float32]) -> FloatArray:
    """Statistics (N, F) of N bags of sRGB-encoded neighbourhoods (N, P, 5, 3), `neighbourhoods.sample`."""
    half = np.ascontiguousarray(bags[:, ::2])  # edges and extremes have five colours a neighbourhood: half of them say enough
    return np.concatenate(
        (
            color_statistics.statistics(np.ascontiguousarray(bags[:, :, 0])),
            edge_statistics.statistics(half),
            extreme_statistics.statistics(half),
        ),
        axis=1,
    )
