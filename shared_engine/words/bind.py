"""Which modifier is said of which noun: a log-linear model over all readings, found by a beam search from left to right.

A reading costs the sum of its features' weights (gaps.py), and its probability falls with exp(-cost): "yellow with black wings" does not
swap, while "wings black, body yellow" is read the other way round. The certainty of a binding is the share of the probability that all
readings with the same binding have. The weights are learned from captions (learn.py) and stand in weights.json, a number a feature, so that
everything a reading costs can be read. Conditional random fields: Lafferty, McCallum and Pereira 2001.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .gaps import SUBJECT, Features, Fits, Gap
from .items import Item, Modifier, Noun

BEAM = 24

PLURALS = ("feet", "teeth", "geese")

SEVERAL = ("them", "they", "ones", "those", "these")
"""Pronouns for more than one."""

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Binding:
    """`certainty` is that of the modifier and of its binding; that of the noun comes on top."""

    modifier: Modifier
    noun: int
    certainty: float


@dataclass(frozen=True)
class Reading:
    """One reading up to some noun: its cost, what each modifier was bound to, what each noun has got, why it costs that, and
    whether the last words went to the noun on their left or right."""

    cost: float
    bound: tuple[int, ...]
    slots: frozenset[tuple[int, str]]
    features: tuple[Features, ...]
    side: str = ""


@cache
def learned() -> Weights:
    """The weights of weights.json."""
    found: dict[str, float] = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
    return found


def bind(items: Sequence[Item], fits: Fits, weights: Weights | None = None) -> tuple[list[Noun], list[Binding]]:
    """The nouns, the first of which is the thing itself, and each modifier's noun."""
    nouns, modifiers, beam = readings(items, fits, weights or learned())
    shares = [math.exp(beam[0].cost - one.cost) for one in beam]
    best, whole = beam[0], sum(shares)
    found = []
    for number, modifier in enumerate(modifiers):
        meant = target(nouns, best.bound[number])
        same = sum(share for one, share in zip(beam, shares, strict=True) if target(nouns, one.bound[number]) == meant)
        found.append(Binding(modifier, best.bound[number], modifier.certainty * same / whole))
    return nouns, found


def readings(items: Sequence[Item], fits: Fits, weights: Weights, width: int = BEAM) -> tuple[list[Noun], list[Modifier], list[Reading]]:
    """Nouns, modifiers, and the `width` cheapest readings, the cheapest first."""
    nouns: list[Noun] = [Noun("whole", "thing", "")]
    gaps: list[list[Item]] = [[]]
    for item in items:
        if isinstance(item, Noun):
            nouns.append(item)
            gaps.append([])
        else:
            gaps[-1].append(item)
    heads = _heads(nouns)
    beam = [Reading(0.0, (), frozenset(), ())]
    for index, between in enumerate(gaps):
        right, before = index + 1 if index + 1 < len(nouns) else None, gaps[index - 1] if index else ()
        gap = Gap(between, nouns, index, right, heads[index], fits, before)
        priced = [(_price(features, weights), features, goals) for features, goals in gap.options]
        beam = sorted((_go_on(start, gap, option, weights) for start in beam for option in priced), key=lambda one: one.cost)[:width]
    return nouns, [item for gap in gaps for item in gap if isinstance(item, Modifier)], beam


def _go_on(start: Reading, gap: Gap, option: tuple[float, Features, tuple[int, ...]], weights: Weights) -> Reading:
    cost, features, goals = option
    if start.side == "left" and "postponed" in features:  # "wings black, body yellow": who speaks so once does so again
        features = tuple("postponed again" if one == "postponed" else one for one in features)
        cost = _price(features, weights)
    given, slots = gap.given(goals, start.slots)
    side = gap.side(goals) or start.side
    if start.side and side != start.side:
        given = (*given, "turned round")  # "wings black, yellow body"
    return Reading(start.cost + cost + _price(given, weights), (*start.bound, *goals), slots, (*start.features, features, given), side)


def _price(features: Features, weights: Weights) -> float:
    return sum(weights.get(one, 0.0) for one in features)


def target(nouns: Sequence[Noun], index: int) -> object:
    """What a noun means, whatever words and place it has."""
    noun = nouns[antecedent(nouns, index)]
    if noun.kind == "part":
        return noun.value
    return "whole" if noun.kind in ("model", "whole", "all") else (noun.kind, noun.text)


def antecedent(nouns: Sequence[Noun], index: int) -> int:
    """What "it" or "them" means: the last noun before that is one, or several, like the pronoun. Other nouns mean themselves."""
    if nouns[index].kind != "pronoun":
        return index
    several = nouns[index].text in SEVERAL
    for before in range(index - 1, SUBJECT, -1):
        noun = nouns[before]
        if noun.kind in ("part", "model", "whole") and not (noun.excluded or noun.compared):
            plural = noun.text in PLURALS or noun.text.endswith("s") and not noun.text.endswith("ss")
            if several == plural or noun.kind != "part":
                return before
    return SUBJECT


def _heads(nouns: Sequence[Noun]) -> list[int]:
    """For each gap the noun that its sentence is about: the last model or "everything", or the thing itself."""
    found, head = [], SUBJECT
    for index, noun in enumerate(nouns):
        if index and noun.kind in ("model", "whole", "all", "rest") and not noun.alone and not noun.excluded and not noun.excepted:
            head = index
        found.append(head)
    return found
