"""Style-transfer networks of the user's own: tiny ones, built here, run by the real onnxruntime."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper
from test_proposers import error, photo, warm

from server.cli import utsushi
from shared_engine.errors import AssetError, InputError
from shared_engine.extensions import proposers
from shared_engine.imitate import imitate
from shared_engine.proposers import own_models
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import Media, Reference, StudySpec

MEAN = [2, 3]


def network(path: Path, inputs=("content", "style"), side: int | str = "n", scale: float = 1.0, flat: bool = False) -> Path:
    """The smallest style transfer: the content with the style's mean colour, content - mean(content) + mean(style)."""
    shape = [1, 3, side, side]
    pictures = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs]
    axes = helper.make_tensor("axes", TensorProto.INT64, [2], MEAN)
    factor = helper.make_tensor("factor", TensorProto.FLOAT, [1], np.float32([0.0 if flat else scale]).tobytes(), raw=True)
    content, style = inputs[0], inputs[-1]
    nodes = [
        helper.make_node("ReduceMean", [content, "axes"], ["middle"]),
        helper.make_node("ReduceMean", [style, "axes"], ["wanted"]),
        helper.make_node("Sub", [content, "middle"], ["detail"]),
        helper.make_node("Mul", ["detail", "factor"], ["scaled"]),
        helper.make_node("Add" if not flat else "Mul", ["scaled", "wanted"], ["painted"]),
    ]
    painted = helper.make_tensor_value_info("painted", TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "tiny", pictures, [painted], [axes, factor])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(own_models.FOLDER, str(tmp_path / "home" / "proposers"))
    return tmp_path / "home" / "proposers"


class TestOwnModel(ProposerTests):
    @pytest.fixture
    def proposer(self, tmp_path: Path) -> own_models.OwnModel:
        own_models.add(network(tmp_path / "tiny.onnx"), tmp_path / "kept")
        return own_models.load(tmp_path / "kept" / "tiny")

    @pytest.fixture
    def content(self) -> Media:
        return photo(0)

    @pytest.fixture
    def references(self) -> list[Reference]:
        return [Reference(warm(photo(1))), Reference(warm(photo(2)))]


def test_the_table_says_what_the_model_does_to_colours(tmp_path: Path) -> None:
    own_models.add(network(tmp_path / "tiny.onnx"), tmp_path / "kept")
    content, style = photo(0), warm(photo(1))
    proposal = own_models.load(tmp_path / "kept" / "tiny").propose(content, [Reference(style)])
    wanted = content.data - content.data.mean((0, 1)) + style.data.mean((0, 1))
    truth = Media("image", wanted.clip(0, 1).astype(np.float32))
    assert error(proposal.render(content), truth) < 0.15 * error(content, truth)
    assert proposal.painted is not None and abs(proposal.painted.data.mean() - style.data.mean()) < 0.05


def test_the_command_adds_lists_and_removes(folder: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    added = run(utsushi, ["proposer", "add", str(network(tmp_path / "My Tiny.onnx")), "--credit", "me, CC0"])
    assert added.exit_code == 0 and "content content, style style" in added.output and "any size" in added.output
    assert "my-tiny: me, CC0" in run(utsushi, ["proposer", "list"]).output
    assert "my-tiny" in {one.name for one in proposers("image")}
    assert run(utsushi, ["proposer", "remove", "my-tiny"]).exit_code == 0
    assert "my-tiny" not in {one.name for one in proposers("image")}


def test_it_is_among_the_alternatives_and_leads_when_named(folder: Path, tmp_path: Path) -> None:
    own_models.add(network(tmp_path / "tiny.onnx"), folder)
    spec = StudySpec(photo(0), [Reference(warm(photo(1)))], "gimp", alternatives=8, only=frozenset({"exposure", "color-balance", "levels"}))
    found = imitate(spec)
    assert found.proposer == "look" and found.painted.keys() >= {"tiny"}
    assert any("tiny" in one.reason for one in found.alternatives)
    assert imitate(StudySpec(photo(0), spec.references, "gimp", proposer="tiny", alternatives=0)).proposer == "tiny"


@pytest.mark.parametrize("side", [96, "n"])
def test_a_model_of_one_size_gets_pictures_of_that_size(tmp_path: Path, side: int | str) -> None:
    declared = own_models.add(network(tmp_path / "tiny.onnx", side=side), tmp_path / "kept")
    assert declared.side == (side if isinstance(side, int) else 0)
    assert own_models.load(tmp_path / "kept" / "tiny").propose(photo(0), [Reference(photo(1))]) is not None


def test_inputs_in_the_other_order_are_told_by_their_names(tmp_path: Path) -> None:
    declared = own_models.add(network(tmp_path / "tiny.onnx", inputs=("style_image", "picture")), tmp_path / "kept")
    assert (declared.content, declared.style) == ("picture", "style_image")


def damaged(path: Path) -> Path:
    path.write_bytes(b"not a model")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (damaged, "no model that onnxruntime runs"),
        (lambda path: network(path, inputs=("content",)), "two pictures"),
        (lambda path: network(path, flat=True), "one flat colour"),
        (lambda path: path, "no file"),
    ],
)
def test_what_is_no_proposer_is_refused_with_the_reason(tmp_path: Path, make, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        own_models.add(make(tmp_path / "some.onnx"), tmp_path / "kept")
    assert caught.value.remedy
    assert not (tmp_path / "kept" / "some").exists()


def test_weights_beside_the_model_are_never_opened(tmp_path: Path) -> None:
    path = network(tmp_path / "tiny.onnx")
    model = onnx.load(path)
    onnx.save_model(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location="weights.bin", size_threshold=0)
    with pytest.raises(InputError, match="no model that onnxruntime runs by itself"):
        own_models.add(path, tmp_path / "kept")


def test_a_model_that_was_exchanged_is_not_run(folder: Path, tmp_path: Path) -> None:
    own_models.add(network(tmp_path / "tiny.onnx"), folder)
    network(folder / "tiny" / "model.onnx", scale=0.5)
    with pytest.raises(AssetError, match="not the model that was added"):
        own_models.load(folder / "tiny")
    assert own_models.own_models() == []
    (folder / "tiny" / "model.json").write_text(json.dumps({"name": "tiny"}))
    with pytest.raises(AssetError, match="damaged"):
        own_models.load(folder / "tiny")
