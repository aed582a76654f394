"""What the dialog's parts do inside GIMP, without its window: one start, many checks. Run by `GimpHost.python`.

`arguments`: folder, photo, recipe (filters with slots, curves and radii that this GIMP can make).
"""

import json
import sys
import traceback
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

if "Gimp" not in globals():  # `GimpHost.python` provides them; this is for readers and linters
    from gi.repository import Gegl, Gimp, Gio

arguments: dict[str, Any] = globals()["arguments"]
answer: dict[str, Any] = {}
folder = Path(arguments["folder"])
sys.path.insert(0, str(folder / "config/plug-ins/utsushi"))

import application  # noqa: E402
import gimpfu_compat  # noqa: E402
import pixels  # noqa: E402
import presets  # noqa: E402
import readback  # noqa: E402
import references  # noqa: E402
import takes  # noqa: E402
from live_filters import build_filters, put_on  # noqa: E402

GdkPixbuf = gimpfu_compat.GdkPixbuf

CHECKS: list[Callable[[], Any]] = []
RECIPE = arguments["recipe"]


def check(function: Callable[[], Any]) -> Callable[[], Any]:
    CHECKS.append(function)
    return function


def load(name: str) -> tuple[Any, Any]:
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(folder / name)))
    return image, image.get_layers()[0]


def save(image: Any, name: str) -> None:
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(folder / name)), None)


def red(image: Any) -> array:
    """The red of the whole picture with its filters, in linear light."""
    copy = image.duplicate()
    layer = copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    data = array("f", layer.get_buffer().get(area, 1.0, "RGB float", Gegl.AbyssPolicy.NONE))[0::3]
    copy.delete()
    return data


@check
def settings_read_back() -> Any:
    """Every slot of every filter, before and after a file."""
    image, layer = load(arguments["photo"])
    put_on(layer, build_filters(layer, RECIPE), [])
    side = max(layer.get_width(), layer.get_height())

    def entries(of: Any) -> list[Any]:
        by_name = {entry["name"]: entry for entry in RECIPE}
        return [readback.like_template(entry, by_name[entry["name"]], side) for entry in readback.read_back(of, of.get_filters())]

    before = entries(layer)
    save(image, "parts.xcf")
    again, reloaded = load("parts.xcf")
    found = {
        "same": [readback.same(one, other) for one, other in zip(before, RECIPE, strict=True)],
        "after": [readback.same(one, other) for one, other in zip(entries(reloaded), RECIPE, strict=True)],
    }
    live = reloaded.get_filters()[-1]
    config = live.get_config()
    config.set_property("exposure", 0.75)
    live.update()
    found["edited"] = [readback.same(one, other) for one, other in zip(entries(reloaded), RECIPE, strict=True)]
    image.delete()
    again.delete()
    return found


def linear(value: float) -> float:
    """sRGB's curve (IEC 61966-2-1)."""
    return ((value + 0.055) / 1.055) ** 2.4 if value > 0.04045 else value / 12.92


@check
def feathered_selection() -> Any:
    """The filter acts as much as a pixel is selected, and what the engine sees weighs as much."""
    image, layer = load(arguments["photo"])
    width, height = image.get_width(), image.get_height()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, width // 4, height // 4, width // 2, height // 2)
    Gimp.Selection.feather(image, 30)
    picture = pixels.read_layer(layer, [])
    mask = array(
        "f", image.get_selection().get_buffer().get(Gegl.Rectangle.new(0, 0, width, height), 1.0, "Y float", Gegl.AbyssPolicy.NONE)
    )
    before = red(image)
    application.put_recipe(layer, [{"operation": "gegl:exposure", "name": "Exposure", "steps": [{"exposure": 1.0}]}], [], {})
    Gimp.Selection.none(image)
    save(image, "feather.xcf")
    again, _ = load("feather.xcf")
    found = {}
    for name, of in (("kept", image), ("reloaded", again)):
        pairs = [(after / old - 1, weight) for old, after, weight in zip(before, red(of), mask, strict=True) if 0.2 < old < 0.45]
        found[name] = {
            "worst": max(abs(gain - weight) for gain, weight in pairs),
            "darker": max(abs(gain - linear(weight)) for gain, weight in pairs),
            "soft": sum(0.1 < weight < 0.9 for _, weight in pairs),
        }
    seen = picture.alpha
    found["alpha"] = max(abs(a - b) for a, b in zip(seen, mask, strict=True)) if len(seen) == len(mask) else None
    found["shown"] = picture.selected is not None and len(picture.selected) == picture.width * picture.height
    image.delete()
    again.delete()
    return found


@check
def selection_on_a_large_layer_with_filters() -> Any:
    """The reduced copy that is read for such a layer has the selection where the layer has it."""
    image, layer = load(arguments["photo"])
    image.scale(1536, 1024)
    own = Gimp.DrawableFilter.new(layer, "gegl:exposure", "mine")
    own.get_config().set_property("exposure", 0.2)
    own.update()
    layer.append_filter(own)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 768, 0, 768, 1024)
    picture = pixels.read_layer(layer, [])
    alpha = picture.alpha
    half = picture.width // 2
    found = {
        "left": sum(alpha[row * picture.width + column] for row in range(picture.height) for column in range(half - 4)),
        "right": sum(
            alpha[row * picture.width + column] < 0.99 for row in range(picture.height) for column in range(half + 4, picture.width)
        ),
        "size": [picture.width, picture.height],
    }
    image.delete()
    return found


@check
def layer_mask() -> Any:
    image, layer = load(arguments["photo"])
    mask = layer.create_mask(Gimp.AddMaskType.BLACK)
    layer.add_mask(mask)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 100, 100)
    Gimp.context_set_foreground(Gegl.Color.new("white"))
    mask.edit_fill(Gimp.FillType.FOREGROUND)
    Gimp.Selection.none(image)
    alpha = pixels.read_layer(layer, []).alpha
    image.delete()
    return {"seen": sum(value > 0.5 for value in alpha)}


