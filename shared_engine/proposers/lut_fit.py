"""Fits a look-up table to pairs of colours: what a before/after pair, or a reference of the same picture, says for certain.

Where the pairs have colours, the table follows them; away from them it goes on as looks usually do. Minimised in two steps:

1. coefficients c of the basis of looks: sum_i w_i |x_i + m(x_i) + B(x_i) c - y_i|^2 / n / NOISE^2 + |c|^2 / STIFFNESS
2. a smooth rest r on the lattice: sum_i w_i |r(x_i) - e_i|^2 / n + SMOOTH |grad r|^2 + SMALL |r|^2, e_i what step 1 left over

with weights w_i = 1 / (1 + (|e_i| / TOLERANCE)^2) against pixels that do not fit (a moved leaf, a retouched spot), three rounds.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, kron, vstack
from scipy.sparse.linalg import cg

from shared_engine.proposers.lut import SIZE, corners
from shared_engine.types import FloatArray

NOISE = 0.03
STIFFNESS = 400.0
SMOOTH = 1e-3
SMALL = 1e-5
TOLERANCE = 0.05
ROUNDS = 3


@dataclass(frozen=True)
class Basis:
    """How looks differ: `mean` (14739,) and `directions` (K, 14739), residual tables flattened, one standard deviation each."""

    mean: FloatArray
    directions: FloatArray


def at_colors(colors: FloatArray) -> csr_array:
    """The (P, 4913) matrix that interpolates a table at colours (P, 3)."""
    indices, weights = corners(colors, SIZE)
    rows = np.broadcast_to(np.arange(len(colors)), indices.shape)
    return csr_array((weights.ravel(), (rows.ravel(), indices.ravel())), (len(colors), SIZE**3))


@cache
def roughness() -> csr_array:
    """The (4913, 4913) matrix of the sum of squared differences between neighbours on the lattice, in units of the lattice."""
    step = diags_array([-np.ones(SIZE), np.ones(SIZE)], offsets=[0, 1], shape=(SIZE - 1, SIZE))
    one = eye_array(SIZE)
    gradient = vstack([kron(kron(step, one), one), kron(kron(one, step), one), kron(kron(one, one), step)])
    return csr_array(gradient.T @ gradient)


def fit_table(source: FloatArray, target: FloatArray, basis: Basis) -> tuple[FloatArray, float]:
    """Residual table (17, 17, 17, 3) that maps `source` (P, 3) to `target` (P, 3), and the root mean square of what it leaves."""
    matrix = at_colors(source)
    change = (target - source).astype(np.float64)
    weights = np.ones(len(source))
    for _ in range(ROUNDS):
        table = prior_fit(matrix, change, weights, basis)
        table += smooth_rest(matrix, change - matrix @ table, weights)
        left = np.sqrt(((change - matrix @ table) ** 2).sum(1))
        weights = 1 / (1 + (left / TOLERANCE) ** 2)
    return table.reshape(SIZE, SIZE, SIZE, 3).astype(np.float32), float(np.sqrt((weights * left**2).sum() / weights.sum()))


def prior_fit(matrix: csr_array, change: NDArray[np.float64], weights: NDArray[np.float64], basis: Basis) -> NDArray[np.float64]:
    count = len(basis.directions)
    mean = basis.mean.reshape(-1, 3).astype(np.float64)
    design = (matrix @ basis.directions.reshape(count, -1, 3).transpose(1, 0, 2).reshape(SIZE**3, -1)).reshape(-1, count, 3)
    design = (design * np.sqrt(weights)[:, None, None]).transpose(0, 2, 1).reshape(-1, count)
    wanted = ((change - matrix @ mean) * np.sqrt(weights)[:, None]).reshape(-1)
    precision = NOISE**-2 / weights.sum()
    normal = design.T @ design * precision + np.eye(count) / STIFFNESS
    coefficients = np.linalg.solve(normal, design.T @ wanted * precision)
    return mean + (coefficients @ basis.directions).reshape(-1, 3)


def smooth_rest(matrix: csr_array, rest: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    weighted = matrix.multiply(weights[:, None] / weights.sum()).tocsr()
    system = weighted.T @ matrix + SMOOTH / SIZE * roughness() + SMALL * eye_array(SIZE**3)
    goal = weighted.T @ rest
    return np.stack([cg(system, goal[:, channel], rtol=1e-5, maxiter=400)[0] for channel in range(3)], -1)
