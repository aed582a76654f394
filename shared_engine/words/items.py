"""What tokens.py becomes and bind.py puts together: things that are named, what is said of them, and what stands between."""

from dataclasses import dataclass, field
from typing import Any

DESCRIBES = ("color", "axis", "tone", "tint")
"""Kinds of words that say something of a thing."""

THINGS = ("part", "model", "whole", "all", "rest")
NAMES = (*THINGS, "pronoun")
"""Kinds of words that something is said of."""


@dataclass
class Modifier:
    """One thing that is said of some noun. `value`: hex for "color" and "tint", (axis, sign) for "axis", steps for "tone".

    `times`: a number ("twice") instead of a degree; `exact`: the value itself ("height 2.0").
    `old`: describes what is to be replaced, and changes nothing.
    `partial`: "some white".
    """

    kind: str
    value: Any
    text: str
    factor: float = 1.0
    relative: bool = False
    negated: bool = False
    too: bool = False
    verb: bool = False
    te: bool = False
    old: bool = False
    times: float = 0.0
    exact: float | None = None
    partial: bool = False
    certainty: float = 1.0


@dataclass
class Noun:
    """Something that modifiers can be said of. `exchanged`: gets the colour of the other one that is.
    `compared`: what "than" compares with.
    `also`: what was said before goes for it too.
    `said`: modifiers that are bound to it by their form already ("long-necked")."""

    kind: str
    value: Any
    text: str
    certainty: float = 1.0
    keep: bool = False
    excluded: bool = False
    absent: bool = False
    present: bool = False
    excepted: bool = False
    alone: bool = False
    exchanged: bool = False
    compared: bool = False
    also: bool = False
    said: list[Modifier] = field(default_factory=list)


@dataclass(frozen=True)
class Separator:
    """A word or sign that costs something to bind across; `kind` is a function of lexicon.toml, "comma" or "break"."""

    kind: str


Item = Noun | Modifier | Separator
