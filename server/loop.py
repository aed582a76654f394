"""The engine's one thread of decisions: other threads hand it callables, and a socket pair wakes its poll."""

import logging
import queue
import socket
from collections.abc import Callable

log = logging.getLogger("utsushi")


class Loop:
    """A queue of callables with a file descriptor. `post` is for any thread, the rest for the loop's own."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # A socket pair, since pipes cannot be polled on Windows.
        self._wake, self.ears = socket.socketpair()
        self._wake.setblocking(False)
        self.ears.setblocking(False)
        self.ending = False

    def post(self, call: Callable[[], None]) -> None:
        self._calls.put(call)
        try:
            self._wake.send(b"\0")
        except (BlockingIOError, OSError):
            # A full buffer will wake the loop anyway; a closed one belongs to a loop that has ended.
            return

    def run_posted(self) -> None:
        try:
            while self.ears.recv(4096):
                pass
        except BlockingIOError:
            pass
        while not self._calls.empty():
            call = self._calls.get()
            try:
                call()
            except Exception:  # a fault in one study's bookkeeping must not end the engine of all others
                log.exception("a posted call failed")

    def end(self) -> None:
        self.ending = True

    def close(self) -> None:
        self._wake.close()
        self.ears.close()
