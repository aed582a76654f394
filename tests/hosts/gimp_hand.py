"""A person's hand at the screen: finds what is shown by its name, as a screen reader does (AT-SPI), and clicks where it lies.

Runs inside a test root, in the session of `gimp_window.Window`. Nothing is operated through the accessibility bus: it only says what is
there, where, and in which state; the pointer and the keys are those of the X server.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import gi
from gimp_window import PATIENCE, Window, xdotool

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PLUG_IN = "utsushi.py"
"""What the plug-in's process is called on the bus; GIMP itself is "gimp"."""

ACTIVE = (Atspi.StateType.CHECKED, Atspi.StateType.PRESSED)
TRIES = 5


class Hand:
    def __init__(self, window: Window, application: str = PLUG_IN) -> None:
        self.window, self.application = window, application

    def tree(self) -> Iterator[tuple[int, Any]]:
        """Everything of the application that is shown, with its depth."""
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            one = desktop.get_child_at_index(index)
            if one is not None and (one.get_name() or "").startswith(self.application):
                yield from _below(one, 0)

    def find(self, name: str, role: str = "", within: Any = None) -> Any:
        """The first thing shown whose name begins with `name`, None where there is none."""
        for _depth, one in self.tree() if within is None else _below(within, 0):
            try:
                if (one.get_name() or "").startswith(name) and role in ("", one.get_role_name()) and _has(one, Atspi.StateType.SHOWING):
                    return one
            except GLib.Error:  # it went away meanwhile
                continue
        return None

    def see(self, name: str, role: str = "", within: Any = None, seconds: float = PATIENCE) -> Any:
        """The same, waited for until it is there and can be used."""

        def ready() -> Any:
            one = self.find(name, role, within)
            return one if one is not None and _has(one, Atspi.StateType.SENSITIVE) else None

        return self.window.until(ready, f"{role or 'something'} called {name!r}", seconds)

    def place(self, one: Any) -> tuple[int, int]:
        """The middle of it on the screen."""
        box = one.get_extents(Atspi.CoordType.SCREEN)
        return box.x + box.width // 2, box.y + box.height // 2

    def click(self, one: Any, keys: str = "", until: Callable[[], Any] | None = None) -> None:
        """Clicks on it with `keys` held. `until`: what the click does, looked at; a click that fell between two redraws is repeated."""
        for _ in range(TRIES):
            x, y = self.place(one)
            xdotool("mousemove", str(x), str(y))
            xdotool(*(("keydown", keys) if keys else ()), "click", "1", *(("keyup", keys) if keys else ()))
            if until is None or _soon(until):
                return
        raise TimeoutError(f"clicking {one.get_name()!r} did nothing")

    def is_on(self, one: Any) -> bool:
        return any(_has(one, state) for state in ACTIVE)


def _soon(true: Callable[[], Any], seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def _has(one: Any, state: Any) -> bool:
    found: bool = one.get_state_set().contains(state)
    return found


def _below(one: Any, depth: int) -> Iterator[tuple[int, Any]]:
    try:
        yield depth, one
        for index in range(one.get_child_count()):
            child = one.get_child_at_index(index)
            if child is not None:
                yield from _below(child, depth + 1)
    except GLib.Error:
        return
