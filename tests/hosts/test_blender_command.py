"""`utsushi imitate SCENE.blend` from end to end, through a real engine, in a real Blender."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from blender_lab import REPOSITORY, SERIES, make, need, opened, shared
from PIL import Image

from plugins_blender.blender import BlenderHost
from server.cli import main

HIDDEN = """
portrait()
scene = bpy.context.scene
bpy.data.materials["Skin"].node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.2, 0.5, 0.25, 1)
bpy.data.lights["Key"].energy = 60
"""
RENDER = """
scene.cycles.samples = 48
scene.render.resolution_percentage = 50
scene.render.filepath = {path!r}
bpy.ops.render.render(write_still=True)
"""


@pytest.fixture(scope="module")
def host() -> BlenderHost:
    return need(SERIES[0])


@pytest.fixture(scope="module")
def folder(host: BlenderHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """portrait.blend, and reference.png: the same with green skin under a weaker key light."""
    folder = tmp_path_factory.mktemp("command")
    make(host, folder / "portrait.blend", "portrait()")
    make(host, folder / "hidden.blend", HIDDEN + RENDER.format(path=str(folder / "reference.png")))
    return folder


def utsushi(folder: Path, host: BlenderHost, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "UTSUSHI_HOME": str(folder / "home"),
        "UTSUSHI_BLENDER": host.command[0],
        "OMP_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=500)


def apart(a: Path, b: Path) -> float:
    small = [np.asarray(Image.open(path).convert("RGB").resize((48, 64)), np.float32) for path in (a, b)]
    return float(np.abs(small[0] - small[1]).mean())


@pytest.fixture(scope="module")
def recipe(host: BlenderHost, folder: Path) -> dict:
    """What the command printed for lights and one material."""
    arguments = ("--like", str(folder / "reference.png"), "--change", "lights,Skin", "--size", "48", "--samples", "24", "--json")
    done = utsushi(folder, host, "imitate", str(folder / "portrait.blend"), *arguments, "--out", str(folder / "out"))
    utsushi(folder, host, "stop")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_lights_and_a_material_come_closer(recipe: dict, folder: Path) -> None:
    before, after = (apart(folder / "out" / name, folder / "reference.png") for name in ("before.png", "after.png"))
    assert after < 0.5 * before
    assert recipe["score"] < recipe["score_of_doing_nothing"]


def test_the_recipe_is_in_blenders_words(recipe: dict) -> None:
    targets = [one["target"] for one in recipe["settings"]]
    assert 'bpy.data.lights["Key"].energy' in targets
    skin = next(one for one in recipe["settings"] if one["name"] == "Skin" and one["label"] == "Base Color")
    assert skin["value"][1] > skin["value"][0], "the skin of the reference is green"
    assert skin["before"] == pytest.approx([0.75, 0.45, 0.33])


def test_the_file_holds_the_answer_as_a_take(recipe: dict, folder: Path, host: BlenderHost) -> None:
    source = "import json\nfound = [bpy.data.lights['Key'].energy, json.loads(bpy.data.texts['Utsushi takes.json'].as_string())]"
    energy, takes = opened(host, folder / "out/portrait-imitation.blend").request("run", source=source)
    (key,) = [one["value"] for one in recipe["settings"] if one["name"] == "Key" and one["path"] == "energy"]
    assert energy == pytest.approx(key, rel=1e-4)
    assert [take["name"] for take in takes] == ["like reference"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--change", "Nobody"), "there is no tool 'Nobody'"),
        (("--lock", "Nobody"), "Nobody"),
        (("--scene", "Other"), "there is no scene 'Other'"),
        (("--blender", "9.9"), "there is no Blender 9.9"),
    ],
)
def test_wrong_wishes_are_refused(
    host: BlenderHost, folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], what: str
) -> None:
    wishes = ["--like", str(folder / "reference.png"), "--out", str(folder / "refused"), "--size", "32", "--samples", "1", *arguments]
    with shared(host), pytest.raises(SystemExit) as ended:
        main(["imitate", str(folder / "portrait.blend"), *wishes])
    assert ended.value.code
    said = capsys.readouterr().err
    assert what in said
    assert "Traceback" not in said
