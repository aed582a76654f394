"""The newest Blender that Debian has (sid: 5.2): the zip with wheels is installed there, searches through a real engine, and goes away."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from blender_lab import REPOSITORY
from blender_screen import NEWEST, PORTRAIT_IN_ANOTHER_LIGHT, SCENES, Screen

from shared_engine.cache import hosts_folder

sys.path.insert(0, str(REPOSITORY / "packaging"))
import build_blender  # noqa: E402

SCRIPT = """
import json, sys
import bpy
sys.path.insert(0, {folder!r})
from blender_scenes import *

MODULE = "bl_ext.user_default.utsushi"

def registered():
    return [name for name in dir(bpy.types) if "utsushi" in name.lower()]

{reference}
scene = bpy.context.scene
scene.cycles.samples, scene.render.resolution_percentage, scene.render.filepath = 16, 20, {picture!r}
bpy.ops.render.render(write_still=True)

portrait()  # from factory settings, in which no extension is switched on
bpy.ops.preferences.addon_enable(module=MODULE)
scene, key = bpy.context.scene, bpy.data.lights["Key"]
scene.utsushi.references.add().path = {picture!r}
scene.utsushi.size, scene.utsushi.samples, scene.utsushi.alternatives = 48, 8, 0
found = {{"version": list(bpy.app.version[:2]), "there": registered(), "before": key.energy}}
found["answer"] = sorted(bpy.ops.utsushi.imitate())
found |= {{"after": key.energy, "texts": len(bpy.data.texts)}}

import zmq
bpy.ops.preferences.addon_disable(module=MODULE)
found |= {{"zmq": zmq.__file__, "left": registered()}}
print("FOUND", json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script saw in a Blender in which the zip was installed as a user would."""
    blender = hosts_folder() / NEWEST / "blender"
    if not blender.exists():
        pytest.skip("no Blender of Debian sid can be had here: packaging/blender_hosts.py --forward makes one where root is allowed")
    folder = tmp_path_factory.mktemp("forward")
    screen = Screen(blender, folder)
    try:
        archive = build_blender.build_with_wheels(folder / "utsushi-blender-abi3.zip", "abi3")
    except subprocess.CalledProcessError:
        pytest.skip("pyzmq's wheels cannot be fetched here, which the zip for Blender 5.1 and later carries")
    install = [str(blender), "--command", "extension", "install-file", "--repo", "user_default", "--enable", archive.name]
    done = subprocess.run(install, cwd=folder, env=screen.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(SCENES, folder)
    picture = str(folder / "reference.png")
    with screen.engine():
        said = screen.script(SCRIPT.format(folder=str(folder), reference=PORTRAIT_IN_ANOTHER_LIGHT, picture=picture))
    assert "FOUND " in said, said[-3000:]
    result: dict[str, Any] = json.loads(said.partition("FOUND ")[2].splitlines()[0])
    return result


def test_it_is_newer_than_what_a_wheel_of_bpy_gives(found: dict[str, Any]) -> None:
    assert found["version"] >= [5, 1]


def test_the_reference_has_its_light_imitated(found: dict[str, Any]) -> None:
    assert found["answer"] == ["FINISHED"]
    assert found["after"] < 0.6 * found["before"], "the reference's key light is weaker"
    assert found["texts"] == 1, "the take is kept in the file"


def test_the_wheel_serves_its_python(found: dict[str, Any]) -> None:
    assert "extensions" in Path(found["zmq"]).parts


def test_nothing_is_left_when_it_is_switched_off(found: dict[str, Any]) -> None:
    assert found["there"]
    assert found["left"] == []
