"""CIELAB and its distances, in torch: the metric that pictures are transcribed with.

Lab is computed from sRGB-encoded values through IEC 61966-2-1 and D65 XYZ. Out-of-gamut values are bent, not cut, so that a
gradient leads back into the gamut.
"""

import math

import torch
from torch import Tensor

from shared_engine.metrics.metric import Metric

XYZ_FROM_RGB = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
WHITE = (0.95047, 1.0, 1.08883)
BEND = 0.02
"""Slope outside 0..1: small, because the host will clip there; not zero, so that the search can find its way back."""


def bend(rgb: Tensor) -> Tensor:
    """Values outside 0..1 pulled almost to the border (slope `BEND`)."""
    inside = rgb.clamp(0.0, 1.0)
    return inside + BEND * (rgb - inside)


def srgb_to_linear(rgb: Tensor) -> Tensor:
    """sRGB-encoded (..., 3) -> linear light, IEC 61966-2-1; values below 0 stay on the linear branch."""
    return torch.where(rgb > 0.04045, ((rgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4, rgb / 12.92)


def srgb_to_lab(rgb: Tensor) -> Tensor:
    """sRGB-encoded (..., 3), nominal 0..1 -> CIELAB (..., 3) under D65, L in 0..100."""
    matrix = (
        torch.tensor(XYZ_FROM_RGB, dtype=rgb.dtype, device=rgb.device) / torch.tensor(WHITE, dtype=rgb.dtype, device=rgb.device)[:, None]
    )
    xyz = srgb_to_linear(rgb) @ matrix.T
    cube_root = xyz.clamp(min=0.008856) ** (1 / 3)
    f = torch.where(xyz > 0.008856, cube_root, 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(-1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), -1)


def ciede2000(lab1: Tensor, lab2: Tensor) -> Tensor:
    """CIEDE2000 (Sharma, Wu, Dalal 2005) of two Lab arrays (..., 3) that broadcast -> (...); smoothed at zero so that it has a gradient."""
    tiny = 1e-9
    l1, a1, b1 = lab1.unbind(-1)
    l2, a2, b2 = lab2.unbind(-1)
    c_mean = ((a1 * a1 + b1 * b1 + tiny).sqrt() + (a2 * a2 + b2 * b2 + tiny).sqrt()) / 2
    c7 = c_mean**7
    g = 0.5 * (1 - (c7 / (c7 + 25.0**7) + 1e-12).sqrt())
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = (a1 * a1 + b1 * b1 + tiny).sqrt(), (a2 * a2 + b2 * b2 + tiny).sqrt()
    h1, h2 = torch.atan2(b1, a1 + tiny) % (2 * math.pi), torch.atan2(b2, a2 + tiny) % (2 * math.pi)
    dh = h2 - h1
    dh = dh - 2 * math.pi * (dh > math.pi) + 2 * math.pi * (dh < -math.pi)
    d_hue = 2 * (c1 * c2).sqrt() * torch.sin(dh / 2)
    c_mean = (c1 + c2) / 2
    total = h1 + h2
    h_mean = torch.where((h1 - h2).abs() > math.pi, torch.where(total < 2 * math.pi, total + 2 * math.pi, total - 2 * math.pi), total) / 2
    degree = math.pi / 180
    t = (
        1
        - 0.17 * torch.cos(h_mean - 30 * degree)
        + 0.24 * torch.cos(2 * h_mean)
        + 0.32 * torch.cos(3 * h_mean + 6 * degree)
        - 0.20 * torch.cos(4 * h_mean - 63 * degree)
    )
    l_offset = ((l1 + l2) / 2 - 50) ** 2
    s_l, s_c, s_h = 1 + 0.015 * l_offset / (20 + l_offset).sqrt(), 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * t
    c7 = c_mean**7
    rotation = -torch.sin(60 * degree * torch.exp(-(((h_mean / degree - 275) / 25) ** 2))) * 2 * (c7 / (c7 + 25.0**7) + 1e-12).sqrt()
    l_term, c_term, h_term = (l2 - l1) / s_l, (c2 - c1) / s_c, d_hue / s_h
    return (l_term**2 + c_term**2 + h_term**2 + rotation * c_term * h_term).clamp(min=0.0).add(1e-12).sqrt()


class Ciede2000Metric(Metric):
    """Mean CIEDE2000: how different two pictures seem. Steeper to compute than `LabMetric`, so it judges and does not search."""

    name = "ciede2000"
    kind = "image"
    unit = "dE00"
    differentiable = True

    def distance(self, renders: Tensor, target: Tensor) -> Tensor:
        """`renders` (K, N, 3) and `target` (N, 3), sRGB-encoded, clipped to 0..1 -> mean dE00 (K,)."""
        return ciede2000(srgb_to_lab(renders.clamp(0.0, 1.0)), srgb_to_lab(target.clamp(0.0, 1.0))).mean(-1)


class LabMetric(Metric):
    """Mean Euclidean distance in Lab, chroma-compressed: close to CIEDE2000 at a fraction of its cost.

    Chroma differences are divided by the target's 1 + 0.045 C (the S_C of CIEDE2000 and CIE94), so that a saturated colour does
    not outweigh a face.
    """

    name = "lab"
    kind = "image"
    unit = "dE"
    differentiable = True
    separable = True

    def distance(self, renders: Tensor, target: Tensor) -> Tensor:
        """`renders` (K, N, 3) and `target` (N, 3), sRGB-encoded -> mean dE (K,)."""
        return self.norm(self.residuals(renders, target))

    def norm(self, residuals: Tensor) -> Tensor:
        """Smoothed at zero so that it has a gradient."""
        return ((residuals**2).sum(-1) + 1e-4).sqrt().mean(-1) - 1e-2

    def residuals(self, renders: Tensor, target: Tensor) -> Tensor:
        """One group a pixel: its differences in L, a, b -> (K, N, 3)."""
        wanted = srgb_to_lab(bend(target))
        chroma = 1 / (1 + 0.045 * wanted[..., 1:].norm(dim=-1, keepdim=True))
        return (srgb_to_lab(bend(renders)) - wanted) * torch.cat((torch.ones_like(chroma), chroma, chroma), -1)
