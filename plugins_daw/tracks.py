"""Sound files: what is in them, whether it can be used, and the few seconds of it that a search needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from plugins_daw.formats import SUFFIXES as SUFFIXES
from shared_engine.errors import InputError
from shared_engine.types import FloatArray, Media

CHANNELS = 8
BLOCK_SECONDS = 0.1
READ_SECONDS = 10

PIECES = 4
PIECE_SECONDS = 4.0
"""A search hears four stretches of four seconds, one from each quarter of the file: a verse is not a chorus."""

SHORTEST = 0.5
SILENCE_DB = -80.0


@dataclass(frozen=True)
class Track:
    """One readable sound file. `course` is its mean power in steps of `BLOCK_SECONDS`; `notes` say what a user should know."""

    path: Path
    rate: int
    channels: int
    frames: int
    course: NDArray[np.float64]
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.frames / self.rate


def scan(path: Path) -> Track:
    """Reads the whole file once. InputError where it is missing, unreadable, too short, silent, or holds what is no number."""
    powers: list[NDArray[np.float64]] = []
    peak, clipped, total = 0.0, 0, 0.0
    with opened(path) as file:
        rate, channels, frames = file.samplerate, file.channels, file.frames
        if not 1 <= channels <= CHANNELS:
            raise InputError(f"{path.name} has {channels} channels", f"Give a file with one to {CHANNELS}.")
        if frames < SHORTEST * rate:
            raise InputError(f"{path.name} is only {frames} sample(s) long", f"Give at least {SHORTEST:g} s of sound.")
        for block in blocks(file):
            if not np.isfinite(block).all():
                raise InputError(f"{path.name} holds samples that are not numbers (NaN or infinite)", "Render it again in your DAW.")
            powers.append(_course(block, rate))
            peak = max(peak, float(np.abs(block).max()))
            clipped += int((np.abs(block) >= 0.99997).sum())
            total += float(block.sum())
        subtype = file.subtype
    course = np.concatenate(powers)
    if 10 * np.log10(course.max() + 1e-30) < SILENCE_DB:
        raise InputError(f"{path.name} is silent", "Choose a file in which something is heard.")
    return Track(path, rate, channels, frames, course, tuple(_notes(peak, clipped, total / (frames * channels), subtype)))


def _course(block: FloatArray, rate: int) -> NDArray[np.float64]:
    step = max(1, round(BLOCK_SECONDS * rate))
    edges = np.arange(0, block.shape[1], step)
    power = np.add.reduceat((block.astype(np.float64) ** 2).mean(0), edges)
    mean: NDArray[np.float64] = power / np.diff(np.append(edges, block.shape[1]))
    return mean


def _notes(peak: float, clipped: int, offset: float, subtype: str) -> Iterator[str]:
    if clipped > 20:
        yield f"{clipped} samples are clipped: distortion that is in the recording stays in it"
    elif peak > 1.0:
        yield f"peaks reach {20 * np.log10(peak):+.1f} dB over full scale"
    if abs(offset) > 0.01:
        yield f"it has a DC offset of {offset:+.3f}; a high-pass would take it away"
    if subtype in ("PCM_U8", "PCM_S8"):
        yield "it has only 8 bits: its noise will be processed too"


def opened(path: Path) -> soundfile.SoundFile:
    """The file, ready to be read; InputError where it is not there or not a sound."""
    if not path.is_file():
        raise InputError(f"{path} does not exist", "Check the name.")
    try:
        return soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise InputError(f"{path.name} cannot be read as sound: {error}", "WAV, FLAC, AIFF, MP3 and OGG are read.") from error


def blocks(file: soundfile.SoundFile, seconds: float = READ_SECONDS) -> Iterator[FloatArray]:
    """The rest of the file in blocks (channels, samples) of ten seconds."""
    for block in file.blocks(round(seconds * file.samplerate), dtype="float32", always_2d=True):
        yield np.ascontiguousarray(block.T)


def places(track: Track, from_the_start: bool = False) -> list[int]:
    """Where the stretches begin, in samples: the most active one of each quarter; [0] for a track that is short enough as it is.

    `from_the_start`: two that are its beginning, where something is heard there.
    """
    piece = int(PIECE_SECONDS * track.rate)
    beginning = track.course[: int(PIECE_SECONDS / BLOCK_SECONDS)]
    if from_the_start and track.frames >= 2 * piece and beginning.mean() > 0.01 * track.course.mean():
        return [0, piece]
    if track.frames <= PIECES * piece:
        return [0]
    level = 10 * np.log10(track.course + 1e-12)
    loud = np.cumsum(np.append(0.0, np.clip(level - (level.max() - 40), 0, None)))
    step = max(1, round(BLOCK_SECONDS * track.rate))
    width = piece // step
    found = []
    for quarter in range(PIECES):
        first = quarter * len(level) // PIECES
        last = max(first + 1, min((quarter + 1) * len(level) // PIECES, len(level)) - width)
        activity = loud[first + width : last + width] - loud[first:last]
        found.append(min((first + int(activity.argmax())) * step, track.frames - piece))
    return found


def excerpt(track: Track, starts: list[int], rate: int | None = None) -> Media:
    """The stretches at `starts` one after the other, at `rate` Hz."""
    piece = int(PIECE_SECONDS * track.rate) if starts != [0] else min(track.frames, PIECES * int(PIECE_SECONDS * track.rate))
    cuts = []
    with opened(track.path) as file:
        for start in starts:
            file.seek(start)
            cuts.append(file.read(piece, dtype="float32", always_2d=True).T)
    data = np.concatenate(cuts, 1)
    if rate and rate != track.rate:
        ratio = Fraction(rate, track.rate)
        data = resample_poly(data, ratio.numerator, ratio.denominator, axis=1)
    return Media("audio", np.ascontiguousarray(data, np.float32), rate=rate or track.rate, name=track.path.name)


def same_take(a: Track, b: Track) -> bool:
    """Whether two files are so alike in length that one may be the processed version of the other."""
    return abs(a.seconds - b.seconds) < 0.01 * max(a.seconds, b.seconds)
