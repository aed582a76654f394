"""Dry material to train the sound proposer on: voices from a corpus, instrument phrases from a sound font, mixes of both.

A corpus is a folder with ``voices/manifest.csv`` (columns file, singer_id, kind) and ``soundfonts/*.sf2``. Speakers and
instruments belong to ``train``, ``dev`` or ``test`` as a whole, by a hash of their names: how shy the proposer is is set on ``dev``.
"""

import csv
import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from scipy.signal import resample_poly

from shared_engine.errors import InputError
from shared_engine.proposers.sound_statistics import at_working_level
from shared_engine.types import FloatArray, Media

Part = Literal["train", "dev", "test"]
Kind = Literal["singing", "speech", "instrument", "mix"]

KINDS: tuple[Kind, ...] = ("singing", "speech", "instrument", "mix")
SHARES = (0.32, 0.35, 0.22, 0.11)
SECONDS = 4.0
RATE = 44100
"""Of instruments and mixes; voices keep their own."""

DEV = 5
SYSTEM_FONTS = Path("/usr/share/sounds/sf2")
STEPS = (0, 2, 4, 7, 9, 12, -3, -5)
"""Semitones of a phrase: a pentatonic scale is never wrong."""


@dataclass(frozen=True)
class Sample:
    """One recorded note or drum of a sound font; `loop` in samples, empty where it just ends."""

    name: str
    data: FloatArray
    loop: tuple[int, int]
    rate: int


@dataclass(frozen=True)
class Material:
    """Clips of `SECONDS` by voice, and the samples that phrases are made of; `files` and `fonts`: where they come from."""

    voices: dict[str, dict[str, list[Media]]]
    samples: list[Sample]
    files: tuple[str, ...]
    fonts: tuple[str, ...]

    @classmethod
    def load(cls, corpus: Path, *parts: Part) -> "Material":
        """Everything that belongs to one of `parts`. InputError where the corpus is not there."""
        manifest = corpus / "voices" / "manifest.csv"
        fonts = [*sorted((corpus / "soundfonts").glob("*.sf2")), *sorted(SYSTEM_FONTS.glob("*.sf2"))]
        if not manifest.is_file() or not fonts:
            raise InputError(f"{corpus} is not a corpus of sounds", "It needs voices/manifest.csv and a sound font in soundfonts/.")
        voices: dict[str, dict[str, list[Media]]] = {"singing": {}, "speech": {}}
        files = []
        with manifest.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["kind"] in voices and part_of(row["singer_id"], 5) in parts:
                    found = clips(manifest.parent / row["file"])
                    if found:
                        files.append(row["file"])
                        voices[row["kind"]].setdefault(row["singer_id"], []).extend(found)
        samples = [one for font in fonts for one in read_soundfont(font) if part_of(instrument_of(one.name), 4) in parts]
        return cls(voices, samples, tuple(files), tuple(font.name for font in fonts))

    def draw(self, rng: np.random.Generator, kind: Kind | None = None, apart_from: str = "", channels: int = 1) -> tuple[str, Media]:
        """A random clip at the working level and whose it is; never of the speaker `apart_from`."""
        kind = kind or KINDS[int(rng.choice(len(KINDS), p=SHARES))]
        if kind in ("singing", "speech"):
            speakers = [name for name in self.voices[kind] if name != apart_from]
            name = speakers[rng.integers(len(speakers))]
            clip = self.voices[kind][name][rng.integers(len(self.voices[kind][name]))]
            return name, clip if channels == 1 else Media("audio", np.repeat(clip.data, channels, 0), rate=clip.rate)
        if kind == "instrument":
            return "instrument", _media(self.phrase(rng, channels))
        return "mix", _media(self._mix(rng, channels))

    def phrase(self, rng: np.random.Generator, channels: int = 1) -> FloatArray:
        """`SECONDS` of one instrument (or a few drums) playing at random, (channels, samples)."""
        sample = self.samples[rng.integers(len(self.samples))]
        length = int(SECONDS * RATE)
        out = np.zeros(length + RATE, np.float32)
        beat, time = rng.uniform(0.15, 0.6), rng.uniform(0.0, 0.2)
        while time < SECONDS - 0.2:
            if rng.random() < 0.85:
                for _ in range(1 if rng.random() < 0.7 else 3):
                    note = _note(sample, STEPS[rng.integers(len(STEPS))] * (rng.random() < 0.9), beat * rng.uniform(0.6, 2.0))
                    begin = int(time * RATE)
                    end = min(begin + len(note), len(out))
                    out[begin:end] += note[: end - begin] * np.float32(rng.uniform(0.4, 1.0))
            time += beat * rng.choice([0.5, 1, 1, 2])
        peak = float(np.abs(out[:length]).max())
        if peak < 1e-3:
            return self.phrase(rng, channels)
        hiss = rng.standard_normal((channels, length)).astype(np.float32) * np.float32(1e-4 * peak)
        pan = rng.uniform(0.2, 0.8)
        sides = np.sqrt([[1 - pan], [pan]]).astype(np.float32)[:channels] if channels == 2 else np.ones((channels, 1), np.float32)
        return at_working_level(out[None, :length] * sides + hiss, RATE)

    def _mix(self, rng: np.random.Generator, channels: int) -> FloatArray:
        """Two to four phrases, in half of the mixes with a voice over them."""
        layers = [self.phrase(rng, channels) for _ in range(rng.integers(2, 5))]
        if rng.random() < 0.5:
            _, voice = self.draw(rng, "singing" if rng.random() < 0.6 else "speech")
            up = resample_poly(voice.data[0], RATE, int(voice.rate or RATE)).astype(np.float32)[: layers[0].shape[1]]
            layers.append(np.repeat(np.pad(up, (0, layers[0].shape[1] - len(up)))[None], channels, 0))
        return np.sum([layer * np.float32(10 ** (rng.uniform(-9, 0) / 20)) for layer in layers], axis=0)


