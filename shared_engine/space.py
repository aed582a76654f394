"""Parameters <-> the unit cube. What is locked or not wanted is taken out before the optimiser and put back after it.

Taking a dimension out, instead of giving it an empty range, is not cosmetic: CMA-ES with low == high needed 24 times more
evaluations than without the dimension (research of this project, protocol measurements).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from shared_engine.errors import ParameterError
from shared_engine.optimizers.optimizer import Points
from shared_engine.renderer import Array, Batch
from shared_engine.types import Parameter, Tool, Value, Values


def parameters_by_key(tools: Iterable[Tool]) -> dict[str, Parameter]:
    return {tool.key(parameter): parameter for tool in tools for parameter in tool.parameters}


def check_value(key: str, parameter: Parameter, value: Value) -> Value:
    """`value` if the parameter can take it; ParameterError otherwise."""
    if parameter.choices:
        if value not in parameter.choices:
            raise ParameterError(f"{key} cannot be {value!r}", f"Choose one of {', '.join(parameter.choices)}.")
        return value
    try:
        number = float(value)
    except ValueError:
        raise ParameterError(f"{key} needs a number, not {value!r}", f"Give a value in {parameter.low:g}..{parameter.high:g}.") from None
    if not parameter.low <= number <= parameter.high:
        raise ParameterError(
            f"{key} = {number:g} is out of range", f"Give a value in {parameter.low:g}..{parameter.high:g}{parameter.unit}."
        )
    return number


def resolve_locks(tools: Sequence[Tool], locks: Mapping[str, Value | None], start: Values) -> dict[str, Value]:
    """Locks by key. A lock may name a key, or a tool (all its parameters; with a value only where the tool has one parameter).

    A lock without a value (None) holds the parameter where `start` has it, else at its default. What the start has may lie beyond the
    tasteful range: it is the user's.
    """
    known = parameters_by_key(tools)
    held: dict[str, Value] = {}
    for name, value in locks.items():
        keys = [name] if name in known else [key for key in known if key.split(".")[0] == name]
        if not keys:
            raise ParameterError(f"there is no tool or parameter {name!r} to lock", f"Choose among {', '.join(sorted(known))}.")
        if len(keys) > 1 and value is not None:
            raise ParameterError(f"{name} has several parameters", f"Lock one of {', '.join(keys)}, or {name} without a value.")
        for key in keys:
            there = start.get(key, known[key].default)
            held[key] = there if value in (None, there) else check_value(key, known[key], value)
    return held


def choose_tools(tools: Sequence[Tool], only: Collection[str]) -> list[Tool]:
    """The tools whose id or aspect is named in `only`; an empty `only`, or an aspect that others have too, leaves optional ones out.

    Raises:
        ParameterError: a name that no tool has.
    """
    names = {tool.id for tool in tools} | {aspect for tool in tools for aspect in tool.aspects}
    unknown = sorted(set(only) - names)
    if unknown:
        raise ParameterError(f"there is no tool {', '.join(map(repr, unknown))} here", f"Choose among {', '.join(sorted(names))}.")
    usual = {aspect for tool in tools if not tool.optional for aspect in tool.aspects}
    wanted = set(only)
    return [
        tool
        for tool in tools
        if tool.id in wanted or (tool.aspects & (wanted - usual) if tool.optional else not wanted or tool.aspects & wanted)
    ]


def outside(tools: Sequence[Tool], only: Collection[str]) -> dict[str, Value]:
    """Parameters, at their defaults, that no name in `only` means: not their tool, and none of their own aspects."""
    wanted = set(only)
    return {
        tool.key(parameter): parameter.default
        for tool in tools
        for parameter in tool.parameters
        if wanted and tool.id not in wanted and not (parameter.aspects or tool.aspects) & wanted
    }


class Space:
    """The free parameters of `tools`, in order, as the axes of the unit cube. `held` are native values that stay."""

    def __init__(self, tools: Sequence[Tool], held: Values | None = None) -> None:
        self.tools = tuple(tools)
        self.held: dict[str, Value] = dict(held or {})
        self.parameters = {key: parameter for key, parameter in parameters_by_key(tools).items() if key not in self.held}
        self.keys = tuple(self.parameters)
        self._plain = {scale: self._scaled(scale) for scale in ("linear", "log")}
        self.axes = {tool.id: [i for i, key in enumerate(self.keys) if key.split(".")[0] == tool.id] for tool in self.tools}
        self.neutral: Points = self.encode({})

    def _scaled(self, scale: str) -> tuple[list[int], Points, Points]:
        """The axes of one scale without steps or choices, with where they start and how far they reach (logarithms of it for "log")."""
        found = [(axis, one) for axis, one in enumerate(self.parameters.values()) if _smooth(one) and one.scale == scale]
        ends = np.array([(one.low, one.high) for _, one in found], np.float64).reshape(-1, 2)
        low, high = (np.log(ends) if scale == "log" else ends).T
        return [axis for axis, _ in found], low, high - low

    @property
    def dimension(self) -> int:
        return len(self.keys)

    def restricted(self, tool_ids: Collection[str]) -> "Space":
        """The same space with fewer tools; one that is held away from its default stays, with nothing free in it."""
        known = parameters_by_key(self.tools)
        at_work = {key.split(".")[0] for key, value in self.held.items() if key in known and value != known[key].default}
        chosen = [tool for tool in self.tools if tool.id in tool_ids or tool.id in at_work]
        idle = {
            tool.key(one): one.default
            for tool in chosen
            if tool.id not in tool_ids
            for one in tool.parameters
            if tool.key(one) not in self.held
        }
        return Space(chosen, {**self.held, **idle})

    def narrowed(self, aspect: str) -> "Space":
        """The same space with only what belongs to `aspect` free; the rest stands at its default."""
        tools = [tool for tool in self.tools if aspect in tool.aspects]
        return Space(tools, {**outside(tools, [aspect]), **self.held})

    def encode(self, values: Values) -> Points:
        """Native values -> a point (dimension,); absent keys at their default, values outside the range at its border."""
        return np.array([to_unit(parameter, values.get(key, parameter.default)) for key, parameter in self.parameters.items()], np.float64)

    def decode(self, points: Array) -> Batch:
        """Points (K, dimension), numpy or torch -> native values by key, (K,) each; gradients pass where the renderer wants them.

        What is held at its default is left out, as everywhere.
        """
        batch: dict[str, Array] = dict.fromkeys(self.keys)
        for scale, (axes, start, span) in self._plain.items():
            offset, width = (start, span) if isinstance(points, np.ndarray) else (points.new_tensor(start), points.new_tensor(span))
            walked = offset + points[:, axes] * width
            values = walked if scale == "linear" else np.exp(walked) if isinstance(walked, np.ndarray) else walked.exp()
            batch.update({self.keys[axis]: values[:, column] for column, axis in enumerate(axes)})
        for axis, (key, parameter) in enumerate(self.parameters.items()):
            if not _smooth(parameter):
                batch[key] = from_unit(parameter, points[:, axis])
        known = parameters_by_key(self.tools)
        for key, value in self.held.items():
            if key not in known or value == known[key].default:
                continue
            plain = isinstance(points, np.ndarray) or isinstance(value, str)
            batch[key] = np.full(len(points), value) if plain else points.new_full((len(points),), float(value))
        return batch

    def values(self, point: Points) -> dict[str, Value]:
        """One point -> native values, what is held away from its default included."""
        batch = self.decode(np.asarray(point, np.float64)[None])
        found = {key: column[0].item() if hasattr(column[0], "item") else column[0] for key, column in batch.items()}
        # There and back through the unit cube loses a bit: a setting that never moved stands at its default exactly.
        return found | {key: self.parameters[key].default for i, key in enumerate(self.keys) if point[i] == self.neutral[i]}

    def mix(self, start: Values, end: Values, amount: float) -> dict[str, Value]:
        """Walks from `start` (absent: default) to `end` in each parameter's own scale; beyond 1 it exaggerates, within the range."""
        mixed: dict[str, Value] = {}
        for key, parameter in parameters_by_key(self.tools).items():
            a, b = start.get(key, parameter.default), end.get(key, parameter.default)
            if a == b or parameter.choices:
                mixed[key] = b if amount >= 0.5 else a
            else:
                u, v = to_unit(parameter, a), to_unit(parameter, b)
                mixed[key] = b if amount == 1 else float(from_unit(parameter, np.array([np.clip(u + amount * (v - u), 0, 1)]))[0])
        return mixed


