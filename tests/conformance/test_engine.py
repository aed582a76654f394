"""The engine's own optimisers and metrics, held to the suites that third parties get."""

import numpy as np
import pytest
import skimage.color
import torch

from shared_engine.metrics.clipping import ClippingMetric
from shared_engine.metrics.lab import Ciede2000Metric, LabMetric, ciede2000, srgb_to_lab
from shared_engine.optimizers.adam import Adam
from shared_engine.optimizers.cma import CMA
from shared_engine.optimizers.lm import LevenbergMarquardt
from shared_engine.optimizers.tpe import OptunaTPE
from shared_engine.testing import MetricTests, OptimizerTests


class TestAdam(OptimizerTests):
    @pytest.fixture
    def create(self):
        return Adam


class TestCMA(OptimizerTests):
    @pytest.fixture
    def create(self):
        return CMA


class TestLevenbergMarquardt(OptimizerTests):
    @pytest.fixture
    def create(self):
        return LevenbergMarquardt


class TestOptunaTPE(OptimizerTests):
    progress = 0.5

    @pytest.fixture
    def create(self):
        return lambda dimension, start, seed, budget: OptunaTPE(dimension, start, seed, min(budget, 80))


class TestCiede2000(MetricTests):
    @pytest.fixture
    def metric(self):
        return Ciede2000Metric()


class TestLab(MetricTests):
    @pytest.fixture
    def metric(self):
        return LabMetric()

    def test_lab_and_ciede2000_agree_with_scikit_image(self):
        first, second = torch.rand(2, 4000, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        lab1, lab2 = srgb_to_lab(first), srgb_to_lab(second)
        np.testing.assert_allclose(lab1, skimage.color.rgb2lab(first.numpy()), atol=0.01)
        np.testing.assert_allclose(ciede2000(lab1, lab2), skimage.color.deltaE_ciede2000(lab1.numpy(), lab2.numpy()), atol=0.01)


class TestClipping(MetricTests):
    @pytest.fixture
    def metric(self):
        return ClippingMetric()

    def test_only_what_exceeds_the_targets_own_excursion_counts(self):
        target = torch.tensor([[1.2, 0.5, -0.1]])
        renders = torch.tensor([[[1.2, 0.5, -0.1]], [[1.1, 0.9, 0.0]], [[1.5, 0.5, -0.1]], [[1.2, 0.5, -0.4]]])
        np.testing.assert_allclose(ClippingMetric().distance(renders, target), [0, 0, 10, 10], atol=1e-4)
