"""What a photographer does, in a real GIMP window, from the menu to going on from a hand-edited filter. Runs inside a test root.

python3 gimp_scenario.py FOLDER VERSION ROUNDS       FOLDER: a lab with photo.png, reference.png, second.png, config and home
Findings are left as FOLDER/scenario.json, numbered pictures in FOLDER/pictures.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from gimp_window import Window, xdotool

TITLE = "Imitate Reference"
SEARCH_SECONDS = 120.0

# Positions in the dialog, in pixels from its upper left corner; it opens with a size of its own.
CELLS = ((716, 260), (852, 260), (988, 260), (716, 400), (852, 400), (988, 400))
FIRST_LOCK = (1000, 208)
FIRST_FILTER = (860, 234)
DIVIDER, DIVIDED = (322, 300), (180, 300)

LAYER = """
import sys
sys.path.insert(0, {plug_in!r})
import readback, takes
image = sorted(Gimp.get_images(), key=lambda image: image.get_id())[-1 if {newest} else 0]
layer = image.get_layers()[0]
filters = layer.get_filters()
answer = {{
    "filters": [live.get_name() for live in filters], "take": layer.get_parasite("utsushi-take") is not None,
    "settings": readback.read_back(layer, filters), "takes": [take.name for take in takes.load(image)],
    "images": len(Gimp.get_images()), "layers": sum(len(one.get_layers()) for one in Gimp.get_images()),
}}
"""

# A photographer's own touch on a filter that the search made.
EDIT = """
layer = max(Gimp.get_images(), key=lambda image: image.get_id()).get_layers()[0]
live = layer.get_filters()[-1]
config = live.get_config()
numbers = [p for p in config.list_properties() if p.value_type.name == "gdouble" and p.name not in ("overlap",)]
if live.get_operation_name() == "gimp:curves":
    curve = Gimp.Curve.new()
    for x, y in ((0.0, 0.06), (0.2, 0.22), (0.4, 0.43), (0.6, 0.62), (0.8, 0.83), (1.0, 1.0)):
        curve.add_point(x, y)
    config.set_property("channel", 0)
    config.set_property("curve", curve)
else:
    first = numbers[0]
    value = config.get_property(first.name)
    config.set_property(first.name, min(first.maximum, value + 0.05 * min(1.0, first.maximum - first.minimum)))
