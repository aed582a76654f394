"""A small window to drag a file out of, as out of a file manager. Runs inside a test root: python3 gimp_drop.py FILE"""

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

TITLE = "Drag from here"


def main(path: str) -> None:
    window = Gtk.Window(title=TITLE, default_width=90, default_height=60, type_hint=Gdk.WindowTypeHint.UTILITY)
    window.set_keep_above(True)
    window.move(2, 690)
    source = Gtk.EventBox()
    source.add(Gtk.Label(label=Path(path).stem))
    source.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    source.drag_source_add_uri_targets()
    source.connect("drag-data-get", lambda widget, context, data, info, time: data.set_uris([Path(path).as_uri()]))
    window.add(source)
    window.show_all()
    Gtk.main()


if __name__ == "__main__":
    main(sys.argv[1])
