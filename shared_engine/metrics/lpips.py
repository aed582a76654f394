"""LPIPS: how differently a network trained on photos sees two pictures of the same content (Zhang et al., CVPR 2018), on AlexNet.

Its weights are fetched once by `utsushi fetch lpips`. What it is good for here, and what not, was measured: docs/perceptual-network.md.
"""

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from shared_engine import fetch
from shared_engine.assets import Arrays
from shared_engine.errors import InputError
from shared_engine.metrics.lpips_weights import ALEXNET
from shared_engine.metrics.metric import Metric
from shared_engine.renderer import Array

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Mean and deviation of ImageNet's pixels in -1..1, per channel."""

LAYERS = ((4, 2, False), (1, 2, True), (1, 1, True), (1, 1, False), (1, 1, False))
"""Stride and padding of AlexNet's convolutions, and whether a 3 x 3 maximum with stride 2 stands before them."""

SMALLEST = 32
"""Shorter side below which AlexNet's second maximum has nothing left to look at."""


class LpipsMetric(Metric):
    """Mean weighted squared difference of unit-length AlexNet features over five depths.

    `arrays`: weights by name as the pinned checkpoint has them; None reads them from the user's cache (AssetError where they are not).
    Values outside 0..1 are taken as they are, as in the original; the clipping metric guards against them.
    """

    name = "lpips"
    kind = "image"
    unit = ""
    differentiable = True

    def __init__(self, arrays: Arrays | None = None) -> None:
        found = fetch.read(ALEXNET) if arrays is None else arrays
        values = {name: torch.tensor(array) for name, array in found.items()}
        numbers = range(len(LAYERS))
        self.kernels = [values[f"AlexNet_0/Conv_{number}/kernel"].permute(3, 2, 0, 1).contiguous() for number in numbers]
        self.biases = [values[f"AlexNet_0/Conv_{number}/bias"] for number in numbers]
        self.heads = [values[f"NetLinLayer_{number}/Conv_0/kernel"].permute(3, 2, 0, 1).contiguous() for number in numbers]

    def distance(self, renders: Array, target: Array) -> Array:
        """`renders` (K, H, W, 3), `target` (H, W, 3), sRGB-encoded, whole pictures -> (K,). InputError for one under 32 pixels."""
        if isinstance(renders, np.ndarray):
            with torch.no_grad():
                return self.distance(torch.from_numpy(renders), torch.from_numpy(target)).numpy()
        if renders.ndim != 4 or min(renders.shape[1:3]) < SMALLEST:
            raise InputError(
                f"lpips compares whole pictures of at least {SMALLEST} pixels, not {tuple(renders.shape[1:])}",
                "Give it a larger version, and no sample of pixels.",
            )
        pairs = zip(self.features(renders), self.features(target[None]), self.heads, strict=True)
        return sum(functional.conv2d((ours - theirs) ** 2, head).mean((1, 2, 3)) for ours, theirs, head in pairs)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """AlexNet's five rectified layers of (K, H, W, 3), each (K, channels, h, w) with features of unit length."""
        values = (2 * pictures - 1 - pictures.new_tensor(SHIFT)) / pictures.new_tensor(SCALE)
        values = values.permute(0, 3, 1, 2)
        found = []
        for kernel, bias, (stride, padding, pooled) in zip(self.kernels, self.biases, LAYERS, strict=True):
            if pooled:
                values = functional.max_pool2d(values, 3, 2)
            values = functional.relu(functional.conv2d(values, kernel, bias, stride, padding))
            found.append(functional.normalize(values, dim=1, eps=1e-10))
        return found
