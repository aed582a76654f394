"""What a change does to a sound, in plain words: for the names of alternatives and the reasons of effects."""

import numpy as np

from shared_engine.proposers.sound_statistics import at_working_level, decibels, density
from shared_engine.types import FloatArray, Media
from shared_engine.wording import Change, scaled

BANDS = (
    (0, 6, "warmer", "less bass"),
    (6, 14, "fuller", "hollower"),
    (14, 26, "more forward", "more distant"),
    (26, 34, "more presence", "softer consonants"),
    (34, 40, "brighter", "darker"),
)
"""Mel bands of 60 Hz to 7.8 kHz: up to 300 Hz, 1 kHz, 2.6 kHz, 5 kHz and beyond."""


def sound_changes(before: Media, after: Media) -> list[str]:
    """Words for what happened between two states of one sound, strongest first, at equal level; empty where nothing audible did."""
    a, b = (_bands(media) for media in (before, after))
    frames = min(len(a), len(b))
    a, b = a[:frames], b[:frames]
    level_a, level_b = a.max(1), b.max(1)
    loud = level_a > level_a.max() - 20
    tone = b[loud].mean(0) - a[loud].mean(0)
    changes: list[Change] = [scaled(float(tone[low:high].mean() - tone.mean()) / 2, more, less) for low, high, more, less in BANDS]
    changes.append(scaled((_spread(level_a) - _spread(level_b)) / 2, "evener", "more dynamic"))
    quiet = level_a < np.percentile(level_a, 25)
    rise = float((b[quiet] - a[quiet]).mean() - tone.mean()) if quiet.any() else 0.0
    changes.append(scaled(rise / 4, "more room", "drier"))
    changes.append(scaled((_width(after) - _width(before)) / 3, "wider", "narrower"))
    return [words for size, words in sorted(changes, key=lambda change: -change[0]) if size >= 0.5]


def _bands(media: Media) -> FloatArray:
    rate = int(media.rate or 0)
    return decibels(density(at_working_level(media.data, rate), rate))


def _spread(level: FloatArray) -> float:
    """Range of the levels of what is not a pause, in dB."""
    active = level[level > level.max() - 30]
    low, high = np.percentile(active, [10, 95])
    return float(high - low)


def _width(media: Media) -> float:
    """Level of the side against the middle, in dB; -40 for mono."""
    if len(media.data) != 2:
        return -40.0
    middle, side = media.data.sum(0), media.data[0] - media.data[1]
    return float(10 * np.log10(((side**2).mean() + 1e-12) / ((middle**2).mean() + 1e-12) + 1e-4))
