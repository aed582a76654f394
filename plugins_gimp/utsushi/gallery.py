"""The alternatives as small pictures that are named by what they do: a click tries one, a second one with Shift is mixed in."""

from collections.abc import Mapping
from typing import Any

from exploration import Exploration
from look import BEST, Rendered
from strings import _, engine_words, ngettext
from toolkit import Gdk, Gtk, column, label, pixbuf_of

COLUMNS = 3
NAME_CHARS = 16


class Gallery(Gtk.Box):
    """Follows an exploration; `update` after it told "gallery"."""

    def __init__(self, exploration: Exploration, width: int) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.exploration, self.width = exploration, width
        self.cells: dict[int, Any] = {}
        self.pictures: dict[int, Any] = {}
        self.shown: dict[int, Rendered] = {}
        self._of: Any = None
        self._setting = False
        self.hint = label(_("Alternatives appear here when a search has ended."), dim=True, wrap=True, chars=46)
        self.grid = Gtk.Grid(column_spacing=4, row_spacing=4, column_homogeneous=True)
        self.mix = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 100, 5)
        self.mix.set_value_pos(Gtk.PositionType.RIGHT)
        self.mix.set_hexpand(True)
        self.mix.connect("value-changed", self._mixed)
        self.mix.connect("format-value", lambda scale, value: f"{value:.0f} %")
        title = label(_("_Mix"))
        title.set_use_underline(True)
        title.set_mnemonic_widget(self.mix)
        self.mixing = Gtk.Box(spacing=6)
        self.mixing.pack_start(title, False, False, 0)
        self.mixing.pack_start(self.mix, True, True, 0)
        self.leaning = label("", wrap=True, chars=34)
        forget = Gtk.Button(label=_("Forget C_hoices"), use_underline=True, valign=Gtk.Align.CENTER)
        forget.set_tooltip_text(_("The next search does not lean to what you picked"))
        forget.connect("clicked", lambda button: exploration.forget_choices())
        self.learned = Gtk.Box(spacing=6)
        self.learned.pack_start(self.leaning, True, True, 0)
        self.learned.pack_start(forget, False, False, 0)
        for part in (self.learned, self.grid, self.hint, self.mixing):
            self.pack_start(part, False, False, 0)
        self.connect("map", lambda widget: self.update())

    def update(self) -> None:
        imitation = self.exploration.imitation
        if imitation is not self._of:
            self._of = imitation
            self._rebuild()
        for index, picture in self.exploration.thumbs.items():
            if self.shown.get(index) is not picture and index in self.pictures:
                self.shown[index] = picture
                self.pictures[index].set_from_pixbuf(pixbuf_of(picture.data, picture.width, picture.height))
        look = self.exploration.look
        self._setting = True
        for index, cell in self.cells.items():
            cell.set_active(look.values is None and index in (look.index, look.other))
        self.mix.set_value(100 * look.amount)
        self._setting = False
        picks = self.exploration.picks
        self.leaning.set_text(leaning_of(imitation, len(picks)) if picks else "")
        self.learned.set_visible(bool(picks))
        self.hint.set_visible(look.other is None)
        self.mixing.set_visible(look.other is not None)

    def _rebuild(self) -> None:
        for cell in self.grid.get_children():
            cell.destroy()
        self.cells, self.pictures, self.shown = {}, {}, {}
        found = [_("As found")] if self._of else []
        found += [engine_words(alternative["name"]) for alternative in (self._of or {}).get("alternatives", ())]
        found = [name[:1].upper() + name[1:] for name in found]
        for place, name in enumerate(found):
            index = place + BEST
            self.grid.attach(self._cell(index, name), place % COLUMNS, place // COLUMNS, 1, 1)
        if len(found) == 1:
            self.hint.set_text(_("No other answer looks different enough from this one."))
        elif found:
            self.hint.set_text(_("Click to try one. Hold Shift to mix it with the one that is shown."))
        else:
            self.hint.set_text(_("Alternatives appear here when a search has ended."))
        self.grid.show_all()

    def _cell(self, index: int, name: str) -> Any:
        picture = Gtk.Image()
        picture.set_size_request(self.width, round(self.width * 2 / 3))
        text = label(name, wrap=True, chars=NAME_CHARS)
        text.set_lines(2)
        text.set_ellipsize(3)
        text.set_justify(Gtk.Justification.CENTER)
        text.set_xalign(0.5)
        text.set_yalign(0.0)
        cell = Gtk.ToggleButton(relief=Gtk.ReliefStyle.NONE)
        cell.add(column(picture, text, spacing=2))
        cell.set_tooltip_text(name)
        cell.get_accessible().set_name(name)
        cell.connect("clicked", self._clicked, index)
        cell.connect("button-press-event", self._pressed, index)
        cell.connect("key-press-event", self._key, index)
        self.cells[index], self.pictures[index] = cell, picture
        return cell

    def _clicked(self, cell: Any, index: int) -> None:
        if not self._setting:
            self.exploration.choose(index)

    def _pressed(self, cell: Any, event: Any, index: int) -> bool:
        if event.button == 1 and event.state & Gdk.ModifierType.SHIFT_MASK:
            self.exploration.mix(index)
            return True
        return False

    def _key(self, cell: Any, event: Any, index: int) -> bool:
        if event.keyval in (Gdk.KEY_Return, Gdk.KEY_space) and event.state & Gdk.ModifierType.SHIFT_MASK:
            self.exploration.mix(index)
            return True
        return False

    def _mixed(self, scale: Any) -> None:
        if not self._setting and self.exploration.look.other is not None:
            self.exploration.blend(scale.get_value() / 100)


def leaning_of(imitation: Mapping[str, Any] | None, picks: int) -> str:
    """What the user's choices did to the answer, as a fact."""
    leaning = (imitation or {}).get("leaning")
    if not leaning:
        return ngettext("{count} choice counts in the next search", "{count} choices count in the next search", picks).format(count=picks)
    words, count = ", ".join(engine_words(word) for word in leaning["words"]), leaning["picks"]
    if not words:
        return ngettext("{count} choice did not change it visibly", "{count} choices did not change it visibly", count).format(count=count)
    return ngettext("Leaning {words} because of {count} choice", "Leaning {words} because of {count} choices", count).format(
        words=words, count=count
    )
