"""How much grain the references have that the content lacks."""

from collections.abc import Sequence

import numpy as np

from shared_engine.proposers.grain_reading import Grain, grain
from shared_engine.proposers.proposer import effective_number
from shared_engine.types import Media, Reference

USUAL, SURELY = -3.1, 3.9
"""Log odds of grain that pictures without any have on average, and how much more makes grain where one reference is shown. Weights of
`train` alone, asked about photos of `dev` under its films, see it in 1 to 2 % of those without any."""

SHARED = 0.2
"""Share of the variance of these odds that several references have in common: their look, and who took them."""

LEAST = 1.5 / 255
"""Deviation of the luma on a picture SIDE pixels long that is worth a filter."""

SIDE = 1000
"""Longer side, in pixels, of the picture that deviations are told for."""

FIRM = 10.0
"""Log odds beyond this make nothing surer."""


def missing(content: Media, references: Sequence[Reference]) -> float:
    """Standard deviation of the luma (R'G'B', 0..1) that independent noise on each pixel of a picture SIDE pixels long must have, so that
    the content, shown as large as the references, has their grain beside its own; 0 where they have no more than it.

    White noise that is averaged down to a share of its size keeps that share of its deviation, so what is the same is deviation over side.
    """
    shown = [reference for reference in references if reference.weight > 0]
    if not shown:
        return 0.0
    weights = np.array([reference.weight for reference in shown])
    seen = [grain(reference.media) for reference in shown]
    number = effective_number(weights)
    odds = np.average([np.clip(one.odds, -FIRM, FIRM) for one in seen], weights=weights)
    if odds < USUAL + SURELY * np.sqrt(SHARED + (1 - SHARED) / number):
        return 0.0
    before = [expected(grain(one.original)) if one.original else 0.0 for one in shown]
    added = np.average([power(one) - less for one, less in zip(seen, before, strict=True)], weights=weights)
    lacking = float(np.sqrt(max(0.0, added - expected(grain(content)))))
    return lacking if lacking >= LEAST else 0.0


def power(seen: Grain) -> float:
    """Variance on a picture SIDE pixels long, if there is grain."""
    return (seen.deviation * SIDE / seen.side) ** 2


def expected(seen: Grain) -> float:
    """Variance on a picture SIDE pixels long, by how likely it is that there is any."""
    return float(power(seen) / (1 + np.exp(-np.clip(seen.odds, -FIRM, FIRM))))
