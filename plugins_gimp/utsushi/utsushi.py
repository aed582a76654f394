#!/usr/bin/env python3
"""Filters > Imitate Reference...: shows the engine a photo and references, puts the answer on the layer as GIMP's own live filters."""

import json
from collections.abc import Mapping
from typing import Any

from conversation import Conversation
from gimpfu_compat import (
    PF_BOOL,
    PF_FILE,
    PF_INT,
    PF_SLIDER,
    VERSION,
    Call,
    Gimp,
    Parameter,
    RequestError,
    ServiceError,
    available_operations,
    main,
    register,
    show_message,
)
from live_filters import build_filters, own_filters, put_on
from pixels import Picture, profile_note, read_file, read_pixels, visible_copy

from server.client import Blobs, EngineError
from server.protocol.errors import ProtocolError

LABEL = "Imitate Reference..."
TAKE = "utsushi-take"
"""Name of the layer's parasite that holds what the engine answered, so that one can go on from there."""

SIDE = 768
"""Longer side, in pixels, of the pictures that the engine gets to see: the same as on the command line."""

REFERENCES = ("reference", "reference-2", "reference-3", "reference-4")


def imitate(call: Call) -> Mapping[str, str]:
    """The whole procedure. The image is touched only at its end, in one undo step; until then every failure leaves it as it was."""
    layer = chosen_layer(call)
    call.dialog()
    files = [call.values[name] for name in REFERENCES if call.values[name] is not None]
    if not files:
        raise RequestError("No reference was chosen. Choose a picture whose look this one is to get.")
    conversation = ask_engine(call, layer)
    watch(conversation, call.interactive)
    try:
        imitation = conversation.answer()
    except EngineError as error:
        raise ServiceError(f"{error.what[:1].upper()}{error.what[1:].rstrip('.')}. {error.remedy}") from error
    notes = [*conversation.notes, *imitation["warnings"], *apply(call, layer, imitation, conversation.study)]
    if note := profile_note(call.image):
        notes.append(note)
    if call.interactive:
        show_message("\n\n".join([summary(imitation), *notes]))
    return {"report": json.dumps({"imitation": imitation, "notes": notes})}


def chosen_layer(call: Call) -> Any:
    """The one layer to work on. Raises RequestError, saying what to change, where there is none."""
    if call.image.get_base_type() != Gimp.ImageBaseType.RGB:
        raise RequestError("Only colour images can be imitated in. Convert this one first: Image > Mode > RGB.")
    if len(call.drawables) != 1:
        raise RequestError(f"{len(call.drawables)} layers are selected. Select the one layer that is to change; a layer group works too.")
    layer = call.drawables[0]
    if not layer.is_layer():
        raise RequestError("A mask or channel is selected, not a layer. Click on the layer's own thumbnail first.")
    if layer.is_floating_sel():
        raise RequestError("The selected layer is a floating selection. Anchor it or make it a layer first.")
    item = layer
    while item is not None:
        if item.get_lock_content():  # GIMP's own filters refuse such a layer too
            raise RequestError(f"The pixels of “{item.get_name()}” are locked. Unlock them in the Layers dialog first.")
        item = item.get_parent()
    return layer


def ask_engine(call: Call, layer: Any) -> Conversation:
    """Everything that the engine needs, as a conversation that is ready to start."""
    Gimp.progress_init("Reading pictures")
    blobs = Blobs()
    selection = None if Gimp.Selection.is_empty(call.image) else call.image.get_selection()
    content = send(blobs, read_layer(layer, selection, call.values["keep-earlier"]))
    references = [{"array": send(blobs, read_file(call.values[name], SIDE))} for name in REFERENCES if call.values[name] is not None]
    if call.values["original"] is not None:
        references[0]["original"] = send(blobs, read_file(call.values["original"], SIDE))
    Gimp.progress_end()
    body = {
        "host": "gimp",
        "host_version": ".".join(map(str, VERSION)),
        "renderer": "gimp",
        "available": sorted(available_operations()),
        "content": content,
        "references": references,
        "options": {
            "likeness": call.values["likeness"] / 100,
            "strength": call.values["strength"] / 100,
            "max_tools": call.values["filters"],
            "alternatives": 0,
        },
    }
    return Conversation(body, blobs)


def read_layer(layer: Any, selection: Any, keep_earlier: bool) -> Picture:
    """The layer as our filters will see it: with the user's own filters, and with our earlier ones only if they are kept."""
    replaced = [] if keep_earlier else own_filters(layer)
    name = f"The layer “{layer.get_name()}”"
    if len(layer.get_filters()) == len(replaced):
        return read_pixels(layer, SIDE, name, selection)
    scratch = visible_copy(layer, replaced, SIDE)
    try:
        return read_pixels(scratch.get_layers()[0], SIDE, name, selection)
    finally:
        scratch.delete()


