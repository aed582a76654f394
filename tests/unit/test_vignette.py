"""Dark corners: seen in photos, proposed beside the look, and made with GIMP's own vignette."""

import numpy as np
import pytest

from plugins_gimp.replica import GimpReplica
from shared_engine.errors import ParameterError
from shared_engine.imitate import imitate
from shared_engine.proposers.before_after import BeforeAfterProposer
from shared_engine.proposers.falloff import RADII, VignetteProposal, radius, shaded
from shared_engine.proposers.falloff_reading import falloff
from shared_engine.proposers.ridge import answer
from shared_engine.proposers.vignette import SURELY, USUAL, VignetteProposer
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.training.falloff import RIDGE
from shared_engine.training.ridge import fit
from shared_engine.types import Media, Reference, StudySpec
from shared_engine.wording import picture_changes
from tests.unit.test_proposers import PHOTOS, error, photo, warm

DEEP = -2.5 * RADII**2


def dark(media: Media) -> Media:
    return shaded(media, DEEP)


class TestVignette(ProposerTests):
    @pytest.fixture
    def proposer(self) -> VignetteProposer:
        return VignetteProposer()

    @pytest.fixture
    def content(self) -> Media:
        return photo(0)

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(dark(warm(photo(index)))) for index in (1, 2, 3)]


def test_corners_lie_at_one_whatever_the_proportions():
    found = radius((40, 100))
    assert found[0, 0] == pytest.approx(np.hypot(0.975, 0.99) / np.sqrt(2), abs=1e-6)
    assert found[20, 50] < 0.02
    assert found[0, 50] == pytest.approx(found[20, 0], abs=0.03)


def test_shading_takes_the_stops_that_it_is_told():
    grey = Media("image", np.full((90, 120, 3), 0.2, np.float32), space="linear-sRGB")
    shown = shaded(grey, DEEP).data[..., 0]
    assert np.log2(shown[0, 0] / 0.2) == pytest.approx(-2.5, abs=0.1)
    assert np.log2(shown[45, 60] / 0.2) == pytest.approx(0.0, abs=0.02)


def test_a_vignette_is_seen_in_photos_and_none_where_there_is_none():
    plain, added = (np.array([falloff(change(photo(index)))[-1] for index in range(len(PHOTOS))]) for change in (lambda one: one, dark))
    assert np.mean(added) < -1.2
    assert np.mean(added - plain) < -0.8
    assert np.mean(plain > USUAL + SURELY) >= 0.8


def test_it_never_brightens_outwards_and_leaves_the_middle_alone():
    for index in range(len(PHOTOS)):
        stops = falloff(dark(photo(index)))
        assert stops[0] == 0
        assert (np.diff(stops) <= 0).all()


def test_a_content_with_dark_corners_of_its_own_gets_no_more_of_them():
    proposer = VignetteProposer()
    references = [Reference(dark(warm(photo(index)))) for index in (1, 2, 3)]
    assert isinstance(proposer.propose(photo(0), references), VignetteProposal)
    assert proposer.propose(dark(photo(0)), references) is None


def test_what_the_original_has_as_well_is_no_part_of_the_look():
    pair = [Reference(dark(warm(photo(1))), original=dark(photo(1)))]
    assert VignetteProposer().propose(photo(0), pair) is None


def test_the_answer_uses_gimps_vignette_unasked():
    spec = StudySpec(photo(0), [Reference(dark(warm(photo(index)))) for index in (1, 2, 3)], "gimp", alternatives=0)
    found = imitate(spec)
    assert found.proposer == "vignette"
    assert "gegl:vignette" in {entry["operation"] for entry in found.recipe}
    batch = {key: np.array([value]) for key, value in found.best.values.items()}
    (picture,) = GimpReplica().stage(photo(0)).media(batch, 1)
    gain = np.log2((picture.data.mean(-1) + 0.01) / (photo(0).data.mean(-1) + 0.01))
    away = radius(gain.shape)
    assert gain[away > 0.85].mean() < gain[away < 0.3].mean() - 0.4


def test_dark_corners_are_named_and_a_curve_is_not_taken_for_them():
    for index in range(len(PHOTOS)):
        before = photo(index)
        curved = Media("image", before.data**1.6)
        assert "darker corners" in picture_changes(before, dark(before))
        assert "darker corners" not in picture_changes(before, curved)


def test_it_is_not_proposed_where_no_tool_could_make_it():
    references = [Reference(dark(warm(photo(index)))) for index in (1, 2, 3)]
    found = imitate(StudySpec(photo(0), references, "gimp", alternatives=0, only=("exposure", "curves")))
    assert found.proposer == "look"
    with pytest.raises(ParameterError):
        imitate(StudySpec(photo(0), references, "gimp", alternatives=0, only=("exposure",), proposer="vignette"))


def test_a_pair_tells_colours_and_falloff_apart():
    proposal = BeforeAfterProposer().propose(photo(0), [Reference(dark(warm(photo(1))), original=photo(1))])
    assert isinstance(proposal, VignetteProposal)
    assert np.abs(proposal.stops - DEEP).max() < 0.25
    assert error(proposal.render(photo(0)), dark(warm(photo(0)))) < 0.2 * error(photo(0), dark(warm(photo(0))))


def test_a_pair_without_falloff_has_none():
    proposal = BeforeAfterProposer().propose(photo(0), [Reference(warm(photo(1)), original=photo(1))])
    assert proposal is not None
    assert not isinstance(proposal, VignetteProposal)


def test_an_edit_of_the_photo_itself_gets_its_vignette():
    found = imitate(StudySpec(photo(0), [Reference(dark(warm(photo(0))))], "gimp", alternatives=0))
    assert found.proposer == "same-view"
    assert "gegl:vignette" in {entry["operation"] for entry in found.recipe}


def test_the_regression_finds_what_the_statistics_hold():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 6)).astype(np.float32)
    stops = rows[:, :1] * -RADII + 0.1 * rng.normal(size=(4000, len(RADII)))
    arrays = fit(rows, stops, RIDGE)
    assert np.abs(answer(arrays, rows) - rows[:, :1] * -RADII).max() < 0.2
