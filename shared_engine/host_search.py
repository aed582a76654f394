"""The last steps of a study, in the host: what only the host can render is searched there, and finalists are scored from its pixels."""

from collections.abc import Callable, Sequence

import numpy as np

from shared_engine.choices import hold_choices
from shared_engine.errors import Interrupted
from shared_engine.host_stage import Draw, HostStage
from shared_engine.objective import Objective
from shared_engine.optimizers.optimizer import Points
from shared_engine.proposers.color import encoded
from shared_engine.proposers.proposer import Proposal
from shared_engine.renderer import Renderer, batch_of
from shared_engine.senses import Senses
from shared_engine.space import Space
from shared_engine.study import Study
from shared_engine.transcribe import TOOL_WORTH, Effort, Fit, removal_costs
from shared_engine.types import Candidate, Media, Score, Values

TOLERANCE = 3 / 255
"""Where the replica's render differs by more than this from the host's (99th percentile), the host has the last word in the search too."""

ROUNDS, AGAIN = 5, 2
"""Rounds of the search in the host, and of the one with the tools that earned their place; a round is a Jacobian and its trials."""

HOST = "host"
"""The journal's stage of what was found in the host."""


class HostSearch:
    """One study's time in the host. Everything here costs one render of the host a candidate, and may raise `Interrupted`."""

    def __init__(
        self,
        renderer: Renderer,
        senses: Senses,
        proposal: Proposal,
        likeness: float,
        study: Study,
        draw: Draw,
        cancelled: Callable[[], bool],
        tell: Callable[[float], None],
    ) -> None:
        self.renderer = renderer
        self.study = study
        self.cancelled = cancelled
        self.tell = tell
        self.drawn = 0
        self.expected = 1

        def counted(candidates: Sequence[Candidate]) -> Sequence[Media]:
            pictures = draw(candidates)
            self.drawn += len(candidates)
            tell(min(0.95, self.drawn / self.expected))
            return pictures

        self.stage = HostStage(counted)
        target = self.stage.target(proposal.render(self.stage.content, likeness))
        self.objective = Objective(self.stage, target, senses.whole, differentiable=False)

    def run(self, space: Space, start: Points, max_tools: int) -> Fit:
        """Searches `space` from `start`; tools that earn less than their place are left out again."""
        space, start = hold_choices(self.study, self.objective, space, start, self.cancelled)
        effort = [Effort.candidates(rounds, space) for rounds in (ROUNDS, AGAIN)]
        self.expected = self.drawn + sum(effort) + len(space.tools)
        fit = self._search(space, start, effort[0])
        costs = removal_costs(self.objective, fit)
        least = TOOL_WORTH * float(self.objective.evaluate(space, space.neutral[None]).values[0])
        ranked = sorted(costs, key=lambda tool: -costs[tool])[:max_tools]
        kept = [tool for tool in ranked if costs[tool] >= least]
        if len(kept) == len(costs) or not kept:
            return fit
        smaller = space.restricted(kept)
        return self._search(smaller, smaller.encode(fit.values), effort[1])

    def scores(self, states: Sequence[Values]) -> list[Score]:
        """What each state is worth as the host renders it."""
        pictures = self.stage.draw(states)
        ((metric, weight),) = self.objective.metrics
        parts = [weight * float(metric.distance(self.stage.target(one)[None], self.objective.target)[0]) for one in pictures]
        return [Score(part, {metric.name: part}) for part in parts]

    def replica_error(self, values: Values) -> float:
        """How far the engine's own render lies from the host's: 99th percentile of the differences, in shares of full range.

        Only the tools that the engine can render are compared.
        """
        known = {tool.id for tool in self.renderer.tools}
        shared = {key: value for key, value in values.items() if key.split(".")[0] in known}
        (theirs,) = self.stage.draw([shared])
        (ours,) = self.renderer.stage(self.stage.content).media(batch_of(shared), 1)
        here, there = (np.clip(encoded(one), 0, 1) if one.kind == "image" else one.data for one in (ours, theirs))
        seen = np.abs(here - there)
        if self.stage.content.mask is not None:
            seen = seen[self.stage.content.mask > 0.5]
        return float(np.percentile(seen, 99))

    def _search(self, space: Space, start: Points, evaluations: int) -> Fit:
        """Keeps every better point in the journal, so that a search that is broken off has it."""
        best = Fit(space, start, float("inf"))

        def keep(point: Points, value: float) -> None:
            nonlocal best
            best = Fit(space, point.copy(), value)
            if self.study.journal:
                candidate = Candidate(f"{HOST}-{self.study.evaluations:06d}", best.values)
                self.study.journal.record(space.tools, candidate, Score(value), HOST)

        try:
            point, value = self.study.search(self.objective, space, start, evaluations, self.cancelled, keep=keep)
        except Interrupted:
            if not np.isfinite(best.value):
                raise
            return best
        return Fit(space, point, value)


def joint_space(chosen: Space, used: Space, host_tools: Sequence[str]) -> Space:
    """`chosen` with free what an answer in `used` has in use, and the tools that only the host renders; the rest as the answer has it."""
    free = {*used.keys, *(key for key in chosen.keys if key.split(".")[0] in host_tools)}
    idle = {key: parameter.default for key, parameter in chosen.parameters.items() if key not in free}
    space = Space(chosen.tools, {**idle, **used.held, **chosen.held})
    return space.restricted([tool for tool, axes in space.axes.items() if axes])
