"""What the learned look got wrong whenever it answered much like this: in which directions it may be wrong now, and how far.

The memory holds answers that networks gave to photos and looks which their training had not seen, and the errors of these answers. A new
answer is as unsure as those near it were: the second moment of their errors, each weighted by a normal kernel in what the answers look
like, how many references they had and how far the networks disagreed (a local covariance; Nadaraya 1964, Watson 1964). So after a
black-and-white answer only tone is open, after a faded one how faded.

What is kept are tables, so it belongs to no particular weights: whoever trains the look again keeps it, or measures anew with
shared_engine/training/look_doubt.py. Data and terms are those of look.md.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from shared_engine import assets
from shared_engine.proposers.lut import SIZE
from shared_engine.types import FloatArray

MEASURED = Path(__file__).with_name("look_doubt.safetensors")

REACH = 0.3
"""Standard deviation of the kernel, in units of how widely answers differ along their main direction. Tuned across the folds, like the
next two: 0.2 and 0.4 are as good."""

EVERYWHERE = 0.1
"""Share of the covariance that is that of all answers with so many references: what happened rarely is not impossible."""

USUAL = 0.7
"""The root mean square is that of a few far misses; what is usual lies nearer."""

DIRECTIONS = 20
SIDE = 0.5
"""What a natural logarithm of the number of references, of the networks' disagreement or of the answer's size counts for in the kernel."""


@dataclass(frozen=True)
class Doubt:
    """`directions` (R, 17, 17, 17, 3): residual tables, one standard deviation of the error each, main one first. `left`: the share of the
    look (of doing nothing) that such answers left, geometric mean."""

    directions: FloatArray
    left: float


@dataclass(frozen=True)
class Mistakes:
    """N answers and what was wrong with them.

    `axes` (A, 14739): a residual table times these is how an answer looks; `answers` (N, A), `counts` and `disagreement` (N,): how the
    remembered ones looked, of how many references, and how far their networks lay apart. `basis` (E, 14739): residual tables; `errors`
    (N, E): true minus answered, in these; `left` (N,): logarithm of the share of the look that was left.
    """

    axes: FloatArray
    answers: FloatArray
    counts: FloatArray
    disagreement: FloatArray
    basis: FloatArray
    errors: FloatArray
    left: FloatArray

    def near(self, residual: FloatArray, count: float, disagreement: float) -> Doubt:
        """How unsure an answer is: its residual table (17, 17, 17, 3), of `count` references (effective number), and how far its networks
        disagree."""
        here = _place((self.axes @ residual.ravel())[None], np.float32([count]), np.float32([disagreement]))
        apart = (self._places - here) ** 2
        near = _shares(apart.sum(1))
        weights = (1 - EVERYWHERE) * near + EVERYWHERE * _shares(apart[:, -1])
        sizes, vectors = np.linalg.eigh((self.errors * weights[:, None]).T @ self.errors)
        sizes, vectors = sizes[::-1][:DIRECTIONS], vectors[:, ::-1][:, :DIRECTIONS]
        directions = (USUAL * np.sqrt(np.maximum(sizes, 0)))[:, None] * (vectors.T @ self.basis)
        return Doubt(directions.astype(np.float32).reshape(-1, SIZE, SIZE, SIZE, 3), float(np.exp(near @ self.left)))

    @cached_property
    def _places(self) -> FloatArray:
        return _place(self.answers, self.counts, self.disagreement)


def _place(answers: FloatArray, counts: FloatArray, disagreement: FloatArray) -> FloatArray:
    """Where answers lie for the kernel; the number of references is the last column."""
    size = np.linalg.norm(answers, axis=1)
    side = SIDE * np.log(np.column_stack((size + 1e-3, disagreement + 1e-6, counts)))
    return np.column_stack((answers, side)).astype(np.float32)


def _shares(squared: FloatArray) -> FloatArray:
    weights = np.exp(-squared / np.float32(2 * REACH**2)) + np.float32(1e-9)  # nothing near: as everywhere
    shares: FloatArray = weights / weights.sum()
    return shares


@cache
def remembered(path: Path = MEASURED) -> Mistakes:
    """What was measured; AssetError where the file is missing or not the pinned one."""
    arrays, _ = assets.read(path)
    return Mistakes(**{name: array.astype(np.float32) for name, array in arrays.items()})
