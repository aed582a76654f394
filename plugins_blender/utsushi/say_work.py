"""From the words of the panel to takes in the file: reads the scene, parses, proposes, varies. No user interface here."""

from collections.abc import Iterable, Mapping
from typing import Any

import bpy

from . import say_scene, takes
from .engine.words.catalog import Catalog, glossary_faults
from .engine.words.explore import variations
from .engine.words.parse import parse
from .engine.words.propose import Change, Take, propose, same

SHOWN = 4
"""Takes of a gallery."""


def catalog_of(scene: bpy.types.Scene) -> Catalog:
    """What the scene offers. Raises SceneError, or the engine's InputError, where that is nothing."""
    return Catalog.read(say_scene.describe(scene, takes.originals()))


def read(scene: bpy.types.Scene, said: Any) -> None:
    """Parses the instruction into rows. Raises SceneError, InputError."""
    catalog = catalog_of(scene)
    understood = parse(said.text, catalog)
    said.rows.clear()
    for claim in understood.claims:
        said.rows.add().fill(claim)
    said.parts = "\n".join([*catalog.parts(), *catalog.sides()])
    said.unknown = ", ".join(understood.unknown)
    faults = [f"the glossary's {word!r} is nothing in this scene" for word in glossary_faults(catalog)]
    said.notes = "; ".join([*understood.notes, *faults])
    said.step, said.missed = 0, ""


def offer(scene: bpy.types.Scene, said: Any) -> list[int]:
    """Makes a take for each candidate that the ticked rows allow -> their indices, the best first."""
    catalog = catalog_of(scene)
    found = propose(list(said.claims()), catalog, locks=said.locked())[:SHOWN]
    said.missed = f"{found[0].model.name} has nothing for: {', '.join(found[0].missed)}" if found[0].missed else ""
    return [takes.add(as_kept(take, catalog, take.model.name)) for take in found]


def more_like(scene: bpy.types.Scene, index: int, step: int) -> list[int]:
    """Makes takes around the take `index`; `step`: how often that was asked before."""
    catalog, kept = catalog_of(scene), takes.every()[index]
    base = _again(catalog, kept["settings"])
    return [takes.add(as_kept(take, catalog, kept["name"])) for take in variations(base, SHOWN, step, seed=index)]


def as_kept(take: Take, catalog: Catalog, name: str) -> dict[str, Any]:
    """A take of the engine as takes.py keeps it."""
    settings = [{**one, "tool": take.model.name} for one in take.settings(catalog) if one["value"] != one["before"]]
    reasons = [f"{change.property.label}: {change.why}" for change in take.changes]
    return {"name": name, "settings": settings, "score": None, "reasons": reasons}


def _again(catalog: Catalog, settings: Iterable[Mapping[str, Any]]) -> Take:
    """The engine's take of a kept one, by the places that its settings name."""
    values = {takes.place(one): one for one in settings if one["value"] != one["before"]}
    shown = {one["name"] for one in values.values() if one["collection"] == "collections" and one["value"] is False}
    model = next((model for model in catalog.models if model.id in shown), catalog.shown)
    changes = []
    for one in model.properties:
        kept = values.get(takes.place(one.setting))
        value = _scalar(one.kind, kept["value"]) if kept else one.value
        if kept and not same(value, _scalar(one.kind, kept["before"])):
            changes.append(Change(one, value, kept.get("why", ""), 1.0))
    return Take(model, tuple(changes), (), 0.0)


def _scalar(kind: str, value: Any) -> Any:
    return value[0] if kind == "size" and isinstance(value, list) else value
