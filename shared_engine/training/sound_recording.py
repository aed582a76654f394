"""The same performance as another person would have recorded it: other size of throat, other microphone, other room, other hiss.

A network that hears a hundred speakers learns which of *them* are dry; one that hears each of them as many people, through many
microphones, has to learn what processing is. Nothing here counts as processing: the settings to be estimated stay as they are.
"""

import numpy as np
import scipy.fft
from scipy.signal import resample_poly

from shared_engine.proposers.sound_statistics import WORKING_LEVEL, at_working_level
from shared_engine.types import FloatArray, Media

SPEEDS = ((6, 7), (8, 9), (12, 13), (1, 1), (13, 12), (9, 8), (7, 6))
"""A tape that runs faster or slower: pitch and formants move together, which is another person."""

ROOM_SHARE, ROOM_SECONDS = 0.3, 0.25
TILT_DB = 2.5
"""Standard deviation of a microphone's colour at each of its corners."""

CORNERS = (120.0, 300.0, 900.0, 2500.0, 5000.0, 10000.0)
HISS_DB = (-66.0, -34.0)
"""Level of the hiss against the active parts; half of the recordings get none."""


def recorded(media: Media, rng: np.random.Generator) -> Media:
    """Another recording of `media` (channels, samples), at the working level; a little longer or shorter than it."""
    rate = int(media.rate or 0)
    up, down = SPEEDS[rng.integers(len(SPEEDS))]
    data = media.data if up == down else resample_poly(media.data, up, down, axis=1).astype(np.float32)
    data = coloured(data[:, : media.data.shape[1]], rate, rng)
    if rng.random() < 0.5:
        level = 10 ** ((WORKING_LEVEL + rng.uniform(*HISS_DB)) / 20)
        data = data + (rng.standard_normal(data.shape) * level).astype(np.float32)
    return Media("audio", at_working_level(data, rate), rate=rate)


def coloured(data: FloatArray, rate: int, rng: np.random.Generator) -> FloatArray:
    """Through a microphone (a smooth random response of zero phase) and, now and then, a small room."""
    length = data.shape[1]
    size = scipy.fft.next_fast_len(length + int(ROOM_SECONDS * rate), real=True)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / rate), 20.0))
    response = 10 ** (np.interp(octaves, np.log2(CORNERS), rng.normal(0, TILT_DB, len(CORNERS))) / 20)
    spectrum = scipy.fft.rfft(data, size, axis=1) * response.astype(np.float32)
    if rng.random() < ROOM_SHARE:
        spectrum = spectrum * scipy.fft.rfft(room(rate, rng), size)
    return np.ascontiguousarray(scipy.fft.irfft(spectrum, size, axis=1)[:, :length], np.float32)


def room(rate: int, rng: np.random.Generator) -> FloatArray:
    """Impulse response of a small furnished room: the direct sound, then noise that dies within a quarter of a second."""
    length = int(ROOM_SECONDS * rate)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / rate / rng.uniform(0.08, ROOM_SECONDS))
    tail *= 10 ** (rng.uniform(-24, -12) / 20) / np.sqrt((tail**2).sum())
    tail[: int(rng.uniform(0.001, 0.006) * rate)] = 0.0
    tail[0] = 1.0
    return tail.astype(np.float32)
