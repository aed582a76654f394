"""Live filters from recipe entries: made completely before any is put on a layer, every value checked against GIMP's own ranges."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gimpfu_compat import CUSTOM, HAS_CUSTOM, Gegl, Gimp, GObject, RequestError, available_operations

PREFIX = "Utsushi: "
"""What the names of our filters begin with, in the layer's list of effects and in XCF files: how a later run knows its own."""


@dataclass(frozen=True)
class Built:
    """A filter that is not yet on the layer. `notes` say which values GIMP's ranges changed."""

    filter: Any
    notes: tuple[str, ...]


def build_filters(layer: Any, recipe: Sequence[Mapping[str, Any]]) -> list[Built]:
    """Makes all filters of a recipe for `layer` without changing it. Raises RequestError if this GIMP cannot make one of them."""
    for setting in recipe:
        operation = setting["operation"]
        if operation not in available_operations():
            crashes = operation in CUSTOM and not HAS_CUSTOM
            reason = "this version of GIMP cannot make it from a plug-in; GIMP 3.2 can" if crashes else "this GIMP does not have it"
            raise RequestError(f"The filter {operation} cannot be used: {reason}.")
    return [build_filter(layer, setting) for setting in recipe]


def build_filter(layer: Any, setting: Mapping[str, Any]) -> Built:
    """One filter for `layer` from a recipe entry {"operation", "name", "opacity", "steps", "relative", "most"}.

    Each step is a set of properties that belong together: GIMP's multi-slot filters (levels, curves, colour balance, hue-saturation)
    act on the slot that the same step names in `channel` or `range`, and keep it when the next step names another. `relative` holds
    what follows the picture's size, as shares of the layer's longer side.
    """
    operation, notes = setting["operation"], []
    live = Gimp.DrawableFilter.new(layer, operation, PREFIX + setting.get("name", operation))
    config = live.get_config()
    properties = {pspec.name: pspec for pspec in config.list_properties()}
    lengths = lengths_on(setting, max(layer.get_width(), layer.get_height()))
    for step in setting["steps"]:
        for name, value in {**step, **lengths}.items():
            if name not in properties:
                raise RequestError(f"The filter {operation} of this GIMP has no setting {name!r}.")
            fitted = _fit(properties[name], value, operation)
            if isinstance(fitted, float) and not math.isclose(fitted, value, rel_tol=1e-6, abs_tol=1e-9):
                notes.append(f"{operation} {name}: {value:g} lies outside GIMP's range and became {fitted:g}.")
            config.set_property(name, fitted)
        live.update()
    if (opacity := float(setting.get("opacity", 1.0))) != 1.0:
        live.set_opacity(min(1.0, max(0.0, opacity)))
        live.update()
    return Built(live, tuple(notes))


def lengths_on(setting: Mapping[str, Any], side: int) -> dict[str, float]:
    """The settings of a recipe entry that follow the picture's size, for one whose longer side is `side` pixels."""
    most = setting.get("most", {})
    return {name: min(share * side, most.get(name, math.inf)) for name, share in setting.get("relative", {}).items()}


def _fit(pspec: Any, value: Any, operation: str) -> Any:
    """`value` as the property's own type, inside its range: GIMP ignores what lies outside without a word."""
    kind, where = pspec.value_type, f"{operation} {pspec.name}"
    if HAS_CUSTOM and kind == Gimp.Curve.__gtype__:
        return _curve(value)
    if kind.is_a(Gegl.Color.__gtype__):
        return Gegl.Color.new(value)
    if kind == GObject.TYPE_BOOLEAN:
        return bool(value)
    if kind == GObject.TYPE_STRING:
        nicks = Gimp.param_spec_choice_get_choice(pspec).list_nicks() if isinstance(pspec, Gimp.ParamChoice) else [value]
        if value not in nicks:
            raise RequestError(f"{where} cannot be {value!r}; it can be {', '.join(nicks)}.")
        return value
    if not math.isfinite(value):
        raise RequestError(f"{where} cannot be {value}: a finite number is needed.")
    if kind in (GObject.TYPE_DOUBLE, GObject.TYPE_FLOAT):
        return float(min(pspec.maximum, max(pspec.minimum, value)))
    if kind in (GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_INT64, GObject.TYPE_UINT64):
        return int(min(pspec.maximum, max(pspec.minimum, round(value))))
    return int(value)  # an enumeration of GIMP's own


def _curve(points: Iterable[Sequence[float]]) -> Any:
    curve = Gimp.Curve.new()
    for point in points:
        curve.add_point(*(min(1.0, max(0.0, part)) for part in point))
    return curve


def scale_lengths(live: Any, scale: float) -> None:
    """Makes the radii of a filter `scale` times as long, those that GEGL marks as distances in pixels."""
    operation, config = live.get_operation_name(), live.get_config()
    for pspec in config.list_properties() if operation.startswith("gegl:") else ():
        if Gegl.Operation.get_property_key(operation, pspec.name, "unit") == "pixel-distance":
            config.set_property(pspec.name, _fit(pspec, config.get_property(pspec.name) * scale, operation))
    live.update()


def own_filters(layer: Any) -> list[Any]:
    """The filters on `layer` that earlier runs made, whatever the user did to their settings since."""
    return [live for live in layer.get_filters() if live.get_name().startswith(PREFIX)]


def put_on(layer: Any, built: Iterable[Built], replaced: Iterable[Any]) -> None:
    """Puts filters on `layer` in their order of execution, above what is there; takes `replaced` away first."""
    for live in replaced:
        live.delete()
    for item in built:
        layer.append_filter(item.filter)
