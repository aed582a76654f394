"""What a scene offers beyond its lights, takes and animation, checked inside a real Blender."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_lab import SERIES, make, need, opened, render, replay, take, workshop

from plugins_blender.blender import BlenderHost
from plugins_blender.parameters import host_tools_of

RICH = """
interior()
scene = bpy.context.scene
SOCKETS = [("Geometry", "NodeSocketGeometry"), ("Size", "NodeSocketFloat"), ("Tone", "NodeSocketColor"), ("Count", "NodeSocketInt")]
sphere = bpy.data.objects["Sphere"]
sphere.shape_key_add(name="Basis")
tall = sphere.shape_key_add(name='Tall "x"')
tall.value = 0.0
group = bpy.data.node_groups.new("Trees", "GeometryNodeTree")
for name, kind in SOCKETS:
    group.interface.new_socket(name, in_out="INPUT", socket_type=kind)
size, tone, count = group.interface.items_tree[1:4]
size.min_value, size.max_value, size.default_value, count.default_value = 0.1, 3, 1, 3
group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
start, end = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
group.links.new(start.outputs[0], end.inputs[0])
sphere.modifiers.new("Trees", "NODES").node_group = group
tree = bpy.data.materials["Wall"].node_tree
shift = tree.nodes.new("ShaderNodeHueSaturation")
tree.links.new(shift.outputs[0], tree.nodes["Principled BSDF"].inputs[0])
bpy.data.materials["Sofa"].node_tree.nodes["Principled BSDF"].inputs["Roughness"].keyframe_insert("default_value", frame=1)
"""
ADDED = ['bpy.data.cameras["Camera"].lens', 'bpy.data.x["y"].z']
HDRI = """
portrait()
tree = bpy.context.scene.world.node_tree
image = bpy.data.images.new("sky", 16, 8, float_buffer=True)
image.pixels = [0.5, 1.0, 2.0, 1.0] * 64 + [0.3, 0.2, 0.1, 1.0] * 64
image.pack()
picture = tree.nodes.new("ShaderNodeTexEnvironment")
picture.image = image
tree.links.new(picture.outputs["Color"], tree.nodes["Background"].inputs["Color"])
"""


@pytest.fixture(scope="module", params=SERIES, ids=lambda series: ".".join(map(str, series)))
def host(request: pytest.FixtureRequest) -> BlenderHost:
    return need(request.param)


@pytest.fixture(scope="module")
def rich(host: BlenderHost, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A file, and what it offers."""
    file = make(host, tmp_path_factory.mktemp("rich") / "rich.blend", RICH)
    return file, opened(host, file).request("layers", side=48, samples=2, looks=False, added=ADDED)


def test_everything_is_found(rich: tuple[Path, dict[str, Any]]) -> None:
    tools = {one["id"]: one for one in rich[1]["tools"]}
    kinds = {one["kind"] for one in tools.values()}
    assert kinds == {"shapes", "materials", "keys", "modifiers", "added"}
    assert [one["label"] for one in tools["Sphere Trees"]["parameters"]] == ["Size", "Tone Red", "Tone Green", "Tone Blue", "Count"]
    assert [one["label"] for one in tools["Sun shape"]["parameters"]] == ["Angle", "Rotation X", "Rotation Y", "Rotation Z"]
    assert "Saturation" in [one["label"] for one in tools["Wall"]["parameters"]]
    assert "Base Color Red" not in [one["label"] for one in tools["Wall"]["parameters"]], "something is plugged in there"
    assert [one["label"] for one in tools["Added by you"]["parameters"]] == ["Focal Length"]


def test_ranges_hold_the_present_value_and_say_something(rich: tuple[Path, dict[str, Any]]) -> None:
    for tool in host_tools_of(rich[1]):
        for one in tool.tool.parameters:
            assert one.low <= one.default <= one.high, tool.tool.key(one)
            assert one.high - one.low < 1000, tool.tool.key(one)


