"""3-D look-up tables: the transform in which a photo proposer says what a picture should become.

A table is (17, 17, 17, 3): sRGB-encoded output at the lattice point [red, green, blue] / 16. Between points it is trilinear.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import encoded, srgb_to_linear
from shared_engine.proposers.proposer import Proposal
from shared_engine.types import FloatArray, Media

SIZE = 17
MARGIN = np.float32(2 / 255)
"""How near to black and white a proposal moves a colour. Nobody sees the difference, and filters fitted to it clip no pixels that the photo
had not clipped: a channel at its end in 0.9 % more of them at the 99th percentile, where it was 14 % (24 looks and photos of the dev part).
"""

BLOCK = 1 << 18
"""Pixels mapped at a time: keeps the intermediate arrays in cache and a 24-megapixel photo in little memory."""


def lattice(size: int = SIZE) -> FloatArray:
    """The identity table (size, size, size, 3)."""
    axis = np.linspace(0.0, 1.0, size, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)


def corners(rgb: NDArray[np.float32], size: int) -> tuple[NDArray[np.int32], FloatArray]:
    """The eight lattice points around each colour (P, 3): flat indices (8, P) and trilinear weights (8, P)."""
    position = np.clip(rgb, 0.0, 1.0) * np.float32(size - 1)
    low = np.minimum(position.astype(np.int32), size - 2)
    high_share = position - low.astype(np.float32)
    red, green, blue = ((1 - high_share[:, c], high_share[:, c]) for c in range(3))
    base = (low[:, 0] * size + low[:, 1]) * size + low[:, 2]
    steps = [(r, g, b) for r in (0, 1) for g in (0, 1) for b in (0, 1)]
    indices = np.stack([base + np.int32((r * size + g) * size + b) for r, g, b in steps])
    weights = np.stack([red[r] * green[g] * blue[b] for r, g, b in steps])
    return indices, weights


def interpolate(table: FloatArray, rgb: NDArray[np.float32]) -> FloatArray:
    """Trilinear look-up of colours (..., 3), clipped to 0..1, in `table` (S, S, S, 3)."""
    flat = np.ascontiguousarray(rgb, np.float32).reshape(-1, 3)
    points = table.reshape(-1, 3)
    out = np.empty_like(flat)
    for begin in range(0, len(flat), BLOCK):
        indices, weights = corners(flat[begin : begin + BLOCK], table.shape[0])
        out[begin : begin + BLOCK] = sum(points[i] * w[:, None] for i, w in zip(indices, weights, strict=True))
    return out.reshape(rgb.shape)


@dataclass(frozen=True)
class LutProposal(Proposal):
    """A proposal that maps every colour by one table. `residual` (17, 17, 17, 3) is the table minus the identity; `doubt`
    (R, 17, 17, 17, 3) holds the directions in which it may be wrong, one standard deviation each."""

    proposer: str
    confidence: float
    reason: str
    residual: FloatArray
    doubt: FloatArray | None = None

    @property
    def unsure(self) -> int:  # type: ignore[override]
        return 0 if self.doubt is None else len(self.doubt)

    def varied(self, point: NDArray[np.float64]) -> "LutProposal":
        if self.doubt is None:
            return self
        return replace(self, residual=self.residual + np.tensordot(point.astype(np.float32), self.doubt, 1), doubt=None)

    def map(self, rgb: NDArray[np.float32], likeness: float = 1.0) -> FloatArray:
        """sRGB-encoded colours (..., 3) -> proposed colours; `likeness` scales the change.

        Colours outside 0..1 get the change of the nearest colour inside; none is pushed nearer to an end than `MARGIN` that was not there.
        """
        moved = rgb + np.float32(likeness) * interpolate(self.residual, rgb)
        return np.clip(moved, np.minimum(rgb, MARGIN), np.maximum(rgb, 1 - MARGIN))

    def render(self, content: Media, likeness: float = 1.0) -> Media:
        mapped = self.map(encoded(content), likeness)
        return replace(content, data=srgb_to_linear(mapped) if content.space == "linear-sRGB" else mapped)
