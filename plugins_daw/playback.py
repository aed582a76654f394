"""The result of the chain while the user turns its knobs: what is about to be heard first, then the whole track, exactly.

A change is rendered from a little before the playhead, so that compressors and rooms have settled, for as long as it takes to hear it;
then the whole file goes through one pass from its beginning, as it would be written. A newer change ends the work on an older one.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins_daw import chain
from plugins_daw.bounce import processed
from plugins_daw.loudness import integrated
from plugins_daw.recording import CHUNK, Analysis, Recording, stereo
from plugins_daw.renderer import RUNAWAY
from plugins_daw.tracks import Track, opened
from shared_engine.errors import InputError, UtsushiError

RUN_IN_SECONDS = 2.0
AHEAD_CHUNKS = 4
BLOCK_SECONDS = 1.0


@dataclass(frozen=True)
class Rendered:
    """What can be fetched anew: chunks `first` to `last` (included) carry `stamp`; `done`: it is the whole track, and the exact one."""

    first: int
    last: int
    stamp: int
    done: bool = False


class SupersededError(Exception):
    """A newer chain is wanted."""


class Preview:
    """Renders chains of one track on a thread of its own. `stamps` tells for each chunk which rendering it holds (0: none yet)."""

    def __init__(self, track: Track, folder: Path, report: Callable[[Rendered], None], fail: Callable[[UtsushiError], None]) -> None:
        self.track = track
        self.recording = Recording(folder, track.rate, track.frames)
        self.stamps: NDArray[np.int64] = np.zeros(-(-track.frames // CHUNK), np.int64)
        self.loudness = -np.inf
        self.complete = False
        self._report, self._fail = report, fail
        self._wanted: tuple[Sequence[chain.Spec], int] | None = None
        self._closed = False
        self._stamp = 0
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def ask(self, plugins: Sequence[chain.Spec], at: float) -> None:
        """Wants `plugins` heard, from `at` seconds on first."""
        with self._condition:
            self._wanted = (plugins, min(max(int(at * self.track.rate), 0), self.track.frames - 1))
            self.complete = False
            self._condition.notify()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()
        self.recording.close()

    def _run(self) -> None:
        while True:
            with self._condition:
                while self._wanted is None and not self._closed:
                    self._condition.wait()
                if self._closed:
                    return
                assert self._wanted is not None
                (plugins, at), self._wanted = self._wanted, None
            try:
                if self.track.frames > 2 * AHEAD_CHUNKS * CHUNK:
                    self._soon(plugins, at)
                self._exactly(plugins)
            except SupersededError:
                continue
            except UtsushiError as error:
                self._fail(error)

    def _soon(self, plugins: Sequence[chain.Spec], at: int) -> None:
        """The chunks from the playhead on."""
        self._stamp += 1
        first = at // CHUNK
        last = min(first + AHEAD_CHUNKS, len(self.stamps)) - 1
        position = begin = max(0, first * CHUNK - round(RUN_IN_SECONDS * self.track.rate))
        stop = min((last + 1) * CHUNK, self.track.frames)
        dry, wet = [], []
        with opened(self.track.path) as file:
            file.seek(begin)
            with closing(processed(file, plugins, BLOCK_SECONDS)) as stream:
                for before, after in stream:
                    self._check(after)
                    dry.append(before)
                    wet.append(stereo(after))
                    position += after.shape[1]
                    if position >= stop:
                        break
        heard = np.concatenate(wet, 1)[:, first * CHUNK - begin : stop - begin]
        self.recording.write(first * CHUNK, heard)
        change = integrated(np.concatenate(wet, 1), self.track.rate) - integrated(stereo(np.concatenate(dry, 1)), self.track.rate)
        if np.isfinite(change) and np.isfinite(self.source_loudness):
            self.loudness = self.source_loudness + change
        self.stamps[first : last + 1] = self._stamp
        self._report(Rendered(first, last, self._stamp))

    def _exactly(self, plugins: Sequence[chain.Spec]) -> None:
        """The whole file in one pass."""
        self._stamp += 1
        analysis = Analysis(self.track.rate, self.track.frames)
        position = reported = 0
        with opened(self.track.path) as file, closing(processed(file, plugins, BLOCK_SECONDS)) as stream:
            for _, wet in stream:
                self._check(wet)
                folded = stereo(wet)
                self.recording.write(position, folded)
                analysis.add(folded)
                position += folded.shape[1]
                whole = len(self.stamps) if position >= self.track.frames else position // CHUNK
                if whole > reported:
                    self.stamps[reported:whole] = self._stamp
                    self._report(Rendered(reported, whole - 1, self._stamp))
                    reported = whole
        analysis.finish()
        with self._condition:
            if self._wanted is not None:
                raise SupersededError
            self.recording.analysis, self.loudness, self.complete = analysis, analysis.loudness, True
        self._report(Rendered(0, len(self.stamps) - 1, self._stamp, True))

    source_loudness: float = -np.inf
    """LUFS of the track, where it is known: the first estimate of the result's level is made from it."""

    def _check(self, wet: NDArray[Any]) -> None:
        if self._wanted is not None or self._closed:
            raise SupersededError
        if wet.size and not float(np.abs(wet).max()) < RUNAWAY:
            raise InputError("this chain runs away: its output is no sound any more", "Take the last change back (Ctrl+Z).")
