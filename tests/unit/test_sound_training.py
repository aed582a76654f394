"""The sound's training on a corpus small enough for a test: voices and a sound font that are made here."""

import csv
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from shared_engine import assets
from shared_engine.errors import InputError
from shared_engine.proposers.sound import Network
from shared_engine.testing import TaskTests
from shared_engine.training import sound, sound_grid
from shared_engine.training.sound_material import instrument_of, part_of
from shared_engine.training.trainer import Budget, train
from tests.sounds import phrase

RATE = 16000


def soundfont(names: list[str]) -> bytes:
    """Samples of a third of a second each, as chunks ``smpl`` and ``shdr`` of a SoundFont 2.04 file (the last header is empty)."""
    length = RATE // 3
    wave = np.sin(np.arange(length) * 2 * np.pi * 220 / RATE) * np.hanning(length)
    pcm = np.tile(np.round(wave * 20000).astype("<i2"), len(names)).tobytes()
    headers = b"".join(
        struct.pack("<20s5IBbHH", name.encode(), n * length, (n + 1) * length, n * length, n * length, RATE, 60, 0, 0, 1)
        for n, name in enumerate(names)
    ) + struct.pack("<20s5IBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return b"smpl" + struct.pack("<I", len(pcm)) + pcm + b"shdr" + struct.pack("<I", len(headers)) + headers


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    (folder / "voices").mkdir()
    (folder / "soundfonts").mkdir()
    rows = []
    for part in ("train", "dev"):
        for kind in ("singing", "speech"):
            names = [f"{kind}{n}" for n in range(200) if part_of(f"{kind}{n}", 5) == part][:2]
            for name in names:
                media = phrase(RATE, 4.0, seed=len(rows))
                soundfile.write(folder / "voices" / f"{name}.wav", media.data.T, RATE)
                rows.append({"file": f"{name}.wav", "singer_id": name, "kind": kind, "licence": "made here"})
    with (folder / "voices" / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    letters = [f"{a}{b}" for a in "bcdfgh" for b in "aeiou"]
    instruments = [next(x for x in letters if part_of(instrument_of(x), 4) == part) for part in ("train", "dev")]
    (folder / "soundfonts" / "made.sf2").write_bytes(soundfont(instruments))
    return folder


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_grid, "BLOCKS", 2)
    monkeypatch.setattr(sound_grid, "RECORDINGS", 3)
    monkeypatch.setattr(sound, "MEAN_CHAIN_STEPS", 2)


class TestSound(TaskTests):
    @pytest.fixture
    def task(self, corpus: Path) -> sound.SoundTask:
        return sound.SoundTask(corpus)


def test_training_writes_weights_that_the_proposer_reads(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "sound.safetensors"
    trained = train(sound.SoundTask(corpus), out, Budget(chunks=1, steps=2), seed=1)
    network = Network(*assets.read(out))
    assert network.shyness == trained.figures["shyness"]
    units, processed = network.units(network.arrays["mean"], 1)
    assert len(units) == len(network.parameters) == len(sound_grid.KEYS) and 0 < processed < 1
    assert "recordings of voices | 4 | made here" in out.with_suffix(".md").read_text()


def test_shyness_needs_what_is_held_out(corpus: Path) -> None:
    with pytest.raises(InputError, match="how shy"):
        sound.SoundTask(corpus, learned=("train", "dev"))
