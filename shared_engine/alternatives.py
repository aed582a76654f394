"""Good answers that look different from each other: other readings of the references, other amounts, fewer tools, other proposers."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, count

from shared_engine.metrics.metric import Metric
from shared_engine.proposers.proposer import Proposal
from shared_engine.renderer import Array
from shared_engine.space import Space

FEW = 3
"""Tools of the answer that is as short as can be."""


@dataclass(frozen=True)
class Variant:
    """One way to ask the question again: `reason` for the user, the proposal and its likeness, and the settings that may answer.

    `reading`: the proposal is another reading of the references; it is named by how it differs from the answer. `shorter`: the answer
    itself with fewer tools.
    """

    reason: str
    proposal: Proposal
    likeness: float
    space: Space
    max_tools: int
    reading: bool = False
    shorter: bool = False


def variants(
    proposals: Sequence[Proposal],
    readings: Sequence[Proposal],
    likeness: float,
    space: Space,
    max_tools: int,
    aspects: Sequence[tuple[str, str]],
    answer: Space,
) -> Iterator[Variant]:
    """Variants in the order in which a user would miss them, best question first; `proposals[0]` leads, `readings` are what it may mean.

    `aspects`: groups of tools that may answer alone, each with its reason; `answer`: the settings that the answer uses.
    """
    leader = proposals[0]
    for proposal in readings:
        yield Variant("another reading of the references, named by what it does to the answer", proposal, likeness, space, max_tools, True)
    for proposal in proposals[1:]:
        yield Variant(proposal.reason, proposal, likeness, space, max_tools)
    yield Variant("bolder: the proposal at 150 %", leader, likeness * 1.5, space, max_tools)
    yield Variant("subtler: the proposal at 50 %", leader, likeness * 0.5, space, max_tools)
    for aspect, reason in aspects:
        narrowed = space.narrowed(aspect)
        if 0 < narrowed.dimension < space.dimension:
            yield Variant(reason, leader, likeness, narrowed, max_tools)
    if sum(map(bool, answer.axes.values())) > FEW:
        yield Variant("few tools: the three that matter most", leader, likeness, answer, FEW, shorter=True)
    yield Variant("a hint: the proposal at 25 %", leader, likeness * 0.25, space, max_tools)


def telling(words: Sequence[str], taken: Collection[Sequence[str]]) -> tuple[str, ...]:
    """The two strongest of `words` (strongest first) that together name none of the others, `taken`; where they all do, three or one, and
    at last a number with them."""
    sizes = (min(2, len(words)), 3, 1)
    named = [tuple(words[index] for index in some) for size in sizes for some in sorted(combinations(range(len(words)), size), key=sum)]
    known = [set(one) for one in taken]
    free = [one for one in named if set(one) not in known]
    return free[0] if free else next(one for one in ((*named[0], str(n)) for n in count(2)) if set(one) not in known)


def distances(render: Array, others: Sequence[Array], metric: Metric) -> list[float]:
    """How far a render is from each of the others."""
    return [float(metric.distance(render[None], other)[0]) for other in others]
