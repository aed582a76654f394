"""The user's own VST3 plug-ins in the audio host's window: picked, turned, searched through, taken into the export."""

import shutil

import numpy as np
import pytest
import soundfile
from daw_lab import PATIENCE, REPOSITORY, Walk, chromium, window
from vst3_lab import environment

from plugins_daw.chain import board, plugin
from tests.sounds import phrase

RATE = 44100
PICTURES = REPOSITORY / "out/daw-plugins"
ROOM = [plugin("Reverb", room_size=0.7, damping=0.3, wet_level=0.25, dry_level=0.5, width=1.0)]
PLATE = "Dragonfly Plate Reverb"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A session with a plate from Debian's packages, walked through once -> what was seen."""
    folder, plugins = tmp_path_factory.mktemp("session"), tmp_path_factory.mktemp("plug-ins")
    dry = phrase(RATE, 6.0, 2, 1).data
    soundfile.write(folder / "vocal.wav", dry.T, RATE, "PCM_24")
    soundfile.write(folder / "wet.wav", board(ROOM, RATE)(dry, RATE).T, RATE, "PCM_24")
    variables = environment(tmp_path_factory.mktemp("home"), plugins, ["DragonflyPlateReverb"])
    shutil.rmtree(PICTURES, ignore_errors=True)
    home = tmp_path_factory.mktemp("own")
    with window(folder, home, "vocal.wav", "--like", "wet.wav", **variables) as address, chromium() as page:
        walk = Walk(page, PICTURES)
        page.goto(address)
        found = {"folder": folder}
        pick(walk, found)
        search(walk, found)
        export(walk, found)
    return found


def pick(walk, found):
    """Adds the plate by the list of plug-ins and turns its first knob."""
    page = walk.page
    walk.until(lambda state: state["view"]["track"] and state["view"]["references"])
    page.click("button:has-text('its dry take')")
    walk.pick("vocal.wav")
    walk.until(lambda state: state["view"]["references"][0]["original"])
    page.select_option("select[aria-label='Add an effect']", "*plugin")
    page.wait_for_selector(f"dialog .listing button:has-text('{PLATE}')")
    walk.picture("the plug-ins that are installed")
    page.click(f"dialog .listing button:has-text('{PLATE}')")
    found["added"] = walk.until(lambda state: state["view"]["chain"])["view"]["chain"][0]
    parameter = next(one for one in found["added"]["parameters"] if not one["choices"])
    walk.knob(found["added"]["label"], parameter["label"]).focus()
    page.keyboard.press("End")
    turned = walk.until(lambda state: reading(state, parameter["id"]) == parameter["high"])
    found["turned"] = parameter, reading(turned, parameter["id"])
    walk.until(lambda state: state["view"]["sources"][1]["complete"])
    walk.picture("a plug-in in the chain")


def reading(state, parameter):
    return next(one["value"] for one in state["view"]["chain"][0]["parameters"] if one["id"] == parameter)


def search(walk, found):
    """Imitates with the plate alone."""
    page = walk.page
    page.click("label:has-text('only effects that are in the chain')")
    page.click("button.primary:has-text('Imitate')")
    found["answer"] = walk.until(lambda state: state["view"]["answer"] and not state["view"]["job"]["running"])["view"]
    walk.until(lambda state: state["view"]["sources"][1]["complete"])
    walk.picture("its answer")


def export(walk, found):
    page = walk.page
    page.keyboard.press("Control+e")
    page.fill("dialog input[aria-label=name]", "project")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog .exported", timeout=1000 * PATIENCE)
    walk.picture("exported")


def test_a_plug_in_is_picked_from_the_list_with_its_own_units(seen):
    assert "Plate" in seen["added"]["label"] and len(seen["added"]["parameters"]) >= 4
    assert {one["unit"] for one in seen["added"]["parameters"]} & {"s", "ms", "Hz"}
    parameter, value = seen["turned"]
    assert value == parameter["high"] != parameter["default"]


def test_the_search_answers_in_the_plug_in_alone(seen):
    answer = seen["answer"]
    assert [card["label"] for card in answer["chain"]] == [seen["added"]["label"]]
    assert answer["answer"]["choices"][0]["score"] < 0.7 * answer["answer"]["baseline"]


def test_the_export_carries_its_state(seen):
    made = seen["folder"] / "project"
    assert list(made.rglob("*.vstpreset")), sorted(path.name for path in made.rglob("*"))
    wet = soundfile.read(made / "vocal wet.wav", dtype="float32")[0]
    dry = soundfile.read(made / "vocal dry.wav", dtype="float32")[0]
    assert np.isfinite(wet).all() and np.abs(wet[: len(dry)] - dry[: len(wet)]).max() > 0.01
