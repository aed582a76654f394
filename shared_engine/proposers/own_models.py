"""Style-transfer networks of the user's own as proposers: any ONNX model that paints a content picture in a style.

A model is *declared* once (`utsushi proposer add MODEL.onnx`): which input is the content, which the style, and the range of their values.
It is checked by running it, copied, and pinned by its sha256. It runs in onnxruntime on its own operators, from memory: neither code nor
files beside the model are ever loaded. Its pixels are shown, not used: its effect on colour and tone is fitted as a table, which the search
transcribes into the tools that the user has.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_engine.errors import AssetError, InputError, UtsushiError
from shared_engine.proposers.color import encoded
from shared_engine.proposers.painting import propose_painted
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.same_view import at_size
from shared_engine.types import FloatArray, Media, Reference

FOLDER = "UTSUSHI_MODELS"
"""The environment variable that names the folder of declared models; the engine's service sets it to a folder of the user's."""

CONFIDENCE = 0.3
"""Below the learned look: nobody has measured the user's model. It is among the alternatives, and leads where the user names it."""

SIDE = 256
"""Longer side of the pictures that a model sees where it takes any size, in pixels."""

MOST_BYTES = 1 << 30
CHANNELS = 3
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Declaration:
    """How a model is spoken to. Pictures are R'G'B' in `low`..`high`; `first`: channels come before rows; `side` > 0: only this size."""

    name: str
    content: str
    style: str
    output: str
    sha256: str
    low: float = 0.0
    high: float = 1.0
    first: bool = True
    side: int = 0
    credit: str = ""


class OwnModel(Proposer):
    """One declared model."""

    kind = "image"

    def __init__(self, declared: Declaration, session: Any) -> None:
        self.name = declared.name
        self.declared = declared
        self.session = session

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        reason = f"{self.name}: the colours and tones that your own model paints"
        return propose_painted(self.name, CONFIDENCE, reason, content, references, self._sized, self.paint)

    def paint(self, content: FloatArray, style: FloatArray) -> FloatArray:
        """Pictures (H, W, 3), sRGB-encoded -> what the model paints. InputError where it fails."""
        feeds = {self.declared.content: self._in(content), self.declared.style: self._in(style)}
        try:
            (painted,) = self.session.run([self.declared.output], feeds)
        except Exception as error:  # noqa: BLE001 - whatever onnxruntime says
            raise InputError(
                f"the model {self.name} failed: {_short(error)}", f"Remove it: `utsushi proposer remove {self.name}`."
            ) from error
        return self._out(painted)

    def _sized(self, media: Media) -> FloatArray:
        height, width = media.data.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = (self.declared.side,) * 2 if self.declared.side else (max(8, round(height * scale)), max(8, round(width * scale)))
        return at_size(Media("image", encoded(media).clip(0, 1).astype(np.float32)), size)

    def _in(self, picture: FloatArray) -> NDArray[np.float32]:
        values = picture * (self.declared.high - self.declared.low) + self.declared.low
        return np.ascontiguousarray((values.transpose(2, 0, 1) if self.declared.first else values)[None], np.float32)

    def _out(self, painted: NDArray[Any]) -> FloatArray:
        shape = painted.shape
        if painted.ndim != 4 or shape[0] != 1 or shape[1 if self.declared.first else 3] != CHANNELS or not np.isfinite(painted).all():
            raise InputError(f"the model {self.name} does not answer with a picture: {shape}", "Name its picture with --output.")
        picture = painted[0].transpose(1, 2, 0) if self.declared.first else painted[0]
        span = self.declared.high - self.declared.low
        return np.ascontiguousarray(((picture - self.declared.low) / span).clip(0, 1), np.float32)


def own_models() -> list[OwnModel]:
    """All declared models, by name; one that is damaged is left out. Empty where no folder is named."""
    folder = os.environ.get(FOLDER)
    found = []
    for path in sorted(Path(folder).glob("*/model.json")) if folder else ():
        try:
            found.append(load(path.parent))
        except UtsushiError:
            continue
    return found


