"""GIMP renders candidates for a search: a small float copy of the layer, on which one recipe after the other is put and read back."""

from array import array
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from gimpfu_compat import Gegl, Gimp
from live_filters import build_filters, put_on
from pixels import FORMAT, read_pixels, visible_copy

DRAWN_SIDE = 256
"""Longer side, in pixels, of what GIMP renders for a search."""


class Easel:
    """A copy of `layer`, at most `side` pixels long, as new filters will see it: without `replaced`. Close it after use.

    It is kept in 32-bit float, whatever the image is: a search walks in steps that 8 bits would swallow.
    """

    def __init__(self, layer: Any, replaced: list[Any], side: int) -> None:
        image = layer.get_image()
        self.scratch = visible_copy(layer, replaced, side)
        self.scratch.undo_disable()
        if self.scratch.get_precision() != Gimp.Precision.FLOAT_NON_LINEAR:
            self.scratch.convert_precision(Gimp.Precision.FLOAT_NON_LINEAR)
        (self.base,) = self.scratch.get_layers()
        selection = None if Gimp.Selection.is_empty(image) else image.get_selection()
        picture = read_pixels(self.base, side, f"The layer “{layer.get_name()}”", selection, layer)
        self.width, self.height = picture.width, picture.height
        self.alpha = array("f", picture.alpha)

    def render(self, recipe: Sequence[Mapping[str, Any]]) -> bytes:
        """The layer with the filters of `recipe`: (height, width, 4) float32 R'G'B'A in sRGB; alpha says how much each pixel counts."""
        layer = self.base.copy()
        self.scratch.insert_layer(layer, None, 0)
        try:
            if recipe:
                put_on(layer, build_filters(layer, recipe), [])
                layer.merge_filters()
            area = Gegl.Rectangle.new(0, 0, self.width, self.height)
            values = array("f", layer.get_buffer().get(area, 1.0, FORMAT, Gegl.AbyssPolicy.CLAMP))
        finally:
            self.scratch.remove_layer(layer)
        values[3::4] = self.alpha
        return values.tobytes()

    def close(self) -> None:
        self.scratch.delete()

    def __enter__(self) -> "Easel":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
