"""How well pictures fit a sentence, by a text and an image encoder that the user owns (CLIP and its kin, as a pair of ONNX files).

Such a score ranks takes. It is no objective: optimised, it ends at pictures that it prefers to the right answer (measured on a metric of
this kind: no instruction of twelve right). shared_engine/words/refine.py holds it back.

Beside the text encoder lies its ``tokenizer.json`` (Hugging Face's format), unless the model takes plain text. Beside the image encoder may
lie a ``preprocessor_config.json`` with ``image_mean`` and ``image_std``; else those of CLIP hold.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_engine.errors import AssetError
from shared_engine.types import FloatArray

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of CLIP's training pictures (Radford et al. 2021, the released code)."""

SIDE, LENGTH = 224, 77
"""Pixels a side and tokens a sentence, where the models leave them open."""


class TextImagePair:
    """Two encoders into one space. Raises AssetError for files that are no such pair."""

    def __init__(self, text_encoder: Path, image_encoder: Path) -> None:
        self.text, self.image = _session(text_encoder), _session(image_encoder)
        self._pictures = _picture_input(self.image, image_encoder)
        self._words = {one.name: one for one in self.text.get_inputs()}
        self._tokenizer = None if self._takes_text() else _tokenizer(text_encoder)
        self.mean, self.std = (np.asarray(one, np.float32) for one in _normalisation(image_encoder))

    def score(self, sentence: str, pictures: Sequence[FloatArray]) -> NDArray[np.float64]:
        """Cosine similarity of each picture, (H, W, 3) sRGB 0..1, to the sentence -> (pictures,)."""
        words = _embedding(self.text, self._encoded(sentence))
        shown = np.concatenate([_embedding(self.image, {self._pictures.name: self._prepared(one)}) for one in pictures])
        if words.shape[-1] != shown.shape[-1]:
            raise AssetError(
                f"the encoders do not belong together: {words.shape[-1]} and {shown.shape[-1]} numbers", "Export both from one model."
            )
        cosines: NDArray[np.float64] = (shown @ words[0]) / np.maximum(np.linalg.norm(shown, axis=1) * np.linalg.norm(words[0]), 1e-12)
        return cosines

    def _takes_text(self) -> bool:
        return len(self._words) == 1 and next(iter(self._words.values())).type == "tensor(string)"

    def _encoded(self, sentence: str) -> dict[str, Any]:
        if self._tokenizer is None:
            return {name: np.array([sentence], dtype=object) for name in self._words}
        length = next((one.shape[1] for one in self._words.values() if len(one.shape) == 2 and isinstance(one.shape[1], int)), 0)
        self._tokenizer.enable_truncation(length or LENGTH)
        if length:
            self._tokenizer.enable_padding(length=length)
        found = self._tokenizer.encode(sentence)
        rows = {"input_ids": found.ids, "attention_mask": found.attention_mask, "token_type_ids": found.type_ids}
        kinds = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
        return {name: np.array([rows.get(name, found.ids)], kinds.get(one.type, np.int64)) for name, one in self._words.items()}

    def _prepared(self, picture: FloatArray) -> FloatArray:
        """Scaled to cover a square, cut to its middle, normalised -> (1, 3, side, side)."""
        from PIL import Image

        shape = self._pictures.shape
        side = next((size for size in shape[2:] if isinstance(size, int)), SIDE)
        height, width = picture.shape[:2]
        scale = side / min(height, width)
        size = max(side, round(width * scale)), max(side, round(height * scale))
        whole = Image.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
        left, top = (size[0] - side) // 2, (size[1] - side) // 2
        pixels = np.asarray(whole.crop((left, top, left + side, top + side)), np.float32) / 255
        plain: FloatArray = ((pixels - self.mean) / self.std).astype(np.float32)
        return plain.transpose(2, 0, 1)[None]


def _session(path: Path) -> Any:
    import onnxruntime

    if not path.is_file():
        raise AssetError(f"there is no encoder {path}", "Give the ONNX file that you own.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own for every kind of broken file
        raise AssetError(
            f"{path.name} cannot be loaded: {str(error).splitlines()[0]}", "Export it again as ONNX, with its weights."
        ) from error


def _picture_input(session: Any, path: Path) -> Any:
    found = next((one for one in session.get_inputs() if len(one.shape) == 4 and one.type == "tensor(float)"), None)
    if found is None or found.shape[1] not in (3, "3") and isinstance(found.shape[1], int):
        raise AssetError(f"{path.name} takes no picture (1, 3, side, side)", "Export the image half of the model, with its projection.")
    return found


def _tokenizer(text_encoder: Path) -> Any:
    path = text_encoder.with_name("tokenizer.json")
    if not path.is_file():
        raise AssetError(f"there is no tokenizer.json beside {text_encoder.name}", "Copy it from the model's own folder.")
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise AssetError("reading tokenizer.json needs the package tokenizers", "Run `pip install 'utsushi[clip]'`.") from error
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the package raises plain Exception
        raise AssetError(f"{path} cannot be read: {error}", "Copy it again from the model's own folder.") from error


def _normalisation(image_encoder: Path) -> tuple[Sequence[float], Sequence[float]]:
    path = image_encoder.with_name("preprocessor_config.json")
    if not path.is_file():
        return MEAN, STD
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [float(part) for part in found["image_mean"]], [float(part) for part in found["image_std"]]
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(f"{path} is damaged: {error!r}", "Copy it again from the model's own folder, or take it away.") from error


def _embedding(session: Any, inputs: dict[str, Any]) -> NDArray[np.float64]:
    """(rows, numbers): the output that is called an embedding, else the first with two axes."""
    outputs = [one.name for one in session.get_outputs()]
    values = dict(zip(outputs, session.run(outputs, inputs), strict=True))
    flat = [name for name in outputs if values[name].ndim == 2]
    if not flat:
        raise AssetError("the encoder gives no embedding, only features of every place", "Export it with its pooling and projection.")
    return np.asarray(values[next((name for name in flat if "embed" in name), flat[0])], np.float64)
