"""Blender's view transforms inside the engine: tables that Blender made (utsushi/display.py), read with gradients."""

import math

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

SIDE, BLACK, WHITE, OFFSET, BELOW = 74, 9, 40, 1 / 256, 1.5
"""The lattice: see TABLE_SIDE and the like in utsushi/display.py. Tests hold the two together."""


def as_volume(table: Tensor) -> Tensor:
    """A table as it travels, (side * side, side, 3) in 0..1 -> (1, 3, blue, green, red)."""
    return table.reshape(SIDE, SIDE, SIDE, 3).permute(3, 0, 1, 2)[None].contiguous()


def display(volume: Tensor, linear: Tensor) -> Tensor:
    """What the display shows (..., 3), nominal 0..1, of scene-linear light (..., 3): trilinear between the points of the lattice."""
    above = torch.log1p(linear.clamp_min(0) / OFFSET) * (WHITE / math.log1p(1 / OFFSET))
    below = torch.log1p(-linear.clamp_max(0) / OFFSET) / math.log(BELOW)
    place = (BLACK + above - below) * (2 / (SIDE - 1)) - 1
    shown = grid_sample(volume, place.reshape(1, 1, 1, -1, 3), mode="bilinear", padding_mode="border", align_corners=True)
    return shown.reshape(3, -1).T.reshape(linear.shape)


def graded(shown: Tensor, gamma: Tensor) -> Tensor:
    """The display value after Blender's gamma: a plain power."""
    return shown.clamp_min(1e-6) ** (1 / gamma)
