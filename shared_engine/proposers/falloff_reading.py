"""How much light seems to fall off from the middle of a picture to its corners: vignetting, by a lens, a darkroom or an app.

Corners may be dark because the scene is; but a scene seldom darkens on all four sides alike, all the way, with its texture left as it
was. So what is read are block means of log luminance, saturation and texture, folded over the picture's two axes, and by rings the slope of
log luminance along the radius, above all where nothing else happens. A ridge regression (Hoerl and Kennard 1970) makes stops at nine
radii of it: shared_engine/training/falloff.py, on the look's own photos and film (look.md has their terms). It is the mean of what could
be, so it is shy. A network of 0.1 million parameters found no more.
"""

from functools import cache
from pathlib import Path

import numpy as np

from shared_engine import assets
from shared_engine.proposers.color import encoded, srgb_to_linear
from shared_engine.proposers.falloff import LUMINANCE, Stops, fading, radius
from shared_engine.proposers.neighbourhoods import WORKING_SIDE
from shared_engine.proposers.ridge import answer
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media

WEIGHTS = Path(__file__).with_name("falloff.safetensors")
DARKEST = 0.01
"""Linear light below this tells scenes apart, and not their falloff."""

BLOCKS, RINGS = 8, 8
STEEPEST = 3.0
"""Stops per half diagonal; a steeper slope is an edge of something."""

QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)


def falloff(media: Media) -> Stops:
    """Stops (9,) that seem to have been added at RADII: 0 in the middle, from there on never rising."""
    return fading(answer(_weights(), statistics(encoded(shrink(media, WORKING_SIDE)))))


@cache
def _weights() -> assets.Arrays:
    return assets.read(WEIGHTS)[0]


def statistics(picture: FloatArray) -> FloatArray:
    """What a small picture (H, W, 3), sRGB-encoded, says of its falloff: (185,)."""
    luma = picture @ LUMINANCE
    stops = np.log2(srgb_to_linear(np.clip(luma, 0, 1)) + np.float32(DARKEST))
    texture = np.hypot(*np.gradient(luma))
    planes = np.stack((stops, luma, np.ptp(picture, axis=-1), texture, texture / (luma + 0.05)))
    proportion = np.log(picture.shape[1] / picture.shape[0])
    return np.concatenate((_folded(planes), _ringed(stops), [proportion])).astype(np.float32)


def _folded(planes: FloatArray) -> FloatArray:
    """Means of BLOCKS x BLOCKS blocks of planes (P, H, W), averaged over the four mirror images: (P * BLOCKS^2 / 4,)."""
    rows, columns = (np.linspace(0, side, BLOCKS + 1).astype(int) for side in planes.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(planes, rows[:-1], 1), columns[:-1], 2)
    means = sums / (np.diff(rows)[:, None] * np.diff(columns))
    mirrored = means + means[:, ::-1] + means[:, :, ::-1] + means[:, ::-1, ::-1]
    return mirrored[:, : BLOCKS // 2, : BLOCKS // 2].ravel() / 4


def _ringed(stops: FloatArray) -> FloatArray:
    """By ring: slopes of log luminance (H, W) along the radius, and its quantiles; (RINGS * 13,)."""
    height, width = stops.shape
    down, across = np.gradient(stops)
    y, x = (np.arange(side) - (side - 1) / 2 for side in (height, width))
    distance = np.hypot(y[:, None], x) + 1e-6
    half = np.hypot(height, width) / 2
    along = (across * x + down * y[:, None]) / distance * half
    aside = np.abs(down * x - across * y[:, None]) / distance * half
    ring = np.minimum((radius(stops.shape) * RINGS).astype(int), RINGS - 1)
    found = []
    for number in range(RINGS):
        here = ring == number
        slope, other = along[here], aside[here]
        calm = other <= np.median(other)
        found.append(
            [
                np.median(slope),
                np.median(slope[calm]),
                np.clip(slope, -STEEPEST, STEEPEST).mean(),
                (slope < 0).mean(),
                *np.quantile(stops[here], QUANTILES),
                np.median(other),
                np.log(np.median(np.abs(slope)) + 0.01),
            ]
        )
    return np.asarray(found, np.float32).ravel()
