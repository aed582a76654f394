"""What each tool of an answer contributes: how much of the likeness it earns, and a sentence in plain words."""

from collections.abc import Callable, Sequence

import numpy as np

from shared_engine.objective import Objective
from shared_engine.renderer import Measured, Stage
from shared_engine.space import to_unit
from shared_engine.transcribe import Fit, removal_costs, without
from shared_engine.types import Effect, Media, Parameter, Tool, Value

MANY = 3
"""More settings of one tool than this are told without their defaults."""

MOVED = 0.01
"""A parameter that moved less than this share of its range is not worth a word."""


def effects(objective: Objective, fit: Fit, stage: Stage, words: Callable[[Media, Media], list[str]]) -> list[Effect]:
    """Leave-one-out: the share of a tool is what the objective loses without it, of what all tools lose one by one; strongest first.

    `stage` renders small complete pictures or sounds, `words` says what changed between two of them.
    """
    costs = {tool: max(0.0, cost) for tool, cost in removal_costs(objective, fit).items()}
    total = sum(costs.values()) or 1.0
    used = [tool for tool in fit.space.tools if tool.id in costs]
    points = np.vstack([without(fit, [tool.id for tool in used]), fit.point])
    *lacking, complete = stage.media(fit.space.decode(points), len(points)) if used else [None]
    found = []
    for tool, less in zip(used, lacking, strict=True):
        share = costs[tool.id] / total
        settings = describe_settings(tool, fit.values)
        if not settings or complete is None or less is None:
            continue
        changes = tuple(words(less, complete)[:3]) or ("a fine correction",)
        found.append(Effect(tool.id, share, f"{tool.label}: {settings}: {', '.join(changes)}; earns {share:.0%}", changes))
    return sorted(found, key=lambda effect: -effect.share)


def measured_effect(measured: Measured) -> Effect:
    """What was measured and not searched: no share of the likeness, which is a matter of colours, is its own."""
    settings = describe_settings(measured.tool, dict(measured.values))
    return Effect(measured.tool.id, 0.0, f"{measured.tool.label}: {settings}: {measured.words}", (measured.words,))


def describe_settings(tool: Tool, values: dict[str, Value]) -> str:
    """The parameters of one tool that moved: "label default -> value unit", without the defaults where there are many."""
    moved = [(p, value) for p in tool.parameters if has_moved(p, value := values.get(tool.key(p), p.default))]
    if len(moved) > MANY:
        return ", ".join(f"{p.label} {_number(value)}{unit(p)}" for p, value in moved)
    return ", ".join(f"{p.label} {_number(p.default)} -> {_number(value)}{unit(p)}" for p, value in moved)


def has_moved(parameter: Parameter, value: Value) -> bool:
    if parameter.choices:
        return value != parameter.default
    return abs(to_unit(parameter, value) - to_unit(parameter, parameter.default)) > MOVED


def unit(parameter: Parameter) -> str:
    return f" {parameter.unit}" if parameter.unit else ""


def _number(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) >= 100 else f"{value:.3g}"


def name_of(reason: str, words: Sequence[str]) -> str:
    """A short name for an alternative: why it is there, and what it does."""
    return ": ".join(part for part in (reason.split(":")[0], ", ".join(words[:3])) if part)
