"""Fits what `shared_engine.proposers.ridge` reads: a ridge regression (Hoerl and Kennard 1970), or a logistic one held back alike."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from shared_engine import assets
from shared_engine.proposers.ridge import design
from shared_engine.types import FloatArray

Weights = NDArray[np.float64]


def scales(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each statistic in `rows` (N, F)."""
    return rows.mean(0), rows.std(0) + 1e-3


def linear(rows: Weights, targets: Weights, ridge: float) -> Weights:
    """Weights (F, ...) of the least squares from `rows` (N, F) to `targets` (N, ...)."""
    return np.linalg.solve(rows.T @ rows + ridge * np.eye(rows.shape[1]), rows.T @ targets)


def logistic(rows: Weights, yes: NDArray[np.bool_], weights: Weights, ridge: float) -> Weights:
    """Weights (F,) that make log odds of `yes` (N,) of `rows` (N, F); each row counts by `weights` (N,)."""

    def loss(found: Weights) -> tuple[float, Weights]:
        odds = rows @ found
        wrong = weights * (1 / (1 + np.exp(-odds)) - yes)
        return float(weights @ (np.logaddexp(0, odds) - yes * odds) + ridge * found @ found / 2), rows.T @ wrong + ridge * found

    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x)


def fit(rows: FloatArray, targets: Weights, ridge: float) -> assets.Arrays:
    """A ridge regression from statistics (N, F) to `targets` (N, T)."""
    mean, scale = scales(rows)
    return packed(mean, scale, linear(design(rows, mean, scale), targets, ridge))


def packed(mean: FloatArray, scale: FloatArray, weight: Weights) -> assets.Arrays:
    return {name: np.ascontiguousarray(array, np.float32) for name, array in (("mean", mean), ("scale", scale), ("weight", weight))}
