"""Which modifier is said of which noun: the cheapest way to bind them all, found by a beam search from left to right.

Bindings never cross: of the modifiers between two nouns the first ones belong to the left noun (or to the thing that the sentence is
about), the others to the right one. What lies between a modifier and its noun costs (`LEFT`, `RIGHT`), and so do a noun that ends with two
colours and one that ends with nothing. "yellow with black wings" thus never swaps, while "wings black, body yellow" is read the other way
round. How much dearer the next best reading is says how certain the binding is.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .phrases import Item, Modifier, Noun, Separator

LEFT = {
    "copula": 0.0, "relative": 0.1, "comma": 0.5, "and": 0.3, "but": 0.5, "with": 1.6, "det": 1.6, "of": 0.8, "on": 1.4, "like": 0.2,
    "except": 2.0, "make": 1.2, "te": 0.4, "no_particle": 2.0, "break": 1.6, "unknown": 0.2, "for": 0.3, "than": 0.2, "same": 0.5,
}  # fmt: skip
"""What it costs to bind to the noun on the left across a separator."""

RIGHT = {
    "copula": 1.2, "relative": 1.6, "comma": 0.8, "and": 0.5, "but": 1.4, "with": 2.2, "det": 1.8, "of": 0.2, "on": 1.4, "like": 1.0,
    "except": 2.0, "make": 1.8, "te": 1.0, "no_particle": 0.0, "break": 3.0, "unknown": 0.2, "for": 1.5, "than": 1.0, "same": 1.5,
}  # fmt: skip

POSTPONED = 0.6
"""Behind its noun without "is": "wings black"."""

COPULA_RIGHT = 0.9
"""After "the wings are ...", for the first word: it belongs to the wings."""

SECOND, JOINED_SECOND = 2.5, 0.7
"""A noun with two colours, or two values of one axis; joined by "and" it may be meant so."""

BARE = 0.35
"""A part of which nothing is said."""

TO_HEAD, IMPLICIT = 0.7, 0.7
"""Not to the nearest noun but to what the sentence is about; more where that was not even named."""

JUMP = 0.25
"""To the right noun past another modifier that goes to the left."""

BEAM = 24
CERTAINTY = 2.0
"""Steepness: a next best reading that costs 1 more makes a binding 88 % certain."""

SUBJECT = 0
"""Index of the noun that stands for the thing itself where nothing is named."""


@dataclass(frozen=True)
class Binding:
    modifier: Modifier
    noun: int
    certainty: float


@dataclass(frozen=True)
class _State:
    """One reading so far: its cost, what each modifier was bound to, and what each noun has got."""

    cost: float
    bound: tuple[int, ...]
    slots: frozenset[tuple[int, str]]


def bind(items: Sequence[Item]) -> tuple[list[Noun], list[Binding]]:
    """The nouns, the first of which is the thing itself, and each modifier's noun."""
    nouns: list[Noun] = [Noun("whole", "thing", "")]
    gaps: list[list[Item]] = [[]]
    for item in items:
        if isinstance(item, Noun):
            nouns.append(item)
            gaps.append([])
        else:
            gaps[-1].append(item)
    heads = _heads(nouns, gaps)
    beam = [_State(0.0, (), frozenset())]
    for index, gap in enumerate(gaps):
        right = index + 1 if index + 1 < len(nouns) else None
        found = [state for start in beam for state in _readings(start, nouns, gap, index, right, heads[index])]
        beam = sorted(found, key=lambda state: state.cost)[:BEAM]
    modifiers = [item for gap in gaps for item in gap if isinstance(item, Modifier)]
    best = beam[0]
    return nouns, [Binding(one, best.bound[number], one.certainty * _certainty(beam, number)) for number, one in enumerate(modifiers)]


def _certainty(beam: Sequence[_State], number: int) -> float:
    others = [state.cost for state in beam if state.bound[number] != beam[0].bound[number]]
    return 1.0 if not others else 1 / (1 + math.exp(-CERTAINTY * (min(others) - beam[0].cost)))


def _heads(nouns: Sequence[Noun], gaps: Sequence[Sequence[Item]]) -> list[int]:
    """For each gap the noun that its sentence is about: the last model or "everything", or the thing itself."""
    found, head = [], SUBJECT
    for index, noun in enumerate(nouns):
        if index and noun.kind in ("model", "whole", "all", "rest") and not noun.alone and not noun.excluded and not noun.excepted:
            head = index
        found.append(head)
    return found


