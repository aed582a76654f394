"""A ZMTP 3.0 DEALER over TCP in the standard library, for hosts whose Python has no pyzmq (specification: ZeroMQ RFC 23).

One connection, NULL mechanism, no reconnecting: a lost connection is an error, and the engine is then looked for again.
"""

import socket
import struct
import time
from collections.abc import Sequence

from ..protocol.arrays import Buffer
from ..protocol.limits import Counter

SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
GREETING = SIGNATURE + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4
"""Bits of a frame's first byte."""

COMMAND_BYTES = 4096
CHUNK = 1 << 18

NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
"""Blender leaves SIGPIPE as it is, which would end it when the engine has gone away."""


class LostConnectionError(Exception):
    """The connection could not be made, or broke."""


class Dealer:
    """A DEALER socket with one peer. A `receive` that ran out of time can be called again: what has arrived is kept."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise LostConnectionError(f"nothing answers on {host}:{port} ({error})") from error
        self._arrived = bytearray()
        self._parts: list[bytes] = []
        self._counter = Counter()
        try:
            self._greet(time.monotonic() + timeout)
        except BaseException:
            self.close()
            raise

    def send(self, parts: Sequence[Buffer], timeout: float) -> None:
        """Sends one message. Raises LostConnectionError, also when the peer takes nothing for `timeout` seconds."""
        last = len(parts) - 1
        for index, part in enumerate(parts):
            self._send_frame(part, MORE if index < last else 0, timeout)

    def receive(self, timeout: float) -> list[bytes] | None:
        """The next message, or None after `timeout` seconds.

        Raises:
            LostConnectionError: the peer went away.
            ProtocolError: the message *announces* more frames or bytes than the limits allow; nothing was allocated for it.
        """
        deadline = time.monotonic() + timeout
        while True:
            frame = self._frame()
            if frame is None:
                if not self._fill(deadline):
                    return None
                continue
            flags, body = frame
            if flags & COMMAND:
                self._obey(body)
                continue
            self._parts.append(body)
            if not flags & MORE:
                parts, self._parts, self._counter = self._parts, [], Counter()
                return parts

    def close(self) -> None:
        self._socket.close()

    def _greet(self, deadline: float) -> None:
        """Greeting and READY of both sides (RFC 23, sections 3 and 4)."""
        self._send_raw(GREETING, 0.0)
        while len(self._arrived) < len(GREETING):
            if not self._fill(deadline):
                raise LostConnectionError("the peer did not greet in time")
        greeting = bytes(self._arrived[: len(GREETING)])
        del self._arrived[: len(GREETING)]
        if greeting[0] != 0xFF or greeting[9] != 0x7F or greeting[10] < 3 or greeting[12:32] != b"NULL".ljust(20, b"\0"):
            raise LostConnectionError("the peer is not a ZMTP 3 socket without encryption")
        self._send_frame(b"\x05READY" + _property(b"Socket-Type", b"DEALER") + _property(b"Identity", b""), COMMAND, 0.0)
        while (frame := self._frame()) is None:
            if not self._fill(deadline):
                raise LostConnectionError("the peer did not get ready in time")
        flags, body = frame
        if not flags & COMMAND or not body.startswith(b"\x05READY"):
            raise LostConnectionError("the peer refused the handshake")

    def _frame(self) -> tuple[int, bytes] | None:
        """Takes one complete frame off what has arrived; its announced size is counted before its bytes are waited for."""
        if not self._arrived:
            return None
        flags = self._arrived[0]
        start = 9 if flags & LONG else 2
        if len(self._arrived) < start:
            return None
        size = struct.unpack_from(">Q", self._arrived, 1)[0] if flags & LONG else self._arrived[1]
        if flags & COMMAND:
            if size > COMMAND_BYTES:
                raise LostConnectionError("the peer sent an oversized command")
        elif not self._announced:
            self._counter.add(size)
            self._announced = True
        if len(self._arrived) < start + size:
            return None
        body = bytes(memoryview(self._arrived)[start : start + size])
        del self._arrived[: start + size]
        self._announced = False
        return flags, body

    _announced = False
    """Whether the frame at the head of `_arrived` has been counted."""

    def _obey(self, command: bytes) -> None:
        # RFC 37 (ZMTP 3.1): PING carries two bytes of time-to-live, then a context that PONG returns.
        if command.startswith(b"\x04PING"):
            self._send_frame(b"\x04PONG" + command[7:], COMMAND, 0.0)

    def _fill(self, deadline: float) -> bool:
        """Waits for more bytes; False when none came before `deadline`."""
        self._socket.settimeout(max(deadline - time.monotonic(), 1e-3))
        try:
            data = self._socket.recv(CHUNK)
        except TimeoutError:
            return False
        except OSError as error:
            raise LostConnectionError(f"the connection broke ({error})") from error
        if not data:
            raise LostConnectionError("the engine closed the connection")
        self._arrived += data
        return True

    def _send_frame(self, body: Buffer, flags: int, timeout: float) -> None:
        view = memoryview(body).cast("B")
        head = struct.pack(">BQ", flags | LONG, view.nbytes) if view.nbytes > 255 else bytes((flags, view.nbytes))
        if view.nbytes <= CHUNK:
            self._send_raw(head + bytes(view), timeout)
        else:
            self._send_raw(head, timeout)
            self._send_raw(view, timeout)

    def _send_raw(self, data: Buffer, timeout: float) -> None:
        self._socket.settimeout(max(timeout, 5.0))
        try:
            self._socket.sendall(data, NO_SIGNAL)
        except OSError as error:
            raise LostConnectionError(f"the connection broke ({error})") from error


def _property(name: bytes, value: bytes) -> bytes:
    return bytes((len(name),)) + name + struct.pack(">I", len(value)) + value
