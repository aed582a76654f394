"""The extension as it is installed, without a window: its operators, what they refuse, and its zips."""

import json
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from blender_lab import REPOSITORY, SERIES, need

from plugins_blender.install import build_extension

sys.path.insert(0, str(REPOSITORY / "packaging"))
import build_blender  # noqa: E402


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("panel")
    build_extension(folder / "utsushi")
    need(SERIES[-1]).run(Path(__file__).with_name("panel_inside.py"), str(folder))
    found: dict[str, Any] = json.loads((folder / "panel.json").read_text(encoding="utf-8"))
    return found


def test_any_number_is_added_by_a_right_click(panel: dict[str, Any]) -> None:
    found = panel["added"]
    lens, roughness = found["there"]
    assert lens == "bpy.data.cameras['Camera'].lens"
    assert roughness.startswith("bpy.data.materials['Skin'].node_tree")
    assert found["tool"] == ["Focal Length", "Roughness"]
    assert found["ticked"] == ["Added by you"], "what a user adds may change"
    assert found["after"] == [roughness], "a second click takes it away"
    assert not found["elsewhere"], "there is no property under the mouse"


def test_what_cannot_be_added_says_why(panel: dict[str, Any]) -> None:
    *fine, driven, choice = panel["added"]["said"]
    assert fine == ["", ""]
    assert "animated or driven" in driven
    assert "not a number or a color" in choice


def test_a_greyed_button_says_why(panel: dict[str, Any]) -> None:
    reference, gone, nothing, camera, fine, possible = panel["greyed"]
    assert reference.startswith("Show a picture")
    assert gone.startswith("gone.png is not there")
    assert nothing.startswith("Tick something")
    assert "no camera" in camera
    assert (fine, possible) == ("", "True")


def test_pictures_stay_here_unless_blender_may_go_online(panel: dict[str, Any]) -> None:
    here, there = [], []
    for address, said in panel["engines"].items():
        (there if said else here).append(address)
        assert not said or "Allow Online Access" in said
    assert here == ["tcp://127.0.0.1:5000", "tcp://[::1]:5000", "tcp://localhost:5000"]
    assert there == ["tcp://192.0.2.7:5000", "tcp://render-farm:5000"]


def test_a_file_saved_in_the_middle_of_a_search_is_at_rest(panel: dict[str, Any]) -> None:
    assert panel["reopened"] == [True, False]


def test_undo_brings_back_what_was_forgotten_and_loses_nothing(panel: dict[str, Any]) -> None:
    assert panel["undone"] == [["one", "three"], ["one", "two", "three"], ["one", "two", "three"]]


def test_alternatives_are_named_by_what_they_do(panel: dict[str, Any]) -> None:
    assert panel["names"] == ["bolder", "cooler, darker", "brighter highlights, cooler", "another reading", "warmer, less contrast"]


def test_nothing_is_left_when_it_is_switched_off(panel: dict[str, Any]) -> None:
    assert panel["left"] == []


def test_the_zip_is_an_extension_for_every_blender(tmp_path: Path) -> None:
    need(SERIES[-1])
    build_blender.main([str(tmp_path)])
    (archive,) = tmp_path.glob("*.zip")
    assert build_blender.validate(archive) == "valid"


@pytest.mark.parametrize("kind", ["py311", "abi3"])
def test_zips_with_wheels_say_for_which_blenders(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the download: Blender's own tool has to agree with wheels of the names that PyPI gives them."""
    need(SERIES[-1])

    def fetched(folder: Path, wanted: object) -> list[Path]:
        tag = {"py311": "cp311-cp311", "abi3": "cp312-abi3"}[kind]
        wheels = [folder / f"pyzmq-27.1.0-{tag}-{platform}.whl" for platform in build_blender.PLATFORMS.values()]
        for wheel in wheels:
            zipfile.ZipFile(wheel, "w").close()
        return wheels

    monkeypatch.setattr(build_blender, "fetch", fetched)
    archive = build_blender.build_with_wheels(tmp_path / "utsushi.zip", kind)
    assert build_blender.validate(archive) == "valid"
    manifest = tomllib.loads(zipfile.ZipFile(archive).read("blender_manifest.toml").decode())
    assert len(manifest["wheels"]) == len(manifest["platforms"]) == 4
    assert manifest["blender_version_min"] == {"py311": "4.2.0", "abi3": "5.1.0"}[kind]
    assert manifest.get("blender_version_max") == {"py311": "5.1.0", "abi3": None}[kind]
