"""Colour arithmetic of the replica: sRGB transfer curve, CIE Lab (D50), differentiable and safe (no NaN, no infinite slope).

Tensors are planar, (..., 3, N): the colour axis comes before the pixels, so that one channel is one run of memory. *Encoded* means
R'G'B' with the sRGB curve, *linear* means linear light with sRGB primaries; both are nominally 0..1, neither is clamped.
Constants are those of babl, GIMP's colour library: sRGB primaries adapted to D50.
"""

import math
from typing import Any

import torch
from torch import Tensor

LINEAR_TOE = 0.003130804954
"""End of the straight part of the sRGB curve, in linear light."""

ENCODED_TOE = 12.92 * LINEAR_TOE

RGB_TO_XYZ = torch.tensor(
    [
        [0.43603484, 0.38511665, 0.14305137],
        [0.22248794, 0.71690384, 0.06060826],
        [0.01391588, 0.09706051, 0.71392895],
    ]
)
"""Linear sRGB to CIE XYZ (D50); the second row is the luminance Y."""

LUMINANCE = RGB_TO_XYZ[1]

WHITE = torch.tensor([0.96420288, 1.0, 0.82490540])
"""D50 white point, XYZ."""

LAB_EPSILON = 216 / 24389
LAB_KAPPA = 24389 / 27


class _Encode(torch.autograd.Function):
    """Linear light -> R'G'B'. The slope is taken from the result, without a second power."""

    @staticmethod
    def forward(ctx: Any, linear: Tensor) -> Tensor:
        # Straight part + curved part - their common point: no comparison, no branch, exact on both sides.
        curved = linear.clamp_min(LINEAR_TOE)
        encoded = torch.log2(curved).mul_(1 / 2.4).exp2_().mul_(1.055)
        ctx.save_for_backward(curved, encoded)
        return encoded + linear.clamp_max(LINEAR_TOE).mul_(12.92).sub_(0.055 + ENCODED_TOE)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        # On the straight part this gives its slope at the toe, 12.70, in place of 12.92.
        curved, encoded = ctx.saved_tensors
        return (encoded / curved).mul_(1 / 2.4).mul_(gradient)


class _Decode(torch.autograd.Function):
    """R'G'B' -> linear light."""

    @staticmethod
    def forward(ctx: Any, encoded: Tensor) -> Tensor:
        curved = encoded.clamp_min(ENCODED_TOE).add_(0.055)
        linear = torch.log2(curved).sub_(math.log2(1.055)).mul_(2.4).exp2_()
        ctx.save_for_backward(curved, linear)
        return linear + encoded.clamp_max(ENCODED_TOE).mul_(1 / 12.92).sub_(LINEAR_TOE)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        curved, linear = ctx.saved_tensors
        return (linear / curved).mul_(2.4).mul_(gradient)


def encode(linear: Tensor) -> Tensor:
    """Linear light -> R'G'B', any shape. Negative values follow the straight part, as in babl."""
    return _Encode.apply(linear)


def decode(encoded: Tensor) -> Tensor:
    """R'G'B' -> linear light, any shape."""
    return _Decode.apply(encoded)


def linear_to_lab(linear: Tensor) -> Tensor:
    """Linear sRGB (..., 3, N) -> CIE L*, a*, b* (D50)."""
    scaled = torch.matmul((RGB_TO_XYZ / WHITE[:, None]).to(linear), linear)
    root = scaled.clamp_min(LAB_EPSILON).pow(1 / 3) + (scaled.clamp_max(LAB_EPSILON) - LAB_EPSILON) * (LAB_KAPPA / 116)
    x, y, z = root.unbind(-2)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), -2)


def lab_to_linear(lab: Tensor) -> Tensor:
    """CIE L*, a*, b* (D50) (..., 3, N) -> linear sRGB, not clamped."""
    lightness, a, b = lab.unbind(-2)
    y = (lightness + 16) / 116
    root = torch.stack((y + a / 500, y, y - b / 200), -2)
    edge = LAB_EPSILON ** (1 / 3)
    scaled = root.clamp_min(edge).pow(3) + (root.clamp_max(edge) - edge) * (116 / LAB_KAPPA)
    return torch.matmul((torch.linalg.inv(RGB_TO_XYZ) * WHITE).to(lab), scaled)


def lightness(luminance: Tensor) -> Tensor:
    """CIE L* of the relative luminance Y, any shape."""
    root = luminance.clamp_min(LAB_EPSILON).pow(1 / 3) + (luminance.clamp_max(LAB_EPSILON) - LAB_EPSILON) * (LAB_KAPPA / 116)
    return 116 * root - 16
