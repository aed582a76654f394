"""`utsushi say` and the panel in real Blenders: native values in a copy, the file given untouched, any model, and every bad input."""

import hashlib
import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from blender_lab import SERIES, make, need, opened, shared
from PIL import Image

from plugins_blender.blender import BlenderHost
from plugins_blender.install import build_extension
from server.cli import main
from shared_engine.errors import InputError
from shared_engine.words import color
from shared_engine.words.catalog import Catalog
from tests.encoders import image_encoder, text_encoder
from tests.words import changed, take_of


@pytest.fixture(scope="module", params=SERIES, ids=lambda series: ".".join(map(str, series)))
def host(request: pytest.FixtureRequest) -> BlenderHost:
    return need(request.param)


@pytest.fixture(scope="module")
def birds(host: BlenderHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("birds") / "birds.blend"
    with pytest.raises(SystemExit) as ended:
        main(["birds", str(file), "--blender", ".".join(map(str, host.version[:2]))])
    assert not ended.value.code
    return file


once = pytest.mark.parametrize("host", SERIES[-1:], indirect=True, scope="module", ids=["5.0"])
"""What is refused or done outside of Blender, so that one version proves it."""


def described(host: BlenderHost, file: Path) -> tuple[Catalog, str]:
    found = opened(host, file).request("describe")
    return Catalog.read(found), "; ".join(found["notes"])


def say(host: BlenderHost, *arguments: str, own: bool = False) -> int:
    """The command, in a Blender of its `own` or in the shared one."""
    version = ".".join(map(str, host.version[:2]))
    with nullcontext() if own else shared(host), pytest.raises(SystemExit) as ended:
        main(["say", *arguments, "--size", "48", "--samples", "1", "--blender", version])
    return int(ended.value.code or 0)


def test_a_sentence_becomes_a_file(host: BlenderHost, birds: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(birds.read_bytes()).hexdigest()
    assert say(host, "a small yellow bird with black wings", str(birds), "--out", str(tmp_path), "--takes", "2", own=True) == 0
    assert hashlib.sha256(birds.read_bytes()).hexdigest() == digest
    recipe = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))
    assert [(one["what"], one["property"]) for one in recipe["parse"]] == [("the whole", "size"), ("the whole", "color"), ("Wing", "color")]
    assert recipe["seconds"] < 1 and [take["model"] for take in recipe["takes"]][0] == "Songbird" and len(recipe["takes"]) == 2
    with Image.open(tmp_path / "before.png") as before, Image.open(tmp_path / "take-1.png") as after:
        assert before.size == after.size == (48, 48) and before.tobytes() != after.tobytes()
    catalog, _ = described(host, tmp_path / "birds-say.blend")
    for part, code in (("Wing", "#000000"), ("Body", "#ffff14"), ("Head", "#ffff14"), ("Beak", "#d0a050"), ("Leg", "#a8764e")):
        assert color.to_hex(color.from_linear(catalog.shown.of(part, "color")[0].value)) == code
    (scale,) = (one for one in catalog.shown.properties if one.kind == "size")
    assert scale.value == pytest.approx(0.65) and scale.neutral == 1
    assert take_of("a small yellow bird with black wings", catalog).changes == ()


def test_another_model_is_shown(host: BlenderHost, birds: Path, tmp_path: Path) -> None:
    assert say(host, "目が赤くて翼を広げたフクロウ", str(birds), "--out", str(tmp_path)) == 0
    catalog, _ = described(host, tmp_path / "birds-say.blend")
    assert catalog.shown.id == "Owl"
    assert next(one.value for one in catalog.shown.properties if one.label == "Wings open") > 0.5


CHAIR = """
fresh()
camera((3, -3, 2), (0, 0, 0.5))
parts = [shape(bpy.ops.mesh.primitive_cube_add, material(name, (0.3, 0.3, 0.3)), place, scale, smooth=False)
         for name, place, scale in (("mat_Seat", (0, 0, 0.5), (0.5, 0.5, 0.05)), ("Backrest.002", (0, 0.45, 1), (0.5, 0.05, 0.5)),
                                    ("M_Leg_L", (-0.4, 0, 0.25), (0.05, 0.05, 0.25)), ("M_Leg_R", (0.4, 0, 0.25), (0.05, 0.05, 0.25)))]
root = bpy.data.objects.new("Chair", None)
bpy.context.scene.collection.objects.link(root)
for part in parts:
    part.parent = root
tree = bpy.data.node_groups.new("Pad", "GeometryNodeTree")
tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
thick = tree.interface.new_socket("Seat thickness", in_out="INPUT", socket_type="NodeSocketFloat")
thick.default_value, thick.min_value, thick.max_value = 0.2, 0.0, 1.0
ends = [tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")]
tree.links.new(ends[0].outputs[0], ends[1].inputs[0])
parts[0].modifiers.new("Pad", "NODES").node_group = tree
"""


