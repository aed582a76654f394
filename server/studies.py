"""The studies of a running engine: which wait, run and have ended, on whose behalf, and how they are found again after a restart.

What has ended, and what an earlier engine left, is on disk (store.py); only what waits or runs is held here. Everything runs on the
loop's thread; what takes long is a job of the pool.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from server.loop import Loop
from server.pool import Job, Pool
from server.protocol import messages
from server.protocol.arrays import Array, Buffer
from server.protocol.messages import Draft, Error, Failure, StatusReply
from server.store import Folder, Store
from server.worker import failure

LEASE_SECONDS = 120.0
"""A study about which its host has asked nothing for so long is stopped; its best is kept."""

CLOSE_SECONDS = 10.0
"""A worker that does not stop within this time for a study that nobody wants any more is killed."""

SWEEP_SECONDS = 3600.0

DRAWN_SIDE = 256
"""Longer side of the pictures that a host is asked to render, in pixels."""

Answer = Callable[..., None]
"""Called once, with the reply and its blobs."""

BUSY = Error("busy", "the engine has as much work as it takes", "Wait until a study has ended, or stop one.")


class Running:
    """A study that waits or runs."""

    def __init__(self, folder: Folder, status: StatusReply) -> None:
        self.folder = folder
        self.status = status
        self.job: Job | None = None
        self.heard = time.monotonic()
        self.closed: float | None = None
        self.asked: dict[str, messages.Wanted] = {}
        self.draft: tuple[Draft, tuple[bytes, ...]] | None = None

    def told(self, known: str | None) -> tuple[Any, ...]:
        """The status, with the draft and its blob where the host asks for one and has another."""
        status = replace(self.status, asks=len(self.asked))
        if known is None or self.draft is None or self.draft[0].id == known:
            return (status,)
        draft, blobs = self.draft
        return replace(status, draft=draft), blobs


class Studies:
    """Answers every request that is about studies."""

    def __init__(self, loop: Loop, store: Store, pool: Pool) -> None:
        self._loop = loop
        self._store = store
        self._pool = pool
        self._running: dict[str, Running] = {}
        self._disk = ThreadPoolExecutor(1, "utsushi-disk")
        self._swept = 0.0

    def __len__(self) -> int:
        return len(self._running)

    def open(self, body: bytes, blobs: Sequence[Buffer], answer: Answer) -> None:
        """Keeps the study on disk, then starts it; answers when it is safe there."""
        if self._pool.full:
            answer(BUSY)
            return
        saving = self._disk.submit(self._store.create, body, blobs)
        saving.add_done_callback(lambda saved: self._loop.post(lambda: self._opened(saved, answer)))

    def status(self, request: messages.Status, answer: Answer) -> None:
        running = self._find(request.study)
        if running is not None:
            answer(*running.told(request.draft))
            return
        folder = self._store.find(request.study)
        ended = folder.outcome() if folder else None
        answer(_unknown(request.study) if ended is None else _ended(request.study, ended))

    def ask(self, request: messages.Ask, answer: Answer) -> None:
        running = self._find(request.study)
        wanted = tuple(running.asked.values()) if running else ()
        answer(messages.Asked(request.study, wanted, DRAWN_SIDE) if running or self._store.find(request.study) else _unknown(request.study))

    def tell(self, request: messages.Tell, blobs: Sequence[Buffer], answer: Answer) -> None:
        """Passes on what is waited for; anything else was told before, or belongs to an earlier engine's questions."""
        running = self._find(request.study)
        if running is None:
            answer(messages.Told(request.study, 0) if self._store.find(request.study) else _unknown(request.study))
            return
        new = [render for render in request.renders if running.asked.pop(render.id, None)]
        if new and running.job:
            self._pool.tell(running.job, [(render.id, render.array, bytes(blobs[render.array.blob])) for render in new])
        answer(messages.Told(request.study, len(running.asked)))

    def result(self, request: messages.Result, answer: Answer) -> None:
        running = self._find(request.study)
        if running is not None:
            waiting = Error("state", f"the study is {running.status.state}", "Wait until its status says done, or stop it.")
            answer(_as_error(running.status.error) if running.status.error else waiting)
            return
        folder = self._store.find(request.study)
        ended = folder.outcome() if folder else None
        if folder is None or ended is None:
            answer(_unknown(request.study))
        elif ended["error"]:
            answer(Error(**ended["error"]))
        elif ended["imitation"] is None:
            answer(Error("state", "the study was stopped before it began", "Start it again."))
        elif request == messages.Result(request.study):
            answer(messages.ResultReply(request.study, ended["imitation"]))
        else:
            self._ask("result", (folder.path, request), answer, _result(request.study))

    def tools(self, request: messages.Tools, answer: Answer) -> None:
        self._ask("tools", (request.renderer, request.available), answer, lambda tools: (messages.ToolsReply(tuple(tools)),))

    def read(self, request: messages.Read, answer: Answer) -> None:
        self._ask("read", (request,), answer, lambda reply: (reply,))

    def stop(self, request: messages.Stop, answer: Answer) -> None:
        """Stopping what has ended changes nothing."""
        running = self._running.get(request.study)
        if self._store.find(request.study) is None or (running is not None and running.closed is not None):
            answer(_unknown(request.study))
            return
        if running is not None:
            self._stop(request.study, running)
        answer(messages.Stopped(request.study))

    def close(self, request: messages.Close, answer: Answer) -> None:
        """Closing what is not there changes nothing either, so that a host may repeat it."""
        running = self._running.get(request.study)
        if running is not None:
            running.closed = time.monotonic()
            self._stop(request.study, running)
        else:
            folder = self._store.find(request.study)
            if folder is not None:
                folder.remove()
        answer(messages.Closed(request.study))

    def tick(self) -> None:
        """Housekeeping, about once a second: leases, old studies."""
        now = time.monotonic()
        for study, running in list(self._running.items()):
            if now - running.heard > LEASE_SECONDS:
                self._stop(study, running)
            if running.closed is not None and now - running.closed > CLOSE_SECONDS and running.job is not None:
                self._pool.kill(running.job)
        if not self._swept or now - self._swept > SWEEP_SECONDS:
            self._swept = now
            self._disk.submit(self._store.sweep)

    def end(self) -> None:
        self._disk.shutdown(cancel_futures=True)

    def _opened(self, saved: Any, answer: Answer) -> None:
        error = saved.exception()
        if error is not None:
            answer(_as_error(failure(error)))
            return
        study = saved.result()
        folder = self._store.find(study)
        if folder is not None:
            self._start(study, folder)
        answer(messages.Opened(study))

    def _find(self, study: str) -> Running | None:
        """A study that waits or runs, its lease renewed. One that an earlier engine left unfinished goes on from its journal."""
        running = self._running.get(study)
        if running is None:
            folder = self._store.find(study)
            if folder is None or folder.outcome() is not None:
                return None
            running = self._start(study, folder)
        if running.closed is not None:
            return None
        running.heard = time.monotonic()
        return running

    def _start(self, study: str, folder: Folder) -> Running:
        running = Running(folder, StatusReply(study, "waiting"))
        self._running[study] = running
        running.job = Job(
            "search",
            (folder.path,),
            done=lambda state: self._ended(study, running),
            failed=lambda why: self._failed(study, running, why),
            progress=lambda fields: self._progressed(running, fields),
            asks=lambda candidates: self._asked(running, candidates),
        )
        self._pool.submit(running.job)
        return running

    def _stop(self, study: str, running: Running) -> None:
        if running.job is None:
            self._ended(study, running)
        elif not self._pool.stop(running.job):
            running.folder.end({"state": "stopped", "imitation": None, "error": None})
            self._ended(study, running)

    def _progressed(self, running: Running, fields: dict[str, Any]) -> None:
        if newer := fields.pop("draft", None):
            described, blob = newer
            running.draft = Draft(**described), (blob,) if blob else ()
        running.status = replace(running.status, state="running", **fields)

    def _asked(self, running: Running, candidates: list[dict[str, Any]]) -> None:
        running.asked = {one["id"]: messages.Wanted(one["id"], tuple(one["recipe"])) for one in candidates}

    def _failed(self, study: str, running: Running, why: Failure) -> None:
        running.status = replace(running.status, state="failed", error=why)
        running.job = None
        if running.closed is None:
            # Where the disk is full this raises, and the study stays here as it is: failed, and able to say so.
            running.folder.end({"state": "failed", "imitation": None, "error": vars(why)})
        self._ended(study, running)

    def _ended(self, study: str, running: Running) -> None:
        del self._running[study]
        if running.closed is not None:
            running.folder.remove()

    def _ask(self, task: Any, arguments: tuple[Any, ...], answer: Answer, reply: Callable[[Any], tuple[Any, ...]]) -> None:
        if self._pool.full:
            answer(BUSY)
            return
        self._pool.submit(Job(task, arguments, done=lambda found: answer(*reply(found)), failed=lambda why: answer(_as_error(why))))


def _result(study: str) -> Callable[[Any], tuple[Any, ...]]:
    def reply(found: tuple[dict[str, Any], dict[str, Any] | None, bytes]) -> tuple[Any, ...]:
        imitation, described, blob = found
        if described is None:
            return (messages.ResultReply(study, imitation),)
        return messages.ResultReply(study, imitation, Array(**described)), (blob,)

    return reply


def _ended(study: str, outcome: dict[str, Any]) -> StatusReply:
    found = outcome["imitation"]
    reply = StatusReply(study, outcome["state"], fraction=1.0, eta=0.0)
    if outcome["error"]:
        return replace(reply, error=Failure(**outcome["error"]))
    if found is None:
        return reply
    return replace(reply, evaluations=found["evaluations"], score=found["score"]["total"], baseline=found["baseline"]["total"])


def _unknown(study: str) -> Error:
    return Error("unknown", f"there is no study {study}", "It was closed, or is older than a day: start it again.")


def _as_error(why: Failure) -> Error:
    return Error(why.code, why.what, why.remedy)
