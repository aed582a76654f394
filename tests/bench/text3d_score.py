"""Whether a take is what an instruction asked for: the rules by which text3d.py counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab

from shared_engine.words import color
from shared_engine.words.catalog import Catalog, Model, Property

SAME = 20.0
"""CIEDE2000 to the colour that a person had in mind; another basic colour is 30 and more away."""

MOVED = 0.05
"""Share of a key's range, or of a size, that counts as moved."""

REQUIRED = ("Body", "Head")
"""What "a yellow bird" must colour; the rest of the plumage may follow."""


@dataclass
class Count:
    """Right and asked for, by kind; `changed`: properties that changed without having been mentioned."""

    right: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def add(self, kind: str, right: bool) -> None:
        self.asked[kind] = self.asked.get(kind, 0) + 1
        self.right[kind] = self.right.get(kind, 0) + bool(right)

    @property
    def whole(self) -> bool:
        return self.right == self.asked and not self.changed


def state(catalog: Catalog, now: Mapping[str, Any] | None) -> Catalog:
    """The catalog as it stands before the instruction."""
    if not now:
        return catalog
    models = tuple(
        replace(one, shown=one.id == now["model"], properties=tuple(_at(prop, now.get("shapes", {})) for prop in one.properties))
        for one in catalog.models
    )
    return replace(catalog, models=models)


def _at(one: Property, shapes: Mapping[str, float]) -> Property:
    return replace(one, value=shapes[one.label]) if one.kind == "amount" and one.label in shapes else one


def distance(first: Any, second: Any) -> float:
    """CIEDE2000 between two sRGB colours."""
    return float(deltaE_ciede2000(rgb2lab(np.array(first, float)), rgb2lab(np.array(second, float))))


def count(case: Mapping[str, Any], catalog: Catalog, model: str, values: Mapping[str, Any]) -> Count:
    """`values`: new value by property id of the chosen `model`; what is absent stands as it did."""
    found, chosen = Count(), catalog.model(model)
    if case.get("models"):
        found.add("model", model in case["models"])
    told = _told(case, chosen)
    for part, wanted in told.items():
        for one in chosen.of(part, "color"):
            found.add("color", distance(color.from_linear(values.get(one.id, one.value)), color.from_hex(wanted)) < SAME)
    _swaps(found, told, chosen, values)
    for name, steps in case.get("shift", {}).items():
        for one in chosen.of(name, "color"):
            found.add("shift", _shifted(one, values.get(one.id, one.value), steps))
    for label, sign in case.get("shapes", {}).items():
        for one in (one for one in chosen.properties if one.label == label):
            found.add("shape", _turned(one, values.get(one.id, one.value), sign))
    if "size" in case:
        for one in (one for one in chosen.properties if one.kind == "size"):
            found.add("size", (values.get(one.id, one.value) / one.value - 1) * case["size"] > MOVED)
    found.changed = [identity for identity in values if not _mentioned(identity, case, chosen, values)]
    return found


def _told(case: Mapping[str, Any], chosen: Model) -> dict[str, str]:
    """The colour that each part must have."""
    told = dict(case.get("colors", {}))
    base = told.pop("whole", None)
    return {**(dict.fromkeys(REQUIRED, base) if base else {}), **told}


def _swaps(found: Count, told: Mapping[str, str], chosen: Model, values: Mapping[str, Any]) -> None:
    """For each two parts that were told different colours: neither has the other's."""
    parts = [part for part in told if chosen.of(part, "color")]
    for number, first in enumerate(parts):
        for second in parts[number + 1 :]:
            if distance(color.from_hex(told[first]), color.from_hex(told[second])) < SAME:
                continue
            have = [color.from_linear(values.get(one.id, one.value)) for one in (*chosen.of(first, "color"), *chosen.of(second, "color"))]
            right = sum(distance(a, color.from_hex(told[part])) for a, part in zip(have, (first, second), strict=True))
            wrong = sum(distance(a, color.from_hex(told[part])) for a, part in zip(have, (second, first), strict=True))
            found.add("swap", right < wrong)


def _shifted(one: Property, value: Any, steps: Mapping[str, int]) -> bool:
    before, after = (rgb2lab(np.array(color.from_linear(colour))) for colour in (one.value, value))
    moved = {"lightness": after[0] - before[0], "chroma": float(np.hypot(*after[1:]) - np.hypot(*before[1:]))}
    return all(moved[name] * sign > 1.0 for name, sign in steps.items())


def _turned(one: Property, value: float, sign: int) -> bool:
    """Up or down from where it stands; a key that stands at that end already may stay; 0: not up."""
    span = one.high - one.low
    if sign == 0:
        return value <= one.value + 1e-6
    moved = (value - one.value) * sign
    end = one.high if sign > 0 else one.low
    return moved > MOVED * span or abs(value - end) < 1e-6


def _mentioned(identity: str, case: Mapping[str, Any], chosen: Model, values: Mapping[str, Any]) -> bool:
    one = next(prop for prop in chosen.properties if prop.id == identity)
    may = set(case.get("may", ()))
    if one.kind == "size":
        return "size" in case or "Size" in may
    if one.kind == "amount":
        return one.label in case.get("shapes", {}) or one.label in may
    colors = case.get("colors", {})
    if one.part in (*colors, *case.get("shift", {})) or one.part in may:
        return True
    if one.part not in chosen.whole or one.part in case.get("kept", ()):
        return False
    return "whole" in may or ("whole" in colors and distance(color.from_linear(values[identity]), color.from_hex(colors["whole"])) < SAME)
