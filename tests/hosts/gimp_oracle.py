"""Renders recipes with a real GIMP: the judge of the replica's `gimp:` filters. Run inside GIMP by `GimpHost.python`.

`arguments["jobs"]` is a list of {"picture", "width", "height", "channels", "recipe", "result"}: `picture` and `result` are files of float32
R'G'B' (3 channels) or R'G'B'A (4) rows. The result is what GIMP shows of a layer with the recipe's filters as live effects.
"""

from pathlib import Path
from typing import Any

if "Gimp" not in globals():  # `GimpHost.python` provides these and `arguments`; this is for readers and linters
    from gi.repository import Gegl, Gimp

    arguments: dict[str, Any] = {}

FORMATS = {3: "R'G'B' float", 4: "R'G'B'A float"}
KINDS = {3: Gimp.ImageType.RGB_IMAGE, 4: Gimp.ImageType.RGBA_IMAGE}


def picture_of(job: dict[str, Any]) -> tuple[Any, Any]:
    width, height = job["width"], job["height"]
    image = Gimp.Image.new_with_precision(width, height, Gimp.ImageBaseType.RGB, Gimp.Precision.FLOAT_NON_LINEAR)
    layer = Gimp.Layer.new(image, "photo", width, height, KINDS[job["channels"]], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), FORMATS[job["channels"]], Path(job["picture"]).read_bytes())
    buffer.flush()
    layer.update(0, 0, width, height)
    return image, layer


def native(name: str, value: Any) -> Any:
    if name == "color":
        return Gegl.Color.new(value)
    if name == "curve":
        curve = Gimp.Curve.new()
        for x, y in value:
            curve.add_point(x, y)
        return curve
    return value


def append(layer: Any, entry: dict[str, Any]) -> None:
    live = Gimp.DrawableFilter.new(layer, entry["operation"], entry["name"])
    config = live.get_config()
    for step in entry["steps"]:
        for name, value in step.items():
            config.set_property(name, native(name, value))
        live.update()
    live.set_opacity(entry["opacity"])
    live.update()
    layer.append_filter(live)


def render(job: dict[str, Any]) -> None:
    image, layer = picture_of(job)
    for entry in job["recipe"]:
        append(layer, entry)
    merged = image.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    area = Gegl.Rectangle.new(0, 0, job["width"], job["height"])
    Path(job["result"]).write_bytes(merged.get_buffer().get(area, 1.0, FORMATS[job["channels"]], Gegl.AbyssPolicy.NONE))
    image.delete()


for one in arguments["jobs"]:
    render(one)
answer = len(arguments["jobs"])
