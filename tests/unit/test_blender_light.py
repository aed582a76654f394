"""The light that a picture suggests for a scene that shows something else."""

from collections.abc import Sequence

import numpy as np
import pytest

from plugins_blender.light import TINTED, LightProposer, match, relight, suggested
from shared_engine.proposers.neighbourhoods import sample
from shared_engine.question import propose
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import FloatArray, Media, Reference, StudySpec


def scene(seed: int) -> Media:
    """Patches of many colours."""
    rng = np.random.default_rng(seed)
    return Media("image", rng.uniform(0.05, 0.9, (12, 16, 3)).astype(np.float32).repeat(8, 0).repeat(8, 1))


def lit(media: Media, stops: Sequence[float]) -> Media:
    return Media("image", relight(media.data, np.array(stops)))


def colors(media: Media) -> FloatArray:
    return sample(media)[:, 0]


def mean(media: Media) -> FloatArray:
    return colors(media).mean(0)


class TestContract(ProposerTests):
    @pytest.fixture
    def proposer(self) -> LightProposer:
        return LightProposer()

    @pytest.fixture
    def content(self) -> Media:
        return scene(0)

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(lit(scene(1), (1, 0, -1)))]


def test_light_keeps_black_and_white_and_undoes_itself() -> None:
    colors = np.random.default_rng(2).uniform(0, 1, (50, 3)).astype(np.float32)
    stops = np.array([1.5, -0.5, -2.0])
    np.testing.assert_allclose(relight(relight(colors, stops), -stops), colors, atol=1e-4)
    np.testing.assert_allclose(relight(np.array([[0, 0, 0], [1, 1, 1]], np.float32), stops), [[0, 0, 0], [1, 1, 1]], atol=1e-5)


def test_more_references_are_followed_further() -> None:
    content, shown = scene(0), [Reference(lit(scene(seed), (-2, -2, -2))) for seed in (1, 2, 3, 4)]
    one, four = (float(mean(LightProposer().propose(content, some).render(content)).mean()) for some in (shown[:1], shown))
    assert four < one < float(mean(content).mean())


def test_the_mean_goes_half_way() -> None:
    content, reference = scene(0), lit(scene(1), (1, 0, -1.5))
    stops = match(colors(content), mean(reference), 0.5)
    np.testing.assert_allclose(relight(colors(content), stops).mean(0), (mean(content) + mean(reference)) / 2, atol=1e-3)
    assert stops[0] > 0 > stops[2]


def test_green_in_a_picture_is_hardly_light() -> None:
    """Of one magenta or green stop a fifth is followed, of one stop of warmth half; with many references almost all of both."""
    content = scene(0)
    for number, shares in ((1, (0.5, 0.2)), (96, (0.99, 0.96))):
        for stops, share in (((0.25, 0, -0.25), shares[0]), ((1 / 6, -1 / 3, 1 / 6), shares[1])):
            found = suggested(colors(content), mean(lit(content, stops)), number)
            np.testing.assert_allclose(found, share * np.array(stops), atol=0.02)


def test_a_leaf_that_fills_the_picture_makes_no_green_light() -> None:
    content, leaf = scene(0), np.full((16, 16, 3), (0.1, 0.6, 0.1), np.float32)
    red, green, blue = suggested(colors(content), mean(Media("image", leaf)), 1)
    assert (red + blue) / 2 - green == pytest.approx(-TINTED)


def test_a_picture_without_weight_says_nothing() -> None:
    assert LightProposer().propose(scene(0), [Reference(scene(1), weight=0.0)]) is None


def test_it_is_asked_for_scenes_and_not_for_photos() -> None:
    content, references = scene(0), [Reference(lit(scene(1), (-2, -2, -2)))]
    for renderer, asked in (("blender", True), ("gimp", False)):
        found = propose(StudySpec(content=content, references=references, renderer=renderer), content)
        assert ("light" in {one.proposer for one in found}) == asked
