"""What a scene offers to words: candidate models, their parts and properties, and what each of them is called.

A host describes its scene as plain data (`Catalog.read`); names, asset tags and the user's glossary become the vocabulary. Nothing here
knows any one model.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..errors import InputError
from .items import Modifier, Noun
from .lexicon import Meaning, lemmas, meanings, split, table

Kind = Literal["color", "amount", "size", "gloss", "metal"]

NOISE = frozenset(
    ("mat", "material", "mtl", "m", "slot", "key", "shape", "basis", "input", "geo", "mesh", "obj", "object", "l", "r", "left", "right",
     "the", "a", "of")
)  # fmt: skip
"""Words in the names of data-blocks that say nothing of the thing."""

SIDES = {"l": "Left", "left": "Left", "r": "Right", "right": "Right"}

SURFACE = ("color", "gloss", "metal")

DIMENSIONS = {"size": "size", "length": "length", "height": "height", "width": "width", "thickness": "girth", "radius": "width",
              "diameter": "width", "depth": "length", "number": "number", "count": "number", "amount": "number"}  # fmt: skip
"""Nouns that name an axis."""


@dataclass(frozen=True)
class Property:
    """One native property. `setting` is the host's own description of it and is handed back untouched, but for its value.

    A colour's `value` is linear RGB. A number's range is `low`..`high`; at `neutral` the model is as its maker left it. `part` is the
    part it belongs to ("" for the whole model), `side` "Left" or "Right" where its name says so; `axis` and `sign` say what "up" does: a
    key "Long beak" is (beak, length, +1).
    """

    id: str
    kind: Kind
    label: str
    part: str
    setting: Mapping[str, Any]
    value: Any
    low: float = 0.0
    high: float = 1.0
    neutral: float = 0.0
    axis: str = ""
    sign: int = 1
    area: float = 0.0
    side: str = ""

    def is_of(self, part: str) -> bool:
        """Whether it belongs to a part, such as the Wing, or to one side of it, such as the Left wing."""
        return part in (self.part, sided(self.side, self.part) if self.side else self.part)


@dataclass(frozen=True)
class Model:
    """One candidate. `whole`: the parts that "a red X" colours, `everything`: those of "all red".

    `show`, `hide`: settings that bring it into the picture, or take it out.
    """

    id: str
    name: str
    tags: tuple[str, ...]
    shown: bool
    properties: tuple[Property, ...]
    whole: tuple[str, ...]
    everything: tuple[str, ...]
    show: tuple[Mapping[str, Any], ...] = ()
    hide: tuple[Mapping[str, Any], ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.part for one in self.properties if one.part))

    def of(self, part: str, kind: str) -> list[Property]:
        return [one for one in self.properties if one.is_of(part) and one.kind == kind]


@dataclass(frozen=True)
class Catalog:
    """All candidates of a scene, and the words for them."""

    models: tuple[Model, ...]
    glossary: str = ""
    vocabulary: dict[str, Meaning] = field(default_factory=dict)

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> "Catalog":
        """From a host's description: {"models": [...], "glossary": text}. InputError where there is nothing to name."""
        models = tuple(_model(one) for one in described["models"])
        if not any(model.properties for model in models):
            raise InputError(
                "this scene has no parts that words could mean",
                "Give its materials or shape keys names of their own, such as Wing or Long beak; linked data must be made local first.",
            )
        made = cls(models, described.get("glossary", ""))
        made.vocabulary.update(_vocabulary(made))
        return made

    @property
    def shown(self) -> Model:
        return next((model for model in self.models if model.shown), self.models[0])

    def model(self, identity: str) -> Model:
        return next(model for model in self.models if model.id == identity)

    def can_be_there(self, part: str) -> bool:
        """Whether some model has a key that brings the part about, such as a crest."""
        return any(one.is_of(part) and one.axis == "presence" for model in self.models for one in model.properties)

    def parts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for model in self.models for part in model.parts))

    def sides(self) -> tuple[str, ...]:
        """The left and the right of each part that some model has both of."""
        have = {(one.part, one.side) for model in self.models for one in model.properties if one.side}
        both = (part for part in self.parts() if {(part, "Left"), (part, "Right")} <= have)
        return tuple(sided(side, part) for part in both for side in ("Left", "Right"))

    def only_there(self, part: str) -> bool:
        """Whether nothing can be said of the part but that it is there: a key such as Smile."""
        return self.turning[part] == {"presence"}

    @cached_property
    def turning(self) -> Mapping[str, frozenset[str]]:
        """What can be said of each part, of "" the whole: "color", and axes."""
        found: dict[str, set[str]] = {}
        for model in self.models:
            for one in model.properties:
                for part in {one.part, sided(one.side, one.part)}:
                    found.setdefault(part, set()).add(one.axis or one.kind)
                if one.part in model.whole:
                    found.setdefault("", set()).add(one.axis or one.kind)
        return {part: frozenset(axes) for part, axes in found.items()}

    def fits(self, noun: Noun, modifier: Modifier) -> str:
        """How badly `modifier` fits `noun`, for gaps.py: "" well; "other axis": by a neighbouring one, as a big beak is a long one."""
        axis = modifier.value[0] if modifier.kind == "axis" else "color"
        parts = noun.value if noun.kind == "part" else ("",) if noun.kind in ("model", "whole") else ()
        have = {one for part in parts for one in self.turning.get(part, ())}
        if not parts or axis in have:
            return ""
        return "other axis" if have & set(table()["axis"].get(axis, {}).get("fallback", ())) else "misfit"


