"""Levenberg-Marquardt in whole batches, for values that are sums of norms.

Two kinds of batch alternate. One holds the current point and a neighbour along each axis: the Jacobian, by forward differences, so
any renderer will do. The other holds trial steps at several dampings (Marquardt 1963), of which the best is taken: a batch costs
little more than a point. Sums of norms become weighted squares by iteratively reweighted least squares: near its minimum a norm |r|
is r^2 / 2|r| + |r| / 2 (Weiszfeld 1937). The group lasso of the tools is one of these norms, so sparsity comes by the same way.
"""

import numpy as np

from shared_engine.optimizers.optimizer import Evaluation, Optimizer, Points, Residuals

DIFFERENCE = 0.02
"""Step of the forward differences, in shares of a range: well above float32 noise of a render, well below what bends a filter."""

DAMPINGS = 10.0 ** np.arange(-5.0, 3.0)
ROUNDING = 0.3
"""Norms below this are treated as this in the weights, in units of the distance: a just visible difference needs no exact zero."""

SMALL = 1e-3
"""A relative gain below this, twice in a row, ends the search."""


def neighbours(point: Points) -> tuple[Points, Points]:
    """A point and its neighbour along each axis, inside the box, (1 + dimension, dimension), and the signed steps (dimension,)."""
    steps = np.where(point > 1 - DIFFERENCE, -DIFFERENCE, DIFFERENCE)
    return np.vstack([point, point + np.diag(steps)]), steps


def normal_equations(residuals: Residuals, steps: Points) -> tuple[Points, Points]:
    """J'WJ and J'Wr of `neighbours`' residuals, W being the weights of iteratively reweighted least squares."""
    differences = np.nan_to_num(residuals.values, nan=0.0, posinf=0.0, neginf=0.0)
    here = differences[0]
    transposed = (differences[1:] - here) / steps[:, None]
    squares = np.bincount(residuals.groups, here**2, len(residuals.weights))
    roots = np.sqrt(residuals.weights / np.sqrt(squares + ROUNDING**2))[residuals.groups]
    transposed *= roots
    return transposed @ transposed.T, transposed @ (here * roots)


class LevenbergMarquardt(Optimizer):
    name = "lm"
    needs = "residuals"

    def __init__(self, dimension: int, start: Points, seed: int = 0, budget: int = 1000) -> None:
        super().__init__(dimension, start, seed, budget)
        self.point = self.best_point.copy()
        self.value = np.inf
        self.trying = False
        self.steps: Points = np.empty(0)
        self.trials: Points = np.empty((0, dimension))
        self.stalled = 0

    def ask(self) -> Points:
        if self.trying:
            return self.trials.copy()
        points, self.steps = neighbours(self.point)
        return points

    def learn(self, points: Points, values: Points, evaluation: Evaluation) -> None:
        if self.trying:
            lowest = int(np.argmin(values))
            gain = (self.value - values[lowest]) / max(abs(self.value), 1e-12) if np.isfinite(self.value) else 1.0
            if gain > 0:
                self.point, self.value = points[lowest].copy(), float(values[lowest])
            self.stalled = self.stalled + 1 if gain < SMALL else 0
            self.trying = False
            return
        if evaluation.residuals is None:
            raise ValueError("Levenberg-Marquardt needs residuals")
        self.value = float(values[0])
        self.trials = self._trials(evaluation.residuals)
        self.trying = True

    def _trials(self, residuals: Residuals) -> Points:
        """The current point moved by the damped solution of the normal equations, once for each damping, inside the box."""
        normal, slope = normal_equations(residuals, self.steps)
        scale = np.diag(normal) + 1e-9 * np.trace(normal) / self.dimension + 1e-12
        moves = [self._bounded(normal + damping * np.diag(scale) + 1e-9 * np.eye(self.dimension), slope) for damping in DAMPINGS]
        return np.clip(self.point + np.stack(moves), 0, 1)

    def _bounded(self, matrix: Points, slope: Points) -> Points:
        """The step that solves `matrix` step = -`slope` with the axes that would leave the box held at its border."""
        step = -np.linalg.solve(matrix, slope)
        for _ in range(3):
            ended = self.point + step
            held = (ended < 0) | (ended > 1)
            if not held.any():
                break
            step = np.where(held, np.clip(ended, 0, 1) - self.point, 0.0)
            free = ~held
            if free.any():
                step[free] = -np.linalg.solve(matrix[np.ix_(free, free)], slope[free] + matrix[np.ix_(free, held)] @ step[held])
        return step

    @property
    def done(self) -> bool:
        return super().done or self.stalled >= 2
