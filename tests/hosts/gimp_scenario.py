"""What a photographer does, in a real GIMP window: menu, dialog, progress, result, undo. Runs inside a test root; leaves findings as JSON.

python3 gimp_scenario.py FOLDER VERSION       FOLDER: a lab with photo.png, reference.png, config; pictures go into FOLDER/pictures
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from gimp_window import Window

TITLE = "Imitate Reference"
LAYER = """
layer = Gimp.get_images()[0].get_layers()[0]
answer = {"filters": [live.get_name() for live in layer.get_filters()], "take": layer.get_parasite("utsushi-take") is not None}
"""


def play(window: Window, reference: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    main = window.find(f"{window.photo.stem}.*GIMP")
    window.key("alt+c", main)
    window.key("Up Up")
    window.shot("menu-colors")
    window.key("Escape Escape")
    window.key("alt+r", main)
    window.key("Up")
    window.shot("menu-filters")
    window.key("Return")
    dialog = window.until(lambda: window.find(TITLE), "the dialog")
    time.sleep(1.0)
    window.key("space", dialog)
    chooser = window.until(lambda: window.find("Select a File|Reference$"), "the file chooser")
    time.sleep(0.7)
    window.type("/")
    time.sleep(0.5)
    window.type(str(reference)[1:])
    window.key("Return", chooser)
    window.until(lambda: not window.find("Select a File"), "the chooser's end")
    time.sleep(0.5)
    window.shot("dialog")
    window.key("alt+o", dialog)
    window.until(lambda: (found := window.find(TITLE)) and found != dialog and found, "the progress window")
    while window.find(TITLE):
        window.shot("now")
        if window.find(TITLE):
            window.keep("now", "progress")
        time.sleep(0.3)
    window.until(lambda: window.find("GIMP Message") or window.inside(LAYER)["filters"], "the answer")
    time.sleep(1.5)
    found["done"] = window.inside(LAYER)
    window.shot("result")
    if message := window.find("GIMP Message"):
        window.key("Return", message)
    window.click(1105 if window.version > "3.1" else 1127, 636)  # the layer's fx badge
    time.sleep(1.0)
    window.shot("effects")
    window.key("Escape")
    main = window.find(f"{window.photo.stem}.*GIMP")
    window.key("ctrl+z", main)
    time.sleep(1.0)
    found["undone"] = window.inside(LAYER)
    window.shot("undone")
    window.key("ctrl+y", main)
    time.sleep(1.0)
    found["redone"] = window.inside(LAYER)
    window.key("ctrl+z", main)
    window.key("ctrl+f", main)  # Repeat Last: the same values again, without the dialog
    window.until(lambda: window.inside(LAYER)["filters"], "the repeated answer")
    found["repeated"] = window.inside(LAYER)
    for name, leave in (("cancelled", "Escape"), ("kept", "alt+u")):
        main = window.find(f"{window.photo.stem}.*GIMP")
        window.key("ctrl+z", main)
        window.key("ctrl+f", main)
        progress = window.until(lambda: window.find(TITLE), "the progress window")
        while window.find(TITLE):  # at once and again: the search is short, and there is no best so far in its first moments
            window.key(leave, progress)
        time.sleep(1.0)
        found[name] = window.inside(LAYER)
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Window(folder / "photo.png", folder / "config", sys.argv[2], folder / "pictures") as opened:
        findings = play(opened, folder / "reference.png")
    (folder / "scenario.json").write_text(json.dumps(findings))
