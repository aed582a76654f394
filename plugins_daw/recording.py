"""A sound as the window plays and draws it: stereo samples in a temporary file, read in chunks; its peaks, spectrum and loudness.

Two hours of sound need no more memory than two seconds: samples lie on disk, and only what is drawn is kept.
"""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pedalboard.io import StreamResampler

from plugins_daw.loudness import Meter
from plugins_daw.tracks import Track, blocks, opened
from shared_engine.errors import InputError
from shared_engine.types import FloatArray

CHUNK = 1 << 16
"""Frames that the page fetches at once: 1.4 s."""

BIN = 512
"""Frames behind one pair of peaks."""

FFT = 8192
BANDS = np.geomspace(20.0, 20000.0, 160)
"""Frequencies of the drawn spectrum: 16 an octave."""

FLOOR_DB = -120.0

_numbers = itertools.count()


class Analysis:
    """Takes stereo blocks (2, samples) in order: peaks for the waveform, power spectrum, loudness, true extent."""

    def __init__(self, rate: int, frames: int) -> None:
        self.rate = rate
        self.meter = Meter(rate, 2)
        self.peak = 0.0
        self.extent = np.zeros((-(-frames // BIN), 2), np.float32)
        self._power = np.zeros(FFT // 2 + 1)
        self._windows = 0
        self._window = np.hanning(FFT)
        self._at = 0
        self._left = np.empty((2, 0), np.float32)
        self._tail = np.empty(0, np.float32)

    def add(self, block: FloatArray) -> None:
        if not block.shape[1]:
            return
        self.meter.add(block)
        self.peak = max(self.peak, float(np.abs(block).max()))
        self._draw(block)
        mono = np.concatenate((self._tail, block.mean(0)))
        count = len(mono) // FFT
        if count:
            spectra = np.fft.rfft(mono[: count * FFT].reshape(count, FFT) * self._window, axis=1)
            self._power += (np.abs(spectra) ** 2).sum(0)
            self._windows += count
        self._tail = mono[count * FFT :]

    def finish(self) -> None:
        """Counts what is left over at the end."""
        if self._left.shape[1] and self._at < len(self.extent):
            self.extent[self._at] = self._left.min(), self._left.max()
        if not self._windows and len(self._tail):
            self._power += np.abs(np.fft.rfft(np.pad(self._tail, (0, FFT - len(self._tail))) * self._window)) ** 2
            self._windows = 1

    @property
    def loudness(self) -> float:
        """LUFS; minus infinity for silence."""
        return self.meter.integrated

    @property
    def spectrum(self) -> NDArray[np.float64]:
        """Level in dB at `BANDS`, each the mean of a sixth of an octave around it."""
        # Power up to a frequency, between the lines of the transform too: low bands are narrower than one line.
        total = np.concatenate(([0.0], np.cumsum(self._power / max(self._windows, 1))))
        edges = (np.arange(len(total)) - 0.5) * self.rate / FFT
        low, high = (np.clip(BANDS * 2 ** (side / 12), 0, self.rate / 2) for side in (-1, 1))
        mean = (np.interp(high, edges, total) - np.interp(low, edges, total)) / np.maximum(high - low, 1e-9) * self.rate / FFT
        level: NDArray[np.float64] = 10 * np.log10(mean / (self._window.sum() / 2) ** 2 + 10 ** (FLOOR_DB / 10))
        level[0.48 * self.rate < BANDS] = FLOOR_DB
        return level

    def _draw(self, block: FloatArray) -> None:
        joined = np.concatenate((self._left, block), 1)
        count = min(joined.shape[1] // BIN, len(self.extent) - self._at)
        whole = joined[:, : count * BIN].reshape(2, count, BIN)
        self.extent[self._at : self._at + count] = np.stack((whole.min((0, 2)), whole.max((0, 2))), 1)
        self._at += count
        self._left = joined[:, count * BIN :]


class Recording:
    """Stereo samples (frames, 2) at `rate` Hz in a file of `folder`, and what is known of them in `analysis`."""

    def __init__(self, folder: Path, rate: int, frames: int) -> None:
        self.rate, self.frames = rate, frames
        self.file = folder / f"{next(_numbers)}.f32"
        try:
            with open(self.file, "wb") as file:
                # Reserved now: a full disk is an error here, and would be a crash when the mapped page is written to.
                os.posix_fallocate(file.fileno(), 0, frames * 8)
        except OSError as error:
            self.file.unlink(missing_ok=True)
            raise InputError(f"there is no room for {frames * 8 / 1e6:.0f} MB in {folder}", "Free some space, or set TMPDIR.") from error
        self.samples = np.memmap(self.file, np.float32, "r+", shape=(frames, 2))
        self.analysis = Analysis(rate, frames)

    def write(self, at: int, block: FloatArray) -> None:
        """`block` (2, samples) from frame `at` on; what goes beyond the end is left away."""
        room = max(0, min(block.shape[1], self.frames - at))
        self.samples[at : at + room] = block[:, :room].T

    def chunk(self, index: int) -> bytes:
        """Interleaved float32 of chunk `index`; empty beyond the end."""
        return np.ascontiguousarray(self.samples[index * CHUNK : (index + 1) * CHUNK]).tobytes()

    def peaks(self, start: float, stop: float, count: int) -> NDArray[np.float32]:
        """(count, 2) lowest and highest sample between two times in seconds, for a drawing `count` pixels wide."""
        extent = self.analysis.extent
        edges = np.clip(np.linspace(start, stop, count + 1) * self.rate / BIN, 0, len(extent))
        low = np.floor(edges[:-1]).astype(int).clip(max=len(extent) - 1)
        # reduceat takes each stretch from its beginning to the next one's; the last runs to the end, so an end is given and left away.
        ends = np.append(low, min(int(np.ceil(edges[-1])), len(extent) - 1))
        lowest = np.minimum.reduceat(extent[:, 0], ends)[:-1]
        highest = np.maximum.reduceat(extent[:, 1], ends)[:-1]
        found: NDArray[np.float32] = np.stack((lowest, highest), 1).astype(np.float32)
        found[edges[:-1] >= len(extent)] = 0
        return found

    def close(self) -> None:
        self.file.unlink(missing_ok=True)


def decode(track: Track, rate: int, folder: Path, report: Callable[[float], None] = lambda part: None) -> Recording:
    """The whole file at `rate` Hz, folded to stereo. InputError where it cannot be read, or the disk is full."""
    frames = round(track.frames * rate / track.rate)
    recording = Recording(folder, rate, frames)
    resample = StreamResampler(track.rate, rate, 2) if rate != track.rate else None
    at = 0
    with opened(track.path) as file:
        for block in blocks(file):
            found = resample.process(stereo(block)) if resample else stereo(block)
            at = _append(recording, at, found)
            report(min(1.0, at / frames))
    if resample:
        at = _append(recording, at, resample.process(None))
    recording.analysis.finish()
    return recording


def _append(recording: Recording, at: int, block: FloatArray) -> int:
    block = block[:, : recording.frames - at]
    recording.write(at, block)
    recording.analysis.add(block)
    return at + block.shape[1]


def stereo(block: FloatArray) -> FloatArray:
    """Any number of channels (channels, samples) -> two: one is heard on both sides; of many, every other one on each."""
    if len(block) == 1:
        return np.repeat(block, 2, 0)
    if len(block) == 2:
        return block
    folded: FloatArray = np.stack((block[0::2].mean(0), block[1::2].mean(0)))
    return folded
