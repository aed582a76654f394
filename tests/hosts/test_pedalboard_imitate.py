"""The whole job on files, as a user types it: a real engine process, real pedalboard, real files."""

import json
import os
import subprocess
import sys

import numpy as np
import pedalboard
import pytest
import soundfile

from plugins_daw.chain import board, plugin
from plugins_daw.loudness import integrated
from tests.sounds import phrase

HIDDEN = [
    plugin("HighpassFilter", cutoff_frequency_hz=200.0),
    plugin("HighShelfFilter", cutoff_frequency_hz=4000.0, gain_db=-8.0, q=0.7071),
    plugin("Compressor", threshold_db=-30.0, ratio=5.0, attack_ms=5.0, release_ms=80.0),
    plugin("Reverb", room_size=0.6, damping=0.4, wet_level=0.2, dry_level=0.5, width=1.0),
]
RATE = 16000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A dry stereo track, another take, and both through the hidden chain."""
    folder = tmp_path_factory.mktemp("sounds")
    for name, seed in (("track", 1), ("other", 2)):
        dry = phrase(RATE, 5.0, 2, seed).data
        wet = board(HIDDEN, RATE)(dry, RATE)
        soundfile.write(folder / f"{name}.wav", dry.T, RATE, "PCM_24")
        soundfile.write(folder / f"{name}-wet.wav", wet.T, RATE, "PCM_24")
    return folder


@pytest.fixture(scope="module")
def utsushi(folder, tmp_path_factory):
    """Runs the command with an engine of its own, and ends that engine afterwards."""
    environment = {**os.environ, "UTSUSHI_HOME": str(tmp_path_factory.mktemp("home"))}

    def run(*arguments):
        command = [sys.executable, "-c", "from server.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500)

    yield run
    run("stop")


@pytest.fixture(scope="module")
def answer(folder, utsushi):
    arguments = ("other-wet.wav", "--original", "other.wav", "--alternatives", "1", "--out", "result", "--json")
    done = utsushi("imitate", "track.wav", "--like", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_recipe_says_what_was_found_in_words_and_units(folder, answer):
    assert json.loads((folder / "result/recipe.json").read_text(encoding="utf-8")) == answer
    assert answer["proposer"] == "sound-before-after"
    assert answer["score"] < 0.4 * answer["score_of_doing_nothing"]
    named = {row["effect"] for row in answer["settings"]}
    assert "Compressor" in named and "Reverb" in named
    assert {row["unit"] for row in answer["settings"] if row["setting"] == "frequency"} <= {"Hz"}


def test_the_result_is_the_chain_at_the_track_s_loudness(folder, answer):
    dry, rate = soundfile.read(folder / "track.wav", dtype="float32", always_2d=True)
    wet, _ = soundfile.read(folder / "result/result.wav", dtype="float32", always_2d=True)
    info = soundfile.info(folder / "result/result.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (RATE, 2, len(dry), "PCM_24")
    assert integrated(wet.T, rate) == pytest.approx(integrated(dry.T, rate), abs=0.1) or answer["warnings"]

    def build(spec):
        made = getattr(pedalboard, spec["plugin"])
        return made([build(one) for one in spec["plugins"]]) if "plugins" in spec else made(**spec["settings"])

    chain = json.loads((folder / "result/chain.json").read_text(encoding="utf-8"))
    again = pedalboard.Pedalboard([build(one) for one in chain["plugins"]])(np.ascontiguousarray(dry.T), rate)
    assert 20 * np.log10(np.abs(again - wet.T).max()) < -50, "the gain in the chain is rounded to 0.01 dB"


def test_it_sounds_like_the_truth(folder, answer):
    """Judged by what nobody told it: the hidden chain on the user's own track."""
    from shared_engine.metrics.log_mel import LogMelMetric

    dry, truth, wet = (soundfile.read(folder / name, dtype="float32")[0].T for name in ("track.wav", "track-wet.wav", "result/result.wav"))
    metric = LogMelMetric(RATE)
    assert metric.distance(wet[None], truth)[0] < 0.4 * metric.distance(dry[None], truth)[0]


def test_a_recipe_goes_over_an_album_and_what_is_there_is_skipped(folder, utsushi, answer):
    done = utsushi("apply", "result/recipe.json", "track.wav", "other.wav", "--out", "album")
    assert done.returncode == 0, done.stderr
    first = soundfile.info(folder / "album/other.wav")
    assert (first.samplerate, first.channels, first.subtype) == (RATE, 2, "PCM_24")
    again = utsushi("apply", "result/chain.json", "track.wav", "other.wav", "--out", "album")
    assert again.returncode == 0 and "there already" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("imitate", "track.wav", "--like", "track.wav"), "is the track itself"),
        (("imitate", "track.wav", "--like", "nowhere.wav"), "does not exist"),
        (("imitate", "track.wav", "--like", "other-wet.wav", "--only", "sparkle"), "sparkle"),
        (("imitate", "track.wav", "--like", "other-wet.wav", "--lock", "compressor.ratio=99"), "out of range"),
        (("apply", "track.wav", "other.wav"), "not a chain or a recipe"),
        (("apply", "result/recipe.json", "track.wav", "--out", "."), "over itself"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_a_remedy(utsushi, answer, arguments, words):
    done = utsushi(*arguments)
    assert done.returncode != 0
    assert words in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2
