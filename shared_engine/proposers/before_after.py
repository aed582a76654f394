"""A reference together with its untouched original shows its transform: fitted from the pair, dark corners too, applied to the photo."""

from collections.abc import Sequence

import numpy as np

from shared_engine.proposers.falloff import VignetteProposal, fit_falloff, lifted
from shared_engine.proposers.look import model
from shared_engine.proposers.lut import LutProposal
from shared_engine.proposers.lut_fit import fit_table
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.registration import correspondences, register
from shared_engine.types import FloatArray, Media, Reference

CONFIDENCE = 0.95

SEEN = -0.2
"""Stops in the corners from which on they were darkened, and not merely look so."""


class BeforeAfterProposer(Proposer):
    name = "before-after"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where no reference has an original that shows the same picture."""
        pairs = [pair for reference in references if (pair := matched(reference)) is not None]
        if not pairs:
            return None
        before, after, away = (np.concatenate(side) for side in zip(*pairs, strict=True))
        stops = fit_falloff(before, after, away)
        reason = "What was done to the reference's original"
        if stops[-1] > SEEN:
            return LutProposal(self.name, CONFIDENCE, reason, fit_table(before, after, model().basis)[0])
        residual, _ = fit_table(before, lifted(after, away, stops), model().basis)
        return VignetteProposal(self.name, CONFIDENCE, f"{reason}, its corners darkened too", residual, stops=stops)


def matched(reference: Reference) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Colours of the original and of the reference at the same spots, and how far from the middle these lie."""
    if reference.original is None or reference.weight <= 0:
        return None
    match = register(reference.original, reference.media)
    return None if match is None else correspondences(reference.original, reference.media, match)
