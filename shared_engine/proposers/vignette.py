"""The learned look, and the dark corners that its references have beside it.

Corners may also be dark because the scene is, so only deep ones count; the look alone then stands among the alternatives.
"""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from shared_engine.proposers.falloff import Stops, VignetteProposal, shaded
from shared_engine.proposers.falloff_reading import falloff
from shared_engine.proposers.look import LookProposer
from shared_engine.proposers.lut import LutProposal
from shared_engine.proposers.proposer import Proposal, Proposer, effective_number
from shared_engine.types import Media, Reference

USUAL, SURELY = -0.3, -1.2
"""Stops in the corners that pictures without a vignette seem to have on average, and how many more make a vignette where one reference is
shown; of several the mean is as many times surer as the root of their number. Weights of `train` alone, asked about 1,500 pictures of
`dev`, see one in 3 % of those without, and in 13, 41 and 79 % of those with 0.6 to 1.3, 1.3 to 2 and 2 to 2.7 stops. Less would serve who
shows vignettes often: see docs/measured.md."""

PRIOR = 1 / 3
"""References that it is worth to know that most pictures have no vignette: one reference's is proposed at three quarters of its depth."""

SURER = 0.01
"""How much surer the look with its dark corners is than the look alone."""


class VignetteProposer(Proposer):
    name = "vignette"
    kind = "image"

    def __init__(self) -> None:
        self.look = LookProposer()

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where the references show no darker corners than the content has."""
        shown = [reference for reference in references if reference.weight > 0]
        if not shown:
            return None
        seen = [falloff(reference.media) for reference in shown]
        added = [stops - falloff(one.original) if one.original else stops for one, stops in zip(shown, seen, strict=True)]
        weights = np.array([reference.weight for reference in shown])
        missing, own = np.average(added, axis=0, weights=weights), falloff(content)
        if own[-1] <= USUAL + SURELY:
            missing = np.minimum(missing - own, 0.0)
        number = effective_number(weights)
        if missing[-1] > USUAL + SURELY / np.sqrt(number):
            return None
        bare = [replace(one, media=_unshaded(one.media, stops)) for one, stops in zip(shown, added, strict=True)]
        look, alone = self.look.propose(content, bare), self.look.propose(content, shown)
        if not isinstance(look, LutProposal) or alone is None:
            return None
        told = {one.name: getattr(look, one.name) for one in fields(look)} | {
            "proposer": self.name,
            "confidence": alone.confidence + SURER,
            "reason": f"{look.reason}; with the dark corners that {'it has' if len(shown) == 1 else 'they have'}",
        }
        return VignetteProposal(**told, stops=missing * number / (number + PRIOR), needs=VignetteProposal.gains)


def _unshaded(media: Media, stops: Stops) -> Media:
    bright = shaded(media, -stops)
    return replace(bright, data=np.minimum(bright.data, 1.0))
