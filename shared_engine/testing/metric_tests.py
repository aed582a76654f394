"""What every metric must hold to."""

from typing import Any

import numpy as np
import pytest

from shared_engine.metrics.metric import Metric


class MetricTests:
    """Subclass with a fixture `metric`; `shape` is that of one render, `symmetric` says whether far means far both ways."""

    shape: tuple[int, ...] = (300, 3)

    @pytest.fixture
    def metric(self) -> Metric:
        raise AssertionError("give a fixture `metric`")

    def renders(self, count: int, seed: int = 0) -> Any:
        values = np.random.default_rng(seed).random((count, *self.shape), dtype=np.float32)
        return values if self.shape[0] < 3 else _tensor(values)

    def test_it_answers_one_number_a_render(self, metric: Metric) -> None:
        renders = self.renders(4)
        distances = metric.distance(renders, renders[0])
        assert tuple(distances.shape) == (4,)
        assert type(distances) is type(renders)

    def test_zero_for_the_same_and_never_below(self, metric: Metric) -> None:
        renders = self.renders(4)
        distances = np.asarray(metric.distance(renders, renders[0]))
        assert distances[0] == pytest.approx(0, abs=1e-4)
        assert (distances >= -1e-6).all() and np.isfinite(distances).all()

    def test_each_render_is_judged_alone(self, metric: Metric) -> None:
        renders = self.renders(3)
        together = np.asarray(metric.distance(renders, renders[0]))
        alone = [float(metric.distance(renders[i : i + 1], renders[0])[0]) for i in range(3)]
        np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)

    def test_the_residuals_tell_the_distance(self, metric: Metric) -> None:
        if not metric.separable:
            pytest.skip("not separable")
        renders = self.renders(3)
        told = np.asarray(metric.norm(metric.residuals(renders, renders[0])))
        np.testing.assert_allclose(told, np.asarray(metric.distance(renders, renders[0])), rtol=1e-6, atol=1e-7)

    def test_its_arguments_stay_as_they_are(self, metric: Metric) -> None:
        renders, again = self.renders(2), self.renders(2)
        metric.distance(renders, renders[1])
        np.testing.assert_array_equal(np.asarray(renders), np.asarray(again))

    def test_gradients_are_finite_everywhere(self, metric: Metric) -> None:
        if not metric.differentiable:
            pytest.skip("not differentiable")
        target = self.renders(1)[0]
        renders = _stack([target, target * 0, target * 0 + 1, target * 3 - 1]).requires_grad_()
        metric.distance(renders, target).sum().backward()
        assert np.isfinite(renders.grad.numpy()).all()


def _tensor(values: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(values)


def _stack(tensors: list[Any]) -> Any:
    import torch

    return torch.stack(tensors).detach()
