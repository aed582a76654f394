"""The session of the audio host: what every change does, how undo groups a gesture, and the file that keeps it."""

import json
from dataclasses import replace

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from plugins_daw import session, session_file
from plugins_daw.catalogue import search_order
from plugins_daw.effects import EFFECTS, USUAL
from plugins_daw.history import Session
from plugins_daw.host import AudioHost
from plugins_daw.session import Answer, Choice, Reason, Slot, State
from shared_engine.errors import InputError, ParameterError
from tests.sounds import phrase

CATALOGUE = {effect.tool.id: effect for effect in EFFECTS}


def with_effects(*tools):
    state = State()
    for tool in tools:
        state = session.add(state, CATALOGUE, tool)
    return state


def order(state):
    return [slot.tool for slot in state.chain]


def test_an_effect_is_added_where_it_usually_stands_and_can_be_moved():
    state = with_effects("reverb", "highpass", "compressor")
    assert order(state) == ["highpass", "compressor", "reverb"]
    assert order(session.move(state, "reverb", 0)) == ["reverb", "highpass", "compressor"]
    assert order(session.move(state, "highpass", 99)) == ["compressor", "reverb", "highpass"]
    assert order(session.remove(state, "compressor")) == ["highpass", "reverb"]
    with pytest.raises(ParameterError):
        session.add(state, CATALOGUE, "reverb")


@pytest.mark.parametrize(("typed", "stands"), [("3", 3.0), (-99, -12.0), (40.0, 12.0)])
def test_a_typed_value_is_brought_into_the_range(typed, stands):
    state = session.set_value(with_effects("mid-bell"), CATALOGUE, "mid-bell", "gain", typed)
    assert state.chain[0].values["gain"] == stands


@pytest.mark.parametrize("typed", ["loud", None, float("nan"), "inf"])
def test_what_is_no_number_is_refused_with_the_range(typed):
    with pytest.raises(ParameterError) as caught:
        session.set_value(with_effects("mid-bell"), CATALOGUE, "mid-bell", "gain", typed)
    assert "-12 to 12 dB" in caught.value.remedy


def test_amount_and_strength_walk_the_gain_and_leave_the_frequency():
    state = session.set_value(with_effects("mid-bell"), CATALOGUE, "mid-bell", "gain", -6)
    state = session.set_value(state, CATALOGUE, "mid-bell", "frequency", 3000)
    half = session.set_strength(session.set_amount(state, "mid-bell", 0.5), 0.5)
    ((_, values),) = session.sounding(half, CATALOGUE)
    assert values["gain"] == pytest.approx(-1.5) and values["frequency"] == 3000
    locked = session.set_lock(half, "mid-bell", True)
    assert session.sounding(locked, CATALOGUE)[0][1]["gain"] == pytest.approx(-3)
    assert session.sounding(session.set_amount(state, "mid-bell", 0), CATALOGUE) == []
    assert session.sounding(session.set_bypass(state, "mid-bell", True), CATALOGUE) == []


@given(st.floats(0, 1.5), st.floats(0, 1.5))
def test_nothing_that_is_heard_leaves_its_range(amount, strength):
    state = State(
        chain=tuple(Slot(tool, {p.id: p.default if p.choices else p.high for p in e.tool.parameters}) for tool, e in CATALOGUE.items())
    )
    for slot in state.chain:
        effect = CATALOGUE[slot.tool]
        found = session.heard(effect, replace(slot, amount=amount), strength)
        for parameter in effect.tool.parameters:
            assert parameter.choices or parameter.low <= found[parameter.id] <= parameter.high


def test_undo_takes_back_a_whole_gesture():
    work = Session(with_effects("mid-bell"))
    for value in range(1, 6):
        work.change(session.set_value(work.state, CATALOGUE, "mid-bell", "gain", value), "drag 1")
    work.change(session.set_bypass(work.state, "mid-bell", True))
    assert work.undo() and work.state.chain[0].values["gain"] == 5 and not work.state.chain[0].bypass
    assert work.undo() and work.state.chain[0].values["gain"] == 0
    assert not work.undo()
    assert work.redo() and work.redo() and work.state.chain[0].bypass
    assert not work.redo()
    work.undo()
    work.change(session.set_strength(work.state, 0.4), "drag 2")
    assert not work.can_redo and work.dirty


def test_what_changes_nothing_is_no_step():
    work = Session(with_effects("mid-bell"))
    work.change(session.set_bypass(work.state, "mid-bell", False))
    assert not work.can_undo and not work.dirty


def answer():
    best = (
        Slot("highpass", {"frequency": 90.0, "slope": "24 dB/oct"}),
        Slot("reverb", {"size": 0.3, "damping": 0.5, "wet": 0.2, "width": 1.0}),
    )
    other = (Slot("compressor", {"threshold": -20.0, "ratio": 3.0, "attack": 10.0, "release": 100.0, "mix": 1.0}),)
    reasons = (Reason("reverb", 0.8, "Reverb: carries most of it"),)
    return Answer(
        "sound", 3.1, (Choice("best", "closest", 1.2, best), Choice("dense", "another", 1.4, other)), reasons, ("soft",), 400, 2.5
    )


