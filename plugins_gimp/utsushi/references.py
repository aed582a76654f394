"""References out of files, open images, layers and the clipboard. A selection in an open image shows only that region of it."""

from array import array
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gimpfu_compat import Gimp, Gio, GLib, RequestError
from look import Shown
from pixels import SIDE, Picture, read_file, read_pixels, visible_copy
from strings import _

JPEG_QUALITY = "92"


def from_file(file: Any) -> Shown:
    return Shown(read_file(file, SIDE), uri=file.get_uri())


def from_image(image: Any) -> Shown:
    """All visible layers of an open image, inside its selection where it has one."""
    copy = image.duplicate()
    try:
        if not any(layer.get_visible() for layer in copy.get_layers()):
            raise RequestError(_("{name} has no visible layer. Show one, or choose another reference.").format(name=image.get_name()))
        if copy.get_base_type() != Gimp.ImageBaseType.RGB:
            copy.convert_rgb()
        selection = None if Gimp.Selection.is_empty(copy) else copy.get_selection()
        merged = copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
        return Shown(read_pixels(merged, SIDE, image.get_name(), selection))
    finally:
        copy.delete()


def from_layer(layer: Any) -> Shown:
    """One layer with its filters, whether it is visible or not, inside its image's selection where there is one."""
    image = layer.get_image()
    selection = None if Gimp.Selection.is_empty(image) else image.get_selection()
    if not layer.get_filters():
        return Shown(read_pixels(layer, SIDE, layer.get_name(), selection))
    scratch = visible_copy(layer, [], SIDE)
    try:
        return Shown(read_pixels(scratch.get_layers()[0], SIDE, layer.get_name(), selection, layer))
    finally:
        scratch.delete()


def from_clipboard() -> Shown:
    """The picture in the clipboard, of GIMP or of another program."""
    from toolkit import Gdk, Gtk

    pixbuf = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_image()
    if pixbuf is None:
        raise RequestError(_("There is no picture in the clipboard. Copy one first."))
    return Shown(_from_pixbuf(pixbuf, _("Clipboard")))


def remembered(one: Shown) -> dict[str, Any]:
    """A reference as the image keeps it beside its filters: where its file is, or itself (JPEG) where it came from no file."""
    found: dict[str, Any] = {"name": one.picture.name, "weight": one.weight}
    found |= {"uri": one.uri} if one.uri else {"picture": _jpeg(one.picture)}
    return found | ({"original": {"name": one.original.name, "picture": _jpeg(one.original)}} if one.original is not None else {})


def recalled(kept: Mapping[str, Any]) -> Shown:
    """The inverse of `remembered`. Raises RequestError where the file is gone or what was kept is damaged."""
    shown = from_file(Gio.File.new_for_uri(kept["uri"])) if "uri" in kept else Shown(_from_jpeg(kept))
    original = _from_jpeg(kept["original"]) if "original" in kept else None
    return replace(shown, weight=float(kept.get("weight", 1.0)), original=original)


def _from_pixbuf(pixbuf: Any, name: str) -> Picture:
    from toolkit import GdkPixbuf

    scale = min(1.0, SIDE / max(pixbuf.get_width(), pixbuf.get_height()))
    size = max(1, round(pixbuf.get_width() * scale)), max(1, round(pixbuf.get_height() * scale))
    small = pixbuf.scale_simple(*size, GdkPixbuf.InterpType.HYPER).add_alpha(False, 0, 0, 0)
    rows, stride, width = small.get_pixels(), small.get_rowstride(), 4 * size[0]
    data = b"".join(rows[start : start + width] for start in range(0, stride * size[1], stride))
    table = [value / 255 for value in range(256)]
    return Picture(array("f", [table[byte] for byte in data]).tobytes(), *size, name, data)


def _jpeg(picture: Picture) -> str:
    from toolkit import pixbuf_of

    pixbuf = pixbuf_of(picture.shown, picture.width, picture.height, 4)
    _, data = pixbuf.save_to_bufferv("jpeg", ["quality"], [JPEG_QUALITY])
    return b64encode(data).decode("ascii")


def _from_jpeg(kept: Mapping[str, Any]) -> Picture:
    from toolkit import GdkPixbuf

    try:
        stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b64decode(kept["picture"])))
        return _from_pixbuf(GdkPixbuf.Pixbuf.new_from_stream(stream, None), str(kept["name"]))
    except (GLib.Error, ValueError, KeyError) as error:
        raise RequestError(_("A reference that the image keeps is damaged. Add it again.")) from error
