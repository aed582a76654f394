"""What a change does to a picture, in plain words: for the names of alternatives and the reasons of tools."""

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.falloff import radius
from shared_engine.types import FloatArray, Media

Change = tuple[float, str]

CORNERS, MIDDLE = 0.8, 0.4
"""Where corners begin and the middle ends, as shares of the way to the corner."""


def visible(picture: Media) -> NDArray[np.intp]:
    """Flat indices of at most 4096 visible pixels."""
    shown = np.arange(picture.data.shape[0] * picture.data.shape[1])
    if picture.mask is not None:
        shown = np.flatnonzero(picture.mask > 0.5 * float(picture.mask.max()))
    return shown[:: max(1, len(shown) // 4096)]


def lab_of(picture: Media) -> FloatArray:
    """The `visible` pixels of a picture in CIELAB, (N, 3)."""
    import torch

    from shared_engine.metrics.lab import srgb_to_lab

    pixels = picture.data.reshape(-1, 3)[visible(picture)]
    lab: FloatArray = srgb_to_lab(torch.from_numpy(pixels).clamp(0, 1)).numpy()
    return lab


def picture_changes(before: Media, after: Media) -> list[str]:
    """Words for what happened between two states of one picture, strongest first; empty where nothing visible did.

    Thresholds are in just noticeable differences of the quantity's own scale (1 = clearly visible when flipping between the two).
    """
    a, b = lab_of(before), lab_of(after)
    shift = b - a
    chroma_a, chroma_b = float(np.hypot(a[:, 1], a[:, 2]).mean()), float(np.hypot(b[:, 1], b[:, 2]).mean())
    if chroma_b < 1.5 < chroma_a:
        changes: list[Change] = [(99.0, "black and white")]
    else:
        changes = [*_cast(shift, ""), scaled((chroma_b - chroma_a) / 4, "more colourful", "muted colours")]
        order = np.argsort(a[:, 0])
        third = max(1, len(order) // 3)
        overall = shift[:, 1:].mean(0)
        for zone, name in ((order[:third], "shadows"), (order[-third:], "highlights")):
            local = shift[zone].mean(0)
            local[1:] -= overall
            changes += _cast(local[None], name)
    low_a, middle_a, high_a = np.percentile(a[:, 0], [3, 50, 97])
    low_b, middle_b, high_b = np.percentile(b[:, 0], [3, 50, 97])
    changes += [
        scaled((float(middle_b) - float(middle_a)) / 4, "brighter", "darker"),
        scaled((float(low_b) - float(low_a)) / 4, "faded shadows", "deeper shadows"),
        scaled((float(high_b) - float(high_a)) / 5, "brighter highlights", "softer highlights"),
        scaled((float(b[:, 0].std()) - float(a[:, 0].std())) / 2.5, "more contrast", "less contrast"),
    ]
    changes.append(scaled(_outwards(before, a, shift) / 6, "lighter corners", "darker corners"))
    return [words for size, words in sorted(changes, key=lambda change: -change[0]) if size >= 0.5]


def _outwards(before: Media, lab: FloatArray, shift: FloatArray) -> float:
    """By how much more L* corners rise than the middle does, beyond what their own tones (deciles of L* before) account for."""
    away = radius(before.data.shape).ravel()[visible(before)]
    tone = np.digitize(lab[:, 0], np.quantile(lab[:, 0], np.linspace(0.1, 0.9, 9)))
    usual = np.bincount(tone, shift[:, 0], 10) / np.maximum(np.bincount(tone, minlength=10), 1)
    rest, corners, middle = shift[:, 0] - usual[tone], away > CORNERS, away < MIDDLE
    return float(rest[corners].mean() - rest[middle].mean()) if corners.any() and middle.any() else 0.0


def scaled(amount: float, more: str, less: str) -> Change:
    return abs(amount), more if amount > 0 else less


def _cast(shift: FloatArray, zone: str) -> list[Change]:
    """A colour cast along Lab's two axes: b (blue to yellow) reads as cool and warm, a (green to magenta) by its hue."""
    green_magenta, blue_yellow = float(shift[:, 1].mean()) / 3, float(shift[:, 2].mean()) / 3
    suffix = f" {zone}" if zone else ""
    warm, cool = (f"warm{suffix}", f"cool{suffix}") if zone else ("warmer", "cooler")
    return [scaled(blue_yellow, warm, cool), scaled(green_magenta, f"magenta{suffix or ' tint'}", f"green{suffix or ' tint'}")]