def test_an_answer_leaves_what_is_locked():
    state = session.set_value(with_effects("compressor", "reverb"), CATALOGUE, "compressor", "ratio", 4)
    state = session.set_lock(state, "compressor", True)
    found = session.adopt(state, answer())
    assert order(found) == ["compressor", "highpass", "reverb"]
    assert session.locks(state, CATALOGUE)["compressor.ratio"] == 4
    other = session.choose(found, 1)
    assert order(other) == ["compressor"] and other.chain[0].values["ratio"] == 4 and other.chosen == 1
    with pytest.raises(ParameterError):
        session.choose(found, 2)


@pytest.fixture
def searching(tmp_path, monkeypatch):
    """A host with a track, a reference and a search that does nothing by itself -> (host, the search's callbacks)."""
    calls = {}

    class Search:
        running, standing = True, None

        def __init__(self, dry, shown, options, scene, report, draft, deliver):
            calls.update(draft=draft, deliver=deliver)

        def stop(self):
            pass

        def join(self, seconds):
            pass

    monkeypatch.setattr("plugins_daw.host.Imitation", Search)
    work = AudioHost()
    for name, seed in (("track", 1), ("shown", 2)):
        soundfile.write(tmp_path / f"{name}.wav", phrase(8000, 1.0, 1, seed).data.T, 8000)
    work.do("open_track", {"path": str(tmp_path / "track.wav")})
    work.do("add_reference", {"path": str(tmp_path / "shown.wav")})
    work.do("imitate", {})
    yield work, calls
    work.close()


def test_a_search_answers_early_then_better_in_one_step_of_undo(searching):
    work, calls = searching
    for found in (answer().choices[1].chain, answer().choices[0].chain):
        calls["draft"](found, 2.5)
        assert work.session.state.chain == found and work.session.state.trim == 2.5 and work.session.state.answer is None
    calls["deliver"](answer(), 2.5)
    assert work.session.state.chain == answer().choices[0].chain and not work.took_over
    work.do("undo", {})
    assert work.session.state.chain == () and work.session.state.answer is None


def test_what_the_user_changes_after_the_first_answer_stays(searching):
    work, calls = searching
    calls["draft"](answer().choices[1].chain, 0.0)
    work.do("value", {"tool": "compressor", "parameter": "ratio", "value": 7.0})
    mine = work.session.state.chain
    calls["draft"](answer().choices[0].chain, 0.0)
    assert work.session.state.chain == mine
    calls["deliver"](answer(), 0.0)
    assert work.session.state.chain == mine and work.session.state.answer == answer() and work.took_over
    work.do("choose", {"index": 0})
    assert work.session.state.chain == answer().choices[0].chain


def test_takes_are_kept_recalled_and_replaced():
    state = session.keep_take(session.set_strength(with_effects("reverb"), 0.7), " room ")
    changed = session.set_strength(session.remove(state, "reverb"), 1)
    back = session.recall_take(changed, "room")
    assert order(back) == ["reverb"] and back.strength == 0.7
    assert session.keep_take(changed, "room").takes[0].chain == ()
    assert session.drop_take(state, "room").takes == ()
    for name in ("", "nothing"):
        with pytest.raises(ParameterError):
            (session.recall_take if name else session.keep_take)(state, name)


def whole(folder):
    track, shown = folder / "track.wav", folder / "shown.wav"
    for path in (track, shown):
        path.touch()
    state = session.add_reference(replace(State(), track=str(track), trim=-3.5), str(shown))
    state = session.change_reference(state, str(shown), weight=2.0)
    return session.wish(session.keep_take(session.adopt(state, answer()), "first"), aspects=["tone", "space"], likeness=1.2, effects=4)


def test_a_session_file_keeps_everything_and_moves_with_its_folder(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    session_file.save(folder / "work.utsushi.json", whole(folder), CATALOGUE)
    assert session_file.load(folder / "work.utsushi.json", CATALOGUE) == whole(folder)
    moved = folder.rename(tmp_path / "two")
    assert session_file.load(moved / "work.utsushi.json", CATALOGUE).track == str(moved / "track.wav")


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="recipe"),
        lambda d: d.pop("chain"),
        lambda d: d["chain"][0].update(tool="sparkle"),
        lambda d: d["chain"][0]["values"].update(frequency="low"),
        lambda d: d.update(track="gone.wav"),
        lambda d: d.update(strength=None),
    ],
)
def test_a_file_that_is_no_session_is_refused(tmp_path, change):
    path = tmp_path / "work.utsushi.json"
    session_file.save(path, whole(tmp_path), CATALOGUE)
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        session_file.load(path, CATALOGUE)
    assert caught.value.remedy


def test_the_search_keeps_the_order_of_the_chain_and_may_be_kept_to_it():
    usual = [effect.tool.id for effect in USUAL]
    assert search_order([], False) is None and search_order(["highpass", "reverb"], False) is None
    moved = search_order(["reverb", "highpass"], False)
    assert moved.index("reverb") < moved.index("highpass") and sorted(moved) == sorted(usual)
    assert search_order(["reverb", "highpass"], True) == ["reverb", "highpass"] and search_order([], True) == []
    own = search_order(["plate", "limiter"], False)
    assert own[-2:] == ["plate", "limiter"] and len(own) == len(usual) + 1