def _readings(start: _State, nouns: Sequence[Noun], gap: Sequence[Item], left: int, right: int | None, head: int) -> Iterator[_State]:
    """Every way to share out the modifiers of one gap."""
    places = [place for place, item in enumerate(gap) if isinstance(item, Modifier)]
    for count in range(len(places) + 1):
        if right is None and count < len(places):
            continue
        if right is not None and count < len(places) and _closed(nouns[right]):
            continue
        for goals in _left_goals(places[:count], nouns, left, head):
            cost, slots, bound = start.cost, start.slots, list(start.bound)
            joined = False
            for number, place in enumerate(places):
                modifier = gap[place]
                assert isinstance(modifier, Modifier)
                goal = goals[number] if number < count else right
                assert goal is not None
                if number < count:
                    cost += _leftward(gap, place, places[:number], nouns, left, goal, bool(goals[:number]) and goals[number - 1] == goal)
                else:
                    cost += _rightward(gap, place, places[number + 1 :], left > 0 and number == 0 and not modifier.verb)
                    cost += JUMP if number and number == count else 0.0
                joined = number > 0 and _joined(gap[places[number - 1] : place])
                slot = (goal, _slot(modifier))
                if slot in slots and not modifier.old:
                    cost += JOINED_SECOND if joined else SECOND
                slots = slots if modifier.old else slots | {slot}
                bound.append(goal)
            noun = nouns[left]
            bare = noun.kind == "part" and not (noun.said or noun.keep or noun.excluded or noun.absent or noun.present or noun.excepted)
            if bare and not any(goal == left for goal, _ in slots) and not _coordinated(gap, right is not None):
                cost += BARE
            yield _State(cost, tuple(bound), slots)


def _closed(noun: Noun) -> bool:
    """Nouns that take nothing from the left: what was made by "long-necked", or denied."""
    return noun.excluded or (noun.alone and bool(noun.said))


def _left_goals(places: Sequence[int], nouns: Sequence[Noun], left: int, head: int) -> Iterator[list[int]]:
    """To the left noun up to some place, from there to the head."""
    if not places:
        yield []
        return
    if not (_closed(nouns[left]) or nouns[left].alone):
        yield [left] * len(places)
    if head != left or _closed(nouns[left]) or nouns[left].alone:
        goal = head if head != left else SUBJECT
        first = range(1, len(places)) if not (_closed(nouns[left]) or nouns[left].alone) else ()
        yield [goal] * len(places)
        yield from ([left] * count + [goal] * (len(places) - count) for count in first)


def _leftward(gap: Sequence[Item], place: int, before: Sequence[int], nouns: Sequence[Noun], left: int, goal: int, chained: bool) -> float:
    """The cost of binding to the left noun, or past it to the head. `chained`: the modifier before went to the same noun."""
    begin = before[-1] + 1 if before and chained else 0
    crossed = [item.kind for item in gap[begin:place] if isinstance(item, Separator)]
    modifier = gap[place]
    assert isinstance(modifier, Modifier)
    cost = sum(LEFT[kind] for kind in crossed)
    linked = any(kind in ("copula", "like") for kind in crossed)
    if linked:
        cost = min(cost, sum(LEFT[kind] for kind in crossed if kind not in ("comma", "relative", "det")))
    elif chained:
        cost += 0.1 if crossed else 0.4
    else:
        cost += POSTPONED
    if modifier.verb:
        cost += 1.0
    if goal != left:
        cost += TO_HEAD + (IMPLICIT if goal == SUBJECT else 0.0)
        if "comma" in crossed or "but" in crossed or "break" in crossed:
            cost -= 0.6
        if not linked or crossed[:1] == ["comma"] or crossed[:1] == ["but"]:
            cost -= 0.1
    elif nouns[left].kind == "part" and not linked and ("comma" in crossed or "but" in crossed):
        cost += 0.3
    elif nouns[left].kind == "part" and linked and crossed[0] in ("comma", "but") and "relative" not in crossed:
        cost += 0.5
    return cost


def _rightward(gap: Sequence[Item], place: int, after: Sequence[int], first: bool) -> float:
    """The cost of binding to the right noun. `first`: it comes first after the left noun, whose "is" would claim it."""
    modifier = gap[place]
    assert isinstance(modifier, Modifier)
    end = after[0] if after else len(gap)
    crossed = [item.kind for item in gap[place + 1 : end] if isinstance(item, Separator)]
    free = {"det"} if modifier.verb else set()
    cost = sum(RIGHT[kind] for kind in crossed if kind not in free)
    if after and crossed and crossed[-1] in ("comma", "and"):
        cost -= 0.2
    claimed = [item.kind for item in gap[:place] if isinstance(item, Separator)]
    if first and claimed and claimed[-1] == "copula":
        cost += COPULA_RIGHT
    return cost


def _joined(between: Sequence[Item]) -> bool:
    return any(isinstance(item, Separator) and item.kind in ("and", "te") for item in between)


def _slot(modifier: Modifier) -> str:
    if modifier.kind == "axis":
        return str(modifier.value[0])
    return "color" if modifier.kind in ("color", "tint", "tone") else modifier.kind


def _coordinated(gap: Sequence[Item], more: bool) -> bool:
    """ "wings and tail": the next noun shares what is said."""
    return more and bool(gap) and all(isinstance(item, Separator) and item.kind in ("and", "comma", "det") for item in gap)