def _smooth(parameter: Parameter) -> bool:
    return not (parameter.choices or parameter.step)


def tidy(parameter: Parameter, value: Value) -> Value:
    """A value with as many digits as its range deserves (a two-hundredth of it or finer; three digits where the range is logarithmic):
    what a host shows and a person would type."""
    if parameter.choices:
        return value
    span = abs(float(value)) if parameter.scale == "log" else parameter.high - parameter.low
    resolution = 10.0 ** np.floor(np.log10(span / 200 if parameter.scale == "linear" else span / 100))
    rounded = round(round(float(value) / resolution) * resolution, 12)
    return float(min(max(rounded, parameter.low), parameter.high))


def to_unit(parameter: Parameter, value: Value) -> float:
    if parameter.choices:
        return (parameter.choices.index(str(value)) + 0.5) / len(parameter.choices)
    number = min(max(float(value), parameter.low), parameter.high)
    if parameter.scale == "log":
        return float(np.log(number / parameter.low) / np.log(parameter.high / parameter.low))
    return (number - parameter.low) / (parameter.high - parameter.low)


def from_unit(parameter: Parameter, units: Array) -> Array:
    if parameter.choices:
        index = np.minimum((np.asarray(units) * len(parameter.choices)).astype(int), len(parameter.choices) - 1)
        return np.array(parameter.choices, dtype=object)[index]
    values: Any
    if parameter.scale == "log":
        values = parameter.low * (parameter.high / parameter.low) ** units
    else:
        values = parameter.low + units * (parameter.high - parameter.low)
    if parameter.step:
        rounded = (values / parameter.step).round() * parameter.step
        values = rounded if isinstance(values, np.ndarray) else values + (rounded - values).detach()  # straight-through gradient
    return values
