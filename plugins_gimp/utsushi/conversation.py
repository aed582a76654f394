"""One study as the plug-in sees it: asked for in a thread of its own, so that GIMP's window stays alive meanwhile."""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from strings import _, engine_words, mark

from server.client import Blobs, Engine, EngineError, Patience, connect

POLL_SECONDS = 0.2

LAST_WORDS_SECONDS = 15.0
"""For how long a window that closes waits until the engine knows that nothing more is wanted."""

SERVE_SECONDS, NEXT_SECONDS = 0.1, 0.01
"""For how long the host's own thread renders in one go, and how long it waits for the next candidate: its window stays alive."""

BACK_AGAIN = mark("The engine had stopped in the middle of the search. It was found again and the search went on where it was.")


class EnoughError(Exception):
    """Nobody renders any more, or nobody wants the answer: the search was stopped."""


@dataclass(frozen=True)
class State:
    """What to show: `fraction` in 0..1, `eta` in seconds, `closer`: how much of the way the best so far has gone (0..1)."""

    text: str
    fraction: float = 0.0
    eta: float | None = None
    closer: float | None = None

    def __str__(self) -> str:
        parts = [self.text]
        if self.closer is not None:
            parts.append(_("{closer:.0f} % of the proposed look").format(closer=100 * self.closer))
        if self.eta is not None:
            parts.append(_("about {seconds} s left").format(seconds=max(1, round(self.eta))))
        return ", ".join(parts)


class Conversation(threading.Thread):
    """Opens a study, follows it, fetches its answer. Start it, look at `state` until it is no longer alive, then ask for `answer`."""

    def __init__(self, body: Mapping[str, Any], blobs: Sequence[bytes], attach: Callable[[], Engine] = connect) -> None:
        super().__init__(name="utsushi-conversation", daemon=True)
        self.notes: list[str] = []
        self.study = ""
        self.state = State(_("Looking for the engine"))
        self._body, self._blobs, self._attach = body, blobs, attach
        self._enough = threading.Event()
        self._wanted: queue.SimpleQueue[tuple[Sequence[Mapping[str, Any]], Future[tuple[bytes, int, int]]]] = queue.SimpleQueue()
        self._unwanted = False
        self._patience = Patience(self._missed)
        self._answer: dict[str, Any] | None = None
        self._error: EngineError | None = None

    def keep_best(self) -> None:
        """Ends the search soon; `answer` is then the best so far."""
        self._enough.set()

    def abandon(self) -> None:
        """Ends the search soon, and nobody will ask for its answer."""
        self._unwanted = True
        self._enough.set()

    def serve(self, render: Callable[[Sequence[Mapping[str, Any]]], bytes], width: int, height: int) -> None:
        """Renders what the search waits for; called on the host's own thread, again and again while this one is alive.

        `render`: a recipe -> (height, width, 4) float32 R'G'B'A in sRGB.
        """
        until = time.monotonic() + SERVE_SECONDS
        while time.monotonic() < until:
            try:
                recipe, drawn = self._wanted.get(timeout=NEXT_SECONDS)
            except queue.Empty:
                return
            try:
                drawn.set_result((render(recipe), width, height))
            except Exception as error:  # whatever GIMP says belongs to the thread that asked
                drawn.set_exception(error)

    def answer(self) -> dict[str, Any]:
        """The imitation as the engine's JSON, once the thread has ended. Raises EngineError."""
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer

    def run(self) -> None:
        try:
            with self._attach() as engine:
                self.study = engine.open(self._body, self._blobs)
                self._follow(engine)
                if self._unwanted:
                    engine.forget(self.study)
                    return
                self.state = State(_("Fetching the answer"), 1.0)
                self._answer = self._patience.until(lambda: engine.result(self.study)[0])
                with suppress(EngineError):  # an engine that has just gone sweeps it away by itself, a day later
                    engine.forget(self.study)
                if engine.restarts:
                    self.notes.append(_(BACK_AGAIN))
        except EngineError as error:
            self._error = error
        except Exception as error:  # a thread's exception would be lost, and the window would wait for nothing
            self._error = EngineError(
                "internal", f"{type(error).__name__}: {error}", _("This is a fault of the plug-in; please report it.")
            )

    def _follow(self, engine: Engine) -> None:
        """Until the study has ended, without rendering for it where it shall end soon; at once where nobody wants it any more."""
        for draw in (self._draw, None):
            try:
                self._patience.until(lambda draw=draw: engine.follow(self.study, self._report, POLL_SECONDS, draw))  # type: ignore[misc]
                return
            except EnoughError:
                if self._unwanted:
                    return

    def _draw(self, recipe: Sequence[Mapping[str, Any]], side: int, blobs: Blobs) -> Mapping[str, Any]:
        """Has the host's own thread render a candidate. Raises EnoughError when the search shall end meanwhile."""
        drawn: Future[tuple[bytes, int, int]] = Future()
        self._wanted.put((recipe, drawn))
        while not wait([drawn], POLL_SECONDS).done:
            if self._enough.is_set():
                raise EnoughError
        data, width, height = drawn.result()
        return blobs.picture(data, width, height, 4, "<f4", "sRGB")

    def _report(self, status: Mapping[str, Any]) -> bool:
        self._patience.heard()
        if self._unwanted:
            raise EnoughError
        score, baseline = status.get("score"), status.get("baseline")
        closer = max(0.0, 1 - score / baseline) if baseline and score is not None else None
        self.state = State(
            engine_words(status.get("stage") or status["state"]).capitalize(), status.get("fraction", 0.0), status.get("eta"), closer
        )
        return not self._enough.is_set()

    def _missed(self, error: EngineError) -> bool:
        self.state = State(f"{_('The engine has stopped; waiting for it to come back.')} {error.remedy}", self.state.fraction)
        return not self._unwanted
