"""GIMP's curves: control points -> 256 samples of a smooth curve -> straight lines between the samples.

With the x of the points fixed, the samples are a linear function of their heights, so a whole batch of curves is one matrix product.
Between two points GIMP draws a cubic Bezier whose inner handles follow the slopes between the neighbours; at either end, where one
neighbour is missing, the free handle lies half way to the other.
"""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

SAMPLES = 256

STRAIGHT = torch.linspace(0, 1, SAMPLES)


@lru_cache(maxsize=8)
def basis(xs: tuple[float, ...]) -> Tensor:
    """(points, SAMPLES): what each control point's height contributes to each sample. `xs` rise from 0 to 1."""
    heights = torch.eye(len(xs), dtype=torch.float64)  # row i: the curve whose only raised point is i
    samples = torch.zeros(len(xs), SAMPLES, dtype=torch.float64)
    last = len(xs) - 1
    at = [int(x * (SAMPLES - 1) + 0.5) for x in xs]
    samples[:, : at[0] + 1] = heights[:, :1]
    samples[:, at[-1] :] = heights[:, -1:]
    for left in range(last):
        right = left + 1
        width = xs[right] - xs[left]
        y0, y3 = heights[:, left], heights[:, right]
        coming = (y3 - heights[:, left - 1]) / (xs[right] - xs[left - 1]) if left > 0 else None
        leaving = (heights[:, right + 1] - y0) / (xs[right + 1] - xs[left]) if right < last else None
        if coming is not None:
            y1 = y0 + coming * width / 3
        if leaving is not None:
            y2 = y3 - leaving * width / 3
        if coming is None and leaving is None:
            y1, y2 = y0 + (y3 - y0) / 3, y0 + (y3 - y0) * 2 / 3
        elif coming is None:
            y1 = y0 + (y2 - y0) / 2
        elif leaving is None:
            y2 = y3 + (y1 - y3) / 2
        count = int(width * (SAMPLES - 1) + 0.5) + 1
        t = torch.arange(count, dtype=torch.float64) / (width * (SAMPLES - 1))
        weights = torch.stack(((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3))
        segment = torch.stack((y0, y1, y2, y3), 1) @ weights
        kept = min(count, SAMPLES - at[left])
        samples[:, at[left] : at[left] + kept] = segment[:, :kept]
    for index, sample in enumerate(at):
        samples[:, sample] = heights[:, index]
    return samples.float()


def table(heights: Tensor, xs: tuple[float, ...]) -> Tensor:
    """Heights of the control points (K, points) -> samples (K, SAMPLES) in 0..1."""
    return torch.matmul(heights, basis(xs)).clamp(0, 1)


class _Lookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, table: Tensor) -> Tensor:
        position = x.clamp(0, 1).mul_(SAMPLES - 1)
        index = position.to(torch.int64).clamp_max_(SAMPLES - 2)
        rest = position.sub_(index)
        lines = torch.complex(table[..., :-1], table[..., 1:] - table[..., :-1])  # value and step, fetched together
        lines = lines.expand(*x.shape[:-1], SAMPLES - 1)
        value, step = torch.view_as_real(lines.gather(-1, index)).unbind(-1)
        ctx.save_for_backward(x, index, rest, step)
        ctx.table_shape = table.shape
        return torch.addcmul(value, rest, step)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, index, rest, step = ctx.saved_tensors
        to_x = to_table = None
        if ctx.needs_input_grad[0]:
            inside = (x > 0) & (x < 1)
            to_x = gradient * step * (SAMPLES - 1) * inside
        if ctx.needs_input_grad[1]:
            upper = gradient * rest
            bins = torch.zeros(*gradient.shape[:-1], SAMPLES)
            bins[..., :-1].scatter_add_(-1, index, gradient - upper)
            bins[..., 1:].scatter_add_(-1, index, upper)
            to_table = bins.sum_to_size(ctx.table_shape)
        return to_x, to_table


def apply(x: Tensor, table: Tensor) -> Tensor:
    """Maps x (K or 1, C, N), clamped to 0..1, through tables (K, C or 1, SAMPLES) -> (K, C, N); gradients reach x and the tables."""
    shape = torch.broadcast_shapes(x.shape[:-1], table.shape[:-1])
    return _Lookup.apply(x.expand(*shape, x.shape[-1]), table)
