"""Pixels out of GIMP: small float pictures of a layer or of a file, in sRGB, whatever precision and profile they are kept in."""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gimpfu_compat import GdkPixbuf, Gegl, Gimp, GLib, RequestError
from live_filters import build_filters, put_on, scale_lengths
from strings import _

FORMAT = "R'G'B'A float"  # babl converts from the image's own precision and profile to sRGB
MASK_FORMAT = "Y float"
SCREEN_FORMAT, SCREEN_MASK_FORMAT = "R'G'B'A u8", "Y u8"

SIDE = 768
"""Longer side, in pixels, of the pictures that the engine gets to see: the same as on the command line."""

LEAST = 64
"""Visible pixels that a picture needs before one can speak of its look."""


EIGHT_BIT, FLOAT = "|u1", "<f4"

PLAIN = frozenset((Gimp.Precision.U8_NON_LINEAR,))
"""Precisions of which GIMP's own reduced picture of a layer is exact."""


@dataclass(frozen=True)
class Picture:
    """`data` is (height, width, 4) R'G'B'A in sRGB, C order, as `dtype` says; alpha says how much each pixel counts.

    `shown` is the same for the screen, (height, width, 4) 8-bit, alpha without the selection; `selected`: the selection, (height, width)
    8-bit, None where everything is.
    """

    data: bytes
    width: int
    height: int
    name: str
    shown: bytes
    selected: bytes | None = None
    dtype: str = FLOAT

    @property
    def alpha(self) -> Sequence[float]:
        """How much each pixel counts, 0..1."""
        if self.dtype == EIGHT_BIT:
            return array("f", (value / 255 for value in self.data[3::4]))
        return array("f", self.data)[3::4]


def read_pixels(drawable: Any, max_side: int, name: str, selection: Any = None, stands_for: Any = None) -> Picture:
    """A picture of `drawable`, at most `max_side` long, without its filters; alpha is multiplied by `selection` (a channel) where given,
    and by the layer's mask where it has one.

    `stands_for`: the layer that `drawable` is a reduced copy of: where the selection lies on it, and its mask. Raises RequestError where
    nothing is visible, where pixels are not numbers, or where there are too few.
    """
    width, height = drawable.get_width(), drawable.get_height()
    scale = min(1.0, max_side / max(width, height))
    small = max(1, round(width * scale)), max(1, round(height * scale))
    buffer, whole = drawable.get_buffer(), Gegl.Rectangle.new(0, 0, *small)
    data = buffer.get(whole, scale, FORMAT, Gegl.AbyssPolicy.CLAMP)
    values = array("f", data)
    if not math.isfinite(sum(values)):
        raise RequestError(
            _(
                "{name} holds pixels that are not numbers (NaN or infinite). "
                "Convert a copy to 16 bit integer precision, which repairs them."
            ).format(name=name)
        )
    place = stands_for or drawable
    weights, selected = [], None
    if selection is not None:
        left, top = place.get_offsets()[1:]
        weights.append((selection, left, top))
    if place.is_layer() and (mask := place.get_mask()) is not None and place.get_apply_mask():
        weights.append((mask, 0, 0))
    for channel, left, top in weights:
        reduced = small[0] / place.get_width()
        area = Gegl.Rectangle.new(round(left * reduced), round(top * reduced), *small)
        chosen = array("f", channel.get_buffer().get(area, reduced, MASK_FORMAT, Gegl.AbyssPolicy.NONE))
        values[3::4] = array("f", (alpha * weight for alpha, weight in zip(values[3::4], chosen, strict=True)))
        data = values.tobytes()
        if channel is selection:
            selected = channel.get_buffer().get(area, reduced, SCREEN_MASK_FORMAT, Gegl.AbyssPolicy.NONE)
    _check_visible(sum(1 for alpha in values[3::4] if alpha > 0.5), name, selection is not None)
    shown = buffer.get(whole, scale, SCREEN_FORMAT, Gegl.AbyssPolicy.CLAMP)
    return Picture(data, *small, name, shown, selected)


