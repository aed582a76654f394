"""What a change does to a picture, in plain words: for the names of alternatives and the reasons of tools."""

import numpy as np

from shared_engine.types import FloatArray, Media

Change = tuple[float, str]


def lab_of(picture: Media) -> FloatArray:
    """At most 4096 visible pixels of a picture in CIELAB, (N, 3)."""
    import torch

    from shared_engine.metrics.lab import srgb_to_lab

    pixels = picture.data.reshape(-1, 3)
    if picture.mask is not None:
        pixels = pixels[picture.mask.reshape(-1) > 0.5 * float(picture.mask.max())]
    pixels = pixels[:: max(1, len(pixels) // 4096)]
    lab: FloatArray = srgb_to_lab(torch.from_numpy(np.ascontiguousarray(pixels)).clamp(0, 1)).numpy()
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
    return [words for size, words in sorted(changes, key=lambda change: -change[0]) if size >= 0.5]


def scaled(amount: float, more: str, less: str) -> Change:
    return abs(amount), more if amount > 0 else less


def _cast(shift: FloatArray, zone: str) -> list[Change]:
    """A colour cast along Lab's two axes: b (blue to yellow) reads as cool and warm, a (green to magenta) by its hue."""
    green_magenta, blue_yellow = float(shift[:, 1].mean()) / 3, float(shift[:, 2].mean()) / 3
    suffix = f" {zone}" if zone else ""
    warm, cool = (f"warm{suffix}", f"cool{suffix}") if zone else ("warmer", "cooler")
    return [scaled(blue_yellow, warm, cool), scaled(green_magenta, f"magenta{suffix or ' tint'}", f"green{suffix or ' tint'}")]
