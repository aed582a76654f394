"""Another frame of the same scene as the reference: found by its things, not by its colours, on real photos."""

from dataclasses import replace

import numpy as np
import pytest
from skimage.transform import AffineTransform, warp
from test_proposers import PHOTOS, error, photo, warm

from shared_engine.proposers.same_series import SameSeriesProposer
from shared_engine.question import propose
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import Media, Reference, StudySpec


def frame(media: Media, other: Media, turn: float = 0.08, scale: float = 0.85) -> Media:
    """The scene a moment later: the camera turned, came closer, and somebody stands in the way."""
    height, width = media.data.shape[:2]
    mapping = AffineTransform(scale=scale, rotation=turn, translation=(0.1 * width, 0.05 * height))
    data = warp(media.data, mapping, mode="reflect").astype(np.float32)
    high, wide = height // 3, width // 4
    data[-high:, -wide:] = other.data[:high, :wide]
    return replace(media, data=data)


class TestSameSeries(ProposerTests):
    @pytest.fixture
    def proposer(self) -> SameSeriesProposer:
        return SameSeriesProposer()

    @pytest.fixture
    def content(self) -> Media:
        return photo(0)

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(warm(frame(photo(0), photo(1))))]


@pytest.mark.parametrize("index", range(0, len(PHOTOS), 2))
def test_the_look_of_another_frame_is_read_off_the_same_things(index: int) -> None:
    content, other = photo(index), photo((index + 1) % len(PHOTOS))
    proposals = propose(StudySpec(content, [Reference(warm(frame(content, other)))], "gimp"), content)
    assert proposals[0].proposer == "same-series"
    truth = warm(content)
    assert error(proposals[0].render(content), truth) < 0.3 * error(content, truth)


def test_unlike_photos_are_not_taken_for_a_series() -> None:
    photos = [photo(index) for index in range(len(PHOTOS))]
    for content, other in zip(photos, photos[1:], strict=False):
        assert SameSeriesProposer().propose(content, [Reference(warm(other))]) is None


def test_the_photo_itself_and_pairs_are_others_questions() -> None:
    content = photo(0)
    assert SameSeriesProposer().propose(content, [Reference(warm(content))]) is None
    assert SameSeriesProposer().propose(content, [Reference(warm(frame(content, photo(1))), original=content)]) is None


def test_a_picture_of_nothing_is_no_series() -> None:
    flat = Media("image", np.full((64, 80, 3), 0.5, np.float32))
    assert SameSeriesProposer().propose(flat, [Reference(photo(0))]) is None
    assert SameSeriesProposer().propose(photo(0), [Reference(flat)]) is None
