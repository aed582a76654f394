"""A reference together with its untouched original shows its transform: fitted from the pair, applied to the photo."""

from collections.abc import Sequence

import numpy as np

from shared_engine.proposers.look import model
from shared_engine.proposers.lut import LutProposal
from shared_engine.proposers.lut_fit import fit_table
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.registration import correspondences, register
from shared_engine.types import FloatArray, Media, Reference

CONFIDENCE = 0.95


class BeforeAfterProposer(Proposer):
    name = "before-after"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where no reference has an original that shows the same picture."""
        pairs = [pair for reference in references if (pair := matched(reference)) is not None]
        if not pairs:
            return None
        before, after = (np.concatenate(side) for side in zip(*pairs, strict=True))
        residual, _ = fit_table(before, after, model().basis)
        return LutProposal(self.name, CONFIDENCE, "What was done to the reference's original", residual)


def matched(reference: Reference) -> tuple[FloatArray, FloatArray] | None:
    """Colours of the original and of the reference at the same spots."""
    if reference.original is None or reference.weight <= 0:
        return None
    match = register(reference.original, reference.media)
    return None if match is None else correspondences(reference.original, reference.media, match)
