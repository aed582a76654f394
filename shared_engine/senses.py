"""What differs between looking and listening: which distance, when two answers are apart, which words, what can be asked for alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared_engine.extensions import load
from shared_engine.metrics.metric import Metric
from shared_engine.proxy import shrink
from shared_engine.types import Kind, Media

EXCERPT = 6.0
"""Seconds of a sound that are enough to describe it."""


@dataclass(frozen=True)
class Senses:
    """`metrics`: the distance that transcription minimises first, then guards, with their weights; `whole`: the same for complete renders
    by the host, whose fine detail counts too. `difference`: how different two answers seem; closer than `apart` (in its unit) they seem
    the same. `changes`: words for what happened between two states. `small`: a content small enough to
    describe. `aspects`: what a user may want alone, and how to say so."""

    metrics: Sequence[tuple[Metric, float]]
    whole: Sequence[tuple[Metric, float]]
    difference: Metric
    apart: float
    changes: Callable[[Media, Media], list[str]]
    small: Callable[[Media], Media]
    aspects: Sequence[tuple[str, str]]


def senses(media: Media) -> Senses:
    return _BY_KIND[media.kind](media)


def _looking(media: Media) -> Senses:
    from shared_engine.metrics.clipping import ClippingMetric
    from shared_engine.metrics.lab import Ciede2000Metric
    from shared_engine.wording import picture_changes

    aspects = (("tone", "only tone: colours keep their hue"), ("colour", "only colour: brightness stays"))
    metrics = [(load("metrics", "lab")(), 1.0), (ClippingMetric(), 0.5)]
    whole = [(load("metrics", "detail")(), 1.0)]
    return Senses(metrics, whole, Ciede2000Metric(), 3.0, picture_changes, lambda picture: shrink(picture, 128), aspects)


def _listening(media: Media) -> Senses:
    from shared_engine.wording_sound import sound_changes

    aspects = (
        ("tone", "only tone: dynamics and space stay"),
        ("dynamics", "only dynamics: tone and space stay"),
        ("space", "only space: tone and dynamics stay"),
    )
    metrics = [(load("metrics", "log-mel")(int(media.rate or 0)), 1.0)]
    return Senses(metrics, metrics, metrics[0][0], 1.0, sound_changes, loudest, aspects)


def loudest(sound: Media) -> Media:
    """The `EXCERPT` of a sound with the most energy in it, to the second; all of it where it is hardly longer."""
    rate = int(sound.rate or 0)
    length = int(EXCERPT * rate)
    if sound.data.shape[1] <= length + rate:
        return sound
    energy = np.concatenate(([0.0], np.cumsum((sound.data**2).sum(0), dtype=np.float64)))
    begins = np.arange(0, sound.data.shape[1] - length, rate)
    begin = int(begins[np.argmax(energy[begins + length] - energy[begins])])
    return replace(sound, data=sound.data[:, begin : begin + length])


_BY_KIND: dict[Kind, Callable[[Media], Senses]] = {"image": _looking, "audio": _listening}
