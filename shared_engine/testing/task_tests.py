"""What every task of the trainer must hold to."""

from pathlib import Path

import numpy as np
import pytest
import torch

from shared_engine import assets
from shared_engine.training.grid import PARTS
from shared_engine.training.task import Grid, Lesson, Part, Step, Task


class TaskTests:
    """Subclass with a fixture `task`; its chunks should be small."""

    @pytest.fixture
    def task(self) -> Task:
        raise AssertionError("give a fixture `task`")

    @pytest.fixture
    def grids(self, task: Task) -> dict[Part, Grid]:
        return {part: task.chunk(part, np.random.default_rng((1, PARTS.index(part)))) for part in task.parts}

    @pytest.fixture
    def lesson(self, task: Task, grids: dict[Part, Grid]) -> Lesson:
        return task.lesson(grids, np.random.default_rng(2), torch.device("cpu"))

    def test_a_grid_is_settings_on_contents(self, grids: dict[Part, Grid]) -> None:
        for grid in grids.values():
            blocks, settings, contents, features = grid["rows"].shape
            assert settings > 1 and contents > 1 and features > 0
            assert grid["settings"].shape[:2] == (blocks, settings)

    def test_a_chunk_can_be_made_again(self, task: Task, grids: dict[Part, Grid]) -> None:
        again = task.chunk("train", np.random.default_rng((1, 0)))
        assert set(again) == set(grids["train"])
        for name, array in again.items():
            np.testing.assert_array_equal(array, grids["train"][name])

    def test_nothing_held_out_was_rendered_for_training(self, grids: dict[Part, Grid]) -> None:
        if "dev" in grids:
            assert not _renders(grids["train"]) & _renders(grids["dev"])

    def test_the_loss_has_a_gradient_everywhere_and_is_repeatable(self, task: Task, lesson: Lesson) -> None:
        torch.manual_seed(0)
        network = lesson.network()
        for stage in task.stages:
            losses = []
            for _ in range(2):
                torch.manual_seed(3)
                losses.append(lesson.loss(network, Step(stage, 0.5, np.random.default_rng(3))))
            assert losses[0].shape == () and torch.isfinite(losses[0])
            assert losses[0].item() == losses[1].item()
            network.zero_grad()
            losses[0].backward()
            assert all(parameter.grad is not None and torch.isfinite(parameter.grad).all() for parameter in network.parameters())

    def test_figures_and_weights(self, task: Task, lesson: Lesson, tmp_path: Path) -> None:
        networks = [lesson.network().eval() for _ in range(task.networks)]
        with torch.no_grad():
            figures = lesson.validate(networks)
        assert bool(figures) == ("dev" in task.parts) and np.isfinite(list(figures.values())).all()
        out = tmp_path / "weights.safetensors"
        assert lesson.write(out, networks, figures, "not at all") == assets.digest(out) == out.with_suffix(".sha256").read_text().split()[0]

    def test_the_card_says_what_was_learned_from(self, task: Task) -> None:
        facts = task.facts()
        assert facts.purpose and facts.reads and facts.answers and facts.data and facts.limits


def _renders(grid: Grid) -> set[bytes]:
    return {row.tobytes() for row in np.ascontiguousarray(grid["rows"]).reshape(-1, grid["rows"].shape[-1])}
