"""Acceptance in a real DAW: Ardour, headless, opens the session that an export made, renders it, and the render is ours."""

import subprocess

import numpy as np
import pytest
import soundfile
from daw_lab import PATIENCE, program

from plugins_daw import session, tracks
from plugins_daw.effects import EFFECTS
from plugins_daw.export import project
from plugins_daw.export.work import Work
from plugins_daw.session import State
from tests.sounds import phrase

CATALOGUE = {effect.tool.id: effect for effect in EFFECTS}
AT_WORK = {
    "highpass": {"frequency": 90.0, "slope": "24 dB/oct"}, "low-shelf": {"gain": -4.0}, "mid-bell": {"gain": 5.0, "q": 2.0},
    "compressor": {"threshold": -32.0, "ratio": 4.0, "mix": 0.7}, "saturation": {"drive": 9.0, "mix": 0.6},
    "delay": {"mix": 0.2, "time": 0.09}, "reverb": {"wet": 0.15}, "limiter": {"ceiling": -8.0},
}  # fmt: skip


def rendered(folder, channels, rate, effects):
    """An export of a short track with these effects -> (what Ardour renders from its session, our wet file)."""
    soundfile.write(folder / "song.wav", phrase(rate, 2.5, channels, 4).data.T, rate, "PCM_24")
    state = State(trim=3.0)
    for tool, values in effects.items():
        state = session.add(state, CATALOGUE, tool)
        for parameter, value in values.items():
            state = session.set_value(state, CATALOGUE, tool, parameter, value)
    made = project.export(Work.of_session(tracks.scan(folder / "song.wav"), state, CATALOGUE), folder / "project")
    place = made.folder / "song Ardour"
    command = [program("ardour-export"), "-o", folder / "ardour.wav", "-b", "float", "-s", str(rate), place, "song Ardour"]
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0 and (folder / "ardour.wav").exists(), (done.stdout + done.stderr)[-2000:]
    theirs, their_rate = soundfile.read(folder / "ardour.wav", always_2d=True)
    ours, _ = soundfile.read(made.folder / "song wet.wav", always_2d=True)
    assert their_rate == rate and theirs.shape == ours.shape
    return theirs, ours


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
