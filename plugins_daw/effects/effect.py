"""What an effect is to a search: a tool with its ranges, and how its values become plug-ins of pedalboard."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugins_daw.chain import container, plugin
from shared_engine.types import Parameter, Tool, Value

Numbers = Mapping[str, Any]
"""One effect's complete values by parameter id."""


@dataclass(frozen=True)
class Effect:
    """`plugins` gives the plug-ins of complete values; `amount` names the parameter that is 0 (or at its default) when it does nothing.

    `begin`: values by parameter id with which the effect is heard, for one that at rest hides what its other settings would do.
    """

    tool: Tool
    plugins: Callable[[Numbers], list[dict[str, Any]]]
    amount: str
    audible: float
    begin: Mapping[str, Value] = field(default_factory=dict, kw_only=True)

    def rests(self, values: Numbers) -> bool:
        """True where the effect would not be heard: its amount is within `audible` of the neutral value."""
        neutral = next(p.default for p in self.tool.parameters if p.id == self.amount)
        return abs(float(values[self.amount]) - float(neutral)) < self.audible


def complete(tool: Tool, values: Mapping[str, Value]) -> dict[str, Any]:
    """This tool's values by parameter id, absent ones at their default, all of them clamped to the range."""
    found: dict[str, Any] = {}
    for parameter in tool.parameters:
        value = values.get(tool.key(parameter), parameter.default)
        found[parameter.id] = value if parameter.choices else min(max(float(value), parameter.low), parameter.high)
    return found


def decibels(gain: float) -> float:
    return 20 * math.log10(max(gain, 1e-6))


def blended(wet: Sequence[Mapping[str, Any]], mix: float) -> list[dict[str, Any]]:
    """`mix` of the processed sound beside the rest of the untouched one."""
    if mix >= 0.999:
        return [dict(one) for one in wet]
    return [
        container("Mix", [container("Chain", [*wet, plugin("Gain", gain_db=decibels(mix))]), plugin("Gain", gain_db=decibels(1 - mix))])
    ]


def frequency(low: float, high: float, default: float, scan: int = 0) -> Parameter:
    return Parameter("frequency", "frequency", low, high, default, "Hz", "log", scan=scan)


def mix(default: float, high: float = 1.0, about: str = "share of the processed sound") -> Parameter:
    return Parameter("mix", "mix", 0.0, high, default, help=about)
