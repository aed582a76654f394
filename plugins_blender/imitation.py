"""One imitation of a .blend file, as `utsushi imitate` does it: layers, the engine's question and answer, the file that comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from plugins_blender.blender import BlenderHost, Session
from plugins_blender.recipe import describe
from plugins_blender.replica import BlenderReplica
from plugins_blender.shot import Shot, fitted, read_reference
from server.client import Blobs, connect
from server.options import Wishes
from server.terminal import follow

TRY_SIDE, TRY_SAMPLES = 96, 8
"""Longer side and samples a pixel of each render of a candidate, where there are tools that only Blender renders."""


def imitate_scene(
    host: BlenderHost, file: Path, scene: str, wishes: Wishes, change: list[str], side: int, samples: int, target: Path, console: Console
) -> dict[str, Any]:
    """Writes `target`, a copy of `file` with the answer as a take, and before.png and after.png beside it -> the recipe."""
    with host.session() as session:
        with console.status(f"{host} renders the layers of light"):
            opened = session.request("open", file=str(file.resolve()), scene=scene)
            shot = Shot.take(session, side, samples, wishes.seed, looks="color" in change)
        replica = BlenderReplica(scene=shot.scene())
        tools = [*replica.tools, *replica.host_tools]
        plain = replace(wishes, only=",".join(change)).options(tools)  # a wrong name or lock shows before anything else is done
        chosen = session.request("choose", only=change, wanted=dict(_lock(text) for text in wishes.locks))
        options = {**plain, "locks": chosen["locks"]}
        tries = (TRY_SIDE, TRY_SAMPLES) if chosen["tools"] else (max(shot.size), 0)
        shown = [(fitted(read_reference(session, path), shot.size), weight) for path, weight in wishes.weighted]
        answer = _ask(session, shot, replica, shown, options, tries, host, console)
        with console.status(f"{host} renders the answer and writes {target.name}"):
            for name, settings in (("before", []), ("after", answer["recipe"])):
                session.request("render", settings=settings, picture=str((target.parent / f"{name}.png").resolve()))
            take = {"name": f"like {wishes.references[0].stem}", "settings": answer["recipe"], "score": answer["score"]["total"]}
            reasons = [effect["sentence"] for effect in answer["effects"]]
            session.request("save", settings=answer["recipe"], file=str(target.resolve()), take={**take, "reasons": reasons})
        notes = [*opened["notes"], *shot.description["notes"], *chosen["notes"]]
        return describe(answer, notes, file, wishes, options, host)


def _lock(text: str) -> tuple[str, str | None]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip() or None


def _ask(
    session: Session, shot: Shot, replica: BlenderReplica, shown: Sequence[tuple[NDArray[np.uint8], float]], options: Mapping[str, Any],
    tries: Sequence[int], host: BlenderHost, console: Console,
) -> dict[str, Any]:  # fmt: skip
    """The engine's answer, with progress on `console`."""
    content = shot.content(replica)
    pixels = np.rint(np.clip(content.data, 0, 1) * 255).astype(np.uint8)
    blobs = Blobs()
    references = [
        {"array": blobs.picture(one.tobytes(), one.shape[1], one.shape[0], name="reference"), "weight": weight} for one, weight in shown
    ]
    body = {
        "host": "command line",
        "host_version": str(host),
        "renderer": replica.name,
        "content": _sent(pixels, content.mask, blobs, "render"),
        "references": references,
        "options": dict(options),
        "scene": shot.send(blobs),
        "renders": True,
    }

    def render(recipe: Sequence[Mapping[str, Any]], side: int, blobs: Blobs) -> Mapping[str, Any]:
        """One candidate as Blender renders it, for the engine."""
        picture = session.folder / "try.png"
        session.request("render", settings=list(recipe), picture=str(picture), tries=[min(tries[0], side), tries[1]])
        with Image.open(picture) as found:
            drawn = np.array(found.convert("RGB"))
        mask = content.mask
        if mask is not None:
            mask = np.asarray(Image.fromarray(mask).resize(found.size, Image.Resampling.NEAREST))
        return _sent(drawn, mask, blobs, "try")

    with connect() as engine:
        study = engine.open(body, blobs)
        follow(engine, study, console, render)
        answer, _ = engine.result(study)
        engine.forget(study)
    return answer


def _sent(pixels: NDArray[np.uint8], mask: NDArray[np.float32] | None, blobs: Blobs, name: str) -> dict[str, Any]:
    """Adds pixels (H, W, 3), with the mask as their alpha, to what is sent -> their descriptor."""
    if mask is not None:
        pixels = np.dstack([pixels, np.rint(mask * 255).astype(np.uint8)])
    height, width, channels = pixels.shape
    descriptor: dict[str, Any] = blobs.picture(pixels.tobytes(), width, height, channels, name=name)
    return descriptor
