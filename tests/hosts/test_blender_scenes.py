"""Scenes as people have them: what may change, what is left alone, and what is said about it."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from blender_lab import SERIES, alone, make, need, opened, take, workshop
from PIL import Image

from plugins_blender.blender import SCRIPT, BlenderError, BlenderHost
from plugins_blender.shot import read_reference
from shared_engine.errors import InputError

NAMED = 'bpy.data.lights["Key"]'


@pytest.fixture(scope="module", params=SERIES, ids=lambda series: ".".join(map(str, series)))
def host(request: pytest.FixtureRequest) -> BlenderHost:
    return need(request.param)


def found(host: BlenderHost, folder: Path, build: str) -> tuple[dict, str]:
    """(emitters by id, all notes) of a scene."""
    session = opened(host, make(host, folder / "scene.blend", build))
    shot, _, _ = take(session, 32, 1)
    return {one["id"]: one for one in shot.description["emitters"]}, "; ".join(shot.description["notes"])


def test_what_a_portrait_offers(host: BlenderHost, tmp_path: Path) -> None:
    emitters, notes = found(host, tmp_path, "portrait()")
    assert list(emitters) == ["Key", "Fill", "Rim", "World"]
    assert emitters["Key"]["strength"]["value"] == 160
    assert emitters["World"]["strength"]["path"].endswith(".default_value")
    assert notes == ""


def test_driven_and_animated_settings_stay(host: BlenderHost, tmp_path: Path) -> None:
    build = f"portrait()\n{NAMED}.keyframe_insert('energy', frame=1)\n{NAMED}.driver_add('color', 0).driver.expression = '0.5'\n"
    build += "bpy.data.lights['Fill'].keyframe_insert('color', frame=1)"
    emitters, notes = found(host, tmp_path, build)
    assert "Key" not in emitters
    assert emitters["Fill"]["color"] is None
    assert "Key: its energy is animated or driven and stays" in notes


def test_lights_that_are_off_hidden_or_shared(host: BlenderHost, tmp_path: Path) -> None:
    build = """
portrait()
bpy.data.lights["Key"].energy = 0
bpy.data.objects["Fill"].hide_render = True
rim = bpy.data.objects["Rim"]
twin = bpy.data.objects.new("Twin", rim.data)
twin.location = (-1, 2, 3)
bpy.context.scene.collection.objects.link(twin)
"""
    emitters, notes = found(host, tmp_path, build)
    assert list(emitters) == ["Rim", "World"]
    assert sorted(emitters["Rim"]["objects"]) == ["Rim", "Twin"]
    assert "Key is off" in notes


def test_names_with_dots_quotes_and_umlauts(host: BlenderHost, tmp_path: Path) -> None:
    build = """
portrait()
bpy.data.lights["Key"].name = 'Schlüssel "A".001'
bpy.data.lights["Fill"].name = "a.b"
bpy.data.lights["Rim"].name = "a_b"
"""
    file = make(host, tmp_path / "scene.blend", build)
    session = opened(host, file)
    _, replica, content = take(session, 32, 1)
    assert [one.tool.id for one in replica.emitters] == ['Schlüssel "A"_001', "a_b", "a_b_2", "World"]
    recipe = replica.recipe({'Schlüssel "A"_001.strength': 20.0})
    session.request("save", settings=recipe, file=str(tmp_path / "saved.blend"), take={"name": "Take", "settings": recipe})
    session = opened(host, tmp_path / "saved.blend")
    shot, _, _ = take(session, 32, 1)
    assert shot.description["emitters"][0]["strength"]["value"] == 20


def test_linked_lights_are_read_only(host: BlenderHost, tmp_path: Path) -> None:
    library = make(host, tmp_path / "library.blend", "portrait()")
    build = f"""
product()
with bpy.data.libraries.load({str(library)!r}, link=True) as (source, target):
    target.objects = ["Key"]
