"""What the user of the audio host is working on, as plain data: every change is a function State -> State, so that undo is a list.

A chain is a row of slots. A slot holds one effect's complete values as its knobs show them; `amount` (and the session's `strength`,
except where the slot is locked) walk the one parameter that says how much of the effect there is, from where it is not heard: half of
a bell of -6 dB at 3 kHz is a bell of -3 dB at 3 kHz, and every DAW can hold that.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from plugins_daw.effects import Effect, complete
from plugins_daw.vst3 import HostedEffect
from shared_engine.errors import ParameterError
from shared_engine.space import from_unit, to_unit
from shared_engine.types import Parameter, Value

MOST = 1.5
"""Amount and strength go up to 150 %."""

ASPECTS = ("tone", "dynamics", "space", "loudness")


@dataclass(frozen=True)
class Slot:
    """One effect in the chain. `values` by parameter id; `lock` keeps it out of the search and out of the strength."""

    tool: str
    values: Mapping[str, Value]
    bypass: bool = False
    lock: bool = False
    amount: float = 1.0


@dataclass(frozen=True)
class Shown:
    """A reference: a file, how much it counts, and the same recording before it was processed, where the user has it."""

    path: str
    weight: float = 1.0
    original: str | None = None


@dataclass(frozen=True)
class Take:
    """A state of the chain that the user keeps under a name."""

    name: str
    chain: tuple[Slot, ...]
    strength: float = 1.0


@dataclass(frozen=True)
class Reason:
    """What one effect contributes to the likeness: a share of it (0..1) and a sentence."""

    tool: str
    share: float
    sentence: str


@dataclass(frozen=True)
class Choice:
    """One answer of a search that can be auditioned: the best, or one of its alternatives."""

    name: str
    reason: str
    score: float
    chain: tuple[Slot, ...]


@dataclass(frozen=True)
class Answer:
    """What the last imitation said. `choices[0]` is the best; scores in dB of log-mel distance, `baseline` that of doing nothing."""

    proposer: str
    baseline: float
    choices: tuple[Choice, ...]
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    evaluations: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Wishes:
    """How the next imitation is to search."""

    aspects: frozenset[str] = frozenset(ASPECTS)
    likeness: float = 1.0
    effects: int = 10
    seed: int = 0
    within: bool = False
    """Only effects that are in the chain may be used."""


@dataclass(frozen=True)
class State:
    """Everything that a session file keeps. `trim`: gain in dB before the chain that brings the track to the working level."""

    track: str | None = None
    trim: float = 0.0
    references: tuple[Shown, ...] = ()
    chain: tuple[Slot, ...] = ()
    strength: float = 1.0
    takes: tuple[Take, ...] = ()
    answer: Answer | None = None
    chosen: int = 0
    wishes: Wishes = field(default_factory=Wishes)


Catalogue = Mapping[str, Effect]
"""The effects that there are, by tool id."""


def effect_of(catalogue: Catalogue, tool: str) -> Effect:
    if tool not in catalogue:
        raise ParameterError(f"there is no effect {tool!r}", f"Choose among {', '.join(catalogue)}.")
    return catalogue[tool]


def parameter_of(effect: Effect, identity: str) -> Parameter:
    for parameter in effect.tool.parameters:
        if parameter.id == identity:
            return parameter
    raise ParameterError(f"{effect.tool.label} has no setting {identity!r}", f"It has {', '.join(p.id for p in effect.tool.parameters)}.")


def fitted(effect: Effect, parameter: Parameter, value: Any) -> Value:
    """`value` as the setting can take it: numbers are brought into the range, as a knob would. ParameterError for what is no value."""
    if parameter.choices:
        if value not in parameter.choices:
            raise ParameterError(f"{parameter.label} cannot be {value!r}", f"Choose one of {', '.join(parameter.choices)}.")
        return str(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        remedy = f"Type a value in {parameter.low:g} to {parameter.high:g} {parameter.unit}".rstrip() + "."
        raise ParameterError(f"{effect.tool.label}: {parameter.label} needs a number, not {value!r}", remedy)
    return min(max(number, parameter.low), parameter.high)


def heard(effect: Effect, slot: Slot, strength: float = 1.0) -> dict[str, Any]:
    """The slot's values with amount and strength applied: those that are rendered and exported."""
    values = complete(effect.tool, {f"{effect.tool.id}.{key}": value for key, value in slot.values.items()})
    amount = slot.amount * (1.0 if slot.lock else strength)
    # A plug-in that is flat at its defaults has no setting that says how much of it there is: all of them walk.
    flat = isinstance(effect, HostedEffect) and effect.flat
    for parameter in effect.tool.parameters if flat else (parameter_of(effect, effect.amount),):
        if amount != 1.0 and not parameter.choices:
            rest, there = to_unit(parameter, parameter.default), to_unit(parameter, values[parameter.id])
            walked = np.clip(rest + amount * (there - rest), 0.0, 1.0)
            values[parameter.id] = float(from_unit(parameter, np.array([walked]))[0])
    return values


