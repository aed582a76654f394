"""Claims -> takes: native values for each candidate model, ranked. What no claim mentions stays as it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import color
from .catalog import Catalog, Model, Property, read_key, words_of
from .lexicon import table
from .parse import SECOND, Claim

GENERAL = ("", "*", "…", SECOND)
"""Targets of a claim that are no part."""

USUAL, FROM_NOW = 0.75, 0.4
"""Share of a key's range that "long" and "longer" go."""

SMALLER, LARGER, STEP = 0.65, 1.5, 1.25
"""Scale of "small" and "big", and the step of "smaller" and "bigger"."""

SCALES = (0.2, 4.0)

NAMED, FITS, SHOWN, TRAIT = 4.0, 1.0, 0.25, 0.6
"""What counts when candidates are ranked: being named, each claim that can be met, being the one that is shown, a tag that says so."""


@dataclass(frozen=True)
class Change:
    """One property's new value, in the host's own unit; `why` are the words that asked for it."""

    property: Property
    value: Any
    why: str
    certainty: float

    def setting(self) -> dict[str, Any]:
        """The host's own setting with the new value, the present one as `before`, and the words as `why`."""
        present = self.property.setting.get("value", self.property.value)
        value = self.value
        if self.property.kind == "size" and isinstance(present, list):
            value = [part * self.value / self.property.value for part in present]
        return {**self.property.setting, "value": value, "before": present, "why": self.why}


@dataclass(frozen=True)
class Take:
    """One candidate with its values. `missed`: what it has no property for, or no room."""

    model: Model
    changes: tuple[Change, ...]
    missed: tuple[str, ...]
    score: float

    def settings(self, catalog: Catalog) -> list[dict[str, Any]]:
        """The host's own settings with their new values: what is shown first, then the properties."""
        now = catalog.shown
        hidden = [{**one, "before": not one["value"], "why": "another was chosen"} for one in now.hide]
        shown = [{**one, "before": not one["value"], "why": self.model.name} for one in self.model.show]
        found = [*hidden, *shown] if self.model.id != now.id else []
        return found + [change.setting() for change in self.changes]


def propose(claims: Sequence[Claim], catalog: Catalog, strength: float = 1.0, locks: frozenset[str] = frozenset()) -> list[Take]:
    """One take a candidate that the claims allow, the best first. `locks`: ids of properties, or names of parts, that stay.

    `strength` scales how far every value goes from where it is now: 0 changes nothing, 1 is what was said.
    """
    chosen = {one.target for one in claims if one.property == "model" and not one.negated}
    refused = {one.target for one in claims if one.property == "model" and one.negated}
    if not chosen and any(one.relative or one.property in ("tone", "tint") for one in claims):
        chosen = {catalog.shown.id}
    allowed = [model for model in catalog.models if model.id not in refused and (not chosen or model.id in chosen)]
    takes = [_take(model, claims, catalog, strength, locks) for model in allowed or catalog.models]
    return sorted(takes, key=lambda take: -take.score)


def _take(model: Model, claims: Sequence[Claim], catalog: Catalog, strength: float, locks: frozenset[str]) -> Take:
    told = {one.target for one in claims if one.property not in ("keep", "model", "presence")}
    held = locks | ({one.target for one in claims if one.property == "keep"} - told)
    claimed = {one.target for one in claims if one.property in ("color", "tone", "tint") and one.target not in GENERAL}
    changes: dict[str, Change] = {}
    missed, score = [], NAMED * any(one.property == "model" and one.target == model.id for one in claims) + SHOWN * model.shown
    for one in sorted(claims, key=lambda claim: _order(claim, model)):
        if one.property in ("model", "keep"):
            continue
        met, found = _changes(model, one, claimed)
        if met:
            score += FITS * one.certainty
        else:
            missed.append(one.words)
        if one.relative and found and all(same(change.value, change.property.value) for change in found):
            missed.append(f"{one.words} ({found[0].property.label} is at its end)")
        if _has_trait(model, one, catalog):
            score += TRAIT
        for change in found:
            earlier = changes.get(change.property.id)
            if change.property.id not in held and not any(map(change.property.is_of, held)):
                changes[change.property.id] = _on(earlier, one) if earlier and one.property != "color" else change
    wanted = (_towards(change, strength) for change in changes.values())
    kept = tuple(change for change in wanted if not same(change.value, change.property.value))
    return Take(model, kept, tuple(missed), score)


