"""What is heard and drawn: decoded sounds, the preview that follows the knobs, live sound."""

import threading

import numpy as np
import pytest
import soundfile

from plugins_daw import curves, tracks
from plugins_daw.bounce import bounce
from plugins_daw.chain import board, plugin
from plugins_daw.insert import DeviceInsert, LiveChain
from plugins_daw.loudness import integrated
from plugins_daw.playback import Preview
from plugins_daw.recording import BANDS, BIN, CHUNK, Recording, decode, stereo
from shared_engine.errors import InputError
from tests.sounds import phrase

RATE = 22050
CHAIN = [
    plugin("Gain", gain_db=3.0),
    plugin("Compressor", threshold_db=-30.0, ratio=4.0, attack_ms=5.0, release_ms=80.0),
    plugin("Reverb", room_size=0.4, damping=0.5, wet_level=0.2, dry_level=0.5, width=1.0),
    plugin("BrickwallLimiter", ceiling_db=-9.0, release_ms=100.0),
]


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "track.wav"
    soundfile.write(path, phrase(RATE, 40.0, 2, 5).data.T, RATE, "PCM_24")
    return tracks.scan(path)


def test_a_decoded_sound_is_the_file(track, tmp_path):
    recording = decode(track, RATE, tmp_path)
    truth, _ = soundfile.read(track.path, dtype="float32")
    assert np.array_equal(recording.samples, truth)
    first = np.frombuffer(recording.chunk(0), np.float32).reshape(-1, 2)
    assert np.array_equal(first, truth[:CHUNK]) and recording.chunk(99) == b""
    assert recording.analysis.loudness == pytest.approx(integrated(truth.T, RATE), abs=0.01)
    assert recording.analysis.peak == pytest.approx(np.abs(truth).max())
    lowest, highest = recording.peaks(0.0, track.seconds, 200).T
    assert lowest.min() == pytest.approx(truth.min()) and highest.max() == pytest.approx(truth.max())
    part = recording.peaks(10.0, 11.0, 10)
    inside = truth[10 * RATE - BIN : 11 * RATE + BIN]
    assert part.max() <= inside.max() and len(part) == 10
    recording.close()
    assert not list(tmp_path.iterdir())


def test_another_rate_and_many_channels_are_folded(tmp_path):
    wide = np.stack([phrase(RATE, 3.0, 1, seed).data[0] for seed in range(6)])
    soundfile.write(tmp_path / "wide.wav", wide.T, RATE, "PCM_24")
    recording = decode(tracks.scan(tmp_path / "wide.wav"), 48000, tmp_path)
    assert recording.frames == 3 * 48000
    assert integrated(np.asarray(recording.samples).T, 48000) == pytest.approx(integrated(stereo(wide), RATE), abs=0.2)
    mono = stereo(wide[:1])
    assert np.array_equal(mono[0], wide[0]) and np.array_equal(mono[1], wide[0])


def test_the_spectrum_of_a_tone_stands_at_its_frequency(tmp_path):
    time = np.arange(RATE * 2) / RATE
    soundfile.write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * time), RATE, "PCM_24")
    spectrum = decode(tracks.scan(tmp_path / "tone.wav"), RATE, tmp_path).analysis.spectrum
    assert BANDS[spectrum.argmax()] == pytest.approx(1000, rel=0.06)
    assert spectrum[BANDS < 500].max() < spectrum.max() - 60


def test_a_full_disk_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(InputError) as caught:
        Recording(tmp_path, 48000, 1 << 50)
    assert caught.value.remedy and not list(tmp_path.iterdir())


class Follower:
    """Collects what a preview reports."""

    def __init__(self, track, folder):
        self.parts, self.errors = [], []
        self.done = threading.Event()
        self.preview = Preview(track, folder, self.rendered, self.failed)

    def rendered(self, part):
        self.parts.append(part)
        if part.done:
            self.done.set()

    def failed(self, error):
        self.errors.append(error)
        self.done.set()

    def wait(self):
        assert self.done.wait(60)
        self.done.clear()


@pytest.fixture
def follower(track, tmp_path):
    made = Follower(track, tmp_path)
    yield made
    made.preview.close()


def test_what_is_heard_is_what_will_be_written(follower, track, tmp_path):
    follower.preview.source_loudness = -20.0
    follower.preview.ask(CHAIN, 20.0)
    follower.wait()
    soon = follower.parts[0]
    assert soon.first == int(20.0 * RATE) // CHUNK and not soon.done, "what is at the playhead comes first"
    assert follower.parts[-1].done and (follower.preview.stamps == follower.parts[-1].stamp).all()
    written = bounce(track.path, tmp_path / "wet.wav", CHAIN, match=False)
    wet, _ = soundfile.read(tmp_path / "wet.wav", dtype="float32")
    assert np.abs(np.asarray(follower.preview.recording.samples) * 10 ** (written.gain / 20) - wet).max() < 2e-7
    assert follower.preview.loudness == pytest.approx(written.after, abs=0.01)


