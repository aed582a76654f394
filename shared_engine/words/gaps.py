"""What stands between two nouns, and every way to share it out between them: the features of a reading that bind.py weighs.

Of the modifiers in a gap the first ones belong to the noun on the left (or to what the sentence is about), the others to the noun on the
right: bindings never cross. A feature is a name such as "left and": bound to the left across an "and". What it costs is learned.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .items import Item, Modifier, Noun, Separator

SUBJECT = 0
"""Index of the noun that stands for the thing itself where nothing is named."""

COORDINATES = {"and", "comma", "det"}
LINKS = {"copula", "colon", "like", "in"}
"""What says that the modifier behind belongs to the noun before."""

EASED = ("comma", "relative", "det")
"""Separators that cost less where a link follows: "the beak, which is a bright red"."""

Fits = Callable[[Noun, Modifier], str]
"""How badly a modifier fits a noun: "" where some candidate has that property, else a feature's name."""

Features = tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """What stands between the nouns `left` and `right`; `head` is what the sentence is about there, and `before`
    what stands before `left`."""

    items: Sequence[Item]
    nouns: Sequence[Noun]
    left: int
    right: int | None
    head: int
    fits: Fits
    before: Sequence[Item] = ()

    @cached_property
    def modifiers(self) -> list[tuple[int, Modifier]]:
        return [(place, item) for place, item in enumerate(self.items) if isinstance(item, Modifier)]

    @cached_property
    def options(self) -> list[tuple[Features, tuple[int, ...]]]:
        """Each way to share out the modifiers: its features, and the noun of each modifier."""
        count, found = len(self.modifiers), []
        for to_left in range(count + 1):
            if to_left < count and (self.right is None or closed(self.nouns[self.right]) or self._settled(self.nouns[self.right])):
                continue
            if to_left and self._opens():
                continue
            for own in self._left_goals(to_left):
                goals = (*own, *[self.right or SUBJECT] * (count - to_left))
                features = [one for number in range(to_left) for one in self._leftward(number, goals)]
                features += [one for number in range(to_left, count) for one in self._rightward(number)]
                features += ["jump"] if 0 < to_left < count else []
                fits = (self._fit(goal, one) for (_, one), goal in zip(self.modifiers, goals, strict=True))
                features += [one for one in fits if one]
                found.append((tuple(features), goals))
        return found

    def _settled(self, noun: Noun) -> bool:
        """ "dark green, the rest as is", "darker, the legs too": nothing more is said from the left of what is told already."""
        return noun.also or (noun.keep and bool({"comma", "and"} & set(self.crossed(self.modifiers[-1][0], len(self.items)))))

    def _fit(self, goal: int, modifier: Modifier) -> str:
        """How badly it fits; of "head and neck green" it is enough that one of both has a colour."""
        found = self.fits(self.nouns[goal], modifier)
        listed = goal == self.left > 1 and self.nouns[goal - 1].kind == "part" and _coordinates(self.before)
        return self.fits(self.nouns[goal - 1], modifier) and found if listed else found

    def _opens(self) -> bool:
        """Whether this is what comes before the first noun, and that is the thing itself: "a black and white bird"."""
        return (
            self.left == SUBJECT
            and self.right is not None
            and self.nouns[self.right].kind in ("model", "whole")
            and not self.nouns[self.right].alone
            and not closed(self.nouns[self.right])
        )

    def side(self, goals: Sequence[int]) -> str:
        """Where all modifiers of the gap go: "left", "right", or "" where they part or there are none."""
        ways = {"right" if goal == self.right else "left" for goal in goals}
        return ways.pop() if len(ways) == 1 else ""

    def _left_goals(self, count: int) -> Iterator[list[int]]:
        """Where the first `count` modifiers go: to the left noun up to some place, from there to the head."""
        if not count:
            yield []
            return
        last = self._last
        near = not (closed(self.nouns[last]) or self.nouns[last].alone or self._leaves(last))
        past = self.head if self.head != last else SUBJECT
        if near:
            yield [last] * count
        if not near or self.head != last:
            yield from ([last] * own + [past] * (count - own) for own in range(count if near else 1))

    def _leaves(self, last: int) -> bool:
        """ "in the water, grey": after a pause nothing more is said of what is not here."""
        first = self.modifiers[0][0] if self.modifiers else 0
        return self.nouns[last].kind == "nothing" and bool({"comma", "break", "but"} & set(self.crossed(0, first)))

    @cached_property
    def _last(self) -> int:
        """The noun on the left; of "the tail, not the wings," and of "the tail longer than the wings" the tail."""
        last = self.left
        while last > SUBJECT and (self.nouns[last].excluded or self.nouns[last].compared):
            last -= 1
        return last

    def crossed(self, begin: int, end: int) -> list[str]:
        return [item.kind for item in self.items[begin:end] if isinstance(item, Separator)]

    def _leftward(self, number: int, goals: Sequence[int]) -> Iterator[str]:
        """Of binding to the left noun, or past it to the head."""
        (place, modifier), goal = self.modifiers[number], goals[number]
        chained = number > 0 and goals[number - 1] == goal
        crossed = self.crossed(self.modifiers[number - 1][0] + 1 if chained else 0, place)
        linked = bool(LINKS & set(crossed))
        paused = bool({"comma", "but"} & set(crossed))
        broken = crossed[:1] in (["comma"], ["but"])
        about_part = self.nouns[self.left].kind == "part"
        if modifier.verb:
            yield "left of a verb"
        if self.right is not None and place + 1 == len(self.items) and not modifier.text.isascii():
            yield "away from the noun behind it, Japanese"
        crossed = ["no_particle, a bare part" if kind == "no_particle" and self._attribute() else kind for kind in crossed]
        yield from (f"linked {kind}" if linked and kind in EASED else f"left {kind}" for kind in crossed)
        if not linked:
            yield ("chained across" if crossed else "chained") if chained else "postponed"
            if self.left == goal == SUBJECT and not chained:
                yield "of nothing named"
        if goal != self._last:
            yield "to the head"
            if goal == SUBJECT:
                yield "of nothing named"
            yield from (f"head after {kind}" for kind in ("comma", "but", "break") if kind in crossed)
            if not linked or broken:
                yield "head without a link"
        elif about_part and paused and not linked:
            yield "afterthought, the thing named" if self.head not in (self.left, SUBJECT) else "afterthought"
        elif about_part and linked and broken and "relative" not in crossed:
            yield f"link after {crossed[0]}"

    def _attribute(self) -> bool:
        """Japanese "a heron of neck long": nothing was said of the neck yet, and the heron is the thing itself."""
        whole = self.right is not None and self.nouns[self.right].kind in ("model", "whole")
        return whole and self.nouns[self.left].kind == "part" and not any(isinstance(item, Modifier) for item in self.before)

    def _rightward(self, number: int) -> Iterator[str]:
        """Of binding to the right noun; the first word after "the wings are" is claimed by the wings."""
        place, modifier = self.modifiers[number]
        following = self.modifiers[number + 1][0] if number + 1 < len(self.modifiers) else None
        crossed = self.crossed(place + 1, len(self.items) if following is None else following)
        near = crossed[:1] == ["on"]  # "white on the breast"
        for kind in crossed:
            if near and kind == "on":
                yield "on a part"
            elif not (kind == "det" and (modifier.verb or near)):
                yield f"right {kind}"
        before = self.crossed(0, place)
        if number == 0 and self.left > 0 and not modifier.verb and before[-1:] in (["copula"], ["in"]):
            yield "claimed by a copula"

    def given(self, goals: Sequence[int], slots: frozenset[tuple[int, str]]) -> tuple[Features, frozenset[tuple[int, str]]]:
        """Features of a noun getting two values of one kind, or nothing, and what each noun has got afterwards."""
        features = []
        for number, (place, modifier) in enumerate(self.modifiers):
            if modifier.old or (modifier.negated and modifier.kind == "color"):
                continue  # "not yellow but black"
            slot = (goals[number], kind_of(modifier))
            if slot in slots:
                again = modifier.kind == "axis" and modifier.relative  # "A longer beak. Much longer."
                features.append("again" if again else "joined second" if number and self._joined(number, place) else "second")
            slots = slots | {slot}
        return (*features, "bare") if self._bare(slots) else tuple(features), slots

    def _joined(self, number: int, place: int) -> bool:
        return bool({"and", "te"} & set(self.crossed(self.modifiers[number - 1][0], place)))

    def _bare(self, slots: frozenset[tuple[int, str]]) -> bool:
        """Whether nothing is said of the left noun; "wings and tail" share what is said of one."""
        noun = self.nouns[self.left]
        told = noun.said or noun.keep or noun.excluded or noun.absent or noun.present or noun.excepted or noun.also
        joined = _coordinates(self.before) and self.nouns[self.left - 1].kind == "part"
        shared = joined or (self.right is not None and _coordinates(self.items))
        return noun.kind == "part" and not (told or shared or any(goal == self.left for goal, _ in slots))


def _coordinates(between: Sequence[Item]) -> bool:
    """Whether nothing but "and" and the like stands between two nouns."""
    return bool(between) and all(isinstance(item, Separator) and item.kind in COORDINATES for item in between)


def closed(noun: Noun) -> bool:
    """Nouns that take nothing from the left: what was made by "long-necked", denied, compared with, or is not here and described."""
    return noun.excluded or noun.compared or ((noun.alone or noun.kind == "nothing") and bool(noun.said))


def kind_of(modifier: Modifier) -> str:
    if modifier.kind == "axis":
        return str(modifier.value[0])
    return "color" if modifier.kind in ("color", "tint", "tone") else modifier.kind
