"""The words of the plug-in in the user's language: gettext catalogues in `locale`, chosen as GIMP chose its own."""

import gettext
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOMAIN = "utsushi"

_catalogue = gettext.translation(DOMAIN, Path(__file__).with_name("locale"), fallback=True)


def _(text: str) -> str:
    """`text` in the user's language."""
    return _catalogue.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    return _catalogue.ngettext(one, many, count)


def name_of(tool: Mapping[str, Any]) -> str:
    """What a filter is called, as the engine's tools have it."""
    text: str = tool["label"]
    return _(text)


def help_of(tool: Mapping[str, Any]) -> str:
    """What a filter does."""
    text: str = tool["help"]
    return _(text)


def mark(text: str) -> str:
    """Marks a text for the catalogue that is translated where it is shown."""
    return text


def engine_words(text: str) -> str:
    """What the engine says, part by part: it speaks English, in a vocabulary that the catalogue knows."""
    return ": ".join(", ".join(_(part) for part in piece.split(", ")) for piece in text.split(": "))


ENGINE = (
    mark("waiting"), mark("running"), mark("proposing"), mark("searching"), mark("choosing tools"), mark("refining"),
    mark("looking for alternatives"), mark("opening"), mark("done"), mark("stopped"),
    mark("bolder"), mark("subtler"), mark("a hint"), mark("few tools"), mark("only tone"), mark("only colour"),
    mark("black and white"), mark("more colourful"), mark("muted colours"), mark("brighter"), mark("darker"), mark("faded shadows"),
    mark("deeper shadows"), mark("brighter highlights"), mark("softer highlights"), mark("more contrast"), mark("less contrast"),
    mark("warmer"), mark("cooler"), mark("magenta tint"), mark("green tint"), mark("warm shadows"), mark("cool shadows"),
    mark("magenta shadows"), mark("green shadows"), mark("warm highlights"), mark("cool highlights"), mark("magenta highlights"),
    mark("green highlights"), mark("a fine correction"), mark("darker corners"), mark("lighter corners"),
    mark("grain like the reference's"), mark("grain like the references'"),
    mark("A little of the references' own colours"),
)  # fmt: skip
"""The engine's vocabulary: shared_engine's wording.py, alternatives.py and the stages of imitate.py, and what replica.py measures."""
