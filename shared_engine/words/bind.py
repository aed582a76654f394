"""Which modifier is said of which noun: the cheapest way to bind them all, found by a beam search from left to right.

Bindings never cross: of the modifiers between two nouns the first ones belong to the left noun (or to the thing that the sentence is
about), the others to the right one. What lies between a modifier and its noun costs (`LEFT`, `RIGHT`), and so do a noun that ends with two
colours and one that ends with nothing. "yellow with black wings" thus never swaps, while "wings black, body yellow" is read the other way
round. How much dearer the next best reading is says how certain the binding is.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .items import Item, Modifier, Noun, Separator

LEFT = {
    "copula": 0.0, "colon": 0.3, "relative": 0.1, "comma": 0.5, "and": 0.6, "but": 0.5, "with": 1.6, "det": 1.6, "of": 0.8,
    "on": 1.4, "like": 0.2, "except": 2.0, "make": 1.2, "te": 0.4, "no_particle": 2.0, "break": 1.6, "unknown": 0.2, "for": 0.3,
    "than": 0.2, "same": 0.5,
}  # fmt: skip
"""What it costs to bind to the noun on the left across a separator."""

RIGHT = {
    "copula": 1.2, "colon": 1.2, "relative": 1.6, "comma": 1.2, "and": 0.5, "but": 1.4, "with": 2.2, "det": 1.8, "of": 0.2,
    "on": 1.4, "like": 1.0, "except": 2.0, "make": 1.8, "te": 1.0, "no_particle": 0.0, "break": 3.0, "unknown": 0.2, "for": 1.5,
    "than": 1.0, "same": 1.5,
}  # fmt: skip

POSTPONED = 0.6
"""Behind its noun without "is": "wings black"."""

COPULA_RIGHT = 0.9
"""After "the wings are ...", for the first word: it belongs to the wings."""

SECOND, JOINED_SECOND = 2.5, 0.7
"""A noun with two colours, or two values of one axis; joined by "and" it may be meant so."""

BARE = 0.35
"""A part of which nothing is said."""

TO_HEAD, IMPLICIT = 0.7, 0.9
"""Not to the nearest noun but to what the sentence is about; more where that was not even named."""

JUMP = 0.05
"""To the right noun past another modifier that goes to the left."""

LINKED = {"comma": 0.0, "relative": 0.0, "det": 0.3}
"""What these cost on the left where "is" links: "the beak, which is a bright red"."""

ON_PART = 0.3
"""For a colour "on" a part."""

AFTERTHOUGHT = 0.8
""" "..., with its wings spread, white": after a comma it is rather the thing itself that is white, where that was named."""

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
    heads = _heads(nouns)
    beam = [_State(0.0, (), frozenset())]
    for index, between in enumerate(gaps):
        gap = _Gap(between, nouns, index, index + 1 if index + 1 < len(nouns) else None, heads[index])
        found = [state for start in beam for state in gap.readings(start)]
        beam = sorted(found, key=lambda state: state.cost)[:BEAM]
    modifiers = [item for gap in gaps for item in gap if isinstance(item, Modifier)]
    best = beam[0]
    return nouns, [Binding(one, best.bound[number], one.certainty * _certainty(beam, number)) for number, one in enumerate(modifiers)]


def _certainty(beam: Sequence[_State], number: int) -> float:
    others = [state.cost for state in beam if state.bound[number] != beam[0].bound[number]]
    return 1.0 if not others else 1 / (1 + math.exp(-CERTAINTY * (min(others) - beam[0].cost)))


def _heads(nouns: Sequence[Noun]) -> list[int]:
    """For each gap the noun that its sentence is about: the last model or "everything", or the thing itself."""
    found, head = [], SUBJECT
    for index, noun in enumerate(nouns):
        if index and noun.kind in ("model", "whole", "all", "rest") and not noun.alone and not noun.excluded and not noun.excepted:
            head = index
        found.append(head)
    return found


@dataclass(frozen=True)
class _Gap:
    """What stands between the nouns `left` and `right`; `head` is what the sentence is about there."""

    items: Sequence[Item]
    nouns: Sequence[Noun]
    left: int
    right: int | None
    head: int

    @cached_property
    def modifiers(self) -> list[tuple[int, Modifier]]:
        return [(place, item) for place, item in enumerate(self.items) if isinstance(item, Modifier)]

    def readings(self, start: _State) -> Iterator[_State]:
        """Every way to share out the modifiers, after `start`."""
        yield from (self._read(start, cost, goals) for cost, goals in self._options)

    @cached_property
    def _options(self) -> list[tuple[float, tuple[int, ...]]]:
        """Each way to share out the modifiers: what lies between them and their nouns costs this, and these are the nouns."""
        count, found = len(self.modifiers), []
        for to_left in range(count + 1):
            if to_left < count and (self.right is None or _closed(self.nouns[self.right])):
                continue
            for goals in self._left_goals(to_left):
                cost = sum(self._leftward(number, goals) for number in range(to_left))
                cost += sum(self._rightward(number) for number in range(to_left, count)) + (JUMP if 0 < to_left < count else 0.0)
                found.append((cost, (*goals, *[self.right or SUBJECT] * (count - to_left))))
        return found

    def _left_goals(self, count: int) -> Iterator[list[int]]:
        """Where the first `count` modifiers go: to the left noun up to some place, from there to the head."""
        if not count:
            yield []
            return
        last = self._last
        near = not (_closed(self.nouns[last]) or self.nouns[last].alone)
        past = self.head if self.head != last else SUBJECT
        if near:
            yield [last] * count
        if not near or self.head != last:
            yield from ([last] * own + [past] * (count - own) for own in range(count if near else 1))

    @property
    def _last(self) -> int:
        """The noun on the left; of "the tail, not the wings," the tail."""
        last = self.left
        while last > SUBJECT and self.nouns[last].excluded:
            last -= 1
        return last

    def _read(self, start: _State, cost: float, goals: Sequence[int]) -> _State:
        """With what it costs that a noun gets two colours, or nothing."""
        cost, slots = start.cost + cost, start.slots
        for number, (place, modifier) in enumerate(self.modifiers):
            if modifier.old:
                continue
            slot = (goals[number], _slot(modifier))
            if slot in slots:
                cost += JOINED_SECOND if number and self._joined(number, place) else SECOND
            slots = slots | {slot}
        return _State(cost + self._bare(slots), (*start.bound, *goals), slots)

    def _crossed(self, begin: int, end: int) -> list[str]:
        return [item.kind for item in self.items[begin:end] if isinstance(item, Separator)]

    def _leftward(self, number: int, goals: Sequence[int]) -> float:
        """The cost of binding to the left noun, or past it to the head."""
        (place, modifier), goal = self.modifiers[number], goals[number]
        chained = number > 0 and goals[number - 1] == goal
        crossed = self._crossed(self.modifiers[number - 1][0] + 1 if chained else 0, place)
        linked = bool({"copula", "colon", "like"} & set(crossed))
        paused = "comma" in crossed or "but" in crossed
        cost = 1.0 if modifier.verb else 0.0
        if linked:
            cost += sum(LINKED.get(kind, LEFT[kind]) for kind in crossed)
        else:
            cost += sum(LEFT[kind] for kind in crossed) + ((0.1 if crossed else 0.4) if chained else POSTPONED)
            cost += IMPLICIT if self.left == goal == SUBJECT and not chained else 0.0
        if goal != self._last:
            cost += TO_HEAD + (IMPLICIT if goal == SUBJECT else 0.0)
            cost -= 0.6 if paused or "break" in crossed else 0.0
            cost -= 0.1 if not linked or crossed[0] in ("comma", "but") else 0.0
        elif self.nouns[self.left].kind == "part" and paused and not linked:
            cost += AFTERTHOUGHT if self.head not in (self.left, SUBJECT) else 0.3
        elif self.nouns[self.left].kind == "part" and linked and crossed[0] in ("comma", "but") and "relative" not in crossed:
            cost += 0.5
        return cost

    def _rightward(self, number: int) -> float:
        """The cost of binding to the right noun; the first word after "the wings are" is claimed by the wings."""
        place, modifier = self.modifiers[number]
        following = self.modifiers[number + 1][0] if number + 1 < len(self.modifiers) else None
        crossed = self._crossed(place + 1, len(self.items) if following is None else following)
        near = crossed[:1] == ["on"]  # "white on the breast"
        cost = sum(RIGHT[kind] for kind in crossed if not (kind == "det" and (modifier.verb or near)))
        cost -= RIGHT["on"] - ON_PART if near else 0.0
        claimed = self._crossed(0, place)
        if number == 0 and self.left > 0 and not modifier.verb and claimed[-1:] == ["copula"]:
            cost += COPULA_RIGHT
        return cost

    def _joined(self, number: int, place: int) -> bool:
        return bool({"and", "te"} & set(self._crossed(self.modifiers[number - 1][0], place)))

    def _bare(self, slots: frozenset[tuple[int, str]]) -> float:
        """What it costs that nothing is said of the left noun; "wings and tail" share what is said of one."""
        noun = self.nouns[self.left]
        told = noun.said or noun.keep or noun.excluded or noun.absent or noun.present or noun.excepted
        shared = self.right is not None and self.items and not self.modifiers and set(self._crossed(0, len(self.items))) <= COORDINATES
        return 0.0 if noun.kind != "part" or told or shared or any(goal == self.left for goal, _ in slots) else BARE


COORDINATES = {"and", "comma", "det"}


def _closed(noun: Noun) -> bool:
    """Nouns that take nothing from the left: what was made by "long-necked", or denied."""
    return noun.excluded or (noun.alone and bool(noun.said))


def _slot(modifier: Modifier) -> str:
    if modifier.kind == "axis":
        return str(modifier.value[0])
    return "color" if modifier.kind in ("color", "tint", "tone") else modifier.kind
