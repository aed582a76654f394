"""What one does again and again at GIMP's window: menus, files, searches, pictures. Runs inside a test root."""

import contextlib
from pathlib import Path
from typing import Any

from gimp_hand import Hand, place, soon
from gimp_window import Window

TITLE = "Imitate Reference"
SEARCH_SECONDS = 240.0

LAYER = """
import sys
sys.path.insert(0, {plug_in!r})
import readback, takes
image = sorted(Gimp.get_images(), key=lambda image: image.get_id())[-1 if {newest} else 0]
layer = image.get_layers()[0]
answer = {{
    "filters": [live.get_name() for live in layer.get_filters()], "take": layer.get_parasite("utsushi-take") is not None,
    "takes": [take.name for take in takes.load(image)],
    "images": len(Gimp.get_images()), "layers": sum(len(one.get_layers()) for one in Gimp.get_images()),
}}
answer["settings"] = []
if answer["filters"]:  # libgimp asks for a filter's settings once in a process: those of a copy are of now
    copy = image.duplicate()
    same = copy.get_layers()[0]
    answer["settings"] = readback.read_back(same, same.get_filters())
    copy.delete()
"""


class Session:
    """One session at the window. Every picture gets a number, so that a folder shows them in order."""

    def __init__(self, window: Window, folder: Path) -> None:
        self.window, self.folder, self.count = window, folder, 0
        self.gimp, self.dialog = Hand(window, "gimp"), Hand(window, "utsushi")
        self.found: dict[str, Any] = {}

    def shot(self, name: str) -> None:
        self.count += 1
        self.window.quiet()
        self.window.shot(f"{self.count:02d}-{name}")

    def layer(self, newest: bool = False) -> dict[str, Any]:
        plug_in = str(self.folder / "config/plug-ins/utsushi")
        found: dict[str, Any] = self.window.inside(LAYER.format(plug_in=plug_in, newest=newest))
        return found

    def main(self, name: str = "") -> str:
        return self.window.find(f"{name or self.window.photo.stem}.*GIMP")

    # --- what one does again and again

    def menu(self, name: str, entry: str) -> Any:
        """Opens a menu of GIMP's -> its entry."""
        self.gimp.click(self.gimp.see(name, "menu"), lambda: self.gimp.find(entry, "menu item"))
        return self.gimp.see(entry, "menu item")

    def open(self) -> None:
        """Chooses the entry at the end of the Filters menu."""
        self.gimp.click(self.menu("Filters", TITLE), lambda: self.window.find(TITLE))
        self.dialog.see("Add Reference")

    def choose_file(self, hand: Hand, title: str, path: Path, name: bool = False) -> None:
        """Types a path into a file dialog: a whole one, or the `name` of a file to be made."""
        chooser = self.window.until(lambda: self.window.find(title), title)
        self.window.quiet()
        if name:
            self.window.key("ctrl+a", chooser)
            self.window.type(str(path))
        else:
            self.window.type("/")  # GTK's file dialogs then ask for a place
            self.window.quiet()
            self.window.type(str(path)[1:])
        self.window.key("Return")
        self.window.until(lambda: not self.window.find(title), f"the end of {title}")

    def searched(self, before: set[str]) -> None:
        """Waits until another search than those of `before` has ended and is shown."""
        self.window.until(lambda: self.studies() - before and self._ended(), "the end of the search", SEARCH_SECONDS)
        self.dialog.see("Search Again", "button")

    def studies(self) -> set[str]:
        return {path.name for path in (self.folder / "home/studies").glob("*") if path.is_dir() and not path.name.endswith(".new")}

    def _ended(self) -> bool:
        return all((self.folder / "home/studies" / study / "outcome.json").exists() for study in self.studies())

    def cells(self) -> list[Any]:
        """The alternatives, the answer itself first."""
        cells = self.dialog.every("toggle button", self.dialog.see("As found", "toggle button").get_parent())
        return sorted(cells, key=lambda cell: place(cell)[::-1])

    def leave_by(self, name: str) -> None:
        self.dialog.press(name, lambda: not self.window.find(TITLE))
        self.window.until(lambda: not self.plug_ins(), "the plug-in's end")
        self.dismiss()

    def dismiss(self) -> None:
        """Takes away what GIMP has to say to the user."""
        while soon(lambda: self.window.find("GIMP Message"), 0.5):
            self.window.key("Return", self.window.find("GIMP Message"))

    def plug_ins(self) -> list[str]:
        """Processes of our plug-in."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if b"plug-ins/utsushi/utsushi.py" in path.read_bytes():
                    found.append(path.parent.name)
        return found
