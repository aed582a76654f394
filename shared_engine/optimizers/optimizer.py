"""The contract of optimisers: `ask` for points, `tell` what they were worth.

An optimiser sees only the unit cube: no parameters, no media, no renderer. Locked parameters never reach it. The arrays that
`ask` returns belong to the caller; those given to `tell` are copied where kept. The state is what pickle keeps of the object.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


class Optimizer(ABC):
    """Minimises over [0, 1]^dimension.

    `start` (dimension,) is where it begins, `seed` makes it repeatable, `budget` is the number of evaluations it may plan for.
    """

    name: str
    needs_gradient: bool = False

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

    def tell(self, points: Points, values: Points, gradients: Points | None = None) -> None:
        """`values` (K,) of the points last asked for, `gradients` (K, dimension) where `needs_gradient`. Not-finite values count as worst."""
        values = np.where(np.isfinite(values), values, np.inf)
        self.evaluations += len(values)
        lowest = int(np.argmin(values))
        if values[lowest] < self.best_value:
            self.best_value, self.best_point = float(values[lowest]), np.array(points[lowest], dtype=np.float64)
        self.learn(points, values, gradients)

    @abstractmethod
    def learn(self, points: Points, values: Points, gradients: Points | None) -> None:
        """Uses what was told; bookkeeping of the best is already done."""

    @property
    def done(self) -> bool:
        """True when nothing more is to be expected of it."""
        return self.evaluations >= self.budget