def sounding(state: State, catalogue: Catalogue) -> list[tuple[Effect, dict[str, Any]]]:
    """The effects that are heard, in order, with their values."""
    found = []
    for slot in state.chain:
        effect = effect_of(catalogue, slot.tool)
        values = heard(effect, slot, state.strength)
        if not slot.bypass and not effect.rests(values):
            found.append((effect, values))
    return found


def set_value(state: State, catalogue: Catalogue, tool: str, parameter: str, value: Any) -> State:
    effect = effect_of(catalogue, tool)
    known = parameter_of(effect, parameter)
    return _with_slot(state, tool, lambda slot: replace(slot, values={**slot.values, parameter: fitted(effect, known, value)}))


def set_bypass(state: State, tool: str, bypass: bool) -> State:
    return _with_slot(state, tool, lambda slot: replace(slot, bypass=bool(bypass)))


def set_lock(state: State, tool: str, lock: bool) -> State:
    return _with_slot(state, tool, lambda slot: replace(slot, lock=bool(lock)))


def set_amount(state: State, tool: str, amount: Any) -> State:
    return _with_slot(state, tool, lambda slot: replace(slot, amount=share(amount)))


def set_strength(state: State, strength: Any) -> State:
    return replace(state, strength=share(strength))


def share(value: Any, most: float = MOST) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{value!r} is not a percentage", f"Type a number from 0 to {100 * most:g}.")
    return min(max(number, 0.0), most)


def reset(state: State, catalogue: Catalogue, tool: str) -> State:
    """The effect back at its defaults."""
    return _with_slot(state, tool, lambda slot: replace(slot, values=complete(effect_of(catalogue, tool).tool, {}), amount=1.0))


def move(state: State, tool: str, place: int) -> State:
    """The slot of `tool` to the `place`-th position of the chain."""
    chain = [slot for slot in state.chain if slot.tool != tool]
    if len(chain) == len(state.chain):
        raise ParameterError(f"{tool!r} is not in the chain", "Add it first.")
    chain.insert(min(max(int(place), 0), len(chain)), _slot(state, tool))
    return replace(state, chain=tuple(chain))


def add(state: State, catalogue: Catalogue, tool: str) -> State:
    """An effect before the first that usually comes after it: at its defaults, or where it is heard, if they hide what it does."""
    effect = effect_of(catalogue, tool)
    if any(slot.tool == tool for slot in state.chain):
        raise ParameterError(f"{effect.tool.label} is in the chain already", "Change the one that is there.")
    order = list(catalogue)
    later = [index for index, slot in enumerate(state.chain) if order.index(slot.tool) > order.index(tool)]
    place = later[0] if later else len(state.chain)
    slot = Slot(tool, {**complete(effect.tool, {}), **({} if isinstance(effect, HostedEffect) else effect.begin)})
    return replace(state, chain=(*state.chain[:place], slot, *state.chain[place:]))


def remove(state: State, tool: str) -> State:
    _slot(state, tool)
    return replace(state, chain=tuple(slot for slot in state.chain if slot.tool != tool))


def keep_take(state: State, name: str) -> State:
    """Keeps the chain under `name`; a take of that name is replaced in its place."""
    name = name.strip()
    if not name:
        raise ParameterError("a take needs a name", "Type one.")
    take = Take(name, state.chain, state.strength)
    if any(one.name == name for one in state.takes):
        return replace(state, takes=tuple(take if one.name == name else one for one in state.takes))
    return replace(state, takes=(*state.takes, take))


