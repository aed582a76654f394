"""How long GIMP's dialog lets one wait with a large photo and a large reference. Runs inside a test root, beside `gimp_session.py`.

python3 dialog_inside.py FOLDER VERSION ROUNDS
FOLDER: a lab with photo.jpg, reference.jpg, config and home. The waits of each round are left as FOLDER/waits.json.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gimp_hand import Atspi, soon
from gimp_session import SEARCH_SECONDS, TITLE, Session
from gimp_window import Window

TICKS = os.sysconf("SC_CLK_TCK")


class Waits(Session):
    """Each wait as {"wall", "plug_in"}: seconds of the clock, and of the processors in the plug-in (the engine is out of sight)."""

    waits: dict[str, dict[str, float]]

    def round(self) -> dict[str, dict[str, float]]:
        dialog, window = self.dialog, self.window
        self.waits = {}
        entry = self.menu("Filters", TITLE)
        with self.measured("dialog"):
            self.gimp.click(entry, lambda: dialog.find("Add Reference"))
        self.choose()
        with self.measured("first_picture"):
            self.soon(lambda: not dialog.find("Before", "label"))
        with self.measured("answer"):
            self.soon(lambda: dialog.find("Looking for alternatives", "label") or dialog.find("Search Again", "button"))
        with self.measured("alternatives"):
            self.soon(lambda: dialog.find("Search Again", "button"))
        window.quiet()
        window.shot("alternatives")
        window.key("Escape", window.find(TITLE))
        window.until(lambda: not self.plug_ins(), "the plug-in's end")
        return self.waits

    def choose(self) -> None:
        """Chooses the reference out of the list of files. Done when the dialog has been told."""
        dialog = self.dialog
        dialog.click(dialog.see("Add Reference"), lambda: dialog.find("From Files"))
        dialog.click(dialog.see("From Files"), lambda: self.window.find("Add References"))
        row = dialog.see("reference.jpg", "table cell")
        dialog.click(row, lambda: row.get_state_set().contains(Atspi.StateType.SELECTED))
        dialog.press("Add", lambda: not self.window.find("Add References"))

    def soon(self, true: Callable[[], Any]) -> None:
        if not soon(true, SEARCH_SECONDS):
            raise TimeoutError("the dialog did not get there")

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        began = self.clocks()
        yield
        self.waits[name] = {key: round(now - began[key], 2) for key, now in self.clocks().items()}

    def clocks(self) -> dict[str, float]:
        return {"wall": time.monotonic(), "plug_in": sum(map(_spent, self.plug_ins()))}


def _spent(process: str) -> float:
    """Processor seconds of a process and of the children that it has waited for."""
    try:
        fields = Path("/proc", process, "stat").read_text().rpartition(") ")[2].split()
    except OSError:  # it has ended meanwhile
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


if __name__ == "__main__":
    folder, version, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with Window(folder / "photo.jpg", folder / "config", version, folder / "pictures") as window:
        session = Waits(window, folder)
        for number in range(rounds):
            session.found[f"round {number + 1}"] = session.round()
            (folder / "waits.json").write_text(json.dumps(session.found))
