"""The panel Say It in the real window of Blender 4.3: typed, understood, unticked, done, looked at, taken back; pictures in out/."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from blender_screen import ROOT, Screen

from shared_engine.cache import hosts_folder

SCENARIO = Path(__file__).with_name("say_scenario.py")
PICTURES = Path(__file__).parents[2] / "out/blender-walkthrough"

BIRDS = """
from pathlib import Path
from bl_ext.user_default.utsushi.birds.build import build
build(Path({file!r}))
"""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    blender = hosts_folder() / ROOT / "blender"
    if not blender.exists():
        pytest.skip("no Blender with a window can be had here: packaging/blender_hosts.py --window makes one where root is allowed")
    screen = Screen(blender, tmp_path_factory.mktemp("say"))
    assert screen.command("install", "blender").returncode == 0
    screen.script(BIRDS.format(file=str(screen.folder / "scene.blend")))
    found = screen.play(scenario=SCENARIO)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in sorted((screen.folder / "pictures").glob("say-*.png")):
        shutil.copy(picture, PICTURES)
    return found


def test_an_instruction_is_typed_corrected_done_and_taken_back(walk: dict[str, Any]) -> None:
    assert [[what, use] for what, *_, use in walk["rows"]] == [["Owl", True], ["Wing", True], ["Tail", True], ["Eye", False]]
    assert walk["unknown"] == "smurky"
    before, done = walk["before"], walk["done"]
    assert before["shown"] == ["Songbird"] and done["shown"] == ["Owl"]
    assert done["wing"] == [0.0, 0.0, 0.0] != before["wing"]
    assert done["tail"] == before["tail"], "what was unticked stays"
    assert walk["gallery"] == [True]
    assert len(walk["more"]) > 1 and all(walk["more"])
    assert walk["undone"] == before
    assert walk["kept"] == len(walk["more"]), "undo loses no take"


def test_words_for_the_light_are_told_so(walk: dict[str, Any]) -> None:
    assert "words do not change light" in walk["light"][0]
