"""Takes: named states of a scene's settings. They are saved in the file as a text, and kept in memory so that undo does not lose them."""

import json
from typing import Any

import bpy
from bpy.app.handlers import persistent

TEXT = "Utsushi takes.json"

Take = dict[str, Any]
"""`name`, `settings` (host.py), `before` (the same settings as they stood), `score`, `reasons`, and where there is one a `picture`."""

_kept: list[Take] = []


def every() -> list[Take]:
    """The takes of the open file, the oldest first."""
    return _kept


def add(take: Take) -> int:
    """Keeps a take -> its index. Names are made unique."""
    names = {one["name"] for one in _kept}
    stem, count = take["name"], 2
    while take["name"] in names:
        take = {**take, "name": f"{stem} {count}"}
        count += 1
    _kept.append(take)
    store()
    return len(_kept) - 1


def remove(index: int) -> None:
    del _kept[index]
    store()


def store() -> None:
    """Writes what is in memory into the file."""
    text = bpy.data.texts.get(TEXT)
    if text is None and not _kept:
        return
    text = text or bpy.data.texts.new(TEXT)
    text.from_string(json.dumps(_kept, indent=1))


@persistent
def after_load(*_: object) -> None:
    text = bpy.data.texts.get(TEXT)
    try:
        found = json.loads(text.as_string()) if text else []
    except ValueError:
        found = []
    _kept[:] = found if isinstance(found, list) else []


@persistent
def after_undo(*_: object) -> None:
    """Undo brings back the file's text as it was; what is in memory is newer."""
    store()


HANDLERS = (("load_post", after_load), ("undo_post", after_undo), ("redo_post", after_undo))


def register() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
