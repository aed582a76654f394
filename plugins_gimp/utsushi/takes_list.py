"""The page of takes: keep what is shown, look at one again, compare, rename, delete, export, apply to other open images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import takes
from exploration import Exploration
from presets import PresetError, export_presets
from strings import _
from takes import Take
from toolkit import Gtk, icon_button, label


class TakesList(Gtk.Box):
    """`takes` are those of the image and new ones; `changed` says whether they have to be stored.

    `compare(take or None)` shows a take beside what is shown, `show(take)` in its place; `elsewhere(take)` asks for other images;
    `complain(text)` tells the user.
    """

    def __init__(
        self, exploration: Exploration, kept: list[Take], compare: Callable[[Take | None], None], show: Callable[[Take], None],
        elsewhere: Callable[[Take], None], complain: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.exploration, self.takes, self.changed = exploration, kept, False
        self.comparing = False
        self._compare, self._show, self._elsewhere, self._complain = compare, show, elsewhere, complain
        self.keep = Gtk.Button.new_with_mnemonic(_("_Keep What Is Shown"))
        self.keep.connect("clicked", self._keep)
        self.hint = label(_("Takes are stored in the image: XCF files keep them."), dim=True, wrap=True, chars=46)
        self.list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE)
        for part in (self.keep, self.hint, self.list):
            self.pack_start(part, False, False, 0)
        self._fill()

    def update(self) -> None:
        self.keep.set_sensitive(bool(self.exploration.recipe and self.exploration.values))

    def _fill(self) -> None:
        for child in self.list.get_children():
            child.destroy()
        for take in self.takes:
            self.list.add(self._row(take))
        self.list.show_all()
        self.update()

    def _row(self, take: Take) -> Any:
        name = Gtk.Entry(text=take.name, has_frame=False, width_chars=12)
        name.set_tooltip_text(_("The take's name; type to rename it"))
        name.connect("changed", self._renamed, take)
        box = Gtk.Box(spacing=0)
        box.pack_start(name, True, True, 0)
        for button in (
            icon_button("gimp-visible", _("Show this take"), lambda b: self._show(take)),
            icon_button("object-flip-horizontal", _("Compare it with what is shown"), self._compared, toggle=True),
            icon_button("document-save-as", _("Export as JSON or as presets of GIMP's filters"), lambda b: self._export(take)),
            icon_button("gimp-images", _("Apply to other open images"), lambda b: self._elsewhere(take)),
            icon_button("edit-delete", _("Delete this take"), lambda b: self._delete(take)),
        ):
            button.take = take
            box.pack_start(button, False, False, 0)
        found = Gtk.ListBoxRow(activatable=False, selectable=False, can_focus=False)
        found.set_tooltip_text(take.made)
        found.add(box)
        return found

    def _keep(self, button: Any) -> None:
        exploration = self.exploration
        name = takes.free_name(exploration.title() or _("Take"), self.takes)
        names = [one.picture.name for one in exploration.references]
        kept = {key: value for key, value in exploration.values.items() if key.partition(".")[0] not in exploration.off}
        self.takes.append(Take(name, kept, exploration.applied(), exploration.description(), names))
        self.changed = True
        self._fill()

    def _renamed(self, entry: Any, take: Take) -> None:
        take.name = entry.get_text()
        self.changed = True

    def _delete(self, take: Take) -> None:
        self.takes.remove(take)
        self.changed = True
        self.comparing = False
        self._compare(None)
        self._fill()

    def _compared(self, button: Any) -> None:
        on = self.comparing = button.get_active()
        if on:
            for found in self.list.get_children():
                for other in found.get_child().get_children():
                    if isinstance(other, Gtk.ToggleButton) and other is not button:
                        other.set_active(False)
        self._compare(button.take if on else None)

    def _export(self, take: Take) -> None:
        chooser = Gtk.FileChooserNative.new(_("Export Take"), self.get_toplevel(), Gtk.FileChooserAction.SAVE, None, None)
        chooser.set_do_overwrite_confirmation(True)
        chooser.set_current_name(f"{take.name}.json")
        plain, presets = Gtk.FileFilter(), Gtk.FileFilter()
        for kind, text, pattern in ((plain, _("Take (JSON)"), "*.json"), (presets, _("Presets of GIMP's filters (a folder)"), "*")):
            kind.set_name(text)
            kind.add_pattern(pattern)
            chooser.add_filter(kind)
        if chooser.run() == Gtk.ResponseType.ACCEPT:
            target = Path(chooser.get_filename())
            try:
                if chooser.get_filter() is presets:
                    export_presets(take, target.with_suffix(""))
                else:
                    target.write_text(take.exported(), encoding="utf-8")
            except (OSError, PresetError) as error:
                self._complain(str(error))
        chooser.destroy()
