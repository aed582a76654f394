"""The real window of Blender 4.3 on a virtual screen: install, reference, search, stop, cancel, takes, undo, errors; pictures in out/."""

import shutil
import time
from pathlib import Path
from typing import Any

import blender_lab
import pytest
from blender_screen import PORTRAIT_IN_ANOTHER_LIGHT, ROOT, Screen
from PIL import Image

from shared_engine.cache import hosts_folder

PICTURES = blender_lab.REPOSITORY / "out/blender-walkthrough"


def root() -> Path:
    blender = hosts_folder() / ROOT / "blender"
    if not blender.exists():
        pytest.skip("no Blender with a window can be had here: packaging/blender_hosts.py --window makes one where root is allowed")
    return blender


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    found = Screen(root(), tmp_path_factory.mktemp("window"))
    done = found.command("install", "blender")
    assert done.returncode == 0, done.stderr
    assert "Blender 4.3" in done.stdout
    found.make("portrait()")
    found.picture(PORTRAIT_IN_ANOTHER_LIGHT, "reference.png")
    return found


@pytest.fixture(scope="module")
def walk(screen: Screen) -> dict[str, Any]:
    found = screen.play()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in sorted((screen.folder / "pictures").glob("*.png")):
        shutil.copy(picture, PICTURES)
    return found


FARM = """
import bpy
scene = bpy.context.scene
scene.utsushi.references.add().path = {reference!r}
scene.utsushi.size, scene.utsushi.samples, scene.utsushi.alternatives = 48, 4, 0
scene.utsushi.more = {more!r}
bpy.data.lights["Light"].energy = before = 321.0
try:
    print("ANSWER", bpy.ops.utsushi.imitate())
except RuntimeError as error:
    print("ERROR", error)
print("LIGHT", before, bpy.data.lights["Light"].energy, len(bpy.data.texts), "saved" if bpy.data.filepath else "unsaved")
"""


def farm(screen: Screen, more: str = "") -> str:
    """A search in a file that was never saved, in which a light was changed by hand; `more`: what may change beside lights and colors."""
    return FARM.format(reference=str(screen.folder / "reference.png"), more=more)


def test_a_render_farm_calls_the_operator(screen: Screen) -> None:
    """Without a window, in a file that was never saved and renders with EEVEE."""
    with screen.engine():
        said = screen.script(farm(screen))
    assert "ANSWER {'FINISHED'}" in said, said[-2000:]
    before, after, texts, file = said.partition("LIGHT ")[2].split()[:4]
    assert before != after
    assert texts == "1", "the take is kept in the file"
    assert file == "unsaved", "where the user's file lies is theirs to say"


def test_without_an_engine_the_operator_says_what_to_do(screen: Screen) -> None:
    said = screen.script(farm(screen))
    assert "ERROR" in said
    assert "install" in said.partition("ERROR")[2], said[-2000:]


def powers(state: list[Any]) -> dict[str, float]:
    return {name: energy for name, energy, _ in state}


def test_the_scene_gets_the_references_light(walk: dict[str, Any]) -> None:
    assert walk["said"]["done"][1] == ""
    before, after = (powers(walk["values"][name]) for name in ("before", "after"))
    assert after["Key"] < 0.6 * before["Key"], "the reference's key light is weaker"
    assert all(picture for _, _, picture in walk["takes"])


def test_strength_walks_between_original_and_take(walk: dict[str, Any]) -> None:
    before, half, after = (powers(walk["values"][name])["Key"] for name in ("before", "half", "after"))
    assert after < half < before


def test_undo_is_one_step_and_loses_no_take(walk: dict[str, Any]) -> None:
    assert walk["values"]["undone"] == walk["values"]["before"]
    assert walk["takes_after_undo"] == len(walk["takes"])


def test_takes_are_used_again_and_taken_back(walk: dict[str, Any]) -> None:
    assert walk["values"]["applied"] != walk["values"]["before"]
    assert walk["values"]["reset"] == walk["values"]["before"]


def test_escape_leaves_the_scene_as_it_was(walk: dict[str, Any]) -> None:
    assert walk["same_after_cancel"]
    assert walk["said"]["cancelled"].startswith("Cancelled")


def test_stop_keeps_the_best_so_far(walk: dict[str, Any]) -> None:
    assert walk["said"]["stopped"][1] == ""
    assert walk["values"]["stopped"] != walk["values"]["before"]


def test_takes_survive_saving_and_loading(walk: dict[str, Any]) -> None:
    kept, found = walk["takes_after_load"]
    assert kept == found > len(walk["takes"])


def test_an_error_says_what_to_do(walk: dict[str, Any]) -> None:
    what, remedy = walk["said"]["error"]
    assert "gone.png" in what
    assert remedy.startswith("Give a PNG")


def test_an_engine_that_dies_is_told_with_its_remedy(walk: dict[str, Any]) -> None:
    what, remedy = walk["said"]["gone"]
    assert what == "the engine has stopped; waiting for it"
    assert "install" in remedy
    assert walk["same_without_an_engine"]


def test_a_material_is_searched_by_rendering(walk: dict[str, Any]) -> None:
    assert walk["said"]["rendered"][1] == ""


def test_the_window_does_not_wait_for_us(walk: dict[str, Any]) -> None:
    """Longest call of ours inside Blender's event loop, in processor time: a tenth of a second is what the eye forgives."""
    assert {name: most for name, most in walk["ours_ms"].items() if most["processor"] > 100} == {}


def test_a_window_that_is_closed_leaves_nothing(walk: dict[str, Any], screen: Screen) -> None:
    """It was closed in the middle of a search: no copy of the scene stays behind, and no background Blender."""
    deadline = time.monotonic() + 60
    while (left := list(screen.folder.glob("utsushi-*"))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def test_pictures_show_a_window(walk: dict[str, Any], screen: Screen) -> None:
    for path in (screen.folder / "pictures").glob("*.png"):
        assert Image.open(path).convert("L").getextrema()[1] > 200, path.name