def _order(claim: Claim, model: Model) -> tuple[int, int]:
    """Colours of the whole, then of parts, then of one side of them, then what shifts them."""
    general = {"*": 0, "": 1, "…": 2, SECOND: 3}
    return (0 if claim.property == "color" else 1, general.get(claim.target, 4 if claim.target in model.parts else 5))


def _changes(model: Model, claim: Claim, claimed: set[str]) -> tuple[bool, list[Change]]:
    """(whether the model can meet the claim, what it takes)."""
    values: list[tuple[Property, Any]]
    if claim.property in ("color", "tone", "tint"):
        properties = [one for part in _parts(model, claim, claimed) for one in model.of(part, "color")]
        values = [(one, _color(one, claim)) for one in properties]
    elif claim.property in ("gloss", "metal"):
        properties = [one for part in _parts(model, claim, set()) for one in model.of(part, claim.property)]
        values = [(one, _surface(one, claim)) for one in properties]
    else:
        properties = _numbers(model, claim)
        values = [(one, _number(one, claim)) for one in properties]
        if not properties and claim.property == "presence":
            return claim.target in model.parts and claim.value > 0, []
    made = [Change(one, value, claim.words, claim.certainty) for one, value in values if value is not None]
    return bool(properties), made


def _parts(model: Model, claim: Claim, claimed: set[str]) -> list[str]:
    if claim.target == "":
        return [part for part in model.whole if part not in claimed]
    if claim.target == SECOND:
        return [part for part in model.everything if part not in claimed][1:2]
    if claim.target in ("*", "…"):
        return [part for part in model.everything if part not in claimed]
    return [claim.target]


def _color(one: Property, claim: Claim) -> list[float] | None:
    """Linear RGB; None where nothing needs to change."""
    present = color.from_linear(one.value)
    if claim.property == "color":
        wanted = color.from_hex(claim.value)
        if claim.negated:
            return None
    elif claim.negated:
        return None
    elif claim.property == "tint":
        wanted = color.mixed(present, color.from_hex(claim.value), min(0.4 * claim.factor, 0.9))
    else:
        wanted = color.shifted(present, {name: steps * claim.factor for name, steps in claim.value.items()})
    return [round(part, 6) for part in color.to_linear(wanted)]


def _surface(one: Property, claim: Claim) -> float | None:
    if claim.negated:
        return None
    if one.kind == "metal":
        return 1.0 if claim.value > 0 else 0.0
    return max(0.5 - 0.35 * claim.factor, 0.02) if claim.value > 0 else min(0.5 + 0.4 * claim.factor, 1.0)


def _numbers(model: Model, claim: Claim) -> list[Property]:
    """The numbers of the part that the claim's axis turns, or the nearest axis that the part has."""
    targets = [claim.target] if claim.target not in GENERAL else []
    axes = [claim.property, *table()["axis"].get(claim.property, {}).get("fallback", ())]
    if claim.property == "size" and targets and not any(one.is_of(targets[0]) and one.axis == "size" for one in model.properties):
        return [one for one in model.properties if one.is_of(targets[0]) and one.axis in axes]  # bigger is wider and taller
    for axis in axes:
        turning = [one for one in model.properties if one.kind in ("amount", "size") and one.axis == axis]
        for part in targets or ["", *model.whole[:1]]:
            found = [one for one in turning if one.is_of(part)]
            if found:
                return found
        if not targets and axis == claim.property and len(turning) == 1:
            return turning
    return []


