"""The contract of proposers.

A proposer looks at the references (and, where that helps, at the content) and answers what the content should become. It never
searches parameters: transcribing the proposal into native settings is the study's work. A proposer must not keep or change the
media it is given, must be deterministic, and answers None where the question is not its own (no original given, other kind of media).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared_engine.types import Kind, Media, Reference, Tool, Values


class Proposal(ABC):
    """What the content should become.

    `confidence` in 0..1 orders proposals of several proposers (the highest leads); `reason` is a sentence for the user.
    """

    proposer: str
    confidence: float
    reason: str
    painted: Media | None = None
    """What a network painted, where the proposal was read off that: shown beside the transcription, never used in its place."""
    values: Values = {}
    """Native values that already come close to it in the host's renderer, where the proposer knows some: the search starts there."""

    needs: frozenset[str] = frozenset()
    """Aspects of tools that there is no point in it without. Optional tools that have one are used for it."""
    gains: frozenset[str] = frozenset()
    """Aspects of optional tools that may bring the content closer to it, and are used for it where the renderer has them."""

    textured: bool = False
    """Whether its render has the references' own grain and fine detail, so that these can be searched for where the host renders."""

    unsure: int = 0
    """In how many directions the proposal may be wrong, as far as its proposer knows; 0: none that it could say."""

    def varied(self, point: NDArray[np.float64]) -> "Proposal":
        """Another reading of the references: `point` (unsure,) in standard deviations, zeros being the proposal itself."""
        raise TypeError(f"{self.proposer} is sure of what it proposes")

    def weighed(self, aspects: Mapping[str, float]) -> "Proposal":
        """The same with some aspects of it (tone, dynamics, space ...) as strong as their weights say: 0 leaves one out, 1 is as proposed.

        A proposal that is no sum of aspects stays as it is.
        """
        return self

    @abstractmethod
    def render(self, content: Media, likeness: float = 1.0) -> Media:
        """The content as it should become. `likeness` 0 returns it unchanged, 1 as proposed, up to 2 beyond it. Same size as `content`."""


def effective_number(weights: NDArray[np.floating]) -> float:
    """How many references of one weight say as much as those of `weights` (N,), of which one at least is not 0: Kish 1965."""
    return float(weights.sum() ** 2 / (weights**2).sum())


class Proposer(ABC):
    name: str
    kind: Kind

    def among(self, tools: Sequence[Tool]) -> "Proposer":
        """The proposer for a study that may use `tools`; most look at the references alone."""
        return self

    @abstractmethod
    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """Looks at 1..12 references of one look or sound (weights used as given) -> a proposal, or None where this is not its question."""
