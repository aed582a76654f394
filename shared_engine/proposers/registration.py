"""Do two pictures show the same thing, and where does one lie in the other? Holds for any look between them, and for a crop.

Pictures are compared by the *orientation* of their edges as double angles: z = sum over channels of (dx + i dy)^2, its magnitude made
even over the picture. An edge keeps its orientation under every curve, tint and black-and-white conversion, even as a negative.
The correlation is normalised over the overlap; shifts are searched by FFT, scales one by one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2, next_fast_len
from scipy.ndimage import gaussian_filter, map_coordinates

from shared_engine.proposers.color import encoded
from shared_engine.proposers.falloff import radius
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media

Field = NDArray[np.complex64]

COARSE, FINE = 80, 192
"""Longer side of the first picture in pixels, while the other is searched for in it, and while it is aligned to it."""

CROP = 0.45
"""The smallest crop that is searched for: this share of the other picture's side."""

ROUGH, SAME = 0.5, 0.63
"""Scores that a first find and an alignment must reach. Measured at COARSE: crops of styled photos 0.65 or more, 300 unlike pairs 0.45 or
less; at FINE: crops 0.80 or more."""

ANSWERS = 64

PAIRS = 8192
"""About how many pairs of colours are enough to fit a table to."""

OVERLAP = 0.8
"""Smallest share of the smaller picture that must lie inside the other: a crop lies there whole; mere corners are alike by chance."""


@dataclass(frozen=True)
class Match:
    """The second picture's pixel (row, column) lies at `origin` + `step` * (row, column) in the first; `score` is in -1..1.

    All in pixels of the pictures as `register` was given them.
    """

    score: float
    origin: tuple[float, float]
    step: float


def edges(media: Media) -> Field:
    """Double-angle edge orientations (H, W), of even magnitude."""
    image = gaussian_filter(encoded(media).clip(0.0, 1.0), (0.7, 0.7, 0))
    rows, columns = (np.gradient(image, axis=axis) if image.shape[axis] > 1 else np.zeros_like(image) for axis in (0, 1))
    squared = ((columns + 1j * rows) ** 2).sum(-1)
    size = np.sqrt(np.abs(squared))
    around = gaussian_filter(size, max(image.shape[:2]) / 12)
    return (squared / (size + 1e-6) / (around + 0.004)).astype(np.complex64)


def correlate(first: Field, second: Field) -> tuple[float, int, int]:
    """The best normalised correlation over all shifts that overlap enough -> score, row and column of the second's corner in the first."""
    shape = tuple(next_fast_len(a + b - 1) for a, b in zip(first.shape, second.shape, strict=True))
    spectra = [fft2(part, shape) for part in (first, np.abs(first) ** 2, np.ones(first.shape, np.float32))]
    others = [np.conj(fft2(part, shape)) for part in (second, np.ones(second.shape, np.float32), np.abs(second) ** 2)]
    product, energy_first, energy_second = (ifft2(a * b).real for a, b in zip(spectra, others, strict=True))
    score = product / np.sqrt(np.maximum(energy_first, 1e-3) * np.maximum(energy_second, 1e-3))
    covered = np.outer(*(_overlaps(a, b, n) for a, b, n in zip(first.shape, second.shape, shape, strict=True)))
    score[covered < OVERLAP * min(first.size, second.size)] = -1.0
    row, column = np.unravel_index(int(score.argmax()), shape)
    corner = [int(at - n if at >= size else at) for at, n, size in zip((row, column), shape, first.shape, strict=True)]
    return float(score[row, column]), corner[0], corner[1]


def _overlaps(first: int, second: int, period: int) -> NDArray[np.float64]:
    """How many pixels of two rows of these lengths overlap at each cyclic shift of the second."""
    shift = np.arange(period)
    shift = np.where(shift >= first, shift - period, shift)
    return np.clip(np.minimum(first, shift + second) - np.maximum(shift, 0), 0, None)


def search(first: Media, second: Media, side: int, sizes: Collection[int]) -> Match:
    """The best match with `first` at longer side `side` and `second` at each longer side in `sizes`."""
    small, large = shrink(first, side), shrink(second, max(sizes))
    field, unit = edges(small), max(first.data.shape[:2]) / max(small.data.shape[:2])
    best = Match(-1.0, (0.0, 0.0), 1.0)
    for size in sizes:
        other = shrink(large, size)
        score, row, column = correlate(field, edges(other))
        if score > best.score:
            best = Match(score, (row * unit, column * unit), unit * max(other.data.shape[:2]) / max(second.data.shape[:2]))
    return best


def register(first: Media, second: Media) -> Match | None:
    """Where `second` lies in `first`, or None where they do not show the same picture. Masks do not matter.

    Several proposers ask the same question; the last few answers are kept.
    """
    key = tuple((media.space, media.data.shape, blake2b(np.ascontiguousarray(media.data)).digest()) for media in (first, second))
    if key not in _answers:
        if len(_answers) >= ANSWERS:
            _answers.pop(next(iter(_answers)))
        _answers[key] = _register(first, second)
    return _answers[key]


_answers: dict[tuple[object, ...], Match | None] = {}


def _register(first: Media, second: Media) -> Match | None:
    rough = search(first, second, COARSE, [COARSE])
    if rough.score < ROUGH:
        reach = np.geomspace(CROP, 1 / CROP, 23)
        rough = search(first, second, COARSE, sorted({round(COARSE * scale) for scale in reach}))
    if rough.score < ROUGH:
        return None
    side = max(second.data.shape[:2]) * rough.step * min(1.0, FINE / max(first.data.shape[:2]))
    fine = search(first, second, FINE, sorted({max(8, round(side * scale)) for scale in np.linspace(0.97, 1.03, 9)}))
    return fine if fine.score >= SAME else None


def correspondences(first: Media, second: Media, match: Match) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Colours of `first` and of `second` at the same spots, sRGB-encoded (P, 3) each, only where both lie and both masks are set; and how
    far each spot lies from the middle of `second`, (P,), as `falloff.radius` has it."""
    small, other = (
        shrink(first, FINE),
        shrink(second, max(8, round(FINE * match.step * max(second.data.shape[:2]) / max(first.data.shape[:2])))),
    )
    unit, other_unit = (max(a.data.shape[:2]) / max(b.data.shape[:2]) for a, b in ((first, small), (second, other)))
    rows, columns = np.indices(small.data.shape[:2]).reshape(2, -1) * unit
    spot = np.stack(((rows - match.origin[0]) / match.step, (columns - match.origin[1]) / match.step)) / other_unit
    inside = ((spot >= 0) & (spot <= np.array(other.data.shape[:2])[:, None] - 1)).all(0)
    if small.mask is not None:
        inside &= small.mask.ravel() > 0.5
    if other.mask is not None:
        inside &= map_coordinates(other.mask, spot, order=0, mode="nearest") > 0.5
    pixels = encoded(other)
    kept = np.flatnonzero(inside)
    kept = kept[:: max(1, len(kept) // PAIRS)]
    shown = np.stack([map_coordinates(pixels[..., c], spot[:, kept], order=1) for c in range(3)], -1)
    return encoded(small).reshape(-1, 3)[kept], shown.astype(np.float32), map_coordinates(radius(pixels.shape), spot[:, kept], order=1)
