"""Puts settings on layers as live filters: one undo step an image, with what they came from as a parasite of the layer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gimpfu_compat import Gimp, RequestError
from live_filters import build_filters, own_filters, put_on
from pixels import profile_note
from strings import _, ngettext

TAKE = "utsushi-take"
"""Name of the layer's parasite that holds what the filters came from, so that one can go on from there."""


def chosen_layer(image: Any, drawables: Sequence[Any]) -> Any:
    """The one layer to work on. Raises RequestError, saying what to change, where there is none."""
    if image.get_base_type() != Gimp.ImageBaseType.RGB:
        raise RequestError(_("Only colour images can be imitated in. Convert this one first: Image > Mode > RGB."))
    if len(drawables) != 1:
        raise RequestError(
            _("{count} layers are selected. Select the one layer that is to change; a layer group works too.").format(count=len(drawables))
        )
    layer = drawables[0]
    if not layer.is_layer():
        raise RequestError(_("A mask or channel is selected, not a layer. Click on the layer's own thumbnail first."))
    if layer.is_floating_sel():
        raise RequestError(_("The selected layer is a floating selection. Anchor it or make it a layer first."))
    item = layer
    while item is not None:
        if item.get_lock_content():  # GIMP's own filters refuse such a layer too
            raise RequestError(_("The pixels of “{name}” are locked. Unlock them in the Layers dialog first.").format(name=item.get_name()))
        item = item.get_parent()
    return layer


def put_recipe(layer: Any, recipe: Sequence[Mapping[str, Any]], replaced: Sequence[Any], take: Mapping[str, Any]) -> list[str]:
    """Puts a recipe on the layer in one undo step, in the place of the filters `replaced` -> what to tell the user about it.

    Everything that can fail is done before the image is touched.
    """
    image = layer.get_image()
    built = build_filters(layer, recipe)
    content = json.dumps({"version": 1, "masked": not Gimp.Selection.is_empty(image), **take}).encode()
    parasite = Gimp.Parasite.new(TAKE, Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE, content)
    image.undo_group_start()
    try:
        put_on(layer, built, replaced)
        layer.attach_parasite(parasite)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()
    notes = [note for item in built for note in item.notes]
    if replaced:
        notes.append(
            ngettext(
                "{count} filter of an earlier imitation was replaced. Undo brings it back.",
                "{count} filters of an earlier imitation were replaced. Undo brings them back.",
                len(replaced),
            ).format(count=len(replaced))
        )
    if not Gimp.Selection.is_empty(image):
        notes.append(_("The filters act inside the selection only, and stay so when the selection changes."))
    if not layer.get_visible():
        notes.append(_("The layer is hidden: show it to see the result."))
    return notes


def kept_take(layer: Any) -> dict[str, Any] | None:
    """What the layer's filters came from, where that is known and can be read."""
    parasite = layer.get_parasite(TAKE)
    if parasite is None:
        return None
    try:
        take: dict[str, Any] = json.loads(bytes(parasite.get_data()).rstrip(b"\0"))
    except ValueError:
        return None
    return take if isinstance(take, dict) and take.get("version") == 1 else None


def standing_notes(layer: Any, replaced: Sequence[Any]) -> list[str]:
    """What a user should know of a layer before a search: where the look will act and be seen."""
    image, notes = layer.get_image(), []
    if not Gimp.Selection.is_empty(image):
        notes.append(_("The look is found for the selection and limited to it; its soft edges stay soft."))
    elif layer.get_mask() is not None:
        notes.append(_("The layer's mask limits where the look is seen, and what it is found for."))
    elif replaced and (kept_take(layer) or {}).get("masked"):
        notes.append(_("The present filters are limited to a selection. Select it again, or the new ones will act on the whole layer."))
    if not layer.get_visible():
        notes.append(_("The layer is hidden: show it to see the result."))
    if note := profile_note(image):
        notes.append(note)
    return notes


def apply_elsewhere(image: Any, recipe: Sequence[Mapping[str, Any]], take: Mapping[str, Any]) -> list[str]:
    """Puts a recipe on the selected layers of another image, in one undo step. Raises RequestError, before anything has changed."""
    layers = [chosen_layer(image, [layer]) for layer in image.get_selected_layers()]
    if not layers:
        raise RequestError(_("No layer is selected in {name}.").format(name=image.get_name()))
    image.undo_group_start()
    try:
        return [note for layer in layers for note in put_recipe(layer, recipe, own_filters(layer), take)]
    finally:
        image.undo_group_end()
