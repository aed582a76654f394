"""Principal directions of rows that are fewer than their columns, by the eigenvectors of their inner products."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]


def principal(rows: Rows, count: int) -> tuple[Rows, Rows, Rows]:
    """The `count` largest singular values (count,) of `rows` (N, D), their vectors (N, count), and the directions (count, D)."""
    squared, left = np.linalg.eigh(rows @ rows.T)
    sizes, left = np.sqrt(squared[::-1][:count]), left[:, ::-1][:, :count]
    return sizes, left, (left / sizes).T @ rows
