"""References out of files, open images, layers and the clipboard. A selection in an open image shows only that region of it."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gimpfu_compat import GdkPixbuf, Gimp, Gio, GLib, RequestError
from look import Shown
from pixels import SIDE, Picture, eight_bit, read_file, read_pixels, read_thumbnail, rows_of, visible_copy
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
    if selection is None and (reduced := read_thumbnail(layer, SIDE, layer.get_name())) is not None:
        return Shown(reduced)
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
    """A reference as the image keeps it beside its filters: where its file is, or itself where it came from no file."""
    found: dict[str, Any] = {"name": one.picture.name, "weight": one.weight}
    found |= {"uri": one.uri} if one.uri else _packed(one.picture)
    return found | ({"original": {"name": one.original.name, **_packed(one.original)}} if one.original is not None else {})


def recalled(kept: Mapping[str, Any]) -> Shown:
    """The inverse of `remembered`. Raises RequestError where the file is gone or what was kept is damaged."""
    shown = from_file(Gio.File.new_for_uri(kept["uri"])) if "uri" in kept else Shown(_unpacked(kept))
    original = _unpacked(kept["original"]) if "original" in kept else None
    return replace(shown, weight=float(kept.get("weight", 1.0)), original=original)


def _from_pixbuf(pixbuf: Any, name: str, mask: Any = None) -> Picture:
    """`mask`: a picture of the same size whose red says how much each pixel counts."""
    scale = min(1.0, SIDE / max(pixbuf.get_width(), pixbuf.get_height()))
    size = max(1, round(pixbuf.get_width() * scale)), max(1, round(pixbuf.get_height() * scale))
    found = eight_bit(rows_of(pixbuf.scale_simple(*size, GdkPixbuf.InterpType.HYPER)), *size, pixbuf.get_n_channels(), name)
    if mask is None:
        return found
    data = bytearray(found.data)
    data[3::4] = rows_of(mask.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR))[:: mask.get_n_channels()]
    return replace(found, data=bytes(data))


def _packed(picture: Picture) -> dict[str, str]:
    """The picture as JPEG, and what of it counts as PNG where that is not all of it; both in base 64."""
    size = picture.width, picture.height
    # Without alpha: gdk-pixbuf 2.44 loses the colours of a picture that has it when it writes JPEG.
    rgb, alpha = bytearray(3 * size[0] * size[1]), picture.alpha
    for channel in range(3):
        rgb[channel::3] = picture.shown[channel::4]
    found = {"picture": _encoded(bytes(rgb), size, "jpeg", quality=JPEG_QUALITY)}
    if min(alpha) < 1:
        counts = bytes(round(255 * min(1.0, max(0.0, value))) for value in alpha)
        found["mask"] = _encoded(bytes(byte for value in counts for byte in (value, value, value)), size, "png")
    return found


def _encoded(rgb: bytes, size: tuple[int, int], kind: str, **options: str) -> str:
    from toolkit import pixbuf_of

    _, data = pixbuf_of(rgb, *size).save_to_bufferv(kind, list(options), list(options.values()))
    return b64encode(data).decode("ascii")


def _unpacked(kept: Mapping[str, Any]) -> Picture:
    try:
        mask = _decoded(kept["mask"]) if "mask" in kept else None
        return _from_pixbuf(_decoded(kept["picture"]), str(kept["name"]), mask)
    except (GLib.Error, ValueError, KeyError) as error:
        raise RequestError(_("A reference that the image keeps is damaged. Add it again.")) from error


def _decoded(text: str) -> Any:
    return GdkPixbuf.Pixbuf.new_from_stream(Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b64decode(text))), None)
