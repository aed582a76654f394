"""The photo proposers on real photos, and on what users get wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared_engine.errors import AssetError
from shared_engine.proposers import look
from shared_engine.proposers.before_after import BeforeAfterProposer
from shared_engine.proposers.color import linear_to_srgb, srgb_to_lab, srgb_to_linear
from shared_engine.proposers.look import LookProposer
from shared_engine.proposers.lut import LutProposal, interpolate, lattice
from shared_engine.proposers.neighbourhoods import PIXELS, sample
from shared_engine.proposers.proposer import Proposal
from shared_engine.proposers.registration import register
from shared_engine.proposers.same_content import SameContentProposer
from shared_engine.proposers.statistics import StatisticsProposer
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import FloatArray, Media, Reference

PHOTOS = sorted((Path(__file__).parents[1] / "data" / "photos").glob("*.jpg"))


def photo(index: int) -> Media:
    with Image.open(PHOTOS[index]) as image:
        return Media("image", np.asarray(image.convert("RGB"), np.float32) / 255, name=PHOTOS[index].name)


def warm(media: Media) -> Media:
    """A look by hand: lifted blacks, warm lights, cool shadows, less saturation."""
    grey = media.data.mean(-1, keepdims=True)
    styled = 0.75 * media.data + 0.25 * grey
    styled = 0.06 + 0.9 * styled + (grey - 0.5) * np.array([0.12, 0.02, -0.14])
    return replace(media, data=np.clip(styled, 0, 1).astype(np.float32))


def crop(media: Media, top: float, left: float, share: float) -> Media:
    height, width = media.data.shape[:2]
    rows = slice(int(top * height), int((top + share) * height))
    return replace(media, data=media.data[rows, int(left * width) : int((left + share) * width)])


def error(a: Media, b: Media) -> float:
    return float(np.linalg.norm(srgb_to_lab(a.data) - srgb_to_lab(b.data), axis=-1).mean())


class TestLook(ProposerTests):
    @pytest.fixture
    def proposer(self) -> LookProposer:
        return LookProposer()

    @pytest.fixture
    def content(self) -> Media:
        return photo(0)

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(warm(photo(index))) for index in (1, 2, 3)]


class TestStatistics(TestLook):
    @pytest.fixture
    def proposer(self) -> StatisticsProposer:
        return StatisticsProposer()


class TestBeforeAfter(TestLook):
    @pytest.fixture
    def proposer(self) -> BeforeAfterProposer:
        return BeforeAfterProposer()

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(warm(photo(1)), original=photo(1))]

    def test_it_transfers_what_was_done_to_another_photo(self, proposal: Proposal, content: Media) -> None:
        wanted = warm(content)
        assert error(proposal.render(content), wanted) < 0.45 * error(content, wanted)

    def test_the_after_may_be_a_crop_of_the_original(self, proposer: BeforeAfterProposer, content: Media) -> None:
        proposal = proposer.propose(content, [Reference(warm(crop(photo(1), 0.1, 0.2, 0.7)), original=photo(1))])
        assert proposal is not None
        wanted = warm(content)
        assert error(proposal.render(content), wanted) < 0.6 * error(content, wanted)

    def test_an_original_of_another_picture_is_no_original(self, proposer: BeforeAfterProposer, content: Media) -> None:
        assert proposer.propose(content, [Reference(warm(photo(1)), original=photo(2))]) is None


class TestSameContent(TestLook):
    @pytest.fixture
    def proposer(self) -> SameContentProposer:
        return SameContentProposer()

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(warm(photo(0)))]

    def test_it_takes_the_reference_as_the_target(self, proposal: Proposal, content: Media) -> None:
        wanted = warm(content)
        assert error(proposal.render(content), wanted) < 0.2 * error(content, wanted)

    def test_a_black_and_white_print_of_the_photo_is_the_photo(self, proposer: SameContentProposer, content: Media) -> None:
        grey = np.repeat(content.data @ np.float32([[0.3], [0.5], [0.2]]), 3, axis=-1)
        proposal = proposer.propose(content, [Reference(Media("image", grey))])
        assert proposal is not None
        assert error(proposal.render(content), Media("image", grey)) < 0.2 * error(content, Media("image", grey))

    def test_the_photo_itself_asks_for_no_change(self, proposer: SameContentProposer, content: Media) -> None:
        proposal = proposer.propose(content, [Reference(content)])
        assert proposal is not None and error(proposal.render(content), content) < 0.5

    @pytest.mark.parametrize("other", range(1, len(PHOTOS)))
    def test_other_photos_are_not_its_question(self, proposer: SameContentProposer, content: Media, other: int) -> None:
        assert proposer.propose(content, [Reference(warm(photo(other)))]) is None


def test_a_crop_is_found_where_it_was_cut() -> None:
    whole = photo(0)
    match = register(whole, warm(crop(whole, 0.25, 0.1, 0.6)))
    assert match is not None
    height, width = whole.data.shape[:2]
    np.testing.assert_allclose(match.origin, (int(0.25 * height), int(0.1 * width)), atol=4)
    assert match.step == pytest.approx(1.0, abs=0.02)


def test_the_surest_evidence_leads() -> None:
    content = photo(0)
    shown = [Reference(warm(photo(0))), Reference(warm(photo(1)), original=photo(1))]
    order = [BeforeAfterProposer(), SameContentProposer(), LookProposer(), StatisticsProposer()]
    confidences = [proposal.confidence for one in order if (proposal := one.propose(content, shown))]
    assert len(confidences) == 4 and confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize("proposer", [LookProposer(), StatisticsProposer(), SameContentProposer()])
@pytest.mark.parametrize(
    "pixels",
    [np.zeros((1, 1, 3)), np.ones((40, 3, 3)), np.full((64, 64, 3), 0.5), np.linspace(-0.5, 4.0, 30000).reshape(100, 100, 3)],
    ids=["one pixel", "white sliver", "flat grey", "out of range"],
)
def test_odd_references_and_contents_do_no_harm(proposer: LookProposer, pixels: FloatArray) -> None:
    odd = Media("image", pixels.astype(np.float32))
    for content, reference in ((photo(0), odd), (odd, photo(0)), (odd, odd)):
        proposal = proposer.propose(content, [Reference(reference)])
        if proposal is not None:
            assert np.isfinite(proposal.render(content, 2.0).data).all()


def test_a_black_and_white_reference_asks_for_black_and_white() -> None:
    references = [Reference(replace(photo(i), data=np.repeat(photo(i).data.mean(-1, keepdims=True), 3, -1))) for i in (1, 2, 3)]
    content = photo(0)
    proposal = LookProposer().propose(content, references)
    assert proposal is not None
    chroma = [np.linalg.norm(srgb_to_lab(media.data)[..., 1:], axis=-1).mean() for media in (content, proposal.render(content))]
    assert chroma[1] < 0.35 * chroma[0]


def test_a_weight_of_zero_is_no_reference_and_equal_weights_are_the_mean() -> None:
    content, shown = photo(0), [Reference(warm(photo(1))), Reference(photo(2), weight=0.0)]
    proposals = [LookProposer().propose(content, references) for references in (shown, shown[:1])]
    assert isinstance(proposals[0], LutProposal) and isinstance(proposals[1], LutProposal)
    np.testing.assert_array_equal(proposals[0].residual, proposals[1].residual)
    described = [look.describe([photo(1), photo(2)], weights) for weights in ((1.0, 1.0), (3.0, 3.0))]
    np.testing.assert_allclose(*described, rtol=1e-5)
    assert described[0][-1] == pytest.approx(np.log(2))


def test_only_what_the_mask_shows_counts() -> None:
    media = photo(1)
    left = np.zeros(media.data.shape[:2], np.float32)
    left[:, : left.shape[1] // 2] = 1.0
    painted = media.data.copy()
    painted[:, left.shape[1] // 2 :] = (1.0, 0.0, 1.0)
    masked = [sample(replace(media, data=data, mask=left)) for data in (media.data, painted)]
    assert masked[0].shape == (PIXELS, 5, 3)
    assert np.abs(masked[0] - masked[1]).mean() < 0.02


def test_linear_light_and_encoded_pictures_get_the_same_answer() -> None:
    encoded, shown = photo(0), [Reference(warm(photo(1)))]
    linear = replace(encoded, data=srgb_to_linear(encoded.data), space="linear-sRGB")
    renders = [LookProposer().propose(media, shown).render(media).data for media in (encoded, linear)]
    np.testing.assert_allclose(linear_to_srgb(renders[1]), renders[0], atol=2e-3)


def test_a_table_is_exact_on_its_lattice_and_between() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(0.3, 0.2, (3, 3)).astype(np.float32)
    colors = rng.random((500, 3)).astype(np.float32)
    np.testing.assert_allclose(interpolate(lattice() @ matrix, colors), colors @ matrix, atol=1e-5)


def test_weights_that_are_not_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    changed = tmp_path / "look.safetensors"
    changed.write_bytes(look.WEIGHTS.read_bytes()[:-1] + b"x")
    changed.with_suffix(".sha256").write_bytes(look.WEIGHTS.with_suffix(".sha256").read_bytes())
    with pytest.raises(AssetError, match="not the ones"):
        look.load(changed)
    with pytest.raises(AssetError, match="missing"):
        look.load(tmp_path / "nowhere.safetensors")


def test_more_references_than_training_showed_count_as_many_as_it_did() -> None:
    numbers = [look.describe([photo(1)] * count, [1.0] * count)[-1] for count in (1, 2, look.MOST, look.MOST + 4)]
    np.testing.assert_allclose(numbers, np.log([1, 2, look.MOST, look.MOST]), atol=1e-6)


def test_the_look_can_be_read_in_other_ways() -> None:
    proposal = LookProposer().propose(photo(0), [Reference(warm(photo(1)))])
    at_rest = proposal.varied(np.zeros(proposal.unsure))
    np.testing.assert_allclose(at_rest.residual, proposal.residual)
    other = proposal.varied(np.eye(proposal.unsure)[0])
    assert np.abs(other.render(photo(0)).data - proposal.render(photo(0)).data).mean() > 0.005
    assert not other.unsure, "a reading is no proposal to read again"
