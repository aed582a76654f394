"""One study from the layers to the finalists, in a background Blender: renders, asks the engine, renders what it answers."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from . import display, host, joined
from .server.client import Blobs, EngineError, connect


def study(
    scene: bpy.types.Scene,
    described: Mapping[str, Any],
    references: Sequence[tuple[int, int, bytes]],
    options: Mapping[str, Any],
    folder: Path,
    render: Callable[[list[dict[str, Any]], str], object],
) -> dict[str, Any]:
    """Asks the engine -> {"answer", "before", "pictures"}: paths of the scene's render, of the best and of each alternative.

    `folder` holds what session.layers left; progress.json is written there while the study runs, and a file named stop ends it with the
    best so far.
    """
    before = folder / "before.png"
    render([], str(before))
    width, height = described["size"]
    display.read_picture(scene, before, max(width, height), folder / "before.u1")
    blobs = Blobs()
    body = {
        "host": "Blender",
        "host_version": bpy.app.version_string,
        "renderer": "blender",
        "content": _content(blobs, folder, width, height),
        "references": [{"array": blobs.picture(pixels, wide, high, name="reference")} for wide, high, pixels in references],
        "options": {**options, "locks": joined.locks(described, options["only"], options["locks"]), "max_tools": 64},
        "scene": _scene(blobs, described, folder),
    }

    def report(status: Mapping[str, Any]) -> bool:
        tell(folder, status["stage"] or status["state"], 0.3 + 0.5 * status["fraction"], status)
        return not (folder / "stop").exists()

    try:
        with connect() as engine:
            number = engine.open(body, blobs)
            engine.follow(number, report)
            answer, _ = engine.result(number)
            engine.forget(number)
    except EngineError as error:
        raise host.SceneError(error.what, error.remedy) from error
    found = [answer["recipe"], *(one["recipe"] for one in answer["alternatives"])]
    pictures = []
    for index, recipe in enumerate(found):
        tell(folder, "rendering the answers", 0.8 + 0.2 * index / len(found))
        pictures.append(str(folder / f"answer-{index}.png"))
        render(recipe, pictures[-1])
    return {"answer": answer, "before": str(before), "pictures": pictures}


def tell(folder: Path, stage: str, fraction: float, status: Mapping[str, Any] | None = None) -> None:
    """Leaves progress.json for the window to read."""
    status = status or {}
    said = {"stage": stage, "fraction": fraction, **{name: status.get(name) for name in ("eta", "score", "baseline", "evaluations")}}
    part = folder / "progress.part"
    part.write_text(json.dumps(said), encoding="utf-8")
    part.replace(folder / "progress.json")


def _content(blobs: Blobs, folder: Path, width: int, height: int) -> dict[str, Any]:
    """The render; where film is transparent, alpha says which pixels count."""
    pixels = np.fromfile(folder / "before.u1", np.uint8).reshape(height, width, 3)
    solid = np.fromfile(folder / "alpha.f4", "<f4").reshape(height, width) > 1 - 1e-4
    if solid.any() and not solid.all():
        pixels = np.dstack([pixels, solid.astype(np.uint8) * 255])
    return blobs.picture(pixels.tobytes(), width, height, pixels.shape[2], name="render")


def _scene(blobs: Blobs, described: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    width, height = described["size"]
    light = (folder / "layers.f4").read_bytes()
    count = len(described["emitters"]) + 1
    pictures = [blobs.picture(light, width, count * height, dtype="<f4", space="linear-sRGB", name="layers")]
    side = display.TABLE_SIDE
    tables = (folder / "tables.u2").read_bytes()
    size = side**3 * 6
    for start in range(0, len(tables), size):
        pictures.append(blobs.picture(tables[start : start + size], side, side * side, dtype="<u2", name="view"))
    return {"description": dict(described), "pictures": pictures}
