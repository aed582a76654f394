"""A text and an image encoder of a few bytes, as ONNX files: one knows three words, the other a picture's mean colour."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = {"red": 0, "green": 1, "blue": 2, "[UNK]": 3}


def save(path: Path, nodes: list, inputs: list, output: tuple[str, list], constants: dict[str, np.ndarray]) -> Path:
    graph = helper.make_graph(
        nodes, "tiny", inputs, [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
    return path


def text_encoder(folder: Path, numbers: int = 3, tokenizer: bool = True) -> Path:
    """The mean of one vector a word."""
    table = np.zeros((4, numbers), np.float32)
    table[:3, :3] = np.eye(3)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["text_embeds"], axes=[1], keepdims=0),
    ]
    if tokenizer:
        made = Tokenizer(models.WordLevel(WORDS, "[UNK]"))
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        made.save(str(folder / "tokenizer.json"))
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    return save(folder / "text.onnx", nodes, [ids], ("text_embeds", ["batch", numbers]), {"table": table})


def image_encoder(folder: Path, channels: int = 3) -> Path:
    """The mean of each channel, undoing the usual normalisation: a picture's mean colour."""
    nodes = [
        helper.make_node("ReduceMean", ["pixel_values"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Identity", ["mean"], ["image_embeds"]),
    ]
    pixels = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", channels, 8, 8])
    path = save(folder / "image.onnx", nodes, [pixels], ("image_embeds", ["batch", channels]), {})
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0, 0, 0], "image_std": [1, 1, 1]}))
    return path
