"""What is missed least: tools and settings taken away in a quadratic model of the objective, others moving to make up for them.

Taking one setting away and looking how much worse the render gets says little where tools overlap: levels can stand in for curves. In
the model H = J'WJ of the search's own normal equations the best answer of what is left is known in closed form, so that the cost of a
removal counts the refit: half d^2 / (H^-1)_ii for one setting d from neutral (Optimal Brain Surgeon, Hassibi and Stork 1993, eq. 5).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from shared_engine.objective import Objective
from shared_engine.optimizers.lm import neighbours, normal_equations
from shared_engine.optimizers.optimizer import Points
from shared_engine.space import Space

DAMPING = 1e-4
"""Share of the diagonal that keeps the model of overlapping settings invertible: without it two that cancel out would both be free."""


class Model:
    """The objective around its minimum `point`: value + (p - point)' H (p - point) / 2, over the settings that are still `free`."""

    def __init__(self, normal: Points, offset: Points) -> None:
        self.normal = normal
        self.offset = offset.copy()
        self.free = np.ones(len(offset), dtype=bool)

    @classmethod
    def around(cls, objective: Objective, space: Space, point: Points) -> "Model":
        """One batch: the residuals at `point` and at its neighbours."""
        points, steps = neighbours(point)
        residuals = objective.evaluate(space, points, needs="residuals").residuals
        if residuals is None:
            raise TypeError(f"{objective.metrics[0][0].name} has no residuals to build a model from")
        normal, _ = normal_equations(residuals, steps)
        scale = np.diag(normal) + 1e-6 * np.trace(normal) / len(point) + 1e-12
        return cls(normal + DAMPING * np.diag(scale), point - space.neutral)

    def costs(self, groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
        """What the objective loses when a group of settings goes to neutral and all other free settings make up for it."""
        free = np.flatnonzero(self.free)
        inverse = np.linalg.inv(self.normal[np.ix_(free, free)])
        place = {axis: row for row, axis in enumerate(free)}
        found = {}
        for name, axes in groups.items():
            rows = [place[axis] for axis in axes if axis in place]
            if rows:
                moved = self.offset[free[rows]]
                found[name] = float(moved @ np.linalg.solve(inverse[np.ix_(rows, rows)], moved)) / 2
        return found

    def take(self, axes: Sequence[int]) -> None:
        """Puts settings at neutral for good and moves the others to where the model then has its minimum."""
        gone = np.array([axis for axis in axes if self.free[axis]], dtype=np.intp)
        self.free[gone] = False
        rest = np.flatnonzero(self.free)
        if len(rest):
            self.offset[rest] += np.linalg.solve(self.normal[np.ix_(rest, rest)], self.normal[np.ix_(rest, gone)] @ self.offset[gone])
        self.offset[gone] = 0.0


def prune(model: Model, space: Space, max_tools: int, tool_worth: float, setting_worth: float) -> None:
    """Takes tools, then single settings, out of `model` until the next would cost more than it is worth; one setting always stays."""
    tools = {tool: axes for tool, axes in space.axes.items() if axes}
    while True:
        costs = model.costs(tools)
        if len(costs) < 2:
            break
        least = min(costs, key=lambda tool: costs[tool])
        if len(costs) <= max_tools and costs[least] >= tool_worth:
            break
        model.take(tools[least])
    settings = {str(axis): [axis] for axis in range(space.dimension)}
    while model.free.sum() > 1:
        costs = model.costs(settings)
        least = min(costs, key=lambda setting: costs[setting])
        if costs[least] >= setting_worth:
            break
        model.take(settings[least])
