"""What the look's statistics say of pictures whose look is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared_engine.proposers import color_statistics, edge_statistics, extreme_statistics
from shared_engine.proposers.edge_statistics import TONES
from shared_engine.proposers.look_statistics import statistics
from shared_engine.proposers.neighbourhoods import PIXELS, sample
from shared_engine.types import FloatArray, Media

PHOTOS = sorted((Path(__file__).parents[1] / "data" / "photos").glob("*.jpg"))


@pytest.fixture(scope="module")
def photo() -> Media:
    with Image.open(PHOTOS[0]) as image:
        return Media("image", np.asarray(image.convert("RGB"), np.float32) / 255)


def edges(media: Media) -> FloatArray:
    """What `edge_statistics.together` says at the smaller scale, (6, TONES): red and blue over green, green, and three correlations."""
    bag = sample(media)[None]
    step = 100 * (bag[:, :, 2] - bag[:, :, 1])
    tone = edge_statistics.eighths(bag[:, :, 0].mean(-1))
    return edge_statistics.together(step, tone)[0].T


def test_steps_of_a_channel_show_its_slope(photo: Media) -> None:
    plain = edges(photo)
    weaker = edges(replace(photo, data=photo.data * np.array([1.0, 1.0, 0.5], np.float32)))
    busy = plain[2] > 0.5
    assert busy.sum() >= 3
    assert np.median((weaker[1] - plain[1])[busy]) == pytest.approx(np.log(0.5), abs=0.15)


def test_without_colour_all_channels_step_together(photo: Media) -> None:
    red, blue, _, *joint = edges(replace(photo, data=np.repeat(photo.data.mean(-1, keepdims=True), 3, -1)))
    np.testing.assert_allclose((red, blue), 0, atol=1e-4)
    assert np.median(joint) > 1.5


def test_extremes_are_where_black_and_white_are(photo: Media) -> None:
    lifted = replace(photo, data=(0.1 + 0.8 * photo.data).astype(np.float32))
    found = extreme_statistics.statistics(sample(lifted)[None]).reshape(7, 6) / 2
    assert found[:3, 0].min() >= 0.1 - 1e-6 and found[:3, -1].max() <= 0.9 + 1e-6
    assert (np.diff(found, axis=1) >= 0).all()


def test_order_does_not_count(photo: Media) -> None:
    bag = sample(photo)
    shuffled = np.random.default_rng(0).permutation(bag)
    for said in (color_statistics, edge_statistics, extreme_statistics):
        whole = said.statistics(np.stack((bag, shuffled)) if said is not color_statistics else np.stack((bag[:, 0], shuffled[:, 0])))
        np.testing.assert_allclose(whole[0], whole[1], atol=0.02)


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (5, 400)])
def test_odd_pictures_have_statistics(size: tuple[int, int]) -> None:
    bag = sample(Media("image", np.full((*size, 3), 0.5, np.float32)))
    assert bag.shape == (PIXELS, 5, 3)
    assert np.isfinite(statistics(bag[None])).all()


def test_a_large_picture_says_what_its_small_version_says(photo: Media) -> None:
    """Twice as large, by repeating every pixel: averaged down, both are the same picture."""
    large = replace(photo, data=photo.data.repeat(2, 0).repeat(2, 1))
    np.testing.assert_allclose(sample(large), sample(photo), atol=2e-3)


def test_a_tone_that_is_not_there_says_what_all_say() -> None:
    tone = np.zeros((1, 100), np.intp)
    means = edge_statistics.by_tone(tone, np.ones((1, 100, 1), np.float32))
    np.testing.assert_allclose(means, np.ones((1, TONES, 1)))
