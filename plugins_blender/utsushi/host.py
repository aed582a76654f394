"""The only file that walks Blender's data: which settings a scene has that light and grade it, reading them, and writing values back.

A *setting* is a mapping that names one property of one data-block, so that it can travel and be written into a recipe:
``{"collection": "lights", "name": "Key", "path": "energy", "value": 400.0, "unit": "W", "label": "Power"}``; `path` is what
`path_resolve` takes. An *emitter* is what can be rendered as a layer of its own: a light, the world, a glowing material.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import bpy

Setting = dict[str, Any]

MAX_EMITTERS = 100
"""Blender has 128 light groups; one is the world's."""

UNITS = {"SUN": "W/m²"}

EMITTING = {"ShaderNodeEmission": ("Strength", "Color"), "ShaderNodeBsdfPrincipled": ("Emission Strength", "Emission Color")}
"""Nodes that give light by themselves, with their sockets for strength and colour."""


class SceneError(Exception):
    """The scene cannot be worked on as it is; `remedy` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


def setting(owner: bpy.types.ID, collection: str, path: str, label: str, unit: str = "") -> Setting:
    """Describes the property at `path` of `owner` with the value that it has now; colours without their alpha."""
    value = owner.path_resolve(path)
    plain = [float(part) for part in value][:3] if hasattr(value, "__len__") and not isinstance(value, str) else value
    return {"collection": collection, "name": owner.name, "path": path, "value": plain, "unit": unit, "label": label}


def write(settings: Iterable[Mapping[str, Any]]) -> None:
    """Sets each setting's `value`; colours keep their alpha. Raises SceneError for a data-block that is not there (any more)."""
    for one in settings:
        owner = _block(one["collection"], one["name"])
        head, _, attribute = one["path"].rpartition(".")
        holder = owner.path_resolve(head) if head else owner
        value = one["value"]
        if isinstance(value, (list, tuple)):
            value = [*value, *list(getattr(holder, attribute))[len(value) :]]
        setattr(holder, attribute, value)
        owner.update_tag()


def read(settings: Iterable[Mapping[str, Any]]) -> list[Setting]:
    """The same settings with the values that stand in the file now."""
    return [
        {**one, **setting(_block(one["collection"], one["name"]), one["collection"], one["path"], one["label"], one["unit"])}
        for one in settings
    ]


def _block(collection: str, name: str) -> bpy.types.ID:
    try:
        return getattr(bpy.data, collection)[name, None]
    except KeyError:
        raise SceneError(f"there is no {name} among this file's {collection}", "Undo its renaming, or search again.") from None


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
        one["id"] = _identifier(one["label"], names)
    return [*found, *([world] if world else [])], notes


def _identifier(label: str, taken: set[str]) -> str:
    """A name without a dot (keys are "tool.parameter") and without a comma, unique in the scene."""
    stem = label.replace(".", "_").replace(",", "_")
    name, count = stem, 2
    while name in taken:
        name, count = f"{stem}_{count}", count + 1
    taken.add(name)
    return name


def _lights(scene: bpy.types.Scene, notes: list[str]) -> Iterator[dict[str, Any]]:
    carriers: dict[bpy.types.Light, list[str]] = {}
    for thing in scene.objects:
        if thing.type == "LIGHT" and thing.visible_get() and not thing.hide_render:
            carriers.setdefault(thing.data, []).append(thing.name)
    for light, objects in carriers.items():
        if light.library is not None or not getattr(light, "is_editable", True):
            notes.append(f"{light.name} is linked from another file: it stays")
            continue
        if light.energy <= 0:
            notes.append(f"{light.name} is off (power {light.energy:g}): it stays")
            continue
        moving = animated(light)
        strength = None if "energy" in moving else setting(light, "lights", "energy", "Power", UNITS.get(light.type, "W"))
        color = None if "color" in moving else setting(light, "lights", "color", "Color")
        for name in sorted(moving & {"energy", "color"}):
            notes.append(f"{light.name}: its {name} is animated or driven and stays")
        if strength or color:
            yield {"label": light.name, "kind": "light", "strength": strength, "color": color, "objects": objects}


