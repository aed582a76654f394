"""Falloff: how light fades from the middle of a picture to its corners, and proposals that have it beside their colours."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import linear_to_srgb, srgb_to_linear
from shared_engine.proposers.lut import LutProposal, corners
from shared_engine.types import FloatArray, Media

RADII = np.linspace(0.0, 1.0, 9)
"""Where falloff is told, as shares of the way from the middle to the corner, along which the picture is an ellipse."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
DARK = 1e-3
"""Linear light below this is black: three steps of eight bits."""

COARSE, ROUNDS = 5, 3
"""Points a side of the table of colours that falloff is told from, and rounds of reweighting."""

TOLERANCE, SMALL = 0.3, 1e-5
"""Stops that a spot may be off; how little each coefficient is held back, as a share of the spots."""

Stops = NDArray[np.float64]


@dataclass(frozen=True)
class VignetteProposal(LutProposal):
    """A table of colours, and then `stops` (9,) more light at RADII."""

    stops: Stops = field(default_factory=lambda: np.zeros(len(RADII)))
    needs: frozenset[str] = frozenset()
    gains = frozenset({"vignette"})

    def render(self, content: Media, likeness: float = 1.0) -> Media:
        return shaded(super().render(content, likeness), likeness * self.stops)


def radius(shape: tuple[int, ...]) -> FloatArray:
    """(H, W): 0 in the middle, 1 in the corners, the same on ellipses of the picture's proportions."""
    rows, columns = ((np.arange(side) + 0.5) / side * 2 - 1 for side in shape[:2])
    return np.hypot(*np.meshgrid(rows, columns, indexing="ij")).astype(np.float32) / np.float32(np.sqrt(2))


def shaded(media: Media, stops: NDArray[np.floating]) -> Media:
    """The picture with its linear light changed by `stops` (9,) at RADII, straight between them."""
    gain = _gain(radius(media.data.shape), stops)
    if media.space == "linear-sRGB":
        return replace(media, data=media.data * gain)
    return replace(media, data=linear_to_srgb(srgb_to_linear(media.data) * gain))


def _gain(away: NDArray[np.floating], stops: NDArray[np.floating]) -> FloatArray:
    """(..., 1): how many times the linear light is there, at `away` (...) from the middle, straight between RADII."""
    return np.exp2(np.interp(away, RADII, stops)).astype(np.float32)[..., None]


def lifted(colors: FloatArray, away: NDArray[np.floating], stops: NDArray[np.floating]) -> FloatArray:
    """sRGB-encoded colours (P, 3) from spots `away` (P,) from the middle, as they were before the falloff."""
    return np.minimum(linear_to_srgb(srgb_to_linear(colors) * _gain(away, -stops)), 1.0)


def fading(stops: NDArray[np.floating]) -> Stops:
    """The nearest falloff below `stops` (9,): 0 in the middle, from there on never rising."""
    return np.minimum.accumulate(np.minimum(stops - stops[0], 0.0)).astype(np.float64)


def fit_falloff(before: FloatArray, after: FloatArray, away: NDArray[np.floating]) -> Stops:
    """Stops (9,) at RADII that fell off between two pictures of one thing, whatever was done to its colours.

    `before`, `after` (P, 3) are colours at the same spots, sRGB-encoded, `away` (P,) how far from the middle these lie. How many stops a
    spot lost is a coarse table of its colour before plus a falloff of its place: both are found together, by least squares, reweighted
    (1 / (1 + (e / TOLERANCE)^2)) so that what was retouched in one place counts little.
    """
    lost = _light(after) - _light(before)
    indices, shares = corners(before, COARSE)
    place = np.clip(away, 0, 1) * (len(RADII) - 1)
    rings = np.maximum(1 - np.abs(place[:, None] - np.arange(1, len(RADII))), 0)
    table = np.zeros((len(before), COARSE**3))
    np.put_along_axis(table, indices.T.astype(np.intp), shares.T, 1)
    design = np.concatenate((table, rings), 1)
    weights = np.ones(len(lost))
    for _ in range(ROUNDS):
        weighted = design.T * weights
        found = np.linalg.solve(weighted @ design + SMALL * len(lost) * np.eye(design.shape[1]), weighted @ lost)
        weights = 1 / (1 + ((lost - design @ found) / TOLERANCE) ** 2)
    return fading(np.append(0.0, found[COARSE**3 :]))


def _light(colors: FloatArray) -> FloatArray:
    """Log2 of the linear luminance of sRGB-encoded colours (P, 3)."""
    return np.log2(srgb_to_linear(np.clip(colors, 0, 1)) @ LUMINANCE + np.float32(DARK))
