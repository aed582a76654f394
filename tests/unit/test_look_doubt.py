"""The memory of what the learned look got wrong: how an answer is compared with the remembered ones, and how it is measured."""

from pathlib import Path

import numpy as np
import pytest
from test_proposers import photo, warm

from shared_engine.proposers import look
from shared_engine.proposers.look import LookProposer
from shared_engine.proposers.look_doubt import Mistakes, remembered
from shared_engine.proposers.lut import SIZE, lattice
from shared_engine.training.corpus import Photos, Split, folds
from shared_engine.training.look_doubt import Fold, Sight, mistakes
from shared_engine.types import Reference

POINTS = SIZE**3 * 3
PHOTOS = Path(__file__).parents[1] / "data" / "photos"


def memory() -> Mistakes:
    """Two kinds of answers: one was wrong along the first direction alone, the other along the second, and three times as far."""
    rng = np.random.default_rng(0)
    axes, basis = (np.linalg.qr(rng.standard_normal((POINTS, 2)))[0].T.astype(np.float32) for _ in range(2))
    answers = np.repeat(np.float32([[1, 0], [0, 1]]), 40, axis=0)
    errors = np.repeat(np.float32([[1, 0], [0, 3]]), 40, axis=0) * rng.choice((-1, 1), (80, 1))
    left = np.repeat(np.log(np.float32([0.3, 0.9])), 40)
    return Mistakes(axes, answers, np.ones(80, np.float32), np.ones(80, np.float32), basis, errors.astype(np.float32), left)


@pytest.mark.parametrize(("kind", "size", "left"), [(0, 1.0, 0.3), (1, 3.0, 0.9)])
def test_an_answer_is_as_unsure_as_those_near_it_were(kind: int, size: float, left: float) -> None:
    known = memory()
    doubt = known.near(known.axes[kind].reshape(SIZE, SIZE, SIZE, 3), 1.0, 1.0)
    main = doubt.directions[0].ravel()
    assert abs(main @ known.basis[kind]) / np.linalg.norm(main) > 0.95
    assert np.linalg.norm(main) == pytest.approx(0.7 * size, rel=0.1)
    assert doubt.left == pytest.approx(left, rel=0.02)


def test_where_nothing_is_near_it_is_as_everywhere() -> None:
    known = memory()
    doubt = known.near(np.full((SIZE, SIZE, SIZE, 3), 50, np.float32), 1.0, 1.0)
    assert np.isfinite(doubt.directions).all()
    assert doubt.left == pytest.approx(np.sqrt(0.3 * 0.9), rel=0.02)


def test_more_references_leave_less_doubt() -> None:
    residual = 0.08 * (np.float32([1.0, 0.2, -0.6]) * (1 - lattice()))
    sizes, left = zip(
        *(
            (np.linalg.norm(doubt.directions), doubt.left)
            for doubt in (remembered().near(residual, count, 2.0) for count in (1.0, 2.0, 8.0))
        ),
        strict=True,
    )
    assert sizes[0] > sizes[1] > sizes[2] > 0
    assert left[0] > left[1] > left[2]


def test_of_a_black_and_white_answer_mostly_tone_is_open() -> None:
    grey = lattice() @ np.float32([0.2126, 0.7152, 0.0722])

    def chroma(residual) -> float:
        doubt = remembered().near(residual, 1.0, 2.0).directions.reshape(-1, SIZE**3, 3)
        return float(((doubt - doubt.mean(2, keepdims=True)) ** 2).sum() / (doubt**2).sum())

    assert chroma(grey[..., None] - lattice()) < 0.5 * chroma(0.08 * (np.float32([1.0, 0.2, -0.6]) * (1 - lattice())))


def test_where_the_answer_is_a_guess_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(left: float, count: int = 1):
        known = remembered()
        sure = Mistakes(
            known.axes, known.answers, known.counts, known.disagreement, known.basis, known.errors, 0 * known.left + np.log(left)
        )
        monkeypatch.setattr(look, "remembered", lambda: sure)
        return LookProposer().propose(photo(0), [Reference(warm(photo(1)))] * count)

    assert "guess" in said(0.9).reason and "surer" in said(0.9).reason
    assert "guess" not in said(0.5).reason and "surer" in said(0.5).reason
    assert "surer" not in said(0.5, 4).reason
    assert said(0.9).confidence < said(0.5).confidence < said(0.2).confidence <= 0.7


def test_every_photo_and_every_family_is_held_out_once() -> None:
    split = Split.load()
    parts = folds(split, ("train", "dev"), 3)
    for group, of in ((split.photos, lambda one: one.photos), (split.looks, lambda one: one.looks)):
        held = [name for one in parts for name in of(one)["dev"]]
        assert sorted(held) == sorted(group["train"] + group["dev"])
        assert all(not set(of(one)["dev"]) & set(of(one)["train"]) for one in parts)
    for one in parts:
        families = [{split.families[name] for name in one.looks[part]} for part in ("train", "dev")]
        assert not families[0] & families[1]


def test_errors_are_remembered_as_they_are_seen() -> None:
    rng = np.random.default_rng(0)
    sight = Sight(Photos.load(PHOTOS.parent, sorted(path.name for path in PHOTOS.glob("*.jpg"))), rng)
    truth = rng.normal(0, 0.05, (12, POINTS)).astype(np.float32)
    looks = np.arange(12).repeat(3)
    answers = (truth[looks] * 0.5).astype(np.float16)
    found = Fold(truth, looks, np.ones(36, int), answers, np.ones(36, np.float32))
    arrays = mistakes([found], sight, rng, axes=4, basis=8)
    assert arrays["errors"].shape == (36, 8) and arrays["answers"].shape == (36, 4)
    np.testing.assert_allclose(np.exp(arrays["left"].astype(float)), 0.5, rtol=0.01)
    back = sight.see((arrays["errors"].astype(np.float32) @ arrays["basis"].astype(np.float32))[:1])
    wrong = sight.see(truth[:1] - answers[:1])
    assert np.linalg.norm(back - wrong) < 0.9 * np.linalg.norm(wrong), "eight directions hold a part of noise"
    seen = sight.see(truth)
    np.testing.assert_allclose(seen @ seen.T, truth @ sight.transposed(seen).T, rtol=1e-3, atol=1e-3)
