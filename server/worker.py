"""A worker process: runs searches and answers questions about their results, one at a time, off the socket's thread.

It obeys its pipe alone and ends itself when the pipe closes, so that no worker outlives a killed engine.
"""

import contextlib
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection as Pipe
from typing import Any

from server.connection import log_file
from server.protocol.arrays import Array
from server.protocol.messages import Failure, Refusal, ValuesReply
from shared_engine.errors import Interrupted

log = logging.getLogger("utsushi")

STOP_SECONDS = 0.2
"""How soon a search that waits for the host notices that it shall stop."""

LOG_FORMAT = "%(asctime)s %(process)d %(levelname)s %(message)s"


class Desk:
    """The worker's side of the pipe: a thread reads it, so that `stop` and the engine's end are noticed in the middle of a search."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._jobs: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[list[tuple[str, Array, bytes]]] = queue.SimpleQueue()
        self._stop = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def next_job(self) -> tuple[str, tuple[Any, ...]]:
        return self._jobs.get()

    def stopped(self) -> bool:
        return self._stop.is_set()

    def tell(self, kind: str, content: Any = None) -> None:
        self._pipe.send((kind, content))

    def exchange(self, candidates: list[dict[str, Any]]) -> list[tuple[Array, bytes]]:
        """Has the host render candidates -> their arrays and blobs, in their order. Raises Interrupted when it is told to stop."""
        found: dict[str, tuple[Array, bytes]] = {}
        self.tell("asks", candidates)
        while not all(one["id"] in found for one in candidates):
            if self.stopped():
                raise Interrupted
            with contextlib.suppress(queue.Empty):
                found.update({name: (array, blob) for name, array, blob in self._told.get(timeout=STOP_SECONDS)})
        return [found[one["id"]] for one in candidates]

    def _read(self) -> None:
        while True:
            try:
                task, arguments = self._pipe.recv()
            except (EOFError, OSError):
                task, arguments = "end", ()
            if task == "end":
                # Told to, or the engine is gone. Nothing to save: the journal is durable at every step.
                os._exit(0)
            elif task == "stop":
                self._stop.set()
            elif task == "told":
                self._told.put(arguments)
            else:
                self._stop.clear()
                self._jobs.put((task, arguments))


def main(pipe: Pipe) -> None:
    """The process's entry point."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the engine's terminal is the engine's to handle
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=LOG_FORMAT)
    desk = Desk(pipe)
    from server import looks, tasks

    try:
        tasks.warm()
    except ImportError:
        log.exception("the engine is not completely installed")
    desk.tell("ready")
    known: dict[str, Callable[..., Any]] = {
        "search": lambda path: tasks.search(path, lambda progress: desk.tell("progress", progress), desk.stopped, desk.exchange),
        "result": looks.result,
        "read": lambda asked: values_reply(*looks.read(asked)),
        "tools": tasks.tools,
    }
    while True:
        task, arguments = desk.next_job()
        try:
            answer = known[task](*arguments)
        except Exception as error:  # whatever a renderer or proposer of others raises must reach the host as an answer
            why = failure(error)
            log.log(logging.ERROR if why.code == "internal" else logging.INFO, "%s: %s", task, why.what, exc_info=why.code == "internal")
            desk.tell("failed", why)
        else:
            desk.tell("done", answer)
            if task == "tools":  # a host that asks for them has opened its window: a search will follow
                with contextlib.suppress(Exception):  # the search itself will say what is wrong
                    tasks.rehearse(*arguments)


def values_reply(values: Mapping[str, Any], refused: Sequence[tuple[int, Exception]]) -> ValuesReply:
    return ValuesReply(values, tuple(Refusal(**vars(failure(error)), index=index) for index, error in refused))


def failure(error: Exception) -> Failure:
    """An exception as the host will read it."""
    remedy = getattr(error, "remedy", None)
    if remedy is not None:
        return Failure(str(getattr(error, "code", "error")), str(error), str(remedy))
    if isinstance(error, MemoryError):
        return Failure("memory", "there is not enough memory for this study", "Send a smaller picture or a shorter sound.")
    if isinstance(error, ImportError):
        return Failure("install", f"something is not installed: {error}", "Run `utsushi doctor`.")
    if isinstance(error, OSError):
        return Failure("disk", str(error), "Check that the disk has room and the folder may be written to.")
    remedy = f"This is a fault of Utsushi or of an extension; the details are in {log_file()}, or in the terminal of `utsushi serve`."
    return Failure("internal", f"{type(error).__name__}: {error}", remedy)
