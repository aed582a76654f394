"""A reference that shows the content from the same view, pixel for pixel: another light on the scene, an edit of the photo.

Then it is the target as it stands. Unlike a table of colours it can also say that one side got darker, which is what light does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import map_coordinates

from shared_engine.proposers.color import encoded
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.registration import Match, correlate, edges, register
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media, Reference

CONFIDENCE = 0.95

ASIDE = 0.01
"""How far a border may lie from the content's own, as a share of its longer side."""

COARSE = 40
"""Longer side at which edges are compared first, in pixels: small enough that the noise of a quick render is gone.

There, scenes under another light score 0.70 or more with the peak in place, unlike scenes at most 0.45 with the peak elsewhere.
"""

ALIKE = 0.6


@dataclass(frozen=True)
class ViewProposal(Proposal):
    """The reference's own pixels."""

    proposer: str
    confidence: float
    reason: str
    picture: Media
    gains = frozenset({"vignette"})
    textured = True

    def render(self, content: Media, likeness: float = 1.0) -> Media:
        start = encoded(content)
        target = at_size(self.picture, content.data.shape[:2])
        return replace(content, data=np.clip(start + likeness * (target - start), 0, None).astype(np.float32), space="sRGB")


class SameViewProposer(Proposer):
    name = "same-view"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        """None where no reference shows the content from its own view; of several the one with the largest weight is taken."""
        for reference in sorted(references, key=lambda one: -one.weight):
            if reference.weight > 0 and reference.original is None and same_view(content, reference.media):
                reason = "The reference shows the same view: it is the target as it stands"
                return ViewProposal(self.name, CONFIDENCE, reason, reference.media)
        return None


def same_view(content: Media, picture: Media) -> bool:
    """Whether both have the same proportions, the same edges in the same places and, as far as can be seen, the same borders."""
    (height, width), (high, wide) = content.data.shape[:2], picture.data.shape[:2]
    if abs(width * high - height * wide) > ASIDE * width * high:
        return False
    score, row, column = correlate(*(edges(Media("image", at_size(one, _coarse(height, width)))) for one in (content, picture)))
    if score < ALIKE or max(abs(row), abs(column)) > 1:
        return False
    match = register(content, picture)  # None where noise hides the fine edges; a crop has few of the coarse ones in place
    return match is None or _covers(content, picture, match)


def _coarse(height: int, width: int) -> tuple[int, int]:
    scale = COARSE / max(height, width)
    return max(8, round(height * scale)), max(8, round(width * scale))


def _covers(content: Media, picture: Media, match: Match) -> bool:
    """Whether the picture, laid over the content as `match` says, has the same four borders."""
    size = np.array(content.data.shape[:2])
    ends = np.array(match.origin) + match.step * np.array(picture.data.shape[:2])
    aside = ASIDE * size.max()
    return bool((np.abs(match.origin) <= aside).all() and (np.abs(ends - size) <= aside).all())


def at_size(picture: Media, shape: tuple[int, ...]) -> FloatArray:
    """The picture's sRGB-encoded pixels, resampled to `shape` (height, width): by area where it gets smaller."""
    pixels = encoded(shrink(picture, max(shape)))
    if pixels.shape[:2] == shape:
        return pixels
    rows, columns = ((np.arange(wanted) + 0.5) * given / wanted - 0.5 for wanted, given in zip(shape, pixels.shape[:2], strict=True))
    grid = np.meshgrid(rows, columns, indexing="ij")
    return np.stack([map_coordinates(pixels[..., c], grid, order=1, mode="nearest") for c in range(3)], -1)
