"""GTK as GIMP brings it, and the few things that all parts of the dialog do with it. Import it only where a user looks on."""

from contextlib import suppress
from typing import Any

from gimpfu_compat import GdkPixbuf, GLib, load_ui
from strings import _

GimpUi, Gtk, Gdk = load_ui()

CHECK_SIZE = 8
CHECK_DARK, CHECK_LIGHT = 0x666666, 0x999999
"""GIMP's default squares behind what is transparent, 0xRRGGBB."""

OFF_OPACITY = 0.45

CHOOSER_SIDE = 240
"""Longer side, in pixels, of the picture beside a list of files."""


def close(window: Any) -> None:
    """Destroys a window and lets it go away before work begins."""
    window.destroy()
    while Gtk.events_pending():
        Gtk.main_iteration()


def pixbuf_of(data: bytes, width: int, height: int, channels: int = 3) -> Any:
    """8-bit R'G'B' or R'G'B'A rows -> a picture for the screen; what is transparent shows GIMP's squares."""
    colours = GdkPixbuf.Colorspace.RGB
    found = GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(data), colours, channels == 4, 8, width, height, width * channels)
    if channels == 3:
        return found
    nearest = GdkPixbuf.InterpType.NEAREST
    return found.composite_color_simple(width, height, nearest, 255, CHECK_SIZE, CHECK_DARK, CHECK_LIGHT)


def shown_through(data: bytes, below: bytes, selected: bytes | None, width: int, height: int) -> Any:
    """8-bit R'G'B' rows as they are seen with the alpha of `below` (R'G'B'A), or over it where a selection (one byte a pixel) lets them."""
    rgba = bytearray(4 * width * height)
    for channel in range(3):
        rgba[channel::4] = data[channel::3]
    rgba[3::4] = below[3::4] if selected is None else selected
    if selected is None:
        return pixbuf_of(bytes(rgba), width, height, 4)
    found = pixbuf_of(below, width, height, 4)
    over = GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(bytes(rgba)), GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width)
    over.composite(found, 0, 0, width, height, 0, 0, 1, 1, GdkPixbuf.InterpType.NEAREST, 255)
    return found


def fitted(pixbuf: Any, width: int, height: int) -> Any:
    """The picture as large as it can be inside width x height, with its own proportions; enlarged at most four times."""
    scale = min(width / pixbuf.get_width(), height / pixbuf.get_height(), 4.0)
    size = max(1, round(pixbuf.get_width() * scale)), max(1, round(pixbuf.get_height() * scale))
    return pixbuf.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)


def label(text: str = "", *, dim: bool = False, wrap: bool = False, bold: bool = False, chars: int = 0) -> Any:
    """A text of the dialog, left aligned. `chars`: the width at which it wraps."""
    found = Gtk.Label(label=text, xalign=0.0, wrap=wrap)
    if chars:
        found.set_max_width_chars(chars)
        found.set_width_chars(min(chars, 8))
    if dim:
        found.get_style_context().add_class("dim-label")
    if bold:
        embolden(found, text)
    return found


def embolden(widget: Any, text: str) -> None:
    widget.set_markup(f"<b>{GLib.markup_escape_text(text)}</b>")


def column(*children: Any, spacing: int = 6, border: int = 0) -> Any:
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=spacing, border_width=border)
    for child in children:
        box.pack_start(child, False, False, 0)
    return box


def row(*children: Any, spacing: int = 6) -> Any:
    box = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=spacing)
    for child in children:
        box.pack_start(child, False, False, 0)
    return box


def icon_button(icon: str, help: str, pressed: Any, toggle: bool = False) -> Any:
    """A small button with an icon of GIMP's theme and a tooltip that says what it does, also to screen readers."""
    button = Gtk.ToggleButton() if toggle else Gtk.Button()
    button.add(Gtk.Image.new_from_icon_name(icon, Gtk.IconSize.MENU))
    button.set_relief(Gtk.ReliefStyle.NONE)
    button.set_tooltip_text(help)
    button.get_accessible().set_name(help)
    button.connect("toggled" if toggle else "clicked", pressed)
    if toggle:  # what is off is paler: the theme's frame alone is easily overlooked
        button.connect("toggled", _shade)
        _shade(button)
    return button


def _shade(button: Any) -> None:
    button.get_child().set_opacity(1.0 if button.get_active() else OFF_OPACITY)


def dial_of(text: str, value: float, upper: float) -> Any:
    """One of GIMP's own sliders with a number beside it, in percent."""
    dial = GimpUi.ScaleEntry.new(text, value, 0, upper, 0)
    dial.set_value(value)  # GIMP 3.2.6 does not take the one that it is made with
    for part in dial.get_children():
        if not isinstance(part, Gtk.Label):
            part.get_accessible().set_name(text.replace("_", ""))
    return dial


def choose_pictures(parent: Any, title: str, folder: str | None, many: bool) -> list[Any]:
    """Asks for picture files, each shown beside the list as it is pointed at -> `Gio.File`s, none where the user thought better of it."""
    chooser = Gtk.FileChooserDialog(title=title, transient_for=parent, action=Gtk.FileChooserAction.OPEN)
    chooser.add_buttons(_("_Cancel"), Gtk.ResponseType.CANCEL, _("_Add"), Gtk.ResponseType.ACCEPT)
    chooser.set_default_response(Gtk.ResponseType.ACCEPT)
    chooser.set_select_multiple(many)
    if folder:
        chooser.set_current_folder_uri(folder)
    pictures, every = Gtk.FileFilter(), Gtk.FileFilter()
    pictures.set_name(_("Pictures"))
    pictures.add_mime_type("image/*")
    every.set_name(_("All files"))
    every.add_pattern("*")
    chooser.add_filter(pictures)
    chooser.add_filter(every)
    shown = Gtk.Image()
    shown.set_size_request(CHOOSER_SIDE, -1)
    chooser.set_preview_widget(shown)
    chooser.connect("update-preview", _preview, shown)
    found = list(chooser.get_files()) if chooser.run() == Gtk.ResponseType.ACCEPT else []
    chooser.destroy()
    return found


def _preview(chooser: Any, shown: Any) -> None:
    path, picture = chooser.get_preview_filename(), None
    if path and GdkPixbuf.Pixbuf.get_file_info(path)[0] is not None:
        with suppress(GLib.Error):  # a damaged one: choosing it will say so
            picture = GdkPixbuf.Pixbuf.new_from_file_at_scale(path, CHOOSER_SIDE, CHOOSER_SIDE, True)
    shown.set_from_pixbuf(picture and (picture.apply_embedded_orientation() or picture))
    chooser.set_preview_widget_active(picture is not None)


def ask(parent: Any, text: str, detail: str, *answers: tuple[str, int]) -> int:
    """A question in a window of its own -> the response of the answer that was chosen."""
    box = Gtk.MessageDialog(transient_for=parent, modal=True, message_type=Gtk.MessageType.QUESTION, text=text, secondary_text=detail)
    for words, response in answers:
        box.add_button(words, response)
    box.set_default_response(answers[-1][1])
    chosen = box.run()
    box.destroy()
    return int(chosen)
