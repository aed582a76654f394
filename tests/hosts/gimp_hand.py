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

Atspi.set_timeout(30_000, 60_000)  # milliseconds: on a busy machine a window answers late, and is there all the same

ON = (Atspi.StateType.CHECKED, Atspi.StateType.PRESSED)
TRIES, TRY_SECONDS = 6, 4.0
STEPS = 12
"""Stops of the pointer on its way while something is dragged: GTK looks where it is, not where it went."""


class Hand:
    """`application`: what the process that owns the widgets is called, "gimp" or "utsushi"."""

    def __init__(self, window: Window, application: str) -> None:
        self.window, self.application = window, application

    def every(self, role: str = "", within: Any = None) -> list[Any]:
        """Everything that is shown, in the order of the widgets."""
        return [one for one in self._tree(within) if _shown(one, role)]

    def find(self, name: str, role: str = "", within: Any = None) -> Any:
        """The first thing shown whose name begins with `name`, None where there is none."""
        return next((one for one in self._tree(within) if _shown(one, role) and _name(one).startswith(name)), None)

    def told(self, help: str) -> Any:
        """The same by what its tooltip says."""
        return next((one for one in self._tree(None) if _shown(one, "") and (one.get_description() or "").startswith(help)), None)

    def see(self, name: str, role: str = "", seconds: float = PATIENCE) -> Any:
        """What `find` finds, waited for until it is there and can be used."""

        def ready() -> Any:
            one = self.find(name, role)
            return one if one is not None and one.get_state_set().contains(Atspi.StateType.SENSITIVE) else None

        return self.window.until(ready, f"{role or 'something'} called {name!r}", seconds)

    def click(self, one: Any, done: Callable[[], Any], keys: str = "", at: float = 0.5) -> None:
        """Clicks on it, `at` a share of its width, with `keys` held, and waits for what that does; a click that got lost is repeated."""
        for _ in range(TRIES):
            point(*place(one, at))
            xdotool(*(("keydown", keys) if keys else ()), "click", "1", *(("keyup", keys) if keys else ()))
            if soon(done):
                return
        self.window.shot("gave-up")
        raise TimeoutError(f"clicking {_name(one)!r} did nothing")

    def press(self, name: str, done: Callable[[], Any], role: str = "button") -> None:
        """Clicks on what is called so."""
        self.click(self.see(name, role), done)

    def toggle(self, one: Any) -> None:
        """Clicks on a check box, a toggle or a tab until it says that it is on."""
        self.click(one, lambda: is_on(one))

    def page(self, name: str) -> None:
        tab = self.see(name, "page tab")
        self.click(tab, lambda: tab.get_state_set().contains(Atspi.StateType.SELECTED))

    def type_number(self, name: str, number: int) -> None:
        """Writes into a number's field."""
        field = self.see(name, "spin button")
        for _ in range(TRIES):
            point(*place(field, 0.2))
            xdotool("click", "--repeat", "3", "--delay", "60", "1")
            xdotool("key", "ctrl+a")
            xdotool("type", str(number))
            xdotool("key", "Tab")
            if soon(lambda: round(value(field)) == number):
                return
        raise TimeoutError(f"{name} did not take {number}")

    def drag(self, start: tuple[int, int], end: tuple[int, int], done: Callable[[], Any]) -> None:
        """Holds the button from one place to the other."""
        for _ in range(TRIES):
            point(*start)
            xdotool("mousedown", "1")
            for step in range(1, STEPS + 1):
                x, y = (round(a + (b - a) * step / STEPS) for a, b in zip(start, end, strict=True))
                xdotool("mousemove", str(x), str(y))
                time.sleep(0.04)
            xdotool("mouseup", "1")
            if soon(done):
                return
        self.window.shot("gave-up")
        raise TimeoutError(f"nothing came of dragging from {start} to {end}")

    def _tree(self, within: Any) -> Iterator[Any]:
        if within is not None:
            yield from _below(within)
            return
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            one = desktop.get_child_at_index(index)
            if one is not None and _name(one) == self.application:
                yield from _below(one)


def point(x: int, y: int) -> None:
    """Moves the pointer there, coming from beside it, so that GTK notices."""
    xdotool("mousemove", str(x + 1), str(y + 1), "mousemove", str(x), str(y))


def place(one: Any, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
    """A point of it on the screen."""
    box = one.get_extents(Atspi.CoordType.SCREEN)
    return box.x + round(across * box.width), box.y + round(down * box.height)


def value(one: Any) -> float:
    found: float = Atspi.Value.get_current_value(one)
    return found


def highest(one: Any) -> float:
    found: float = Atspi.Value.get_maximum_value(one)
    return found


def is_on(one: Any) -> bool:
    states = one.get_state_set()
    return any(states.contains(state) for state in ON)


def soon(true: Callable[[], Any], seconds: float = TRY_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def _name(one: Any) -> str:
    return one.get_name() or ""


def _shown(one: Any, role: str) -> bool:
    try:  # older buses say "push button"
        return role in ("", one.get_role_name().removeprefix("push ")) and one.get_state_set().contains(Atspi.StateType.SHOWING)
    except GLib.Error:  # it went away meanwhile
        return False


def _below(one: Any) -> Iterator[Any]:
    try:
        yield one
        for index in range(one.get_child_count()):
            child = one.get_child_at_index(index)
            if child is not None:
                yield from _below(child)
    except GLib.Error:
        return