def test_a_model_of_the_users_own(host: BlenderHost, tmp_path: Path) -> None:
    catalog, _ = described(host, make(host, tmp_path / "chair.blend", CHAIR))
    assert set(catalog.parts()) == {"Seat", "Backrest", "Leg"}
    assert changed(take_of("a cream cushioned seat, dark green legs, a brown back", catalog)) == {
        "Seat": "#ffffc2", "Leg": "#033500", "Backrest": "#653700",
    }  # fmt: skip
    assert changed(take_of("a much thicker seat", catalog))["Seat thickness"] > 0.5
    assert changed(take_of("twice the size", catalog)) == {"Size": 2.0}
    assert say(host, "a thick red seat", str(tmp_path / "chair.blend"), "--out", str(tmp_path)) == 0
    after, _ = described(host, tmp_path / "chair-say.blend")
    assert next(one.value for one in after.shown.properties if one.label == "Seat thickness") == pytest.approx(0.8)
    assert color.to_hex(color.from_linear(after.shown.of("Seat", "color")[0].value)) == "#e50000"


LINKED = """
with bpy.data.libraries.load({library!r}, link=True) as (there, here):
    here.materials = ["mat_Seat"]
bpy.data.objects[0].data.materials.append(bpy.data.materials["mat_Seat"])
"""

PICTURE = """
fresh()
paint = material("Paint", (0.5, 0.5, 0.5))
image = paint.node_tree.nodes.new("ShaderNodeTexImage")
image.image = bpy.data.images.new("Wood", 4, 4)
paint.node_tree.links.new(image.outputs[0], paint.node_tree.nodes["Principled BSDF"].inputs["Base Color"])
shape(bpy.ops.mesh.primitive_cube_add, paint, (0, 0, 0)).name = "Box"
moving = material("Lid", (0.5, 0.5, 0.5))
moving.node_tree.nodes["Principled BSDF"].inputs["Base Color"].keyframe_insert("default_value", frame=1)
bpy.context.object.data.materials.append(moving)
"""


def test_what_is_linked_painted_or_animated(host: BlenderHost, tmp_path: Path) -> None:
    library = make(host, tmp_path / "chair.blend", CHAIR)
    catalog, notes = described(host, make(host, tmp_path / "scene.blend", PICTURE + LINKED.format(library=str(library))))
    assert "mat_Seat is linked from another file: it stays" in notes
    assert "Lid: its base color is animated or driven and stays" in notes
    (paint,) = catalog.shown.of("Paint", "color")
    assert paint.setting["insert"]["socket"] == "Base Color" and paint.value == [1, 1, 1]


@pytest.mark.parametrize(
    ("build", "said"),
    [("fresh()", "can be named"), ("fresh()\nlight('POINT', 'Lamp', (0, 0, 1), (0, 0, 0), 10)", "can be named")],
)
def test_a_scene_without_anything_to_name(host: BlenderHost, tmp_path: Path, build: str, said: str) -> None:
    session = opened(host, make(host, tmp_path / "scene.blend", build))
    with pytest.raises(InputError, match=said):
        session.request("describe")


