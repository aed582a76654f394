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
from shared_engine.renderer import Renderer, batch_of
from shared_engine.senses import Senses
from shared_engine.space import parameters_by_key
from shared_engine.types import Leaning, Media, Pick, Value, Values

SAMPLE = 400
"""Elements that readings are compared on."""

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
        """At most `count` other proposals that may be meant, visibly apart, most likely first; none where the proposal is sure."""
        if not self.proposed.unsure or count < 1:
            return []
        return [self.proposed.varied(point) for point in self._belief.gallery(count, self.senses.apart)]

    @cached_property
    def leaning(self) -> Leaning | None:
        """What the picks changed, in words; None where there are none or nothing could be learned from them."""
        if self.proposal is self.proposed:
            return None
        before, after = (one.render(self._small, self.likeness) for one in (self.proposed, self.proposal))
        words = tuple(self.senses.changes(before, after)[:WORDS])
        count = f"{len(self.picks)} choice{'s' * (len(self.picks) != 1)}"
        sentence = f"leaning {', '.join(words)} because of {count}" if words else f"as proposed: {count} did not change it visibly"
        return Leaning(words, len(self.picks), sentence)

    @cached_property
    def _small(self) -> Media:
        return self.senses.small(self.content)

    @cached_property
    def _belief(self) -> Belief:
        stage = self.renderer.stage(self._small, SAMPLE, self.seed)
        whole = self.renderer.stage(self._small)
        metric = self.senses.metrics[0][0]
        centre = stage.target(self.proposed.render(self._small, self.likeness))

        def features(media: Media) -> Points:
            differences = np.asarray(metric.residuals(stage.target(media)[None], centre), np.float64)[0]
            return differences.ravel() / np.sqrt(len(differences))

        def looks(point: Points) -> Points:
            return features(self.proposed.varied(point).render(self._small, self.likeness))

        def seen(pick: Pick) -> Seen:
            shown = [whole.media(batch_of(self._own(values)), 1)[0] for values in pick.shown]
            return Seen(np.stack([features(media) for media in shown]), pick.picked)

        steps = np.eye(self.proposed.unsure)
        slopes = np.stack([(looks(step) - looks(-step)) / 2 for step in steps])
        return Belief(slopes, [seen(pick) for pick in self.picks], seed=self.seed)

    def _own(self, values: Values) -> dict[str, Value]:
        """What the engine itself can render of some values."""
        known = parameters_by_key(self.renderer.chain)
        if unknown := sorted(set(values) - set(known)):
            raise ParameterError(f"there is no setting called {unknown[0]}", "Forget the choices that were made with other tools.")
        own = {tool.id for tool in self.renderer.tools}
        return {key: value for key, value in values.items() if key.partition(".")[0] in own}