def test_what_is_heard_soon_is_close_to_what_is_exact(follower, track):
    reported = threading.Event()
    kept = {}

    def rendered(part):
        if not kept:
            block = slice(part.first * CHUNK, (part.last + 1) * CHUNK)
            kept.update(block=block, sound=np.array(follower.preview.recording.samples[block]))
            reported.set()
        follower.rendered(part)

    follower.preview._report = rendered
    follower.preview.ask(CHAIN, 25.0)
    assert reported.wait(60)
    follower.wait()
    exact = np.asarray(follower.preview.recording.samples[kept["block"]])
    assert 10 * np.log10(((kept["sound"] - exact) ** 2).mean() / (exact**2).mean()) < -40


def test_the_newest_chain_wins(follower, track):
    for gain in (1.0, 2.0, -7.0):
        follower.preview.ask([plugin("Gain", gain_db=gain)], 0.0)
    follower.wait()
    while not follower.preview.complete:
        follower.wait()
    truth, _ = soundfile.read(track.path, dtype="float32")
    assert np.abs(np.asarray(follower.preview.recording.samples) - truth * 10 ** (-7 / 20)).max() < 1e-6


def test_a_chain_that_runs_away_is_told_and_the_next_one_is_heard(follower):
    follower.preview.ask([plugin("Gain", gain_db=90.0)], 0.0)
    follower.wait()
    assert "runs away" in str(follower.errors[0])
    follower.preview.ask([], 0.0)
    follower.wait()
    assert follower.preview.complete


@pytest.mark.parametrize("length", [64, 1000])
def test_live_sound_is_the_same_but_late_by_what_is_looked_ahead(length):
    sound = phrase(44100, 1.0, 2, 2).data
    live = LiveChain(CHAIN, 44100, 2)
    heard = np.concatenate([live(sound[:, at : at + length]) for at in range(0, sound.shape[1], length)], 1)
    late = int(0.005 * 44100)
    assert heard.shape == sound.shape
    assert np.array_equal(heard[:, late:], board(CHAIN, 44100)(sound, 44100)[:, :-late])


def test_a_live_chain_changes_without_a_jump():
    tone = np.sin(2 * np.pi * 200 * np.arange(44100) / 44100)[None].astype(np.float32) * 0.5
    live = LiveChain([], 44100, 1)
    blocks = []
    for at in range(0, 44100, 512):
        if at == 512 * 20:
            live.change([plugin("Gain", gain_db=-12.0)])
        blocks.append(live(tone[:, at : at + 512]))
    heard = np.concatenate(blocks, 1)[0]
    assert np.abs(np.diff(heard)).max() < 1.2 * np.abs(np.diff(tone[0])).max()
    assert np.abs(heard[:8192]).max() == pytest.approx(0.5, abs=1e-3) and np.abs(heard[-8192:]).max() == pytest.approx(
        0.5 * 10**-0.6, abs=1e-3
    )
    with pytest.raises(InputError):
        live.change([{"plugin": "Sparkle", "settings": {}}])


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(InputError) as caught:
        DeviceInsert([], "Grandmother's gramophone", None, 48000)
    assert "gramophone" in str(caught.value)


def test_curves_are_those_of_pedalboard():
    impulse = np.zeros((1, 48000), np.float32)
    impulse[0, 0] = 1.0
    specs = [
        plugin("HighpassFilter", cutoff_frequency_hz=120.0), plugin("PeakFilter", cutoff_frequency_hz=900.0, gain_db=-5.0, q=2.0),
        plugin("HighShelfFilter", cutoff_frequency_hz=6000.0, gain_db=4.0, q=0.7071),
    ]  # fmt: skip
    measured = 20 * np.log10(np.abs(np.fft.rfft(board(specs, 48000)(impulse, 48000)[0])))
    hertz = np.array([100.0, 900.0, 4000.0, 12000.0])
    assert curves.response(specs, 48000, hertz) == pytest.approx(measured[hertz.astype(int)], abs=0.01)
    compressor = plugin("Compressor", threshold_db=-20.0, ratio=4.0, attack_ms=1.0, release_ms=50.0)
    assert curves.transfer(compressor, np.array([-30.0, -8.0])) == pytest.approx([-30.0, -17.0])
    assert curves.transfer(plugin("Gain", gain_db=0.0), np.array([0.0])) is None
