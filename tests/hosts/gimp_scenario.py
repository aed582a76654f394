"""What a photographer does, in a real GIMP window, from the menu to going on from a hand-edited filter. Runs inside a test root.

python3 gimp_scenario.py FOLDER VERSION ROUNDS [LANGUAGE ...]
FOLDER: a lab with photo.png, reference.png, second.png, config and home. LANGUAGE: one more in which the dialog's pages are looked at.
Findings are left as FOLDER/scenario.json, numbered pictures in FOLDER/pictures.

Everything is done with the pointer and the keys. Looked up inside GIMP, not done there, is only what came of it (`LAYER`).
"""

import gettext
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gimp_hand import Atspi, highest, is_on, place, point, value
from gimp_session import SEARCH_SECONDS, TITLE, Session
from gimp_window import Window, xdotool


class Scenario(Session):
    """The walk, in steps that build on each other."""

    chosen = 3
    """The alternative that is applied."""

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
            try:
                source = self.window.until(lambda: self.window.find("Drag from here"), "the window to drag from")
                place_of = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", source).splitlines())
                start = int(place_of["X"]) + 40, int(place_of["Y"]) + 30
                strip = place(self.dialog.see("Add Reference"), 4.0)
                self.dialog.drag(start, strip, lambda: self.dialog.find(path.name))
            finally:
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
        shown = range(len(self.cells()))
        for self.chosen in (
            *shown[3:],
            *shown[1:3],
        ):  # curves have no numbers to move by hand
            dialog.page("Alternatives")
            dialog.toggle(self.cells()[self.chosen])
            dialog.page("Filters")
            filters = dialog.every("check box", dialog.see("Filters", "page tab"))
            if any(not one.get_name().startswith("Curves") for one in filters):
                break
        dialog.page("Alternatives")
        point(640, 20)
        self.shot("chosen-alternative")
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
        dialog.toggle(self.cells()[self.chosen])
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
        window.until(lambda: not self.plug_ins(), "the plug-in's end")  # an undo in the middle of its undo group breaks both
        self.found["repeated"] = self.layer()
        self.dismiss()
        for name, leave in (("cancelled", "Escape"), ("kept", "alt+u")):
            window.key("ctrl+z", self.main())
            window.until(lambda: not self.layer()["filters"], "undo")
            window.key("ctrl+f", self.main())
            window.until(lambda: window.find(TITLE), "the progress window")
            while progress := window.find(TITLE):  # the search is short, and there is no best so far in its first moments
                window.key(leave, progress)
            window.until(lambda: not self.plug_ins(), "the plug-in's end")
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
        self.found["left"] = {"rounds": rounds, "before": before, "after": self.traces(), "layer": self.layer()}

    def round(self) -> None:
        before = self.studies()
        self.open()
        dialog = self.dialog
        dialog.click(dialog.see("Add Reference"), lambda: dialog.find("Last Used"))
        dialog.click(dialog.see("Last Used"), lambda: dialog.find("reference.png", "menu item"))
        dialog.click(dialog.see("reference.png", "menu item"), lambda: dialog.find("Remove this reference"))
        self.window.until(lambda: self.studies() - before, "a search")
        self.window.key("Escape", self.window.find(TITLE))
        self.window.until(lambda: not self.window.find(TITLE), "the dialog's end")
        self.window.until(lambda: not self.plug_ins(), "the plug-in's end")
        self.window.until(lambda: self.studies() <= before, "the end of the search")  # the engine drops it in its own time

    def traces(self) -> dict[str, Any]:
        """What a round could leave behind: plug-in processes, temporary files, studies, images and layers."""
        layer = self.layer()
        gimp = next(path.parent for path in Path("/proc").glob("[0-9]*/comm") if path.read_text().startswith("gimp"))
        return {
            "processes": len(self.plug_ins()),
            "descriptors": len(os.listdir(gimp / "fd")),
            "temporary": sorted(path.name for path in Path("/tmp").glob("utsushi-*")),
            "studies": sorted(self.studies()),
            "images": layer["images"],
            "layers": layer["layers"],
            "filters": layer["filters"],
        }

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
        gimp = self.gimp
        name = next(name for name in self.layer(newest=True)["filters"] if not name.endswith("Curves"))
        badge = gimp.every("table cell", gimp.every("tree table")[-1])[2]
        gimp.click(badge, lambda: gimp.find("Layer Effects"))
        row = gimp.see(name)
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


def play(window: Window, folder: Path, rounds: int) -> Scenario:
    scenario = Scenario(window, folder)
    steps = (
        scenario.explore,
        scenario.refine,
        scenario.keep,
        scenario.undo,
        scenario.repeat,
        lambda: scenario.leave(rounds),
        scenario.go_on,
    )
    for step in steps:
        began = time.monotonic()
        step()
        scenario.found.setdefault("seconds", []).append(round(time.monotonic() - began, 1))
        (folder / "scenario.json").write_text(json.dumps(scenario.found))
    return scenario


def play_in(language: str, window: Window, folder: Path, count: int) -> None:
    """The pages of the dialog in another language, for the eye; GIMP's own words stay English."""
    catalogue = gettext.translation("utsushi", folder / "config/plug-ins/utsushi/locale", [language])

    def said(text: str) -> str:
        return catalogue.gettext(text).replace("_", "")

    scenario = Scenario(window, folder)
    scenario.count = count
    dialog, before = scenario.dialog, scenario.studies()
    scenario.gimp.click(scenario.menu("Filters", said(TITLE)), lambda: dialog.find(said("A_dd Reference")))
    dialog.click(dialog.see(said("A_dd Reference")), lambda: dialog.find(said("Last _Used")))
    dialog.click(dialog.see(said("Last _Used")), lambda: dialog.find("reference.png", "menu item"))
    dialog.click(dialog.see("reference.png", "menu item"), lambda: dialog.find(said("Remove this reference")))
    window.until(lambda: scenario.studies() - before, "a search")
    window.until(lambda: dialog.find(said("_Search Again"), "button"), "the end of the search", SEARCH_SECONDS)
    for name, page in (("alternatives", "A_lternatives"), ("filters", "_Filters"), ("takes", "_Takes"), ("limits", "L_imits")):
        dialog.page(said(page))
        point(640, 20)
        scenario.shot(f"{language}-{name}")
    dialog.press(said("_Cancel"), lambda: not scenario.plug_ins())


if __name__ == "__main__":
    folder, version, first, *others = Path(sys.argv[1]), *sys.argv[2:]
    with Window(folder / "photo.png", folder / "config", version, folder / "pictures") as opened:
        if first.isdigit():
            walked = play(opened, folder, int(first))
        else:
            play_in(first, opened, folder, int(others.pop()))
    for language in others:
        # In a process of its own: libatspi keeps to the message bus of the first window that it saw.
        again = [sys.executable, __file__, str(folder), version, language, str(walked.count)]
        subprocess.run(again, env={**os.environ, "LANGUAGE": language}, check=True)