def _media(data: FloatArray) -> Media:
    return Media("audio", at_working_level(data, RATE), rate=RATE)


def clips(path: Path) -> list[Media]:
    """A recording cut into mono clips of `SECONDS` at the working level; silent ones are left out."""
    data, rate = soundfile.read(path, dtype="float32", always_2d=True)
    length = int(SECONDS * rate)
    cuts = [data[begin : begin + length].mean(1)[None] for begin in range(0, len(data) - length + 1, length)]
    return [Media("audio", at_working_level(cut, rate), rate=rate) for cut in cuts if np.abs(cut).max() > 1e-3]


def part_of(name: str, buckets: int) -> Part:
    """One in `buckets` names is for tests, one in `DEV` of the others for calibration."""
    if bucket(name, buckets) == 0:
        return "test"
    return "dev" if bucket(f"dev {name}", DEV) == 0 else "train"


def bucket(name: str, buckets: int) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % buckets


def instrument_of(sample: str) -> str:
    """The instrument that a sound font's sample belongs to: "Piano C4(L)" and "Piano G5" are one."""
    return re.sub(r"[^A-Za-z]", "", re.split(r"[0-9(]", sample)[0])[:6].lower() or sample[:4]


def read_soundfont(path: Path) -> list[Sample]:
    """The samples of a SoundFont 2.04 file: chunk ``smpl`` holds 16-bit PCM, ``shdr`` headers of 46 bytes."""
    raw = path.read_bytes()
    begin = raw.find(b"smpl")
    (size,) = struct.unpack_from("<I", raw, begin + 4)
    pcm = np.frombuffer(raw, "<i2", size // 2, begin + 8).astype(np.float32) / 32768
    begin = raw.find(b"shdr")
    (size,) = struct.unpack_from("<I", raw, begin + 4)
    found = []
    for offset in range(begin + 8, begin + 8 + size - 46, 46):
        name = raw[offset : offset + 20].split(b"\0")[0].decode("latin-1")
        start, end, loop_start, loop_end, rate = struct.unpack_from("<IIIII", raw, offset + 20)
        if end - start > 2000 and rate:
            found.append(Sample(name, pcm[start:end], (loop_start - start, loop_end - start), rate))
    return found


def _note(sample: Sample, semitones: float, seconds: float) -> FloatArray:
    """A sample played at another pitch for a while, looped where it can, with short fades."""
    length = int(seconds * RATE)
    position = np.arange(length) * (sample.rate / RATE * 2 ** (semitones / 12))
    begin, end = sample.loop
    if end - begin > 32 and end <= len(sample.data):
        position = np.where(position >= end, begin + np.mod(position - begin, max(end - begin, 1)), position)
    fade = np.minimum(1, np.linspace(length / 200, 0, length))
    return (np.interp(position, np.arange(len(sample.data)), sample.data, right=0.0) * fade).astype(np.float32)
