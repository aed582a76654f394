"""Sounds that tests make: notes with overtones and envelopes, and pauses between them."""

import numpy as np

from shared_engine.types import Media


def phrase(rate: int = 22050, seconds: float = 4.0, channels: int = 1, seed: int = 0) -> Media:
    """Struck notes of a random melody over a little hiss, peaks near -9 dBFS."""
    rng = np.random.default_rng(seed)
    out = rng.standard_normal((channels, int(rate * seconds))) * 1e-4
    start = 0.05
    while start < seconds - 0.4:
        length = int(rng.uniform(0.15, 0.5) * rate)
        time = np.arange(length) / rate
        pitch = 110 * 2 ** (rng.integers(0, 24) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * time) / k * np.exp(-time * k * 2) for k in range(1, 12) if pitch * k < 0.45 * rate)
        note = note * np.exp(-time * 6) * rng.uniform(0.2, 1.0)
        begin = int(start * rate)
        end = min(begin + length, out.shape[1])
        sides = np.sqrt([1 - (pan := rng.uniform(0.3, 0.7)), pan]) if channels == 2 else np.ones(channels)
        out[:, begin:end] += sides[:, None] * note[None, : end - begin]
        start += rng.choice([0.2, 0.3, 0.5])
    return Media("audio", (out * 0.35 / np.abs(out).max()).astype(np.float32), rate=rate)
