"""A reference that shows the photo itself, edited, or a crop of it: then it is the target, and nothing need be guessed."""

from collections.abc import Sequence

import numpy as np

from shared_engine.proposers.look import model
from shared_engine.proposers.lut import LutProposal
from shared_engine.proposers.lut_fit import fit_table
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.registration import correspondences, register
from shared_engine.types import Media, Reference

CONFIDENCE = 0.9


class SameContentProposer(Proposer):
    name = "same-content"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where no reference shows the content's picture."""
        pairs = []
        for reference in references:
            match = register(content, reference.media) if reference.weight > 0 else None
            if match is not None:
                pairs.append(correspondences(content, reference.media, match))
        if not pairs:
            return None
        here, there, _ = (np.concatenate(side) for side in zip(*pairs, strict=True))
        residual, _ = fit_table(here, there, model().basis)
        return LutProposal(self.name, CONFIDENCE, "The reference shows this very photo: its colours are taken as they are", residual)
