"""Colour statistics of a picture as a bag of colours."""

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import srgb_to_lab
from shared_engine.types import FloatArray

LEVELS = np.array([0.002, 0.01, 0.03, 0.07, 0.13, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99, 0.998])
ZONES = 10
HUES = 16
BINS = (8, 11, 11)
AB_RANGE = 55.0


def statistics(pixels: NDArray[np.float32]) -> FloatArray:
    """Statistics (N, F) of N bags of sRGB-encoded colours (N, P, 3)."""
    count, size = pixels.shape[:2]
    lab = srgb_to_lab(pixels)
    lightness, ab = lab[..., 0] / 100, lab[..., 1:] / 100
    chroma = np.sqrt((ab**2).sum(-1))
    return np.concatenate(
        (
            quantiles(np.clip(pixels, 0, 1), lightness, ab, chroma),
            zones(lightness, ab, chroma),
            hue_wheel(lightness, ab, chroma),
            histogram(lightness, ab, count, size),
        ),
        axis=1,
    )


def quantiles(rgb: FloatArray, lightness: FloatArray, ab: FloatArray, chroma: FloatArray) -> FloatArray:
    """Quantiles of R, G, B, L (17 levels) and of a, b, chroma (9 levels)."""
    channels = np.concatenate((rgb, lightness[..., None], ab, chroma[..., None]), -1)
    ordered = np.sort(np.ascontiguousarray(channels.transpose(0, 2, 1)), axis=-1)
    at = (LEVELS * (ordered.shape[-1] - 1)).astype(int)
    return np.concatenate((ordered[:, :4, at].reshape(len(rgb), -1), 1.5 * ordered[:, 4:, at[::2]].reshape(len(rgb), -1)), 1)


def zones(lightness: FloatArray, ab: FloatArray, chroma: FloatArray) -> FloatArray:
    """Ten equal shares of the pixels from dark to light: mean and spread of a and b, their covariance, and their mean over the
    least colourful 15 % (what is probably grey and shows the cast of that tone)."""
    count, size = lightness.shape
    each = size // ZONES
    order = np.argsort(lightness, axis=1)[:, : each * ZONES]
    ab = np.take_along_axis(ab, order[..., None], 1).reshape(count, ZONES, each, 2)
    chroma = np.take_along_axis(chroma, order, 1).reshape(count, ZONES, each)
    grey = np.argpartition(chroma, each // 7, axis=2)[..., : each // 7 + 1]
    cast = np.take_along_axis(ab, grey[..., None], 2).mean(2)
    covariance = ((ab[..., 0] - ab[..., 0].mean(-1, keepdims=True)) * (ab[..., 1] - ab[..., 1].mean(-1, keepdims=True))).mean(-1)
    parts = (2 * ab.mean(2), 2 * ab.std(2), 8 * covariance, 2 * cast)
    return np.concatenate([part.reshape(count, -1) for part in parts], 1)


def hue_wheel(lightness: FloatArray, ab: FloatArray, chroma: FloatArray) -> FloatArray:
    """Sixteen hue sectors: how much colour lies there, how strong it is, how light it is."""
    count, size = chroma.shape
    sector = ((np.arctan2(ab[..., 1], ab[..., 0]) / np.pi + 1) * (HUES / 2)).astype(int) % HUES
    flat = (sector + np.arange(count)[:, None] * HUES).ravel()
    amount, strength, light = (
        np.bincount(flat, weight.ravel(), count * HUES).reshape(count, HUES) / size for weight in (chroma, chroma**2, chroma * lightness)
    )
    parts = (2 * np.sqrt(amount), 2 * strength / (amount + 5e-6), light / (amount + 1e-4))
    return np.concatenate(parts, 1).astype(np.float32)


def histogram(lightness: FloatArray, ab: FloatArray, count: int, size: int) -> FloatArray:
    """Square root of the joint histogram of L, a, b on an 8 x 11 x 11 grid."""
    levels, a_bins, b_bins = BINS
    light = np.clip((lightness * levels).astype(int), 0, levels - 1)
    a, b = (np.clip(((ab[..., c] * 100 + AB_RANGE) * (a_bins / (2 * AB_RANGE))).astype(int), 0, a_bins - 1) for c in (0, 1))
    cells = levels * a_bins * b_bins
    flat = ((light * a_bins + a) * b_bins + b + np.arange(count)[:, None] * cells).ravel()
    return (2 * np.sqrt(np.bincount(flat, minlength=count * cells).reshape(count, cells) / size)).astype(np.float32)
