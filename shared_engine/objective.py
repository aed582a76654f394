"""One number to be made small: distance to the proposal + naturalness + sparsity, with its parts."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from shared_engine.metrics.metric import Metric
from shared_engine.optimizers.optimizer import Evaluation, Points, Residuals
from shared_engine.renderer import Array, Stage
from shared_engine.space import Space
from shared_engine.types import Score, Values

SPARSITY = 0.06
"""Weight of the group penalty, in units of the distance (dE) for one tool moved across half of its range."""

SMOOTH = 1e-4
"""Keeps the slope of a group's norm finite at neutral."""


class Objective:
    """Scores points of any space whose tools `stage` can render. `metrics` are (metric, weight) pairs; the first is the distance."""

    def __init__(self, stage: Stage, target: Array, metrics: Sequence[tuple[Metric, float]], differentiable: bool) -> None:
        self.stage = stage
        self.target = target
        self.metrics = metrics
        self.differentiable = differentiable

    @property
    def optimizer(self) -> str:
        """Which optimiser suits: least squares where the distance is separable, whole generations of CMA-ES elsewhere."""
        return "lm" if self.metrics[0][0].separable else "cma"

    def evaluate(
        self, space: Space, points: Points, sparsity: float = 0.0, needs: Literal["", "gradients", "residuals"] = ""
    ) -> Evaluation:
        """What `points` (K, dimension) are worth, with what the optimiser needs beside the values."""
        if not self.differentiable:
            return self._evaluate(space, points, points, sparsity, needs)
        import torch

        with torch.set_grad_enabled(needs == "gradients"):
            units = torch.tensor(points, dtype=torch.float32, requires_grad=needs == "gradients")
            found = self._evaluate(space, points, units, sparsity, needs)
            if needs != "gradients":
                return found
            total: Any = found.values
            (slopes,) = torch.autograd.grad(total.sum(), units)
        return Evaluation(total.detach().double().numpy(), slopes.double().numpy())

    def _evaluate(self, space: Space, points: Points, units: Array, sparsity: float, needs: str) -> Evaluation:
        renders = self.stage.render(space.decode(units), len(points))
        (first, share), *others = self.metrics
        differences = first.residuals(renders, self.target) if needs == "residuals" else None
        total = share * (first.distance(renders, self.target) if differences is None else first.norm(differences))
        total = total + sum(weight * metric.distance(renders, self.target) for metric, weight in others)
        if not self.differentiable:
            total = np.asarray(total, np.float64)
        if sparsity:
            total = total + sparsity * sum(((axes**2).sum(-1) + SMOOTH) ** 0.5 for axes in moved(space, units))
        if needs == "gradients":
            return Evaluation(total)
        residuals = None if differences is None else self._residuals(space, points, np.asarray(differences, np.float64), sparsity)
        return Evaluation(np.asarray(total, np.float64), residuals=residuals)

    def _residuals(self, space: Space, points: Points, differences: Points, sparsity: float) -> Residuals:
        """The distance's residuals, (K, groups, size), and below them each tool's distance from neutral."""
        _, weight = self.metrics[0]
        count, groups, size = differences.shape
        values, owners, weights = [differences.reshape(count, -1)], [np.repeat(np.arange(groups), size)], [np.full(groups, weight / groups)]
        if sparsity:
            for number, axes in enumerate(moved(space, points)):
                values.append(axes)
                owners.append(np.full(axes.shape[1], groups + number))
                weights.append(np.array([sparsity]))
        return Residuals(np.concatenate(values, 1), np.concatenate(owners), np.concatenate(weights))

    def score(self, space: Space, values: Values) -> Score:
        """The parts of one candidate, without the sparsity term: that one steers the search and says nothing about likeness."""
        return self.judge(self.render(space, values))

    def render(self, space: Space, values: Values) -> Array:
        """One candidate as the stage shows it, without the batch axis."""
        points = space.encode(values)[None]
        if not self.differentiable:
            return self.stage.render(space.decode(points), 1)[0]
        import torch

        with torch.no_grad():
            return self.stage.render(space.decode(torch.tensor(points, dtype=torch.float32)), 1)[0]

    def judge(self, render: Array) -> Score:
        """What a render is worth, in its parts."""
        parts = {metric.name: weight * float(metric.distance(render[None], self.target)[0]) for metric, weight in self.metrics}
        return Score(sum(parts.values()), parts)


def moved(space: Space, points: Array) -> list[Array]:
    """How far each tool stands from neutral, in half ranges, (K, axes of the tool): their norms are the group lasso (Yuan and Lin 2006)."""
    neutral = space.neutral if isinstance(points, np.ndarray) else points.new_tensor(space.neutral)
    offsets = (points - neutral) * 2
    return [offsets[:, axes] for axes in space.axes.values() if axes]