def _world(scene: bpy.types.Scene, notes: list[str]) -> dict[str, Any] | None:
    world = scene.world
    if world is None:
        return None
    background = _background(world)
    if world.library is not None:
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
        if material in crowded or more or material.library is not None:
            notes.append(f"the glow of the material {material.name} shares an object, has several nodes or is linked: it stays")
            continue
        strength, color = _sockets(material, "materials", node, strength_name, color_name, notes)
        if strength or color:
            yield {"label": material.name, "kind": "material", "strength": strength, "color": color, "objects": sorted(objects)}


def _emitting(material: bpy.types.Material) -> list[tuple[bpy.types.Node, str, str]]:
    """(node, strength socket, colour socket) of every node of the material that gives light."""
    found = []
    for node in material.node_tree.nodes if material.node_tree else ():
        names = {"ShaderNodeEmission": ("Strength", "Color"), "ShaderNodeBsdfPrincipled": ("Emission Strength", "Emission Color")}
        if node.bl_idname in names and any(socket.is_linked for socket in node.outputs):
            strength, color = names[node.bl_idname]
            socket = node.inputs[strength]
            if (socket.is_linked or socket.default_value > 0) and (
                node.inputs[color].is_linked or max(node.inputs[color].default_value[:3]) > 0
            ):
                found.append((node, strength, color))
    return found


def _sockets(
    owner: bpy.types.ID, collection: str, node: bpy.types.Node, strength: str, color: str, notes: list[str]
) -> tuple[Setting | None, Setting | None]:
    """The settings of a node's strength and colour; None for one that is linked, animated or driven."""
    moving = animated(owner.node_tree)
    found: list[Setting | None] = []
    for name, label, unit in ((strength, "Strength", ""), (color, "Color", "")):
        index = next(index for index, socket in enumerate(node.inputs) if socket.name == name)
        path = f'nodes["{bpy.utils.escape_identifier(node.name)}"].inputs[{index}].default_value'
        if path in moving:
            notes.append(f"{owner.name}: its {label.lower()} is animated or driven and stays")
        linked = node.inputs[index].is_linked
        found.append(None if linked or path in moving else setting(owner, collection, f"node_tree.{path}", label, unit))
    return found[0], found[1]


def animated(block: bpy.types.ID) -> set[str]:
    """Data paths of `block` that a driver, an action or an NLA strip moves: a value written there would not last."""
    data = block.animation_data
    if data is None:
        return set()
    actions = [data.action, *(strip.action for track in data.nla_tracks for strip in track.strips)]
    curves = [*data.drivers, *(curve for action in actions if action for curve in _curves(action))]
    return {curve.data_path for curve in curves}


def _curves(action: bpy.types.Action) -> Iterator[bpy.types.FCurve]:
    if hasattr(action, "fcurves"):
        yield from action.fcurves
        return
    for layer in action.layers:  # Blender 5: actions are layered only
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves


def view(scene: bpy.types.Scene) -> tuple[dict[str, Any], list[str]]:
    """The scene's colour management as settings by name (exposure, gamma, look, view_transform), and notes on what stays."""
    notes = []
    moving = animated(scene)
    found = {}
    labels = {"exposure": ("Exposure", "EV"), "gamma": ("Gamma", ""), "look": ("Look", ""), "view_transform": ("View Transform", "")}
    for name, (label, unit) in labels.items():
        if f"view_settings.{name}" in moving:
            notes.append(f"the scene's {label.lower()} is animated or driven and stays")
        elif name == "exposure" and scene.view_settings.use_curve_mapping:
            notes.append("the scene uses colour management curves, which come before the exposure: exposure stays")
        else:
            found[name] = setting(scene, "scenes", f"view_settings.{name}", label, unit)
    return found, notes


def choices(holder: bpy.types.bpy_struct, name: str) -> tuple[str, ...]:
    """The items of an enumeration that Blender fills in at run time: it lists them when it refuses an impossible one."""
    try:
        setattr(holder, name, "\x7f")
    except TypeError as error:
        return tuple(part for part in str(error).partition(" not found in (")[2].rpartition(")")[0].split("'")[1::2])
    return ()
