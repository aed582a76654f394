"""The everyday words of lexicon.toml with their inflected forms: what a phrase may mean, whatever model is at hand."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import color

LONGEST = 6
"""Words in the longest phrase."""

FIRST = ("not_after", "now", "without", "less", "except", "instead", "from_after", "keep", "colour_of", "same", "rest", "swap",
         "correct", "fine", "wish", "unreal", "asks")  # fmt: skip
"""Functions whose words mean nothing else."""


@dataclass(frozen=True)
class Meaning:
    """What a phrase says. `kind`: "color" (value: hex), "axis" (value: axis, sign), "tone" (value: steps), "tint" (a colour to lean to),
    "degree", "number", "part" (value: part names), "model" (value: model ids), "whole", "trait" (value: part, axis, sign), or the name of a
    function of lexicon.toml.

    `factor`: how strongly. `relative`: from the present state on ("longer"). `verb`: acts on what follows. `te`: closes a Japanese clause.
    """

    kind: str
    value: Any = None
    factor: float = 1.0
    relative: bool = False
    verb: bool = False
    te: bool = False
    too: bool = False


def split(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\n", " ").split(",") if word.strip()]


@cache
def table() -> Mapping[str, Any]:
    found: dict[str, Any] = tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8"))
    return found


@cache
def meanings() -> Mapping[str, Meaning]:
    """Every phrase of the lexicon and of the colour table -> its meaning. Colours yield to nothing but longer phrases."""
    found: dict[str, Meaning] = {}
    for phrase, meaning in _entries():
        found.setdefault(phrase, meaning)
    return found


def _entries() -> Iterator[tuple[str, Meaning]]:
    known, verbs = table(), set(split(table()["verbs"]["words"]))
    for name in FIRST:
        yield from _function(name)
    yield from _scenes()
    for entry in known["degree"].values():
        meaning = Meaning("degree", factor=entry["factor"], relative=entry.get("relative", False))
        yield from ((word, meaning) for word in split(f"{entry['words']}, {entry['ja']}"))
    for entry in known["number"].values():
        yield from ((word, Meaning("number", factor=entry["factor"])) for word in split(entry["words"]))
    for word, name in _pairs(known["color_ja"]["words"]):
        meaning = Meaning("color", color.names()[name])
        yield from _inflected_color(word, meaning)
    yield from ((word, Meaning("color", code)) for word, code in _pairs(known["color_of"]["words"]))
    for word, code in _pairs(known["thing_ja"]["words"]):
        yield from (
            (f"{word}{ending}", Meaning("color", code))
            for ending in ("色", "の色", "のような", "のような色", "のように", "みたいな", "みたいな色", "みたいに")
        )
    for entry in known["strong"].values():
        meaning = Meaning("axis", (entry["axis"], entry["sign"]), entry["factor"])
        yield from ((word, meaning) for word in split(entry["words"]))
        yield from _japanese(entry["ja"], meaning)
    for entry in known["tone"].values():
        steps = {name: entry[name] for name in ("lightness", "chroma", "warmth") if name in entry}
        yield from ((word, Meaning("tone", steps, verb=word in verbs)) for word in split(entry["words"]))
        yield from _japanese(entry["ja"], Meaning("tone", steps))
    for axis, entry in known["axis"].items():
        for sign, side in ((1, "more"), (-1, "less")):
            yield from ((word, Meaning("axis", (axis, sign), verb=word in verbs)) for word in split(entry[side]))
            yield from _japanese(entry[f"{side}_ja"], Meaning("axis", (axis, sign)))
    yield from ((word, Meaning("whole", "all")) for word in split(known["parts"]["whole"]))
    yield from ((name, Meaning("color", code)) for name, code in color.names().items())
    yield from (entry for name in known["function"] if name != "light" for entry in _function(name))


@cache
def real_words() -> frozenset[str]:
    """Words that no slip of a finger made."""
    return frozenset(split(table()["real"]["words"]))


@cache
def scenery() -> frozenset[str]:
    """Words for what stands around a model."""
    return frozenset(split(table()["function"]["scene"]))


@cache
def lights() -> frozenset[str]:
    """Words for the light of a scene, and for what stands behind the model in it."""
    return frozenset(split(table()["function"]["light"]))


def _scenes() -> Iterator[tuple[str, Meaning]]:
    """Scenery, with its colour where it has one."""
    colors = {**color.names(), **dict(_pairs(table()["color_of"]["words"]))}
    yield from ((word, Meaning("scene", colors.get(word))) for word in split(table()["function"]["scene"]))


def _function(name: str) -> Iterator[tuple[str, Meaning]]:
    yield from ((word, Meaning(name)) for word in split(table()["function"][name]))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for one in split(text):
        word, _, value = one.partition("=")
        yield word, value


def _inflected_color(word: str, meaning: Meaning) -> Iterator[tuple[str, Meaning]]:
    yield word, meaning
    if word[-1] in "赤青黒白色":
        yield f"{word}い", meaning
        yield f"{word}く", Meaning("color", meaning.value)
        yield f"{word}くて", Meaning("color", meaning.value, te=True)
    yield from ((f"{word}{ending}", Meaning("tint", meaning.value, relative=True)) for ending in ("っぽい", "っぽく"))


VOWEL_STEMS = "いきしちにひみりぎじびぴえけせてねへめれげぜべぺ"
"""Before る, these sounds make a verb whose stem stays as it is (ichidan)."""


def _japanese(text: str, meaning: Meaning) -> Iterator[tuple[str, Meaning]]:
    """The dictionary forms of `text`, inflected."""
    closing = Meaning(meaning.kind, meaning.value, meaning.factor, te=True)
    over = Meaning(meaning.kind, meaning.value, meaning.factor, too=True)
    for word in split(text):
        stem = word[:-1]
        yield word, meaning
        if word.endswith("い"):
            yield from ((f"{stem}{ending}", meaning) for ending in ("く", "め", "めの", "めに", "さ"))
            yield f"{stem}くて", closing
            yield from ((f"{stem}{ending}", over) for ending in ("すぎる", "過ぎる", "すぎ", "すぎます"))
        elif word.endswith("な"):
            yield from ((f"{stem}{ending}", meaning) for ending in ("に", "の", ""))
            yield f"{stem}で", closing
        elif word.endswith("した"):
            yield from ((f"{word[:-2]}{ending}", meaning) for ending in ("", "と", "の"))
            yield f"{word[:-2]}して", closing
        elif word.endswith("る"):
            past, te = ("た", "て") if stem[-1] in VOWEL_STEMS else ("った", "って")
            yield from ((f"{stem}{ending}", meaning) for ending in (past, f"{te}いる", f"{te}いて", f"{te}ください"))
            yield f"{stem}{te}", closing
        elif word[-1] in "くすむ":
            past = {"く": "いた", "す": "した", "む": "んだ"}[word[-1]]
            te = {"く": "いて", "す": "して", "む": "んで"}[word[-1]]
            yield from ((f"{stem}{ending}", meaning) for ending in (past, f"{te}いる", f"{te}ください"))
            yield f"{stem}{te}", closing


def lemmas(word: str) -> Iterator[tuple[str, str]]:
    """Dictionary forms that an English word may come from, with how it is inflected: "s", "er", "ed", "ing", "ish", "ly", "y"."""
    for ending, feature in (
        ("est", "er"),
        ("er", "er"),
        ("ed", "ed"),
        ("ing", "ing"),
        ("ish", "ish"),
        ("en", "ed"),
        ("ly", "ly"),
        ("y", "y"),
    ):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        yield stem, feature
        yield f"{stem}e", feature
        if len(stem) > 2 and stem[-1] == stem[-2]:
            yield stem[:-1], feature
        if stem.endswith("i"):
            yield f"{stem[:-1]}y", feature
    if word.endswith("s") and len(word) > 3:
        yield word[:-1], "s"
        if word.endswith("es"):
            yield word[:-2], "s"
        if word.endswith("ies"):
            yield f"{word[:-3]}y", "s"
        if word.endswith("ves"):
            yield f"{word[:-3]}f", "s"
