"""More like this one: takes around a take. Only what the instruction mentions moves, and each step looks closer than the one before."""

import random
from dataclasses import replace
from typing import Any

from . import color
from .propose import SCALES, Change, Take, same

FIRST, CLOSER = 0.5, 0.6
"""Spread of the first step, as a share of a range, and what each further step leaves of it."""

SHADE = 0.10
"""How far a colour may go at full spread, in OKLab: another shade of it, not another colour."""


def variations(take: Take, count: int, step: int = 0, seed: int = 0) -> list[Take]:
    """`count` takes around `take`, none of them alike. `step`: how many times the user has chosen before."""
    chance = random.Random(f"{seed} {step} {take.model.id}")
    spread = FIRST * CLOSER**step
    found: list[Take] = []
    for _ in range(8 * count):
        changes = _moved(take, spread, chance)
        if len(found) < count and not any(_alike(changes, other.changes, spread) for other in (take, *found)):
            found.append(replace(take, changes=changes))
    return found


def _moved(take: Take, spread: float, chance: random.Random) -> tuple[Change, ...]:
    """Parts that were given one colour by the same words stay of one colour."""
    shared: dict[str, Any] = {}
    found = []
    for change in take.changes:
        key = f"{change.value} {change.why}" if change.property.kind == "color" else change.property.id
        shared.setdefault(key, _near(change, spread, chance))
        found.append(replace(change, value=shared[key]))
    return tuple(found)


def _near(change: Change, spread: float, chance: random.Random) -> Any:
    one, value = change.property, change.value
    if isinstance(value, list):
        lab = color.to_oklab(color.from_linear(value))
        tinted = min(1.0, 0.15 + 8 * (lab[1] ** 2 + lab[2] ** 2) ** 0.5)  # black, white and grey stay what they are
        moved = [part + chance.uniform(-1, 1) * spread * SHADE * scale for part, scale in zip(lab, (1.5, tinted, tinted), strict=True)]
        return [*color.to_linear(color.from_oklab((min(max(moved[0], 0.0), 1.0), moved[1], moved[2])))]
    if one.kind == "size":
        return min(max(value * 2 ** chance.uniform(-spread, spread), SCALES[0] * one.neutral), SCALES[1] * one.neutral)
    room = spread * (one.high - one.low)
    moved = value + chance.uniform(-room, room)
    # It may become more or less of what was said, never the opposite.
    low, high = (one.value, one.high) if value > one.value else (one.low, one.value)
    return min(max(moved, low), high)


def _alike(first: tuple[Change, ...], second: tuple[Change, ...], spread: float) -> bool:
    return all(_close(a, b, spread) for a, b in zip(first, second, strict=True))


def _close(first: Change, second: Change, spread: float) -> bool:
    if isinstance(first.value, list):
        return color.apart(color.from_linear(first.value), color.from_linear(second.value)) < 0.25 * spread * SHADE
    if first.property.kind == "size":
        return bool(abs(first.value / second.value - 1) < 0.1 * spread)
    room = first.property.high - first.property.low
    return same(first.value, second.value) or bool(abs(first.value - second.value) < 0.1 * spread * room)