def send(blobs: Blobs, picture: Picture) -> dict[str, Any]:
    try:
        return blobs.picture(picture.data, picture.width, picture.height, 4, "<f4", "sRGB", picture.name)
    except ProtocolError as error:  # numbers that no picture has, such as 1e38
        raise RequestError(f"{picture.name} cannot be used: {error.what}. {error.remedy}") from error


def watch(conversation: Conversation, interactive: bool) -> None:
    """Runs the conversation to its end, showing how far it is."""
    if interactive:
        import progress_window

        progress_window.watch(conversation, LABEL.rstrip("."))
        return
    Gimp.progress_init("Imitating the reference")
    conversation.start()
    while conversation.is_alive():
        Gimp.progress_set_text(str(conversation.state))
        Gimp.progress_update(conversation.state.fraction)
        conversation.join(0.2)
    Gimp.progress_end()


def apply(call: Call, layer: Any, imitation: Mapping[str, Any], study: str) -> list[str]:
    """Puts the answer on the layer as one undo step -> what to tell the user about it. An empty answer changes nothing."""
    if not imitation["recipe"]:
        return []
    built = build_filters(layer, imitation["recipe"])
    replaced = [] if call.values["keep-earlier"] else own_filters(layer)
    call.image.undo_group_start()
    try:
        put_on(layer, built, replaced)
        layer.attach_parasite(take(call, imitation, study))
    finally:
        call.image.undo_group_end()
    Gimp.displays_flush()
    notes = [note for item in built for note in item.notes]
    if replaced:
        notes.append(f"{len(replaced)} filter(s) of an earlier imitation were replaced. Undo brings them back.")
    if not Gimp.Selection.is_empty(call.image):
        notes.append("The filters act inside the selection only, and stay so when the selection changes.")
    if not layer.get_visible():
        notes.append("The layer is hidden: show it to see the result.")
    return notes


def take(call: Call, imitation: Mapping[str, Any], study: str) -> Any:
    """The layer's parasite: saved in XCF, undone with the filters."""
    files = {name: call.values[name].get_uri() for name in (*REFERENCES, "original") if call.values[name] is not None}
    settings = {name: call.values[name] for name in ("likeness", "strength", "filters")}
    content = {"version": 1, "study": study, "files": files, "settings": settings, "imitation": dict(imitation)}
    return Gimp.Parasite.new(TAKE, Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE, json.dumps(content).encode())


def summary(imitation: Mapping[str, Any]) -> str:
    """One short line: GIMP shows it in its status bar when nothing stands below it, else in a window."""
    count, baseline = len(imitation["recipe"]), imitation["baseline"]["total"]
    if not count:
        return "No filter brings this layer closer to the reference"
    return f"{count} filter{'s' if count > 1 else ''} added, {100 * (1 - imitation['score']['total'] / baseline):.0f} % closer"


def picture(name: str, label: str, help: str, required: bool = False) -> Parameter:
    return Parameter(PF_FILE, name, label, help, required=required)


register(
    name="plug-in-utsushi-imitate",
    blurb="Gives the layer the look of another picture, with live filters",
    help="Shows the layer and one to four reference pictures to the Utsushi engine, which finds settings of GIMP's own filters that "
    "give the layer the references' look. The filters are put on the layer as editable effects, in one undo step; its pixels are not "
    "touched. A selection limits the filters to it.",
    author="Utsushi contributors",
    copyright="Utsushi contributors, GPL-3.0-or-later",
    date="2026",
    label=LABEL,
    image_types="RGB*",
    params=[
        picture("reference", "Reference", "A picture with the look that this one is to get", required=True),
        Parameter(
            PF_SLIDER,
            "likeness",
            "Likeness (%)",
            "How far to go towards the reference's look. One reference is judged cautiously: up to 200 % where the result is too mild",
            100.0,
            0.0,
            200.0,
        ),
        Parameter(
            PF_SLIDER, "strength", "Strength (%)", "Mixes every setting from neutral (0 %) to what was found (100 %)", 100.0, 0.0, 150.0
        ),
        Parameter(PF_INT, "filters", "Filters at most", "How many filters the answer may use", 8, 1, 8),
        Parameter(PF_BOOL, "keep-earlier", "Keep filters of earlier imitations", "Adds to them; otherwise they are replaced", False),
        picture("reference-2", "Second reference", "Several references with the same look give a clearly better answer"),
        picture("reference-3", "Third reference", "Several references with the same look give a clearly better answer"),
        picture("reference-4", "Fourth reference", "Several references with the same look give a clearly better answer"),
        picture("original", "Original of the reference", "The first reference before it was edited, if you have it: the best guide of all"),
    ],
    results=[("report", "JSON: the engine's answer and what there is to say about it")],
    function=imitate,
    menu=["<Image>/Filters", "<Image>/Colors"],
    groups={
        "More references (several give a better answer)": ["reference-2", "reference-3", "reference-4"],
        "The reference before it was edited": ["original"],
    },
)

if __name__ == "__main__":
    main()