bpy.context.scene.collection.objects.link(target.objects[0])
"""
    emitters, notes = found(host, tmp_path, build)
    assert "Key" not in emitters
    assert "Key is linked from another file: it stays" in notes


def test_more_lights_than_light_groups(host: BlenderHost, tmp_path: Path) -> None:
    build = "portrait()\nfor i in range(200):\n    light('POINT', f'P{i}', (i % 10 - 5, -3, i / 20), (0, 0, 1), 1 + i)"
    emitters, notes = found(host, tmp_path, build)
    assert len(emitters) == 101
    assert "203 lights: the 100 strongest are searched, the others stay" in notes
    assert "P199" in emitters
    assert "P0" not in emitters


def test_a_world_of_more_than_one_node_stays(host: BlenderHost, tmp_path: Path) -> None:
    build = """
portrait()
tree = bpy.context.scene.world.node_tree
add = tree.nodes.new("ShaderNodeAddShader")
tree.links.new(tree.nodes["Background"].outputs[0], add.inputs[0])
tree.links.new(add.outputs[0], next(n for n in tree.nodes if n.bl_idname == "ShaderNodeOutputWorld").inputs["Surface"])
"""
    emitters, notes = found(host, tmp_path, build)
    assert "World" not in emitters
    assert "more than one Background node" in notes


@pytest.mark.parametrize(
    ("build", "what"),
    [
        ("portrait()\nbpy.data.objects.remove(bpy.context.scene.camera)", "has no camera"),
        ("portrait()\nbpy.context.scene.view_layers[0].use = False", "no view layer"),
        ("fresh(strength=0)\ncamera((0, -4, 1), (0, 0, 1))", "gives light"),
    ],
)
def test_scenes_that_cannot_be_used(host: BlenderHost, tmp_path: Path, build: str, what: str) -> None:
    session = opened(host, make(host, tmp_path / "scene.blend", build))
    with pytest.raises(InputError, match=what) as error:
        take(session, 32, 1)
    assert error.value.remedy


def test_a_scene_of_another_file_keeps_its_color_management(host: BlenderHost, tmp_path: Path) -> None:
    library = make(host, tmp_path / "library.blend", "portrait()")
    build = f"""
product()
with bpy.data.libraries.load({str(library)!r}, link=True) as (source, target):
    target.scenes = ["Scene"]
target.scenes[0].name
found = None
"""
    session = opened(host, make(host, tmp_path / "scene.blend", build))
    source = "from utsushi import curves, view\nlinked = next(one for one in bpy.data.scenes if one.library)\n"
    settings, notes = session.request("run", source=source + "found = view.settings(linked)")
    assert settings == {} and "linked from another file" in notes[0]
    bent, notes = session.request("run", source=source + "found = curves.describe(linked, set())")
    assert bent is None and "linked from another file" in notes[0]


def test_files_that_cannot_be_used(host: BlenderHost, tmp_path: Path) -> None:
    broken = tmp_path / "broken.blend"
    broken.write_bytes(b"BLENDER-v300" + b"\0" * 100)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    for file in (broken, tmp_path / "absent.blend"):
        with pytest.raises(InputError):
            opened(host, file)
    with pytest.raises(InputError):
        read_reference(workshop(host), text)


def test_missing_pictures_and_another_engine_are_told(host: BlenderHost, tmp_path: Path) -> None:
    build = """
portrait()
image = bpy.data.images.new("gone", 8, 8)
image.filepath, image.source = "//gone.png", "FILE"
image.use_fake_user = True
bpy.context.scene.render.engine = "BLENDER_WORKBENCH"
"""
    file = make(host, tmp_path / "scene.blend", build)
    assert "gone" in workshop(host).request("open", file=str(file))["notes"][0]
    shot, _, _ = take(workshop(host), 32, 1)
    assert "Cycles searches" in shot.description["notes"][0]


@pytest.mark.parametrize(("kind", "suffix"), [("OPEN_EXR", "exr"), ("HDR", "hdr")])
def test_a_linear_reference_goes_through_the_view(host: BlenderHost, tmp_path: Path, kind: str, suffix: str) -> None:
    build = f"""
