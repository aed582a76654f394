"""Everything else that a scene has and a search may turn: what has to be rendered anew to be seen.

A *tool* here is what an artist would call one thing (a material, a lamp's shape, a modifier); its parameters are numbers of settings:
`{"id", "label", "kind", "parameters": [{"id", "label", "setting", "index", "low", "high", "scale", "step"}]}`; `index` is the component
of a colour or vector, or None. The engine makes its own tools of them (plugins_blender/parameters.py).
"""

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator
from math import pi
from typing import Any

import bpy

from .host import Setting, animated, as_color, identifier, linked, setting
from .ranges import SHARE, Range, rule
from .rows import Row, node_path, nodes, properties, property_

KINDS = {
    "shapes": "Light Shapes", "surroundings": "Surroundings", "materials": "Materials", "keys": "Shape Keys",
    "modifiers": "Modifiers", "compositor": "Compositor", "curves": "Color Management", "added": "Added",
}  # fmt: skip
"""Kinds of tools, in the order in which the panel lists them, with their titles."""

ADDED = "Added by you"

FULL = re.compile(r"""^bpy\.data\.(?P<collection>\w+)\[(?P<name>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]\.(?P<path>.+)$""")
"""A full data path: ``bpy.data.lights["Key"].energy``."""

CHANNELS = ("red", "green", "blue")
AXES = ("x", "y", "z", "w")
EULER = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def tools(scene: bpy.types.Scene, added: Iterable[str] = (), taken: set[str] | None = None) -> tuple[list[dict[str, Any]], list[str]]:
    """What `scene` offers -> (tools, notes on what was left alone). `added`: full paths that the user chose; `taken`: ids in use."""
    notes: list[str] = []
    names = set(taken or ())
    walks = (
        ("shapes", _lamps(scene)), ("surroundings", _surroundings(scene)), ("materials", _materials(scene, notes)),
        ("keys", _shape_keys(scene)), ("modifiers", _modifiers(scene)), ("compositor", _compositor(scene)),
        ("added", _added(added, notes)),
    )  # fmt: skip
    found = []
    for kind, walk in walks:
        for label, rows in walk:
            parameters = [parameter for row in rows for parameter in _spread(*row)]
            if parameters:
                found.append({"id": identifier(label, names), "label": label, "kind": kind, "parameters": named(parameters)})
    return found, notes


def _spread(one: Setting, given: Range | list[Range]) -> Iterator[dict[str, Any]]:
    """One parameter for a number, one a component for a colour or vector."""
    value = one["value"]
    if not isinstance(value, list):
        assert isinstance(given, Range)
        yield parameter(one, one["label"], None, given.around(value))
        return
    ends = CHANNELS if one.get("color") else AXES
    for index, part in enumerate(value):
        span = given[index] if isinstance(given, list) else given
        if span:
            yield parameter(one, f"{one['label']} {ends[index].capitalize()}", index, span.around(part))


def parameter(one: Setting, label: str, index: int | None, span: Range) -> dict[str, Any]:
    """`index`: of the component of a colour or vector."""
    return {
        "label": label, "setting": one, "index": index, "low": span.low, "high": span.high, "scale": span.scale, "step": span.step,
    }  # fmt: skip


