"""Renders a recipe onto the pixels of a file, in the engine's replica of GIMP's filters."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins_gimp.filters import LOCAL, TEXTURE
from plugins_gimp.replica import GimpReplica
from shared_engine.renderer import batch_of
from shared_engine.types import FloatArray, Media, Values

Pixels = NDArray[np.uint8]


def render_full(pixels: Pixels, recipe: Sequence[Mapping[str, Any]]) -> Pixels:
    """(H, W, 3) uint8 sRGB -> the same with the filters of `recipe`, rounded as GIMP's export rounds."""
    replica = GimpReplica()
    values = replica.values(recipe)
    local = {tool.id for tool in replica.chain if tool.aspects & {LOCAL, TEXTURE}}
    if any(key.split(".")[0] in local for key in values):
        return _quantize(_render(replica, values, pixels))
    return _by_colour(replica, values, pixels)


def _by_colour(replica: GimpReplica, values: Values, pixels: Pixels) -> Pixels:
    """Filters that look at nothing but a pixel's colour need to see each colour once: a photo has some hundred thousand, not 24 million."""
    packed = pixels[..., 0].astype(np.uint32) << 16
    packed |= pixels[..., 1].astype(np.uint32) << 8
    packed |= pixels[..., 2]
    seen = np.zeros(1 << 24, dtype=bool)
    seen[packed] = True
    colours = np.flatnonzero(seen)
    unpacked = np.stack((colours >> 16, colours >> 8 & 255, colours & 255), -1).astype(np.uint8)
    table = np.empty((1 << 24, 3), np.uint8)
    table[colours] = _quantize(_render(replica, values, unpacked[None]))[0]
    return table[packed]


def _render(replica: GimpReplica, values: Values, pixels: Pixels) -> FloatArray:
    content = Media("image", pixels.astype(np.float32) / 255)
    (result,) = replica.stage(content).media(batch_of(values), 1)
    return result.data


def _quantize(encoded: FloatArray) -> Pixels:
    return (encoded.clip(0, 1) * 255 + 0.5).astype(np.uint8)
