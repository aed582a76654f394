"""Requests of a host that may never wait: asked one after the other, answered from the host's own timer. No threads.

pump = Pump()
pump.ask("open", body, done=opened, failed=show, blobs=blobs)
timer.every(20 ms, pump.turn)
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .engine import Blobs, Engine, connect
from .errors import EngineError
from .patience import AWAY, PATIENCE
from .zmtp import LostConnectionError

TRY_SECONDS = 0.25
GREET_SECONDS = 1.0

Done = Callable[[dict[str, Any], Blobs], None]
Failed = Callable[[EngineError], None]


@dataclass
class Asked:
    """A request that waits for its turn or for its reply (then it has an `identity`)."""

    type: str
    body: Mapping[str, Any]
    blobs: Blobs
    done: Done
    failed: Failed
    slot: str
    identity: str = field(default="")


class Pump:
    """Keeps an attachment to the engine, starting one where it may. Every request is repeated where the engine was lost meanwhile."""

    def __init__(self, start: bool = True, pure: bool = False, patience: float = PATIENCE) -> None:
        self._start, self._pure, self._patience = start, pure, patience
        self._engine: Engine | None = None
        self._waiting: list[Asked] = []
        self._session = ""
        self._try_at = 0.0
        self._away_since: float | None = None
        self._starting: Any = None
        self.restarts = 0
        self.trouble: EngineError | None = None
        """Why there is no engine at the moment."""

    @property
    def busy(self) -> bool:
        """Whether a reply is awaited."""
        return bool(self._waiting)

    @property
    def attached(self) -> bool:
        return self._engine is not None

    def ask(
        self, type: str, body: Mapping[str, Any], done: Done, failed: Failed, blobs: Blobs = (), slot: str = "", soon: bool = False
    ) -> None:
        """Puts a request in line, before all others that wait where it is wanted `soon`; exactly one of `done` and `failed` is called, by
        `turn`.

        A request that still waits gives way to a newer one of the same `slot`, and is then never answered: of a slider's many positions
        only the last one counts.
        """
        if slot:
            self.drop(slot)
        sent = sum(bool(one.identity) for one in self._waiting)
        self._waiting.insert(sent if soon else len(self._waiting), Asked(type, body, blobs, done, failed, slot))

    def drop(self, slot: str) -> None:
        """Takes back what waits in `slot`; of what was sent already the reply is not told any more."""
        for one in self._waiting:
            if one.slot == slot and one.identity:
                one.done = one.failed = _nobody
        self._waiting = [one for one in self._waiting if one.slot != slot or one.identity]

    def turn(self) -> bool:
        """Does what can be done at once -> whether something was answered. Call it from a timer, and again at once where it was."""
        if not self._waiting or not self._attach():
            return False
        assert self._engine is not None
        first = self._waiting[0]
        try:
            if not first.identity:
                first.identity = self._engine.post(first.type, first.body, first.blobs)
            answer = self._engine.collect(first.identity)
        except LostConnectionError:
            self._lose()
            return False
        except EngineError as error:
            self._waiting.pop(0)
            first.failed(error)
            return True
        if answer is None:
            return False
        self._waiting.pop(0)
        first.done(*answer)
        return True

    def finish(self, seconds: float) -> None:
        """Waits until everything has been answered, at most so long: for the moment before a window goes away."""
        deadline = time.monotonic() + seconds
        while self._waiting and time.monotonic() < deadline:
            if not self.turn():
                time.sleep(0.005)

    def close(self) -> None:
        """Lets go of the engine, which goes on. What waits is never answered."""
        self._waiting.clear()
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _lose(self) -> None:
        assert self._engine is not None
        self._engine.close()
        self._engine = None
        for one in self._waiting:
            one.identity = ""

    def _attach(self) -> bool:
        """Whether there is an engine; looks for one now and then, starts one, gives up after `patience`."""
        now = time.monotonic()
        if self._engine is not None:
            return True
        if now < self._try_at:
            return False
        try:
            self._engine = connect(start=False, timeout=GREET_SECONDS, pure=self._pure)
        except EngineError as error:
            self._try_at = now + TRY_SECONDS
            self._missing(error, now)
            return False
        self.restarts += self._session not in ("", self._engine.session)
        self._session, self._away_since, self._starting, self.trouble = self._engine.session, None, None, None
        return True

    def _missing(self, error: EngineError, now: float) -> None:
        self._away_since = self._away_since or now
        try:
            if self._start and error.code in AWAY and (self._starting is None or self._starting.gave_way()):
                from .. import launcher

                self._starting = launcher.start()
        except EngineError as failure:
            error = failure
        self.trouble = error
        if error.code not in AWAY or now > self._away_since + self._patience:
            self._away_since = None
            given_up, self._waiting = self._waiting, []
            for one in given_up:
                one.failed(error)


def _nobody(*_: object) -> None:
    """Hears the reply to a request that was taken back."""
