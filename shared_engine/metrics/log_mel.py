"""Distance of two sounds of the same content: how far apart their mel spectra are, frame by frame, in dB.

Full reference: both must show the same performance. As a distance to *another* performance it would copy that one's voice
instead of its sound (research of this project on sound), which is why nothing in the engine uses it so.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from shared_engine.cores import cores
from shared_engine.metrics.metric import Metric
from shared_engine.renderer import Array
from shared_engine.types import FloatArray, Kind

FLOOR_DB = -60.0
"""What lies this far under the target's loudest band does not count: nobody hears whether a pause is 70 or 80 dB down."""

DECIBELS = 10 / math.log(10)
"""Of a natural logarithm of power, which numpy takes in less than half the time of a decimal one."""


@dataclass(frozen=True)
class Resolution:
    """One short-time spectrum: window and hop in seconds, and into how many mel bands it is summed."""

    window: float
    hop: float
    bands: int


RESOLUTIONS = (Resolution(0.046, 0.046, 64), Resolution(0.0116, 0.0232, 24))
"""The long window sees tone, the short one attacks and the ends of gates. Hops are wide: a search pays for every frame."""


def mel_of(hertz: float) -> float:
    """O'Shaughnessy 1987: mel = 2595 log10(1 + f / 700)."""
    return float(2595 * np.log10(1 + hertz / 700))


@cache
def mel_bands(bands: int, low: float, high: float, size: int, rate: int) -> FloatArray:
    """Triangles on the mel scale (size // 2 + 1, bands), each of unit sum; a band narrower than a bin takes its nearest bin."""
    edges = 700 * (10 ** (np.linspace(mel_of(low), mel_of(high), bands + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(size, 1 / rate)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    weights = np.clip(np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)), 0, None)
    empty = np.flatnonzero(weights.sum(0) < 1e-3)
    weights[np.abs(bins - centre[empty]).argmin(0), empty] = 1.0
    return np.ascontiguousarray(weights / weights.sum(0), np.float32)


@cache
def hann(window: int) -> tuple[FloatArray, np.float32]:
    """Hann's window, periodic, (window,), and its energy."""
    taper = np.hanning(window + 1)[:-1].astype(np.float32)
    return taper, np.float32((taper.astype(np.float64) ** 2).sum())


def frames(sound: NDArray[np.float32], window: int, hop: int) -> NDArray[np.float32]:
    """Overlapping frames (..., frames, window) as a view; a sound shorter than one window is padded with silence."""
    if sound.shape[-1] < window:
        sound = np.concatenate((sound, np.zeros((*sound.shape[:-1], window - sound.shape[-1]), np.float32)), -1)
    return np.lib.stride_tricks.sliding_window_view(sound, window, axis=-1)[..., ::hop, :]


def mel_power(sound: NDArray[np.float32], rate: int, resolution: Resolution, low: float = 40.0, high: float | None = None) -> FloatArray:
    """Mean power density in mel bands (..., frames, bands) of `sound` (..., samples); white noise of variance 1 gives 1 everywhere."""
    window = round(resolution.window * rate)
    size = scipy.fft.next_fast_len(window, real=True)
    taper, own = hann(window)
    spectra = scipy.fft.rfft(frames(sound, window, max(1, round(resolution.hop * rate))) * taper, size, axis=-1)
    power = spectra.real**2
    power += spectra.imag**2
    bands: FloatArray = power @ mel_bands(resolution.bands, low, high or 0.49 * rate, size, rate)
    return bands / own


def energy(sound: FloatArray) -> float:
    """Sum of squares of a sound (channels, samples); a stretch of one is not copied for it."""
    return sum(float(np.vdot(channel, channel)) for channel in sound)


class LogMelMetric(Metric):
    """Mean absolute difference of the log-mel spectra of two resolutions, in dB, after the render is brought to the target's level.

    `rate`: sample rate of what is compared, in Hz.
    """

    name = "log-mel"
    kind: Kind = "audio"
    unit = "dB"
    separable = True

    def __init__(self, rate: int = 44100) -> None:
        self.rate = rate

    def distance(self, renders: Array, target: Array) -> Array:
        """`renders` (K, channels, samples) or a list of K, `target` (channels, samples) -> (K,) in dB; NaN where a render is not finite."""
        return self.norm(self.residuals(renders, target))

    def norm(self, residuals: Array) -> Array:
        """Every group is one number: its norm is its absolute value."""
        return np.abs(residuals).mean((1, 2), dtype=np.float64)

    def residuals(self, renders: Array, target: Array) -> Array:
        """Each cell of the spectra is a group of its own -> (K, cells, 1), scaled so that both resolutions count the same."""
        goals = [mel_power(target, self.rate, resolution) for resolution in RESOLUTIONS]
        cells = sum(goal.size for goal in goals)
        wanted = energy(target)

        def row(render: FloatArray) -> FloatArray:
            own = energy(render)
            gain = np.float32(wanted / own) if min(own, wanted) > 0 else np.float32(1.0)
            parts = []
            for resolution, goal in zip(RESOLUTIONS, goals, strict=True):
                floor = np.float32(max(float(goal.max()), 1e-12) * 10 ** (FLOOR_DB / 10))
                ratio = (mel_power(render, self.rate, resolution) * gain + floor) / (goal + floor)
                parts.append(np.log(ratio).ravel() * np.float32(DECIBELS * cells / (len(RESOLUTIONS) * goal.size)))
            return np.concatenate(parts)

        return np.stack(list(cores().map(row, renders)))[..., None]
