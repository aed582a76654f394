"""The engine's side of a child process that holds plug-ins: requests with a time limit, and an error where it died or hung."""

import os
import queue
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from plugins_daw import chain
from plugins_daw.vst3_child import BLOCK, receive, send
from shared_engine.errors import UtsushiError
from shared_engine.types import FloatArray

LAUNCHER = "UTSUSHI_VST3_LAUNCHER"
"""A command that the child's Python is run by: another processor architecture (`arch -x86_64`), another C library."""

LOAD_SECONDS = 60.0
"""The slowest plug-in seen (184 effects in one file) takes ten."""

ANSWER_SECONDS = 15.0
"""For everything that needs no loading."""

PATIENCE = 15.0
"""A sound may take so many times its own length beside that; then the plug-in counts as hung."""


class PluginError(UtsushiError):
    """A plug-in cannot be used: it does not load, crashed, hung, or makes no sound. The session goes on without it."""

    code = "plugin"


class PluginGoneError(PluginError):
    """The child process died or hung over the last request; the next one starts another."""


class Process:
    """One child process, started with the first request and again after it died. Not for two threads at once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None] = queue.SimpleQueue()
        self._loaded = False

    def tell(self, header: Mapping[str, Any], payload: bytes = b"") -> None:
        """Sends a request; its replies are waited for with `reply`."""
        if self._process is None:
            self._start()
        assert self._process is not None and self._process.stdin is not None
        try:
            send(self._process.stdin, header, payload)
        except OSError as error:
            raise self._gone("died") from error

    def reply(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The next reply. PluginGoneError where none came in time; PluginError with the plug-in's own words where it refused."""
        try:
            found = self._replies.get(timeout=seconds)
        except queue.Empty:
            raise self._gone(f"did not answer within {seconds:.0f} s") from None
        if found is None:
            raise self._gone("crashed")
        if "error" in found[0]:
            raise PluginError(f"the plug-in refused: {found[0]['error']}", "Try it in another host, or leave it out.")
        return found

    def ask(self, header: Mapping[str, Any], payload: bytes = b"", seconds: float = ANSWER_SECONDS) -> tuple[dict[str, Any], bytes]:
        self.tell(header, payload)
        return self.reply(seconds)

    def render(
        self, data: FloatArray, rate: int, chains: Sequence[Sequence[chain.Spec]], block: int = BLOCK
    ) -> Iterator[FloatArray | PluginError]:
        """`data` (channels, samples) through each chain, in turn, a plug-in getting `block` samples at a time; its refusal in place of a
        sound. Take all of them: what is not taken would be read as the answer to the next request. Raises PluginGoneError."""
        header = {"do": "render", "rate": float(rate), "channels": len(data), "chains": chains, "block": block}
        self.tell(header, np.ascontiguousarray(data, np.float32).tobytes())
        for _ in chains:
            try:
                _, payload = self.reply((ANSWER_SECONDS if self._loaded else LOAD_SECONDS) + PATIENCE * data.shape[1] / rate)
                yield np.frombuffer(payload, np.float32).reshape(data.shape)
            except PluginGoneError:
                raise
            except PluginError as error:
                yield error
            self._loaded = True

    def close(self) -> None:
        """Ends the child, however busy it is."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:
                        continue

    def _start(self) -> None:
        command = [*shlex.split(os.environ.get(LAUNCHER, "")), sys.executable, "-m", "plugins_daw.vst3_child"]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise PluginError(f"no process for plug-ins could be started: {error}", f"Check {LAUNCHER}, where it is set.") from error
        self._replies, self._loaded = queue.SimpleQueue(), False
        threading.Thread(target=_read, args=(self._process, self._replies), daemon=True).start()
        self.reply(LOAD_SECONDS)

    def _gone(self, how: str) -> PluginGoneError:
        self.close()
        return PluginGoneError(f"the plug-in {how}", "Leave it out, or try an older or newer version of it.")


def _read(process: "subprocess.Popen[bytes]", replies: "queue.SimpleQueue[tuple[dict[str, Any], bytes] | None]") -> None:
    """The thread that takes what the child sends, until it is gone."""
    assert process.stdout is not None
    try:
        while True:
            replies.put(receive(process.stdout))
    except (EOFError, OSError, ValueError):
        replies.put(None)
