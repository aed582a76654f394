"""Instructions made of a model family's own vocabulary, in many phrasings, with what each modifier is said of: no renders are needed.

A caption is put together from clauses; "<0>" stands for the first thing that is said. What is said are colours of the whole table and
the words of the axes that a part has, in every degree; parts, models and the whole go by any of their names.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..words import color
from ..words.catalog import Catalog
from ..words.lexicon import Meaning, split, table
from . import phrasings

WHOLE = "whole"

VERBS = frozenset(split(table()["verbs"]["words"]))


@dataclass(frozen=True)
class Said:
    """One thing that is said: its words in English or as a Japanese attribute, predicate and continuation, and the part, or WHOLE."""

    words: str
    of: str
    predicate: str = ""
    adverb: str = ""
    te: str = ""

    def form(self, name: str) -> str:
        return {"u": self.predicate, "k": self.adverb, "t": self.te}.get(name, self.words)


@dataclass
class Caption:
    """`of`: what each modifier is said of, in the order of the text: the parts that would be right, or WHOLE."""

    text: str
    of: list[str] = field(default_factory=list)


class Writer:
    """Writes captions for one family."""

    def __init__(self, catalog: Catalog, seed: int = 0) -> None:
        self.catalog, self.chance = catalog, random.Random(seed)
        self.names: dict[bool, dict[str, list[str]]] = {True: {}, False: {}}
        for phrase, meaning in catalog.vocabulary.items():
            for name in _named(meaning):
                self.names[phrase.isascii()].setdefault(name, []).append(phrase)
        self.colored = [part for part in catalog.parts() if "color" in catalog.turning[part]]
        self.ja_colors = [one.partition("=")[0] for one in split(table()["color_ja"]["words"])]
        self.colors = [name for name in color.names() if name.isascii()]
        self.basic = [
            "red",
            "green",
            "blue",
            "black",
            "white",
            "yellow",
            "brown",
            "grey",
            "orange",
            "pink",
            "purple",
            "dark blue",
            "light green",
        ]

    def write(self) -> Caption:
        japanese = self.chance.random() < 0.25 and all(part in self.names[False] for part in self.colored)
        return self._japanese() if japanese else self._english()

    def _pick(self, options: Sequence[str]) -> str:
        return self.chance.choice(list(options))

    # --- what is said ------------------------------------------------------------------------------------------------------------------

    def _color(self, part: str) -> Said:
        name = self._pick(self.basic if self.chance.random() < 0.5 else self.colors)
        if self.chance.random() < 0.12:
            name = self._pick(("darker", "lighter", "much darker", "a bit brighter", "paler", "less saturated", "slightly darker"))
        return Said(name, part)

    def _axis(self, part: str, verb: bool = False) -> Said | None:
        axes = [
            axis
            for axis in self.catalog.turning.get("" if part == WHOLE else part, ())
            if axis in table()["axis"] and axis not in ("gloss", "metal")
        ]
        if not axes:
            return None
        entry = table()["axis"][self._pick(sorted(axes))]
        words = [one for side in ("more", "less") for one in split(entry[side]) if (one in VERBS) == verb]
        word = self._pick(words) if words else ""
        if verb:
            return Said(word, part) if word else None
        roll = self.chance.random()
        if roll < 0.3 and len(word) < 7 and not word.endswith("ed"):
            stem = word[:-1] + "i" if word.endswith("y") else word.removesuffix("e")
            word = f"{stem}{stem[-1] if word in ('big', 'fat', 'slim', 'thin') else ''}er"
        return Said(self._pick(phrasings.DEGREES) + word if roll < 0.6 else word, part) if word else None

    def _one(self, part: str) -> Said:
        said = self._axis(part) if self.chance.random() < (0.35 if part in self.colored or part == WHOLE else 1.0) else None
        return said or self._color(part)

    def _two(self, part: str) -> list[Said]:
        if part != WHOLE and self.chance.random() < 0.2:  # "black and white wings"
            return [Said(self._pick(self.basic), part), Said(self._pick(self.basic), part)]
        axis = self._axis(part)
        return [axis, self._color(part)] if axis else [self._color(part)]

    # --- English -----------------------------------------------------------------------------------------------------------------------

    def _english(self) -> Caption:
        if self.chance.random() < 0.15:
            return self._list()
        clauses: list[tuple[str, list[Said]]] = []
        whole = self.chance.random() < 0.7
        if whole:
            clauses.append(self._whole())
        parts = self.chance.sample(self.catalog.parts(), min(self.chance.choice((1, 1, 2, 2, 3)), len(self.catalog.parts())))
        attributes = self.chance.random() < 0.5
        mixed = self.chance.random() < 0.15
        clauses += [self._part(part, attributes != (mixed and self.chance.random() < 0.5)) for part in parts]
        if whole and len(clauses) == 2 and self.chance.random() < 0.08:
            return _joined([clauses[1], clauses[0]], [self._pick(phrasings.LAST)])
        if whole and attributes and self.chance.random() < 0.25:
            return self._late(clauses[1:])
        first = [self._pick(phrasings.AFTER_WHOLE if attributes else (". ", ", ", "; ", ": ", " and ", " with ", " - "))] if whole else []
        middle, last = self._pick(["\0".join(one) for one in phrasings.BETWEEN]).split("\0")
        count = len(clauses) - 1 - len(first)
        return _joined(clauses, [*first, *[middle] * (count - 1), *[last] * (count > 0)])

    def _list(self) -> Caption:
        """The same short form for each part, with one sign between: "tail red wings blue head green"."""
        frame = self._pick(phrasings.LISTED)
        able = [part for part in self.colored if "<1>" not in frame or self._axis(part)]
        parts = self.chance.sample(able, min(self.chance.choice((2, 2, 3, 4)), len(able)))
        said = [self._two(part) if "<1>" in frame else [self._color(part)] for part in parts]
        clauses = [(frame.replace("{n}", self._name(part)), one) for part, one in zip(parts, said, strict=True)]
        return _joined(clauses, [self._pick(phrasings.LIST_SIGNS)] * (len(clauses) - 1))

    def _late(self, parts: Sequence[tuple[str, list[Said]]]) -> Caption:
        """ "an owl with its wings spread, white": what is said of the whole comes last."""
        name = self._pick([*self.names[True].get(WHOLE, []), *self.names[True].get("model", []), "one"])
        opening = self._pick(("a {w} with ", "the {w} with ", "I want the {w} with ", "a {w} that has ")).replace("{w}", name)
        return _joined([(opening, []), *parts, (self._pick(phrasings.LATE), [self._color(WHOLE)])], ["", *[" and "] * (len(parts) - 1), ""])

    def _whole(self) -> tuple[str, list[Said]]:
        named = self.names[True].get(WHOLE, []) + self.names[True].get("model", [])
        name = self._pick(named) if named and self.chance.random() < 0.95 else self._pick(("one", "version"))
        said = self._two(WHOLE) if self.chance.random() < 0.35 else [self._one(WHOLE)]
        frames = phrasings.WHOLE_TWO if len(said) == 2 else phrasings.WHOLE_ONE
        return self._pick(frames).replace("{w}", name), said

    def _part(self, part: str, attribute: bool) -> tuple[str, list[Said]]:
        name = self._name(part)
        roll = self.chance.random()
        if roll < 0.12 and part in self.colored and len(self.colored) > 1:
            other = self._pick([one for one in self.colored if one != part])
            frame = self._pick(phrasings.SHARED).replace("{n}", name).replace("{o}", self._name(other))
            return (frame, [self._color(part), self._color(other)]) if "<1>" in frame else (frame, [self._color(f"{part}|{other}")])
        if roll > 0.75:
            return self._turned(part, name)
        said = self._two(part) if roll < 0.35 and part in self.colored else [self._one(part)]
        frames = (
            (phrasings.PRE if attribute else phrasings.PREDICATE)
            if len(said) == 1
            else (phrasings.PRE_TWO if attribute else phrasings.PREDICATE_TWO)
        )
        return _filled(self._pick(frames), name), said

    def _turned(self, part: str, name: str) -> tuple[str, list[Said]]:
        """By a verb, by denying something else, or in two goes."""
        act = self._axis(part, verb=True)
        frame = self._pick(
            self._pick((phrasings.ACTS, phrasings.DENIED, phrasings.AGAIN)) if act else self._pick((phrasings.DENIED, phrasings.AGAIN))
        )
        other = self._pick([one for one in self.catalog.parts() if one != part] or [part])
        first = act if act and frame in phrasings.ACTS else self._one(part)
        second = Said(f"much {first.words}", part) if frame in phrasings.AGAIN and first.words.endswith("er") else self._one(part)
        said = [first, second]
        return _filled(frame, name).replace("{o}", self._name(other)), said if "<1>" in frame else said[:1]

    def _name(self, part: str) -> str:
        return self._pick(self.names[True].get(part, [part.lower()]))

    # --- Japanese ----------------------------------------------------------------------------------------------------------------------

    def _ja_color(self, of: str) -> Said:
        word = self._pick(self.ja_colors)
        stem = word[-1] in "赤青黒白"
        if self.chance.random() < 0.3 and (axis := self._ja_axis(of)):
            return axis
        return Said(
            f"{word}{'い' if stem else 'の'}", of, word, f"{word}く" if stem else f"{word}に", f"{word}くて" if stem else f"{word}で、"
        )

    def _ja_axis(self, of: str) -> Said | None:
        axes = sorted(axis for axis in self.catalog.turning.get("" if of == WHOLE else of, ()) if axis in table()["axis"])
        words = [one for axis in axes for side in ("more_ja", "less_ja") for one in split(table()["axis"][axis][side]) if one[-1] in "いな"]
        if not words:
            return None
        word = self._pick(words)
        stem, plain = word[:-1], word.endswith("い")
        return Said(word, of, word if plain else stem, f"{stem}{'く' if plain else 'に'}", f"{stem}{'くて' if plain else 'で、'}")

    def _clauses(self, parts: Sequence[str], name: str) -> Caption:
        """ "くちばしが赤くて、脚が長い白い鳥": clauses before the noun."""
        clauses = [(f"{self._pick(self.names[False][part])}が<0:t>", [self._ja_color(part)]) for part in parts[:-1]]
        last = self._pick(self.names[False][parts[-1]])
        said = self._ja_color(parts[-1])
        if said.words.endswith("い") and self.chance.random() < 0.5:  # "首の長い鳥"
            return _joined([*clauses, (f"{last}の<0>{name}", [said])], ["、"] * (len(parts) - 1))
        clauses += [(f"{last}が<0>", [said]), (f"<0>{name}", [self._ja_color(WHOLE)])]
        return _joined(clauses, [*[self._pick(("、", ""))] * (len(parts) - 1), ""])

    def _japanese(self) -> Caption:
        parts = self.chance.sample(self.colored, min(self.chance.choice((1, 2, 2)), len(self.colored)))
        names = self.names[False].get(WHOLE, []) + self.names[False].get("model", [])
        if names and self.chance.random() < 0.35:
            return self._clauses(parts, self._pick(names))
        attributes = self.chance.random() < 0.5
        frames = phrasings.JA_PRE if attributes else phrasings.JA_PREDICATE
        frame = self._pick(frames)
        clauses = [(frame.replace("{n}", self._pick(self.names[False][part])), [self._ja_color(part)]) for part in parts]
        joiners = [self._pick(("と", "、") if attributes else ("、", "。"))] * (len(clauses) - 1)
        names = self.names[False].get(WHOLE, []) + self.names[False].get("model", [])
        if names and self.chance.random() < 0.8:
            whole = (
                self._pick(phrasings.JA_WHOLE[:1] if attributes else phrasings.JA_WHOLE).replace("{w}", self._pick(names)),
                [self._ja_color(WHOLE)],
            )
            if attributes:
                return _joined([*clauses, whole], [*joiners, "の"])
            return _joined([whole, *clauses], [self._pick(("、", "。")), *joiners])
        return _joined(clauses, joiners)


def _filled(frame: str, name: str) -> str:
    """With the name of the part, and the pronoun for it."""
    plural = name.endswith("s")
    return frame.replace("{n}", name).replace("{it}", "them" if plural else "it").replace("{they}", "They" if plural else "It")


def _joined(clauses: Sequence[tuple[str, list[Said]]], joiners: Sequence[str]) -> Caption:
    made = Caption("")
    for number, (frame, said) in enumerate(clauses):
        made.text += joiners[number - 1] if number else ""
        for piece in re.split(r"(<\d(?::\w)?>)", frame):
            if piece.startswith("<"):
                one = said[int(piece[1])]
                made.text += one.form(piece[3:-1])
                made.of.append(one.of)
            else:
                made.text += piece
    return made


def _named(meaning: Meaning) -> list[str]:
    if meaning.kind == "part":
        return list(meaning.value) if len(meaning.value) == 1 else []
    return ["model"] if meaning.kind == "model" else [WHOLE] if meaning.kind == "whole" and meaning.value != "all" else []