def _check_visible(count: int, name: str, selected: bool) -> None:
    if not count:
        if selected:
            raise RequestError(
                _("{name} has no visible pixels inside the selection. Choose a layer that shows something.").format(name=name)
            )
        raise RequestError(_("{name} has no visible pixels. Choose a layer that shows something.").format(name=name))
    if count < LEAST:
        raise RequestError(
            _("{name} shows too few pixels to have a look of its own. At least {count} are needed.").format(name=name, count=LEAST)
        )


def eight_bit(rows: bytes, width: int, height: int, channels: int, name: str) -> Picture:
    """A picture of 8-bit sRGB samples, (height, width, 3 or 4). Raises RequestError where too little is visible."""
    rgba = bytearray(b"\xff") * (4 * width * height)
    for channel in range(channels):
        rgba[channel::4] = rows[channel::channels]
    _check_visible(sum(map((127).__lt__, rgba[3::4])), name, False)
    data = bytes(rgba)
    return Picture(data, width, height, name, data, None, EIGHT_BIT)


def rows_of(pixbuf: Any) -> bytes:
    """The samples of a picture without what its rows are padded with."""
    pixels, stride, width = pixbuf.get_pixels(), pixbuf.get_rowstride(), pixbuf.get_width() * pixbuf.get_n_channels()
    return b"".join(pixels[start : start + width] for start in range(0, stride * pixbuf.get_height(), stride))


def read_thumbnail(layer: Any, max_side: int, name: str) -> Picture | None:
    """The layer as GIMP itself reduces it for its Layers dialog, in a tenth of the time that a plug-in needs to read all of its pixels.

    None where that is not the same: deeper than 8 bit, another profile than sRGB, filters, a mask, or a small layer.
    """
    image = layer.get_image()
    alone = not (layer.is_group() or layer.get_filters() or layer.get_mask() is not None)
    width, height = layer.get_width(), layer.get_height()
    if not alone or image.get_precision() not in PLAIN or profile_note(image) or max(width, height) <= max_side:
        return None
    rows, width, height, channels = layer.get_thumbnail_data(max_side, max_side)
    return eight_bit(rows.get_data(), width, height, channels, name) if channels >= 3 else None


def profile_note(image: Any) -> str | None:
    """What to say about an image that is not kept in sRGB, else None."""
    profile = image.get_effective_color_profile()
    if profile is None or Gimp.ColorProfile.new_rgb_srgb().is_equal(profile) or not profile.is_rgb():
        return None
    if profile.is_linear() and profile.get_label().lower().find("srgb") >= 0:
        return None
    # Measured with Adobe RGB: colour temperature moves colours a fifth farther, all other filters stay within a twentieth.
    return _("The image is kept in “{profile}”. The look was found in sRGB; here the same settings act slightly differently.").format(
        profile=profile.get_label()
    )


def read_file(file: Any, max_side: int) -> Picture:
    """A picture of a file in any format that this GIMP opens, all visible layers together.

    Raises RequestError with GIMP's own reason where it cannot be opened.
    """
    name = file.get_basename()
    if not file.query_exists(None):
        raise RequestError(_("The file {name} does not exist. Choose another reference.").format(name=file.get_parse_name()))
    if (reduced := _read_jpeg(file, max_side, name)) is not None:
        return reduced
    try:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    except GLib.Error as error:
        raise RequestError(
            _("GIMP cannot open {name}: {reason} Open it in GIMP and export it as PNG or TIFF, then choose that.").format(
                name=name, reason=error.message
            )
        ) from error
    if image is None:
        raise RequestError(
            _("GIMP cannot open {name}. Export it as PNG or TIFF with the program that made it, then choose that.").format(name=name)
        )
    try:
        if not any(layer.get_visible() for layer in image.get_layers()):
            raise RequestError(
                _("{name} has no visible layer. Make one visible and save it, or choose another reference.").format(name=name)
            )
        image.policy_rotate(False)  # as the camera was held
        merged = image.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
        return read_pixels(merged, max_side, name)
    finally:
        image.delete()


