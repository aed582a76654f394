"""Ways to go on from a study's answer: another strength or likeness, alternatives and mixes, a tool left out, native settings read back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.protocol.arrays import Array
from server.protocol.messages import Read, Result
from server.store import Folder
from server.tasks import plain, renderer_of, study_spec
from shared_engine.errors import ParameterError, StateError, UtsushiError
from shared_engine.extensions import load
from shared_engine.proposers.color import encoded
from shared_engine.proxy import shrink
from shared_engine.renderer import Renderer, Stage, batch_of
from shared_engine.space import Space, parameters_by_key
from shared_engine.types import Media, Progress, StudySpec, Value, Values

KEPT = 2
"""Studies of which a worker keeps in memory what was asked: a host asks about one, many times a second."""

SKETCH = "sketch"
"""The id of the draft that shows the proposal."""

Picture = NDArray[np.uint8]


def result(path: Path, asked: Result) -> tuple[dict[str, Any], dict[str, Any] | None, bytes]:
    """A finished study's imitation as `asked` for -> (imitation, preview descriptor, preview blob)."""
    outcome = Folder(path).outcome()
    if outcome is None or outcome["imitation"] is None:
        raise StateError("this study has no result", "Start the study again.")
    spec, renderer = _question(path)
    imitation = _based(outcome["imitation"], asked, Space(renderer.chain), spec)
    if asked.strength is not None:
        imitation["strength"] = asked.strength
    values = Space(renderer.chain).mix(spec.start, imitation["best"]["values"], imitation["strength"])
    values = left_out(renderer, values, asked.without)
    imitation |= {"recipe": plain(renderer.recipe(values)), "values": plain(values)}
    if asked.painted:
        picture = painted(path, asked.painted, imitation)
        return imitation, asdict(described(picture, asked.painted)), picture.tobytes()
    if not asked.preview or spec.content.kind != "image":
        return imitation, None, b""
    picture = rendered(renderer, _stage(path, asked.side), values)
    return imitation, asdict(described(picture, spec.content.name)), picture.tobytes()


def painted(path: Path, proposer: str, imitation: Mapping[str, Any]) -> Picture:
    """What the proposer's network painted. Raises ParameterError where it painted nothing."""
    names = imitation.get("painted", [])
    if proposer not in names:
        raise ParameterError(f"the proposer {proposer!r} painted nothing here", f"These did: {', '.join(names) or 'none'}.")
    picture: Picture = np.load(Folder(path).painted(proposer), allow_pickle=False)
    return picture


def read(asked: Read) -> tuple[dict[str, Value], list[tuple[int, UtsushiError]]]:
    """Native settings -> (values by key, the entries that cannot be said in values, with the reason of each)."""
    renderer: Renderer = load("renderers", asked.renderer)(available=None if asked.available is None else frozenset(asked.available))
    values: dict[str, Value] = {}
    refused = []
    for index, entry in enumerate(asked.recipe):
        try:
            found = renderer.values([entry])
        except UtsushiError as error:
            refused.append((index, error))
            continue
        if found.keys() & values.keys():
            refused.append((index, ParameterError("this tool stands there twice", "Merge the first one, or take it away.")))
            continue
        values |= found
    return plain(values), refused


class Drafts:
    """The best so far of one running study. With a picture of it, at most `side` pixels long, and before there is one, of what was
    proposed; sounds are rendered by the host, which plays them."""

    def __init__(self, spec: StudySpec, side: int) -> None:
        self._spec, self._renderer, self._pictured = spec, renderer_of(spec), spec.content.kind == "image"
        self._content = shrink(spec.content, side) if self._pictured else spec.content
        self._stage = self._renderer.stage(self._content)
        self._last = ""

    def newer(self, progress: Progress) -> tuple[dict[str, Any], bytes] | None:
        """The fields of `messages.Draft` and its blob where there is another one than last time."""
        best = progress.best
        if self._pictured and best is None and progress.proposed is not None and not self._last:
            self._last = SKETCH
            picture = _eight_bit(progress.proposed(self._content))
            return {"id": SKETCH, "recipe": (), "preview": described(picture, self._content.name), "sketch": True}, picture.tobytes()
        if best is None or best.id == self._last:
            return None
        self._last = best.id
        values = Space(self._renderer.chain).mix(self._spec.start, best.values, self._spec.strength)
        fields: dict[str, Any] = {"id": best.id, "recipe": tuple(plain(self._renderer.recipe(values))), "final": progress.final}
        if not self._pictured:
            return fields, b""
        picture = rendered(self._renderer, self._stage, values)
        return fields | {"preview": described(picture, self._spec.content.name)}, picture.tobytes()


