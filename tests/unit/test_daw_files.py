"""Sound files: what is refused and why, loudness, streaming, and what is written."""

import subprocess
import sys

import numpy as np
import pyloudnorm
import pytest
import soundfile

from plugins_daw import tracks
from plugins_daw.bounce import CEILING_DB, bounce, suffix_for
from plugins_daw.chain import board, plugin
from plugins_daw.loudness import Meter, integrated
from shared_engine.errors import InputError
from tests.sounds import phrase

CHAIN = [
    plugin("Gain", gain_db=6.0),
    plugin("Compressor", threshold_db=-25.0, ratio=4.0, attack_ms=5.0, release_ms=80.0),
    plugin("Reverb", room_size=0.5, damping=0.5, wet_level=0.2, dry_level=0.5, width=1.0),
    plugin("BrickwallLimiter", ceiling_db=-12.0, release_ms=100.0),
]


def write(path, data, rate, subtype="PCM_24"):
    soundfile.write(path, np.asarray(data, np.float32).T, rate, subtype)
    return path


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 2), (48000, 1), (96000, 2)])
def test_loudness_is_that_of_the_recommendation(rate, channels):
    sound = phrase(rate, 5.0, channels).data * np.linspace(0.01, 1, 5 * rate)
    expected = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound.T)
    assert integrated(sound, rate) == pytest.approx(expected, abs=0.02)


def test_a_sine_at_full_scale_measures_minus_3_lufs():
    """BS.1770-4, annex 1: 997 Hz at 0 dBFS in one channel of a stereo sound reads -3.01 LKFS."""
    sine = np.sin(2 * np.pi * 997 * np.arange(48000 * 4) / 48000)
    assert integrated(np.stack([sine, 0 * sine]), 48000) == pytest.approx(-3.01, abs=0.02)


def test_loudness_does_not_depend_on_the_blocks():
    sound = phrase(44100, 5.0, 2)
    meter = Meter(44100, 2)
    for begin in range(0, sound.data.shape[1], 7777):
        meter.add(sound.data[:, begin : begin + 7777])
    assert meter.integrated == pytest.approx(integrated(sound.data, 44100), abs=1e-6)
    assert integrated(np.zeros((1, 44100)), 44100) == -np.inf


def test_what_cannot_be_used_is_refused_with_a_remedy(tmp_path):
    good = phrase().data
    broken = good.copy()
    broken[0, 100] = np.nan
    cases = {
        "silent.wav": write(tmp_path / "silent.wav", 0 * good, 22050),
        "nan.wav": write(tmp_path / "nan.wav", broken, 22050, "FLOAT"),
        "one.wav": write(tmp_path / "one.wav", good[:, :1], 22050),
        "many.wav": write(tmp_path / "many.wav", np.repeat(good, 9, 0), 22050),
        "missing.wav": tmp_path / "missing.wav",
        "text.wav": tmp_path / "text.wav",
    }
    cases["text.wav"].write_text("not a sound")
    for name, path in cases.items():
        with pytest.raises(InputError, match=name) as caught:
            tracks.scan(path)
        assert caught.value.remedy


@pytest.mark.parametrize(
    ("suffix", "subtype"), [("wav", "PCM_U8"), ("flac", "PCM_16"), ("aiff", "PCM_24"), ("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III")]
)
def test_every_kind_of_file_is_read(tmp_path, suffix, subtype):
    sound = phrase(44100, 3.0, 2)
    track = tracks.scan(write(tmp_path / f"a.{suffix}", sound.data, 44100, subtype))
    assert (track.rate, track.channels) == (44100, 2)
    assert track.seconds == pytest.approx(3.0, abs=0.1)
    assert any("8 bits" in note for note in track.notes) == (subtype == "PCM_U8")


def test_notes_tell_of_clipping_and_offset(tmp_path):
    sound = phrase().data
    assert "clipped" in tracks.scan(write(tmp_path / "a.wav", np.clip(sound * 9, -1, 1), 22050)).notes[0]
    assert "DC" in tracks.scan(write(tmp_path / "b.wav", sound * 0.5 + 0.1, 22050)).notes[0]


def test_stretches_come_from_every_quarter_and_from_where_it_sounds(tmp_path):
    rate = 8000
    song = np.zeros((1, 60 * rate), np.float32)
    for second in (3, 18, 33, 52):
        song[:, second * rate : (second + 4) * rate] = phrase(rate).data
    track = tracks.scan(write(tmp_path / "a.wav", song, rate))
    assert [round(start / rate) for start in tracks.places(track)] == [3, 18, 33, 52]
    found = tracks.excerpt(track, tracks.places(track))
    assert found.data.shape == (1, 16 * rate)
    assert tracks.excerpt(track, [0], 16000).rate == 16000


