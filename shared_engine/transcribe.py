"""Fits a tool chain to a proposal: search with all tools, take tools away one by one, search again with what is left.

The group penalty alone is abrupt (two tools or fourteen), and a short fit with a strong penalty costs 0.05 of the likeness that a
longer one keeps (measured; research of this project on the look metric). So: a mild penalty, then backward elimination with a
refit after each step, then a last search without any penalty.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared_engine.objective import SPARSITY, Objective
from shared_engine.optimizers.optimizer import Points
from shared_engine.space import Space
from shared_engine.study import Study
from shared_engine.types import Value

NEGLIGIBLE = 0.1
"""A tool whose removal costs less than this (in the metric's unit: a tenth of a just noticeable difference) is not worth its place."""


@dataclass(frozen=True)
class Effort:
    """How long each phase may search, in rounds: one round is as many candidates as a Jacobian and its trial steps need."""

    search: int = 10
    refit: int = 2
    polish: int = 5

    @staticmethod
    def candidates(rounds: int, space: Space) -> int:
        return rounds * (space.dimension + 9)


FULL = Effort()
BRIEF = Effort(search=4, refit=1, polish=2)


@dataclass(frozen=True)
class Fit:
    """Where a transcription ended: a point of `space`, which holds only the tools in use."""

    space: Space
    point: Points
    value: float

    @property
    def values(self) -> dict[str, Value]:
        return self.space.values(self.point)


def transcribe(
    study: Study,
    objective: Objective,
    space: Space,
    start: Points,
    max_tools: int,
    cancelled: Callable[[], bool],
    effort: Effort = FULL,
    report: Callable[[str, float], None] = lambda stage, fraction: None,
) -> Fit:
    """Fits at most `max_tools` tools of `space` -> the fit. `report(stage, fraction)` is called between phases."""
    report("searching", 0.0)
    point, _ = study.search(objective, space, start, effort.candidates(effort.search, space), cancelled, SPARSITY)
    report("choosing tools", 0.5)
    fit = Fit(space, point, float(objective.evaluate(space, point[None]).values[0]))
    first = len(space.tools)
    while not cancelled():
        costs = removal_costs(objective, fit)
        if not costs:
            break
        idle = [tool for tool, cost in costs.items() if cost < NEGLIGIBLE / 4]
        cheapest = min(costs, key=lambda tool: costs[tool])
        if not idle and len(costs) <= max_tools and costs[cheapest] >= NEGLIGIBLE:
            break
        gone = set(idle) or {cheapest}
        if len(gone) == len(costs):
            gone = gone - {max(costs, key=lambda tool: costs[tool])} or gone
        smaller = _without(fit, gone)
        point, value = study.search(objective, smaller.space, smaller.point, effort.candidates(effort.refit, smaller.space), cancelled)
        if len(costs) <= max_tools and value - fit.value > NEGLIGIBLE:
            break
        fit = Fit(smaller.space, point, value)
        report("choosing tools", 0.5 + 0.3 * (first - len(fit.space.tools)) / max(1, first - 1))
        if not fit.space.dimension:
            break
    report("refining", 0.8)
    point, value = study.search(objective, fit.space, fit.point, effort.candidates(effort.polish, fit.space), cancelled)
    return Fit(fit.space, point, value) if value <= fit.value else fit


def removal_costs(objective: Objective, fit: Fit) -> dict[str, float]:
    """How much worse the objective gets when one tool stands at neutral, everything else kept; one batch."""
    tools = [tool for tool, axes in fit.space.axes.items() if axes]
    if not tools:
        return {}
    points = np.tile(fit.point, (len(tools), 1))
    for row, tool in enumerate(tools):
        axes = fit.space.axes[tool]
        points[row, axes] = fit.space.neutral[axes]
    values = objective.evaluate(fit.space, points).values
    return {tool: float(value) - fit.value for tool, value in zip(tools, values, strict=True)}


def _without(fit: Fit, gone: set[str]) -> Fit:
    """The fit with the tools `gone` taken out; a tool with a held parameter stays in the space, its free parameters are lost to it."""
    smaller = fit.space.restricted({tool.id for tool in fit.space.tools} - gone)
    return Fit(smaller, smaller.encode(fit.values), fit.value)
