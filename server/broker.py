"""The engine's socket: one ROUTER on loopback that authenticates, answers or hands on. It never computes.

Every request that is authentic gets exactly one reply. What is not authentic gets one signed error without `re`, from which a host with
an old key learns at once that it is old; nothing that an attacker sent is repeated in it.
"""

import itertools
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from types import FrameType
from typing import Any

import zmq

from server import connection
from server.connection import Connection
from server.launcher import ALREADY_RUNNING
from server.loop import Loop
from server.pool import Pool
from server.protocol import frames, messages
from server.protocol.arrays import Buffer
from server.protocol.errors import ProtocolError
from server.protocol.limits import MESSAGE_BYTES
from server.store import Store
from server.studies import Studies
from server.worker import LOG_FORMAT
from shared_engine.errors import InputError, StateError

log = logging.getLogger("utsushi")

IDLE_MINUTES = 15.0
TICK_SECONDS = 1.0
LOOPBACK = "127.0.0.1"
QUEUED = 16
"""Messages that may wait in either direction for one host."""

LAST_WORDS_MS = 500
"""How long the socket may stay to deliver `bye`; otherwise LINGER is 0."""


class Broker:
    """Binds the socket, publishes the connection file, serves until told to end or idle."""

    def __init__(self, idle_minutes: float = IDLE_MINUTES, workers: int = 1, host: str = LOOPBACK, port: int = 0) -> None:
        self._idle_seconds = idle_minutes * 60
        self._began = self._heard = time.monotonic()
        self._key = secrets.token_bytes(connection.KEY_BYTES)
        self._session = frames.new_id()
        self._counter = itertools.count(1)
        self._sequences = frames.Sequences(self._session)
        self._pending = self._refused = 0
        self._socket = _router(host, port)
        bound = int(self._socket.getsockopt_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1])
        self.connection = Connection(host, bound, self._key.hex(), self._session, os.getpid(), utsushi_version())
        self.loop = Loop()
        self._pool = Pool(self.loop, workers)
        self._studies = Studies(self.loop, Store(connection.home() / "studies"), self._pool)

    def run(self) -> None:
        connection.publish(self.connection)
        log.info("engine %s listens on %s", self._session[:8], self.connection.address)
        self._pool.warm()
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self.loop.ears, zmq.POLLIN)
        ticked = 0.0
        try:
            while not self.loop.ending:
                ready = dict(poller.poll(int(1000 * TICK_SECONDS)))
                if self._socket in ready:
                    self._receive()
                self.loop.run_posted()
                if time.monotonic() - ticked >= TICK_SECONDS:
                    ticked = time.monotonic()
                    self._tick()
        finally:
            self._close()

    def _tick(self) -> None:
        self._studies.tick()
        self._republish()
        if self._refused:
            # Counted, not listed: whoever floods the port must not fill the disk.
            log.warning("refused %d messages that were not authentic", self._refused)
            self._refused = 0
        idle = not (len(self._studies) or self._pool.busy or self._pending)
        if idle and time.monotonic() - self._heard > self._idle_seconds:
            log.info("idle for %g minutes: ending", self._idle_seconds / 60)
            self.loop.end()

    def _republish(self) -> None:
        """A connection file that somebody removed or damaged would leave the engine out of reach until it is idle."""
        try:
            if connection.find() == self.connection:
                return
        except connection.PrivateFileError as error:
            log.warning("writing the connection file again: %s", error)
        try:
            connection.publish(self.connection)
        except OSError as error:
            log.error("the connection file cannot be written: %s", error)

    def _close(self) -> None:
        connection.withdraw(self.connection)
        self._socket.close(linger=LAST_WORDS_MS)
        self._studies.end()
        self._pool.close()
        self.loop.close()
        log.info("engine %s ended", self._session[:8])

    def _receive(self) -> None:
        peer, *parts = self._socket.recv_multipart(copy=False)
        try:
            envelope = frames.decode(self._key, [part.buffer for part in parts])
            self._sequences.accept(envelope.header)
        except ProtocolError as error:
            self._refused += 1
            self._send(peer.bytes, None, messages.Error(error.code, error.what, error.remedy))
            return
        self._heard = time.monotonic()
        answer = self._ticket(peer.bytes, envelope.header.id)
        try:
            self._handle(envelope, answer)
        except ProtocolError as error:
            answer(messages.Error(error.code, error.what, error.remedy))
        except OSError as error:
            log.exception("%s failed", envelope.header.type)
            answer(messages.Error("disk", str(error), "Check that the disk has room and Utsushi's folder may be written to."))

    def _ticket(self, peer: bytes, request: str) -> Any:
        """A function that sends the one reply to a request."""
        self._pending += 1

        def answer(reply: Any, blobs: Sequence[Buffer] = ()) -> None:
            self._pending -= 1
            self._send(peer, request, reply, blobs)

        return answer

    def _handle(self, envelope: frames.Envelope, answer: Any) -> None:
        request = messages.parse(envelope, messages.REQUESTS)
        match request:
            case messages.Ping():
                uptime = time.monotonic() - self._began
                answer(messages.Pong(self._session, self.connection.version, uptime, len(self._studies)))
            case messages.Shutdown():
                answer(messages.Bye())
                self.loop.end()
            case messages.Open():
                self._studies.open(envelope.body, envelope.blobs, answer)
            case messages.Tools():
                self._studies.tools(request, answer)
            case messages.Read():
                self._studies.read(request, answer)
            case messages.Status():
                self._studies.status(request, answer)
            case messages.Ask():
                self._studies.ask(request, answer)
            case messages.Tell():
                self._studies.tell(request, envelope.blobs, answer)
            case messages.Result():
                self._studies.result(request, answer)
            case messages.Stop():
                self._studies.stop(request, answer)
            case messages.Close():
                self._studies.close(request, answer)

    def _send(self, peer: bytes, request: str | None, reply: Any, blobs: Sequence[Buffer] = ()) -> None:
        kind = messages.REPLY_TYPES[type(reply)]
        header = frames.Header(frames.new_id(), kind, self._session, next(self._counter), request)
        try:
            parts = frames.encode(self._key, header, reply, blobs)
        except ProtocolError as error:
            log.error("a reply cannot be sent: %s", error.what)
            self._send(peer, request, messages.Error(error.code, error.what, "This is a fault of the renderer or the engine."))
            return
        try:
            self._socket.send_multipart([peer, *parts], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            # EHOSTUNREACH: it has gone. EAGAIN: it does not read. Neither may hold up the others.
            log.info("a reply could not be delivered: %s", error)


def utsushi_version() -> str:
    try:
        return installed_version("utsushi")
    except PackageNotFoundError:
        return "0"


def _router(host: str, port: int) -> zmq.Socket[bytes]:
    """The bound socket; port 0 is a free one."""
    if not host.startswith("127."):
        raise InputError(
            f"{host} is outside of this machine, and what travels is signed but not encrypted",
            "Bind to 127.0.0.1 and reach it through an ssh tunnel (ssh -L).",
        )
    router: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
    options = {zmq.LINGER: 0, zmq.ROUTER_MANDATORY: 1, zmq.MAXMSGSIZE: MESSAGE_BYTES, zmq.RCVHWM: QUEUED, zmq.SNDHWM: QUEUED}
    for option, value in options.items():
        router.setsockopt(option, value)
    try:
        router.bind(f"tcp://{host}:{port or '*'}")
    except zmq.ZMQError as error:
        router.close()
        raise StateError(f"port {port} cannot be used: {error}", "Choose another, or none: a free one is then found.") from error
    return router


def serve(idle_minutes: float = IDLE_MINUTES, workers: int = 1, host: str = LOOPBACK, port: int = 0) -> int:
    """Runs an engine in this process until it ends -> exit status; `ALREADY_RUNNING` when this user has one already.

    Raises:
        OSError: the user's folder cannot be written to.
        InputError: `host` is not a loopback address.
        StateError: the port is taken.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=LOG_FORMAT)
    # One thread a worker: several searches share the cores better than one search's matrix products do, and results stay repeatable.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with connection.hold(connection.home() / "engine.lock") as alone:
        if not alone:
            log.warning("another engine of this user is running")
            return ALREADY_RUNNING
        connection.remember_engine()
        broker = Broker(idle_minutes, workers, host, port)

        def end(number: int, frame: FrameType | None) -> None:
            broker.loop.post(broker.loop.end)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        broker.run()
    return 0
