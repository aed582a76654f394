"""One study from the layers to the finalists, in a background Blender: asks the engine, renders what it asks back, renders the answer."""

import ipaddress
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from . import display, host
from .server.client import Blobs, Engine, EngineError, Patience, connect

if TYPE_CHECKING:
    from .session import Session

Picture = tuple[int, int, bytes]
"""Width, height, RGB bytes."""

AWAY = "the engine has stopped; waiting for it"
BACK_AGAIN = "The engine had stopped in the middle of the search. It was found again and the search went on where it was."


def study(
    session: "Session", described: Mapping[str, Any], references: Sequence[Picture], options: Mapping[str, Any], tries: Sequence[int]
) -> dict[str, Any]:
    """Asks the engine -> {"answer", "before", "pictures", "notes"}: paths of the scene's render, of the best and of each alternative.

    The session's folder holds what its `layers` left; progress.json is written there while the study runs, and a file named stop ends it
    with the best so far. `tries`: longer side and samples of each render of a candidate.
    """
    folder = session.folder
    chosen = session.choose(options["only"], options["locks"])
    before = folder / "before.png"
    session.render([], str(before))
    blobs = Blobs()
    body = {
        "host": "Blender",
        "host_version": bpy.app.version_string,
        "renderer": "blender",
        "content": _rendered(session, before, max(described["size"]), blobs, "render"),
        "references": [{"array": blobs.picture(pixels, wide, high, name="reference")} for wide, high, pixels in references],
        "options": {**options, "locks": chosen["locks"], "max_tools": 64},
        "scene": _scene(blobs, described, folder),
        "renders": True,
    }
    try:
        with connect() as engine:
            progress = Teller(folder, before, engine)
            number = engine.open(body, blobs)
            drawing = Drawing(session, tries if chosen["tools"] else (), progress)
            progress.patience.until(lambda: engine.follow(number, progress.report, render=drawing.draw))
            answer = progress.patience.until(lambda: engine.result(number)[0])
            with suppress(EngineError):  # an engine that has just gone sweeps it away by itself, a day later
                engine.forget(number)
            back = [BACK_AGAIN] if engine.restarts else []
    except EngineError as error:
        raise host.SceneError(error.what, error.remedy) from error
    found = [answer["recipe"], *(one["recipe"] for one in answer["alternatives"])]
    pictures = []
    for index, recipe in enumerate(found):
        tell(folder, "rendering the answers", 0.9 + 0.1 * index / len(found), picture=pictures[0] if pictures else progress.picture)
        pictures.append(str(folder / f"answer-{index}.png"))
        session.render(recipe, pictures[-1])
    return {"answer": answer, "before": str(before), "pictures": pictures, "notes": [*back, *described["notes"], *chosen["notes"]]}


class Teller:
    """Passes on how far the engine is, or that it is away."""

    def __init__(self, folder: Path, picture: Path, engine: Engine) -> None:
        self.folder, self.picture = folder, str(picture)
        self.asker = os.getppid()
        self.fraction = 0.3
        self.patience = Patience(self.missed)
        self._engine = engine
        _only_here(engine)

    def report(self, status: Mapping[str, Any]) -> bool:
        """Whether the search is to go on: nobody stopped it, and who asked is still there."""
        _only_here(self._engine)  # it may be another one by now
        self.patience.heard()
        self.fraction = 0.3 + 0.6 * status["fraction"]
        tell(self.folder, status["stage"] or status["state"], self.fraction, status, self.picture)
        return not (self.folder / "stop").exists() and self._asked()

    def missed(self, error: EngineError) -> bool:
        """Whether to wait for an engine that is away: who asked is still there."""
        tell(self.folder, AWAY, self.fraction, picture=self.picture, remedy=error.remedy)
        return self._asked()

    def _asked(self) -> bool:
        return os.getppid() == self.asker


class Drawing:
    """Renders candidates for the engine, `tries` (longer side, samples) small and quick where they are many, and shows each."""

    def __init__(self, session: "Session", tries: Sequence[int], progress: Teller) -> None:
        self.session, self.progress = session, progress
        self.side, self.samples = tries or (max(session.described["size"]), 0)
        self.count = 0

    def draw(self, recipe: Sequence[Mapping[str, Any]], side: int, blobs: Blobs) -> dict[str, Any]:
        """One candidate -> the descriptor of its picture, which is added to `blobs`."""
        self.count += 1
        path = self.session.folder / f"try-{self.count % 2}.png"  # the window may be reading the last one
        self.session.render([dict(one) for one in recipe], str(path), tries=[min(self.side, side), self.samples])
        self.progress.picture = str(path)
        return _rendered(self.session, path, side, blobs, "try")


def _only_here(engine: Engine) -> None:
    """Pictures leave this machine only where the user allowed Blender to go online."""
    address = engine.address.rpartition("//")[2].rpartition(":")[0].strip("[]")
    if not _is_here(address) and not bpy.app.online_access:
        raise host.SceneError(
            f"the engine is on another machine ({address})", "Allow Online Access in Preferences > System, or run it here."
        )


def _is_here(address: str) -> bool:
    """Whether an address is this machine's own; of names only one is."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def tell(folder: Path, stage: str, fraction: float, status: Mapping[str, Any] | None = None, picture: str = "", remedy: str = "") -> None:
    """Leaves progress.json for the window to read. `remedy`: what the user can do about what keeps the search waiting."""
    status = status or {}
    told = {name: status.get(name) for name in ("eta", "score", "baseline", "evaluations")}
    part = folder / "progress.part"
    part.write_text(json.dumps({"stage": stage, "fraction": fraction, "picture": picture, "remedy": remedy, **told}), encoding="utf-8")
    part.replace(folder / "progress.json")


def _rendered(session: "Session", path: Path, side: int, blobs: Blobs, name: str) -> dict[str, Any]:
    """A render as an array; where film is transparent, alpha says which pixels count."""
    raw = session.folder / "rendered.u1"
    width, height = display.read_picture(session.scene, path, side, raw)
    pixels = np.fromfile(raw, np.uint8).reshape(height, width, 3)
    wide, high = session.described["size"]
    solid = np.fromfile(session.folder / "alpha.f4", "<f4").reshape(high, wide) > 1 - 1e-4
    if solid.any() and not solid.all():
        rows, columns = (np.arange(height) * high // height)[:, None], np.arange(width) * wide // width
        pixels = np.dstack([pixels, solid[rows, columns].astype(np.uint8) * 255])
    return blobs.picture(pixels.tobytes(), width, height, pixels.shape[2], name=name)


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
