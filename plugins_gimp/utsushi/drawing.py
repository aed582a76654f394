"""Answers a running study that wants candidates rendered: a few on every beat of the host's timer, so that its window stays alive."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.client import Blobs, EngineError, Pump

BEAT_SECONDS = 0.12
"""For how long candidates are rendered in one go."""

Render = Callable[[Sequence[Mapping[str, Any]]], tuple[bytes, int, int]]
"""A recipe -> ((height, width, 4) float32 R'G'B'A in sRGB, width, height)."""


class Drawing:
    """`failed` hears what the engine could not take; what `render` raises is raised by `turn`."""

    def __init__(self, pump: Pump, render: Render, failed: Callable[[EngineError], None]) -> None:
        self._pump, self._render, self._failed = pump, render, failed
        self._study = ""
        self._wanted: deque[Mapping[str, Any]] = deque()

    def begin(self, study: str) -> None:
        """Asks which candidates `study` waits for. Those of another one are forgotten."""
        if study != self._study:
            self._study = study
            self._wanted.clear()
        if not self._wanted:
            self._pump.ask("ask", {"study": study}, self._asked, self._failed, slot="ask")

    def turn(self) -> None:
        """Renders for a moment and tells what came out."""
        if not self._wanted:
            return
        blobs, renders, until = Blobs(), [], time.monotonic() + BEAT_SECONDS
        while self._wanted and time.monotonic() < until:
            one = self._wanted.popleft()
            data, width, height = self._render(one["recipe"])
            renders.append({"id": one["id"], "array": blobs.picture(data, width, height, 4, "<f4", "sRGB")})
        self._pump.ask("tell", {"study": self._study, "renders": renders}, self._told, self._failed, blobs)

    def forget(self) -> None:
        """Nobody waits for anything any more."""
        self._study = ""
        self._wanted.clear()

    def _asked(self, reply: dict[str, Any], blobs: Sequence[Any]) -> None:
        if reply["study"] == self._study:
            self._wanted = deque(reply["candidates"])

    def _told(self, reply: dict[str, Any], blobs: Sequence[Any]) -> None:
        """What was told may be all: the search then asks for the next ones in a moment."""
        if reply["study"] == self._study and not reply["waiting"] and not self._wanted:
            self.begin(self._study)
