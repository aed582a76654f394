"""The contrastive mode: which pairs it learns from, and that it finds settings again on contents that it never saw."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from shared_engine.testing import TaskTests
from shared_engine.training import contrastive
from shared_engine.training.contrastive import Contrastive, Renders, info_nce, load, numbered, pairs, retrieval
from shared_engine.training.task import Stage
from shared_engine.training.trainer import Budget, train
from tests.toys import ToyTask


class TestContrastive(TaskTests):
    @pytest.fixture
    def task(self):
        return Contrastive(ToyTask())


def test_positives_share_the_setting_alone_and_negatives_include_the_same_content():
    settings, contents = torch.tensor([0, 0, 1, 1, 0]), torch.tensor([0, 1, 0, 1, 0])
    positive, negative = pairs(settings, contents)
    assert torch.equal(positive, positive.T) and torch.equal(negative, negative.T)
    assert positive[0].tolist() == [False, True, False, False, False], "an exact copy (the last) teaches nothing"
    assert negative[0].tolist() == [False, False, True, True, False]
    _, usual = pairs(settings, contents, transformed=False)
    assert usual[0].tolist() == [False, False, False, True, False], "without them the same content never repels"


def test_a_batch_holds_two_contents_of_every_block_under_all_its_settings():
    grid = ToyTask().chunk("train", np.random.default_rng(0))
    renders = Renders(grid, torch.device("cpu"))
    rows, settings, contents = renders.batch(3, np.random.default_rng(1))
    assert rows.shape == (3 * 2 * 4, 24) and len(set(settings.tolist())) == 12 and len(set(contents.tolist())) == 6
    flat, numbers = grid["rows"].reshape(-1, 6, 24), numbered(grid["settings"]).ravel()
    for row, setting, content in zip(rows, settings, contents, strict=True):
        there = flat[list(numbers).index(int(setting))]
        assert np.array_equal(there[int(content) % 6], row), "a render stands under its own numbers"
    positive, negative = pairs(settings, contents)
    assert (positive.sum(1) == 1).all(), "the same setting on the block's other content"
    same_content = contents[:, None] == contents
    assert ((negative & same_content).sum(1) == 3).all(), "its own content under the other settings of its block"
    assert (negative.sum(1) == 22).all()


def test_untouched_settings_are_one():
    settings = np.zeros((2, 3, 4), np.float32)
    settings[0, 1], settings[1, 2] = 1, 2
    assert numbered(settings).tolist() == [[0, 1, 0], [0, 0, 2]]


def test_the_loss_is_the_published_one():
    points = torch.nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    positive, negative = pairs(torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor([0, 1, 0, 1, 0, 1]))
    likeness = (points @ points.T / 0.1).exp()
    wanted = [-torch.log(likeness[i, j] / (likeness[i, j] + likeness[i][negative[i]].sum())) for i, j in positive.nonzero().tolist()]
    assert info_nce(points, positive, negative, 0.1).item() == pytest.approx(torch.stack(wanted).mean().item(), rel=1e-5)


def test_retrieval_of_a_perfect_of_a_blind_and_of_a_content_bound_embedding():
    generator = torch.Generator().manual_seed(0)
    blocks, settings, contents = 6, 4, 5
    numbers = torch.arange(blocks * settings).reshape(blocks, settings)

    def unit(shape):
        return torch.nn.functional.normalize(torch.randn(*shape, 16, generator=generator), dim=-1)

    perfect = retrieval(unit((blocks, settings, 1)).expand(-1, -1, contents, -1), numbers)
    assert perfect["retrieval"] == perfect["transformed"] == 1
    assert perfect["transformed_by_chance"] == 0.25 and perfect["retrieval_by_chance"] == pytest.approx(1 / 24)
    blind = retrieval(unit((blocks, settings, contents)), numbers)
    assert abs(blind["transformed"] - 0.25) < 0.13 and blind["retrieval"] < 0.15
    bound = retrieval(unit((blocks, 1, contents)).expand(-1, settings, -1, -1), numbers)
    assert bound["transformed"] == bound["retrieval"] == 0, "who hears the content alone is always tempted"


def test_it_learns_what_the_bare_features_do_not_tell(tmp_path, monkeypatch):
    monkeypatch.setattr(contrastive, "WIDTH", 48)
    task = Contrastive(ToyTask())
    task.stages = (Stage("contrast", rate=3e-3),)
    out = tmp_path / "embedding.safetensors"
    trained = train(task, out, replace(Budget(), chunks=10, steps=150))
    found = trained.figures
    assert found["retrieval"] > 8 * found["retrieval_by_chance"] > 0
    assert found["transformed"] > 2 * found["transformed_by_chance"]
    assert found["retrieval"] > 2 * found["retrieval_of_bare_features"]
    (encoder,) = load(out)
    with torch.no_grad():
        assert encoder(torch.randn(3, 24)).norm(dim=1).numpy() == pytest.approx(1)
    assert "toy-embedding" in out.with_suffix(".md").read_text()
