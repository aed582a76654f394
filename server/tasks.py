"""What workers do: a study's folder -> the engine's own types -> the engine -> JSON again."""

import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from server.connection import hold, models_folder
from server.protocol import messages, schema
from server.protocol.arrays import Array
from server.store import Folder
from shared_engine.errors import StateError
from shared_engine.types import Candidate, Imitation, Media, Pick, Progress, Reference, Scene, StudySpec, Values

FULL_SCALE = {"|u1": 255.0, "<u2": 65535.0, "<f4": 1.0}

LOCK_SECONDS = 10.0

REHEARSED = 32
"""Pixels a side of the picture that a worker rehearses with."""

REHEARSED_SECONDS, REHEARSED_RATE = 2, 44100
"""Of the sound that it rehearses with."""

Exchange = Callable[[list[dict[str, Any]]], list[tuple[Array, bytes]]]
"""Has the host render candidates {id, recipe} -> what came back, in their order."""


def warm() -> None:
    """Imports and loads beforehand what takes seconds: torch, the journal's storage, the weights of the proposers."""
    import optuna  # noqa: F401
    import torch

    import shared_engine.imitate  # noqa: F401
    from shared_engine.extensions import proposers
    from shared_engine.proposers import own_models

    os.environ.setdefault(own_models.FOLDER, str(models_folder()))
    torch.set_num_threads(1)
    proposers("image")


def search(path: Path, report: Callable[[dict[str, Any]], None], stopped: Callable[[], bool], exchange: Exchange) -> str:
    """Runs (or goes on with) the study in folder `path` and leaves its outcome there -> its last state.

    A host that promised to render is asked through `exchange`.
    """
    from server.looks import Drafts
    from shared_engine.imitate import imitate
    from shared_engine.journal import Journal

    folder = Folder(path)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        # The worker of an engine that was killed a moment ago may not have noticed yet.
        with hold(folder.lock) as alone:
            if alone:
                folder.mend()
                spec, asked = study_spec(folder), asked_of(folder)
                drafts = Drafts(spec, asked.drafts) if asked.drafts else None

                def tell(progress: Progress, drafts: Drafts | None = drafts) -> None:
                    report(progress_fields(progress) | {"draft": drafts and drafts.newer(progress)})

                imitation = imitate(
                    spec,
                    journal=Journal(folder.journal),
                    report=tell,
                    cancelled=stopped,
                    draw=host_draw(spec, exchange) if asked.renders else None,
                )
                state = "stopped" if stopped() else "done"
                keep_painted(folder, imitation)
                folder.end({"state": state, "imitation": with_recipes(imitation, spec), "error": None})
                return state
        if time.monotonic() > deadline:
            raise StateError("another process is at work on this study", "Wait until it has finished.")
        time.sleep(0.1)


def rehearse(renderer: str, available: tuple[str, ...] | None) -> None:
    """A small search on noise, thrown away: it imports, loads and allocates what the first real one would wait for."""
    from shared_engine.extensions import load
    from shared_engine.imitate import imitate

    rng, kind = np.random.default_rng(0), load("renderers", renderer)().kind
    if kind == "image":
        content, reference = (Media("image", picture) for picture in rng.random((2, REHEARSED, REHEARSED, 3), np.float32))
    else:
        noises = rng.standard_normal((2, 1, REHEARSED_SECONDS * REHEARSED_RATE)).astype(np.float32) * np.float32(0.1)
        content, reference = (Media("audio", noise, rate=REHEARSED_RATE) for noise in noises)
    chosen = None if available is None else frozenset(available)
    imitate(StudySpec(content, [Reference(reference)], renderer, alternatives=1, available=chosen), cancelled=lambda: True)


def tools(renderer: str, available: tuple[str, ...] | None) -> list[dict[str, Any]]:
    """The tools of a renderer, with their parameters, as JSON."""
    from shared_engine.extensions import load

    chain = load("renderers", renderer)(available=None if available is None else frozenset(available)).chain
    return [plain(asdict(tool)) for tool in chain]


def asked_of(folder: Folder) -> messages.Open:
    """What the study was opened with."""
    return schema.read(messages.Open, schema.loads(folder.request(), "body"))


def host_draw(spec: StudySpec, exchange: Exchange) -> Callable[[Sequence[Candidate]], list[Media]]:
    """The host's renders as the engine wants them. Ids are new in every run, so that an answer to an earlier run is not mistaken."""
    renderer, run = renderer_of(spec), secrets.token_hex(4)

    def draw(candidates: Sequence[Candidate]) -> list[Media]:
        wanted = [{"id": f"{run}-{one.id}", "recipe": plain(renderer.recipe(one.values))} for one in candidates]
        return [media_of(array, blob) for array, blob in exchange(wanted)]

    return draw


def study_spec(folder: Folder) -> StudySpec:
    """What was asked, in the engine's words. Pictures become float, alpha becomes the mask."""
    asked = asked_of(folder)
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
        picks=[Pick(pick.shown, pick.picked) for pick in options.picks],
        scene=None if asked.scene is None else Scene(asked.scene.description, [media(folder, array) for array in asked.scene.pictures]),
        **{name: getattr(options, name) for name in messages.Options.__annotations__ if name not in ("only", "picks")},
    )


def media(folder: Folder, array: Array) -> Media:
    """One blob of the study as Media."""
    return media_of(array, folder.blob(array.blob).read_bytes())


def media_of(array: Array, blob: bytes) -> Media:
    """A blob as Media; integer samples span 0..1, a fourth channel is the mask."""
    raw = np.frombuffer(blob, np.dtype(array.dtype)).reshape(array.shape)
    data = raw.astype(np.float32) / np.float32(FULL_SCALE[array.dtype])
    if array.kind == "audio":
        return Media("audio", data, rate=array.rate, name=array.name)
    mask = data[..., 3] if array.shape[2] == 4 else None
    return Media("image", np.ascontiguousarray(data[..., :3]), array.space, mask=mask, name=array.name)


def renderer_of(spec: StudySpec) -> Any:
    from shared_engine import question

    return question.renderer_of(spec)


def mixed(renderer: Any, start: Values, best: Values, strength: float) -> Values:
    """`strength` of the way from the start to the best, in each parameter's own scale."""
    from shared_engine.space import Space

    return Space(renderer.chain).mix(start, best, strength)


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


def keep_painted(folder: Folder, imitation: Imitation) -> None:
    """What networks painted, beside the study: asked for by the name of the proposer."""
    for name, media in imitation.painted.items():
        pixels = (media.data.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        np.save(folder.painted(name), pixels, allow_pickle=False)


def with_recipes(imitation: Imitation, spec: StudySpec) -> dict[str, Any]:
    """The imitation as JSON, each alternative with its native settings at the strength asked for."""
    renderer = renderer_of(spec)
    described = asdict(replace(imitation, painted={})) | {"painted": sorted(imitation.painted)}
    for alternative in described["alternatives"]:
        alternative["recipe"] = renderer.recipe(mixed(renderer, spec.start, alternative["candidate"]["values"], spec.strength))
    fields: dict[str, Any] = plain(described)
    return fields
