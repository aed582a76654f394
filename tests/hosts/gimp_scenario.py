"""What a photographer does, in a real GIMP window, from the menu to going on from a hand-edited filter. Runs inside a test root.

python3 gimp_scenario.py FOLDER VERSION ROUNDS       FOLDER: a lab with photo.png, reference.png, second.png, config and home
Findings are left as FOLDER/scenario.json, numbered pictures in FOLDER/pictures.

Everything is done with the pointer and the keys. Looked up inside GIMP, not done there, is only what came of it (`LAYER`).
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from gimp_hand import Atspi, Hand, highest, is_on, place, point, soon, value
from gimp_window import Window, xdotool

TITLE = "Imitate Reference"
SEARCH_SECONDS = 240.0

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


class Scenario:
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
        self.gimp.click(self.gimp.see(name, "menu"), lambda: self.gimp.find(entry))
        return self.gimp.see(entry)

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
        self.window.until(lambda: not self._plug_ins(), "the plug-in's end")
        self.dismiss()

    def dismiss(self) -> None:
        """Takes away what GIMP has to say to the user."""
        while soon(lambda: self.window.find("GIMP Message"), 0.5):
            self.window.key("Return", self.window.find("GIMP Message"))

    # --- the walk

    def explore(self) -> None:
        window, dialog = self.window, self.dialog
        window.key("ctrl+o", self.main())
        self.choose_file(self.gimp, "Open Image", self.folder / "second.png")  # another of the series
        window.until(lambda: self.main("second"), "the second image")
        window.key("alt+1")
        window.until(self.main, "the first image")
        self.menu("Colors", TITLE)
        self.shot("menu-colors")
        window.key("Escape Escape")
        self.menu("Filters", TITLE)
        self.shot("menu-filters")
        window.key("Escape Escape")
        self.open()
        self.shot("dialog")
        before = self.studies()
        self.add("reference.png")
        window.until(lambda: not dialog.find("Before", "label"), "the first picture", SEARCH_SECONDS)
        self.shot("searching")
        self.searched(before)
        self.drop(self.folder / "second.png")
        self.shot("alternatives")
        self.found["alternatives"] = [cell.get_name() for cell in self.cells()]

    def add(self, name: str) -> None:
        """A reference out of the list of files, which opens beside the image."""
        window, dialog = self.window, self.dialog
        dialog.click(dialog.see("Add Reference"), lambda: dialog.find("From Files"))
        dialog.click(dialog.see("From Files"), lambda: window.find("Add References"))
        row = dialog.see(name, "table cell")
        dialog.click(row, lambda: row.get_state_set().contains(Atspi.StateType.SELECTED))
        self.shot("choosing-a-reference")
        dialog.press("Add", lambda: not window.find("Add References"))

    def drop(self, path: Path) -> None:
        """Drags a picture out of another program into the strip of references."""
        before = self.studies()
        with subprocess.Popen(["python3", "gimp_drop.py", str(path)]) as program:
            source = self.window.until(lambda: self.window.find("Drag from here"), "the window to drag from")
            place_of = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", source).splitlines())
            start = int(place_of["X"]) + 40, int(place_of["Y"]) + 30
            strip = place(self.dialog.see("Add Reference"), 4.0)
            self.dialog.drag(start, strip, lambda: self.dialog.find(path.name))
            program.terminate()
        self.searched(before)

    def refine(self) -> None:
        """Reasons, a lock, the third alternative, 60 per cent of it, and the split view."""
        window, dialog = self.window, self.dialog
        dialog.page("Filters")
        first = dialog.every("check box", dialog.see("Filters", "page tab"))[0]
        point(*place(first, 0.3))
        window.until(lambda: dialog.find("Without", "label"), "the picture without the first filter")
        self.shot("without-the-first-filter")
        lock = dialog.see("Lock", "toggle button")
        dialog.toggle(lock)
        point(640, 20)
        self.shot("locked")
        dialog.page("Alternatives")
        third = self.cells()[3]
        dialog.toggle(third)
        point(640, 20)
        self.shot("third-alternative")
        dialog.type_number("Strength", 60)
        split = dialog.see("Split view", "check box")
        dialog.toggle(split)
        picture = dialog.see("Picture")
        dialog.drag(place(picture), place(picture, 0.3), lambda: dialog.find("Before", "label") and dialog.find("After", "label"))
        point(640, 20)
        self.shot("strength-60-split-view")
        dialog.click(split, lambda: not is_on(split))

    def keep(self) -> None:
        """Two takes, compared, exported in both ways, and one of them put on another image."""
        window, dialog = self.window, self.dialog
        self.keep_take(1)
        dialog.page("Alternatives")
        dialog.toggle(self.cells()[0])
        self.keep_take(2)
        compare = dialog.see("Compare it", "toggle button")
        dialog.toggle(compare)
        window.until(lambda: is_on(dialog.see("Split view", "check box")), "the split view")
        point(640, 20)
        self.shot("two-takes-compared")
        dialog.click(compare, lambda: not is_on(compare))
        self.export("take.json", lambda: None)
        self.export("presets", self._as_presets)
        self.found["exported"] = sorted(str(path.relative_to(self.folder)) for path in self.folder.glob("export/**/*") if path.is_file())
        dialog.click(dialog.see("Apply to other open images", "button"), lambda: window.find("Apply to Other Images"))
        self.shot("series")
        others = dialog.see("Apply to Other Images", "dialog")
        dialog.click(dialog.find("Apply", "button", others), lambda: not window.find("Apply to Other Images"))
        window.until(lambda: self.layer(newest=True)["filters"], "the filters on the other image")
        self.found["series"] = self.layer(newest=True)
        dialog.page("Limits")
        self.shot("limits")
        dialog.page("Alternatives")
        third = self.cells()[3]
        dialog.toggle(third)
        self.leave_by("Apply")
        self.found["done"] = self.layer()
        self.shot("applied")

    def keep_take(self, count: int) -> None:
        self.dialog.page("Takes")
        self.dialog.press("Keep What Is Shown", lambda: len(self._takes()) == count)

    def _takes(self) -> list[Any]:
        return [one for one in self.dialog.every("button") if one.get_name().startswith("Delete this take")]

    def export(self, name: str, choose: Any) -> None:
        (self.folder / "export").mkdir(exist_ok=True)
        self.dialog.click(self.dialog.see("Export as JSON", "button"), lambda: self.window.find("Export Take"))
        self.window.quiet()
        choose()
        self.shot(f"export-{Path(name).stem}")
        self.dialog.click(self.dialog.every("text", self.dialog.see("Export Take"))[0], lambda: True)
        self.choose_file(self.dialog, "Export Take", self.folder / "export" / name, name=True)

    def _as_presets(self) -> None:
        dialog = self.dialog
        dialog.click(dialog.see("Take (JSON)", "combo box"), lambda: dialog.find("Presets of GIMP", "menu item"))
        dialog.click(dialog.see("Presets of GIMP", "menu item"), lambda: dialog.find("Presets of GIMP", "combo box"))

    def undo(self) -> None:
        for name, keys, there in (("undone", "ctrl+z", False), ("redone", "ctrl+y", True)):
            self.window.key(keys, self.main())
            self.window.until(lambda there=there: bool(self.layer()["filters"]) == there, name)
            self.found[name] = self.layer()
            self.shot(name)

    def repeat(self) -> None:
        """Repeat Last: the same references again, without the dialog; and the two ways out of its progress window."""
        window = self.window
        window.key("ctrl+z", self.main())
        window.until(lambda: not self.layer()["filters"], "undo")
        window.key("ctrl+f", self.main())
        window.until(lambda: self.layer()["filters"], "the repeated answer", SEARCH_SECONDS)
        self.found["repeated"] = self.layer()
        self.dismiss()
        for name, leave in (("cancelled", "Escape"), ("kept", "alt+u")):
            window.key("ctrl+z", self.main())
            window.until(lambda: not self.layer()["filters"], "undo")
            window.key("ctrl+f", self.main())
            window.until(lambda: window.find(TITLE), "the progress window")
            while progress := window.find(TITLE):  # the search is short, and there is no best so far in its first moments
                window.key(leave, progress)
            window.until(lambda: not self._plug_ins(), "the plug-in's end")
            self.found[name] = self.layer()
            self.dismiss()
        window.key("ctrl+z", self.main())
        window.until(lambda: not self.layer()["filters"], "undo")

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
        before = self.studies()
        self.open()
        dialog = self.dialog
        dialog.click(dialog.see("Add Reference"), lambda: dialog.find("Last Used"))
        dialog.click(dialog.see("Last Used"), lambda: dialog.find("reference.png", "menu item"))
        dialog.click(dialog.see("reference.png", "menu item"), lambda: self.studies() - before)
        self.window.key("Escape", self.window.find(TITLE))
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
            "studies": len(self.studies()),
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
        window, dialog = self.window, self.dialog
        window.key("ctrl+y", self.main())
        window.until(lambda: self.layer()["filters"], "redo")
        self.found["saved"] = self.layer()
        window.key("ctrl+s", self.main())
        self.choose_file(self.gimp, "Save Image", self.folder / "walk.xcf", name=True)
        walk = window.until(lambda: self.main("walk"), "the saved image")
        window.until(lambda: not window.find(r"\*.*walk.*GIMP"), "the file")
        window.key("ctrl+w", walk)
        window.until(lambda: not self.main("walk"), "the image's end")
        window.key("ctrl+o")
        self.choose_file(self.gimp, "Open Image", self.folder / "walk.xcf")
        window.until(lambda: self.main("walk"), "the reopened image")
        self.found["reopened"] = self.layer(newest=True)
        self.found["edited_filter"] = self.edit()
        self.found["edited"] = self.layer(newest=True)
        self.shot("edited-by-hand")
        self.open()
        window.until(lambda: dialog.find("As the layer is now", "label"), "what stands on the layer")
        dialog.page("Filters")
        self.shot("continued")
        before = self.studies()
        dialog.press("Search", lambda: self.studies() - before)
        self.searched(before)
        self.shot("searched-from-there")
        self.leave_by("Apply")
        self.found["continued"] = self.layer(newest=True)
        self.shot("end")

    def edit(self) -> str:
        """Opens a filter from the layer's "fx" badge, in GIMP's own dialog, and moves one of its numbers -> the filter's name."""
        gimp, names = self.gimp, [name for name in self.layer(newest=True)["filters"] if not name.endswith("Curves")]
        name = names[0]  # a curve has no numbers to move
        badge = gimp.every("table cell", gimp.every("tree table")[-1])[2]
        gimp.click(badge, lambda: gimp.find("Layer Effects"))
        row = gimp.see(name, "label")
        gimp.click(row, lambda: gimp.told("Edit the selected filter"))
        gimp.click(gimp.told("Edit the selected filter"), lambda: gimp.find(name, "dialog"))
        self.window.quiet()
        self.shot("editing-a-filter")
        filters = gimp.see(name, "dialog")
        number = next(one for one in gimp.every("spin button", filters) if value(one) < highest(one))
        before = value(number)
        for _ in range(3):
            point(*place(number, 0.97))
            xdotool("click", "1")
        self.window.until(lambda: value(number) != before, "another number")
        gimp.click(gimp.find("OK", "button", filters), lambda: not gimp.find(name, "dialog"))
        return name


def play(window: Window, folder: Path, rounds: int) -> dict[str, Any]:
    scenario = Scenario(window, folder)
    for step in (
        scenario.explore,
        scenario.refine,
        scenario.keep,
        scenario.undo,
        scenario.repeat,
        lambda: scenario.leave(rounds),
        scenario.go_on,
    ):
        step()
        (folder / "scenario.json").write_text(json.dumps(scenario.found))
    return scenario.found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Window(folder / "photo.png", folder / "config", sys.argv[2], folder / "pictures") as opened:
        play(opened, folder, int(sys.argv[3]))
