"""How a complete small picture looks: the colour of its parts, and how much fine detail each region has.

Grain is noise: two pictures with the same grain differ at every pixel. So colours are compared on 2 x 2 averages, as from a step
further back, and detail by its strength in a region (the root mean square of two Laplacian bands of L*; Burt and Adelson 1983), which says
how much grain, sharpness or glow there is, not where.
"""

import torch
from torch import Tensor
from torch.nn import functional

from shared_engine.metrics.lab import LabMetric, bend, srgb_to_lab
from shared_engine.metrics.metric import Metric

REGION = 16
"""Side of the regions whose detail is compared, in pixels."""

BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)
FLAT = 0.05
"""Detail below this (in L*) counts as none; keeps the slope of the root finite."""


class DetailMetric(Metric):
    """Mean Lab distance of 2 x 2 averages plus mean difference of the detail in regions of 16 x 16 pixels, halved."""

    name = "detail"
    kind = "image"
    unit = "dE"
    differentiable = True
    separable = True

    def __init__(self) -> None:
        self.color = LabMetric()

    def distance(self, renders: Tensor, target: Tensor) -> Tensor:
        """`renders` (K, H, W, 3), `target` (H, W, 3), sRGB-encoded -> (K,)."""
        return self.norm(self.residuals(renders, target))

    def norm(self, residuals: Tensor) -> Tensor:
        return self.color.norm(residuals)

    def residuals(self, renders: Tensor, target: Tensor) -> Tensor:
        """A group for each 2 x 2 block (L, a, b) and for each region (two bands of detail), (K, groups, 3).

        Regions are few: theirs are scaled so that all of them together weigh as much as all the blocks.
        """
        blocks = self.color.residuals(averages(renders), averages(target[None])[0])
        regions = detail(renders) - detail(target[None])
        regions = functional.pad(regions, (0, 1)) * (blocks.shape[1] / regions.shape[1])
        return torch.cat((blocks, regions), 1)


def averages(pictures: Tensor) -> Tensor:
    """(K, H, W, 3) -> 2 x 2 averages (K, blocks, 3)."""
    pooled = functional.avg_pool2d(pictures.permute(0, 3, 1, 2), 2, ceil_mode=True)
    return pooled.flatten(2).transpose(1, 2)


def detail(pictures: Tensor) -> Tensor:
    """Strength of the two finest Laplacian bands of L* in each region: (K, H, W, 3) -> (K, regions, 2)."""
    level = srgb_to_lab(bend(pictures))[..., 0][:, None]
    bands = []
    for step in (1, 2):
        softer = blurred(level, step)
        bands.append(functional.avg_pool2d((level - softer) ** 2, REGION, ceil_mode=True).add(FLAT**2).sqrt())
        level = softer
    return torch.cat(bands, 1).flatten(2).transpose(1, 2)


def blurred(planes: Tensor, step: int) -> Tensor:
    """Planes (K, 1, H, W) through the binomial kernel with its taps `step` pixels apart; borders are repeated."""
    kernel = planes.new_tensor(BINOMIAL) / sum(BINOMIAL)
    reach = 2 * step
    across = functional.conv2d(functional.pad(planes, (reach, reach, 0, 0), "replicate"), kernel.view(1, 1, 1, 5), dilation=(1, step))
    return functional.conv2d(functional.pad(across, (0, 0, reach, reach), "replicate"), kernel.view(1, 1, 5, 1), dilation=(step, 1))
