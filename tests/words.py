"""Catalogs for tests of the words, as a host describes its models, without a host."""

from collections.abc import Sequence
from typing import Any

from plugins_blender.birds import species
from shared_engine.words import color
from shared_engine.words.catalog import Catalog
from shared_engine.words.parse import parse
from shared_engine.words.propose import Take, propose


def place(collection: str, name: str, path: str) -> dict[str, str]:
    return {"collection": collection, "name": name, "path": path}


def surface(model: str, name: str, code: str = "#808080", area: float = 1.0) -> list[dict[str, Any]]:
    block = f"{model} {name}"
    value = list(color.to_linear(color.from_hex(code)))
    return [
        {"kind": "color", "name": name, "setting": {**place("materials", block, "color"), "value": value}, "value": value, "area": area},
        {"kind": "gloss", "name": name, "setting": {**place("materials", block, "roughness"), "value": 0.6}, "value": 0.6},
        {"kind": "metal", "name": name, "setting": {**place("materials", block, "metallic"), "value": 0.0}, "value": 0.0},
    ]


def key(model: str, name: str, low: float = 0.0, high: float = 1.0, value: float = 0.0) -> dict[str, Any]:
    setting = {**place("shape_keys", model, f'key_blocks["{name}"].value'), "value": value}
    return {"kind": "amount", "name": name, "setting": setting, "value": value, "low": low, "high": high, "neutral": 0.0}


def size(model: str, value: float = 1.0) -> dict[str, Any]:
    setting = {**place("objects", model, "scale"), "value": [value] * 3}
    return {"kind": "size", "name": "Size", "setting": setting, "value": value, "neutral": 1.0}


def visibility(name: str) -> dict[str, list[dict[str, Any]]]:
    one = {**place("collections", name, "hide_render"), "label": "Hide Render", "unit": ""}
    return {"show": [{**one, "value": False}], "hide": [{**one, "value": True}]}


def described_birds() -> dict[str, Any]:
    models = []
    for number, kind in enumerate(species.FAMILY):
        properties = [one for slot in species.SLOTS for one in surface(kind.name, slot, kind.colors[slot], 9.0 if slot == "Body" else 1.0)]
        properties += [key(kind.name, name, *limits) for name, limits in species.KEYS.items()] + [size(kind.name)]
        tags = [*species.COMMON, *kind.tags]
        models.append(
            {"id": kind.name, "name": kind.name, "tags": tags, "shown": number == 0, "properties": properties, "whole": species.WHOLE}
            | visibility(kind.name)
        )
    return {"models": models, "glossary": species.GLOSSARY}


def birds() -> Catalog:
    return Catalog.read(described_birds())


def lamps() -> Catalog:
    models = []
    for number, name in enumerate(("Desk lamp", "Floor lamp")):
        properties = [one for part, area in (("Shade", 3.0), ("Stem", 1.0), ("Base", 2.0)) for one in surface(name, part, area=area)]
        properties += [key(name, "Tall stem", -0.6), key(name, "Wide shade", -0.6), size(name)]
        models.append({"id": name, "name": name, "tags": ["lamp"], "shown": number == 0, "properties": properties} | visibility(name))
    return Catalog.read({"models": models})


def model_of(properties: Sequence[dict[str, Any]], name: str = "Thing", tags: Sequence[str] = (), glossary: str = "") -> Catalog:
    """One model with these properties."""
    return Catalog.read(
        {"models": [{"id": name, "name": name, "tags": tags, "shown": True, "properties": list(properties)}], "glossary": glossary}
    )


def take_of(text: str, catalog: Catalog, **options: Any) -> Take:
    return propose(parse(text, catalog).sure, catalog, **options)[0]


def changed(take: Take) -> dict[str, Any]:
    """By label (and kind, where it is no colour or number): hex for colours."""
    found = {}
    for one in take.changes:
        label = one.property.label if one.property.kind in ("color", "amount", "size") else f"{one.property.label} {one.property.kind}"
        found[label] = color.to_hex(color.from_linear(one.value)) if isinstance(one.value, list) else one.value
    return found
