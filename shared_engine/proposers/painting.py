"""Networks that paint: their picture is shown, and what it does to colour and tone is fitted as a table, which can be transcribed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from shared_engine.proposers.look import model
from shared_engine.proposers.lut import LutProposal
from shared_engine.proposers.lut_fit import fit_table
from shared_engine.proposers.same_view import at_size
from shared_engine.types import FloatArray, Media, Reference

PIXELS = 8192
"""About how many pairs of colours a table is fitted to."""


@dataclass(frozen=True)
class PaintedProposal(LutProposal):
    """The table that was fitted to what a network painted, and the painted picture itself."""

    painted: Media | None = None


def propose_painted(
    name: str,
    confidence: float,
    reason: str,
    content: Media,
    references: Sequence[Reference],
    sized: Callable[[Media], FloatArray],
    paint: Callable[[FloatArray, FloatArray], FloatArray],
) -> PaintedProposal | None:
    """Paints after every reference by itself; their tables are averaged by weight, the picture shown is that of the heaviest.

    `sized`: a picture as the network takes it, (H, W, 3) in 0..1; `paint`: content and style -> the painted picture. None where nothing is
    shown but before/after pairs, which say more than a network could.
    """
    shown = sorted((one for one in references if one.weight > 0 and one.original is None), key=lambda one: -one.weight)
    if not shown:
        return None
    small = sized(content)
    painted = [at_size(Media("image", paint(small, sized(one.media))), small.shape[:2]) for one in shown]
    every = slice(None, None, max(1, small.shape[0] * small.shape[1] // PIXELS))
    tables = [fit_table(small.reshape(-1, 3)[every], one.reshape(-1, 3)[every], model().basis)[0] for one in painted]
    table = np.average(tables, axis=0, weights=[one.weight for one in shown]).astype(np.float32)
    picture = Media("image", painted[0], name=f"{name}'s own pixels")
    return PaintedProposal(name, confidence, reason, table, painted=picture)