def load(folder: Path) -> OwnModel:
    """A declared model. AssetError where it is damaged or no longer the one that was declared."""
    try:
        declared = Declaration(**json.loads((folder / "model.json").read_text(encoding="utf-8")))
        return _loaded(declared, folder / "model.onnx", (folder / "model.onnx").stat().st_mtime_ns)
    except (OSError, ValueError, TypeError) as error:
        raise AssetError(f"the model in {folder} is damaged: {error}", "Remove it and add it again.") from error


@lru_cache(8)
def _loaded(declared: Declaration, path: Path, changed: int) -> OwnModel:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != declared.sha256:
        raise AssetError(f"{path} is not the model that was added", "Remove it and add it again.")
    return OwnModel(declared, _session(data))


def add(model: Path, folder: Path, name: str = "", **wishes: Any) -> Declaration:
    """Checks `model`, declares it and copies it into `folder`. `wishes`: fields of `Declaration` that are not to be guessed.

    Raises:
        InputError: no ONNX model, not one of content and style to picture, or one that fails on a picture.
    """
    name = name or re.sub(r"[^a-z0-9]+", "-", model.stem.lower()).strip("-")[:40]
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name for a proposer", "Use small letters, digits and hyphens: --name my-model.")
    if (folder / name).exists():
        raise InputError(f"there is a proposer {name} already", f"Choose another --name, or `utsushi proposer remove {name}` first.")
    if not model.is_file():
        raise InputError(f"there is no file {model}", "Check the path.")
    if model.stat().st_size > MOST_BYTES:
        raise InputError(f"{model} is larger than 1 GB", "Export a smaller one, in half precision.")
    data = model.read_bytes()
    session = _session(data)
    declared = Declaration(name, sha256=hashlib.sha256(data).hexdigest(), **{**_guessed(session), **wishes})
    _try(OwnModel(declared, session))
    draft = folder / f".{name}.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    (draft / "model.onnx").write_bytes(data)
    (draft / "model.json").write_text(json.dumps(asdict(declared), indent=1), encoding="utf-8")
    draft.rename(folder / name)
    return declared


def remove(folder: Path, name: str) -> None:
    """Raises InputError where there is none of this name."""
    if not NAME.fullmatch(name) or not (folder / name / "model.json").exists():
        raise InputError(f"there is no proposer {name!r} of your own", "See `utsushi proposer list`.")
    shutil.rmtree(folder / name)


def _session(data: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
        raise InputError(
            f"this is no model that onnxruntime runs by itself: {_short(error)}",
            "Export it as one ONNX file, weights inside, standard operators.",
        ) from error


def _guessed(session: Any) -> dict[str, Any]:
    """Inputs and output by their names and shapes. InputError where they do not tell."""
    pictures = [one for one in session.get_inputs() if len(one.shape or ()) == 4 and CHANNELS in (one.shape[1], one.shape[3])]
    painted = [one for one in session.get_outputs() if len(one.shape or ()) in (0, 4)]
    if len(pictures) != 2 or len(session.get_inputs()) != 2 or not painted:
        shapes = ", ".join(f"{one.name} {one.shape}" for one in session.get_inputs())
        raise InputError(f"a proposer needs two pictures, content and style; this model takes {shapes}", "Export it with these two inputs.")
    style = next((one for one in pictures if "style" in one.name.lower() or "ref" in one.name.lower()), pictures[1])
    content = next(one for one in pictures if one is not style)
    first = content.shape[1] == CHANNELS
    sides = {size for one in pictures for size in (one.shape[2:] if first else one.shape[1:3]) if isinstance(size, int)}
    if len(sides) > 1:
        raise InputError(
            f"this model wants pictures of {sorted(sides)} pixels, not of one size", "Export it for square pictures, or any size."
        )
    return {"content": content.name, "style": style.name, "output": painted[0].name, "first": first, "side": sides.pop() if sides else 0}


def _try(model: OwnModel) -> None:
    """Runs the model on a ramp and a flat picture: it must answer with a picture that is not all one colour."""
    side = model.declared.side or 64
    rows, columns = np.indices((side, side), np.float32) / np.float32(side)
    ramp = np.stack([rows, columns, np.full_like(rows, 0.5)], -1)
    painted = model.paint(ramp, np.full_like(ramp, 0.4))
    if float(np.ptp(painted)) < 1 / 255:
        raise InputError(
            f"the model {model.name} answers with one flat colour",
            "Its values may span another range: try --low 0 --high 255, or --low -1.",
        )


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
