"""One number to be made small: distance to the proposal + naturalness + sparsity, with its parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared_engine.metrics.metric import Metric
from shared_engine.optimizers.optimizer import Points
from shared_engine.renderer import Array, Stage
from shared_engine.space import Space
from shared_engine.types import Score, Values

SPARSITY = 0.06
"""Weight of the group penalty, in units of the distance (dE) for one tool moved across half of its range."""


class Objective:
    """Scores points of any space whose tools `stage` can render. `metrics` are (metric, weight) pairs; the first is the distance."""

    def __init__(self, stage: Stage, target: Array, metrics: Sequence[tuple[Metric, float]], differentiable: bool) -> None:
        self.stage = stage
        self.target = target
        self.metrics = metrics
        self.differentiable = differentiable

    def evaluate(self, space: Space, points: Points, sparsity: float = 0.0, gradient: bool = False) -> tuple[Points, Points | None]:
        """Values (K,) of points (K, dimension) and, if asked for and possible, their gradients (K, dimension)."""
        if not self.differentiable:
            total = self.distance(space.decode(points), len(points)) + sparsity * group_norm(space, points).sum(-1)
            return np.asarray(total, np.float64), None
        import torch

        with torch.set_grad_enabled(gradient):
            units = torch.tensor(points, dtype=torch.float32, requires_grad=gradient)
            total = self.distance(space.decode(units), len(points))
            if sparsity:
                total = total + sparsity * group_norm(space, units).sum(-1)
            if not gradient:
                return total.double().numpy(), None
            (slopes,) = torch.autograd.grad(total.sum(), units)
        return total.detach().double().numpy(), slopes.double().numpy()

    def distance(self, batch: Any, count: int) -> Array:
        renders = self.stage.render(batch, count)
        return sum(weight * metric.distance(renders, self.target) for metric, weight in self.metrics)

    def score(self, space: Space, values: Values) -> Score:
        """The parts of one candidate, without the sparsity term: that one steers the search and says nothing about likeness."""
        points = space.encode(values)[None]
        batch = space.decode(points)
        if self.differentiable:
            import torch

            batch = space.decode(torch.tensor(points, dtype=torch.float32))
        renders = self.stage.render(batch, 1)
        parts = {metric.name: weight * float(metric.distance(renders, self.target)[0]) for metric, weight in self.metrics}
        return Score(sum(parts.values()), parts)


def group_norm(space: Space, points: Array) -> Array:
    """How far each tool is from neutral, (K, tools), in half ranges: the norm of the group lasso (Yuan and Lin 2006), smoothed at zero."""
    smooth = 1e-4
    moved = (points - _like(space.neutral, points)) * 2
    norms = [((moved[:, axes] ** 2).sum(-1) + smooth) ** 0.5 for axes in space.axes.values() if axes]
    if isinstance(points, np.ndarray):
        return np.stack(norms, -1)
    import torch

    return torch.stack(norms, -1)


def _like(values: Points, points: Array) -> Array:
    return values if isinstance(points, np.ndarray) else points.new_tensor(values)
