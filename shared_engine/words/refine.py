"""Refinement of a take by a score that is not to be trusted far: near the proposal only, and behind a guard.

A score of pictures against words prefers its own optimum to the right answer. So (1) it must first show on this very scene that it knows
the take from spoiled copies of it (colours of parts exchanged, keys turned round); (2) the search stays within a small distance of the
proposal; (3) a step counts only if a second look, from conditions that the search never scored, agrees.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .explore import variations
from .propose import Take

Score = Callable[[Sequence[Take], bool], Sequence[float]]
"""(takes, second look) -> a score each, the higher the better. A second look renders under another light, view or seed."""

KNOWS = 0.75
"""Share of spoiled copies that the score must put below the take."""

NEAR = 3
"""Refinement begins as far from the proposal as the fourth step of "more like this one"."""

AGREES = 0.5
"""Share of a gain that the second look must see too."""


@dataclass(frozen=True)
class Refined:
    """`take`: the better one, or the proposal. `verdict` says in words what the guard found."""

    take: Take
    verdict: str
    knows: float
    gain: float = 0.0


def refine(take: Take, score: Score, rounds: int = 3, width: int = 6, seed: int = 0) -> Refined:
    """Goes from `take` uphill in `rounds` steps of `width` renders, as long as the guard agrees."""
    spoiled = spoil(take, seed)
    if not spoiled:
        return Refined(take, "nothing to refine: the instruction says too little", 0.0)
    own, *others = score([take, *spoiled], False)
    knows = sum(own > other for other in others) / len(others)
    if knows < KNOWS:
        return Refined(take, f"left as proposed: the score knows it from only {knows:.0%} of its spoiled copies", knows)
    best, base, check = take, own, score([take], True)[0]
    start = own
    for step in range(rounds):
        tried = variations(best, width, NEAR + step, seed + step)
        values = score(tried, False)
        value, candidate = max(zip(values, tried, strict=True), key=lambda pair: pair[0])
        if value <= base:
            continue
        second = score([candidate], True)[0]
        if second - check < AGREES * (value - base):
            return Refined(best, "stopped: the gain was the score's own, a second look did not see it", knows, base - start)
        best, base, check = candidate, value, second
    return Refined(best, "refined" if best is not take else "left as proposed: nothing near it scored higher", knows, base - start)


def spoil(take: Take, seed: int = 0) -> list[Take]:
    """Copies with one thing wrong each: two parts' colours exchanged, or a key turned round."""
    found = []
    colors = [number for number, change in enumerate(take.changes) if change.property.kind == "color"]
    for place, first in enumerate(colors):
        for second in colors[place + 1 :]:
            if take.changes[first].value != take.changes[second].value:
                values = {first: take.changes[second].value, second: take.changes[first].value}
                found.append(_with(take, values))
    for number, change in enumerate(take.changes):
        one = change.property
        if one.kind == "amount":
            found.append(_with(take, {number: one.low if change.value > one.value else one.high}))
        elif one.kind == "size":
            found.append(_with(take, {number: one.value**2 / change.value}))
    random.Random(seed).shuffle(found)
    return found[:8]


def _with(take: Take, values: dict[int, Any]) -> Take:
    changes = tuple(replace(change, value=values.get(number, change.value)) for number, change in enumerate(take.changes))
    return replace(take, changes=changes)
