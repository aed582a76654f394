"""An instruction -> claims: (part or model, property, direction or value, certainty), which a user can read and correct."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import InputError
from . import color
from .bind import SEVERAL, Binding, antecedent, bind
from .catalog import Catalog
from .gaps import SUBJECT
from .items import Modifier, Noun
from .lexicon import lights
from .phrases import Reader
from .sharing import between, joined, listed, passed_on, repeated
from .speech import meant
from .tokens import tokens

LIMIT = 2000
"""Characters of an instruction; what is longer is a story."""

SURE = 0.7
"""Certainty from which a claim is done without asking; what lies below is offered. Of captions about models that the binding was not
learned on, 99 % of what lies above was right, and some 80 % of what lies below 0.9."""

PARTIAL = 0.5
"""Of "some white": of what is not said, and the whole is not meant."""

ASTRAY = 0.6
"""Share of its certainty that a claim keeps which is said of nothing named, right after something that is not here."""

TAKEN_BACK = 0.5
"""Share of its certainty that a claim keeps when its part is to stay as it is, which was said later."""

LIGHT = "{words}: words do not change light and background; show a picture of the light that you want"
"""What is told of words that ask for another light."""

CONTRADICTED = 0.6
"""Share of its certainty that a colour of the thing itself keeps when another one is said of it elsewhere."""

SECOND = "&"
"""Of "a black and white bird", what is white: the second part of the whole."""


@dataclass(frozen=True)
class Claim:
    """One thing that the instruction says.

    `target`: a part's name, "" for the thing itself, "*" for everything, "…" for the rest, "&" for the second part of two-coloured
    things, or a model's id (property "model").
    `property`: "model", "color", "tone", "tint", "keep", or an axis of lexicon.toml. `value`: hex, steps of a tone, +1 or -1.
    `factor` scales the usual step, `times` is a number that was said, `exact` the value itself. `words` are those of the text.
    """

    target: str
    property: str
    value: Any
    words: str
    factor: float = 1.0
    times: float = 0.0
    relative: bool = False
    negated: bool = False
    certainty: float = 1.0
    exact: float | None = None

    @property
    def sure(self) -> bool:
        return self.certainty >= SURE

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Claim":
        return cls(**plain)

    def describe(self) -> tuple[str, str, str]:
        """(what, property, value) as a person reads it."""
        target = {"": "the whole", "*": "everything", "…": "the rest", SECOND: "a part of it"}.get(self.target, self.target)
        if self.property == "color":
            said = f"not {self.value}" if self.negated else f"{self.value} ({color.nearest_name(color.from_hex(self.value))})"
        elif self.property in ("tone", "tint"):
            said = self.words
        elif self.property == "model":
            said = "not this one" if self.negated else "this one"
        elif self.property == "keep":
            said = "as it is"
        elif self.exact is not None:
            said = f"= {self.exact:g}"
        else:
            said = f"x {self.times:g}" if self.times else f"{'not ' if self.negated else ''}{'more' if self.value > 0 else 'less'}"
            said += ", from now" if self.relative and not self.times else ""
        return target, self.property, said


@dataclass(frozen=True)
class Instruction:
    """What was understood. `unknown`: words that fit nothing here."""

    text: str
    claims: tuple[Claim, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sure(self) -> tuple[Claim, ...]:
        """What may be done without asking."""
        return tuple(one for one in self.claims if one.sure)

    @property
    def offered(self) -> tuple[Claim, ...]:
        """What was perhaps meant, for the user to decide."""
        return tuple(one for one in self.claims if not one.sure)


@dataclass
class _Reading:
    """Claims in the making."""

    catalog: Catalog
    nouns: Sequence[Noun]
    bindings: Sequence[Binding]
    claims: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    light: list[str] = field(default_factory=list)


def parse(text: str, catalog: Catalog) -> Instruction:
    """Reads an instruction with the words of `catalog`.

    Raises:
        InputError: it is empty, too long, or nothing in it fits the scene (the message says which words).
    """
    check(text)
    reader = Reader(meant(tokens(text, catalog.vocabulary)))
    items = reader.read()
    nouns, bindings = bind(items, catalog.fits)
    passed = [passed_on(one, nouns, bindings, items) for one in bindings]
    reading = _Reading(catalog, nouns, [*passed, *repeated(nouns, passed)])
    for index in range(len(nouns)):
        _claims_of(reading, index, items)
    reading.notes += [LIGHT.format(words=", ".join(reading.light))] if reading.light else []
    claims = _tidy(_contradicted(reading.claims), reading.notes)
    unknown = tuple(dict.fromkeys(reader.unknown))
    if not claims:
        words = "; ".join(reading.notes) or ", ".join(unknown) or text.strip()[:60]
        raise InputError(f"nothing in the instruction fits this scene: {words}", f"It knows: {', '.join(known(catalog)[:24])}.")
    return Instruction(text, tuple(claims), unknown, tuple(reading.notes))


def check(text: str) -> None:
    """InputError for a text that no scene could make an instruction of."""
    if not text.strip():
        raise InputError("the instruction is empty", "Say what should change, such as: a small yellow bird with black wings.")
    if len(text) > LIMIT:
        raise InputError(f"the instruction has {len(text)} characters", f"Say it in at most {LIMIT}: only what should change.")


def known(catalog: Catalog) -> list[str]:
    """What can be named here: models, parts, keys."""
    labels = [one.label for model in catalog.models for one in model.properties if one.kind == "amount"]
    return list(dict.fromkeys([*(model.name for model in catalog.models), *catalog.parts(), *catalog.sides(), *labels]))


def _claims_of(reading: _Reading, index: int, items: Sequence[Any]) -> None:
    noun = reading.nouns[index]
    bound = [(b.modifier, b.certainty * _astray(b, items)) for b in reading.bindings if b.noun == index]
    said = [*((one, one.certainty) for one in noun.said), *bound]
    if noun.kind == "nothing":
        words = ", ".join(one.text for one, _ in said)
        reading.light += [f"{words} {noun.text}".strip()] if noun.text in lights() else []
        reading.notes += [f"{words} was said of something that is not here: {noun.text}"] if said and noun.text not in lights() else []
        return
    if noun.kind == "model" and not noun.compared:
        _choose(reading, noun)
    if noun.excluded:
        if noun.kind == "part":
            reading.claims += [Claim(part, "keep", 0, f"not {noun.text}") for part in noun.value]
        return
    targets = _targets(reading, index, items)
    said = _one_color(reading, index, said, items)
    told = any(one.noun in listed(reading.nouns, index, items) for one in reading.bindings)
    silent = noun.keep or noun.absent or (noun.excepted and not told)
    if noun.kind == "part" and not silent and not any(not one.old for one, _ in said):
        said = [*said, *_shared(reading, index, items)]
    for modifier, certainty in said:
        if not modifier.old:
            reading.claims += [_claim(target, modifier, certainty * noun.certainty) for target in targets]
    if noun.exchanged:
        _exchange(reading, index)
    elif noun.kind == "part":
        _standing(reading, noun, any(reading.catalog.fits(noun, one) != "misfit" for one, _ in said))
    if noun.kind in ("part", "pronoun", "model", "whole"):
        _same_as(reading, index, items)


def _astray(binding: Binding, items: Sequence[Any]) -> float:
    """What is said of nothing that was named, right after something that is not here, is doubtful: "to make a long story short"."""
    place = next(place for place, item in enumerate(items) if item is binding.modifier)
    before = next((item for item in reversed(items[:place]) if isinstance(item, Noun)), None)
    return ASTRAY if binding.noun == SUBJECT and before is not None and before.kind == "nothing" else 1.0


def _one_color(reading: _Reading, index: int, said: list[tuple[Modifier, float]], items: Sequence[Any]) -> list[tuple[Modifier, float]]:
    """ "black and white wings": a part holds one colour, the first that was said."""
    colors = [one for one, _ in said if one.kind == "color" and not (one.negated or one.old)]
    if index == SUBJECT or len(colors) < 2:
        return said
    noun = reading.nouns[index]
    left = [one for one in colors[1:] if one.value != colors[0].value]
    if left and noun.kind in ("model", "whole") and _paired(colors, items):
        second = left.pop(0)
        ordered = any(len(model.whole) > 1 for model in reading.catalog.models)  # its maker says which part is the second
        reading.claims.append(Claim(SECOND, "color", second.value, second.text, certainty=noun.certainty * (0.75 if ordered else 0.6)))
        said = [(one, certainty) for one, certainty in said if one is not second]
    reading.notes += [f"{noun.text} can have one colour here: {one.text} was left out" for one in left]
    return [(one, certainty) for one, certainty in said if not any(one is other for other in left)]


def _paired(colors: Sequence[Modifier], items: Sequence[Any]) -> bool:
    """Whether the first two stand side by side: "black and white"."""
    places = [place for place, item in enumerate(items) if any(item is one for one in colors[:2])]
    amid = items[places[0] + 1 : places[-1]]
    return len(places) == 2 and all(getattr(item, "kind", "") in ("and", "comma", "with", "te") for item in amid)


def _choose(reading: _Reading, noun: Noun) -> None:
    words = f"not {noun.text}" if noun.excluded else noun.text
    reading.claims += [
        Claim(model, "model", 1, words, negated=noun.excluded or noun.absent, certainty=noun.certainty) for model in noun.value
    ]


def _standing(reading: _Reading, noun: Noun, described: bool) -> None:
    """What a part says by being named: kept, there, or not there."""
    if noun.keep or (noun.excepted and not described):
        reading.claims += [Claim(part, "keep", 0, noun.text, certainty=noun.certainty) for part in noun.value]
    elif not described and (noun.absent or noun.present or all(map(reading.catalog.only_there, noun.value))):
        value = -1 if noun.absent else 1
        words = f"{'no' if noun.absent else 'with'} {noun.text}"
        parts = [part for part in noun.value if noun.absent or reading.catalog.can_be_there(part)]
        reading.claims += [Claim(part, "presence", value, words, certainty=noun.certainty) for part in parts]


def _targets(reading: _Reading, index: int, items: Sequence[Any]) -> list[str]:
    noun = reading.nouns[index]
    if noun.kind == "part":
        return list(noun.value)
    if noun.kind == "pronoun":
        meant = antecedent(reading.nouns, index)
        alike = listed(reading.nouns, meant, items) if noun.text in SEVERAL else [meant]
        return [part for one in alike for part in _targets(reading, one, items)] if meant != SUBJECT else [""]
    return [{"all": "*", "rest": "…"}.get(noun.kind, "*" if noun.value == "all" else "")]


def _shared(reading: _Reading, index: int, items: Sequence[Any]) -> list[tuple[Modifier, float]]:
    """ "wings and tail are black", "black wings and tail": a part without words of its own takes those of its neighbour, rather of one
    that an "and" joins to it."""
    found = sorted(filter(None, (_neighbour(reading, index, items, step) for step in (1, -1))), key=lambda one: not one[0])
    return found[0][1] if found else []


def _neighbour(
    reading: _Reading, index: int, items: Sequence[Any], step: int
) -> tuple[bool, list[tuple[Modifier, float]]] | None:  # fmt: skip
    """(whether "and" joins, what is said of it) of the next part in one direction that anything is said of."""
    places = [place for place, item in enumerate(items) if isinstance(item, Noun)]
    joined, other = True, index + step
    while 0 < other < len(reading.nouns) and reading.nouns[other].kind == "part":
        first, last = sorted((places[index - 1], places[other - 1]))
        kinds = [getattr(item, "kind", "") for item in items[first + 1 : last] if not isinstance(item, Noun)]
        joined = joined and "and" in kinds
        if not {"and", "comma"} & set(kinds) or not set(kinds) <= {"and", "comma", "det"}:
            return None
        found = [(one.modifier, one.certainty * 0.9) for one in reading.bindings if one.noun == other and not one.modifier.old]
        if step == -1 and "det" in kinds and not all(one.verb for one, _ in found):
            return None  # "fold the wings and the tail", but not "red wings and the tail"
        if found:
            return joined, found
        other += step
    return None


def _exchange(reading: _Reading, index: int) -> None:
    """ "swap the colours of the wings and the tail": each of two gets what the other has."""
    noun = reading.nouns[index]
    others = [other for place, other in enumerate(reading.nouns) if other.exchanged and place != index]
    if len(others) != 1:
        reading.notes.append(f"{noun.text}: two parts can exchange their colors, not {len(others) + 1}")
        return
    for one in reading.catalog.shown.of(others[0].value[0], "color")[:1]:
        code = color.to_hex(color.from_linear(one.value))
        reading.claims += [Claim(part, "color", code, f"as {others[0].text}") for part in noun.value]


def _same_as(reading: _Reading, index: int, items: Sequence[Any]) -> None:
    """ "the legs and the tail should match the beak": the colour that is said of the other part, or that it has."""
    if index + 1 >= len(reading.nouns) or "same" not in between(items, index) or reading.nouns[index + 1].kind != "part":
        return
    other, first = reading.nouns[index + 1], index
    while first > 1 and reading.nouns[first - 1].kind == "part" and joined(items, first - 1):
        first -= 1
    alike = [place for place, noun in enumerate(reading.nouns) if noun.value == other.value]
    said = [b.modifier.value for b in reading.bindings if b.noun in alike and b.modifier.kind == "color"]
    present = [color.to_hex(color.from_linear(one.value)) for one in reading.catalog.shown.of(other.value[0], "color")]
    for code in (said or present)[:1]:
        targets = [target for place in range(first, index + 1) for target in _targets(reading, place, items)]
        reading.claims += [Claim(part, "color", code, f"as {other.text}", certainty=0.9) for part in targets]


def _claim(target: str, modifier: Modifier, certainty: float) -> Claim:
    if modifier.kind == "axis":
        axis, sign = modifier.value
        if modifier.too:
            sign = -sign
        relative = modifier.relative or modifier.too or modifier.verb
        return Claim(
            target, axis, sign, modifier.text, modifier.factor, modifier.times, relative, modifier.negated, certainty, modifier.exact
        )
    value = modifier.value
    if modifier.partial and target in ("", "*", "…"):
        certainty *= PARTIAL
    if modifier.kind == "tone" and modifier.too:
        value = {name: -steps for name, steps in value.items()}
    return Claim(target, modifier.kind, value, modifier.text, modifier.factor, 0.0, modifier.relative, modifier.negated, certainty)


def _contradicted(claims: Sequence[Claim]) -> list[Claim]:
    """Two colours of the thing itself, in two places: what is said of it without "all over" is not certain."""
    said = {one.value for one in claims if _colors_all(one)}
    doubted = [one for one in claims if len(said) > 1 and _colors_all(one) and one.target == ""]
    return [replace(one, certainty=one.certainty * CONTRADICTED) if one in doubted else one for one in claims]


def _colors_all(claim: Claim) -> bool:
    return claim.property == "color" and claim.target in ("", "*") and claim.sure and not claim.negated


def _tidy(claims: Sequence[Claim], notes: list[str]) -> list[Claim]:
    """One claim for each property: what is said later counts, unless it is less than certain; two directions of one thing add up."""
    found: dict[tuple[str, str, bool], Claim] = {}
    for one in claims:
        if one.property == "keep" and one.sure:  # "the body purple. No, not the body"
            for told, claim in found.items():
                if claim.target == one.target:
                    found[told] = replace(claim, certainty=claim.certainty * TAKEN_BACK)
        key = (one.target, "color" if one.property == "color" else one.property, one.negated)
        before = found.get(key)
        if before and before.sure and not one.sure:
            found[(f"{one.target} {one.words}", *key[1:])] = one
            continue
        if before and one.property == "color" and before.value != one.value and before.target == one.target:
            notes.append(f"{one.target or 'the whole'} can have one colour: {before.words} gave way to {one.words}")
        if before and before.value == one.value and one.property not in ("model", "color", "keep"):
            one = replace(one, factor=max(before.factor, one.factor), relative=before.relative or one.relative)
        found[key] = one
    return list(found.values())
