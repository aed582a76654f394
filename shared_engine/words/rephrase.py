"""Roundabout ways of saying, put plainly before reading: "take the crest off", "scrap the pink", "blue. The wings, I mean"."""

from collections.abc import Sequence
from dataclasses import replace

from .items import DESCRIBES, NAMES, THINGS
from .lexicon import Meaning
from .tokens import Token

DOUBT = 0.5
"""Share of its certainty that a colour keeps which is done away with."""

TAKES = ("take", "get", "cut", "chop", "strip")
AWAY = ("off", "away")
DISMISSES = ("scrap", "drop", "ditch", "skip", "lose", "remove", "delete", "forget", "forget about", "scratch", "get rid of", "no more")
MEANS = ("i mean", "i meant")
BOUNDS = ("break", "comma", "but")
"""What stands between two clauses."""


def plain(found: Sequence[Token]) -> list[Token]:
    """The tokens in an order, and with functions, that phrases.py reads."""
    made = list(found)
    for settle in (_taken_off, _unwanted, _dismissed, _kept_for, _named_after):
        at = 0
        while at < len(made):
            settle(made, at)
            at += 1
    return made


def _of(kind: str, text: str = "") -> Token:
    return Token(text, Meaning(kind))


def _until(made: Sequence[Token], at: int, kinds: Sequence[str]) -> int:
    """The first place from `at` on whose kind is none of `kinds`."""
    return next((place for place in range(at, len(made)) if made[place].kind not in kinds), len(made))


def clause(made: Sequence[Token], end: int) -> int:
    """Where the clause begins that ends before `end`."""
    return next((place + 1 for place in range(end - 1, -1, -1) if made[place].kind in BOUNDS), 0)


def clause_end(made: Sequence[Token], at: int) -> int:
    """Where the clause ends in which `at` stands."""
    return next((place for place in range(at, len(made)) if made[place].kind in BOUNDS), len(made))


def _named_in(made: Sequence[Token], at: int) -> bool:
    """Whether anything is named from `at` on in this clause."""
    return any(token.kind in NAMES for token in made[at : clause_end(made, at)])


def _taken_off(made: list[Token], at: int) -> None:
    """ "take the crest off", "lop off the crest": without it, whatever the verb."""
    if made[at].text not in TAKES and made[at].kind != "unknown":
        return
    end = next((place for place in range(at + 1, len(made)) if made[place].text in AWAY), at)
    named = made[at + 1 : end]
    if any(token.kind == "part" for token in named) and all(
        token.kind in ("det", "relative", "and", "comma", "part", "side") for token in named
    ):
        made[at] = replace(made[at], meaning=Meaning("without"))
        del made[end]


def _unwanted(made: list[Token], at: int) -> None:
    """ "I don't want a crest" is "without a crest"; of "I don't want the wings red" the rest is heard."""
    if made[at].kind != "not" or at + 1 == len(made) or made[at + 1].text not in ("want", "need"):
        return
    part = _until(made, at + 2, ("det",))
    if part < len(made) and made[part].kind == "part" and clause_end(made, part + 1) == part + 1:
        made[at : at + 2] = [_of("without", "without")]


def _dismissed(made: list[Token], at: int) -> None:
    """ "pink, with black wings. No, scrap the pink": what was said with that colour is doubtful."""
    if made[at].text not in DISMISSES:
        return
    first = _until(made, at + 1, ("det",))
    end = _until(made, first, DESCRIBES)
    colors = [token.meaning.value for token in made[first:end] if token.kind == "color"]
    before = [place for place in range(at) if made[place].kind == "color" and made[place].meaning.value in colors]
    if not before or (end < len(made) and made[end].kind not in (*BOUNDS, "and")):
        return
    begin = at
    while begin and made[begin - 1].kind in ("no", "correct", "comma", "break", "but", "and", "ignore"):
        begin -= 1
    new = _until(made, end, ("comma", "break", "but", "and"))
    stop = _until(made, new, DESCRIBES)
    if stop > new and not _named_in(made, new):  # "violet. Forget the violet, indigo"
        told = made[new:stop]
        del made[begin:stop]
        made[before[-1] : before[-1] + 1] = told
        return
    for place in before:
        made[place] = replace(made[place], certainty=made[place].certainty * DOUBT)
    made[begin : _until(made, end, ("break", "comma", "but", "and"))] = [_of("break", ".")]


def _kept_for(made: list[Token], at: int) -> None:
    """ "keep the purple for the wings": a colour that was spoken of before is asked for."""
    if made[at].text not in ("keep", "leave", "retain"):
        return
    first = _until(made, at + 1, ("det",))
    end = _until(made, first, DESCRIBES)
    spoken = {token.meaning.value for token in made[:at] if token.kind == "color"}
    asked = [token.meaning.value for token in made[first:end] if token.kind == "color"]
    if asked and set(asked) <= spoken and end < len(made) and made[end].kind in ("for", "on"):
        made[at], made[end] = _of("make", "make"), _of("on", "on")
        del made[at + 1 : first]


def _named_after(made: list[Token], at: int) -> None:
    """ "blue. The wings, I mean", "shorter! I mean the beak": the part goes before what was said of it."""
    if made[at].text not in MEANS:
        return
    begin = at
    while begin and made[begin - 1].kind == "comma":
        begin -= 1
    own = clause(made, begin)
    after = clause_end(made, at + 1)
    named = made[own:begin] if after == at + 1 else made[at + 1 : after]
    start, stop = (own, at + 1) if after == at + 1 else (begin, after)
    if not any(token.kind in THINGS for token in named) or any(token.kind not in (*THINGS, "det", "and", "ignore") for token in named):
        return
    told = [place for place in range(start) if made[place].kind in DESCRIBES]
    if not told:
        return
    begins = clause(made, told[-1])
    things = [place for place in range(begins, start) if made[place].kind in (*THINGS, "pronoun")]
    if any(made[place].kind in THINGS for place in things) and after > at + 1:
        return  # speech.py puts the one in the place of the other
    del made[start:stop]
    if things:
        made[things[0] : things[-1] + 1] = named
        return
    place = next(place for place in range(begins, start) if made[place].kind in (*DESCRIBES, "degree", "more", "less", "number"))
    if made[place].meaning.verb:
        made[place + 1 : place + 1] = named
    else:
        made[place:place] = named if place and made[place - 1].kind == "make" else [*named, _of("copula", "is")]