def _number(one: Property, claim: Claim) -> float | None:
    sign = claim.value * one.sign
    if claim.exact is not None:
        return min(max(claim.exact, one.low), one.high) if one.kind == "amount" else claim.exact * one.neutral
    if one.kind == "size":
        return _size(one, claim, sign)
    if claim.times and one.neutral > 0:  # a measure, not a slider about zero
        factor = claim.times if claim.value * one.sign > 0 or claim.times < 1 else 1 / claim.times
        return float(min(max(one.value * factor, one.low), one.high))
    if claim.times:
        sign = one.sign if claim.times * claim.value > 1 else -one.sign
        step = min(abs(math.log2(claim.times)) * 0.7, 1.0)
        limit = one.high if sign > 0 else one.low
        return float(one.value + step * (limit - one.value))
    limit = one.high if sign > 0 else one.low
    if claim.negated:
        beyond = (one.value - one.neutral) * sign > 1e-6
        return one.neutral if beyond else None
    if not claim.relative:
        wanted = one.neutral + min(USUAL * claim.factor, 1.0) * (limit - one.neutral)
        return float(one.value) if (one.value - wanted) * sign > 0 else wanted  # what is long enough already is not made shorter
    room = max(abs(limit - one.neutral), abs(one.high - one.low) / 2)
    return float(min(max(one.value + sign * FROM_NOW * claim.factor * room, one.low), one.high))


def _size(one: Property, claim: Claim, sign: int) -> float | None:
    if claim.times:
        wanted = one.value * (claim.times if claim.value > 0 or claim.times < 1 else 1 / claim.times)
    elif claim.negated:
        return None
    elif claim.relative:
        wanted = one.value * STEP ** (sign * claim.factor)
    else:
        wanted = one.neutral * (LARGER if sign > 0 else SMALLER) ** claim.factor
        wanted = one.value if (one.value - wanted) * sign > 0 else wanted
    return float(min(max(wanted, SCALES[0] * one.neutral), SCALES[1] * one.neutral))


def _on(earlier: Change, claim: Claim) -> Change:
    """A second claim on a property that has changed already: it goes on from there."""
    read = {"color": _color, "gloss": _surface, "metal": _surface}.get(earlier.property.kind, _number)
    value = read(replace(earlier.property, value=earlier.value), claim)
    why, certainty = f"{earlier.why}, {claim.words}", min(earlier.certainty, claim.certainty)
    return earlier if value is None else Change(earlier.property, value, why, certainty)


def _towards(change: Change, strength: float) -> Change:
    if strength == 1:
        return change
    return Change(change.property, blend(change.property, change.value, strength), change.why, change.certainty)


def blend(one: Property, value: Any, strength: float) -> Any:
    """From what stands there to `value`: colours through OKLab, numbers in a line."""
    if isinstance(value, list):
        return [*color.to_linear(color.mixed(color.from_linear(one.value), color.from_linear(value), strength))]
    return one.value + strength * (value - one.value)


def same(first: Any, second: Any) -> bool:
    if isinstance(first, list):
        return all(abs(a - b) < 1e-6 for a, b in zip(first, second, strict=False))
    return bool(abs(first - second) < 1e-6)


def _has_trait(model: Model, claim: Claim, catalog: Catalog) -> bool:
    """Whether a tag of the model says the same ("long legs")."""
    if claim.target in GENERAL or claim.negated:
        return False
    return any(_tag_says(tag, claim, catalog) for tag in model.tags)


def _tag_says(tag: str, claim: Claim, catalog: Catalog) -> bool:
    axis, sign, rest = read_key(words_of(tag))
    meaning = catalog.vocabulary.get(" ".join(rest))
    return (
        axis == claim.property and sign == claim.value and meaning is not None and meaning.kind == "part" and claim.target in meaning.value
    )
