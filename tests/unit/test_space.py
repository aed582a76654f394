from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shared_engine.errors import ParameterError
from shared_engine.space import Space, choose_tools, outside, resolve_locks
from shared_engine.types import Parameter, Tool

EXPOSURE = (Parameter("ev", "Exposure", -2, 2, 0, "EV"), Parameter("black", "Black", 0, 0.1, 0))
GRAIN = (Parameter("kind", "Kind", default="none", choices=("none", "fine", "coarse")), Parameter("size", "Size", 0, 8, 0, step=1))
TOOLS = (
    Tool("exposure", "Exposure", EXPOSURE, frozenset({"tone"})),
    Tool("warmth", "Warmth", (Parameter("kelvin", "Kelvin", 2000, 12000, 6500, "K", "log"),), frozenset({"colour"})),
    Tool("grain", "Grain", GRAIN, frozenset({"texture"})),
)


def test_an_aspect_leaves_only_its_own_parameters_free():
    curves = Tool("curves", "Curves", (parameter("value", "tone"), parameter("red", "colour")), frozenset({"tone", "colour"}))
    space = Space((*TOOLS, curves))
    assert space.narrowed("tone").keys == ("exposure.ev", "exposure.black", "curves.value")
    assert outside((*TOOLS, curves), ["tone"]).keys() == {"warmth.kelvin", "grain.kind", "grain.size", "curves.red"}
    assert outside((*TOOLS, curves), ["curves"]).keys() == set(space.keys) - {"curves.value", "curves.red"}
    assert outside(TOOLS, []) == {}


def parameter(name, aspect):
    return Parameter(name, name, 0, 1, 0, aspects=frozenset({aspect}))


def test_locked_parameters_are_taken_out_and_put_back():
    space = Space(TOOLS, resolve_locks(TOOLS, {"exposure.ev": 0.5, "warmth": None}, {}))
    assert "exposure.ev" not in space.keys and "warmth.kelvin" not in space.keys and space.dimension == 3
    values = space.values(space.neutral)
    assert values["exposure.ev"] == 0.5 and "warmth.kelvin" not in values  # absent: at its default


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_decoding_then_encoding_gives_the_same_values(units):
    space = Space(TOOLS)
    values = space.values(np.array(units))
    again = space.values(space.encode(values))
    for key, value in values.items():
        assert again[key] == value if isinstance(value, str) else again[key] == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_torch_and_numpy_decode_alike_and_gradients_pass():
    space = Space([TOOLS[0], TOOLS[1]])
    points = np.random.default_rng(0).random((4, space.dimension))
    tensor = torch.tensor(points, requires_grad=True)
    batch = space.decode(tensor)
    for key, column in space.decode(points).items():
        np.testing.assert_allclose(batch[key].detach().numpy(), column, rtol=1e-9)
    sum(column.sum() for column in batch.values()).backward()
    assert (tensor.grad != 0).all()


def test_walking_from_start_to_best_follows_each_scale():
    space = Space(TOOLS)
    start, end = {"warmth.kelvin": 3000.0}, {"warmth.kelvin": 12000.0, "grain.kind": "fine"}
    assert space.mix(start, end, 0.0)["warmth.kelvin"] == pytest.approx(3000)
    assert space.mix(start, end, 0.5)["warmth.kelvin"] == pytest.approx(6000)  # geometric mean: the scale is logarithmic
    assert space.mix(start, end, 1.0)["warmth.kelvin"] == 12000
    assert space.mix(start, end, 1.5)["warmth.kelvin"] == pytest.approx(12000)  # the range's border
    assert space.mix(start, end, 0.4)["grain.kind"] == "none"


@pytest.mark.parametrize(
    ("locks", "words"),
    [
        ({"nothing": None}, "no tool"),
        ({"exposure": 0.0}, "several parameters"),
        ({"exposure.ev": 9.0}, "out of range"),
        ({"warmth": "hot"}, "number"),
        ({"grain.kind": "huge"}, "cannot be"),
    ],
)
def test_bad_locks_are_named_with_a_remedy(locks, words):
    with pytest.raises(ParameterError, match=words) as caught:
        resolve_locks(TOOLS, locks, {})
    assert caught.value.remedy


def test_tools_are_chosen_by_id_or_aspect():
    assert [tool.id for tool in choose_tools(TOOLS, ["colour", "grain"])] == ["warmth", "grain"]
    assert len(choose_tools(TOOLS, [])) == 3
    optional = [replace(tool, optional=tool.id in ("warmth", "grain")) for tool in TOOLS]
    assert "warmth" not in {tool.id for tool in choose_tools(optional, ["tone"])}
    assert [tool.id for tool in choose_tools(optional, ["texture"])] == ["grain"], "no usual tool has this aspect"
    with pytest.raises(ParameterError, match="no tool 'bogus'"):
        choose_tools(TOOLS, ["bogus"])


def test_a_held_choice_stays_when_its_tool_is_taken_away():
    space = Space(TOOLS, {"grain.kind": "fine"}).restricted(["warmth"])
    assert space.keys == ("warmth.kelvin",)
    assert space.values(space.neutral)["grain.kind"] == "fine"
    assert Space(TOOLS, {"grain.kind": "none"}).restricted(["warmth"]).tools == (TOOLS[1],)
