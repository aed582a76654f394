"""Takes: looks that the user keeps with a name. They live in a parasite of the image, so that XCF files carry them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gimpfu_compat import Gimp

PARASITE = "utsushi-takes"
VERSION = 1


@dataclass
class Take:
    """`values` by key and their `recipe` (native settings); `tools`: what the filters are called; `made`: from what, in words."""

    name: str
    values: dict[str, Any]
    recipe: list[dict[str, Any]]
    made: str = ""
    references: list[str] = field(default_factory=list)

    def exported(self) -> str:
        """The take as JSON for other programs and people."""
        return json.dumps({"version": VERSION, "host": "gimp", **asdict(self)}, indent=2, ensure_ascii=False) + "\n"


def load(image: Any) -> list[Take]:
    """The takes that an image carries; what cannot be read (of a newer version, damaged) is left alone and not shown."""
    parasite = image.get_parasite(PARASITE)
    if parasite is None:
        return []
    try:
        kept = json.loads(bytes(parasite.get_data()).rstrip(b"\0"))
        return [_take(one) for one in kept["takes"]] if kept["version"] == VERSION else []
    except (ValueError, KeyError, TypeError):
        return []


def store(image: Any, takes: Sequence[Take]) -> None:
    """Keeps takes in the image. Not part of its undo history: undoing an edit must not take away what was kept on purpose."""
    if not takes:
        if image.get_parasite(PARASITE) is not None:
            image.detach_parasite(PARASITE)
        return
    content = {"version": VERSION, "takes": [asdict(take) for take in takes]}
    image.attach_parasite(Gimp.Parasite.new(PARASITE, Gimp.PARASITE_PERSISTENT, json.dumps(content).encode()))


def free_name(wanted: str, takes: Sequence[Take]) -> str:
    """`wanted`, numbered where a take has that name already."""
    taken = {take.name for take in takes}
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


def _take(kept: Mapping[str, Any]) -> Take:
    return Take(
        str(kept["name"]),
        dict(kept["values"]),
        [dict(entry) for entry in kept["recipe"]],
        str(kept.get("made", "")),
        [str(name) for name in kept.get("references", ())],
    )