def recall_take(state: State, name: str) -> State:
    for take in state.takes:
        if take.name == name:
            return replace(state, chain=take.chain, strength=take.strength)
    raise ParameterError(f"there is no take {name!r}", "Choose one of the list.")


def drop_take(state: State, name: str) -> State:
    return replace(state, takes=tuple(take for take in state.takes if take.name != name))


def add_reference(state: State, path: str) -> State:
    if any(one.path == path for one in state.references):
        return state
    return replace(state, references=(*state.references, Shown(path)))


def change_reference(state: State, path: str, **changes: Any) -> State:
    """`weight` (0..4) or `original` of the reference at `path`."""
    if "weight" in changes:
        changes["weight"] = share(changes["weight"], 4.0)
    return replace(state, references=tuple(replace(one, **changes) if one.path == path else one for one in state.references))


def remove_reference(state: State, path: str) -> State:
    return replace(state, references=tuple(one for one in state.references if one.path != path))


def wish(state: State, **changes: Any) -> State:
    """`aspects` (a list of names), `likeness` (0..2), `effects` (1..), `seed` or `within` of the next imitation."""
    if "aspects" in changes:
        changes["aspects"] = frozenset(changes["aspects"]) & frozenset(ASPECTS)
    if "likeness" in changes:
        changes["likeness"] = share(changes["likeness"], 2.0)
    if "within" in changes:
        changes["within"] = bool(changes["within"])
    for name, most in (("effects", 14), ("seed", 2**32 - 1)):
        if name in changes:
            changes[name] = int(min(max(int(changes[name]), 0 if name == "seed" else 1), most))
    return replace(state, wishes=replace(state.wishes, **changes))


def locks(state: State, catalogue: Catalogue) -> dict[str, Value]:
    """What the search may not touch, by key: the locked slots as they are heard; a locked one that is bypassed stays silent."""
    held: dict[str, Value] = {}
    for slot in (one for one in state.chain if one.lock):
        effect = effect_of(catalogue, slot.tool)
        values = complete(effect.tool, {}) if slot.bypass else heard(effect, slot)
        held.update({f"{slot.tool}.{key}": value for key, value in values.items()})
    return held


def sketch(state: State, chain: Sequence[Slot]) -> State:
    """What a search has found so far becomes the chain; an earlier answer has nothing to say about it."""
    return replace(state, answer=None, chain=_with_locked(state, chain), chosen=0, strength=1.0)


def adopt(state: State, answer: Answer) -> State:
    """The best of a new answer becomes the chain."""
    return choose(replace(state, answer=answer), 0)


def choose(state: State, index: int) -> State:
    """One of the answer's choices becomes the chain. Locked slots stay as they are, in their order relative to the others."""
    if state.answer is None or not 0 <= index < len(state.answer.choices):
        raise ParameterError("there is no such answer", "Imitate first.")
    return replace(state, chain=_with_locked(state, state.answer.choices[index].chain), chosen=index, strength=1.0)


def standing(state: State) -> int | None:
    """Which of the answer's choices the chain is at the moment; None where it was changed by hand."""
    choices = state.answer.choices if state.answer else ()
    return next((index for index, one in enumerate(choices) if one.chain == state.chain), None)


def slots(recipe: Sequence[Mapping[str, Any]]) -> tuple[Slot, ...]:
    """The chain of an engine's recipe: the effects that are heard."""
    return tuple(Slot(entry["tool"], dict(entry["values"])) for entry in recipe if entry["plugins"])


def _with_locked(state: State, found: Sequence[Slot]) -> tuple[Slot, ...]:
    locked = {slot.tool: slot for slot in state.chain if slot.lock}
    chain = tuple(locked.pop(slot.tool, slot) for slot in found)
    return (*locked.values(), *chain)


def _slot(state: State, tool: str) -> Slot:
    for slot in state.chain:
        if slot.tool == tool:
            return slot
    raise ParameterError(f"{tool!r} is not in the chain", "Add it first.")


def _with_slot(state: State, tool: str, change: Any) -> State:
    _slot(state, tool)
    return replace(state, chain=tuple(change(slot) if slot.tool == tool else slot for slot in state.chain))
