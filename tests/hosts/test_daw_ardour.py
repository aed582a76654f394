"""Acceptance in a real DAW: Ardour, headless, opens the session that an export made, renders it, and the render is ours."""

import os
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
import soundfile
from daw_lab import PATIENCE, program
from vst3_lab import environment, need

from plugins_daw import session, tracks
from plugins_daw.catalogue import Effects
from plugins_daw.effects import EFFECTS
from plugins_daw.export import project
from plugins_daw.export.work import Work
from plugins_daw.session import State
from tests.sounds import phrase

CATALOGUE = {effect.tool.id: effect for effect in EFFECTS}
AT_WORK = {
    "highpass": {"frequency": 90.0, "slope": "24 dB/oct"}, "low-shelf": {"gain": -4.0}, "mid-bell": {"gain": 5.0, "q": 2.0},
    "compressor": {"threshold": -32.0, "ratio": 4.0, "mix": 0.7}, "saturation": {"drive": 9.0, "mix": 0.6},
    "clip": {"threshold": -12.0}, "ladder": {"frequency": 1500.0, "resonance": 0.5, "drive": 6.0, "mix": 0.4},
    "delay": {"mix": 0.2, "time": 0.09}, "reverb": {"wet": 0.15}, "limiter": {"ceiling": -8.0},
}  # fmt: skip


def exported(folder, channels, rate, effects, catalogue=CATALOGUE):
    """The folder of an export of a short track with these effects."""
    soundfile.write(folder / "song.wav", phrase(rate, 2.5, channels, 4).data.T, rate, "PCM_24")
    state = State(trim=3.0)
    for tool, values in effects.items():
        state = session.add(state, catalogue, tool)
        for parameter, value in values.items():
            state = session.set_value(state, catalogue, tool, parameter, value)
    return project.export(Work.of_session(tracks.scan(folder / "song.wav"), state, catalogue), folder / "project").folder


def rendered(folder, channels, rate, effects, catalogue=CATALOGUE):
    """What Ardour renders from the session of an export, and our wet file."""
    made = exported(folder, channels, rate, effects, catalogue)
    command = [program("ardour-export"), "-o", folder / "ardour.wav", "-b", "float", "-s", str(rate), made / "song Ardour", "song Ardour"]
    said = ardour(folder, *command)
    assert (folder / "ardour.wav").exists(), said[-2000:]
    theirs, their_rate = soundfile.read(folder / "ardour.wav", always_2d=True)
    ours, _ = soundfile.read(made / "song wet.wav", always_2d=True)
    assert their_rate == rate and theirs.shape == ours.shape
    return theirs, ours


def ardour(folder, *command):
    """Runs one of Ardour's programs with a home of its own -> what it said. Plug-ins are known to take it down as it ends."""
    variables = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.stdout + done.stderr


def below(difference, signal):
    """Level of a difference in dB below a signal."""
    return 10 * np.log10((difference**2).mean() / (signal**2).mean() + 1e-20)


@pytest.mark.parametrize(("channels", "rate"), [(2, 48000), (1, 44100)])
def test_ardour_renders_the_chain_as_we_do(tmp_path, channels, rate):
    theirs, ours = rendered(tmp_path, channels, rate, AT_WORK)
    assert below(theirs - ours, ours) < -90


def test_a_changed_session_is_heard(tmp_path):
    """The test above would pass if Ardour played the rendered track: here its effects are another chain's."""
    theirs, ours = rendered(tmp_path, 2, 48000, {"mid-bell": {"gain": 6.0}})
    other, _ = soundfile.read(tmp_path / "song.wav", always_2d=True)
    assert below(theirs - ours, ours) < -90 < -20 < below(theirs - other, ours)


def admitted(folder, monkeypatch, bundle, name):
    """A catalogue with one of Debian's plug-ins, which Ardour has found too, and its id in there."""
    (folder / "links").mkdir()
    for variable, value in environment(folder / "own", folder / "links", [bundle]).items():
        monkeypatch.setenv(variable, value)
    shutil.copytree(need() / f"usr/lib/vst3/{bundle}.vst3", folder / f".vst3/{bundle}.vst3")
    catalogue = Effects()
    tool = catalogue.admit(name)
    assert "Found Plugin" in ardour(folder, program("ardour-scan"), "-f", folder / f".vst3/{bundle}.vst3")
    return catalogue, tool


def test_ardour_renders_a_compressor_of_the_users_own_as_we_do(tmp_path, monkeypatch):
    """One for each channel of the track. What its sound would owe to the length of Ardour's blocks was never turned."""
    catalogue, tool = admitted(tmp_path, monkeypatch, "ZamComp", "ZamComp")
    hard = {"amount": 1.0, "threshold_db": -30.0, "ratio": 6.5, "attack_ms": 50.0, "release_ms": 250.0, "knee_db": 4.0}
    theirs, ours = rendered(tmp_path, 2, 44100, {"mid-bell": {"gain": 6.0}, tool: hard}, catalogue)
    dry, _ = soundfile.read(tmp_path / "song.wav", always_2d=True)
    assert below(theirs - ours, ours) < -90 < -10 < below(theirs - dry, ours)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_ardour_renders_a_plug_in_of_the_users_own_as_we_do(tmp_path, monkeypatch, share):
    catalogue, plate = admitted(tmp_path, monkeypatch, "DragonflyPlateReverb", "Dragonfly Plate Reverb")
    theirs, ours = rendered(tmp_path, 2, 44100, {"mid-bell": {"gain": 6.0}, plate: {"amount": share, "decay_s": 2.5}}, catalogue)
    dry, _ = soundfile.read(tmp_path / "song.wav", always_2d=True)
    assert below(theirs - ours, ours) < -90 < -10 < below(theirs - dry, ours)
    page = (tmp_path / "project/what-was-done.html").read_text(encoding="utf-8")
    assert "load Dragonfly Plate Reverb.vstpreset" in page and ("30%" in page) == (share < 1)
    with zipfile.ZipFile(tmp_path / "project/song.dawproject") as archive:
        device = Xml.fromstring(archive.read("project.xml")).find(".//Vst3Plugin")
        state = archive.read(device.find("State").attrib["path"])
    assert state[:4] == b"VST3" and state[8:40].decode() == device.attrib["deviceID"]
    assert "    |Dragonfly Plate Reverb: " in (tmp_path / "project/song.RPP").read_text(encoding="utf-8")
