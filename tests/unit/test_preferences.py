"""Choices move what is believed to be meant, and nothing else does."""

import numpy as np
import pytest

from shared_engine.errors import ParameterError
from shared_engine.preferences import Belief, Seen
from shared_engine.types import Pick

DIRECTIONS, FEATURES = 8, 60


@pytest.fixture(scope="module")
def slopes():
    rng = np.random.default_rng(3)
    return rng.standard_normal((DIRECTIONS, FEATURES)) * np.exp(-np.arange(DIRECTIONS) / 3)[:, None]


def pick(belief: Belief, slopes: np.ndarray, meant: np.ndarray) -> Seen:
    """Who knows what is meant picks what looks nearest to it."""
    shown = np.concatenate([belief.mean[None], belief.gallery(6)])
    return Seen(shown @ slopes, int(belief.distances(shown, meant[None]).argmin()))


def test_without_a_choice_the_proposal_is_what_is_meant(slopes):
    assert not Belief(slopes).mean.any()


def test_five_choices_lead_to_what_is_meant_and_dice_do_not(slopes):
    rng = np.random.default_rng(5)
    knows, dice = [], []
    for _ in range(6):
        meant = rng.standard_normal(DIRECTIONS)
        for found, choose in ((knows, None), (dice, rng)):
            seen: list[Seen] = []
            for _ in range(5):
                belief = Belief(slopes, seen)
                one = pick(belief, slopes, meant)
                seen.append(one if choose is None else Seen(one.features, int(choose.integers(7))))
            belief = Belief(slopes, seen)
            away, began = (float(belief.distances(point[None], meant[None])[0, 0]) for point in (belief.mean, np.zeros(DIRECTIONS)))
            found.append(away / began)
    assert np.exp(np.log(knows).mean()) < 0.6
    assert np.exp(np.log(dice).mean()) > 1.0


def test_the_draws_follow_the_posterior(slopes):
    """Of one direction and one choice between two, the posterior can be integrated: the sampler's moments are its moments."""
    shown = np.array([[-0.5], [1.5]])
    belief = Belief(np.ones((1, 1)), [Seen(shown, 1)], noise=0.5)
    grid = np.linspace(-6, 6, 4001)
    weight = np.exp(belief.likelihood(grid[:, None]) - grid**2 / 2)
    weight /= weight.sum()
    mean = float(weight @ grid)
    spread = float(np.sqrt(weight @ (grid - mean) ** 2))
    assert belief.mean[0] == pytest.approx(mean, abs=4 * spread / np.sqrt(len(belief.particles)))
    assert belief.particles.std() == pytest.approx(spread, rel=0.15)


def test_the_order_of_choices_does_not_matter(slopes):
    rng = np.random.default_rng(0)
    seen = [Seen(rng.standard_normal((4, FEATURES)), 2), Seen(rng.standard_normal((3, FEATURES)), 0)]
    points = rng.standard_normal((5, DIRECTIONS))
    np.testing.assert_allclose(Belief(slopes, seen).likelihood(points), Belief(slopes, seen[::-1]).likelihood(points))


def test_what_is_shown_looks_different(slopes):
    for seen in ([], [Seen(np.eye(FEATURES)[:3], 1)] * 4):
        belief = Belief(slopes, seen)
        shown = np.concatenate([belief.mean[None], belief.gallery(8, apart=5.0)])
        between = belief.distances(shown, shown)[np.triu_indices(len(shown), 1)]
        assert between.min() > 4.99


def test_a_gallery_is_nearer_than_the_answer_alone(slopes):
    belief = Belief(slopes)
    meant = np.random.default_rng(1).standard_normal((400, DIRECTIONS))
    alone, shown = belief.distances(meant, belief.mean[None])[:, 0], belief.distances(meant, belief.gallery(8)).min(1)
    assert np.exp(np.log(np.minimum(shown, alone) / alone).mean()) < 0.85


def test_the_same_choices_give_the_same_answer(slopes):
    seen = [Seen(np.eye(FEATURES)[:3], 1)]
    np.testing.assert_array_equal(Belief(slopes, seen).gallery(4), Belief(slopes, seen).gallery(4))


def test_a_pick_of_what_was_not_shown_is_refused():
    with pytest.raises(ParameterError):
        Pick([{}, {}], 2)
