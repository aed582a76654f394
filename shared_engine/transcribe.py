"""Fits a tool chain to a proposal: search with all tools, take away what is not needed, search again with what is left.

The group penalty alone is abrupt (two tools or fourteen), and a short fit with a strong penalty costs 0.05 of the likeness that a
longer one keeps (measured; research of this project on the look metric). So: a mild penalty, then backward elimination, first of whole
tools, then of single settings, in a model that knows how the others make up for what is gone, and a last search without any penalty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from shared_engine.choices import hold_choices, in_use, scanned
from shared_engine.objective import SPARSITY, Objective
from shared_engine.optimizers.optimizer import Points
from shared_engine.prune import Model, prune
from shared_engine.space import Space
from shared_engine.study import Study
from shared_engine.types import Value

TOOL_WORTH = 0.02
"""A tool earns its place when its removal costs at least this share of the distance of doing nothing."""

SETTING_WORTH = 0.004
"""The same for a single setting of a tool."""

PRUNING = 0.06
"""What all that is taken away together may cost, as a share of the distance of doing nothing."""


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
SETTLED = Effort(search=0, refit=0, polish=0)
"""Only leaves out what is not needed: for a start that is the answer already, as that of a proposal that knew its settings."""

SHORTER = Effort(search=0, refit=1, polish=2)
"""Makes a shorter answer of one that was searched."""


@dataclass(frozen=True)
class Fit:
    """Where a transcription stands: a point of `space`, whose free axes are the settings in use, and its objective value."""

    space: Space
    point: Points
    value: float

    @property
    def values(self) -> dict[str, Value]:
        return self.space.values(self.point)


@dataclass(frozen=True)
class Transcriber:
    """One transcription: the study that counts its candidates, the objective, and when to give up."""

    study: Study
    objective: Objective
    max_tools: int
    cancelled: Callable[[], bool] = lambda: False
    effort: Effort = FULL
    report: Callable[[str, float], None] = lambda stage, fraction: None
    keep: Callable[["Fit"], None] = lambda fit: None
    """Called with what stands between two phases: an answer already, should the search end here."""
    improved: Callable[["Fit"], None] = lambda fit: None
    """Called with every better point inside of a phase, once a batch, where each costs enough to be worth keeping."""

    def run(self, space: Space, start: Points) -> Fit:
        """Fits at most `max_tools` tools of `space`, beginning at `start`."""
        self.report("searching", 0.0)
        nothing = self._value(space, space.neutral)
        settled = self._value(space, start) <= SETTING_WORTH * nothing
        if settled:
            space, start = in_use(space, start)
        else:
            space, start = hold_choices(self.study, self.objective, space, start, self.cancelled)
            start = scanned(self.objective, space, start)
        effort = SETTLED if settled else self.effort
        point = self._search(space, start, effort.search, SPARSITY).point
        fit = Fit(space, point, self._value(space, point))
        self.keep(fit)
        self.report("choosing tools", 0.4)
        fit = (
            self._pruned(fit, nothing, effort.refit) if self.objective.optimizer == "lm" else self._fewer_tools(fit, nothing, effort.refit)
        )
        self.keep(fit)
        self.report("refining", 0.8)
        polished = self._search(fit.space, fit.point, effort.polish)
        return polished if polished.value < fit.value else fit

    def _pruned(self, fit: Fit, nothing: float, rounds: int) -> Fit:
        """Without the tools and settings that are not worth their place; half as bold where the fit of what is left got much worse."""
        if fit.space.dimension < 2:
            return fit
        around = Model.around(self.objective, fit.space, fit.point)
        candidate, tried = fit, np.ones(fit.space.dimension, dtype=bool)
        for boldness in (1.0, 0.5, 0.25):
            if self.cancelled():
                return fit
            model = Model(around.normal, around.offset)
            prune(model, fit.space, self.max_tools, boldness * TOOL_WORTH * nothing, boldness * SETTING_WORTH * nothing)
            kept = model.free
            if kept.all():
                return fit
            if (kept == tried).all():
                continue
            tried = kept
            defaults = {key: fit.space.parameters[key].default for key, stays in zip(fit.space.keys, kept, strict=True) if not stays}
            smaller = Space(fit.space.tools, {**fit.space.held, **defaults})
            used = [tool for tool, axes in smaller.axes.items() if axes]
            smaller = smaller.restricted(used)
            start = np.clip(fit.space.neutral + model.offset, 0, 1)[kept]
            candidate = self._search(smaller, start, max(rounds, 1))
            if candidate.value <= fit.value + PRUNING * nothing:
                break
        return candidate

    def _fewer_tools(self, fit: Fit, nothing: float, rounds: int) -> Fit:
        """The same where the distance has no residuals: the tool that is missed least goes first, and the others are searched again."""
        worth = TOOL_WORTH * nothing
        while not self.cancelled():
            costs = removal_costs(self.objective, fit)
            if not costs:
                break
            idle = {tool for tool, cost in costs.items() if cost < worth / 10}
            gone = idle or {min(costs, key=lambda tool: costs[tool])}
            too_many = len(costs) > self.max_tools
            if not (idle or too_many) and min(costs.values()) > 3 * worth:
                break
            kept = [tool for tool in costs if tool not in gone] or [max(costs, key=lambda tool: costs[tool])]
            if len(kept) == len(costs):
                break
            smaller = fit.space.restricted(kept)
            candidate = self._search(smaller, smaller.encode(fit.values), rounds)
            if not too_many and candidate.value - fit.value > worth * len(gone):
                break
            fit = candidate
        return fit

    def _search(self, space: Space, start: Points, rounds: int, sparsity: float = 0.0) -> Fit:
        def keep(point: Points, value: float) -> None:
            self.improved(Fit(space, point.copy(), value))

        evaluations = self.effort.candidates(rounds, space)
        point, value = self.study.search(self.objective, space, start, evaluations, self.cancelled, sparsity, keep)
        return Fit(space, point, value)

    def _value(self, space: Space, point: Points) -> float:
        return float(self.objective.evaluate(space, point[None]).values[0])


def without(fit: Fit, tools: Sequence[str]) -> Points:
    """One point a tool: the fit with that tool at neutral, everything else kept, (tools, dimension)."""
    points = np.tile(fit.point, (len(tools), 1))
    for row, tool in enumerate(tools):
        axes = fit.space.axes[tool]
        points[row, axes] = fit.space.neutral[axes]
    return points


def removal_costs(objective: Objective, fit: Fit) -> dict[str, float]:
    """How much worse the objective gets when one tool stands at neutral, everything else kept; one batch."""
    tools = [tool for tool, axes in fit.space.axes.items() if axes]
    if not tools:
        return {}
    values = objective.evaluate(fit.space, without(fit, tools)).values
    return {tool: float(value) - fit.value for tool, value in zip(tools, values, strict=True)}
