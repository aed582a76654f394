"""What the references mean to this user: the leading proposal, moved by what the user picked so far, and other readings of it.

The proposer says in which directions it is unsure; here these are seen on the user's own content, as are the answers that were shown, by
their native values: so it does not matter which study they came from, or whether a hand moved them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared_engine.errors import ParameterError
from shared_engine.preferences import Belief, Points, Seen
from shared_engine.proposers.proposer import Proposal
from shared_engine.renderer import Array, Renderer, Stage, batch_of
from shared_engine.senses import Senses
from shared_engine.space import Space, parameters_by_key
from shared_engine.types import Leaning, Media, Pick, Value, Values

SAMPLE = 400
"""Elements that readings are compared on."""

NEAR = 0.15
"""Standard deviation of what is meant around settings, as a share of their ranges, where nothing better is known."""

SURELY = 1.05
"""Readings are moved until they look this many times as different from the answer as they must: filters come close, not exactly there."""

FARTHEST = 3.0
"""How far out a reading may be moved for that, in shares of its own distance from what is meant."""

MORE = 4
"""How many readings more a gallery may have, some of which look alike."""

WORDS = 2


@dataclass(frozen=True)
class Meaning:
    """One leading proposal on one content. `picks` may be empty: then it is meant as proposed.

    Errors: ParameterError where a pick speaks of settings that the renderer does not have.
    """

    proposed: Proposal
    picks: Sequence[Pick]
    content: Media
    renderer: Renderer
    senses: Senses
    likeness: float
    seed: int

    @cached_property
    def proposal(self) -> Proposal:
        """The proposal that is meant, as far as the picks tell."""
        if not (self.picks and self.proposed.unsure):
            return self.proposed
        return self.proposed.varied(self._belief.mean)

    def readings(self, count: int) -> list[Proposal]:
        """At most `count` other proposals that may be meant, visibly other than the answer, most likely first; none where the proposal is
        sure."""
        if not self.proposed.unsure or count < 1:
            return []
        return [self.proposed.varied(point) for point in visible(self.eye, self._belief, count, self.senses)]

    def followed(self, space: Space, point: Points) -> Points:
        """The settings of a proposal that is sure of itself, moved by the picks: what is meant lies around them, in the unit cube.

        Where the proposal is unsure the picks have moved it already, and its settings stay.
        """
        if self.proposed.unsure or not self.picks or not space.dimension:
            return point
        free = np.array([not parameter.choices for parameter in space.parameters.values()])
        slopes = NEAR * np.diag(free.astype(np.float64))
        seen = [Seen(np.stack([space.encode(values) - point for values in pick.shown]) * free, pick.picked) for pick in self.picks]
        moved: Points = np.clip(point + slopes @ Belief(slopes, seen, seed=self.seed).mean, 0.0, 1.0)
        return moved

    def leaning(self, settled: Media, followed: Media) -> Leaning | None:
        """What the picks changed, in words; None where there are none. `settled` and `followed`: renders of small content with the settings
        before and after `followed`."""
        if not self.picks:
            return None
        if self.proposed.unsure:
            settled, followed = (one.render(self._small, self.likeness) for one in (self.proposed, self.proposal))
        words = tuple(self.senses.changes(settled, followed)[:WORDS])
        count = f"{len(self.picks)} choice{'s' * (len(self.picks) != 1)}"
        sentence = f"leaning {', '.join(words)} because of {count}" if words else f"as proposed: {count} did not change it visibly"
        return Leaning(words, len(self.picks), sentence)

    @cached_property
    def _small(self) -> Media:
        return self.senses.small(self.content)

    @cached_property
    def eye(self) -> "Eye":
        return Eye(self.proposed, self._small, self.renderer.stage(self._small, SAMPLE, self.seed), self.senses, self.likeness)

    @cached_property
    def _belief(self) -> Belief:
        eye = self.eye
        stage = self.renderer.stage(self._small)

        def seen(pick: Pick) -> Seen:
            shown = [stage.media(batch_of(self._own(values)), 1)[0] for values in pick.shown]
            return Seen(np.stack([eye.features(media) for media in shown]), pick.picked)

        return Belief(eye.slopes(), [seen(pick) for pick in self.picks], seed=self.seed)

    def _own(self, values: Values) -> dict[str, Value]:
        """What the engine itself can render of some values."""
        known = parameters_by_key(self.renderer.chain)
        if unknown := sorted(set(values) - set(known)):
            raise ParameterError(f"there is no setting called {unknown[0]}", "Forget the choices that were made with other tools.")
        own = {tool.id for tool in self.renderer.tools}
        return {key: value for key, value in values.items() if key.partition(".")[0] in own}


class Eye:
    """How a proposal, its readings and whatever else is shown of one content look: features relative to the proposal's own look, whose
    Euclidean distance is the root mean square of the metric's residuals. `stage` is bound to (a sample of) `content`."""

    def __init__(self, proposal: Proposal, content: Media, stage: Stage, senses: Senses, likeness: float) -> None:
        self.proposal, self.content, self.stage, self.likeness = proposal, content, stage, likeness
        self.metric = senses.metrics[0][0]
        self.centre = stage.target(proposal.render(content, likeness))

    def features(self, shown: Media) -> Points:
        """A render of the same content -> (E,)."""
        residuals = np.asarray(self.metric.residuals(self.stage.target(shown)[None], self.centre), np.float64)[0]
        features: Points = residuals.ravel() / np.sqrt(len(residuals))
        return features

    def slopes(self) -> Points:
        """How the features change with each direction in which the proposal is unsure, (unsure, E)."""
        steps = np.eye(self.proposal.unsure)
        return np.stack([(self._look(step) - self._look(-step)) / 2 for step in steps])

    def target(self, point: Points) -> Array:
        """How a reading looks on the stage's sample."""
        return self.stage.target(self.proposal.varied(point).render(self.content, self.likeness))

    def _look(self, point: Points) -> Points:
        return self.features(self.proposal.varied(point).render(self.content, self.likeness))


def visible(eye: Eye, belief: Belief, count: int, senses: Senses) -> list[Points]:
    """The belief's gallery, each reading as far out as it must be to look other than the answer: one that looks alike is no alternative,
    nor is one that looks like another. Where such leave places free, a larger gallery may fill them."""
    answer, best = eye.target(belief.mean), list[Points]()
    for size in (count, count + MORE):
        kept, shown = [], [answer]
        for reading in belief.gallery(size, senses.apart):
            point, target = _moved_out(eye, belief.mean, reading, answer, senses)
            if min(float(senses.difference.distance(target[None], other)[0]) for other in shown) >= senses.apart:
                kept.append(point)
                shown.append(target)
        best = max(best, kept[:count], key=len)
        if len(best) == count:
            break
    return best


def _moved_out(eye: Eye, mean: Points, reading: Points, answer: Array, senses: Senses) -> tuple[Points, Array]:
    """A reading as far from `mean` as it must be, and how it looks. Renders are dear, so that two must do: how different it looks grows
    about as far as it is moved."""
    target = eye.target(reading)
    different = float(senses.difference.distance(target[None], answer)[0])
    wanted = SURELY * senses.apart
    if different >= wanted:
        return reading, target
    point = mean + min(wanted / max(different, 1e-6), FARTHEST) * (reading - mean)
    return point, eye.target(point)
