"""sRGB, linear light and CIELAB in numpy, for proposers: they run without torch."""

import numpy as np
from numpy.typing import NDArray

from shared_engine.types import FloatArray, Media

LAB_FROM_LINEAR = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]], np.float32
) / np.array([[0.95047], [1.0], [1.08883]], np.float32)
"""Linear sRGB -> XYZ relative to the D65 white (IEC 61966-2-1)."""


def srgb_to_linear(rgb: NDArray[np.float32]) -> FloatArray:
    """sRGB-encoded -> linear light, IEC 61966-2-1; odd around zero, so that values outside 0..1 survive a round trip."""
    size = np.abs(rgb)
    return np.copysign(np.where(size > 0.04045, ((size + 0.055) / 1.055) ** 2.4, size / 12.92), rgb).astype(np.float32)


def linear_to_srgb(rgb: NDArray[np.float32]) -> FloatArray:
    """Linear light -> sRGB-encoded; the inverse of `srgb_to_linear`."""
    size = np.abs(rgb)
    return np.copysign(np.where(size > 0.0031308, 1.055 * size ** (1 / 2.4) - 0.055, 12.92 * size), rgb).astype(np.float32)


def encoded(media: Media) -> FloatArray:
    """The picture's pixels as sRGB-encoded values (H, W, 3)."""
    return linear_to_srgb(media.data) if media.space == "linear-sRGB" else media.data


def srgb_to_lab(rgb: NDArray[np.float32]) -> FloatArray:
    """sRGB-encoded (..., 3), clipped to 0..1 -> CIELAB under D65, L in 0..100."""
    white_relative = srgb_to_linear(np.clip(rgb, 0.0, 1.0)) @ LAB_FROM_LINEAR.T
    f = np.where(white_relative > 0.008856, np.cbrt(white_relative), 7.787 * white_relative + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), -1).astype(np.float32)
