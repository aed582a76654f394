"""The few functions that filters are made of, as torch functions whose gradients are written out by hand.

Why by hand: a comparison or `torch.where` costs a CPU 4 to 15 times as much as a multiplication, and the derivatives that torch
provides for clamp, amax and pow are full of them. Here a choice is a sign or a clamp, a slope comes from the result. All gradients are
finite everywhere. Tensors are planar, (K, 3, N).
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import hardtanh

TINY = 1e-6
"""Chroma or saturation room below which a colour counts as grey."""


def clamp(x: Tensor, low: float, high: float) -> Tensor:
    """x held in low..high; the gradient is 0 outside."""
    return hardtanh(x, low, high)


def step(x: Tensor) -> Tensor:
    """1 where x > 0, 0 where x < 0; no gradient."""
    return x.detach().sign().add_(1).mul_(0.5)


class _Power(torch.autograd.Function):
    FLOOR = 1e-8

    @staticmethod
    def forward(ctx: Any, x: Tensor, exponent: Tensor) -> Tensor:
        base = x.clamp_min(_Power.FLOOR)
        logarithm = torch.log2(base)
        raised = torch.exp2(logarithm * exponent)
        ctx.save_for_backward(x, exponent, logarithm, raised)
        return raised + x.clamp_max(0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, exponent, logarithm, raised = ctx.saved_tensors
        above = step(x - _Power.FLOOR)
        share = raised.mul_(gradient).mul_(above)
        to_x = to_exponent = None
        if ctx.needs_input_grad[0]:
            # The slope at 0 is infinite for exponents under 1: it is held at that of x = 0.0001.
            to_x = (share / x.clamp_min(1e-4)).mul_(exponent).add_(gradient * (1 - above)).sum_to_size(x.shape)
        if ctx.needs_input_grad[1]:
            to_exponent = share.mul(logarithm).sum_to_size(exponent.shape).mul_(0.6931471805599453)
        return to_x, to_exponent


def power(x: Tensor, exponent: Tensor) -> Tensor:
    """x^exponent where x > 0, x itself elsewhere; the shapes broadcast."""
    return _Power.apply(x, exponent)


class _Peak(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        high, low = x.amax(1, keepdim=True), x.amin(1, keepdim=True)
        ctx.save_for_backward(x, high, low)
        return (high + low).mul_(0.5), high - low

    @staticmethod
    def backward(ctx: Any, to_light: Tensor, to_chroma: Tensor) -> Tensor:
        x, high, low = ctx.saved_tensors
        at_high, at_low = (x - high).sign_().add_(1), (low - x).sign_().add_(1)
        half = to_light * 0.5
        above = (half + to_chroma) / at_high.sum(1, keepdim=True)
        return at_high.mul_(above).add_(at_low.mul_((half - to_chroma) / at_low.sum(1, keepdim=True)))


def peak(x: Tensor) -> tuple[Tensor, Tensor]:
    """(K, 3, N) -> HSL lightness (largest + smallest channel) / 2 and chroma (largest - smallest), (K, 1, N) each."""
    return _Peak.apply(x)


def room(light: Tensor) -> Tensor:
    """The chroma that HSL calls full saturation at this lightness."""
    return 1 - (2 * light - 1).abs()


class _Hue(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, chroma: Tensor) -> Tensor:
        red, green, blue = x.split(1, 1)
        high = x.amax(1, keepdim=True)
        at_red, at_green = (red - high).sign_().add_(1), (green - high).sign_().add_(1)
        scale = chroma.clamp_min(TINY).reciprocal_()
        # In thirds of a turn around the largest channel: of the three candidates the first that holds.
        hue = torch.lerp((red - green) * scale + 4, (blue - red) * scale + 2, at_green)
        hue = torch.lerp(hue, (green - blue) * scale, at_red)
        ctx.save_for_backward(at_red, at_green, scale, hue)
        return hue - 6 * (hue * (1 / 6)).floor_()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        at_red, at_green, scale, hue = ctx.saved_tensors
        gradient = gradient * scale
        is_red, is_green = at_red, at_green * (1 - at_red)
        is_blue = 1 - is_red - is_green
        to_x = torch.cat((is_blue - is_green, is_red - is_blue, is_green - is_red), 1).mul_(gradient)
        return to_x, gradient * (2 * is_green + 4 * is_blue - hue)


def hue(x: Tensor, chroma: Tensor) -> Tensor:
    """(K, 3, N) and its chroma -> hue in sixths of a turn, 0..6, red at 0, (K, 1, N)."""
    return _Hue.apply(x, chroma)


THIRDS = torch.tensor([0.0, 4.0, 2.0]).view(3, 1)


class _Spectrum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hue: Tensor) -> Tensor:
        turned = hue + THIRDS
        turned = turned.sub_((turned * (1 / 6)).floor_().mul_(6)).sub_(3)
        ctx.save_for_backward(turned)
        return turned.abs().sub_(1.5).clamp_(-0.5, 0.5)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (turned,) = ctx.saved_tensors
        sloping = (0.5 - (turned.abs() - 1.5).abs()).sign_().clamp_min_(0)
        return turned.sign().mul_(sloping).mul_(gradient).sum(1, keepdim=True)


def spectrum(hue: Tensor) -> Tensor:
    """Hue in sixths of a turn (K, 1, N) -> red, green and blue of the pure colour around its middle, -0.5..0.5, (K, 3, N)."""
    return _Spectrum.apply(hue)
