"""What the tests do inside GIMP: one start, many checks. Run by `GimpHost.python`; each check's findings (or traceback) go into `answer`.

`arguments`: folder, photo, reference, recipe (every filter that this GIMP can make, by hand), and `engine`: whether one is running.
"""

import json
import sys
import time
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

import gimpfu_compat  # noqa: E402
import live_filters  # noqa: E402
import pixels  # noqa: E402

CHECKS: list[Callable[[], Any]] = []


def check(function: Callable[[], Any]) -> Callable[[], Any]:
    CHECKS.append(function)
    return function


# -- tools of the trade


def load(name: str) -> tuple[Any, Any]:
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(folder / name)))
    return image, image.get_layers()[0]


def save(image: Any, name: str) -> str:
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(folder / name)), None)
    return name


def blank(width: int, height: int, precision: Any = None, alpha: bool = False) -> tuple[Any, Any]:
    image = Gimp.Image.new_with_precision(width, height, Gimp.ImageBaseType.RGB, precision or Gimp.Precision.U8_NON_LINEAR)
    kind = Gimp.ImageType.RGBA_IMAGE if alpha else Gimp.ImageType.RGB_IMAGE
    layer = Gimp.Layer.new(image, "blank", width, height, kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.fill(Gimp.FillType.TRANSPARENT if alpha else Gimp.FillType.WHITE)
    return image, layer


def seen(image: Any) -> array:
    """The whole picture with its filters, as R'G'B' float."""
    copy = image.duplicate()
    layer = copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    data = array("f", layer.get_buffer().get(area, 1.0, "R'G'B' float", Gegl.AbyssPolicy.NONE))
    copy.delete()
    return data


def apart(one: array, other: array) -> float:
    """The greatest difference in steps of 1/255."""
    return 255 * max(abs(a - b) for a, b in zip(one, other, strict=True))


def settings(layer: Any) -> list[dict[str, Any]]:
    """The filters of a layer in their order of execution, with every number, word and switch."""
    found = []
    for live in reversed(layer.get_filters()):
        config = live.get_config()
        values = {pspec.name: config.get_property(pspec.name) for pspec in config.list_properties()}
        plain = {name: value for name, value in values.items() if isinstance(value, bool | int | float | str)}
        found.append({"name": live.get_name(), "operation": live.get_operation_name(), "opacity": live.get_opacity(), "values": plain})
    return found


def imitate(image: Any, drawables: list[Any], **values: Any) -> dict[str, Any]:
    """Calls our procedure as any script would."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-utsushi-imitate")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    for name, value in values.items():
        config.set_property(name.replace("_", "-"), Gio.File.new_for_path(str(folder / value)) if isinstance(value, str) else value)
    began = time.monotonic()
    result = procedure.run(config)
    done = {
        "status": result.index(0).value_nick,
        "said": result.index(1) if result.length() > 1 else "",
        "seconds": time.monotonic() - began,
    }
    if done["status"] == "success":
        done["report"] = json.loads(done["said"])
    return done


# -- filters without an engine


@check
def hand_made_filters() -> Any:
    """Every filter with its slots: on the layer, in an XCF and back, edited after that, exported as PNG."""
    image, layer = load(arguments["photo"])
    before = seen(image)
    built = live_filters.build_filters(layer, arguments["recipe"])
    untouched = apart(before, seen(image))
    live_filters.put_on(layer, built, [])
    shown = seen(image)
    made = settings(layer)
    save(image, "hand.xcf")
    save(image, "hand.png")
    again, reloaded = load("hand.xcf")
    loaded, kept = seen(again), settings(reloaded)
    first = reloaded.get_filters()[-1]
    config = first.get_config()
    name, value = arguments["edit"]
    config.set_property(name, value)
    first.update()
    found = {
        "untouched": untouched, "changed": apart(before, shown), "made": made, "kept": kept, "reload": apart(shown, loaded),
        "edited": apart(loaded, seen(again)), "notes": [note for item in built for note in item.notes],
        "pixels": apart(before, array("f", layer.get_buffer().get(
            Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height()), 1.0, "R'G'B' float", Gegl.AbyssPolicy.NONE))),
    }  # fmt: skip
    image.delete()
    again.delete()
    return found


@check
def refused_settings() -> Any:
    image, layer = blank(8, 8)
    bad = {
        "unknown filter": {"operation": "gegl:no-such-thing", "steps": [{}]},
        "unknown setting": {"operation": "gegl:exposure", "steps": [{"colour": 1.0}]},
        "not a number": {"operation": "gegl:exposure", "steps": [{"exposure": float("nan")}]},
        "unknown word": {"operation": "gegl:vignette", "steps": [{"shape": "heart"}]},
    }
    if not gimpfu_compat.HAS_CUSTOM:
        bad["crashes 3.0"] = {"operation": "gimp:levels", "steps": [{}]}
    said = {}
    for name, setting in bad.items():
        try:
            live_filters.build_filters(layer, [setting])
            said[name] = ""
        except gimpfu_compat.RequestError as error:
            said[name] = str(error)
    clamped = live_filters.build_filter(layer, {"operation": "gegl:vignette", "name": "V", "steps": [{"softness": 7.0, "radius": -1.0}]})
    shares = {"operation": "gegl:shadows-highlights", "name": "S", "steps": [{"shadows": 10.0}], "relative": {"radius": 0.25}}
    lengths = live_filters.build_filter(layer, shares)
    found = {
        "said": said, "clamped": clamped.notes, "filters": len(layer.get_filters()),
        "radius": lengths.filter.get_config().get_property("radius"), "available": sorted(gimpfu_compat.available_operations()),
    }  # fmt: skip
    image.delete()
    return found


@check
def pixels_of_every_precision() -> Any:
    """One colour kept in every precision and another profile comes out as the same sRGB numbers."""
    found = {}
    for name in (
        "U8_LINEAR",
        "U8_NON_LINEAR",
        "U16_NON_LINEAR",
        "U32_LINEAR",
        "HALF_LINEAR",
        "FLOAT_LINEAR",
        "FLOAT_NON_LINEAR",
        "DOUBLE_LINEAR",
    ):
        image, layer = blank(32, 24, getattr(Gimp.Precision, name))
        Gimp.context_set_foreground(Gegl.Color.new("rgb(0.2, 0.5, 0.05)"))
        layer.edit_fill(Gimp.FillType.FOREGROUND)
        picture = pixels.read_pixels(layer, 16, "layer")
        found[name] = {
            "size": [picture.width, picture.height],
            "pixel": list(array("f", picture.data)[:4]),
            "note": pixels.profile_note(image),
        }
        image.delete()
    image, layer = load(arguments["photo"])
    before = pixels.read_pixels(layer, 32, "photo")
    image.convert_color_profile(Gimp.ColorProfile.new_rgb_adobe(), Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC, False)
    after = pixels.read_pixels(layer, 32, "photo")
    found["adobe"] = {"apart": apart(array("f", before.data), array("f", after.data)), "note": pixels.profile_note(image)}
    image.delete()
    return found


@check
def selection_is_kept_by_the_filter() -> Any:
    image, layer = load(arguments["photo"])
    before = seen(image)
    width = image.get_width()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 16, 16, 32, 16)
    picture = pixels.read_pixels(layer, 1000, "photo", image.get_selection())
    built = live_filters.build_filters(layer, [{"operation": "gegl:exposure", "name": "Exposure", "steps": [{"exposure": 1.0}]}])
    live_filters.put_on(layer, built, [])
    Gimp.Selection.none(image)
    save(image, "selected.xcf")
    again, _ = load("selected.xcf")
    found = {}
    for name, picture_of in (("kept", image), ("reloaded", again)):
        moved = {i // 3 for i, (a, b) in enumerate(zip(before, seen(picture_of), strict=True)) if abs(a - b) > 0.01}
        found[name] = {"inside": len(moved), "outside": sum(1 for i in moved if not (16 <= i % width < 48 and 16 <= i // width < 32))}
    found["alpha"] = sum(picture.alpha)
    image.delete()
    again.delete()
    return found


@check
def file_of_the_command_line() -> Any:
    """The XCF that `write_xcf` made in another run of this GIMP."""
    image, layer = load("command.xcf")
    plain, _ = load(arguments["photo"])
    found = {"layer": settings(layer), "changed": apart(seen(plain), seen(image))}
    image.delete()
    plain.delete()
    return found


# -- refusals of the procedure: nothing on the layer, a reason in words


@check
def refusals() -> Any:
    reference = {"reference": arguments["reference"]}
    found = {}

    def refuse(name: str, image: Any, drawables: list[Any], **values: Any) -> None:
        done = imitate(image, drawables, **values)
        found[name] = done | {"filters": sum(len(drawable.get_filters()) for drawable in drawables)}
        image.delete()

    image, layer = load(arguments["photo"])
    refuse("no reference", image, [layer])
    image, layer = load(arguments["photo"])
    refuse("missing reference", image, [layer], reference="missing.png")
    (folder / "broken.png").write_bytes((folder / arguments["photo"]).read_bytes()[:200])
    image, layer = load(arguments["photo"])
    refuse("broken reference", image, [layer], reference="broken.png")
    image, layer = load(arguments["photo"])
    image.convert_grayscale()
    refuse("gray", image, [layer], **reference)
    image, layer = load(arguments["photo"])
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
    refuse("indexed", image, [layer], **reference)
    image, layer = load(arguments["photo"])
    refuse("two layers", image, [layer, layer], **reference)
    image, layer = load(arguments["photo"])
    layer.set_lock_content(True)
    refuse("locked", image, [layer], **reference)
    image, layer = load(arguments["photo"])
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    refuse("mask", image, [mask], **reference)
    refuse("one pixel", *(lambda image, layer: (image, [layer]))(*blank(1, 1)), **reference)
    refuse("transparent", *(lambda image, layer: (image, [layer]))(*blank(64, 64, alpha=True)), **reference)
    image, layer = blank(64, 64, Gimp.Precision.FLOAT_LINEAR)
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(5, 5, 1, 1), "RGB float", array("f", [float("nan"), 0.5, float("inf")]).tobytes())
    buffer.flush()
    layer.update(0, 0, 64, 64)
    refuse("not numbers", image, [layer], **reference)
    image, layer = load(arguments["photo"])
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 4, 4)
    refuse("tiny selection", image, [layer], **reference)
    return found


# -- with the real engine over its socket


def looks(image: Any, layer: Any, done: dict[str, Any]) -> dict[str, Any]:
    parasite = layer.get_parasite("utsushi-take")
    kept = json.loads(bytes(parasite.get_data()).rstrip(b"\0")) if parasite else None
    return done | {"layer": settings(layer), "take": kept, "undo": image.undo_is_enabled()}


@check
def imitation() -> Any:
    """The whole job, with its result saved and exported; then again in place of the first, and a third time on top."""
    image, layer = load(arguments["photo"])
    done = looks(image, layer, imitate(image, [layer], reference=arguments["reference"]))
    save(image, "imitation.xcf")
    save(image, "imitation.png")
    shown = seen(image)
    again, reloaded = load("imitation.xcf")
    found = {"first": done, "reload": apart(shown, seen(again)), "kept": settings(reloaded), "take": reloaded.get_parasite_list()}
    again.delete()
    weaker = imitate(image, [layer], reference=arguments["reference"], strength=50.0, filters=3)
    found["replaced"] = looks(image, layer, weaker)
    found["stacked"] = looks(image, layer, imitate(image, [layer], reference=arguments["photo"], keep_earlier=True, filters=2))
    image.delete()
    return found


@check
def texture() -> Any:
    """The photo with GIMP's bloom is the reference: GIMP renders every try."""
    image, layer = load(arguments["photo"])
    if gimpfu_compat.VERSION < (3, 2):
        return None
    bloom = {"operation": "gegl:bloom", "name": "Bloom", "steps": [{"strength": 40.0, "threshold": 50.0}], "relative": {"radius": 0.02}}
    live_filters.put_on(layer, live_filters.build_filters(layer, [bloom]), [])
    save(image, "bloom.png")
    for live in layer.get_filters():
        live.delete()
    images = len(Gimp.get_images())
    done = looks(image, layer, imitate(image, [layer], reference="bloom.png", texture=True))
    found = {"done": done, "left_open": len(Gimp.get_images()) - images}
    image.delete()
    return found


@check
def grain() -> Any:
    """The reference is another photo with GIMP's noise; what comes back is noise too, once more with half of the likeness."""
    other, noisy = load(arguments["second"])
    noise = {"operation": "gegl:noise-rgb", "name": "Noise", "steps": [{"independent": False, "linear": False, "seed": 7, "red": 0.1,
             "green": 0.1, "blue": 0.1}]}  # fmt: skip
    live_filters.put_on(noisy, live_filters.build_filters(noisy, [noise]), [])
    save(other, "grain.png")
    other.delete()
    image, layer = load(arguments["photo"])
    found = [looks(image, layer, imitate(image, [layer], reference="grain.png", likeness=likeness)) for likeness in (100.0, 50.0)]
    save(image, "grainy.png")
    image.delete()
    return found


@check
def imitation_in_float_with_alpha() -> Any:
    """32-bit linear light, alpha, another profile, a user's own filter below ours, a group, a selection, a reference in XCF."""
    image, layer = load(arguments["photo"])
    image.convert_color_profile(Gimp.ColorProfile.new_rgb_adobe(), Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC, False)
    image.convert_precision(Gimp.Precision.FLOAT_LINEAR)
    layer.add_alpha()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    image.reorder_item(layer, group, 0)
    own = Gimp.DrawableFilter.new(group, "gegl:exposure", "mine")
    own.get_config().set_property("exposure", 0.5)
    own.update()
    group.append_filter(own)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, image.get_width() // 2, image.get_height())
    before = seen(image)
    done = looks(image, group, imitate(image, [group], reference="hand.xcf", reference_2=arguments["reference"]))
    after = seen(image)
    row = 3 * image.get_width()
    half = 3 * (image.get_width() // 2)
    found = {
        "done": done,
        "left": max(abs(a - b) for i, (a, b) in enumerate(zip(before, after, strict=True)) if i % row < half),
        "right": max(abs(a - b) for i, (a, b) in enumerate(zip(before, after, strict=True)) if i % row >= half),
    }
    image.delete()
    return found


@check
def engine_killed_in_the_middle() -> Any:
    """Asks for the killing in a file; the test outside obeys and starts another engine."""
    image, layer = load(arguments["photo"])
    (folder / "kill").touch()
    done = looks(image, layer, imitate(image, [layer], reference=arguments["reference"], reference_2=arguments["second"]))
    image.delete()
    return done


@check
def engine_absent() -> Any:
    """The test outside stops its engine, and in here none could be started: a reason and a remedy, at once."""
    image, layer = load(arguments["photo"])
    (folder / "stop").touch()
    deadline = time.monotonic() + 60
    while (folder / "stop").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("nobody stopped the engine")
        time.sleep(0.05)
    done = imitate(image, [layer], reference=arguments["reference"]) | {"filters": len(layer.get_filters())}
    image.delete()
    return done


for one in CHECKS:
    if arguments["only"] and one.__name__ not in arguments["only"]:
        continue
    began = time.monotonic()
    try:
        answer[one.__name__] = {"found": one()}
    except Exception:
        answer[one.__name__] = {"error": traceback.format_exc()}
    answer[one.__name__]["seconds"] = time.monotonic() - began
