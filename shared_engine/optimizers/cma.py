"""CMA-ES in whole generations, with a warm start: for renderers without a gradient (`cmaes` by Nomura and Shibata)."""

import math
from typing import Any

import cmaes
import numpy as np

from shared_engine.optimizers.optimizer import Evaluation, Optimizer, Points

SIGMA = 0.15


class CMA(Optimizer):
    """A generation is one batch. One dimension is walked as two, for which the library asks; the second one is ignored."""

    name = "cma"

    def __init__(self, dimension: int, start: Points, seed: int = 0, budget: int = 1000, population: int | None = None) -> None:
        super().__init__(dimension, start, seed, budget)
        self.walked = max(2, dimension)
        mean = np.full(self.walked, 0.5)
        mean[:dimension] = np.clip(self.best_point, 0.02, 0.98)
        bounds = np.tile([0.0, 1.0], (self.walked, 1))
        size = population or min(32, 4 + int(3 * math.log(self.walked)) * 2)
        self.strategy = cmaes.CMA(mean=mean, sigma=SIGMA, bounds=bounds, seed=seed, population_size=size)
        self.asked: Points = np.empty((0, self.walked))

    def ask(self) -> Points:
        self.asked = np.stack([self.strategy.ask() for _ in range(self.strategy.population_size)])
        points = self.asked[:, : self.dimension].copy()
        if self.evaluations == 0:
            points[0] = self.best_point  # the start itself is a candidate: the answer can never be worse
            self.asked[0, : self.dimension] = self.best_point
        return points

    def learn(self, points: Points, values: Points, evaluation: Evaluation) -> None:
        worst = values[np.isfinite(values)].max(initial=0.0) + 1.0
        self.strategy.tell(
            [(point, float(value if np.isfinite(value) else worst)) for point, value in zip(self.asked, values, strict=True)]
        )

    def __getstate__(self) -> dict[str, Any]:
        """The library forgets its random generator on pickling; without it a resumed search would walk another way."""
        return {**self.__dict__, "generator": self.strategy._rng.get_state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        generator = state.pop("generator")
        self.__dict__.update(state)
        self.strategy._rng.set_state(generator)

    @property
    def done(self) -> bool:
        return super().done or self.strategy.should_stop()
