"""Worker processes and the jobs they do. A worker that dies takes its own job with it and nothing else.

`size` workers search. When an answer (a result at another strength, a preview) is wanted while all of them are busy, one more is
started that only answers. Everything here runs on the loop's thread, except one reader thread a worker that forwards its pipe.
"""

import logging
import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any, Literal

from server import worker
from server.loop import Loop
from server.protocol.arrays import Array
from server.protocol.messages import Failure

log = logging.getLogger("utsushi")

WAITING = 32
"""Jobs that may wait; more are refused as ``busy``."""

END_SECONDS = 2.0


@dataclass(eq=False)
class Job:
    """One piece of work. Exactly one of `done` and `failed` is called, on the loop's thread; `progress` any number of times before, and
    `asks` with the candidates that the search wants the host to render."""

    task: Literal["search", "result", "read", "tools"]
    arguments: tuple[Any, ...]
    done: Callable[[Any], None]
    failed: Callable[[Failure], None]
    progress: Callable[[dict[str, Any]], None] = field(default=lambda progress: None)
    asks: Callable[[list[dict[str, Any]]], None] = field(default=lambda candidates: None)

    @property
    def is_search(self) -> bool:
        return self.task == "search"


class Worker:
    """One process and the pipe to it."""

    def __init__(self, loop: Loop, heard: Callable[["Worker", tuple[Any, ...]], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=worker.main, args=(theirs,), daemon=True, name="utsushi-worker")
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.ready = False
        threading.Thread(target=_forward, args=(self, self.pipe, loop, heard), daemon=True).start()

    def give(self, job: Job) -> None:
        self.job = job
        self._send((job.task, job.arguments))

    def stop(self) -> None:
        self._send(("stop", ()))

    def told(self, renders: list[tuple[str, Array, bytes]]) -> None:
        self._send(("told", renders))

    def end(self) -> None:
        """Asks it to end; one that does not is killed. Its reader closes the pipe."""
        self._send(("end", ()))
        self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _send(self, message: tuple[str, Any]) -> None:
        try:
            self.pipe.send(message)
        except OSError:  # closed or broken
            log.debug("a worker died before it could be told: its reader will report it")


def _forward(sender: Worker, pipe: Pipe, loop: Loop, heard: Callable[[Worker, tuple[Any, ...]], None]) -> None:
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            message = ("died",)
        loop.post(lambda message=message: heard(sender, message))  # type: ignore[misc]
        if message == ("died",):
            pipe.close()
            return


class Pool:
    """Gives jobs to workers: answers first, searches in the order in which they came."""

    def __init__(self, loop: Loop, size: int) -> None:
        self._loop = loop
        self._size = size
        self._jobs: deque[Job] = deque()
        self._workers: list[Worker] = []
        self._ending = False

    @property
    def full(self) -> bool:
        return len(self._jobs) >= WAITING

    @property
    def busy(self) -> bool:
        return bool(self._jobs) or any(one.job for one in self._workers)

    def warm(self) -> None:
        """Starts the first worker, so that it has imported what a search needs by the time the first one comes."""
        if not self._workers:
            self._start()

    def submit(self, job: Job) -> None:
        self._jobs.append(job)
        self._dispatch()

    def stop(self, job: Job) -> bool:
        """Asks the worker that does `job` to stop; takes it from the queue where none does -> False: nothing will be called for it."""
        if job in self._jobs:
            self._jobs.remove(job)
            return False
        for one in self._workers:
            if one.job is job:
                one.stop()
        return True

    def tell(self, job: Job, renders: list[tuple[str, Array, bytes]]) -> None:
        """Hands what the host rendered to the worker that waits for it."""
        for one in self._workers:
            if one.job is job:
                one.told(renders)

    def kill(self, job: Job) -> None:
        """Ends the worker that does `job`, which fails with it."""
        for one in self._workers:
            if one.job is job:
                one.process.kill()

    def close(self) -> None:
        self._ending = True
        for one in self._workers:
            one.end()

    def _dispatch(self) -> None:
        while (job := self._next()) is not None:
            idle = next((one for one in self._workers if one.job is None), None)
            if idle is None:
                if len(self._workers) >= self._size + (not job.is_search):
                    return
                idle = self._start()
            self._jobs.remove(job)
            idle.give(job)

    def _next(self) -> Job | None:
        """An answer if one waits, else a search if fewer than `size` are running."""
        searching = sum(one.job is not None and one.job.is_search for one in self._workers)
        answers = (job for job in self._jobs if not job.is_search)
        searches = (job for job in self._jobs if job.is_search and searching < self._size)
        return next(answers, None) or next(searches, None)

    def _start(self) -> Worker:
        started = Worker(self._loop, self._heard)
        self._workers.append(started)
        return started

    def _heard(self, sender: Worker, message: tuple[Any, ...]) -> None:
        if self._ending:
            return
        job, kind = sender.job, message[0]
        if kind == "ready":
            sender.ready = True
        elif kind == "progress" and job:
            job.progress(message[1])
        elif kind == "asks" and job:
            job.asks(message[1])
        elif kind in ("done", "failed") and job:
            sender.job = None
            try:
                (job.done if kind == "done" else job.failed)(message[1])
            finally:
                self._dispatch()
        elif kind == "died":
            self._bury(sender)

    def _bury(self, dead: Worker) -> None:
        dead.end()
        self._workers.remove(dead)
        log.warning("worker %s ended with status %s", dead.process.pid, dead.process.exitcode)
        if dead.ready:
            # One that never got ready would only die again; it is replaced when there is work.
            self.warm()
        try:
            if dead.job:
                dead.job.failed(_obituary(dead))
        finally:
            self._dispatch()


def _obituary(dead: Worker) -> Failure:
    status = dead.process.exitcode
    how = f"was killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
    when = "at its work" if dead.ready else "before it was ready"
    return Failure(
        "worker", f"the worker process {how} {when}", "Try again. If it happens again, memory may be short: see `utsushi doctor`."
    )