def rendered(renderer: Renderer, stage: Stage, values: Values) -> Picture:
    """The stage's content with `values`, in sRGB; without the tools that only the host can show."""
    (media,) = stage.media(batch_of({key: value for key, value in values.items() if key.split(".")[0] in renderer.shown}), 1)
    return _eight_bit(media)


def _eight_bit(media: Media) -> Picture:
    picture: Picture = (np.clip(encoded(media), 0, 1) * 255 + 0.5).astype(np.uint8)
    return picture


def described(picture: Picture, name: str) -> Array:
    return Array(0, "image", "|u1", picture.shape, name=name)


def left_out(renderer: Renderer, values: Values, without: Sequence[str]) -> dict[str, Value]:
    """`values` with the tools named in `without` at their defaults. Raises ParameterError for a name that no tool has."""
    known = {tool.id for tool in renderer.chain}
    if unknown := sorted(set(without) - known):
        raise ParameterError(f"there is no tool {', '.join(map(repr, unknown))} here", f"Choose among {', '.join(sorted(known))}.")
    return {key: value for key, value in values.items() if key.split(".")[0] not in without}


@lru_cache(KEPT)
def _question(path: Path) -> tuple[StudySpec, Renderer]:
    spec = study_spec(Folder(path))
    return spec, renderer_of(spec)


@lru_cache(KEPT * 2)
def _stage(path: Path, side: int) -> Stage:
    spec, renderer = _question(path)
    return renderer.stage(shrink(spec.content, side))


def _based(imitation: dict[str, Any], asked: Result, space: Space, spec: StudySpec) -> dict[str, Any]:
    """The imitation with what was asked for in the place of the best; effects were measured on the best, so others have none."""
    if asked.values is not None:
        known = parameters_by_key(space.tools)
        if unknown := sorted(set(asked.values) - set(known)):
            raise ParameterError(f"there is no setting called {unknown[0]}", "Use values that the renderer's tools have.")
        return _replaced(imitation, "values", asked.values)
    if asked.mix:
        total, parts = 0.0, dict(_candidate(imitation, asked.mix[0].alternative)["values"])
        for share in asked.mix:
            total += share.weight
            if share.weight:
                parts = space.mix(parts, _candidate(imitation, share.alternative)["values"], share.weight / total)
        return _replaced(imitation, "mix", parts)
    if asked.alternative >= 0:
        chosen = imitation["alternatives"][asked.alternative] if asked.alternative < len(imitation["alternatives"]) else None
        return {**imitation, "best": _candidate(imitation, asked.alternative), "score": chosen and chosen["score"], "effects": []}
    if asked.likeness is not None and asked.likeness != spec.likeness:
        return _replaced(imitation, "likeness", along(imitation, asked.likeness, space, spec))
    return dict(imitation)


def _candidate(imitation: Mapping[str, Any], index: int) -> dict[str, Any]:
    found = imitation["alternatives"]
    if index >= len(found):
        raise ParameterError(f"there is no alternative {index}", f"This study has {len(found)}.")
    chosen: dict[str, Any] = imitation["best"] if index < 0 else found[index]["candidate"]
    return chosen


def _replaced(imitation: Mapping[str, Any], name: str, values: Values) -> dict[str, Any]:
    return {**imitation, "best": {"id": name, "values": dict(values)}, "score": None, "effects": []}


def along(imitation: Mapping[str, Any], likeness: float, space: Space, spec: StudySpec) -> dict[str, Value]:
    """Values at `likeness`, between the nearest points of the path; the path begins at doing nothing and ends at its last point."""
    points: dict[float, Values] = {0.0: spec.start}
    points |= {point["likeness"]: point["values"] for point in imitation.get("path", ())}
    points[spec.likeness] = imitation["best"]["values"]
    ends = sorted(points)
    likeness = min(likeness, ends[-1])
    low, high = next((low, high) for low, high in pairwise(ends) if low <= likeness <= high)
    return space.mix(points[low], points[high], (likeness - low) / (high - low))
