"""The light that a picture suggests for a scene that shows something else."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from plugins_blender.lighting import AXES, GREY, NORMAL, PRIOR, SLOPE, TINTED, TYPICAL, LightProposal, LightProposer, estimated
from shared_engine.proposers.color import linear_to_srgb, srgb_to_linear
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import FloatArray, Media, Reference


def scene(seed: int) -> Media:
    """Patches of many colours."""
    rng = np.random.default_rng(seed)
    return Media("image", rng.uniform(0.05, 0.9, (12, 16, 3)).astype(np.float32).repeat(8, 0).repeat(8, 1))


def relight(content: Media, stops: NDArray[np.floating]) -> FloatArray:
    """As a scene does whose display shows light plainly."""
    return linear_to_srgb(np.clip(srgb_to_linear(content.data) * np.exp2(stops)[:, None, None].astype(np.float32), 0, 1))


def plain(stops: Sequence[float]) -> FloatArray:
    """The picture that is one colour, so many stops of brightness, warmth and tint off the typical one."""
    return linear_to_srgb(np.exp2((TYPICAL + stops) @ AXES).astype(np.float32))


def shows(stops: Sequence[float]) -> Reference:
    return Reference(Media("image", np.broadcast_to(plain(stops), (16, 16, 3)).copy()))


def proposer(light: Sequence[float]) -> LightProposer:
    """For a scene in whose light a grey card is so many stops of brightness, warmth and tint off a normal one."""
    return LightProposer(relight, linear_to_srgb((GREY * np.exp2((NORMAL + light) @ AXES)).astype(np.float32)))


def asked(light: Sequence[float], *references: Reference) -> NDArray[np.float64]:
    """What is proposed in stops of brightness, warmth and tint."""
    proposal = proposer(light).propose(scene(0), references)
    assert isinstance(proposal, LightProposal)
    stops: NDArray[np.float64] = proposal.stops @ np.linalg.inv(AXES)
    return stops


class TestContract(ProposerTests):
    @pytest.fixture
    def proposer(self) -> LightProposer:
        return proposer((-0.5, 0.3, 0.0))

    @pytest.fixture
    def content(self) -> Media:
        return scene(0)

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [shows((1.0, 0.7, 0.1))]


def test_a_scene_in_the_light_that_is_shown_stays_as_it_is() -> None:
    """Whatever it shows itself: a black cat in the sun is not made brighter."""
    np.testing.assert_allclose(asked((0, 0, 0), shows((0, 0, 0))), 0, atol=0.01)
    told = SLOPE * (1.0, -0.5, 0.2)
    np.testing.assert_allclose(asked(told, shows((1.0, -0.5, 0.2))), 0, atol=0.01)


def test_the_light_of_the_scene_is_taken_away_and_the_pictures_put_in_its_place() -> None:
    np.testing.assert_allclose(asked((1.0, 1.5, 0.3), shows((0, 0, 0))), (-1.0, -1.5, -0.3) / (1 + PRIOR), atol=0.01)
    np.testing.assert_allclose(asked((0, 0, 0), shows((-2.0, 1.0, 0))), SLOPE * (-2.0, 1.0, 0) / (1 + PRIOR), atol=0.01)


def test_more_references_are_followed_further() -> None:
    one, four = (asked((0, 0, 0), *[shows((-2.0, 0, 0))] * count)[0] for count in (1, 4))
    assert SLOPE[0] * -2.0 < four < one < 0


def test_a_leaf_that_fills_the_picture_makes_no_green_light() -> None:
    leaf = np.array([0.1, 0.6, 0.1])
    assert estimated(leaf)[2] == pytest.approx(-TINTED)
    assert estimated(leaf, 3)[2] == pytest.approx(-3 * TINTED)


def test_black_and_white_pictures_ask_for_something_finite() -> None:
    for value in (0.0, 1.0):
        proposal = proposer((0, 0, 0)).propose(scene(0), [Reference(Media("image", np.full((8, 8, 3), value, np.float32)))])
        assert proposal is not None and np.isfinite(proposal.render(scene(0)).data).all()


def test_its_doubt_is_other_light() -> None:
    content, proposal = scene(0), proposer((0, 0, 0)).propose(scene(0), [shows((0, 0, 0))])
    assert proposal is not None and proposal.unsure == 3
    brighter, warmer = (proposal.varied(np.eye(3)[axis]) for axis in (0, 1))
    assert brighter.render(content).data.mean() > content.data.mean() + 0.05
    red, _, blue = (warmer.render(content).data - content.data).mean((0, 1))
    assert red > 0.02 > -0.02 > blue
    assert brighter.unsure == 0


def test_a_picture_without_weight_says_nothing() -> None:
    assert proposer((0, 0, 0)).propose(scene(0), [Reference(scene(1), weight=0.0)]) is None
