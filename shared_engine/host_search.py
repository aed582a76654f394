"""The last steps of a study, in the host: what only the host can render is searched there, and finalists are scored from its pixels."""

from collections.abc import Callable, Sequence

import numpy as np

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
from shared_engine.transcribe import Effort, Fit, Transcriber
from shared_engine.types import Candidate, Media, Score, Values

TOLERANCE = 3 / 255
"""Where the replica's render differs by more than this from the host's (99th percentile), the host has the last word in the search too."""

EFFORT = Effort(search=4, refit=1, polish=2)
"""Rounds in the host: two hundred renders for a chain of five filters."""

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
        """Transcribes in `space` as the engine does by itself, in fewer rounds. One that is broken off answers with its best."""
        self.expected = self.drawn + sum(Effort.candidates(rounds, space) for rounds in (EFFORT.search, EFFORT.refit, EFFORT.polish))
        kept: list[Fit] = []

        def improved(fit: Fit) -> None:
            kept.append(fit)
            if self.study.journal:
                candidate = Candidate(f"{HOST}-{self.study.evaluations:06d}", fit.values)
                self.study.journal.record(space.tools, candidate, Score(fit.value), HOST)

        try:
            return Transcriber(self.study, self.objective, max_tools, self.cancelled, EFFORT, improved=improved).run(space, start)
        except Interrupted:
            if not kept:
                raise
            return kept[-1]

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


def joint_space(chosen: Space, used: Space, host_tools: Sequence[str]) -> Space:
    """`chosen` with free what an answer in `used` has in use, and the tools that only the host renders; the rest as the answer has it."""
    free = {*used.keys, *(key for key in chosen.keys if key.split(".")[0] in host_tools)}
    idle = {key: parameter.default for key, parameter in chosen.parameters.items() if key not in free}
    space = Space(chosen.tools, {**idle, **used.held, **chosen.held})
    return space.restricted([tool for tool, axes in space.axes.items() if axes])
