"""Renders a recipe onto the pixels of a file, in the engine's replica of GIMP's filters."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins_gimp.replica import GimpReplica
from shared_engine.types import Media


def render_full(pixels: NDArray[np.uint8], recipe: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 sRGB -> the same with the filters of `recipe`, rounded as GIMP's export rounds."""
    replica = GimpReplica()
    values = replica.values(recipe)
    content = Media("image", pixels.astype(np.float32) / 255)
    (result,) = replica.stage(content).media({key: np.array([value]) for key, value in values.items()}, 1)
    return (result.data.clip(0, 1) * 255 + 0.5).astype(np.uint8)
