"""A reference of the same series: another frame of the photo's scene, already edited. Its colours of the same things are the target.

The same things are found in both frames by SIFT (Lowe 2004; scikit-image's), whichever look lies between them; one affine map of most of
them (RANSAC, Fischler and Bolles 1981) says that they are one scene. Only colours around the spots that follow it are compared, so that who
walked through the picture meanwhile is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from skimage.feature import SIFT, match_descriptors
from skimage.measure import ransac
from skimage.transform import AffineTransform

from shared_engine.proposers.color import encoded
from shared_engine.proposers.look import model
from shared_engine.proposers.lut import LutProposal
from shared_engine.proposers.lut_fit import fit_table
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.registration import register
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media, Reference

CONFIDENCE = 0.8

SIDE = 320
"""Longer side at which spots are looked for, in pixels."""

RATIO, REACH, TRIALS = 0.8, 4.0, 300
"""Lowe's ratio of the best to the second match; how far a spot may lie from where the map puts it, in pixels; draws of RANSAC."""

LEAST = 12
"""Spots that must follow one map. Measured at SIDE: at most 4 in 200 unlike pairs, one of each styled."""

AROUND, STEP, SOFT = 9, 3, 1.5
"""Colours are compared in squares of this half side around a spot, every so many pixels, blurred by so much: all in pixels."""


@dataclass(frozen=True)
class Spots:
    """A small picture (H, W, 3), sRGB-encoded, and its spots: (row, column) (N, 2) and descriptors (N, 128)."""

    pixels: FloatArray
    places: NDArray[np.float64]
    descriptors: NDArray[np.uint8]


class SameSeriesProposer(Proposer):
    name = "same-series"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where no reference shows the content's scene in another frame; the very same picture is `same-content`'s question."""
        pairs = []
        for reference in references:
            if reference.weight > 0 and reference.original is None and register(content, reference.media) is None:
                pairs += [found] if (found := same_spots(content, reference.media)) is not None else []
        if not pairs:
            return None
        here, there = (np.concatenate(side) for side in zip(*pairs, strict=True))
        residual, _ = fit_table(here, there, model().basis)
        return LutProposal(self.name, CONFIDENCE, "The reference shows the same scene: the colours of the same things are taken", residual)


def same_spots(first: Media, second: Media) -> tuple[FloatArray, FloatArray] | None:
    """Colours of the same things in both pictures, (P, 3) each, sRGB-encoded; None where they do not show one scene."""
    here, there = (_spots(shrink(media, SIDE)) for media in (first, second))
    if min(len(here.places), len(there.places)) < LEAST:
        return None
    matches = match_descriptors(here.descriptors, there.descriptors, cross_check=True, max_ratio=RATIO)
    if len(matches) < LEAST:
        return None
    ends = here.places[matches[:, 0]], there.places[matches[:, 1]]
    mapping, follows = ransac(ends, AffineTransform, 3, REACH, max_trials=TRIALS, rng=0)
    if follows is None or follows.sum() < LEAST:
        return None
    around = np.stack(np.meshgrid(*2 * [np.arange(-AROUND, AROUND + 1, STEP)], indexing="ij"), -1).reshape(-1, 2)
    places = (ends[0][follows][:, None] + around).reshape(-1, 2)
    moved = mapping(places)
    inside = _inside(places, here.pixels) & _inside(moved, there.pixels)
    return _colors(here.pixels, places[inside]), _colors(there.pixels, moved[inside])


@lru_cache(16)
def _spots_of(data: bytes, shape: tuple[int, int, int]) -> Spots:
    pixels = np.frombuffer(data, np.float32).reshape(shape)
    finder = SIFT(upsampling=1)
    try:
        finder.detect_and_extract(np.sqrt(pixels.clip(0, 1) @ np.array([0.2126, 0.7152, 0.0722])))
    except RuntimeError:  # nothing in it stands out
        return Spots(pixels, np.empty((0, 2)), np.empty((0, 128), np.uint8))
    return Spots(pixels, finder.positions, finder.descriptors)


def _spots(media: Media) -> Spots:
    pixels = np.ascontiguousarray(encoded(media), np.float32)
    return _spots_of(pixels.tobytes(), pixels.shape)


def _inside(places: NDArray[np.float64], pixels: FloatArray) -> NDArray[np.bool_]:
    return ((places >= 0) & (places <= np.array(pixels.shape[:2]) - 1)).all(1)


def _colors(pixels: FloatArray, places: NDArray[np.float64]) -> FloatArray:
    soft = gaussian_filter(pixels, (SOFT, SOFT, 0))
    return np.stack([map_coordinates(soft[..., channel], places.T, order=1) for channel in range(3)], -1).astype(np.float32)
