"""What edges tell about a look, whatever it is that has edges.

A look maps colours one by one, so the step from a pixel to its neighbour passes through the look's slope at that colour. In photos as they
come out of a camera most steps are light and shade: red, green and blue step together (the grey-edge hypothesis; van de Weijer, Gevers and
Gijsenij 2007). Where the steps of one tone are larger in red than in blue, or lead towards a tint, the look does it.
"""

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import srgb_to_lab
from shared_engine.types import FloatArray

TONES = 8
SCALES = (1, 2), (3, 4)
"""Ends of the two chords through a neighbourhood, two and six pixels long."""

PRIOR = 20.0
"""Steps of the whole picture that each tone is given on top of its own: a tone that is hardly there says what all say."""

PAIRS = (0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)
QUIET = 0.3
"""Variance of a step, in percent squared, that grain and 8 bits make."""


def statistics(bags: NDArray[np.float32]) -> FloatArray:
    """Statistics (N, F) of N bags of sRGB-encoded neighbourhoods (N, P, 5, 3): for each scale and each of eight tones

    - the size of green's steps, those of red and blue against it (logarithms), and how channels step together (Fisher's z);
    - slopes of Lab's a and b over L, and of chroma's steps against lightness' (logarithm);
    - for each channel and each eighth of its own range, the size of its steps (logarithm).
    """
    lab = srgb_to_lab(bags)
    tone = eighths(lab[:, :, 0, 0] / 100)
    parts = []
    for low, high in SCALES:
        step = 100 * (bags[:, :, high] - bags[:, :, low])
        parts += [
            together(step, tone),
            tint(lab[:, :, high] - lab[:, :, low], tone),
            contrast(step, eighths((bags[:, :, low] + bags[:, :, high]) / 2)),
        ]
    return np.concatenate([part.reshape(len(bags), -1) for part in parts], 1, dtype=np.float32)


def together(step: FloatArray, tone: NDArray[np.intp]) -> FloatArray:
    """Steps (N, P, 3) in percent -> (N, TONES, 6)."""
    moments = by_tone(tone, np.stack([step[..., i] * step[..., j] for i, j in PAIRS], -1))
    size = moments[..., :3] + QUIET
    red, green, blue = np.moveaxis(np.log(size) / 2, -1, 0)
    joint = [
        np.arctanh(np.clip(moments[..., 3 + n] / np.sqrt(size[..., i] * size[..., j]), -0.999, 0.999)) for n, (i, j) in enumerate(PAIRS[3:])
    ]
    return np.stack((red - green, blue - green, green, *joint), -1)


def tint(step: FloatArray, tone: NDArray[np.intp]) -> FloatArray:
    """Steps in Lab (N, P, 3) -> (N, TONES, 3)."""
    light, a, b = np.moveaxis(step, -1, 0)
    moments = by_tone(tone, np.stack((light**2, light * a, light * b, a**2 + b**2), -1))
    size = moments[..., 0] + 1.0
    return np.stack((moments[..., 1] / size, moments[..., 2] / size, np.log((moments[..., 3] + 0.5) / size) / 2), -1)


def contrast(step: FloatArray, level: NDArray[np.intp]) -> FloatArray:
    """Steps (N, P, 3) in percent and each channel's own level -> (N, TONES, 3)."""
    return np.log(np.concatenate([by_tone(level[..., c], np.abs(step[..., c : c + 1])) for c in range(3)], -1) + QUIET)


def eighths(level: FloatArray) -> NDArray[np.intp]:
    return np.clip((level * TONES).astype(int), 0, TONES - 1)


def by_tone(tone: NDArray[np.intp], values: FloatArray) -> FloatArray:
    """Means (N, TONES, K) of values (N, P, K), drawn to the mean of all by `PRIOR`."""
    count = len(values)
    flat = (tone + np.arange(count)[:, None] * TONES).ravel()
    amount = np.bincount(flat, minlength=count * TONES).reshape(count, TONES, 1)
    sums = np.stack([np.bincount(flat, column.ravel(), count * TONES) for column in np.moveaxis(values, -1, 0)], -1)
    means: FloatArray = (sums.reshape(count, TONES, -1) + PRIOR * values.mean(1, keepdims=True)) / (amount + PRIOR)
    return means
