"""What a background Blender rendered for the engine: reads it from the session's folder, as the engine's types or as blobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins_blender.blender import Session
from plugins_blender.replica import BlenderReplica
from plugins_blender.view_table import SIDE
from server.client import Blobs
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media, Scene

REFERENCE_SIDE = 768
"""Longer side of what is shown to the engine, in pixels."""


@dataclass(frozen=True)
class Shot:
    """The layers of one scene. `layers` (emitters + 1, H, W, 3) scene linear, `alpha` (H, W), `tables` (states, SIDE^2, SIDE, 3) uint16."""

    description: Mapping[str, Any]
    layers: FloatArray
    alpha: FloatArray
    tables: NDArray[np.uint16]

    @classmethod
    def take(cls, blender: Session, side: int, samples: int, seed: int = 0, looks: bool = True) -> "Shot":
        """Renders the scene that is open in `blender`, its longer side `side` pixels."""
        found = blender.request("layers", side=side, samples=samples, seed=seed, looks=looks)
        width, height = found["size"]
        count = len(found["emitters"]) + 1
        return cls(
            found,
            np.fromfile(blender.folder / "layers.f4", "<f4").reshape(count, height, width, 3),
            np.fromfile(blender.folder / "alpha.f4", "<f4").reshape(height, width),
            np.fromfile(blender.folder / "tables.u2", "<u2").reshape(-1, SIDE * SIDE, SIDE, 3),
        )

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the render."""
        return self.layers.shape[2], self.layers.shape[1]

    @property
    def stacked(self) -> FloatArray:
        """All layers as one picture, one below the other."""
        return self.layers.reshape(-1, *self.layers.shape[2:])

    def scene(self) -> Scene:
        tables = [Media("image", table.astype(np.float32) / 65535) for table in self.tables]
        return Scene(self.description, [Media("image", self.stacked, "linear-sRGB", name="layers"), *tables])

    def content(self, renderer: BlenderReplica) -> Media:
        """The render as it stands in the scene, replayed; what shows no object counts as masked."""
        solid = (self.alpha > 1 - 1e-4).astype(np.float32)
        blank = Media("image", np.zeros(self.layers.shape[1:], np.float32), mask=solid if solid.any() and not solid.all() else None)
        (shown,) = renderer.stage(blank).media({}, 1)
        return shown

    def send(self, blobs: Blobs) -> dict[str, Any]:
        """The scene as the `open` message carries it; appends to `blobs`."""
        layers = self.stacked
        pictures = [blobs.picture(layers.tobytes(), layers.shape[1], layers.shape[0], dtype="<f4", space="linear-sRGB", name="layers")]
        for table in self.tables:
            pictures.append(blobs.picture(table.tobytes(), SIDE, SIDE * SIDE, dtype="<u2", name="view"))
        return {"description": self.description, "pictures": pictures}


def read_reference(blender: Session, path: Path) -> NDArray[np.uint8]:
    """A reference as (H, W, 3) sRGB, read by Blender."""
    width, height = blender.request("reference", file=str(path.resolve()), side=REFERENCE_SIDE)["size"]
    return np.fromfile(blender.folder / "reference.u1", np.uint8).reshape(height, width, 3)


def fitted(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture that has the proportions of the render at the render's size (it may well show the same scene), any other as it is."""
    width, height = size
    same = abs(picture.shape[1] * height - picture.shape[0] * width) <= max(picture.shape[1], picture.shape[0])
    if not same or picture.shape[1] < width:
        return picture
    small = shrink(Media("image", picture.astype(np.float32) / 255), max(size)).data
    return np.rint(small * 255).astype(np.uint8) if small.shape[:2] == (height, width) else picture
