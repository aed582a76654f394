"""Takes: named states of a scene's settings. They are saved in the file as a text, and kept in memory so that undo does not lose them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import host

TEXT = "Utsushi takes.json"

Take = dict[str, Any]
"""`name`, `settings` (host.py; each with the value `before` the first take), `score`, `reasons`, and where there is one a `picture`."""

_kept: list[Take] = []


def every() -> list[Take]:
    """The takes of the open file, the oldest first."""
    return _kept


def add(take: Take) -> int:
    """Keeps a take -> its index. Names are made unique; settings that earlier takes move are kept too, as they stand in the scene now.

    So each take is a state of its own, whatever was done by hand between two of them.
    """
    names = {one["name"] for one in _kept}
    stem, count = take["name"], 2
    while take["name"] in names:
        take = {**take, "name": f"{stem} {count}"}
        count += 1
    first = {place(one): one for one in originals()}
    own = {place(one): {**one, "before": first.get(place(one), {"value": one["before"]})["value"]} for one in take["settings"]}
    others = host.read([one for where, one in first.items() if where not in own])
    stand = [{**one, "before": first[place(one)]["value"]} for one in others]
    _kept.append(json.loads(json.dumps({**take, "settings": [*stand, *own.values()]})))  # as the file will have it
    store()
    return len(_kept) - 1


def remove(index: int) -> None:
    del _kept[index]
    store()


def use(index: int, strength: float = 1.0) -> None:
    """Writes a take into the scene: `strength` of the way from what stood before. Raises SceneError."""
    if 0 <= index < len(_kept):
        host.write(originals())
        host.write({**one, "value": between(one, strength)} for one in _kept[index]["settings"])


def originals() -> list[host.Setting]:
    """What every setting that any take moves stood at before the first of them."""
    first: dict[tuple[str, str, str], host.Setting] = {}
    for take in _kept:
        for one in take["settings"]:
            first.setdefault(place(one), {**one, "value": one["before"]})
    return list(first.values())


def place(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return one["collection"], one["name"], one["path"]


def between(one: Mapping[str, Any], strength: float) -> Any:
    """A setting's value on the way from before (0) to the take (1), beyond 1 exaggerated.

    Powers go in stops, choices change half-way; color management's switches at once, as what they switch on is mixed by itself.
    """
    start, end = one["before"], one["value"]
    if strength == 1:
        return end
    if isinstance(start, bool) and one["path"].startswith("view_settings."):
        return (start or end) if strength > 0 else start
    if isinstance(start, (str, bool)) or (isinstance(start, list) and len(start) != len(end)):
        return end if strength >= 0.5 else start
    if isinstance(start, list):
        low, high = min(0.0, *start, *end), max(1.0, *start, *end) if one.get("color") else float("inf")
        return [min(max(a + strength * (b - a), low), high) for a, b in zip(start, end, strict=True)]
    mixed = start * (end / start) ** strength if one.get("scale") == "log" and start > 0 and end > 0 else start + strength * (end - start)
    return round(mixed) if isinstance(start, int) and isinstance(end, int) else mixed


def plain_changes(take: Take) -> Iterable[tuple[str, str]]:
    """What a take changes in a user's words: (owner and setting, "before > after")."""
    for one in take["settings"]:
        if one["value"] != one["before"]:
            unit = f" {one['unit']}" if one["unit"] else ""
            start, end = (one[when][3:-2:2] if "curve" in one else one[when] for when in ("before", "value"))  # of a curve its heights
            yield f"{one.get('tool', one['name'])}: {one['label']}", f"{_short(start)} > {_short(end)}{unit}"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(f"{part:.2f}" for part in value)
    return value if isinstance(value, str) else f"{value:.4g}"


def store() -> None:
    """Writes what is in memory into the file."""
    text = bpy.data.texts.get(TEXT)
    if text is None and not _kept:
        return
    text = text or bpy.data.texts.new(TEXT)
    text.from_string(json.dumps(_kept, indent=1))


def _stored() -> list[Take]:
    text = bpy.data.texts.get(TEXT)
    try:
        found = json.loads(text.as_string()) if text else []
    except ValueError:
        found = []
    return found if isinstance(found, list) else []


@persistent
def after_load(*_: object) -> None:
    _kept[:] = _stored()


@persistent
def after_undo(*_: object) -> None:
    """Undo brings back the file's text as it was: what was forgotten since is there again, what was made since stays."""
    for index, take in enumerate(_stored()):
        if take not in _kept:
            _kept.insert(index, take)
    store()


HANDLERS = (("load_post", after_load), ("undo_post", after_undo), ("redo_post", after_undo))


def register() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