portrait()
image = bpy.data.images.new("bright", 16, 8, float_buffer=True)
image.pixels = [4.0, 1.0, 0.25, 1.0] * 128
bpy.context.scene.render.image_settings.file_format = {kind!r}
image.save_render({str(tmp_path / f"bright.{suffix}")!r})
bpy.context.scene.view_settings.view_transform = "Standard"
"""
    session = opened(host, make(host, tmp_path / "scene.blend", build))
    take(session, 32, 1)
    pixels = read_reference(session, tmp_path / f"bright.{suffix}")
    assert pixels.shape == (8, 16, 3)
    np.testing.assert_allclose(pixels[0, 0], [255, 255, 137], atol=1)


def test_references_of_one_pixel_and_of_many(host: BlenderHost, tmp_path: Path) -> None:
    """Read, and brought to a size that the engine takes; that one pixel shows no look is the engine's to say."""
    Image.new("RGB", (1, 1), (200, 100, 50)).save(tmp_path / "tiny.png")
    Image.new("L", (6000, 4000), 90).save(tmp_path / "huge.png")
    session = opened(host, make(host, tmp_path / "scene.blend", "portrait()"))
    assert read_reference(session, tmp_path / "tiny.png").tolist() == [[[200, 100, 50]]]
    huge = read_reference(session, tmp_path / "huge.png")
    assert huge.shape == (512, 768, 3)
    assert (huge == 90).all()


def test_a_scene_for_a_gpu_that_is_not_there(host: BlenderHost, tmp_path: Path) -> None:
    file = make(host, tmp_path / "scene.blend", "portrait()\nbpy.context.scene.cycles.device = 'GPU'")
    session = opened(host, file)
    shot, _, _ = take(session, 32, 2)
    assert shot.layers.max() > 0


def test_who_asked_died_in_the_middle(host: BlenderHost, tmp_path: Path) -> None:
    """A Blender whose window was killed leaves no background Blender and no files behind."""
    folder = tmp_path / "left"
    folder.mkdir()
    file = make(host, tmp_path / "scene.blend", "product()")
    command = [*host.command, str(SCRIPT), "--", str(folder)]
    asker = tmp_path / "asker.py"
    asker.write_text(
        "import os, subprocess, sys, time\n"
        f"process = subprocess.Popen({command!r}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        f"process.stdin.write(({json.dumps({'do': 'open', 'file': str(file)})!r} + chr(10)).encode())\nprocess.stdin.flush()\n"
        f"while not os.path.exists({str(folder / 'reply-0.json')!r}):\n    time.sleep(0.05)\n"
        "print(process.pid, flush=True)\nos._exit(1)\n"
    )
    done = subprocess.run([sys.executable, str(asker)], capture_output=True, text=True, check=False, timeout=120)
    process = Path(f"/proc/{int(done.stdout)}/stat")
    deadline = time.monotonic() + 30
    while (folder.exists() or _runs(process)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not folder.exists()
    assert not _runs(process)


def _runs(status: Path) -> bool:
    """Whether the process is there, and not only its exit status that nobody has asked for."""
    return status.exists() and " Z " not in status.read_text()


def test_the_users_file_is_never_written(host: BlenderHost, tmp_path: Path) -> None:
    file = make(host, tmp_path / "scene.blend", "product()")
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    session = opened(host, file)
    _, replica, _ = take(session, 32, 1)
    recipe = replica.recipe({"Top.strength": 10.0, "Top.warmth": 1.0, "color.exposure": 0.5})
    session.request("render", settings=recipe, picture=str(tmp_path / "after.png"))
    for name in ("one", "two"):
        session.request("save", settings=recipe, file=str(tmp_path / "saved.blend"), take={"name": name, "settings": recipe})
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    values, takes = opened(host, tmp_path / "saved.blend").request(
        "run",
        source="import json\ntop, scene = bpy.data.lights['Top'], bpy.context.scene\n"
        "values = [top.energy, *top.color, scene.view_settings.exposure, scene.cycles.use_light_tree, scene.render.resolution_x]\n"
        "found = [values, json.loads(bpy.data.texts['Utsushi takes.json'].as_string())]\n",
    )
    assert values[0] == 10
    assert values[1] > values[3]
    assert values[4:] == [0.5, True, 320], "the search's own render settings must not be saved"
    assert [one["name"] for one in takes] == ["two"], "saved from the file as it was, not from the first copy"


def test_blender_dies_in_the_middle(host: BlenderHost, tmp_path: Path) -> None:
    with alone(host, make(host, tmp_path / "scene.blend", "product()")) as session:
        session._process.kill()
        with pytest.raises(BlenderError, match="ended in the middle"):
            session.request("layers", side=32, samples=1)
