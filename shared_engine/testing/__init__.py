"""Conformance suites: a third party subclasses one, gives it a fixture, and pytest proves the contract.

class TestMyMetric(MetricTests):
    @pytest.fixture
    def metric(self): return MyMetric()
"""

from shared_engine.testing.metric_tests import MetricTests
from shared_engine.testing.optimizer_tests import OptimizerTests
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.testing.renderer_tests import RendererTests
from shared_engine.testing.task_tests import TaskTests

__all__ = ["MetricTests", "OptimizerTests", "ProposerTests", "RendererTests", "TaskTests"]
