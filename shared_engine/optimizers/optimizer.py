"""The contract of optimisers: `ask` for points, `tell` what they were worth.

An optimiser sees only the unit cube: no parameters, no media, no renderer. Locked parameters never reach it. The arrays that
`ask` returns belong to the caller; those given to `tell` are copied where kept. The state is what pickle keeps of the object.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Residuals:
    """What a value is made of, for optimisers that use it: value = sum over groups g of weights[g] * |residuals of g|.

    `values` (K, M): the differences of K points; `groups` (M,): the group of each, ascending from 0; `weights` (G,). A pixel's three
    colour differences are one group, and so is a tool's distance from neutral.
    """

    values: Points
    groups: NDArray[np.intp]
    weights: Points


@dataclass(frozen=True)
class Evaluation:
    """What points were worth: `values` (K,), and what the optimiser asked for beside them: `gradients` (K, dimension) or `residuals`."""

    values: Points
    gradients: Points | None = None
    residuals: Residuals | None = None


class Optimizer(ABC):
    """Minimises over [0, 1]^dimension.

    `start` (dimension,) is where it begins, `seed` makes it repeatable, `budget` is the number of evaluations it may plan for.
    `needs` says what `tell` must bring beside the values.
    """

    name: str
    needs: Literal["", "gradients", "residuals"] = ""

    def __init__(self, dimension: int, start: Points, seed: int = 0, budget: int = 1000) -> None:
        if dimension < 1 or start.shape != (dimension,):
            raise ValueError(f"start must be ({dimension},), not {start.shape}")
        self.dimension = dimension
        self.budget = budget
        self.evaluations = 0
        self.best_point: Points = np.clip(start, 0.0, 1.0)
        self.best_value = float("inf")

    @abstractmethod
    def ask(self) -> Points:
        """The next points, (K, dimension) in [0, 1]."""

    def tell(self, points: Points, evaluation: Evaluation) -> None:
        """What the points last asked for were worth. Values that are not finite count as worst."""
        values = np.where(np.isfinite(evaluation.values), evaluation.values, np.inf)
        self.evaluations += len(values)
        lowest = int(np.argmin(values))
        if values[lowest] < self.best_value:
            self.best_value, self.best_point = float(values[lowest]), np.array(points[lowest], dtype=np.float64)
        self.learn(points, values, evaluation)

    @abstractmethod
    def learn(self, points: Points, values: Points, evaluation: Evaluation) -> None:
        """Uses what was told; `values` are cleaned, bookkeeping of the best is already done."""

    @property
    def done(self) -> bool:
        """True when nothing more is to be expected of it."""
        return self.evaluations >= self.budget