def test_what_moves_stays_and_what_is_gone_is_said(rich: tuple[Path, dict[str, Any]]) -> None:
    sofa = next(one for one in rich[1]["tools"] if one["id"] == "Sofa")
    assert "Roughness" not in [one["label"] for one in sofa["parameters"]]
    assert any('bpy.data.x["y"].z' in note for note in rich[1]["notes"])


def test_written_values_are_read_back(host: BlenderHost, rich: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Every parameter at once, written, rendered and taken back by a real Blender."""
    session = opened(host, rich[0])
    described = session.request("layers", side=48, samples=2, looks=False, added=ADDED)
    tools = host_tools_of(described)
    values = {tool.tool.key(one): one.low + 0.3 * (one.high - one.low) for tool in tools for one in tool.tool.parameters}
    recipe = [entry for tool in tools for entry in tool.recipe(values)]
    back = {key: value for tool in tools for key, value in tool.values(recipe).items()}
    whole = {tool.tool.key(one) for tool in tools for one in tool.tool.parameters if one.step}
    assert {key: back[key] for key in back if abs(back[key] - values[key]) > (0.5 if key in whole else 1e-6)} == {}
    session.request("render", settings=recipe, picture=str(tmp_path / "all.png"))
    session.request("render", settings=[], picture=str(tmp_path / "none.png"))
    again = session.request("layers", side=48, samples=2, looks=False, added=ADDED)
    assert again["tools"] == described["tools"], "a render leaves values behind"
    assert (tmp_path / "all.png").read_bytes() != (tmp_path / "none.png").read_bytes()


def test_a_picture_around_the_scene_is_tinted(host: BlenderHost, tmp_path: Path) -> None:
    """Replayed but for noise: Cycles looks more often where a picture is bright, and a tint moves that a little."""
    session = opened(host, make(host, tmp_path / "hdri.blend", HDRI))
    _, replica, content = take(session, 48, 8)
    values = {"World.warmth": 2.0, "World.tint": -0.5, "World.strength": 1.5, "Key.strength": 40.0}
    difference = np.abs(np.rint(replay(replica, content, values)) - render(session, replica, values))
    assert np.percentile(difference, 99) <= 3
    assert difference.mean() < 0.4


@pytest.fixture(scope="module")
def inside(host: BlenderHost) -> dict[str, Any]:
    source = f"import sys\nsys.path.append({str(Path(__file__).parent)!r})\nimport blender_inside\nfound = blender_inside.checks()"
    return workshop(host).request("run", source=source)


def test_strength_walks_powers_in_stops(inside: dict[str, Any]) -> None:
    found = inside["strength"]
    assert found["0.0"] == [160.0, 0.45, 0.0]
    assert found["0.5"] == [80.0, 0.55, 0.5]
    assert found["1.0"] == [40.0, 0.65, 1.0]
    assert found["1.5"] == [20.0, 0.75, 1.5]


def test_each_take_is_a_state_of_its_own(inside: dict[str, Any]) -> None:
    found = inside["states"]
    assert found["names"] == ["one", "one 2"]
    assert found["second"] == [55.0, 0.65, -1.0], "what was changed by hand before it belongs to it"
    assert found["first"] == [40.0, 0.65, 1.0]
    assert found["original"] == [160.0, 0.45, 0.0]


@pytest.mark.parametrize("how", ["keyframes", "strips"])
def test_a_take_can_be_animated(inside: dict[str, Any], how: str) -> None:
    found = inside[how]
    assert found["1"] == found["10"] == [160.0, 0.45, 0.0]
    assert found["30"] == found["50"] == [40.0, 0.65, 1.0]
    assert 40 < found["20"][0] < 160


def test_a_tint_puts_a_node_in_only_when_it_is_needed(inside: dict[str, Any]) -> None:
    assert inside["tinted"] == {"added": [0, 1], "label": "Tint", "read": [1.0, 0.5, 0.25], "from": "Utsushi Tint"}


def test_properties_that_a_user_adds(inside: dict[str, Any]) -> None:
    labels = list(inside["added"].values())
    assert labels[:2] == [["Focal Length"], ["Roughness"]]
    assert labels[2] == "it is animated or driven"
    assert labels[3] == labels[4] == "there is no such data-block in this file"
    assert labels[5] == []
