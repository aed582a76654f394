"""The answer is on disk while alternatives are still looked for; another answer in the end is rendered in its place."""

import pytest
import soundfile

from plugins_daw import chain
from plugins_daw.rendition import Rendition
from shared_engine.errors import InputError
from tests.sounds import phrase

RATE = 16000


def answer(gain):
    return [{"tool": "mid-bell", "plugins": [chain.plugin("PeakFilter", cutoff_frequency_hz=900.0, gain_db=gain, q=1.0)]}]


@pytest.fixture
def track(tmp_path):
    soundfile.write(tmp_path / "track.wav", phrase(RATE, 2.0, 1, 1).data.T, RATE, "PCM_16")
    return tmp_path / "track.wav"


def test_what_was_begun_is_the_result(tmp_path, track):
    with Rendition(track, tmp_path, 3.0) as rendition:
        rendition.begin(answer(6.0))
    written = (tmp_path / "result.wav").stat().st_mtime_ns
    with Rendition(track, tmp_path, 3.0) as rendition:
        rendition.begin(answer(6.0))
        made, plugins = rendition.result(answer(6.0), lambda part: None)
    assert made.path == tmp_path / "result.wav" and made.path.stat().st_mtime_ns > written
    assert [one["plugin"] for one in plugins] == ["Gain", "PeakFilter", "Gain"] and plugins[0]["settings"]["gain_db"] == 3.0
    assert chain.load(tmp_path / "chain.json") == plugins


def test_another_answer_is_rendered_in_its_place(tmp_path, track):
    with Rendition(track, tmp_path, 0.0) as rendition:
        rendition.begin(answer(6.0))
        _, plugins = rendition.result(answer(-9.0), lambda part: None)
    assert plugins[1]["settings"]["gain_db"] == -9.0 and chain.load(tmp_path / "chain.json") == plugins


def test_what_goes_wrong_is_said_with_the_answer(tmp_path, track):
    track.unlink()
    with Rendition(track, tmp_path, 0.0) as rendition:
        rendition.begin(answer(6.0))
        with pytest.raises(InputError, match="does not exist"):
            rendition.result(answer(6.0), lambda part: None)


def test_who_gives_up_does_not_wait(tmp_path, track):
    with pytest.raises(KeyboardInterrupt), Rendition(track, tmp_path, 0.0) as rendition:
        rendition.begin(answer(6.0))
        raise KeyboardInterrupt
    assert not list(tmp_path.glob(".*part"))
