"""Impulse responses of the user's own: which files can be one, what they sound like, and how a chain takes them along."""

import json
from contextlib import closing

import numpy as np
import pytest
import soundfile
from rich.console import Console

from plugins_daw import chain, impulses, plugins, session, session_file, tracks
from plugins_daw.bounce import bounce
from plugins_daw.catalogue import Effects, search_order
from plugins_daw.effects import complete
from plugins_daw.export import project
from plugins_daw.export.work import Work
from plugins_daw.host import AudioHost
from plugins_daw.renderer import PedalboardRenderer, process
from plugins_daw.session import State
from shared_engine.errors import InputError
from shared_engine.imitate import imitate
from shared_engine.proposers.sound_statistics import at_working_level
from shared_engine.types import Media, Reference, Scene, StudySpec
from tests.sounds import phrase

RATE = 16000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """With a room's impulse response in it, and a home of its own."""
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    time = np.arange(RATE // 2) / RATE
    room = rng.standard_normal((len(time), 2)) * np.exp(-time * 12)[:, None] * 0.1
    soundfile.write(tmp_path / "hall.wav", room, RATE, "FLOAT")
    soundfile.write(tmp_path / "song.wav", phrase(RATE, 3.0, 2).data.T, RATE, "PCM_24")
    return tmp_path


def wet(effect, mix=1.0):
    return effect.plugins(complete(effect.tool, {f"{effect.tool.id}.mix": mix}))


def test_it_is_as_loud_as_the_untouched_sound(folder):
    effect = impulses.admit(folder / "hall.wav")
    noise = (np.random.default_rng(1).standard_normal((2, 4 * RATE)) * 0.1).astype(np.float32)
    found = process(noise, RATE, wet(effect))
    assert 10 * np.log10((found**2).mean() / (noise**2).mean()) == pytest.approx(0, abs=1.5)
    room, _ = soundfile.read(folder / "hall.wav", dtype="float32")
    plain = np.convolve(noise[0], room[:, 0])[: noise.shape[1]]
    assert np.corrcoef(found[0], plain)[0, 1] > 0.999
    half = process(noise, RATE, wet(effect, 0.5))
    np.testing.assert_allclose(half, (found + noise) / 2, atol=1e-4)


@pytest.mark.parametrize("name", ["nowhere.wav", "text.wav", "packed.flac", "silent.wav", "long.wav"])
def test_what_is_no_impulse_response_is_refused(folder, name):
    (folder / "text.wav").write_text("I am no sound.")
    soundfile.write(folder / "packed.flac", np.ones((100, 1)) * 0.5, RATE)
    soundfile.write(folder / "silent.wav", np.zeros((100, 1)), RATE)
    soundfile.write(folder / "long.wav", np.ones((21 * 4000, 1)) * 0.5, 4000)
    with pytest.raises(InputError, match=name) as caught:
        impulses.admit(folder / name)
    assert caught.value.remedy


def test_it_is_remembered_by_its_content(folder):
    first = impulses.admit(folder / "hall.wav").tool.id
    assert [one.tool.id for one in impulses.remembered()] == [first] and first.startswith("impulse-hall-")
    (folder / "again").mkdir()
    (folder / "hall.wav").rename(folder / "again" / "hall.wav")
    assert impulses.admit(folder / "again" / "hall.wav").tool.id == first
    assert [one.file for one in impulses.remembered()] == [folder / "again" / "hall.wav"]
    soundfile.write(folder / "hall.wav", np.ones((10, 1)) * 0.5, RATE)
    assert impulses.admit(folder / "hall.wav").tool.id != first
    (folder / "home" / "impulses" / "impulse-broken-1.json").write_text("[")
    assert len(impulses.remembered()) == 2


def test_it_stands_before_the_limiter_and_is_left_to_whoever_asks(folder):
    scene = plugins.user_chain([], [], False, Console(quiet=True), [str(folder / "hall.wav")])
    hall = impulses.remembered()[0].tool.id
    assert scene["chain"][-2:] == [hall, "limiter"] and hall not in search_order(["reverb", "highpass"], False)
    assert next(tool for tool in PedalboardRenderer().tools if tool.id == hall).optional


def test_a_search_finds_how_much_of_it_is_heard(folder):
    effect = impulses.admit(folder / "hall.wav")
    sound = phrase(RATE, 2.0)
    content = Media("audio", at_working_level(sound.data, RATE), rate=RATE)
    truth = Media("audio", process(content.data, RATE, wet(effect, 0.3)), rate=RATE)
    scene = Scene({"chain": ["high-shelf", effect.tool.id, "reverb"]})
    found = imitate(StudySpec(content, [Reference(truth)], "pedalboard", alternatives=0, scene=scene))
    assert found.best.values[f"{effect.tool.id}.mix"] == pytest.approx(0.3, abs=0.03)
    assert found.score.total < 0.15 * found.baseline.total


def test_a_session_takes_it_along(folder, monkeypatch):
    with closing(AudioHost()) as host:
        host.do("add_plugin", {"wish": str(folder / "hall.wav")})
    (slot,) = host.session.state.chain
    assert 0 < slot.values["mix"] < 1, "who adds it by hand wants to hear it"
    session_file.save(folder / "work.utsushi.json", host.session.state, host.catalogue)
    assert json.loads((folder / "work.utsushi.json").read_text())["impulses"] == {slot.tool: "hall.wav"}
    moved = folder.rename(folder.with_name(folder.name + "-moved"))
    monkeypatch.setenv("UTSUSHI_HOME", str(moved / "another-home"))
    catalogue = Effects()
    assert session_file.load(moved / "work.utsushi.json", catalogue) == host.session.state
    assert catalogue[slot.tool].file == moved / "hall.wav"
    soundfile.write(moved / "hall.wav", np.ones((10, 1)) * 0.5, RATE)
    with pytest.raises(InputError, match="another impulse response"):
        session_file.load(moved / "work.utsushi.json", catalogue)
    (moved / "hall.wav").unlink()
    with pytest.raises(InputError, match=r"hall\.wav") as caught:
        session_file.load(moved / "work.utsushi.json", catalogue)
    assert "Put the file back" in caught.value.remedy


def test_an_export_takes_it_along_and_says_that_it_has_no_port(folder):
    catalogue = Effects()
    hall = catalogue.admit(str(folder / "hall.wav"))
    state = session.set_value(session.add(session.add(State(), catalogue, "phaser"), catalogue, hall), catalogue, hall, "mix", 0.25)
    track = tracks.scan(folder / "song.wav")
    made = project.export(Work.of_session(track, state, catalogue), folder / "out")
    assert {"hall.wav", "song.RPP", "what-was-done.html"} <= {file.name for file in made.files}
    assert any("Convolution hall has no port" in note for note in made.notes) and any("phaser wavers" in note for note in made.notes)
    page = (folder / "out" / "what-was-done.html").read_text(encoding="utf-8")
    assert "Convolution with hall.wav" in page and "only in the rendered track" in page and "Utsushi phaser" in page
    assert "utsushi-phaser" in (folder / "out" / "song.RPP").read_text(encoding="utf-8")
    (folder / "hall.wav").unlink()
    specs = chain.load(folder / "out" / "chain.json")
    again = bounce(folder / "song.wav", folder / "again.wav", specs, match=False).path
    there, _ = soundfile.read(folder / "out" / "song wet.wav")
    here, _ = soundfile.read(again)
    assert np.abs(there - here).max() < 1e-3
    assert "Convolution hall" in [device.label for device in Work.of_file(track, folder / "out" / "chain.json").devices]
    (folder / "out" / "hall.wav").unlink()
    with pytest.raises(InputError, match=r"hall\.wav cannot be read") as caught:
        chain.load(folder / "out" / "chain.json")
    assert "Put the file back" in caught.value.remedy
