"""What comes before least squares can walk: each choice (a view transform, a blend mode) is held at its best option, and what repeats (a
rate) is scanned for the dip to walk down.

Choices by successive halving (Jamieson and Talwalkar 2016): every option gets a short fit of everything else, the better half goes on.
"""

from collections.abc import Callable

import numpy as np

from shared_engine.objective import Objective
from shared_engine.optimizers.optimizer import Points
from shared_engine.space import Space
from shared_engine.study import Study

ROUNDS = 2
"""Jacobians that each option gets before the worse half is given up."""

WORTH = 0.1
"""An option earns its place when it leaves at least this share less of the distance than the option that the user has."""


def hold_choices(
    study: Study, objective: Objective, space: Space, start: Points, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Space, Points]:
    """The space with every choice held, and a start in it. Where the optimiser walks options itself, nothing changes."""
    if objective.optimizer != "lm":
        return space, start
    for key, parameter in space.parameters.items():
        if parameter.choices:
            space, start = _hold(study, objective, space, start, key, cancelled)
    return space, start


def scanned(objective: Objective, space: Space, start: Points) -> Points:
    """`start` with each setting that is to be scanned at the best of evenly spaced places, one such setting after the other."""
    for axis, parameter in enumerate(space.parameters.values()):
        if parameter.scan:
            points = np.tile(start, (parameter.scan + 1, 1))
            points[1:, axis] = np.linspace(0, 1, parameter.scan)
            start = points[int(np.argmin(objective.evaluate(space, points).values))]
    return start


def in_use(space: Space, start: Points) -> tuple[Space, Points]:
    """Only what `start` has moved, with every choice as it stands: for a start that is the answer, the rest has nothing to say."""
    held, point = as_they_stand(space, start)
    idle = {key: parameter.default for (key, parameter), here in zip(held.parameters.items(), point == held.neutral, strict=True) if here}
    used = Space(held.tools, {**held.held, **idle})
    return used, used.encode(held.values(point))


def as_they_stand(space: Space, start: Points) -> tuple[Space, Points]:
    """Every choice held at the option that `start` has, and a start in the space that is left."""
    values = space.values(start)
    present = {key: values[key] for key, parameter in space.parameters.items() if parameter.choices}
    held = Space(space.tools, {**space.held, **present})
    return held, held.encode(values)


def _hold(study: Study, objective: Objective, space: Space, start: Points, key: str, cancelled: Callable[[], bool]) -> tuple[Space, Points]:
    values = space.values(start)
    present = str(values.pop(key))
    spaces = {option: Space(space.tools, {**space.held, key: option}) for option in space.parameters[key].choices}
    points = {option: scanned(objective, one, one.encode(values)) for option, one in spaces.items()}
    worth = {}
    left = list(spaces)
    while len(left) > 1 and not cancelled():
        for option in left:
            budget = ROUNDS * (spaces[option].dimension + 9)
            points[option], worth[option] = study.search(objective, spaces[option], points[option], budget, cancelled)
        better = sorted(left, key=lambda option: worth[option])[: len(left) // 2]
        left = [option for option in left if option in better or (option == present and len(better) > 1)]
    best = min(left, key=lambda option: worth.get(option, 0.0))
    if worth and worth[best] > (1 - WORTH) * worth[present]:
        best = present
    return spaces[best], points[best]