def test_streaming_equals_one_pass_and_is_as_loud_as_before(tmp_path):
    sound = phrase(44100, 25.0, 2)
    source = write(tmp_path / "a.wav", sound.data, 44100)
    with soundfile.SoundFile(source, "r+") as file:
        file.title = "Song"
    made = bounce(source, tmp_path / "out.wav", CHAIN)
    data, rate = soundfile.read(made.path, dtype="float32", always_2d=True)
    info = soundfile.info(made.path)
    assert (rate, info.channels, info.frames, info.subtype) == (44100, 2, sound.data.shape[1], "PCM_24")
    assert made.after + made.gain == pytest.approx(made.before, abs=0.01)
    assert integrated(data.T, rate) == pytest.approx(made.before, abs=0.05)
    read, _ = soundfile.read(source, dtype="float32", always_2d=True)
    whole = board(CHAIN, rate)(np.ascontiguousarray(read.T), rate) * 10 ** (made.gain / 20)
    assert 20 * np.log10(np.abs(data.T - whole).max()) < -120
    with soundfile.SoundFile(made.path) as file:
        assert file.title == "Song"


def test_peaks_never_clip(tmp_path):
    sound = phrase(44100, 3.0)
    source = write(tmp_path / "a.wav", sound.data / np.abs(sound.data).max(), 44100)
    made = bounce(source, tmp_path / "out.flac", [plugin("HighpassFilter", cutoff_frequency_hz=600.0)] * 4)
    data, _ = soundfile.read(made.path)
    assert 20 * np.log10(np.abs(data).max()) <= CEILING_DB + 1e-3


def test_a_chain_that_runs_away_writes_nothing(tmp_path):
    source = write(tmp_path / "a.wav", phrase().data, 22050)
    with pytest.raises(InputError, match="run away"):
        bounce(source, tmp_path / "out.wav", [plugin("Gain", gain_db=90.0)])
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("channels", [1, 3, 6, 8])
def test_channels_are_kept(tmp_path, channels):
    source = write(tmp_path / "a.wav", np.repeat(phrase().data, channels, 0), 22050)
    assert soundfile.info(bounce(source, tmp_path / "out.wav", CHAIN).path).channels == channels


@pytest.mark.parametrize(
    ("name", "subtype", "kept"),
    [("a.wav", "PCM_16", "PCM_16"), ("a.wav", "FLOAT", "FLOAT"), ("a.flac", "PCM_16", "PCM_16"), ("a.aiff", "PCM_24", "PCM_24")]
    + [("a.wav", "PCM_U8", "PCM_24"), ("a.mp3", "MPEG_LAYER_III", "PCM_24")],
)
def test_an_album_keeps_its_sample_format_where_it_is_one(tmp_path, name, subtype, kept):
    source = write(tmp_path / name, phrase(44100, 1.0).data, 44100, subtype)
    made = bounce(source, tmp_path / f"out{suffix_for(source)}", CHAIN, keep_depth=True)
    assert soundfile.info(made.path).subtype == kept


def test_sixteen_bits_are_dithered(tmp_path):
    """A tone of one step, turned down to a quarter of it, would be silence without."""
    tone = np.round(np.sin(2 * np.pi * 1000 * np.arange(44100) / 44100)) * 2**-15
    source = write(tmp_path / "a.wav", tone[None], 44100, "PCM_16")
    made = bounce(source, tmp_path / "out.wav", [plugin("Gain", gain_db=-12.0)], match=False, keep_depth=True)
    out = soundfile.read(made.path)[0]
    assert np.corrcoef(out, tone)[0, 1] > 0.1


STREAMED = """
import resource, sys
from pathlib import Path
from plugins_daw import tracks
from plugins_daw.bounce import bounce
from plugins_daw.chain import plugin

chain = [plugin("HighpassFilter", cutoff_frequency_hz=90.0), plugin("Compressor", threshold_db=-24.0, ratio=3.0)]
for name in sys.argv[1:]:
    track = tracks.scan(Path(name))
    tracks.excerpt(track, tracks.places(track))
    bounce(track.path, track.path.with_name(f"out of {track.path.name}"), chain)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell the greatest size that a process had")
def test_ten_minutes_take_no_more_memory_than_one(tmp_path):
    """The size of the whole process, what libraries take included."""
    rate = 16000
    minute = np.tile(phrase(rate, 4.0).data.T, (15, 1))
    names = {1: tmp_path / "short.wav", 10: tmp_path / "long.wav"}
    for minutes, path in names.items():
        with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
            for _ in range(minutes):
                file.write(minute)
    command = [sys.executable, "-c", STREAMED, *map(str, names.values())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    short, long = map(int, done.stdout.split())
    assert soundfile.info(tmp_path / "out of long.wav").frames == 600 * rate
    assert long - short < 0.4 * 540 * rate * 4, "what is longer was never in memory as a whole"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on file sizes to play a full disk with")
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path):
    import resource

    source = write(tmp_path / "a.wav", phrase(44100, 3.0, 2).data, 44100)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(InputError, match=r"out\.wav cannot be written") as caught:
            bounce(source, tmp_path / "out.wav", CHAIN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "disk full" in caught.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
