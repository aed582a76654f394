"""The way to the engine: pyzmq where it is importable, else the small ZMTP client. Both have the same three methods."""

import socket
import time
from collections.abc import Sequence
from typing import Any, Protocol

from ..protocol.arrays import Buffer
from ..protocol.limits import MESSAGE_BYTES
from .zmtp import Dealer, LostConnectionError

try:
    import zmq
except ImportError:
    zmq = None  # type: ignore[assignment]


class Channel(Protocol):
    def send(self, parts: Sequence[Buffer], timeout: float) -> None: ...

    def receive(self, timeout: float) -> list[bytes] | None: ...

    def close(self) -> None: ...


class ZmqDealer:
    """A pyzmq DEALER that, like `Dealer`, notices when its peer is gone instead of waiting for another one on the same port."""

    PROBE = 0.5
    """Seconds of silence after which the peer's port is tried."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self._peer = (host, port)
        self._probe(timeout)
        self._heard = time.monotonic()
        self._socket: Any = zmq.Context.instance().socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, 4)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
        self._socket.connect(f"tcp://{host}:{port}")

    def send(self, parts: Sequence[Buffer], timeout: float) -> None:
        if not self._socket.poll(int(1000 * timeout), zmq.POLLOUT):
            raise LostConnectionError("the engine takes no messages")
        self._socket.send_multipart(parts, copy=True)

    def receive(self, timeout: float) -> list[bytes] | None:
        deadline = time.monotonic() + timeout
        while True:
            wait = max(min(deadline - time.monotonic(), self.PROBE), 0.0)
            if self._socket.poll(int(1000 * wait)):
                parts: list[bytes] = self._socket.recv_multipart()
                self._heard = time.monotonic()
                return parts
            if time.monotonic() - self._heard >= self.PROBE:
                self._probe(self.PROBE)
                self._heard = time.monotonic()
            if time.monotonic() >= deadline:
                return None

    def close(self) -> None:
        self._socket.close()

    def _probe(self, timeout: float) -> None:
        try:
            socket.create_connection(self._peer, timeout).close()
        except OSError as error:
            raise LostConnectionError(f"nothing answers on {self._peer[0]}:{self._peer[1]} ({error})") from error


def open_channel(host: str, port: int, timeout: float, pure: bool = False) -> Channel:
    """Connects to the engine; `pure` asks for the standard library's client also where pyzmq is there.

    Raises:
        LostConnectionError: nothing listens there.
    """
    return Dealer(host, port, timeout) if pure or zmq is None else ZmqDealer(host, port, timeout)
