"""What workers do: a study's folder -> the engine's own types -> the engine -> JSON again."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.connection import hold
from server.protocol import messages, schema
from server.protocol.arrays import Array
from server.store import Folder
from shared_engine.errors import ParameterError, StateError
from shared_engine.types import Imitation, Media, Progress, Reference, Scene, StudySpec, Values

PREVIEW_SIDE = 1600
"""Longer side of a preview, in pixels."""

FULL_SCALE = {"|u1": 255.0, "<u2": 65535.0, "<f4": 1.0}

LOCK_SECONDS = 10.0


def warm() -> None:
    """Imports and loads beforehand what takes seconds: torch, the journal's storage, the weights of the proposers."""
    import optuna  # noqa: F401
    import torch

    import shared_engine.imitate  # noqa: F401
    from shared_engine.extensions import proposers

    torch.set_num_threads(1)
    proposers("image")


def search(path: Path, report: Callable[[dict[str, Any]], None], stopped: Callable[[], bool]) -> str:
    """Runs (or goes on with) the study in folder `path` and leaves its outcome there -> its last state."""
    from shared_engine.imitate import imitate
    from shared_engine.journal import Journal

    folder = Folder(path)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        # The worker of an engine that was killed a moment ago may not have noticed yet.
        with hold(folder.lock) as alone:
            if alone:
                folder.mend()
                spec = study_spec(folder)
                imitation = imitate(
                    spec,
                    journal=Journal(folder.journal),
                    report=lambda progress: report(progress_fields(progress)),
                    cancelled=stopped,
                )
                state = "stopped" if stopped() else "done"
                folder.end({"state": state, "imitation": with_recipes(imitation, spec), "error": None})
                return state
        if time.monotonic() > deadline:
            raise StateError("another process is at work on this study", "Wait until it has finished.")
        time.sleep(0.1)


def result(path: Path, strength: float | None, alternative: int, preview: bool) -> tuple[dict[str, Any], dict[str, Any] | None, bytes]:
    """A finished study's imitation at another strength, or one of its alternatives -> (imitation, preview descriptor, preview blob)."""
    folder = Folder(path)
    outcome = folder.outcome()
    if outcome is None or outcome["imitation"] is None:
        raise StateError("this study has no result", "Start the study again.")
    spec = study_spec(folder)
    imitation: dict[str, Any] = outcome["imitation"]
    if alternative >= 0:
        imitation = as_best(imitation, alternative)
    if strength is not None:
        imitation = {**imitation, "strength": strength}
    renderer = renderer_of(spec)
    values = mixed(renderer, spec.start, imitation["best"]["values"], imitation["strength"])
    imitation = {**imitation, "recipe": plain(renderer.recipe(values))}
    if not preview or spec.content.kind != "image":
        return imitation, None, b""
    picture = render(renderer, spec.content, values)
    return imitation, asdict(picture_of(picture, spec.content.name)), picture.tobytes()


def tools(renderer: str, available: tuple[str, ...] | None) -> list[dict[str, Any]]:
    """The tools of a renderer, with their parameters, as JSON."""
    from shared_engine.extensions import load

    chain = load("renderers", renderer)(available=None if available is None else frozenset(available)).tools
    return [plain(asdict(tool)) for tool in chain]


def study_spec(folder: Folder) -> StudySpec:
    """What was asked, in the engine's words. Pictures become float, alpha becomes the mask."""
    asked = schema.read(messages.Open, schema.loads(folder.request(), "body"))
    options = asked.options
    return StudySpec(
        content=media(folder, asked.content),
        references=[
            Reference(media(folder, shown.array), shown.weight, None if shown.original is None else media(folder, shown.original))
            for shown in asked.references
        ],
        renderer=asked.renderer,
        available=None if asked.available is None else frozenset(asked.available),
        only=frozenset(options.only),
        scene=None if asked.scene is None else Scene(asked.scene.description, [media(folder, array) for array in asked.scene.pictures]),
        **{name: getattr(options, name) for name in messages.Options.__annotations__ if name != "only"},
    )


def media(folder: Folder, array: Array) -> Media:
    """One blob as Media; integer samples span 0..1."""
    raw = np.fromfile(folder.blob(array.blob), np.dtype(array.dtype)).reshape(array.shape)
    data = raw.astype(np.float32) / np.float32(FULL_SCALE[array.dtype])
    if array.kind == "audio":
        return Media("audio", data, rate=array.rate, name=array.name)
    mask = data[..., 3] if array.shape[2] == 4 else None
    return Media("image", np.ascontiguousarray(data[..., :3]), array.space, mask=mask, name=array.name)


def renderer_of(spec: StudySpec) -> Any:
    from shared_engine import imitate

    return imitate.renderer_of(spec)


def mixed(renderer: Any, start: Values, best: Values, strength: float) -> Values:
    """`strength` of the way from the start to the best, in each parameter's own scale."""
    from shared_engine.space import Space

    return Space(renderer.tools).mix(start, best, strength)


def as_best(imitation: dict[str, Any], index: int) -> dict[str, Any]:
    """The imitation with one of its alternatives in the place of the best; effects were measured on the best, so they are left out."""
    found = imitation["alternatives"]
    if index >= len(found):
        raise ParameterError(f"there is no alternative {index}", f"This study has {len(found)}.")
    chosen = found[index]
    return {**imitation, "best": chosen["candidate"], "score": chosen["score"], "effects": []}


def render(renderer: Any, content: Media, values: Values) -> NDArray[np.uint8]:
    """The content with `values`, at most `PREVIEW_SIDE` long, in sRGB."""
    from shared_engine.proposers.color import encoded
    from shared_engine.proxy import shrink

    small = shrink(content, PREVIEW_SIDE)
    batch = {key: np.array([value]) for key, value in values.items()}
    (rendered,) = renderer.stage(small).media(batch, 1)
    return (np.clip(encoded(rendered), 0, 1) * 255 + 0.5).astype(np.uint8)


def picture_of(picture: NDArray[np.uint8], name: str) -> Array:
    return Array(0, "image", "|u1", picture.shape, name=name)


def progress_fields(progress: Progress) -> dict[str, Any]:
    """Progress as the fields of `messages.StatusReply`."""
    return {
        "stage": progress.stage,
        "fraction": float(progress.fraction),
        "eta": progress.eta,
        "evaluations": int(progress.evaluations),
        "score": progress.score,
        "baseline": progress.baseline,
    }


def plain(value: Any) -> Any:
    """JSON-able values: numpy scalars become numbers, sets sorted lists."""

    def convert(other: Any) -> Any:
        return sorted(other) if isinstance(other, (set, frozenset)) else other.item()

    return json.loads(json.dumps(value, default=convert, allow_nan=False))


def with_recipes(imitation: Imitation, spec: StudySpec) -> dict[str, Any]:
    """The imitation as JSON, each alternative with its native settings at the strength asked for."""
    renderer = renderer_of(spec)
    described = asdict(imitation)
    for alternative in described["alternatives"]:
        alternative["recipe"] = renderer.recipe(mixed(renderer, spec.start, alternative["candidate"]["values"], spec.strength))
    fields: dict[str, Any] = plain(described)
    return fields
