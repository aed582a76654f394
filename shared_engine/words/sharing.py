"""What is said of one noun and goes for another: of an exception alone, of a part and "the beak too", of several and "them"."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .bind import Binding
from .gaps import COORDINATES
from .items import Noun

REPEATED = 0.95
"""Share of its certainty that a claim keeps where a word such as "too" lets it go for another part."""


def passed_on(binding: Binding, nouns: Sequence[Noun], bindings: Sequence[Binding], items: Sequence[Any]) -> Binding:
    """ "everything but the head in brown": what would be said of the exception alone is said of everything."""
    noun, before = nouns[binding.noun], binding.noun - 1
    if not noun.excepted or nouns[before].kind != "all" or any(one.noun == before for one in bindings):
        return binding
    first, last = (next(place for place, item in enumerate(items) if item is one) for one in (noun, binding.modifier))
    paused = any(getattr(item, "kind", "") in ("comma", "relative", "break") for item in items[first:last])
    return binding if first > last or paused else replace(binding, noun=before)


def repeated(nouns: Sequence[Noun], bindings: Sequence[Binding]) -> list[Binding]:
    """ "the beak too": a part of which nothing is said takes what was said last, be it that it stays or goes."""
    said: dict[int, list[Binding]] = {}
    for one in bindings:
        said.setdefault(one.noun, []).extend([] if one.modifier.old else [one])
    made = []
    for index, noun in enumerate(nouns):
        told = [before for before in range(index) if said.get(before) or nouns[before].said or nouns[before].keep or nouns[before].absent]
        if not noun.also or said.get(index) or not told:
            continue
        last = nouns[told[-1]]
        noun.keep, noun.absent = noun.keep or last.keep, noun.absent or last.absent
        own = [*said.get(told[-1], []), *(Binding(one, told[-1], one.certainty) for one in last.said)]
        said[index] = [replace(one, noun=index, certainty=REPEATED * one.certainty) for one in own]
        made += said[index]
    return made


def listed(nouns: Sequence[Noun], index: int, items: Sequence[Any]) -> list[int]:
    """A part and those that "and" joins to it: "the wings and the tail. I want them black"."""
    if nouns[index].kind != "part":
        return [index]
    first = last = index
    while first > 1 and nouns[first - 1].kind == "part" and joined(items, first - 1):
        first -= 1
    while last + 1 < len(nouns) and nouns[last + 1].kind == "part" and joined(items, last):
        last += 1
    return list(range(first, last + 1))


def joined(items: Sequence[Any], index: int) -> bool:
    """Whether nothing but "and" and the like stands between the noun `index` and the next one."""
    return {"and"} <= set(between(items, index)) <= COORDINATES


def between(items: Sequence[Any], index: int) -> list[str]:
    """Kinds of what stands between the noun `index` and the next one."""
    places = [-1, *(place for place, item in enumerate(items) if isinstance(item, Noun))]
    return [getattr(item, "kind", "") for item in items[places[index] + 1 : places[index + 1]]]
