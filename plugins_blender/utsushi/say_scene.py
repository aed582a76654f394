"""What a scene offers to words: candidate models with their parts, keys, inputs and size, as plain data for the engine's catalog.

Candidates are collections that are marked as assets. Where a scene has none, what is selected is the one model, with all that hangs on
the same parent; or else every mesh that is no floor. Names and asset tags are handed on as they are; nothing here knows what they mean.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import bpy
import numpy as np

from . import parameters
from .host import SceneError, Setting, animated, as_color, linked, setting, tint

GLOSSARY = "Utsushi glossary"
WHOLE = "utsushi_whole"
"""Custom property of a collection: materials, with commas between, that "a red bird" colours."""

SURROUNDINGS = ("floor", "ground", "backdrop", "plane", "wall", "sky", "stage", "environment")

Known = Mapping[tuple[str, str, str], Any]
"""What earlier takes moved stood at before them, by (collection, name, path)."""


def describe(scene: bpy.types.Scene, originals: Iterable[Setting] = ()) -> dict[str, Any]:
    """{"models": [...], "glossary": text, "notes": [...]}; `originals`: settings as they stood before the first take.

    Raises SceneError where there is nothing that could be named.
    """
    notes: list[str] = []
    first = {(one["collection"], one["name"], one["path"]): one["value"] for one in originals}
    numbers = _numbers(scene)
    models = [_candidate(scene, collection, numbers, first, notes) for collection in candidates(scene)] or [
        _alone(scene, numbers, first, notes)
    ]
    if not any(model["properties"] for model in models):
        reason = "; ".join(notes[:3]) or "it has no meshes with materials or shape keys"
        raise SceneError(f"nothing in {scene.name} can be named: {reason}", "Give materials and shape keys names; make linked data local.")
    text = bpy.data.texts.get(GLOSSARY)
    return {"models": models, "glossary": text.as_string() if text else "", "notes": notes}


def candidates(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """Collections of the scene that are assets, in the outliner's order."""
    return [collection for collection in scene.collection.children_recursive if collection.asset_data and collection.all_objects]


