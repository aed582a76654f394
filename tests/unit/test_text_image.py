"""The user's own pair of encoders: loading, preparing, and every way in which it may be no pair. The models are made here."""

from pathlib import Path

import numpy as np
import pytest

from shared_engine.errors import AssetError
from shared_engine.metrics.text_image import TextImagePair
from tests.encoders import image_encoder, text_encoder


def plain(*rgb: float, size: tuple[int, int] = (20, 30)) -> np.ndarray:
    return np.broadcast_to(np.float32(rgb), (*size, 3)).copy()


def test_a_pair_knows_its_colours(tmp_path: Path) -> None:
    pair = TextImagePair(text_encoder(tmp_path), image_encoder(tmp_path))
    pictures = [plain(1, 0, 0), plain(0, 1, 0), plain(0, 0, 1, size=(40, 8))]
    for number, word in enumerate(("red", "green", "blue")):
        scores = pair.score(word, pictures)
        assert scores.argmax() == number and scores[number] == pytest.approx(1, abs=1e-6)
    both = pair.score("red green", [plain(1, 0, 0), plain(0.5, 0.5, 0)])
    assert both[1] == pytest.approx(1) and both[0] == pytest.approx(0.5**0.5)


def test_text_of_any_length_is_cut(tmp_path: Path) -> None:
    pair = TextImagePair(text_encoder(tmp_path), image_encoder(tmp_path))
    assert np.isfinite(pair.score("red " * 500, [plain(1, 0, 0)])).all()


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda folder: (folder / "text.onnx").unlink(), "no encoder"),
        (lambda folder: (folder / "image.onnx").write_bytes(b"\x08\x07junk"), "cannot be loaded"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "cannot be read"),
        (lambda folder: (folder / "preprocessor_config.json").write_text('{"image_mean": 3}'), "damaged"),
        (lambda folder: image_encoder(folder, channels=5), "takes no picture"),
        (lambda folder: (folder / "image.onnx").write_bytes((folder / "text.onnx").read_bytes()), "takes no picture"),
    ],
)
def test_what_is_no_pair(tmp_path: Path, break_it, said: str) -> None:
    text_encoder(tmp_path), image_encoder(tmp_path)
    break_it(tmp_path)
    with pytest.raises(AssetError, match=said) as caught:
        TextImagePair(tmp_path / "text.onnx", tmp_path / "image.onnx")
    assert caught.value.remedy


def test_two_halves_of_different_pairs(tmp_path: Path) -> None:
    pair = TextImagePair(text_encoder(tmp_path, numbers=7), image_encoder(tmp_path))
    with pytest.raises(AssetError, match="do not belong together"):
        pair.score("red", [plain(1, 0, 0)])
