"""In what light a picture was taken, as far as it tells a scene that shows something else: how bright it is, and in which colour.

A scene under another light differs by stops, where photos of one taste differ by shades; so a reference's mean colour says much about its
light, although the things that it shows have their share in it. The content's mean goes a part of the way to it: two fifths with one
reference, n / (n + 1.5) with n of them, as an estimate is drawn towards what was known before. Chosen on 160 cases of scenes that were
thrown together (tests/bench/blender_heaps.py) in light known by a grey card: of doing nothing 0.694 is left and 95 % of the answers are
better than nothing, where the learned look leaves 0.804 and 85 %. Half of the way leaves 0.644 and helps as often there, but misses by more
where it misses. Grey patches, bright ones, spreads and the whole covariance instead of the mean did not lower it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import linear_to_srgb, srgb_to_linear
from shared_engine.proposers.lut import LutProposal, lattice
from shared_engine.proposers.neighbourhoods import sample
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.types import FloatArray, Media, Reference

CONFIDENCE = 0.75
"""Above the learned look, below all that knows the content."""

PRIOR = 1.5
"""References that what was known before is worth."""

STOPS = 8.0
"""At most so much more or less of a primary."""

STEPS = 20

DOUBT = {"brightness": (1.0, (1.0, 1.0, 1.0)), "warmth": (1.0, (0.5, 0.0, -0.5)), "tint": (0.44, (0.33, -0.67, 0.33))}
"""What the mean leaves open: standard deviations of the stops that were missing on the same cases, with one reference, and of which
primaries."""


class LightProposer(Proposer):
    name = "light"
    kind = "image"
    renderers = frozenset({"blender"})

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        weights = np.array([reference.weight for reference in references], np.float64)
        if not weights.any():
            return None
        number = weights.sum() ** 2 / (weights**2).sum()
        shown = np.average([sample(reference.media)[:, 0].mean(0) for reference in references], axis=0, weights=weights)
        stops = match(sample(content)[:, 0], shown, number / (number + PRIOR))
        points = lattice()
        lit = relight(points, stops)
        doubt = [relight(points, stops + size / np.sqrt(number) * np.array(primaries)) - lit for size, primaries in DOUBT.values()]
        what = "the reference's light" if len(references) == 1 else "the references' light"
        reason = f"Brightness and colour of {what}, as far as another scene tells them"
        return LutProposal(self.name, CONFIDENCE, reason, (lit - points).astype(np.float32), np.stack(doubt).astype(np.float32))


def match(colors: FloatArray, shown: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    """Stops of each primary (3,) that bring the mean of `colors` (P, 3), sRGB-encoded, by `share` of the way to the mean `shown` (3,)."""
    mean = colors.mean(0)
    goal = mean + share * (shown - mean)
    low, high = np.full(3, -STOPS), np.full(3, STOPS)
    for _ in range(STEPS):
        middle = (low + high) / 2
        more = relight(colors, middle).mean(0) < goal
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return (low + high) / 2


def relight(colors: FloatArray, stops: NDArray[np.float64]) -> FloatArray:
    """sRGB-encoded colours (..., 3) in more or less light: k x / (1 + (k - 1) x) of the linear light x.

    That is k x where it is dark, rolls off like film where it is bright, keeps black and white, and undoes itself with 1 / k.
    """
    linear, gain = srgb_to_linear(np.clip(colors, 0, 1).astype(np.float32)), np.exp2(stops).astype(np.float32)
    return linear_to_srgb(gain * linear / (1 + (gain - 1) * linear))
