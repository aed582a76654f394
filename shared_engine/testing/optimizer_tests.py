"""What every optimiser must hold to."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from shared_engine.optimizers.optimizer import Evaluation, Optimizer, Points, Residuals


def bowl(points: Points) -> Evaluation:
    """A cone around 0.3 on every axis, lowest (0) there, with its gradient and its residuals (one group)."""
    offset = points - 0.3
    values = np.sqrt((offset**2).sum(-1))
    groups = np.zeros(points.shape[1], dtype=np.intp)
    return Evaluation(values, offset / np.maximum(values, 1e-12)[:, None], Residuals(offset, groups, np.ones(1)))


class OptimizerTests:
    """Subclass with a fixture `create(dimension, start, seed, budget) -> Optimizer` and `progress`, the share of the way it must come."""

    progress = 0.9

    @pytest.fixture
    def create(self) -> Callable[..., Optimizer]:
        raise AssertionError("give a fixture `create`")

    def run(self, optimizer: Optimizer) -> Optimizer:
        while not optimizer.done:
            points = optimizer.ask()
            optimizer.tell(points, bowl(points))
        return optimizer

    @pytest.mark.parametrize("dimension", [1, 2, 7])
    def test_points_stay_in_the_unit_cube(self, create: Callable[..., Optimizer], dimension: int) -> None:
        optimizer = create(dimension, np.full(dimension, 0.98), seed=1, budget=120)
        while not optimizer.done:
            points = optimizer.ask()
            assert points.shape[1] == dimension and points.min() >= 0 and points.max() <= 1
            outward = Residuals(2 - points, np.arange(dimension), np.ones(dimension))
            optimizer.tell(points, Evaluation((2 - points).sum(-1), -np.ones_like(points), outward))

    def test_it_comes_closer(self, create: Callable[..., Optimizer]) -> None:
        start = np.full(4, 0.8)
        optimizer = self.run(create(4, start, seed=0, budget=400))
        assert optimizer.best_value < (1 - self.progress) * bowl(start[None]).values[0]

    def test_the_best_is_a_point_that_was_told(self, create: Callable[..., Optimizer]) -> None:
        optimizer = self.run(create(3, np.full(3, 0.6), seed=0, budget=100))
        assert optimizer.best_value == pytest.approx(bowl(optimizer.best_point[None]).values[0], rel=1e-9)

    def test_the_same_seed_walks_the_same_way(self, create: Callable[..., Optimizer]) -> None:
        first, second = (self.run(create(3, np.full(3, 0.6), seed=5, budget=90)) for _ in range(2))
        np.testing.assert_array_equal(first.best_point, second.best_point)

    def test_values_that_are_not_numbers_count_as_worst(self, create: Callable[..., Optimizer]) -> None:
        optimizer = create(2, np.full(2, 0.5), seed=0, budget=60)
        points = optimizer.ask()
        broken = Residuals(np.full_like(points, np.nan), np.zeros(2, dtype=np.intp), np.ones(1))
        optimizer.tell(points, Evaluation(np.full(len(points), np.nan), np.full_like(points, np.nan), broken))
        assert not np.isfinite(optimizer.best_value)
        assert np.isfinite(self.run(optimizer).best_value)

    def test_it_survives_pickling(self, create: Callable[..., Optimizer]) -> None:
        optimizer = create(3, np.full(3, 0.7), seed=2, budget=200)
        points = optimizer.ask()
        optimizer.tell(points, bowl(points))
        copy = pickle.loads(pickle.dumps(optimizer))
        np.testing.assert_array_equal(self.run(copy).best_point, self.run(optimizer).best_point)
