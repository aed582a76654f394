"""The references, always shown: small pictures with a weight each, and every way to add one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import references
from exploration import Exploration
from gimpfu_compat import Gimp, Gio, RequestError
from look import Shown
from strings import _
from toolkit import Gdk, Gtk, choose_pictures, column, fitted, icon_button, label, pixbuf_of

HEIGHT = 64
MOST = 12


class ReferencesStrip(Gtk.Box):
    """`changed` is called after the references of the exploration have changed, `complain(text)` where one cannot be read."""

    def __init__(
        self, exploration: Exploration, image: Any, recent: Sequence[Any], changed: Callable[[], None], complain: Callable[[str], None]
    ) -> None:
        super().__init__(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        self.exploration, self.image, self.recent, self._changed, self._complain = exploration, image, recent, changed, complain
        self.add_button = Gtk.MenuButton(use_underline=True, label=_("A_dd Reference"))
        self.menu = Gtk.Menu()
        self.menu.connect("show", self._fill_menu)
        self.add_button.set_popup(self.menu)
        self.add_button.set_tooltip_text(_("A picture with the look that this one is to get. It can also be dropped here."))
        self._fill_menu(self.menu)
        self.cells = Gtk.Box(spacing=6)
        self.hint = label("", dim=True, wrap=True, chars=60)
        scrolled = Gtk.ScrolledWindow(hexpand=True)
        scrolled.set_policy(Gtk.PolicyType.AUTOMATIC, Gtk.PolicyType.NEVER)
        inside = Gtk.Box(spacing=8)
        inside.pack_start(self.cells, False, False, 0)
        inside.pack_start(self.hint, False, False, 0)
        scrolled.add(inside)
        scrolled.set_size_request(-1, HEIGHT + 40)
        side = column(self.add_button)
        side.set_valign(Gtk.Align.CENTER)
        self.pack_start(side, False, False, 0)
        self.pack_start(scrolled, True, True, 0)
        self.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
        self.drag_dest_add_uri_targets()
        self.connect("drag-data-received", self._dropped)
        self.fill()

    def fill(self) -> None:
        """Shows the references that there are."""
        for cell in self.cells.get_children():
            cell.destroy()
        shown = self.exploration.references
        for index, one in enumerate(shown):
            self.cells.pack_start(self._cell(index, one), False, False, 0)
        self.cells.show_all()
        if not shown:
            self.hint.set_text(
                _("Add a picture with the look that you want, or drop it here. Several pictures of one look give a better answer.")
            )
        elif len(shown) < 3:
            self.hint.set_text(_("More pictures of the same look give a better answer: with eight it is found about twice as exactly."))
        else:
            self.hint.set_text("")
        self.hint.set_visible(len(shown) < 3)
        self.add_button.set_sensitive(len(shown) < MOST)

    def has_focus_inside(self) -> bool:
        focus = self.get_toplevel().get_focus()
        return focus is not None and focus.is_ancestor(self)

    def add_files(self, files: Sequence[Any]) -> None:
        """Adds pictures from files; what cannot be opened is told, the others are taken."""
        self._take([lambda file=file: references.from_file(file) for file in files])

    def _cell(self, index: int, one: Shown) -> Any:
        picture = Gtk.Image.new_from_pixbuf(fitted(pixbuf_of(one.picture.shown, one.picture.width, one.picture.height, 4), 110, HEIGHT))
        picture.set_tooltip_text(one.picture.name)
        picture.get_accessible().set_name(one.picture.name)
        weight = Gtk.SpinButton.new_with_range(0, 9, 0.5)
        weight.set_digits(1)
        weight.set_value(one.weight)
        weight.set_width_chars(3)
        weight.set_tooltip_text(_("Weight: how much this reference counts beside the others"))
        weight.get_accessible().set_name(_("Weight"))
        weight.connect("value-changed", self._weighed, index)
        original = Gtk.ToggleButton(label=_("Original"), relief=Gtk.ReliefStyle.NONE, active=one.original is not None)
        original.set_tooltip_text(self._original_help(one))
        original.connect("clicked", lambda button: self._choose_original(index))
        remove = icon_button("edit-delete", _("Remove this reference"), lambda button: self._remove(index))
        buttons = Gtk.Box(spacing=0)
        for part in (weight, original, remove):
            buttons.pack_start(part, False, False, 0)
        if len(self.exploration.references) == 1:
            weight.set_no_show_all(True)
        return column(picture, buttons, spacing=2)

    def _original_help(self, one: Shown) -> str:
        if one.original is not None:
            return _("Its original is {name}. Click to take it away.").format(name=one.original.name)
        return _("I also have its original: the same picture before it was edited, the best guide of all")

    def _fill_menu(self, menu: Any) -> None:
        for item in menu.get_children():
            item.destroy()
        self._item(menu, _("From _Files..."), self._choose_files)
        self._item(menu, _("From _Clipboard"), lambda: self._take([references.from_clipboard]))
        others = [image for image in Gimp.get_images() if image.get_id() != self.image.get_id()]
        self._submenu(menu, _("Open _Images"), [(image.get_name(), lambda image=image: references.from_image(image)) for image in others])
        layers = [(image, layer) for image in Gimp.get_images() for layer in image.get_layers()]
        named = [(f"{layer.get_name()} ({image.get_name()})", lambda layer=layer: references.from_layer(layer)) for image, layer in layers]
        self._submenu(menu, _("_Layers"), named)
        files = [file for file in self.recent if file is not None]
        self._submenu(menu, _("Last _Used"), [(file.get_basename(), lambda file=file: references.from_file(file)) for file in files])
        menu.show_all()

    def _item(self, menu: Any, text: str, act: Callable[[], None]) -> None:
        item = Gtk.MenuItem.new_with_mnemonic(text)
        item.connect("activate", lambda _item: act())
        menu.append(item)

    def _submenu(self, menu: Any, text: str, entries: Sequence[tuple[str, Callable[[], Shown]]]) -> None:
        item = Gtk.MenuItem.new_with_mnemonic(text)
        inner = Gtk.Menu()
        for name, read in entries:
            one = Gtk.MenuItem.new_with_label(name)
            one.connect("activate", lambda _item, read=read: self._take([read]))
            inner.append(one)
        item.set_submenu(inner)
        item.set_sensitive(bool(entries))
        menu.append(item)

    def _choose_files(self) -> None:
        self.add_files(self._ask_files(_("Add References"), many=True))

    def _ask_files(self, title: str, many: bool) -> list[Any]:
        return choose_pictures(self.get_toplevel(), title, self._folder(), many)

    def _folder(self) -> str | None:
        """Where the user most likely has more: beside the last reference, else beside the image itself."""
        shown = [Gio.File.new_for_uri(one.uri) for one in self.exploration.references if one.uri]
        known = [
            *reversed(shown),
            *(file for file in self.recent if file is not None),
            self.image.get_file() or self.image.get_imported_file(),
        ]
        return next((file.get_parent().get_uri() for file in known if file is not None and file.get_parent() is not None), None)

    def _take(self, readers: Sequence[Callable[[], Shown]]) -> None:
        troubles = []
        room = MOST - len(self.exploration.references)
        for read in readers[:room]:
            try:
                self.exploration.references.append(read())
            except RequestError as error:
                troubles.append(str(error))
        if len(readers) > room:
            troubles.append(_("At most {count} references are used.").format(count=MOST))
        self.fill()
        if troubles:
            self._complain("\n".join(troubles))
        if len(troubles) < len(readers):
            self._changed()

    def _weighed(self, spin: Any, index: int) -> None:
        shown = self.exploration.references
        shown[index] = replace(shown[index], weight=spin.get_value())
        self._changed()

    def _remove(self, index: int) -> None:
        del self.exploration.references[index]
        self.fill()
        self._changed()

    def _choose_original(self, index: int) -> None:
        shown = self.exploration.references
        before = shown[index]
        if before.original is not None:
            shown[index] = replace(before, original=None)
        elif files := self._ask_files(_("The Reference Before It Was Edited"), many=False):
            try:
                shown[index] = replace(before, original=references.from_file(files[0]).picture)
            except RequestError as error:
                self._complain(str(error))
        self.fill()
        if shown[index] is not before:
            self._changed()

    def _dropped(self, widget: Any, context: Any, x: int, y: int, data: Any, info: int, time: int) -> None:
        self.add_files([Gio.File.new_for_uri(uri) for uri in data.get_uris()])
