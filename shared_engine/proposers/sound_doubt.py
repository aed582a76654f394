"""In which directions the estimate of a chain may be wrong, and how far: measured on chains, voices and instruments that its training never
saw (shared_engine/training/sound_doubt.py).

A direction moves several settings at once: what is mistaken for each other (a dark voice and a dark filter, a room and an echo, a threshold
and a ratio) moves together. Data and terms are those of sound.md.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from shared_engine import assets
from shared_engine.types import FloatArray

MEASURED = Path(__file__).with_name("sound_doubt.safetensors")

USUAL = np.float32(0.7)
"""The root mean square is that of a few far misses; what is usual lies nearer. Tuned on dev for the alternatives that come nearest."""


@dataclass(frozen=True)
class Doubt:
    """`directions` (R, keys): how far each setting moves, in shares of its range, one standard deviation of the error with one reference
    each, main one first. `counts` (N,) and `shares` (N, R): with so many references, that share of it is left."""

    keys: tuple[str, ...]
    directions: FloatArray
    counts: FloatArray
    shares: FloatArray

    def around(self, references: float) -> dict[str, FloatArray]:
        """By key, what each of the R directions does to a setting, with so many references."""
        at, known = np.log(references), np.log(self.counts)
        shares = np.array([np.interp(at, known, column) for column in self.shares.T])
        scaled = USUAL * self.directions * shares[:, None]
        return dict(zip(self.keys, scaled.T.astype(np.float32), strict=True))


@cache
def measured(path: Path = MEASURED) -> Doubt:
    """What was measured; AssetError where the file is missing or not the pinned one."""
    arrays, metadata = assets.read(path)
    return Doubt(tuple(metadata["keys"].split()), **{name: array.astype(np.float32) for name, array in arrays.items()})