live.update()
Gimp.displays_flush()
answer = [live.get_name(), live.get_operation_name()]
"""

SAVE = """
image = Gimp.get_images()[0]
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path({path!r}), None)
again = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path({path!r}))
Gimp.Display.new(again)
answer = True
"""


class Scenario:
    """One session at the window. Every picture gets a number, so that a folder shows them in order."""

    def __init__(self, window: Window, folder: Path) -> None:
        self.window, self.folder, self.count = window, folder, 0
        self.found: dict[str, Any] = {}

    def shot(self, name: str) -> None:
        self.count += 1
        self.window.shot(f"{self.count:02d}-{name}")

    def layer(self, newest: bool = False) -> dict[str, Any]:
        plug_in = str(self.folder / "config/plug-ins/utsushi")
        found: dict[str, Any] = self.window.inside(LAYER.format(plug_in=plug_in, newest=newest))
        return found

    def main(self, name: str = "") -> str:
        return self.window.find(f"{name or self.window.photo.stem}.*GIMP")

    def open(self, main: str) -> str:
        """Chooses the entry at the end of the Filters menu -> the dialog."""
        self.window.key("alt+r", main)
        self.window.key("Up Return")
        dialog: str = self.window.until(lambda: self.window.find(TITLE), "the dialog")
        time.sleep(1.0)
        return dialog

    def add_reference(self, dialog: str, path: Path) -> None:
        self.window.key("alt+d", dialog)
        time.sleep(0.3)
        self.window.key("Return")
        chooser = self.window.until(lambda: self.window.find("Add References"), "the file chooser")
        time.sleep(0.7)
        self.window.type("/")
        time.sleep(0.5)
        self.window.type(str(path)[1:])
        self.window.key("Return", chooser)
        self.window.until(lambda: not self.window.find("Add References"), "the chooser's end")

    def searched(self) -> None:
        """Waits until a search has begun and ended, and its pictures have come."""
        time.sleep(1.0)
        self.window.until(self._ended, "the end of the search", SEARCH_SECONDS)
        time.sleep(2.5)

    def _ended(self) -> bool:
        studies = [study for study in (self.folder / "home/studies").glob("*") if study.is_dir() and not study.name.endswith(".new")]
        return bool(studies) and all((study / "outcome.json").exists() for study in studies)

    def click(self, dialog: str, place: tuple[int, int]) -> None:
        xdotool("mousemove", "--window", dialog, "20", "20")  # a tooltip may lie where the pointer is to go: it goes away first
        time.sleep(0.3)
        xdotool("mousemove", "--window", dialog, str(place[0]), str(place[1]))
        time.sleep(0.2)
        xdotool("click", "1")
        time.sleep(0.7)

    def apply(self, dialog: str) -> None:
        self.window.key("alt+p", dialog)
        self.window.until(lambda: not self.window.find(TITLE), "the dialog's end")
        time.sleep(1.0)
        self.dismiss()

    def dismiss(self) -> None:
        """Takes away what GIMP has to say to the user."""
        time.sleep(0.5)
        while message := self.window.find("GIMP Message"):
            self.window.key("Return", message)

    # --- the steps

    def explore(self) -> None:
        window = self.window
        window.key("alt+c", self.main())
        window.key("Up Up")
        self.shot("menu-colors")
        window.key("Escape Escape")
        window.key("alt+r", self.main())
        window.key("Up")
        self.shot("menu-filters")
        window.key("Escape Escape")
        dialog = self.open(self.main())
        self.shot("dialog")
        self.add_reference(dialog, self.folder / "reference.png")
        time.sleep(0.8)
        self.shot("searching")
        self.searched()
        self.add_reference(dialog, self.folder / "second.png")
        self.searched()
        self.shot("alternatives")
        window.key("alt+f", dialog)
        xdotool("mousemove", "--window", dialog, *map(str, FIRST_FILTER))
        time.sleep(0.8)
        self.shot("without-the-first-filter")
        self.click(dialog, FIRST_LOCK)
        self.shot("locked")
        window.key("alt+l", dialog)
        self.click(dialog, CELLS[2])
        self.shot("third-alternative")
        window.key("alt+g", dialog)
        window.key("ctrl+a")
        window.type("60")
        window.key("Tab")
        time.sleep(0.6)
        window.key("alt+v", dialog)
        xdotool("mousemove", "--window", dialog, *map(str, DIVIDER), "mousedown", "1")
        xdotool("mousemove", "--window", dialog, *map(str, DIVIDED), "mouseup", "1")
        time.sleep(0.4)
        self.shot("strength-60-split-view")
        window.key("alt+v", dialog)
        window.key("alt+t", dialog)
        window.key("alt+k", dialog)
        self.shot("take-kept")
        window.key("alt+i", dialog)
        self.shot("limits")
        self.apply(dialog)
        self.found["done"] = self.layer()
        self.shot("applied")

    def undo(self) -> None:
        window = self.window
        for name, keys in (("undone", "ctrl+z"), ("redone", "ctrl+y")):
            window.key(keys, self.main())
            time.sleep(1.0)
            self.found[name] = self.layer()
            self.shot(name)

    def repeat(self) -> None:
        """Repeat Last: the same references again, without the dialog; and the two ways out of its progress window."""
        window = self.window
        window.key("ctrl+z", self.main())
        window.key("ctrl+f", self.main())
        window.until(lambda: self.layer()["filters"], "the repeated answer", SEARCH_SECONDS)
        self.found["repeated"] = self.layer()
        self.dismiss()
        for name, leave in (("cancelled", "Escape"), ("kept", "alt+u")):
            window.key("ctrl+z", self.main())
            window.key("ctrl+f", self.main())
            progress = window.until(lambda: window.find(TITLE), "the progress window")
            while window.find(TITLE):  # at once and again: the search is short, and there is no best so far in its first moments
                window.key(leave, progress)
            time.sleep(1.0)
            if name == "kept":
                window.until(lambda: self.layer()["filters"], "the best so far")
            self.found[name] = self.layer()
            self.dismiss()
        window.key("ctrl+z", self.main())

    def leave(self, rounds: int) -> None:
        """Opens the dialog, lets it search for the last used reference and cancels, again and again: nothing of it may stay."""
        self.round()  # what GIMP opens once and keeps
        before = self.traces()
        for _ in range(rounds):
            self.round()
        # The engine ends the last search in its own time.
        self.window.until(lambda: self.traces()["studies"] <= before["studies"], "the end of the last search")
        self.found["left"] = {"rounds": rounds, "before": before, "after": self.traces(), "layer": self.layer()}

    def round(self) -> None:
        dialog = self.open(self.main())
        self.window.key("alt+d", dialog)
        time.sleep(0.2)
        self.window.key("Up Right Return")
        time.sleep(0.7)
        self.window.key("Escape", dialog)
        self.window.until(lambda: not self.window.find(TITLE), "the dialog's end")
        self.window.until(lambda: not self._plug_ins(), "the plug-in's end")

    def traces(self) -> dict[str, Any]:
        """What a round could leave behind: plug-in processes, temporary files, studies, images and layers."""
        layer = self.layer()
        gimp = next(path.parent for path in Path("/proc").glob("[0-9]*/comm") if path.read_text().startswith("gimp"))
        return {
            "processes": len(self._plug_ins()),
            "descriptors": len(os.listdir(gimp / "fd")),
            "temporary": sorted(path.name for path in Path("/tmp").glob("utsushi-*")),
            "studies": len(list((self.folder / "home/studies").glob("*"))),
            "images": layer["images"],
            "layers": layer["layers"],
            "filters": layer["filters"],
        }

    def _plug_ins(self) -> list[str]:
        """Processes of our plug-in."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if b"plug-ins/utsushi/utsushi.py" in path.read_bytes():
                    found.append(path.parent.name)
        return found

    def go_on(self) -> None:
        """The last result again, saved, reopened, edited by hand; the next search starts there and leaves what was edited."""
        window = self.window
        window.key("ctrl+y", self.main())
        time.sleep(1.0)
        self.found["saved"] = self.layer()
        window.inside(SAVE.format(path=str(self.folder / "walk.xcf")))
        walk = window.until(lambda: self.main("walk"), "the reopened image")
        time.sleep(1.0)
        self.found["reopened"] = self.layer(newest=True)
        self.found["edited_filter"] = window.inside(EDIT)
        time.sleep(1.0)
        self.found["edited"] = self.layer(newest=True)
        self.shot("edited-by-hand")
        dialog = self.open(walk)
        time.sleep(2.0)
        window.key("alt+f", dialog)
        self.shot("continued")
        window.key("alt+s", dialog)
        self.searched()
        window.key("alt+f", dialog)
        self.shot("searched-from-there")
        self.apply(dialog)
        self.found["continued"] = self.layer(newest=True)
        self.shot("end")


def play(window: Window, folder: Path, rounds: int) -> dict[str, Any]:
    scenario = Scenario(window, folder)
    for step in (scenario.explore, scenario.undo, scenario.repeat, lambda: scenario.leave(rounds), scenario.go_on):
        step()
        (folder / "scenario.json").write_text(json.dumps(scenario.found))
    return scenario.found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Window(folder / "photo.png", folder / "config", sys.argv[2], folder / "pictures") as opened:
        play(opened, folder, int(sys.argv[3]))