def _read_jpeg(file: Any, max_side: int, name: str) -> Picture | None:
    """A large JPEG, reduced by its decoder: an eighth of the time that opening it in GIMP takes. None for anything else.

    A file with a colour profile of its own is left to GIMP, which knows what to do about it.
    """
    path = file.get_path()
    kind, width, height = GdkPixbuf.Pixbuf.get_file_info(path) if path else (None, 0, 0)
    if kind is None or kind.get_name() != "jpeg" or max(width, height) <= 2 * max_side or has_profile(path):
        return None
    try:
        pixbuf = GdkPixbuf.Pixbuf.new_from_file_at_scale(path, max_side, max_side, True)
    except GLib.Error:  # GIMP may open it all the same, or says why not
        return None
    upright = pixbuf.apply_embedded_orientation() or pixbuf
    return eight_bit(rows_of(upright), upright.get_width(), upright.get_height(), upright.get_n_channels(), name)


def has_profile(path: str) -> bool:
    """Whether a JPEG file holds an ICC profile, in one of the APP2 segments before its picture, or is not in RGB."""
    with open(path, "rb") as stream:
        stream.seek(2)
        while len(head := stream.read(4)) == 4 and head[0] == 0xFF:
            marker, length = head[1], int.from_bytes(head[2:], "big")
            segment = stream.read(length - 2)
            if marker == 0xE2 and segment.startswith(b"ICC_PROFILE"):
                return True
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # the frame: its sixth byte counts components
                return segment[5] != 3
    return True


def visible_copy(layer: Any, without: list[Any], max_side: int) -> Any:
    """A scratch image with a copy of `layer`, at most `max_side` long, whose filters are merged into its pixels, except `without`.

    The filters run on the reduced copy, in moments also for large photos; their radii are reduced with it. Delete the image after use.
    """
    image = layer.get_image()
    scratch = Gimp.Image.new_with_precision(layer.get_width(), layer.get_height(), image.get_base_type(), image.get_precision())
    if (profile := image.get_color_profile()) is not None:
        scratch.set_color_profile(profile)
    copy = Gimp.Layer.new_from_drawable(layer, scratch)
    scratch.insert_layer(copy, None, 0)
    scale = min(1.0, max_side / max(layer.get_width(), layer.get_height()))
    if scale < 1:
        copy.scale(max(1, round(layer.get_width() * scale)), max(1, round(layer.get_height() * scale)), False)
    unwanted = {live.get_name() for live in without}
    for live in copy.get_filters():
        if live.get_name() in unwanted:
            live.delete()
        else:
            scale_lengths(live, scale)
    copy.merge_filters()
    return scratch


def read_layer(layer: Any, replaced: list[Any]) -> Picture:
    """The layer as new filters will see it, inside the selection: with the filters on it, except those that are `replaced`."""
    image = layer.get_image()
    selection = None if Gimp.Selection.is_empty(image) else image.get_selection()
    name = _("The layer “{name}”").format(name=layer.get_name())
    if selection is None and (reduced := read_thumbnail(layer, SIDE, name)) is not None:
        return reduced
    if len(layer.get_filters()) == len(replaced):
        return read_pixels(layer, SIDE, name, selection)
    scratch = visible_copy(layer, replaced, SIDE)
    try:
        return read_pixels(scratch.get_layers()[0], SIDE, name, selection, layer)
    finally:
        scratch.delete()


def seen_with(layer: Any, replaced: list[Any], recipe: Sequence[Mapping[str, Any]]) -> tuple[bytes, int, int]:
    """How the layer would look with a recipe in the place of `replaced`, rendered by GIMP: (R'G'B'A 8-bit, width, height)."""
    scratch = visible_copy(layer, replaced, SIDE)
    try:
        copy = scratch.get_layers()[0]
        put_on(copy, build_filters(copy, recipe), [])
        copy.merge_filters()
        width, height = copy.get_width(), copy.get_height()
        data = copy.get_buffer().get(Gegl.Rectangle.new(0, 0, width, height), 1.0, SCREEN_FORMAT, Gegl.AbyssPolicy.CLAMP)
        return data, width, height
    finally:
        scratch.delete()