def sided(side: str, part: str) -> str:
    """("Left", "Wing") -> "Left wing"."""
    return f"{side} {part.lower()}" if side else part


def side_of(name: str) -> str:
    """ "mat_Wing_L.001" -> "Left"."""
    return next((SIDES[word] for word in _spaced(name) if word in SIDES), "")


def words_of(name: str) -> list[str]:
    """ "mat_WingFeathers_L.001" -> ["wing", "feathers"]: the words of a data-block's name."""
    return [word for word in _spaced(name) if word and word not in NOISE and not word.isdigit()]


def _spaced(name: str) -> list[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", re.sub(r"\.\d{3}$", "", name))
    return [word.lower() for word in re.split(r"[\s_.\-:/|]+", spaced)]


def base_form(word: str) -> str:
    """A noun in the singular, as far as its letters tell."""
    return next((stem for stem, feature in lemmas(word) if feature == "s"), word) if not word.endswith("ss") else word


def part_name(name: str) -> str:
    """ "mat_Wing_L" and "Wing.002" are both the Wing."""
    return " ".join(words_of(name)).capitalize() or name


def _model(described: Mapping[str, Any]) -> Model:
    slots = [one for one in described["properties"] if one["kind"] in SURFACE]
    parts = {part_name(one["name"]).lower(): part_name(one["name"]) for one in slots}
    properties = tuple(_property(described["id"], one, parts) for one in described["properties"])
    colors = [one for one in properties if one.kind == "color"]
    have = {one.part for one in colors}
    named = tuple(dict.fromkeys(part for part in map(part_name, described.get("whole", ())) if part in have))
    by_area = tuple(dict.fromkeys(one.part for one in sorted(colors, key=lambda one: -one.area)))
    return Model(
        id=described["id"],
        name=described["name"],
        tags=tuple(described.get("tags", ())),
        shown=bool(described.get("shown", True)),
        properties=properties,
        whole=named or by_area[:1],
        everything=named or by_area,
        show=tuple(described.get("show", ())),
        hide=tuple(described.get("hide", ())),
    )


def _property(model: str, one: Mapping[str, Any], parts: Mapping[str, str]) -> Property:
    """`id` is unique by what the host calls the place of the value."""
    number = {name: float(one[name]) for name in ("low", "high", "neutral") if name in one}
    common = {"setting": one["setting"], "value": one["value"], "area": float(one.get("area", 0.0)), "side": side_of(one["name"]), **number}
    place = one["setting"]
    identity, name, kind = "/".join((model, place["collection"], place["name"], place["path"])), one["name"], one["kind"]
    if kind == "size":
        return Property(identity, kind, name, "", axis="size", **common)
    if kind != "amount":
        return Property(identity, kind, part_name(name), part_name(name), **common)
    axis, sign, rest = read_key(words_of(name))
    return Property(identity, kind, name, _part(rest, parts) if rest or axis else name, axis=axis or "presence", sign=sign, **common)


def read_key(words: Sequence[str]) -> tuple[str, int, list[str]]:
    """["long", "beak"] -> ("length", 1, ["beak"]): what the name of a key says."""
    for index, word in enumerate(words):
        meaning = _adjective(word)
        if meaning:
            axis, sign = meaning.value
            return axis, sign, [*words[:index], *words[index + 1 :]]
    return "", 1, list(words)


def _adjective(word: str) -> Meaning | None:
    for form in (word, *(stem for stem, feature in lemmas(word) if feature in ("er", "ed", "ing"))):
        meaning = meanings().get(form)
        if meaning and meaning.kind == "axis":
            return meaning
    return Meaning("axis", (DIMENSIONS[word], 1)) if word in DIMENSIONS else None


def _part(words: Sequence[str], parts: Mapping[str, str]) -> str:
    """The part that the words of a key's name mean: a slot that is called so or in another word for it; else a part of its own."""
    phrase = " ".join(words)
    candidates = {phrase, base_form(phrase), *(synonym for word in words for synonym in synonyms(word))}
    for called, name in parts.items():
        if called in candidates or base_form(called) in candidates:
            return name
    return phrase.capitalize()


def synonyms(word: str) -> set[str]:
    """All words of the groups that `word` is in."""
    wanted = {word, base_form(word)}
    return {one for group in map(split, table()["parts"]["groups"]) if wanted & set(group) for one in group}


# --- the vocabulary ------------------------------------------------------------------------------------------------------------


DESCRIBING = frozenset(phrase for phrase, meaning in meanings().items() if meaning.kind in ("axis", "tone", "color"))
"""Words that describe in the first place: another word for a part yields to them."""


def _vocabulary(catalog: Catalog) -> dict[str, Meaning]:
    """Phrase -> meaning: the user's glossary first, then names of parts, names and tags of models, then other words for parts."""
    found: dict[str, Meaning] = {}
    entries = (*glossary_entries(catalog), *_part_names(catalog), *_model_names(catalog), *_other_words(catalog))
    for phrase, meaning in entries:
        found.setdefault(phrase, meaning)
    for phrase, meaning in [*found.items()]:
        for name in catalog.sides():
            if meaning.kind == "part" and meaning.value == (part_name(name),):
                found.update((one, Meaning("part", (name,))) for one in _on_side(name, phrase))
    return found


def _on_side(name: str, phrase: str) -> tuple[str, ...]:
    """What one side of a part is called: "left wing", "左の翼"."""
    if phrase.isascii():
        side = name.partition(" ")[0].lower()
        return f"{side} {phrase}", f"{side} hand {phrase}"
    side = "左" if name.startswith("Left") else "右"
    return f"{side}{phrase}", f"{side}の{phrase}"


def _part_names(catalog: Catalog) -> Iterator[tuple[str, Meaning]]:
    called: dict[str, list[str]] = {}
    for part in catalog.parts():
        words = words_of(part) or [part.lower()]
        phrases = [" ".join(words), base_form(" ".join(words))]
        if catalog.only_there(part):
            phrases.append(f"{phrases[-1].removesuffix('e')}ing")  # "smiling", where Smile is a key
        for phrase in dict.fromkeys(phrases):
            called.setdefault(phrase, []).append(part)
    yield from ((phrase, Meaning("part", tuple(parts))) for phrase, parts in called.items())


def _model_names(catalog: Catalog) -> Iterator[tuple[str, Meaning]]:
    called: dict[str, list[str]] = {}
    for model in catalog.models:
        tags = [" ".join(words_of(tag)) or tag.lower() for tag in model.tags]
        name = words_of(model.name)
        for phrase in dict.fromkeys((" ".join(name), *tags, *name)):
            if phrase and not _says_something(phrase, catalog):
                called.setdefault(phrase, []).append(model.id)
    everyone = len(catalog.models)
    for phrase, models in called.items():
        generic = len(models) == everyone
        yield phrase, Meaning("whole", "thing") if generic else Meaning("model", tuple(models))


def _says_something(phrase: str, catalog: Catalog) -> bool:
    """Whether a tag describes ("long legs", "white") instead of naming."""
    words = phrase.split()
    return len(words) > 1 and _adjective(words[0]) is not None or phrase in meanings() and meanings()[phrase].kind in ("axis", "tone")


def _other_words(catalog: Catalog) -> Iterator[tuple[str, Meaning]]:
    """Synonyms of parts. A word that could mean several parts means all that its nearest group names."""
    own = {phrase for part in catalog.parts() for phrase in (" ".join(words_of(part)), base_form(" ".join(words_of(part))))}
    for part in catalog.parts():
        words = words_of(part) or [part.lower()]
        for synonym in sorted(synonyms(" ".join(words)) | synonyms(words[-1])):
            if synonym not in own and synonym not in DESCRIBING:
                yield synonym, Meaning("part", (part,))


def glossary_entries(catalog: Catalog) -> Iterator[tuple[str, Meaning]]:
    """The user's own words, a line each: ``word, word = Part``, ``word = Model name``, ``word = #ffcc00`` or ``word = long beak``.

    A line that names nothing in the scene is passed over; `glossary_faults` says which.
    """
    for words, target in _lines(catalog.glossary):
        meaning = _target(target, catalog)
        if meaning:
            yield from ((word, meaning) for word in words)


def glossary_faults(catalog: Catalog) -> list[str]:
    return [target for _, target in _lines(catalog.glossary) if _target(target, catalog) is None]


def _lines(text: str) -> Iterable[tuple[list[str], str]]:
    for line in text.splitlines():
        words, equals, target = line.partition("=")
        if equals and target.strip() and not line.lstrip().startswith(("#", "//")):
            yield [word.lower() for word in split(words.replace("、", ","))], target.strip()


def _target(text: str, catalog: Catalog) -> Meaning | None:
    lowered = text.lower()
    parts = tuple(part for part in catalog.parts() if part.lower() in [one.strip() for one in lowered.split("+")])
    models = tuple(model.id for model in catalog.models if model.name.lower() == lowered)
    if re.fullmatch(r"#[0-9a-f]{6}", lowered):
        return Meaning("color", lowered)
    if parts:
        return Meaning("part", parts)
    if models:
        return Meaning("model", models) if len(models) < len(catalog.models) else Meaning("whole", "thing")
    if lowered in ("whole", "everything"):
        return Meaning("whole", "all")
    for model in catalog.models:
        for one in model.properties:
            if one.kind == "amount" and one.label.lower() == lowered.removesuffix(" up").removesuffix(" down"):
                sign = -one.sign if lowered.endswith(" down") else one.sign
                return Meaning("trait", (one.part, one.axis, sign))
    return meanings().get(lowered)
