"""The engine as a host sees it: requests and their replies, and studies that outlive a restart of the engine."""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from .. import connection
from ..connection import Connection, PrivateFileError
from ..protocol import arrays, frames, messages, schema
from ..protocol.arrays import Buffer
from ..protocol.errors import ProtocolError
from .channel import Channel, open_channel
from .errors import EngineError
from .zmtp import LostConnectionError

REPLY_SECONDS = 30.0
GREET_SECONDS = 5.0
START_POLL_SECONDS = 0.1

TOLD_AT_ONCE = 8
"""Renders in one message: progress is seen while a batch of them is made."""

ASKED_AGAIN_SECONDS = 0.02
"""A search that was just told its renders asks for the next ones at once."""

Blobs = Sequence[Buffer]

Render = Callable[[Sequence[Mapping[str, Any]], int, arrays.Blobs], Mapping[str, Any]]
"""Renders the host's content with a recipe; see `Engine.draw`."""


class Engine:
    """An attachment to the running engine. Not thread-safe: one host, one thread, one request at a time.

    When the engine went away between or during two requests, the next one attaches again (and starts an engine where it may): study ids
    stay valid, since studies live on disk. `restarts` counts how often that happened, so that a host can tell its user.
    """

    def __init__(self, start: bool = True, timeout: float = 60.0, pure: bool = False) -> None:
        self._start = start
        self._pure = pure
        self._session = frames.new_id()
        self._counter = itertools.count(1)
        self._channel: Channel | None = None
        self._connection: Connection | None = None
        self.restarts = 0
        self._attach(time.monotonic() + timeout)

    @property
    def session(self) -> str:
        """The engine's session: another one means another engine process."""
        return self._connection.session if self._connection else ""

    @property
    def address(self) -> str:
        return self._connection.address if self._connection else ""

    def request(
        self, type: str, body: Mapping[str, Any] | None = None, blobs: Blobs = (), timeout: float = REPLY_SECONDS
    ) -> tuple[dict[str, Any], Blobs]:
        """Sends one request and waits for its reply -> (body, blobs).

        Raises:
            EngineError: the engine's own error, or ``silent`` when it did not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                if self._channel is None:
                    self._attach(deadline)
                return self._exchange(type, body or {}, blobs, deadline)
            except LostConnectionError as error:
                self.close()
                # Every request may be repeated: a study that was opened twice is only kept twice. An engine that was told to end has.
                if type == "shutdown":
                    return {}, ()
                if time.monotonic() >= deadline:
                    raise EngineError(
                        "silent", f"the engine went away: {error}", "Try again; see `utsushi doctor` if it goes on."
                    ) from error

    def post(self, type: str, body: Mapping[str, Any] | None = None, blobs: Blobs = ()) -> str:
        """Sends one request without waiting for its reply -> the id that `collect` takes. Raises LostConnectionError, EngineError."""
        if self._channel is None:
            raise LostConnectionError("the engine was let go of")
        return self._send(type, body or {}, blobs, time.monotonic() + REPLY_SECONDS)

    def collect(self, identity: str) -> tuple[dict[str, Any], Blobs] | None:
        """The reply to a posted request where it has arrived, else None, at once. Raises LostConnectionError, or the engine's own error."""
        if self._channel is None:
            raise LostConnectionError("the engine was let go of")
        return self._receive(identity, time.monotonic())

    def open(self, body: Mapping[str, Any], blobs: Blobs, timeout: float = 120.0) -> str:
        """Starts a study -> its id. `body`: see `protocol.messages.Open`; build its arrays with `Blobs`."""
        return str(self.request("open", body, blobs, timeout)[0]["study"])

    def status(self, study: str, draft: str | None = None) -> dict[str, Any]:
        """How far it is: see `protocol.messages.StatusReply`.

        `draft`: the id of the draft that is known ("": none yet) where a newer one is wanted, None where none is.
        """
        return self.request("status", {"study": study, "draft": draft})[0]

    def draw(self, study: str, render: Render) -> int:
        """Renders the candidates that the search waits for -> how many there were.

        `render(recipe, side, blobs)` renders the host's content with the native settings of `recipe`, at most `side` pixels long, adds
        the pixels to `blobs` and returns their descriptor. All renders of a study must have one size.
        """
        asked = self.request("ask", {"study": study})[0]
        for start in range(0, len(asked["candidates"]), TOLD_AT_ONCE):
            blobs = arrays.Blobs()
            renders = [
                {"id": one["id"], "array": render(one["recipe"], asked["side"], blobs)}
                for one in asked["candidates"][start : start + TOLD_AT_ONCE]
            ]
            self.request("tell", {"study": study, "renders": renders}, blobs)
        return len(asked["candidates"])

    def result(self, study: str, **options: Any) -> tuple[dict[str, Any], Blobs]:
        """The imitation (and the preview's blob, where asked for). `options`: strength, alternative, preview."""
        reply, blobs = self.request("result", {"study": study, **options}, timeout=120.0)
        return reply["imitation"], blobs

    def stop(self, study: str) -> None:
        """Ends the search; its best stays."""
        self.request("stop", {"study": study})

    def forget(self, study: str) -> None:
        """Deletes what the engine keeps of the study."""
        self.request("close", {"study": study})

    def follow(
        self,
        study: str,
        report: Callable[[dict[str, Any]], bool | None],
        interval: float = 0.2,
        render: Render | None = None,
        drafts: bool = False,
    ) -> dict[str, Any]:
        """Calls `report` with the status until the study has ended -> the last status. `report` returning False stops it, keeping its best.

        `drafts`: a status that knows a newer best than the one before has it under ``draft``, for studies that were opened with drafts.
        `render` (see `draw`) renders what the search asks for in between, for studies that were opened with that promise.

        Raises:
            EngineError: also the study's own error, when it failed.
        """
        known = "" if drafts else None
        while True:
            status = self.status(study, known)
            known = status["draft"]["id"] if status["draft"] else known
            go_on = report(status)
            if status["state"] == "failed":
                raise EngineError(**status["error"])
            if status["state"] in ("done", "stopped"):
                return status
            if go_on is False:
                self.stop(study)
            drawn = self.draw(study, render) if render and status.get("asks") and go_on is not False else 0
            time.sleep(ASKED_AGAIN_SECONDS if drawn else interval)

    def close(self) -> None:
        """Lets go of the engine, which goes on; safe to call twice."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _attach(self, deadline: float) -> None:
        """Connects to the engine that the connection file names and hears its pong; starts one where none answers."""
        process = None
        while True:
            try:
                self._greet(connection.find(), deadline)
                return
            except (PrivateFileError, LostConnectionError, EngineError) as error:
                self.close()
                reason = error
            if not self._start:
                raise _absent(reason) from reason
            if time.monotonic() >= deadline:
                raise EngineError(
                    "start", f"the engine did not come up in time: {reason}", f"See {connection.log_file()}, or run `utsushi doctor`."
                )
            if process is None or process.gave_way():
                from .. import launcher

                process = launcher.start()
            time.sleep(START_POLL_SECONDS)

    def _greet(self, found: Connection, deadline: float) -> None:
        wait = min(max(deadline - time.monotonic(), 0.5), GREET_SECONDS)
        self._channel = open_channel(found.host, found.port, wait, self._pure)
        before, self._connection = self._connection, found
        self._exchange("ping", {}, (), time.monotonic() + wait)
        self.restarts += before is not None and before.session != found.session

    def _exchange(self, type: str, body: Mapping[str, Any], blobs: Blobs, deadline: float) -> tuple[dict[str, Any], Blobs]:
        answer = self._receive(self._send(type, body, blobs, deadline), deadline)
        if answer is None:
            self.close()
            raise EngineError("silent", f"the engine did not answer {type!r} in time", "Try again; see `utsushi doctor` if it goes on.")
        return answer

    def _send(self, type: str, body: Mapping[str, Any], blobs: Blobs, deadline: float) -> str:
        assert self._channel is not None and self._connection is not None
        header = frames.Header(frames.new_id(), type, self._session, next(self._counter))
        try:
            parts = frames.encode(bytes.fromhex(self._connection.key), header, body, blobs)
        except ProtocolError as error:
            raise EngineError(error.code, error.what, error.remedy) from error
        self._channel.send(parts, max(deadline - time.monotonic(), 1.0))
        return header.id

    def _receive(self, identity: str, deadline: float) -> tuple[dict[str, Any], Blobs] | None:
        """The reply to request `identity`; None when it has not come by `deadline`."""
        assert self._channel is not None and self._connection is not None
        try:
            while (arrived := self._channel.receive(max(deadline - time.monotonic(), 0.0))) is not None:
                reply = frames.decode(bytes.fromhex(self._connection.key), arrived)
                # An error without `re` answers a request whose header could not be trusted; any other reply is to one given up on.
                if reply.header.re in (identity, None):
                    return self._read(reply)
        except ProtocolError as error:
            raise EngineError(error.code, error.what, error.remedy) from error
        return None

    def _read(self, reply: frames.Envelope) -> tuple[dict[str, Any], Blobs]:
        try:
            message = messages.parse(reply, messages.REPLIES)
            answer = schema.loads(reply.body, "body")
        except ProtocolError as error:
            raise EngineError("reply", f"the engine's answer does not fit: {error.what}", error.remedy) from error
        if isinstance(message, messages.Error):
            raise EngineError(message.code, message.what, message.remedy)
        return answer, reply.blobs


def _absent(reason: Exception) -> EngineError:
    """What to tell a host that may not start an engine itself."""
    if isinstance(reason, EngineError):
        return reason
    if isinstance(reason, PrivateFileError) and not reason.missing:
        return EngineError("file", str(reason), f"Delete {connection.connection_file()} and run `utsushi serve`.")
    return EngineError("absent", f"no engine is running: {reason}", "Start one with `utsushi serve`.")


def connect(start: bool = True, timeout: float = 60.0, pure: bool = False) -> Engine:
    """Attaches to the running engine, or starts one (`start`) and waits up to `timeout` seconds for it.

    `pure` uses the standard library's ZMTP client also where pyzmq is importable.

    Raises:
        EngineError: ``absent``, ``start``, ``silent``, ``signature`` (the connection file's key is not the engine's) or ``file``.
    """
    return Engine(start, timeout, pure)