@check
def takes_in_the_file() -> Any:
    image, layer = load(arguments["photo"])
    kept = [takes.Take("Warm “dusk”", {"exposure.exposure": 0.4}, RECIPE, "warmer", ["beach.jpg"])]
    kept.append(takes.Take(takes.free_name("Warm “dusk”", kept), {}, RECIPE[:1]))
    dirty = image.is_dirty()
    takes.store(image, kept)
    save(image, "takes.xcf")
    again, _ = load("takes.xcf")
    found = {
        "same": takes.load(again) == kept,
        "names": [take.name for take in kept],
        "json": json.loads(kept[0].exported())["recipe"] == RECIPE,
    }
    takes.store(image, [])
    found |= {"gone": image.get_parasite_list(), "dirty": dirty}
    again.attach_parasite(Gimp.Parasite.new(takes.PARASITE, Gimp.PARASITE_PERSISTENT, b"{ not json"))
    found["damaged"] = takes.load(again)
    image.delete()
    again.delete()
    return found


@check
def presets_of_gimps_own() -> Any:
    before = len(Gimp.get_images())
    written = presets.export_presets(takes.Take("Dusk", {}, RECIPE), folder / "presets")
    texts = {path.stem: path.read_text() for path in written}
    return {"texts": texts, "images": len(Gimp.get_images()) - before}


@check
def look_over_a_series() -> Any:
    """The same filters on the selected layer of another image: one undo group, replaced when it is done again."""
    image, layer = load(arguments["photo"])
    image.set_selected_layers([layer])
    application.apply_elsewhere(image, RECIPE, {"name": "Dusk"})
    application.apply_elsewhere(image, RECIPE[:1], {"name": "Dusk"})
    found = {"filters": [live.get_name() for live in layer.get_filters()], "take": application.kept_take(layer)}
    layer.set_lock_content(True)
    try:
        application.apply_elsewhere(image, RECIPE, {})
        found["locked"] = ""
    except application.RequestError as error:
        found["locked"] = str(error)
    image.delete()
    return found


@check
def references_of_every_kind() -> Any:
    image, layer = load(arguments["photo"])
    whole = references.from_image(image).picture
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 50, 40)
    part, layered = references.from_image(image).picture, references.from_layer(layer).picture
    gray, _ = load(arguments["photo"])
    gray.convert_grayscale()
    found = {
        "whole": sum(value > 0.5 for value in whole.alpha),
        "part": [sum(value > 0.5 for value in one.alpha) for one in (part, layered)],
        "gray": references.from_image(gray).picture.width,
        "images": len(Gimp.get_images()),
    }
    image.delete()
    gray.delete()
    return found


@check
def large_pictures_are_read_reduced() -> Any:
    """Layers as GIMP itself reduces them, JPEGs as their decoder does; what would not be the same is read in full."""
    image, layer = load(arguments["photo"])
    image.scale(1800, 1200)
    reduced, whole = pixels.read_thumbnail(layer, pixels.SIDE, "layer"), pixels.read_pixels(layer, pixels.SIDE, "layer")
    area = Gegl.Rectangle.new(0, 0, 1800, 1200)
    rows = layer.get_buffer().get(area, 1.0, "R'G'B' u8", Gegl.AbyssPolicy.NONE)
    pixbuf = GdkPixbuf.Pixbuf.new_from_bytes(gimpfu_compat.GLib.Bytes.new(rows), GdkPixbuf.Colorspace.RGB, False, 8, 1800, 1200, 5400)
    pixbuf.savev(str(folder / "plain.jpg"), "jpeg", ["quality"], ["95"])
    save(image, "profiled.jpg")
    plain, profiled = (pixels.read_file(Gio.File.new_for_path(str(folder / f"{name}.jpg")), pixels.SIDE) for name in ("plain", "profiled"))
    found = {
        "layer": [reduced.dtype, whole.dtype, max(abs(a - b) for a, b in zip(reduced.shown, whole.shown, strict=True))],
        "files": [plain.dtype, profiled.dtype, [plain.width, plain.height] == [profiled.width, profiled.height]],
        "apart": sum(abs(a - b) for a, b in zip(plain.shown, profiled.shown, strict=True)) / len(plain.shown),
        "sums": [sum(plain.alpha) / len(plain.alpha), sum(reduced.alpha) / len(reduced.alpha)],
    }
    put_on(layer, build_filters(layer, RECIPE[:1]), [])
    found["with_filters"] = pixels.read_thumbnail(layer, pixels.SIDE, "layer") is None
    deep, deeper = load(arguments["photo"])
    deep.scale(1800, 1200)
    deep.convert_precision(Gimp.Precision.U16_NON_LINEAR)
    found["deep"] = pixels.read_thumbnail(deeper, pixels.SIDE, "layer") is None
    image.delete()
    deep.delete()
    return found


@check
def seen_by_gimp() -> Any:
    """A recipe rendered on a reduced copy leaves the layer and the list of images alone."""
    image, layer = load(arguments["photo"])
    before = len(Gimp.get_images())
    plain, width, height = pixels.seen_with(layer, [], [])
    changed, _, _ = pixels.seen_with(layer, [], RECIPE)
    found = {"size": [width, height], "bytes": len(plain), "changed": plain != changed, "filters": len(layer.get_filters())}
    found["images"] = len(Gimp.get_images()) - before
    image.delete()
    return found


for one in CHECKS:
    try:
        answer[one.__name__] = {"found": one()}
    except Exception:
        answer[one.__name__] = {"error": traceback.format_exc()}
