"""The chain at work on live sound: between JACK's ports, or between two sound devices.

Blocks of any length go in, and as many samples come out. A chain that looks ahead (the limiter) is late by as much, as every insert is.
"""

import ctypes.util
import os
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np
import pedalboard
from pedalboard.io import AudioStream

from plugins_daw import chain
from plugins_daw.rack import hosts
from shared_engine.errors import InputError
from shared_engine.types import FloatArray

FADE = 512
"""Samples over which a changed chain takes over from the one before."""


class LiveChain:
    """A chain for a stream of blocks (channels, samples). `change` may be called from another thread while it plays."""

    def __init__(self, specs: Sequence[chain.Spec], rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self._board = self._built(specs)
        self._next: pedalboard.Pedalboard | None = None
        self._late = np.zeros((channels, 0), np.float32)

    def change(self, specs: Sequence[chain.Spec]) -> None:
        """Another chain from the next block on; InputError, and the old one goes on, where it cannot be built."""
        self._next = self._built(specs)

    def __call__(self, block: FloatArray) -> FloatArray:
        board = self._next
        found = self._run(self._board, block)
        if board is not None:
            self._board, self._next = board, None
            found = self._handed_over(found, self._run(board, block))
        self._late = np.concatenate((self._late, found), 1)
        missing = block.shape[1] - self._late.shape[1]
        if missing > 0:
            self._late = np.concatenate((np.zeros((self.channels, missing), np.float32), self._late), 1)
        ready, self._late = self._late[:, : block.shape[1]], self._late[:, block.shape[1] :]
        return ready if np.isfinite(ready).all() else np.zeros_like(ready)

    def _built(self, specs: Sequence[chain.Spec]) -> pedalboard.Pedalboard:
        if hosts(specs):
            raise InputError("the chain holds plug-ins of your own", "Load those in your DAW: they work live there. Leave them out here.")
        return chain.board(specs, self.rate)

    def _run(self, board: pedalboard.Pedalboard, block: FloatArray) -> FloatArray:
        found: FloatArray = board(block, self.rate, buffer_size=max(block.shape[1], 1), reset=False)
        return found

    def _handed_over(self, old: FloatArray, new: FloatArray) -> FloatArray:
        length = min(old.shape[1], new.shape[1])
        if length == 0:
            return old
        ramp = np.minimum(np.arange(1, length + 1, dtype=np.float32) / min(FADE, length), 1)
        mixed: FloatArray = old[:, -length:] * (1 - ramp) + new[:, -length:] * ramp
        return np.concatenate((old[:, :-length], mixed), 1)


def _library() -> Any:
    """JACK-Client, with the libjack that UTSUSHI_LIBJACK names where it is not installed."""
    wanted = os.environ.get("UTSUSHI_LIBJACK")
    usual = ctypes.util.find_library
    try:
        if wanted:
            ctypes.util.find_library = lambda name: wanted if name == "jack" else usual(name)
        import jack
    finally:
        ctypes.util.find_library = usual
    return jack


class JackInsert:
    """A JACK client with `channels` inputs and outputs. Use it as a context manager; `connect` joins it to the sound card's own ports.

    `blocks`, `overruns`: how many blocks were processed, and how many times JACK reported that a client was late.
    """

    def __init__(self, specs: Sequence[chain.Spec], channels: int = 2, name: str = "utsushi", connect: bool = False) -> None:
        try:
            jack = _library()
        except (ImportError, OSError) as error:
            raise InputError(
                f"JACK is not here: {error}", "Install libjack (jackd2 or pipewire-jack), and `pip install JACK-Client`."
            ) from error
        try:
            self._client = jack.Client(name, no_start_server=True)
        except jack.JackError as error:
            raise InputError(
                f"no JACK server is running: {error}", "Start jackd or PipeWire first, for example `jackd -d dummy`."
            ) from error
        self.blocks = self.overruns = 0
        self._connect = connect
        self.chain = LiveChain(specs, int(self._client.samplerate), channels)
        self._inputs = [self._client.inports.register(f"in_{number + 1}") for number in range(channels)]
        self._outputs = [self._client.outports.register(f"out_{number + 1}") for number in range(channels)]
        self._client.set_process_callback(self._process)
        self._client.set_xrun_callback(self._overrun)
        self.ended = threading.Event()
        self._client.set_shutdown_callback(lambda status, reason: self.ended.set())

    def _process(self, frames: int) -> None:
        found = self.chain(np.stack([port.get_array() for port in self._inputs]).astype(np.float32))
        for port, row in zip(self._outputs, found, strict=True):
            port.get_array()[:] = row
        self.blocks += 1

    def _overrun(self, delayed: float) -> None:
        self.overruns += 1

    @property
    def ports(self) -> list[str]:
        return [port.name for port in (*self._inputs, *self._outputs)]

    def __enter__(self) -> "JackInsert":
        self._client.activate()
        if self._connect:
            sources = self._client.get_ports(is_physical=True, is_output=True, is_audio=True)
            sinks = self._client.get_ports(is_physical=True, is_input=True, is_audio=True)
            for port, mine in zip(sources, self._inputs, strict=False):
                self._client.connect(port, mine)
            for mine, port in zip(self._outputs, sinks, strict=False):
                self._client.connect(mine, port)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.deactivate(ignore_errors=True)
        self._client.close(ignore_errors=True)


class DeviceInsert:
    """The chain between two sound devices; None takes the default device. Use it as a context manager.

    Raises InputError where there is no such device, or it cannot be opened.
    """

    def __init__(self, specs: Sequence[chain.Spec], source: str | None, sink: str | None, rate: int) -> None:
        inputs, outputs = AudioStream.input_device_names, AudioStream.output_device_names
        for wanted, known, what in ((source, inputs, "input"), (sink, outputs, "output")):
            if wanted is not None and wanted not in known:
                raise InputError(f"there is no {what} device {wanted!r}", f"Choose one of: {', '.join(known) or 'none is there'}.")
        source = source or AudioStream.default_input_device_name or next(iter(inputs), None)
        sink = sink or AudioStream.default_output_device_name or next(iter(outputs), None)
        if not source or not sink:
            raise InputError("there is no sound device here", "Plug one in, or use --jack.")
        if hosts(specs):
            raise InputError("the chain holds plug-ins of your own", "Load those in your DAW: they work live there. Leave them out here.")
        self.source, self.sink = source, sink
        try:
            self.stream = AudioStream(source, sink, plugins=chain.board(specs, rate), sample_rate=rate, allow_feedback=True)
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(f"{source} to {sink} cannot be opened: {error}", "Is another program using it? Try another rate.") from error

    def check(self) -> None:
        """InputError where a device is gone. The stream does not say so: it would stand still, and seem to run."""
        for name, known in ((self.source, AudioStream.input_device_names), (self.sink, AudioStream.output_device_names)):
            if name not in known:
                raise InputError(f"the sound device {name!r} is gone", "Plug it in, or choose another, then start again.")

    def __enter__(self) -> "DeviceInsert":
        self.stream.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stream.__exit__(kind, error, trace)
