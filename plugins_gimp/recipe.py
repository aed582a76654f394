"""From values to GIMP's native settings and back.

A recipe is a list, in execution order, of one mapping a filter:
``{"operation": "gegl:exposure", "name": "Exposure", "opacity": 1.0, "steps": [{"exposure": 0.4, "black-level": 0.0}]}``.
Each mapping in `steps` is set as a whole and followed by one update of the filter. Filters with slots (levels, curves: a channel;
colour balance, hue-saturation: a range) get one step a slot, with every property of the slot, because GIMP keeps what the slot
before it left behind. What follows the picture's size stands beside the steps as shares of its longer side, radii in pixels,
``"relative": {"radius": 0.025}``, with the most that it may come to where that is less than GIMP takes, ``"most": {"red": 0.15}``;
`resolved` turns shares into native settings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared_engine.errors import ParameterError
from shared_engine.types import Parameter, Tool, Value, Values

OPACITY = "opacity"
TOLERANCE = 1e-5
"""Native settings come back from GIMP's files as 32-bit floats."""

ROUNDING = 1e-6
"""Share of a range under which a value counts as the default: the way through the unit cube and back costs that much."""

LONGEST = 1500.0
"""Radii in pixels that GEGL takes at most."""


@dataclass(frozen=True, eq=False)
class Filter:
    """One native filter: the tool that the search sees, and how its values become native properties.

    `constants`: properties that every step carries unchanged. `modifiers`: parameters without an effect of their own.
    `slot`, `slots`: the property that names a slot and its native numbers; parameters are then called ``slot-property``.
    `curve`: the x of control points; the slot's parameters are their heights. `spread`: one parameter for several properties.
    `relative`: properties that a recipe gives as shares of the picture's longer side, and the share that a value of 1 is. `most`: what
    such a property comes to at most, in GIMP's own terms, where that is less than GIMP takes.
    `replica`: whether the engine can render it itself. `alike`: where it cannot, whether it can show something that looks the same.
    """

    tool: Tool
    operation: str
    constants: Mapping[str, Any] = field(default_factory=dict)
    modifiers: frozenset[str] = frozenset()
    slot: str = ""
    slots: Mapping[str, int] = field(default_factory=dict)
    curve: tuple[float, ...] = ()
    spread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    relative: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    replica: bool = True
    alike: bool = False

    @property
    def shown(self) -> bool:
        """Whether the engine can show what it does."""
        return self.replica or self.alike

    @cached_property
    def keys(self) -> dict[str, str]:
        """Key by parameter id."""
        return {one.id: self.tool.key(one) for one in self.tool.parameters}

    @cached_property
    def defaults(self) -> dict[str, float]:
        return {one.id: float(one.default) for one in self.tool.parameters}

    @cached_property
    def active(self) -> tuple[Parameter, ...]:
        """The parameters that change the picture by themselves."""
        return tuple(one for one in self.tool.parameters if one.id not in self.modifiers)

    def steps(self, values: Mapping[str, Value]) -> list[dict[str, Any]]:
        """Native steps for the complete `values` of this filter by parameter id."""
        if not self.slots:
            step = dict(self.constants)
            for one in self.tool.parameters:
                if one.id != OPACITY:
                    step.update(dict.fromkeys(self.spread.get(one.id, (one.id,)), values[one.id]))
            return [step]
        shared = {one.id: values[one.id] for one in self.tool.parameters if not self._slot_of(one)}
        return [self._slot_step(name, number, values) | shared for name, number in self.slots.items() if self._moved(name, values)]

    def _slot_of(self, parameter: Parameter) -> str:
        name = parameter.id.partition("-")[0]
        return name if name in self.slots else ""

    def _slot_parameters(self, name: str) -> list[Parameter]:
        return [one for one in self.tool.parameters if self._slot_of(one) == name]

    def _moved(self, name: str, values: Mapping[str, Value]) -> bool:
        return not all(at_default(one, values[one.id]) for one in self._slot_parameters(name))

    def _slot_step(self, name: str, number: int, values: Mapping[str, Value]) -> dict[str, Any]:
        step = {self.slot: number, **self.constants}
        parameters = self._slot_parameters(name)
        if self.curve:
            return step | {"curve": [[x, values[one.id]] for x, one in zip(self.curve, parameters, strict=True)]}
        return step | {one.id.partition("-")[2]: values[one.id] for one in parameters}

    def values(self, steps: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `steps`: values by parameter id, those named by the steps."""
        found: dict[str, Value] = {}
        for step in steps:
            found.update(self._read(step))
        return found

    def _read(self, step: Mapping[str, Any]) -> dict[str, Value]:
        settings = dict(step)
        for name, constant in self.constants.items():
            self._expect(name, settings.pop(name, constant), constant)
        prefix = ""
        if self.slots:
            number = settings.pop(self.slot, None)
            prefix = next((f"{name}-" for name, known in self.slots.items() if known == number), "")
            if not prefix:
                raise ParameterError(f"{self.tool.label}: {self.slot} {number!r} is unknown", f"Use one of {dict(self.slots)}.")
        if self.curve:
            points = settings.pop("curve", [])
            if len(points) != len(self.curve):
                raise ParameterError(
                    f"{self.tool.label}: a curve of {len(points)} points cannot be read", f"Use {len(self.curve)} points at {self.curve}."
                )
            for x, (at, height) in zip(self.curve, points, strict=True):
                self._expect("the x of a curve point", at, x)
                settings[str(round(x * 100))] = height
        for one, properties in self.spread.items():
            settings[one] = settings.pop(properties[0], 0.0)
            for other in properties[1:]:
                self._expect(other, settings.pop(other, settings[one]), settings[one])
        known = {one.id for one in self.tool.parameters}
        named = {name if name in known and name in self.modifiers else prefix + name: value for name, value in settings.items()}
        for name in named.keys() - known:
            raise ParameterError(f"{self.tool.label} has no setting {name!r} here", "Remove it, or set it by hand in GIMP afterwards.")
        return named

    def _expect(self, name: str, found: Any, constant: Any) -> None:
        same = abs(found - constant) <= TOLERANCE * max(1.0, abs(constant)) if _numeric(found) and _numeric(constant) else found == constant
        if not same:
            raise ParameterError(
                f"{self.tool.label}: {name} is {found!r}, but only {constant!r} can be read",
                f"Set {name} to {constant!r} in GIMP, or leave this filter out.",
            )


def at_default(parameter: Parameter, value: Value) -> bool:
    """Whether the value is the default but for rounding."""
    return abs(float(value) - float(parameter.default)) <= ROUNDING * (parameter.high - parameter.low)


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def write(filters: Sequence[Filter], values: Values) -> list[dict[str, Any]]:
    """`values` by key -> a recipe; filters that change nothing are left out. Raises ParameterError for an unknown key."""
    recipe = []
    left = dict(values)
    for one in filters:
        settings = {parameter.id: left.pop(one.tool.key(parameter), parameter.default) for parameter in one.tool.parameters}
        if all(at_default(parameter, settings[parameter.id]) for parameter in one.active):
            continue
        opacity = settings.get(OPACITY, 1.0)
        entry: dict[str, Any] = {"operation": one.operation, "name": one.tool.label, "opacity": opacity, "steps": one.steps(settings)}
        if one.relative:
            entry["relative"] = {name: step.pop(name) * share for step in entry["steps"] for name, share in one.relative.items()}
        if one.most:
            entry["most"] = dict(one.most)
        recipe.append(entry)
    for key in left:
        raise ParameterError(f"there is no setting called {key}", f"Use one of these filters: {', '.join(one.tool.id for one in filters)}.")
    return recipe


def read(filters: Sequence[Filter], recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """A recipe -> values by key. Raises ParameterError for what the filters cannot express."""
    by_operation = {one.operation: one for one in filters}
    values: dict[str, Value] = {}
    for entry in recipe:
        one = by_operation.pop(entry["operation"], None)
        if one is None:
            raise ParameterError(
                f"{entry['operation']} is not a known filter, or stands there twice", "Merge it into the layer or remove it first."
            )
        opacity = entry.get(OPACITY, 1.0)
        adjustable = any(parameter.id == OPACITY for parameter in one.tool.parameters)
        if adjustable:
            values[f"{one.tool.id}.{OPACITY}"] = opacity
        elif abs(opacity - 1.0) > TOLERANCE:
            raise ParameterError(f"{one.tool.label} at {opacity:.0%} opacity cannot be read", "Set its opacity to 100 % in GIMP.")
        lengths = {name: share / one.relative.get(name, 1.0) for name, share in entry.get("relative", {}).items()}
        steps = [step | lengths for step in entry["steps"]]
        values.update({f"{one.tool.id}.{name}": value for name, value in one.values(steps).items()})
    return values


def resolved(recipe: Sequence[Mapping[str, Any]], width: int, height: int) -> list[dict[str, Any]]:
    """The recipe for a picture of this size: shares of its longer side become native settings."""
    found = []
    for entry in recipe:
        most = entry.get("most", {})
        lengths = {name: min(share * max(width, height), most.get(name, LONGEST)) for name, share in entry.get("relative", {}).items()}
        rest = {name: value for name, value in entry.items() if name not in ("relative", "most")}
        found.append(rest | {"steps": [step | lengths for step in entry["steps"]]})
    return found
