"""A reference from the same view is recognised under any light, through noise, at any size; a crop or another picture is not."""

import numpy as np
import pytest
from scipy.ndimage import zoom

from shared_engine.proposers.same_view import SameViewProposer
from shared_engine.types import Media, Reference


def picture(seed: int) -> np.ndarray:
    """Blocks and discs of random colours, (96, 128, 3)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((96, 128))
    made = np.full((96, 128, 3), 0.4, np.float32)
    for _ in range(14):
        row, column, size = rng.integers(0, 96), rng.integers(0, 128), rng.integers(6, 30)
        disc = (rows - row) ** 2 + (columns - column) ** 2 < size**2
        box = (abs(rows - row) < size) & (abs(columns - column) < size / 2)
        made[disc if rng.random() < 0.5 else box] = rng.random(3)
    return made


def lit(scene: np.ndarray, seed: int) -> np.ndarray:
    """The scene with its left side in warm light, its right side dark, and noise."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(1.4, 0.3, scene.shape[1], dtype=np.float32)[None, :, None] * np.array([1.0, 0.8, 0.6], np.float32)
    return np.clip(scene * ramp + rng.normal(0, 0.05, scene.shape), 0, 1).astype(np.float32)


def asked(content: np.ndarray, reference: np.ndarray) -> Media | None:
    proposal = SameViewProposer().propose(Media("image", content), [Reference(Media("image", reference))])
    return proposal and proposal.render(Media("image", content))


@pytest.mark.parametrize("seed", range(4))
def test_another_light_is_the_target_as_it_stands(seed: int) -> None:
    scene = picture(seed)
    reference = lit(scene, seed)
    target = asked(scene, reference)
    assert target is not None
    np.testing.assert_allclose(target.data, reference, atol=1e-6)


def test_a_larger_reference_is_brought_to_size() -> None:
    scene = picture(1)
    target = asked(scene, np.repeat(np.repeat(lit(scene, 1), 3, 0), 3, 1))
    assert target is not None
    np.testing.assert_allclose(target.data, lit(scene, 1), atol=1e-5)


def test_likeness_walks_from_the_content_to_the_reference() -> None:
    scene = picture(2)
    proposal = SameViewProposer().propose(Media("image", scene), [Reference(Media("image", lit(scene, 2)))])
    assert proposal is not None
    np.testing.assert_allclose(proposal.render(Media("image", scene), 0.0).data, scene, atol=1e-6)
    np.testing.assert_allclose(proposal.render(Media("image", scene), 0.5).data, (scene + lit(scene, 2)) / 2, atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_other_pictures_and_crops_are_not_the_view(seed: int) -> None:
    assert asked(picture(seed), lit(picture(seed + 50), seed)) is None
    crop = zoom(picture(seed)[12:84, 16:112], (4 / 3, 4 / 3, 1), order=1).astype(np.float32)
    assert asked(picture(seed), crop) is None
    assert asked(picture(seed), picture(seed)[:, :100]) is None
