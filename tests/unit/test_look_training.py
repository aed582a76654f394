"""The look's training on a corpus small enough for a test: made of the test photos and of tables drawn by a script."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import color

from shared_engine.errors import InputError
from shared_engine.proposers.look import load
from shared_engine.proposers.lut import LutProposal, interpolate, lattice
from shared_engine.testing import TaskTests
from shared_engine.training import look
from shared_engine.training.corpus import Photos, Split, read_hald
from shared_engine.training.look_tables import curves, varied
from shared_engine.training.trainer import Budget, train
from shared_engine.types import Media

PHOTOS = Path(__file__).parents[1] / "data" / "photos"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "photos").symlink_to(PHOTOS)
    (folder / "looks").mkdir()
    identity = lattice(16)
    for index, table in enumerate(curves(6, np.random.default_rng(0))):
        hald = interpolate(table, identity).transpose(2, 1, 0, 3).reshape(64, 64, 3)
        Image.fromarray(np.round(hald * 255).astype(np.uint8)).save(folder / "looks" / f"look_{index}.png")
    return folder


@pytest.fixture(scope="module")
def split() -> Split:
    photos = sorted(path.name for path in PHOTOS.glob("*.jpg"))
    names = [f"look_{index}.png" for index in range(6)]
    return Split({"train": photos[:-1], "dev": photos[-1:], "test": []}, {"train": names[:5], "dev": names[5:], "test": []}, {})


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "BLOCKS", 3)


class TestLook(TaskTests):
    @pytest.fixture
    def task(self, corpus: Path, split: Split) -> look.LookTask:
        return look.LookTask(corpus, split=split)


def test_training_writes_weights_that_the_proposer_reads(corpus: Path, split: Split, tmp_path: Path) -> None:
    out = tmp_path / "look.safetensors"
    trained = train(look.LookTask(corpus, split=split), out, Budget(chunks=1, steps=3), seed=1)
    assert trained.pin in out.with_suffix(".sha256").read_text()
    assert set(trained.figures) == {"ratio_1", "better_1", "ratio_8", "better_8"}
    model = load(out)
    features = model.feature_mean + model.feature_scale
    assert model.coefficients(features).shape == (look.LookTask.networks, len(model.basis.directions))
    assert np.isfinite(model.residual(features)[0]).all()


def test_the_figures_are_those_of_the_shipped_weights(corpus: Path, split: Split, tmp_path: Path) -> None:
    """What validation says of networks is what the proposer's own arithmetic does to a held-out picture."""
    task = look.LookTask(corpus, split=split)
    grids = {part: task.chunk(part, np.random.default_rng(0)) for part in task.parts}
    lesson = task.lesson(grids, np.random.default_rng(0), torch.device("cpu"))
    networks = [lesson.network().eval() for _ in range(2)]
    lesson.write(tmp_path / "look.safetensors", networks, {}, "not at all")
    model, dev = load(tmp_path / "look.safetensors"), lesson.dev
    features = dev.features(torch.arange(2), 4, np.random.default_rng(1))
    colors = dev.colors[:16].numpy()
    with torch.no_grad():
        answer = torch.stack([network(features) for network in networks]).mean(0)
        left, nothing = dev.left(answer, torch.arange(2), slice(16))
    tables = grids["dev"]["settings"].reshape(-1, 17, 17, 17, 3).astype(np.float32)[:2]
    for row, table, here, there in zip(features.numpy(), tables, left.numpy(), nothing.numpy(), strict=True):
        truth = interpolate(table, colors)
        proposed = LutProposal("look", 1.0, "", model.residual(row)[0]).render(Media("image", colors[None])).data[0]
        lab = color.rgb2lab(np.stack((truth, proposed, colors)))
        np.testing.assert_allclose(color.deltaE_ciede2000(lab[0], lab[1]), here, atol=0.3)
        np.testing.assert_allclose(color.deltaE_ciede2000(lab[0], lab[2]), there, atol=0.05)


def test_the_shipped_arithmetic_is_that_of_training(tmp_path: Path) -> None:
    torch.manual_seed(0)
    networks = [look.Network(torch.rand(30), torch.rand(30) + 0.5, width=16, components=5).eval() for _ in range(2)]
    for network in networks[1:]:
        network.mean.copy_(networks[0].mean)
        network.scale.copy_(networks[0].scale)
    for parameter in (one for network in networks for one in network.parameters()):
        parameter.data = parameter.data.half().float()
    for network in networks:
        network.mean.copy_(network.mean.half().float())
        network.scale.copy_(network.scale.half().float())
    directions = np.zeros((5, 17**3 * 3), np.float32)
    look.assets.write(tmp_path / "tiny.safetensors", look.pack(networks, directions[0], directions), {})
    features = np.random.default_rng(0).normal(size=30).astype(np.float32)
    with torch.no_grad():
        wanted = torch.stack([network(torch.from_numpy(features)[None])[0] for network in networks]).numpy()
    np.testing.assert_allclose(load(tmp_path / "tiny.safetensors").coefficients(features), wanted, atol=1e-5)


def test_a_corpus_that_is_not_there_is_named(corpus: Path, split: Split) -> None:
    with pytest.raises(InputError, match="not in"):
        Photos.load(corpus / "elsewhere", split.photos["train"])
    with pytest.raises(InputError, match="not a Hald"):
        read_hald(PHOTOS / split.photos["train"][0])


def test_the_split_of_the_repository_keeps_families_and_photos_apart() -> None:
    split = Split.load()
    for parts, group in ((split.looks, split.families), (split.photos, {})):
        seen = [{group.get(name, name) for name in parts[part]} for part in ("train", "dev", "test")]
        assert all(seen) and not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


def test_variations_are_looks(corpus: Path) -> None:
    rng = np.random.default_rng(0)
    film = np.stack([interpolate(read_hald(path), lattice()) for path in sorted((corpus / "looks").glob("*.png"))])
    made = varied(film, curves(4, rng), 20, rng)
    assert made.shape == (20, 17, 17, 17, 3) and made.min() >= 0 and made.max() <= 1
    changed = [min(np.abs(table - other).mean() for other in film) > 1e-4 for table in made]
    assert 10 <= sum(changed) < 20
