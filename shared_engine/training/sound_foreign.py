"""Processing that the canonical chain does not have: the estimate must answer with the nearest that it has.

Half of these chains are effects of ours in another order; the others meet effects made here as well. The ladder filter, phaser, bit
crusher, MP3 and limiter of the benchmark's foreign cases are not among them.
"""

from collections.abc import Callable, Sequence

import numpy as np
import scipy.fft
from scipy.signal import butter, sosfilt

from shared_engine.training.sound_chains import Chain
from shared_engine.types import FloatArray

Effect = Callable[[FloatArray, int], FloatArray]
"""(channels, samples) and their rate -> the same, processed."""

Step = Chain | Effect
"""What a sound goes through one after the other: settings of ours, or an effect made here."""

BLOCKS = (("gate",), ("highpass", "lowpass"), ("low-shelf", "low-bell", "mid-bell", "high-bell", "high-shelf"), ("compressor",),
          ("saturation",), ("delay",), ("reverb",))  # fmt: skip
"""What stays together when the order is drawn; a limiter stays last."""


def reordered(chain: Chain, rng: np.random.Generator) -> list[Step]:
    """The same settings with their effects in a random order."""
    steps: list[Step] = []
    for index in rng.permutation(len(BLOCKS)):
        part = {key: value for key, value in chain.items() if key.split(".")[0] in BLOCKS[index]}
        if part:
            steps.append(part)
    last = {key: value for key, value in chain.items() if key.startswith("limiter.")}
    return [*steps, last] if last else steps


def with_others(steps: Sequence[Step], rng: np.random.Generator) -> list[Step]:
    """One or two effects made here among the steps."""
    found = list(steps)
    for index in rng.choice(len(EFFECTS), size=1 if rng.random() < 0.7 else 2, replace=False):
        found.insert(int(rng.integers(len(found) + 1)), EFFECTS[index](rng))
    return found


def clipping(rng: np.random.Generator) -> Effect:
    """Hard and lopsided: two slopes beyond two different corners, before a gentle low-pass."""
    drive, lean, hard = 10 ** (rng.uniform(3, 24) / 20), rng.uniform(0.4, 1.0), rng.uniform(0.0, 0.3)

    def effect(data: FloatArray, rate: int) -> FloatArray:
        driven = data * np.float32(drive)
        corner = np.where(driven > 0, np.float32(0.3), np.float32(0.3 * lean))
        over = np.maximum(np.abs(driven) - corner, 0)
        return (np.sign(driven) * (np.abs(driven) - over * (1 - np.float32(hard)))).astype(np.float32)

    return effect


def band(rng: np.random.Generator) -> Effect:
    """A steep band: Butterworth of order 3 to 5 on both sides."""
    low, wide, order = 100 * 8 ** rng.random(), 2 ** rng.uniform(1.5, 4.5), int(rng.integers(3, 6))

    def effect(data: FloatArray, rate: int) -> FloatArray:
        high = min(low * wide, 0.45 * rate)
        return sosfilt(butter(order, (low, high), "bandpass", fs=rate, output="sos"), data, axis=1).astype(np.float32)

    return effect


def doubling(rng: np.random.Generator) -> Effect:
    """A copy whose delay wavers: chorus, flanger and vibrato by its depth."""
    centre, depth, speed, share = rng.uniform(0.002, 0.025), rng.uniform(0.0005, 0.004), rng.uniform(0.1, 5.0), rng.uniform(0.2, 0.6)

    def effect(data: FloatArray, rate: int) -> FloatArray:
        time = np.arange(data.shape[1])
        place = time - rate * (centre + min(depth, 0.9 * centre) * np.sin(2 * np.pi * speed * time / rate))
        copy = np.stack([np.interp(place, time, row, left=0.0) for row in data])
        return (data * (1 - share) + copy * share).astype(np.float32)

    return effect


def hall(rng: np.random.Generator) -> Effect:
    """Noise that dies, highs first, after a silence: a room that is not the chain's."""
    seconds, silence, colour = 0.25 * 12 ** rng.random(), rng.uniform(0, 0.06), rng.uniform(0.3, 1.0)
    wet, seed = 10 ** (rng.uniform(-18, 0) / 20), int(rng.integers(2**32))

    def effect(data: FloatArray, rate: int) -> FloatArray:
        own = np.random.default_rng(seed)
        length = int((seconds + silence) * rate)
        time = np.arange(length) / rate - silence
        dull = sosfilt(butter(1, 1500.0, fs=rate, output="sos"), own.standard_normal(length))
        bright = own.standard_normal(length)
        tail = dull * 10 ** (-3 * time / seconds) + 0.5 * bright * 10 ** (-3 * time / (colour * seconds))
        tail[time < 0] = 0.0
        tail *= wet / np.sqrt((tail**2).sum())
        tail[0] += 1.0
        size = scipy.fft.next_fast_len(data.shape[1] + length, real=True)
        spectrum = scipy.fft.rfft(data, size, axis=1) * scipy.fft.rfft(tail.astype(np.float32), size)
        return np.ascontiguousarray(scipy.fft.irfft(spectrum, size, axis=1)[:, : data.shape[1]], np.float32)

    return effect


def trembling(rng: np.random.Generator) -> Effect:
    """The level swings."""
    speed, depth = rng.uniform(2, 9), rng.uniform(0.2, 0.8)

    def effect(data: FloatArray, rate: int) -> FloatArray:
        swing = 1 - depth * (0.5 + 0.5 * np.sin(2 * np.pi * speed * np.arange(data.shape[1]) / rate))
        return (data * swing).astype(np.float32)

    return effect


def curve(rng: np.random.Generator) -> Effect:
    """An equaliser of nine points: any smooth curve."""
    corners, gains = 60.0 * 2 ** np.linspace(0, 8, 9), rng.normal(0, rng.uniform(2, 6), 9)

    def effect(data: FloatArray, rate: int) -> FloatArray:
        size = scipy.fft.next_fast_len(data.shape[1] + rate // 10, real=True)
        octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / rate), 20.0))
        response = 10 ** (np.interp(octaves, np.log2(corners), gains) / 20)
        spectrum = scipy.fft.rfft(data, size, axis=1) * response.astype(np.float32)
        return np.ascontiguousarray(scipy.fft.irfft(spectrum, size, axis=1)[:, : data.shape[1]], np.float32)

    return effect


EFFECTS = (clipping, band, doubling, hall, trembling, curve)
