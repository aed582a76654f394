"""In which directions the learned look may be wrong, and how far: measured on photos and looks that its training never saw.

The directions are tables, so they belong to no particular weights: whoever trains the look again keeps them, or measures new ones with
shared_engine/training/look_doubt.py. Data and terms are those of look.md.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from shared_engine import assets
from shared_engine.proposers.lut import SIZE
from shared_engine.types import FloatArray

MEASURED = Path(__file__).with_name("look_doubt.safetensors")

EXPONENT = 0.25
"""Where the networks disagree more they err more, though not in proportion (0.22 by least squares on the same cases)."""

USUAL = 0.7
"""The root mean square is that of a few far misses; what is usual lies nearer. Tuned on dev for the alternatives that come nearest."""

EXTREME = 0.5, 2.0
"""How far disagreement may shrink or stretch what was measured."""


@dataclass(frozen=True)
class Doubt:
    """`directions` (R, 14739): residual tables, one standard deviation of the error with one reference each, main one first. `counts` (N,)
    and `shares` (N, R): with so many references, that share of it is left. `disagreement` (N,): of the networks, geometric mean."""

    directions: FloatArray
    counts: FloatArray
    shares: FloatArray
    disagreement: FloatArray

    def around(self, count: float, disagreement: float) -> FloatArray:
        """The directions (R, 17, 17, 17, 3) for `count` references (effective number) and this disagreement of the networks."""
        at, known = np.log(count), np.log(self.counts)
        usual = np.interp(at, known, self.disagreement)
        size = USUAL * np.clip((disagreement / usual) ** EXPONENT, *EXTREME)
        shares = np.array([np.interp(at, known, column) for column in self.shares.T]) * size
        scaled: FloatArray = (self.directions * shares[:, None]).astype(np.float32)
        return scaled.reshape(-1, SIZE, SIZE, SIZE, 3)


@cache
def measured(path: Path = MEASURED) -> Doubt:
    """What was measured; AssetError where the file is missing or not the pinned one."""
    arrays, _ = assets.read(path)
    return Doubt(**{name: array.astype(np.float32) for name, array in arrays.items()})
