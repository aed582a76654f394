"""Programme loudness after ITU-R BS.1770-4, block by block, so that two hours of sound need no more memory than two seconds."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, sosfilt

BLOCK, OVERLAP = 0.4, 4
"""Gating blocks of 400 ms, a new one every 100 ms."""

ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
SURROUND = {3: 0.0, 4: 1.41, 5: 1.41}
"""Weights in a 5.1 layout (L R C LFE Ls Rs) that are not 1."""


class Meter:
    """Takes blocks (channels, samples) in order; `integrated` is the loudness so far."""

    def __init__(self, rate: int, channels: int) -> None:
        self.hop = round(BLOCK / OVERLAP * rate)
        self.sections = k_weighting(rate)
        self.state = np.zeros((len(self.sections), channels, 2))
        self.weights = np.array([SURROUND.get(c, 1.0) for c in range(channels)]) if channels == 6 else np.ones(channels)
        self.left = np.empty((channels, 0))
        self.powers: list[float] = []

    def add(self, block: NDArray[np.floating]) -> None:
        if not block.size:
            return
        filtered, self.state = sosfilt(self.sections, block.astype(np.float64), axis=1, zi=self.state)
        joined = np.concatenate((self.left, filtered), 1)
        count = joined.shape[1] // self.hop
        whole = joined[:, : count * self.hop].reshape(len(joined), count, self.hop)
        self.powers.extend(((whole**2).mean(2) * self.weights[:, None]).sum(0).tolist())
        self.left = joined[:, count * self.hop :]

    @property
    def integrated(self) -> float:
        """LUFS; minus infinity for silence. A sound shorter than one gating block is measured ungated."""
        quarters = np.array(self.powers)
        if len(quarters) < OVERLAP:
            return loudness(float(quarters.mean())) if len(quarters) else -math.inf
        blocks = lfilter(np.full(OVERLAP, 1 / OVERLAP), [1.0], quarters)[OVERLAP - 1 :]
        loud = blocks[blocks > 10 ** ((ABSOLUTE_GATE + 0.691) / 10)]
        if not len(loud):
            return -math.inf
        return loudness(float(loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)].mean()))


def loudness(power: float) -> float:
    return -0.691 + 10 * math.log10(power) if power > 0 else -math.inf


def k_weighting(rate: int) -> NDArray[np.float64]:
    """The two second-order sections of the K curve at any sample rate (derived by B. De Man, "Evaluation of implementations of the
    EBU R128 loudness measurement", 2018, from the coefficients that the recommendation gives for 48 kHz)."""
    corner, quality, gain = 1681.9744509555319, 0.7071752369554193, 10 ** (3.99984385397 / 20)
    k = math.tan(math.pi * corner / rate)
    middle = gain**0.499666774155
    norm = 1 + k / quality + k * k
    shelf = [
        (gain + middle * k / quality + k * k) / norm, 2 * (k * k - gain) / norm, (gain - middle * k / quality + k * k) / norm,
        1.0, 2 * (k * k - 1) / norm, (1 - k / quality + k * k) / norm,
    ]  # fmt: skip
    corner, quality = 38.13547087613982, 0.5003270373253953
    k = math.tan(math.pi * corner / rate)
    norm = 1 + k / quality + k * k
    cut = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / quality + k * k) / norm]
    return np.array([shelf, cut])


def integrated(data: NDArray[np.floating], rate: int) -> float:
    """Loudness of a sound (channels, samples) in LUFS."""
    meter = Meter(rate, len(data))
    meter.add(data)
    return meter.integrated
