"""What gives light in a scene and may be changed: lamps, the world, materials that glow. Each can be rendered as a layer of its own."""

from collections.abc import Iterator
from typing import Any

import bpy

from .host import Setting, animated, as_color, as_power, identifier, linked, setting, tint

MAX_EMITTERS = 100
"""Blender has 128 light groups; one is the world's."""

UNITS = {"SUN": "W/m²"}

EMITTING = {"ShaderNodeEmission": ("Strength", "Color"), "ShaderNodeBsdfPrincipled": ("Emission Strength", "Emission Color")}
"""Nodes that give light by themselves, with their sockets for strength and colour."""


def emitters(scene: bpy.types.Scene) -> tuple[list[dict[str, Any]], list[str]]:
    """What gives light in `scene` and may be changed -> (emitters, notes on what was left alone and why).

    Each has `id`, `label`, `kind` ("light", "world" or "material"), `strength` and `color` (settings; either may be None, not both)
    and `objects`, the names of the objects that carry it.
    """
    notes: list[str] = []
    found = [*_lights(scene, notes), *_glowing(scene, notes)]
    if len(found) > MAX_EMITTERS:
        found.sort(key=lambda one: -one["strength"]["value"])
        notes.append(f"{len(found)} lights: the {MAX_EMITTERS} strongest are searched, the others stay")
        found = found[:MAX_EMITTERS]
    world = _world(scene, notes)
    names: set[str] = set()
    for one in [*found, *([world] if world else [])]:
        one["id"] = identifier(one["label"], names)
    return [*found, *([world] if world else [])], notes


def _lights(scene: bpy.types.Scene, notes: list[str]) -> Iterator[dict[str, Any]]:
    carriers: dict[bpy.types.Light, list[str]] = {}
    for thing in scene.objects:
        if thing.type == "LIGHT" and thing.visible_get() and not thing.hide_render:
            carriers.setdefault(thing.data, []).append(thing.name)
    for light, objects in carriers.items():
        if linked(light):
            notes.append(f"{light.name} is linked from another file: it stays")
            continue
        if light.energy <= 0:
            notes.append(f"{light.name} is off (power {light.energy:g}): it stays")
            continue
        moving = animated(light)
        strength = None if "energy" in moving else as_power(setting(light, "lights", "energy", "Power", UNITS.get(light.type, "W")))
        color = None if "color" in moving else as_color(setting(light, "lights", "color", "Color"))
        for name in sorted(moving & {"energy", "color"}):
            notes.append(f"{light.name}: its {name} is animated or driven and stays")
        if strength or color:
            yield {"label": light.name, "kind": "light", "strength": strength, "color": color, "objects": objects}


def _world(scene: bpy.types.Scene, notes: list[str]) -> dict[str, Any] | None:
    world = scene.world
    if world is None:
        return None
    background = _background(world)
    if linked(world):
        notes.append(f"the world {world.name} is linked from another file: it stays")
        return None
    if background is None:
        notes.append(f"the world {world.name} is more than one Background node: it stays")
        return None
    strength, color = _sockets(world, "worlds", background, "Strength", "Color", notes)
    if strength is None or strength["value"] <= 0:
        notes.append(f"the world {world.name} gives no light, or its strength is linked: it stays")
        return None
    return {"label": world.name, "kind": "world", "strength": strength, "color": color, "objects": []}


def _background(world: bpy.types.World) -> bpy.types.Node | None:
    """The Background node that alone feeds the world's surface."""
    if world.node_tree is None:
        return None
    outputs = [node for node in world.node_tree.nodes if node.bl_idname == "ShaderNodeOutputWorld" and node.is_active_output]
    if not outputs or not outputs[0].inputs["Surface"].is_linked:
        return None
    node = outputs[0].inputs["Surface"].links[0].from_node
    while node.bl_idname == "NodeReroute" and node.inputs[0].is_linked:
        node = node.inputs[0].links[0].from_node
    return node if node.bl_idname == "ShaderNodeBackground" else None


def _glowing(scene: bpy.types.Scene, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Materials with one emitting node, where no object carries two of them: an object has only one light group."""
    carriers: dict[bpy.types.Material, set[str]] = {}
    crowded: set[bpy.types.Material] = set()
    for thing in scene.objects:
        if thing.hide_render or thing.type == "LIGHT":
            continue
        materials = {slot.material for slot in thing.material_slots if slot.material and _emitting(slot.material)}
        for material in materials:
            carriers.setdefault(material, set()).add(thing.name)
        if len(materials) > 1:
            crowded |= materials
    for material, objects in carriers.items():
        (node, strength_name, color_name), *more = _emitting(material)
        if material in crowded or more or linked(material):
            notes.append(f"the glow of the material {material.name} shares an object, has several nodes or is linked: it stays")
            continue
        strength, color = _sockets(material, "materials", node, strength_name, color_name, notes)
        if strength or color:
            yield {"label": material.name, "kind": "material", "strength": strength, "color": color, "objects": sorted(objects)}


def _emitting(material: bpy.types.Material) -> list[tuple[bpy.types.Node, str, str]]:
    """(node, strength socket, colour socket) of every node of the material that gives light."""
    found = []
    for node in material.node_tree.nodes if material.node_tree else ():
        if node.bl_idname in EMITTING and any(socket.is_linked for socket in node.outputs):
            strength, color = EMITTING[node.bl_idname]
            socket = node.inputs[strength]
            if (socket.is_linked or socket.default_value > 0) and (
                node.inputs[color].is_linked or max(node.inputs[color].default_value[:3]) > 0
            ):
                found.append((node, strength, color))
    return found


def _sockets(
    owner: bpy.types.ID, collection: str, node: bpy.types.Node, strength: str, color: str, notes: list[str]
) -> tuple[Setting | None, Setting | None]:
    """The settings of a node's strength and colour; None for one that is linked, animated or driven. A linked colour can be tinted."""
    moving = animated(owner.node_tree)
    indices = [next(index for index, socket in enumerate(node.inputs) if socket.name == name) for name in (strength, color)]
    paths = [f'nodes["{bpy.utils.escape_identifier(node.name)}"].inputs[{index}].default_value' for index in indices]
    notes += [
        f"{owner.name}: its {label} is animated or driven and stays"
        for label, path in zip(("strength", "color"), paths, strict=True)
        if path in moving
    ]
    power = light = None
    if not node.inputs[indices[0]].is_linked and paths[0] not in moving:
        power = as_power(setting(owner, collection, f"node_tree.{paths[0]}", "Strength"))
    if node.inputs[indices[1]].is_linked:
        light = tint(owner, collection, node, color, "Tint")
    elif paths[1] not in moving:
        light = as_color(setting(owner, collection, f"node_tree.{paths[1]}", "Color"))
    return power, light
