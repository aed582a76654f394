"""Chains that hold plug-ins of the user's own, at work in child processes: many candidates at once, or one sound block by block."""

import os
import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import TracebackType

import numpy as np

from plugins_daw import chain
from plugins_daw.vst3_process import ANSWER_SECONDS, LOAD_SECONDS, PATIENCE, PluginError, PluginGoneError, Process
from shared_engine.types import FloatArray

DEATHS = 4
"""A study gives a plug-in up when so many renders in a row killed it."""

TRIES = 2
"""What a plug-in died of is tried again: some crash now and then, over nothing in particular (LSP's equaliser at 16 kHz)."""


def hosts(specs: Sequence[chain.Spec]) -> bool:
    """Whether a chain holds a plug-in that needs a process of its own."""
    return any(chain.is_hosted(spec) for spec in specs)


def names(specs: Sequence[chain.Spec]) -> str:
    return ", ".join(spec["name"] for spec in specs if chain.is_hosted(spec))


class Rack:
    """A few child processes, each with a board of its own."""

    def __init__(self, size: int) -> None:
        self._free: queue.SimpleQueue[Process] = queue.SimpleQueue()
        for _ in range(size):
            self._free.put(Process())
        self._size = size
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="rack")
        self._deaths = 0

    def render(self, data: FloatArray, rate: int, chains: Sequence[Sequence[chain.Spec]]) -> FloatArray:
        """`data` (channels, samples) through each chain -> (chains, channels, samples); NaN throughout where a plug-in failed.

        Raises PluginError where all of them failed, or one plug-in died time after time.
        """
        out = np.full((len(chains), *data.shape), np.nan, np.float32)
        refusals: list[PluginError] = []

        def work(first: int) -> None:
            process = self._free.get()
            try:
                self._work(process, data, rate, chains, out, list(range(first, len(chains), self._size)), refusals)
            finally:
                self._free.put(process)

        list(self._threads.map(work, range(min(self._size, len(chains)))))
        if len(refusals) == len(chains):
            raise PluginError(f"{names(chains[0])}: {refusals[0]}", refusals[0].remedy)
        return out

    def _work(
        self,
        process: Process,
        data: FloatArray,
        rate: int,
        chains: Sequence[Sequence[chain.Spec]],
        out: FloatArray,
        left: list[int],
        refusals: list[PluginError],
    ) -> None:
        """Renders the chains in `left` on one process, and goes on when a plug-in took the process with it."""
        tries = TRIES
        while left:
            try:
                for found in process.render(data, rate, [chains[index] for index in left]):
                    index = left.pop(0)
                    if isinstance(found, PluginError):
                        refusals.append(found)
                    else:
                        out[index] = found
                    self._deaths, tries = 0, TRIES
            except PluginGoneError as error:
                self._deaths, tries = self._deaths + 1, tries - 1
                if self._deaths >= DEATHS:
                    self._deaths = 0
                    raise PluginError(f"{names(chains[left[0]])}: {error}, {DEATHS} times", error.remedy) from error
                if not tries:
                    left.pop(0)
                    tries = TRIES

    def close(self) -> None:
        self._threads.shutdown()
        while not self._free.empty():
            self._free.get().close()


@cache
def rack() -> Rack:
    """The one of this process: plug-ins take seconds to load, and stay for the next study."""
    return Rack(os.cpu_count() or 1)


class Player:
    """One chain that a sound goes through block by block; in this process where it holds built-in effects alone."""

    def __init__(self, specs: Sequence[chain.Spec], rate: int, channels: int) -> None:
        self._board = None if hosts(specs) else chain.board(specs, rate)
        self._rate, self._channels = rate, channels
        self._process = Process()
        if self._board is not None:
            self._board.reset()
        else:
            self._process.ask({"do": "open", "rate": float(rate), "channels": channels, "chain": list(specs)}, seconds=4 * LOAD_SECONDS)

    def __call__(self, block: FloatArray) -> FloatArray:
        """A block (channels, samples); fewer samples come out at first where a plug-in looks ahead. PluginError where one failed."""
        if self._board is not None:
            out: FloatArray = self._board(block, self._rate, reset=False)
            return out
        seconds = ANSWER_SECONDS + PATIENCE * block.shape[1] / self._rate
        _, payload = self._process.ask({"do": "block"}, np.ascontiguousarray(block, np.float32).tobytes(), seconds)
        return np.frombuffer(payload, np.float32).reshape(self._channels, -1)

    def __enter__(self) -> "Player":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.close()