def test_no_camera(host: BlenderHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = 'fresh()\nshape(bpy.ops.mesh.primitive_cube_add, material("Paint", (1, 1, 1)), (0, 0, 0))'
    assert say(host, "red paint", str(make(host, tmp_path / "scene.blend", build)), "--out", str(tmp_path)) == 1
    assert "has no camera" in capsys.readouterr().err


@once
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "birds"], "is empty"), (["blargh vorpal", "birds"], "blargh, vorpal"), (["red wings " * 900, "birds"], "characters"),
        (["red wings", "birds", "--lock", "Gizzard"], "no part or key 'Gizzard'"), (["red wings", "missing"], "no file"),
        (["red wings", "birds", "--text-encoder", "nowhere.onnx"], "one encoder alone"),
    ],
)  # fmt: skip
def test_what_the_command_refuses(
    birds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: BlenderHost,
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    files = {"birds": str(birds), "missing": "missing.blend"}
    assert say(host, *(files.get(one, one) for one in arguments)) == 1
    assert said in capsys.readouterr().err


def test_the_panel(host: BlenderHost, birds: Path, tmp_path: Path) -> None:
    build_extension(tmp_path / "utsushi")
    (tmp_path / "birds.blend").write_bytes(birds.read_bytes())
    host.run(Path(__file__).with_name("say_inside.py"), str(tmp_path))
    found = json.loads((tmp_path / "inside.json").read_text(encoding="utf-8"))
    assert [row[:2] for row in found["rows"]] == [["Owl", "model"], ["Wing", "color"], ["Tail", "color"]]
    assert found["unknown"] == "smurky"
    assert found["after"] == {"wing": [0, 0, 0], "tail": [0, 0, 1], "shown": True}
    assert found["takes"] == ["Owl", "Owl 2", "Owl 3", "Owl 4", "Owl 5"]
    assert all(part > 0 for part in found["half"])
    assert found["ticked"] == [["blue", False], ["green", True]] and found["undo"] == [True, True, True]
    assert found["keys"]["Long legs"] < 0 < found["keys"]["Wings open"]
    assert found["reset"] == {"owl hidden": True, "wings": 0}
    assert found["glossary"] == [["Wing", "color", "#0343df (blue)"]]
    assert found["added"] == ["Songbird"] and found["added rows"] == ["Wader", "Wing"]
    assert "vorpal" in found["error"][0] and found["error"][1] and found["empty"] == ["", 0]


@once
def test_a_sentence_and_a_picture(host: BlenderHost, birds: Path, tmp_path: Path) -> None:
    """What is said chooses and shapes, the picture then lights: one after the other, on the same copy."""
    Image.new("RGB", (48, 48), (200, 120, 60)).save(tmp_path / "sunset.png")
    arguments = [str(birds), "--out", str(tmp_path), "--takes", "1", "--like", str(tmp_path / "sunset.png")]
    assert say(host, "an owl with red wings", *arguments, own=True) == 0
    catalog, _ = described(host, tmp_path / "look" / "birds-say-imitation.blend")
    assert catalog.shown.id == "Owl" and color.to_hex(color.from_linear(catalog.shown.of("Wing", "color")[0].value)) == "#e50000"
    assert "World" in (tmp_path / "look" / "recipe.json").read_text(encoding="utf-8")


def test_a_model_without_a_material_is_told_so(host: BlenderHost, tmp_path: Path) -> None:
    build = "fresh()\nbpy.ops.mesh.primitive_cube_add()"
    catalog, notes = described(host, make(host, tmp_path / "scene.blend", build))
    assert "Cube: no material" in notes and take_of("a red cube", catalog).missed == ("red",)


@once
def test_the_users_own_encoders_rank_and_refine(host: BlenderHost, birds: Path, tmp_path: Path) -> None:
    pair = ["--text-encoder", str(text_encoder(tmp_path)), "--image-encoder", str(image_encoder(tmp_path)), "--refine"]
    assert say(host, "a red bird with green wings", str(birds), "--out", str(tmp_path), "--takes", "2", *pair) == 0
    notes = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))["notes"]
    assert any(note.startswith("ranked by your encoders") for note in notes)
    assert any("proposed" in note or note == "refined" or "stopped" in note for note in notes)


def test_framing_shows_what_is_small(host: BlenderHost, birds: Path, tmp_path: Path) -> None:
    """The camera sees a small bird smaller, although it moves to see the whole of it."""
    shares = []
    session = opened(host, birds)
    catalog = Catalog.read(session.request("describe"))
    for text in ("a white bird", "a tiny white bird"):
        picture = tmp_path / "picture.png"
        session.request("portrait", settings=take_of(text, catalog).settings(catalog), picture=str(picture), side=48, samples=1)
        with Image.open(picture) as shown:
            shares.append(float((np.asarray(shown.convert("RGB")).min(-1) > 235).sum()))
    assert shares[1] < 0.7 * shares[0]