def shown_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The meshes of the candidate that is shown, or of the one model."""
    found = [collection for collection in candidates(scene) if not collection.hide_render]
    return _meshes(found[0].all_objects) if found else _own(scene)


def _candidate(
    scene: bpy.types.Scene, collection: bpy.types.Collection, numbers: Sequence[Setting], first: Known, notes: list[str]
) -> dict[str, Any]:
    described = _model(collection.name, _meshes(collection.all_objects), numbers, first, notes)
    hidden = [setting(collection, "collections", name, name.replace("_", " ").title()) for name in ("hide_render", "hide_viewport")]
    wanted = [name.strip() for name in str(collection.get(WHOLE, "")).split(",")]
    return {
        **described,
        "tags": [tag.name for tag in collection.asset_data.tags],
        "shown": not collection.hide_render,
        "whole": [_part(name, collection.name) for name in wanted if name],
        "show": [{**one, "value": False} for one in hidden] if not linked(collection) else [],
        "hide": [{**one, "value": True} for one in hidden] if not linked(collection) else [],
    }


def _alone(scene: bpy.types.Scene, numbers: Sequence[Setting], first: Known, notes: list[str]) -> dict[str, Any]:
    objects = _own(scene)
    names = [thing.name for thing in objects]
    return {**_model(names[0] if len(names) == 1 else scene.name, objects, numbers, first, notes), "tags": names, "shown": True}


def _own(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    meshes = [thing for thing in _meshes(scene.objects) if not thing.hide_render]
    picked = {_root(thing) for thing in meshes if thing.select_get()}
    chosen = [thing for thing in meshes if _root(thing) in picked]
    return chosen or [thing for thing in meshes if not thing.name.lower().startswith(SURROUNDINGS)] or meshes


def _meshes(objects: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    return [thing for thing in objects if thing.type in ("MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES")]


def _model(name: str, objects: Sequence[bpy.types.Object], numbers: Sequence[Setting], first: Known, notes: list[str]) -> dict[str, Any]:
    bare = [thing.name for thing in objects if not any(slot.material for slot in thing.material_slots)]
    notes += [f"{', '.join(bare[:3])}: no material, so no color can be said; give it one"] if bare else []
    own = {thing.name for thing in objects} | {thing.data.shape_keys.name for thing in objects if getattr(thing.data, "shape_keys", None)}
    properties = [
        *_surfaces(name, objects, notes),
        *(one for one in numbers if one["setting"]["name"] in own),
        *_size(objects, first, notes),
    ]
    return {"id": name, "name": name, "properties": properties}


def _part(name: str, model: str) -> str:
    """ "Songbird Wing" of the model Songbird is its Wing."""
    rest = name[len(model) :].strip(" _-.") if name.lower().startswith(model.lower()) else name
    return rest or name


def _surfaces(model: str, objects: Sequence[bpy.types.Object], notes: list[str]) -> Iterator[dict[str, Any]]:
    """Colour, gloss and metal of every material."""
    for material, area in _areas(objects).items():
        if linked(material):
            notes.append(f"the material {material.name} is linked from another file: it stays")
            continue
        shader = _shader(material)
        if shader is None:
            notes.append(f"the material {material.name} has no Principled BSDF: it stays")
            continue
        part, moving = _part(material.name, model), animated(material.node_tree)
        for socket, kind in (("Base Color", "color"), ("Roughness", "gloss"), ("Metallic", "metal")):
            path = f'nodes["{bpy.utils.escape_identifier(shader.name)}"].inputs["{socket}"].default_value'
            if path in moving or (indexed := path.replace(f'"{socket}"', str(list(shader.inputs).index(shader.inputs[socket])))) in moving:
                notes.append(f"{material.name}: its {socket.lower()} is animated or driven and stays")
            elif not shader.inputs[socket].is_linked:
                one = setting(material, "materials", f"node_tree.{indexed}", socket)
                one = as_color(one) if kind == "color" else one
                yield {
                    "kind": kind,
                    "name": part,
                    "setting": one,
                    "value": one["value"],
                    "area": area,
                    "neutral": 0.5,
                    "low": 0.0,
                    "high": 1.0,
                }
            elif kind == "color" and shader.inputs[socket].links[0].from_socket.type == "RGBA":
                one = tint(material, "materials", shader, socket, "Tint")
                yield {"kind": kind, "name": part, "setting": one, "value": one["value"], "area": area}


def _areas(objects: Sequence[bpy.types.Object]) -> dict[bpy.types.Material, float]:
    """The area that each material covers."""
    found: dict[bpy.types.Material, float] = {}
    for thing in objects:
        slots = [slot.material for slot in thing.material_slots]
        shares = np.ones(len(slots))
        if thing.type == "MESH" and len(slots) > 1:
            indices, areas = np.empty(len(thing.data.polygons), np.int32), np.empty(len(thing.data.polygons), np.float32)
            thing.data.polygons.foreach_get("material_index", indices)
            thing.data.polygons.foreach_get("area", areas)
            shares = np.bincount(indices, areas, len(slots))
        for material, area in zip(slots, shares, strict=False):
            if material and material.node_tree:
                found[material] = found.get(material, 0.0) + float(area)
    return found


def _shader(material: bpy.types.Material) -> bpy.types.Node | None:
    """The Principled BSDF that feeds the material's surface, as far as there is one."""
    return next(
        (node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled" and node.outputs[0].is_linked), None
    )


def _numbers(scene: bpy.types.Scene) -> list[dict[str, Any]]:
    """Shape keys, and the number inputs of geometry nodes, of the whole scene."""
    found, _ = parameters.tools(scene)
    return [
        {
            "kind": "amount", "name": one["label"], "setting": one["setting"], "value": float(one["setting"]["value"]),
            "low": one["low"], "high": one["high"],
            "neutral": min(max(0.0, one["low"]), one["high"]) if tool["kind"] == "keys" else float(one["setting"]["value"]),
        }
        for tool in found
        for one in tool["parameters"]
        if tool["kind"] in ("keys", "modifiers") and one["index"] is None
    ]  # fmt: skip


def _size(objects: Sequence[bpy.types.Object], first: Known, notes: list[str]) -> Iterator[dict[str, Any]]:
    """The scale of the one object that carries all others."""
    roots = {_root(thing) for thing in objects}
    if len(roots) != 1:
        if roots:
            notes.append(f"{len(roots)} objects stand side by side: parent them to one empty, and their size can be said too")
        return
    (root,) = roots
    if linked(root) or "scale" in animated(root):
        notes.append(f"{root.name} is linked or its scale is animated: its size stays")
        return
    one = setting(root, "objects", "scale", "Size")
    neutral = first.get((one["collection"], one["name"], one["path"]), one["value"])
    yield {"kind": "size", "name": "Size", "setting": one, "value": one["value"][0], "neutral": neutral[0]}


def _root(thing: bpy.types.Object) -> bpy.types.Object:
    while thing.parent is not None:
        thing = thing.parent
    return thing
