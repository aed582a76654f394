#!/usr/bin/env python3
"""Filters > Imitate Reference...: shows the engine a photo and references, puts the answer on the layer as GIMP's own live filters."""

import json
from collections.abc import Mapping
from typing import Any

from application import chosen_layer, put_recipe
from conversation import Conversation
from easel import DRAWN_SIDE, Easel
from gimpfu_compat import (
    PF_BOOL,
    PF_FILE,
    PF_FLOAT,
    PF_INT,
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
from live_filters import own_filters
from locks import WITH_TEXTURE
from pixels import SIDE, Picture, profile_note, read_file, read_layer
from strings import _, ngettext

from server.client import Blobs, EngineError
from server.protocol.errors import ProtocolError

REFERENCES = ("reference", "reference-2", "reference-3", "reference-4")


def imitate(call: Call) -> Mapping[str, str]:
    """The whole procedure. The image is touched only at its end, in one undo step; until then every failure leaves it as it was."""
    layer = chosen_layer(call.image, call.drawables)
    if call.interactive and not call.repeated:
        import dialog

        return dialog.explore(call, layer, engine_body(), REFERENCES)
    if not any(call.values[name] is not None for name in REFERENCES):
        raise RequestError(_("No reference was chosen. Choose a picture whose look this one is to get."))
    conversation = ask_engine(call, layer)
    with Easel(layer, replaced_by(call, layer), DRAWN_SIDE) as easel:
        watch(conversation, easel, call.interactive)
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


def engine_body() -> dict[str, Any]:
    """What every study of this host begins with."""
    return {
        "host": "gimp",
        "host_version": ".".join(map(str, VERSION)),
        "renderer": "gimp",
        "available": sorted(available_operations()),
    }


def ask_engine(call: Call, layer: Any) -> Conversation:
    """Everything that the engine needs, as a conversation that is ready to start."""
    Gimp.progress_init(_("Reading pictures"))
    blobs = Blobs()
    content = send(blobs, read_layer(layer, replaced_by(call, layer)))
    references = [{"array": send(blobs, read_file(call.values[name], SIDE))} for name in REFERENCES if call.values[name] is not None]
    if call.values["original"] is not None:
        references[0]["original"] = send(blobs, read_file(call.values["original"], SIDE))
    Gimp.progress_end()
    options = {
        "likeness": call.values["likeness"] / 100,
        "strength": call.values["strength"] / 100,
        "max_tools": call.values["filters"],
        "alternatives": 0,
        "only": list(WITH_TEXTURE) if call.values["texture"] else [],
    }
    return Conversation({**engine_body(), "renders": True, "content": content, "references": references, "options": options}, blobs)


def send(blobs: Blobs, picture: Picture) -> dict[str, Any]:
    try:
        return blobs.picture(picture.data, picture.width, picture.height, 4, picture.dtype, "sRGB", picture.name)
    except ProtocolError as error:  # numbers that no picture has, such as 1e38
        raise RequestError(f"{picture.name} cannot be used: {error.what}. {error.remedy}") from error


def replaced_by(call: Call, layer: Any) -> list[Any]:
    """The filters of earlier imitations that the new ones take the place of."""
    return [] if call.values["keep-earlier"] else own_filters(layer)


def watch(conversation: Conversation, easel: Easel, interactive: bool) -> None:
    """Runs the conversation to its end, showing how far it is; in between, GIMP renders what the search asks for."""
    if interactive:
        import progress_window

        progress_window.watch(conversation, easel, _("Imitate Reference"))
        return
    Gimp.progress_init(_("Imitating the reference"))
    conversation.start()
    while conversation.is_alive():
        Gimp.progress_set_text(str(conversation.state))
        Gimp.progress_update(conversation.state.fraction)
        conversation.serve(easel.render, easel.width, easel.height)
        conversation.join(0.05)
    Gimp.progress_end()


def apply(call: Call, layer: Any, imitation: Mapping[str, Any], study: str) -> list[str]:
    """Puts the answer on the layer -> what to tell the user about it. An empty answer changes nothing."""
    if not imitation["recipe"]:
        return []
    files = {name: call.values[name].get_uri() for name in (*REFERENCES, "original") if call.values[name] is not None}
    settings = {name: call.values[name] for name in ("likeness", "strength", "filters")}
    take = {"study": study, "files": files, "settings": settings, "imitation": dict(imitation)}
    return put_recipe(layer, imitation["recipe"], replaced_by(call, layer), take)


def summary(imitation: Mapping[str, Any]) -> str:
    """One short line: GIMP shows it in its status bar when nothing stands below it, else in a window."""
    count, baseline = len(imitation["recipe"]), imitation["baseline"]["total"]
    if not count:
        return _("No filter brings this layer closer to the reference")
    closer = 100 * (1 - imitation["score"]["total"] / baseline)
    return ngettext("{count} filter added, {closer:.0f} % closer", "{count} filters added, {closer:.0f} % closer", count).format(
        count=count, closer=closer
    )


def picture(name: str, label: str, help: str) -> Parameter:
    return Parameter(PF_FILE, name, label, help)


SEVERAL = _("Several references with the same look give a clearly better answer")

register(
    name="plug-in-utsushi-imitate",
    blurb=_("Gives the layer the look of another picture, with live filters"),
    help=_(
        "Shows the layer and one to four reference pictures to the Utsushi engine, which finds settings of GIMP's own filters that "
        "give the layer the references' look. The filters are put on the layer as editable effects, in one undo step; its pixels are not "
        "touched. A selection limits the filters to it."
    ),
    author="Utsushi contributors",
    copyright="Utsushi contributors, GPL-3.0-or-later",
    date="2026",
    label=_("Imitate Reference..."),
    image_types="RGB*",
    params=[
        picture("reference", _("Reference"), _("A picture with the look that this one is to get")),
        Parameter(
            PF_FLOAT,
            "likeness",
            _("Likeness (%)"),
            _("How far to go towards the reference's look. One reference is judged cautiously: up to 200 % where the result is too mild"),
            100.0,
            0.0,
            200.0,
        ),
        Parameter(
            PF_FLOAT,
            "strength",
            _("Strength (%)"),
            _("Mixes every setting from neutral (0 %) to what was found (100 %)"),
            100.0,
            0.0,
            150.0,
        ),
        Parameter(PF_INT, "filters", _("Filters at most"), _("How many filters the answer may use"), 8, 1, 8),
        Parameter(PF_BOOL, "keep-earlier", _("Keep filters of earlier imitations"), _("Adds to them; otherwise they are replaced"), False),
        Parameter(
            PF_BOOL,
            "texture",
            _("Grain, glow and sharpness too"),
            _(
                "Also searches noise, softglow, bloom and unsharp mask, each try rendered by GIMP: "
                "where the reference shows this very photo"
            ),
            False,
        ),
        picture("reference-2", _("Second reference"), SEVERAL),
        picture("reference-3", _("Third reference"), SEVERAL),
        picture("reference-4", _("Fourth reference"), SEVERAL),
        picture(
            "original",
            _("Original of the reference"),
            _("The first reference before it was edited, if you have it: the best guide of all"),
        ),
    ],
    results=[("report", _("JSON: the engine's answer and what there is to say about it"))],
    function=imitate,
    menu=["<Image>/Filters", "<Image>/Colors"],
)

if __name__ == "__main__":
    main()
