"""What the next search may do: what may change, how many filters, and whether earlier ones stay."""

from collections.abc import Callable
from typing import Any

from exploration import Exploration
from locks import BY_ID, PRESETS
from strings import _, name_of
from toolkit import Gtk, label

FILTERS_MOST = 8


class SettingsPage(Gtk.Box):
    """`keep_earlier(on)` is called when the user wants earlier filters to stay; it is only offered where there are some."""

    def __init__(self, exploration: Exploration, earlier: bool, keep_earlier: Callable[[bool], None]) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self.exploration = exploration
        self._setting = False
        self.preset = Gtk.ComboBoxText()
        for preset in PRESETS:
            self.preset.append(preset.id, _(preset.label))
        self.preset.connect("changed", self._preset_chosen)
        self.help = label("", dim=True, wrap=True, chars=46)
        self.most = Gtk.SpinButton.new_with_range(1, FILTERS_MOST, 1)
        self.most.connect("value-changed", self._most_chosen)
        grid = Gtk.Grid(column_spacing=8, row_spacing=8)
        for place, (text, widget) in enumerate(((_("_What may change"), self.preset), (_("Filters at m_ost"), self.most))):
            title = Gtk.Label(label=text, use_underline=True, xalign=0.0, mnemonic_widget=widget)
            grid.attach(title, 0, place, 1, 1)
            grid.attach(widget, 1, place, 1, 1)
        keep = Gtk.CheckButton(label=_("Keep the filters of _earlier imitations"), use_underline=True, sensitive=earlier)
        keep.set_tooltip_text(_("New filters are added to them; otherwise they are replaced"))
        keep.connect("toggled", lambda button: keep_earlier(button.get_active()))
        self.locked = label("", wrap=True, chars=46)
        for part in (grid, self.help, keep, self.locked):
            self.pack_start(part, False, False, 0)
        self.update()

    def update(self) -> None:
        wishes = self.exploration.wishes
        self._setting = True
        self.preset.set_active_id(wishes.preset)
        self.most.set_value(wishes.max_tools)
        self._setting = False
        self.help.set_text(_(BY_ID[wishes.preset].help))
        labels = [name_of(tool) for tool in self.exploration.tools if tool["id"] in self.exploration.locked]
        self.locked.set_text(_("Locked filters: {names}").format(names=", ".join(labels)) if labels else "")

    def _preset_chosen(self, combo: Any) -> None:
        if not self._setting:
            self.exploration.wish(preset=combo.get_active_id() or "")
            self.help.set_text(_(BY_ID[self.exploration.wishes.preset].help))

    def _most_chosen(self, spin: Any) -> None:
        if not self._setting:
            self.exploration.wish(max_tools=spin.get_value_as_int())
