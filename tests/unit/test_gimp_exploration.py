"""The dialog without a window: what it asks of the engine and what it shows, with a pump whose replies the test writes."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "plugins_gimp/utsushi"))

from drawing import Drawing  # noqa: E402
from exploration import Exploration  # noqa: E402
from locks import PRESETS, asked_locks  # noqa: E402
from look import BEST, Look, Shown  # noqa: E402

from plugins_gimp.replica import GimpReplica  # noqa: E402
from server.client import EngineError  # noqa: E402
from shared_engine.space import Space, choose_tools, resolve_locks  # noqa: E402
from shared_engine.types import Media  # noqa: E402

TOOLS = [
    {"id": "exposure", "label": "Exposure", "help": "", "parameters": [{"id": "exposure", "default": 0.0}]},
    {
        "id": "levels",
        "label": "Levels",
        "help": "",
        "parameters": [{"id": "red-gamma", "default": 1.0}, {"id": "value-gamma", "default": 1.0}],
    },
]
ANSWER = {
    "best": {"id": "best", "values": {"exposure.exposure": 0.5, "levels.red-gamma": 1.2}},
    "score": {"total": 1.0}, "baseline": {"total": 4.0}, "warnings": [],
    "recipe": [{"operation": "gegl:exposure", "name": "Exposure"}, {"operation": "gimp:levels", "name": "Levels"}],
    "values": {"exposure.exposure": 0.5, "levels.red-gamma": 1.2, "levels.value-gamma": 1.0},
    "alternatives": [
        {"name": f"bolder: number {n}", "score": {"total": 2.0}, "recipe": [], "candidate": {"id": f"{n}", "values": {}}} for n in range(3)
    ],
    "effects": [{"tool": "levels", "share": 0.7, "sentence": "", "words": ["warmer", "brighter"]}],
}  # fmt: skip
PREVIEW = {"blob": 0, "shape": [1, 2, 3]}


class ScriptedPump:
    """Keeps what is asked; the test answers it when it likes."""

    def __init__(self):
        self.asked = []

    def ask(self, type, body, done, failed, blobs=(), slot="", soon=False):
        if slot:
            self.drop(slot)
        one = SimpleNamespace(type=type, body=body, done=done, failed=failed, blobs=list(blobs), slot=slot)
        self.asked.insert(0 if soon else len(self.asked), one)

    def drop(self, slot):
        self.asked = [one for one in self.asked if one.slot != slot]

    def turn(self):
        return False

    def answer(self, type, reply, blobs=()):
        """Answers the oldest request of a type -> its body."""
        one = next(one for one in self.asked if one.type == type)
        self.asked.remove(one)
        one.done({"study": one.body.get("study", ""), **reply}, blobs)
        return one.body


def picture(name="photo"):
    return SimpleNamespace(data=bytes(4 * 4 * 2), width=2, height=1, name=name, dtype="<f4")


@pytest.fixture
def pump():
    return ScriptedPump()


@pytest.fixture
def exploration(pump):
    told = []
    body = {"host": "gimp", "renderer": "gimp", "available": None}
    found = Exploration(pump, body, picture(), told.append)
    found.ask_tools()
    pump.answer("tools", {"tools": TOOLS})
    found.told = told
    return found


def status(state="running", **fields):
    return {
        "state": state,
        "stage": "searching",
        "fraction": 0.5,
        "eta": 1.0,
        "score": 2.0,
        "baseline": 4.0,
        "error": None,
        "draft": None,
        "asks": 0,
        **fields,
    }


def searched(exploration, pump, **answer):
    """Lets a search begin and end with `ANSWER`."""
    exploration.references = [Shown(picture("reference"))]
    exploration.search()
    asked = pump.answer("open", {"study": "s1"})
    exploration.turn()
    pump.answer("status", status("done"))
    pump.answer("result", {"imitation": {**ANSWER, **answer}})
    pump.answer("result", {"imitation": {**ANSWER, **answer}, "preview": PREVIEW}, [bytes(6)])
    return asked


def shown(pump):
    """What the last picture was asked for with."""
    return next(one.body for one in pump.asked if one.slot == "preview")


def test_nothing_is_searched_without_a_reference(exploration, pump):
    exploration.search()
    assert not pump.asked and not exploration.progress.running


def test_a_search_asks_for_drafts_alternatives_and_a_path(exploration, pump):
    body = searched(exploration, pump)
    assert body["drafts"] > 0 and body["options"]["alternatives"] >= 6 and 1.0 not in body["options"]["path"]
    assert len([one for one in pump.asked if one.type == "result"]) == 1 + len(ANSWER["alternatives"])
    assert exploration.recipe == ANSWER["recipe"] and exploration.used() == ["exposure", "levels"]


def test_a_draft_is_shown_while_the_search_runs(exploration, pump):
    exploration.references = [Shown(picture())]
    exploration.search()
    pump.answer("open", {"study": "s1"})
    exploration.turn()
    draft = {"id": "d1", "recipe": ANSWER["recipe"], "preview": PREVIEW, "sketch": False}
    assert pump.answer("status", status(draft=draft), [bytes(6)])["draft"] == ""
    assert exploration.picture.width == 2 and exploration.progress.closer == 0.5
    exploration._asked_at = 0.0
    exploration.turn()
    assert pump.answer("status", status())["draft"] == "d1"


def test_a_sketch_is_shown_before_there_are_settings_and_cannot_be_applied(exploration, pump):
    exploration.references = [Shown(picture())]
    exploration.search()
    pump.answer("open", {"study": "s1"})
    exploration.turn()
    sketch = {"id": "sketch", "recipe": [], "preview": PREVIEW, "sketch": True}
    pump.answer("status", status(draft=sketch, score=None), [bytes(6)])
    assert exploration.picture.width == 2 and exploration.caption and exploration.applied() == []


def test_what_was_shown_before_comes_back_step_by_step(exploration, pump):
    searched(exploration, pump)
    exploration.choose(1)
    exploration.choose(2)
    exploration.back()
    assert exploration.look == Look(1) and shown(pump)["alternative"] == 1
    exploration.back()
    exploration.back()
    assert exploration.look == Look(BEST)


def test_a_study_that_was_given_up_before_it_was_opened_is_closed(exploration, pump):
    exploration.references = [Shown(picture())]
    exploration.search()
    exploration.search()
    pump.answer("open", {"study": "old"})
    pump.answer("open", {"study": "new"})
    assert exploration.study == "new"
    assert [one.body["study"] for one in pump.asked if one.type == "close"] == ["old"]


def test_choices_mixes_and_takes_become_requests(exploration, pump):
    searched(exploration, pump)
    exploration.choose(1)
    assert shown(pump)["alternative"] == 1
    exploration.mix(2)
    exploration.blend(0.25)
    assert shown(pump)["mix"] == [{"alternative": 1, "weight": 0.75}, {"alternative": 2, "weight": 0.25}]
    exploration.mix(2)
    assert exploration.look == Look(2)
    exploration.show(Look(values={"exposure.exposure": 0.1}, name="Dusk"))
    assert shown(pump)["values"] == {"exposure.exposure": 0.1} and exploration.title() == "Dusk" and exploration.closer() is None


def test_what_was_picked_counts_in_the_next_search(exploration, pump):
    assert searched(exploration, pump)["options"]["picks"] == []
    assert searched(exploration, pump)["options"]["picks"] == [], "nothing was tried"
    exploration.choose(1)
    exploration.choose(2)
    (pick,) = searched(exploration, pump)["options"]["picks"]
    assert len(pick["shown"]) == 1 + len(ANSWER["alternatives"]) and pick["picked"] == 3
    exploration.choose(0)
    exploration.choose(BEST)
    assert [one["picked"] for one in searched(exploration, pump)["options"]["picks"]] == [3, 0], "coming back is a choice too"
    exploration.mix(1)
    exploration.blend(0.8)
    assert [one["picked"] for one in searched(exploration, pump)["options"]["picks"]] == [3, 0, 2], "the heavier part of a mix"
    exploration.forget_choices()
    assert searched(exploration, pump)["options"]["picks"] == []


def test_dials_need_no_new_search(exploration, pump):
    searched(exploration, pump)
    exploration.set_strength(0.6)
    exploration.set_likeness(1.3)
    assert shown(pump)["strength"] == 0.6 and shown(pump)["likeness"] == 1.3
    assert not any(one.type == "open" for one in pump.asked) and not exploration.stale


def test_a_filter_that_is_switched_off_stays_in_the_list_and_out_of_the_recipe(exploration, pump):
    searched(exploration, pump)
    exploration.switch("levels", False)
    assert shown(pump)["without"] == ["levels"]
    pump.answer("result", {"imitation": ANSWER, "preview": PREVIEW}, [bytes(6)])
    assert exploration.used() == ["exposure", "levels"]
    assert [entry["name"] for entry in exploration.applied()] == ["Exposure"]


def test_solo_and_hover_are_for_the_eye_only(exploration, pump):
    searched(exploration, pump)
    exploration.set_solo("levels")
    assert shown(pump)["without"] == ["exposure"]
    exploration.set_solo("")
    exploration.refresh(without="exposure")
    assert shown(pump)["without"] == ["exposure"]
    next(one for one in pump.asked if one.slot == "preview").done(
        {"study": "s1", "imitation": {**ANSWER, "recipe": [], "values": {}}, "preview": PREVIEW}, [bytes(6)]
    )
    assert exploration.recipe == ANSWER["recipe"] and exploration.caption == "Without Exposure"


def test_locked_filters_are_held_as_they_are_shown(exploration, pump):
    searched(exploration, pump)
    exploration.lock("levels", True)
    assert exploration.stale
    options = searched(exploration, pump)["options"]
    assert options["locks"] == {"levels.red-gamma": 1.2, "levels.value-gamma": 1.0}


def test_a_locked_filter_is_held_whole_where_only_some_of_it_was_read_back(exploration, pump):
    exploration.start = {"levels.red-gamma": 1.3}
    exploration.lock("levels", True)
    assert exploration.held() == {"levels.red-gamma": 1.3, "levels.value-gamma": 1.0}


def test_filters_left_out_stay_out_of_the_next_search(exploration, pump):
    searched(exploration, pump)
    exploration.start = {"levels.red-gamma": 1.1, "exposure.exposure": 0.2}
    exploration.switch("levels", False)
    options = searched(exploration, pump)["options"]
    assert options["locks"] == {"levels.red-gamma": 1.0, "levels.value-gamma": 1.0}
    assert options["start"] == {"exposure.exposure": 0.2}


def test_reset_leaves_nothing_sticky(exploration, pump):
    searched(exploration, pump)
    exploration.choose(0)
    exploration.lock("levels", True)
    exploration.switch("exposure", False)
    exploration.wish(preset="tone", max_tools=3)
    exploration.set_strength(0.3)
    exploration.reset()
    fresh = Exploration(pump, {}, None, exploration.told.append)
    for name in ("references", "wishes", "start", "look", "strength", "off", "locked", "solo", "picks", "imitation", "recipe", "values"):
        assert getattr(exploration, name) == getattr(fresh, name), name
    assert [one.body for one in pump.asked if one.type == "close"] == [{"study": "s1"}]


def test_an_error_of_the_engine_is_kept_for_the_user(exploration, pump):
    exploration.references = [Shown(picture())]
    exploration.search()
    pump.asked[0].failed(EngineError("input", "the reference is empty", "Choose another."))
    assert exploration.error.remedy == "Choose another." and not exploration.progress.running and exploration.told[-1] == "failed"
    exploration.search()
    assert exploration.error is None


@pytest.mark.parametrize("preset", [preset.id for preset in PRESETS])
@pytest.mark.parametrize("available", [None, frozenset({"gegl:exposure", "gegl:color-temperature", "gegl:saturation", "gegl:bloom"})])
def test_presets_of_locks_fit_gimps_own_tools(preset, available):
    tools = GimpReplica(available).chain
    described = [{"id": tool.id, "parameters": [{"id": one.id, "default": one.default} for one in tool.parameters]} for tool in tools]
    asked = asked_locks(preset, described, {}, set(), {})
    held = resolve_locks(tools, asked["locks"], {})
    chosen = choose_tools(tools, asked["only"])
    free = {tool.key(one) for tool in chosen for one in tool.parameters} - held.keys()
    assert free, "something is left to search"
    if preset in ("skin", "white"):
        assert "color-temperature.intended-temperature" not in free
        assert any(key.startswith("exposure") for key in free)


def test_what_only_gimp_renders_is_drawn_on_the_timer(exploration, pump):
    drawn = []

    def render(recipe):
        drawn.append(recipe)
        return bytes(16), 1, 1

    exploration.drawing = Drawing(pump, render, exploration.fail)
    exploration.references = [Shown(picture("reference"))]
    exploration.search()
    assert pump.answer("open", {"study": "s0"})["renders"] is False, "only where it was asked for: it takes GIMP's time"
    exploration.wish(preset="texture")
    exploration.search()
    asked = pump.answer("open", {"study": "s1"})
    assert asked["renders"] is True and asked["options"]["only"] == ["tone", "colour", "texture"]
    exploration.turn()
    pump.answer("status", status(asks=2))
    pump.answer("ask", {"study": "s1", "candidates": [{"id": "a", "recipe": []}, {"id": "b", "recipe": [1]}], "side": 256})
    exploration.turn()
    assert drawn == [[], [1]]
    told = pump.answer("tell", {"study": "s1", "waiting": 0})
    assert [one["id"] for one in told["renders"]] == ["a", "b"]
    assert [one.type for one in pump.asked if one.slot == "ask"] == ["ask"], "the next batch is asked for at once"
    exploration.forget()
    pump.answer("ask", {"study": "s1", "candidates": [{"id": "c", "recipe": []}], "side": 256})
    exploration.turn()
    assert len(drawn) == 2


@pytest.mark.parametrize("available", [None, frozenset({"gegl:exposure", "gegl:color-temperature", "gegl:saturation", "gegl:hue-chroma"})])
def test_the_white_balance_stays_whatever_a_search_finds(available):
    renderer = GimpReplica(available)
    tools = renderer.tools
    described = [{"id": tool.id, "parameters": [{"id": one.id, "default": one.default} for one in tool.parameters]} for tool in tools]
    space = Space(tools, resolve_locks(tools, asked_locks("white", described, {}, set(), {})["locks"], {}))
    greys = np.repeat(np.linspace(0.05, 0.95, 32, dtype=np.float32)[None, :, None], 3, 2)
    points = np.random.default_rng(1).random((40, space.dimension))
    optional = [space.keys.index(key) for key in space.keys if next(tool for tool in tools if tool.id == key.split(".")[0]).optional]
    points[:, optional] = space.neutral[optional]
    found = renderer.stage(Media("image", greys)).render(space.decode(points), len(points)).numpy()
    assert float(np.abs(found - found.mean(-1, keepdims=True)).max()) < 2 / 255