def named(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With an id each, unique in their tool."""
    names: set[str] = set()
    for one in parameters:
        one["id"] = identifier("_".join(one["label"].lower().split()), names)
    return parameters


# --- lamps and the world ---------------------------------------------------------------------------------------------------------


def _lamps(scene: bpy.types.Scene) -> Iterator[tuple[str, list[Row]]]:
    """Size, angle, cone of each lamp, and where a sun stands."""
    seen = set()
    for thing in scene.objects:
        light = thing.data
        if thing.type != "LIGHT" or thing.hide_render or not thing.visible_get() or light in seen or linked(light):
            continue
        seen.add(light)
        rows = list(properties(light, "lights", "", light, animated(light)))
        if light.type == "AREA" and light.shape in ("SQUARE", "DISK"):
            rows = [row for row in rows if row[0]["path"] != "size_y"]
        if (
            light.type == "SUN"
            and not linked(thing)
            and not thing.constraints
            and thing.rotation_mode in ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
        ):
            rows += property_(thing, "objects", "", thing, "rotation_euler", None, animated(thing))
        yield f"{light.name} shape", rows


def _surroundings(scene: bpy.types.Scene) -> Iterator[tuple[str, list[Row]]]:
    """How a picture around the scene is turned, and what its sky is like."""
    world = scene.world
    if world is None or world.node_tree is None or linked(world):
        return
    moving = animated(world.node_tree)
    rows: list[Row] = []
    for node in world.node_tree.nodes:
        path = node_path(node)
        if node.bl_idname == "ShaderNodeTexSky":
            rows += properties(world, "worlds", f"node_tree.{path}.", node, moving)
        elif (
            node.bl_idname == "ShaderNodeMapping"
            and not node.inputs["Rotation"].is_linked
            and f"{path}.inputs[2].default_value" not in moving
        ):
            turn = setting(world, "worlds", f'node_tree.{path}.inputs["Rotation"].default_value', "Rotation")
            rows.append((turn, [None, None, Range(turn["value"][2] - pi, turn["value"][2] + pi)]))
    yield f"{world.name} surroundings", rows


# --- nodes -----------------------------------------------------------------------------------------------------------------------


def _materials(scene: bpy.types.Scene, notes: list[str]) -> Iterator[tuple[str, list[Row]]]:
    seen: dict[bpy.types.Material, None] = {}
    for thing in scene.objects:
        if not thing.hide_render and thing.type not in ("LIGHT", "CAMERA"):
            seen.update({slot.material: None for slot in thing.material_slots if slot.material})
    for material in seen:
        if linked(material):
            notes.append(f"the material {material.name} is linked from another file: it stays")
        elif material.node_tree:
            yield material.name, list(nodes(material, "materials", material.node_tree, "node_tree."))


def _compositor(scene: bpy.types.Scene) -> Iterator[tuple[str, list[Row]]]:
    tree, owner, collection, head = compositor_tree(scene)
    if tree and not linked(owner):
        yield "Compositor", list(nodes(owner, collection, tree, head))


def compositor_tree(scene: bpy.types.Scene) -> tuple[bpy.types.NodeTree | None, bpy.types.ID, str, str]:
    """The tree in use, None where there is none; its owner with the owner's collection, and how its path begins."""
    if hasattr(scene, "compositing_node_group"):  # Blender 5
        group = scene.compositing_node_group
        return group, group or scene, "node_groups", ""
    return (scene.node_tree if scene.use_nodes else None), scene, "scenes", "node_tree."


# --- objects -------------------------------------------------------------------------------------------------------------------


def _shape_keys(scene: bpy.types.Scene) -> Iterator[tuple[str, list[Row]]]:
    seen = set()
    for thing in scene.objects:
        keys = getattr(thing.data, "shape_keys", None)
        if keys is None or keys in seen or thing.hide_render or linked(keys):
            continue
        seen.add(keys)
        moving = animated(keys)
        rows: list[Row] = []
        for block in keys.key_blocks[1:]:
            path = f'key_blocks["{bpy.utils.escape_identifier(block.name)}"].value'
            if path not in moving and not block.mute and block.slider_min < block.slider_max:
                rows.append((setting(keys, "shape_keys", path, block.name), Range(block.slider_min, block.slider_max)))
        yield f"{thing.name} shape keys", rows


def _modifiers(scene: bpy.types.Scene) -> Iterator[tuple[str, list[Row]]]:
    """Inputs of geometry nodes. Other modifiers are added by hand: most of what they have breaks a model."""
    for thing in scene.objects:
        if thing.hide_render or linked(thing):
            continue
        moving = animated(thing)
        for modifier in thing.modifiers:
            if modifier.type == "NODES" and modifier.node_group and modifier.show_render:
                yield f"{thing.name} {modifier.name}", list(_inputs(thing, modifier, moving))


def _inputs(thing: bpy.types.Object, modifier: bpy.types.NodesModifier, moving: set[str]) -> Iterator[Row]:
    head = f'modifiers["{bpy.utils.escape_identifier(modifier.name)}"]'
    for item in modifier.node_group.interface.items_tree:
        if item.item_type != "SOCKET" or item.in_out != "INPUT" or item.identifier not in modifier.keys():  # noqa: SIM118 - not a mapping
            continue
        path = f'{head}["{item.identifier}"]'
        if path in moving or modifier.get(f"{item.identifier}_use_attribute"):
            continue
        if item.socket_type == "NodeSocketColor":
            yield as_color(setting(thing, "objects", path, item.name)), SHARE
        elif item.socket_type in ("NodeSocketFloat", "NodeSocketInt"):
            one = setting(thing, "objects", path, item.name)
            whole = item.socket_type == "NodeSocketInt"
            if span := rule(one["value"], item.min_value, item.max_value, item.subtype, whole):
                yield one, span


# --- what the user added -----------------------------------------------------------------------------------------------------------


def _added(paths: Iterable[str], notes: list[str]) -> Iterator[tuple[str, list[Row]]]:
    rows: list[Row] = []
    for full in paths:
        try:
            rows += added(full)
        except ValueError as error:
            notes.append(f"{full} is not there any more, or cannot be searched ({error}): it is left out")
    yield ADDED, rows


def added(full: str) -> list[Row]:
    """What a full path, as Blender's "Copy Full Data Path" gives it, offers. Raises ValueError where it offers nothing."""
    found = FULL.match(full)
    block = getattr(bpy.data, found["collection"], {}).get(literal_eval(found["name"])) if found else None
    if not found or block is None:
        raise ValueError("there is no such data-block in this file")
    head, dot, name = found["path"].rpartition(".")
    holder = block.path_resolve(head) if head else block
    owner = holder.id_data  # a node tree inside a material has its own animation
    if linked(block):
        raise ValueError("it is linked from another file")
    if (holder.path_from_id(name) if holder != owner else name) in animated(owner):
        raise ValueError("it is animated or driven")
    return list(property_(block, found["collection"], f"{head}{dot}", holder, name, None, set(), chosen=True))
