"""Filters on a layer back as recipe entries: what a user changed by hand in GIMP is where the next search begins.

A plug-in sees only one slot (channel, range) of GIMP's own multi-slot filters. An XCF file holds all of them as text, so a copy of the
layer that is one pixel large is saved and read: GIMP's documented file format, the one place where they stand complete.
"""

import math
import re
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gimpfu_compat import CUSTOM, Gimp, Gio, GObject
from live_filters import PREFIX, lengths_on

NUMBERS = {
    "trc": ("linear", "non-linear", "perceptual"),
    "channel": ("value", "red", "green", "blue", "alpha"),
    "range:gimp:color-balance": ("shadows", "midtones", "highlights"),
    "range:gimp:hue-saturation": ("all", "red", "yellow", "green", "cyan", "blue", "magenta"),
}
"""GIMP's enumerations by their words in files, in the order of their numbers."""

SLOTS = ("channel", "range")
IDENTITY = [[0.0, 0.0], [1.0, 1.0]]
CONFIG = b"\0\0\0\x07config\0\0\0\0\x06"
"""In a file: the name of the argument that holds the text, and the code of its type."""

TOLERANCE = 1e-5
"""Numbers come back from filters as 32-bit floats."""

Entry = dict[str, Any]


def read_back(layer: Any, filters: Sequence[Any]) -> list[Entry]:
    """Recipe entries of live filters, in their order of execution, what follows the layer's size left as it is there."""
    texts = config_texts(layer) if any(live.get_operation_name() in CUSTOM for live in filters) else {}
    found = []
    for live in reversed(filters):
        operation, name = live.get_operation_name(), live.get_name()
        steps = _slot_steps(operation, texts[name]) if operation in CUSTOM else [_plain_step(live)]
        found.append({"operation": operation, "name": name.removeprefix(PREFIX), "opacity": live.get_opacity(), "steps": steps})
    return found


def like_template(entry: Entry, template: Mapping[str, Any], side: int) -> Entry:
    """The entry with only what the engine's own entry for this filter speaks of: its properties, its shares of the longer side, and the
    slots that it names or that are no longer neutral."""
    relative = template.get("relative", {})
    names = {name for step in template["steps"] for name in step} | set(relative)
    slot = next((name for name in SLOTS if name in names), "")
    told = {step.get(slot) for step in template["steps"]}
    steps = []
    for step in entry["steps"]:
        kept = {name: value for name, value in step.items() if name in names}
        if not slot or step[slot] in told or not _neutral(step, slot):
            steps.append(kept)
    if not relative:
        return {**entry, "steps": steps}
    made, found = lengths_on(template, side), {name: steps[0].pop(name) for name in relative}
    shares = {name: relative[name] if _alike(made[name], length) else length / side for name, length in found.items()}
    return {**entry, "steps": steps, "relative": shares}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two entries set the same, but for rounding."""
    return one["operation"] == other["operation"] and _alike(
        [one.get("opacity", 1.0), one["steps"], one.get("relative", {})],
        [other.get("opacity", 1.0), other["steps"], other.get("relative", {})],
    )


def config_texts(layer: Any) -> dict[str, str]:
    """The complete settings of the layer's multi-slot filters, by the filter's name, as GIMP's files hold them."""
    image = Gimp.Image.new(layer.get_width(), layer.get_height(), Gimp.ImageBaseType.RGB)
    try:
        copy = Gimp.Layer.new_from_drawable(layer, image)
        image.insert_layer(copy, None, 0)
        copy.scale(1, 1, False)
        with tempfile.TemporaryDirectory(prefix="utsushi-") as folder:
            path = Path(folder) / "filters.xcf"
            Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(path)), None)
            data = path.read_bytes()
    finally:
        image.delete()
    return {live.get_name(): text for live in layer.get_filters() if (text := _text_of(data, live)) is not None}


def _text_of(data: bytes, live: Any) -> str | None:
    """What stands behind a filter's name and operation as argument `config` (both as an XCF string: length, bytes, zero)."""
    start = data.find(_xcf_string(live.get_name()))
    start = data.find(_xcf_string(live.get_operation_name()), start) if start >= 0 else -1
    start = data.find(CONFIG, start) if start >= 0 else -1
    if start < 0:
        return None
    start += len(CONFIG)
    (length,) = struct.unpack_from(">I", data, start)
    return data[start + 4 : start + 4 + length].rstrip(b"\0").decode("utf-8")


def _xcf_string(text: str) -> bytes:
    raw = text.encode("utf-8") + b"\0"
    return struct.pack(">I", len(raw)) + raw


def _slot_steps(operation: str, text: str) -> list[dict[str, Any]]:
    """One step a slot; what stands outside of slots (trc, overlap, preserve-luminosity) belongs to each of them."""
    shared: dict[str, Any] = {}
    steps: list[dict[str, Any]] = []
    slotted = {"low-input", "high-input", "gamma", "low-output", "high-output", "curve"} | {
        "cyan-red", "magenta-green", "yellow-blue", "hue", "saturation", "lightness",
    }  # fmt: skip
    for name, value in _settings(text):
        if name in SLOTS:
            words = NUMBERS.get(name) or NUMBERS[f"{name}:{operation}"]
            steps.append({name: words.index(value)})
        elif name in slotted:
            steps[-1][name] = _points(value) if name == "curve" else float(value)
        elif name in NUMBERS:
            shared[name] = NUMBERS[name].index(value)
        elif name != "time":
            shared[name] = value == "yes" if value in ("yes", "no") else float(value)
    return [{**step, **shared} for step in steps]


def _settings(text: str) -> list[tuple[str, str]]:
    """The outermost (name value) pairs of GIMP's notation."""
    found, depth, begin = [], 0, 0
    for place, sign in enumerate(text):
        if sign == "(":
            depth += 1
            begin = place + 1 if depth == 1 else begin
        elif sign == ")":
            depth -= 1
            if depth == 0:
                name, _, value = text[begin:place].replace("\n", " ").partition(" ")
                found.append((name, value.strip()))
    return found


def _points(text: str) -> list[list[float]]:
    numbers = re.search(r"\(points \d+ ([^)]*)\)", text)
    values = [float(part) for part in numbers.group(1).split()] if numbers else []
    return [[x, y] for x, y in zip(values[::2], values[1::2], strict=True)]


def _plain_step(live: Any) -> dict[str, Any]:
    config = live.get_config()
    step = {}
    for pspec in config.list_properties():
        value = config.get_property(pspec.name)
        if isinstance(value, bool | int | float | str):
            step[pspec.name] = value
        elif pspec.value_type.is_a(GObject.TYPE_ENUM):
            step[pspec.name] = int(value)
        elif hasattr(value, "get_rgba_with_space"):
            red, green, blue = value.get_rgba()[:3]
            step[pspec.name] = f"rgb({red}, {green}, {blue})"
    return step


def _neutral(step: Mapping[str, Any], slot: str) -> bool:
    """Whether a slot changes nothing."""
    if "curve" in step:
        return _alike(step["curve"], IDENTITY)
    ones = ("high-input", "gamma", "high-output")
    numbers = {name: value for name, value in step.items() if name not in (slot, "trc", "overlap") and not isinstance(value, bool)}
    return all(abs(value - (1.0 if name in ones else 0.0)) <= TOLERANCE for name, value in numbers.items())


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, bool | str):
        return bool(one == other)
    if isinstance(one, int | float):
        return isinstance(other, int | float) and math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_alike(value, other[name]) for name, value in one.items())
    return len(one) == len(other) and all(_alike(a, b) for a, b in zip(one, other, strict=True))
