"""Small versions of pictures: what is searched, described and compared is never the full size."""

import numpy as np
from scipy.sparse import csr_array

from shared_engine.types import FloatArray, Media


def shrink(media: Media, max_side: int) -> Media:
    """The picture with its longer side at most `max_side` pixels, by area averaging in its own encoding; its mask with it."""
    height, width = media.data.shape[:2]
    if max(height, width) <= max_side:
        return media
    scale = max_side / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    mask = None if media.mask is None else _area(media.mask[..., None], size)[..., 0]
    return Media(media.kind, _area(media.data, size), media.space, media.rate, mask, media.name)


def _area(data: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Area average of (H, W, C) to (size[0], size[1], C): a weighted sum of rows, then of columns, of few neighbours each."""
    shrunk = data
    for axis, length in enumerate(size):
        lines = np.moveaxis(shrunk, axis, 0)
        summed = _weights(lines.shape[0], length) @ lines.reshape(lines.shape[0], -1)
        shrunk = np.moveaxis(summed.reshape(length, *lines.shape[1:]), 0, axis)
    return np.ascontiguousarray(shrunk, np.float32)


def _weights(source: int, target: int) -> csr_array:
    """(target, source): the share of each source pixel in each target pixel."""
    edges = np.linspace(0, source, target + 1)
    low, high = edges[:-1, None], edges[1:, None]
    position = np.arange(source)[None]
    overlap = np.clip(np.minimum(high, position + 1) - np.maximum(low, position), 0, None)
    return csr_array((overlap / overlap.sum(1, keepdims=True)).astype(np.float32))
