"""Settings of Blender's data: describing them, reading them, and writing values back.

A *setting* is a mapping that names one property of one data-block, so that it can travel and be written into a recipe:
``{"collection": "lights", "name": "Key", "path": "energy", "value": 400.0, "unit": "W", "label": "Power"}``; `path` is what
`path_resolve` takes. Which settings a scene offers is told by lights.py, view.py and parameters.py, the only files that walk a scene.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import bpy

from . import points

Setting = dict[str, Any]

ITEM = re.compile(r"^(?P<holder>.*)\[(?P<key>\"(?:[^\"\\\\]|\\\\.)*\")\]$")
"""A path that ends in a custom property, such as an input of a geometry-nodes modifier: ``modifiers["Trees"]["Socket_2"]``."""

TINT, TINT_SOCKET = "Utsushi Tint", 7
"""A node of ours, and its second colour among the inputs of Blender's Mix node."""


class SceneError(Exception):
    """The scene cannot be worked on as it is; `remedy` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


def setting(owner: bpy.types.ID, collection: str, path: str, label: str, unit: str = "") -> Setting:
    """Describes the property at `path` of `owner` with the value that it has now; colours without their alpha."""
    return {
        "collection": collection,
        "name": owner.name,
        "path": path,
        "value": plain(owner.path_resolve(path)),
        "unit": unit,
        "label": label,
    }


def as_color(one: Setting) -> Setting:
    """The setting of a colour: its components are the channels, and stay between 0 and 1."""
    return {**one, "color": True}


def as_power(one: Setting) -> Setting:
    """A setting that is walked in stops."""
    return {**one, "scale": "log"}


def tint(owner: bpy.types.ID, collection: str, node: bpy.types.Node, socket: str, label: str) -> Setting:
    """The tint of a node's socket that a picture is plugged into: the colour of a Multiply node between them.

    That node is put in when a tint is written for the first time; until then the tint is white.
    """
    path = f'node_tree.nodes["{TINT}"].inputs[{TINT_SOCKET}].default_value'
    there = TINT in owner.node_tree.nodes
    one = setting(owner, collection, path, label) if there else {
        "collection": collection, "name": owner.name, "path": path, "value": [1.0, 1.0, 1.0], "unit": "", "label": label,
    }  # fmt: skip
    return as_color({**one, "insert": {"node": node.name, "socket": socket}})


def _insert(tree: bpy.types.NodeTree, node: str, socket: str) -> None:
    """Puts the Multiply node of `tint` in front of a socket."""
    target = tree.nodes[node]
    made = tree.nodes.new("ShaderNodeMix")
    made.name = made.label = TINT
    made.data_type, made.blend_type = "RGBA", "MULTIPLY"
    made.inputs[0].default_value = 1.0
    made.location = target.location.x - 200, target.location.y
    (link,) = target.inputs[socket].links
    tree.links.new(link.from_socket, made.inputs[TINT_SOCKET - 1])
    tree.links.new(next(end for end in made.outputs if end.enabled and end.type == "RGBA"), target.inputs[socket])


def plain(value: Any) -> Any:
    """A property's value as JSON knows it: vectors as lists, of colours with alpha only the colour, the points of a curve one by one."""
    if isinstance(value, bpy.types.bpy_prop_collection):
        return points.flat(value)
    return [float(part) for part in value][:3] if hasattr(value, "__len__") and not isinstance(value, str) else value


def write(settings: Iterable[Mapping[str, Any]]) -> None:
    """Sets each setting's `value`; colours keep their alpha. Raises SceneError for what is not there (any more), or cannot be written."""
    for one in settings:
        owner = _block(one["collection"], one["name"])
        try:
            if "curve" in one and one["refined"] and points.straight(one["value"]):
                one = {**one, "value": [*one["value"][:2], *one["value"][-2:]]}
            if _to_insert(owner, one):
                if list(one["value"]) == [1.0, 1.0, 1.0]:
                    continue
                _insert(owner.node_tree, **one["insert"])
            _set(owner, one["path"], one["value"])
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise SceneError(
                f"{one['label']} of {one['name']} cannot be set ({error})", "Undo what was changed about it since, or search again."
            ) from error
        owner.update_tag()


def _set(owner: bpy.types.ID, path: str, value: Any) -> None:
    if found := ITEM.match(path):
        holder = owner.path_resolve(found["holder"])
        key = bpy.utils.unescape_identifier(found["key"][1:-1])
        if isinstance(value, (list, tuple)):
            for index, part in enumerate(value):
                holder[key][index] = part
        else:
            holder[key] = type(holder[key])(value)
        return
    head, _, attribute = path.rpartition(".")
    holder = owner.path_resolve(head) if head else owner
    if isinstance(holder, bpy.types.CurveMap):
        points.write(owner.path_resolve(head.rpartition(".")[0]), holder, value)
        return
    if isinstance(value, (list, tuple)):
        value = [*value, *list(getattr(holder, attribute))[len(value) :]]
    setattr(holder, attribute, value)


def read(settings: Iterable[Mapping[str, Any]]) -> list[Setting]:
    """The same settings with the values that stand in the file now. Raises SceneError for what is not there."""
    found = []
    for one in settings:
        owner = _block(one["collection"], one["name"])
        try:
            found.append({**one, "value": [1.0, 1.0, 1.0] if _to_insert(owner, one) else _present(owner, one)})
        except ValueError as error:
            raise SceneError(f"{one['label']} of {one['name']} is not there any more", "Search again.") from error
    return found


def _present(owner: bpy.types.ID, one: Mapping[str, Any]) -> Any:
    value = plain(owner.path_resolve(one["path"]))
    bare = "curve" in one and one["refined"] and len(value) < len(one["value"])
    return points.refined(value, one["value"][2:-2:2]) if bare else value


def _to_insert(owner: bpy.types.ID, one: Mapping[str, Any]) -> bool:
    return "insert" in one and TINT not in owner.node_tree.nodes


def _block(collection: str, name: str) -> bpy.types.ID:
    try:
        return getattr(bpy.data, collection)[name, None]
    except KeyError:
        raise SceneError(f"there is no {name} among this file's {collection}", "Undo its renaming, or search again.") from None


def linked(block: bpy.types.ID) -> bool:
    """Whether a data-block belongs to another file and cannot be changed here."""
    return block.library is not None or not getattr(block, "is_editable", True)


def identifier(label: str, taken: set[str]) -> str:
    """A name without a dot (keys are "tool.parameter") and without a comma, not among `taken`, where it is added."""
    stem = label.replace(".", "_").replace(",", "_")
    name, count = stem, 2
    while name in taken:
        name, count = f"{stem}_{count}", count + 1
    taken.add(name)
    return name


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


def choices(holder: bpy.types.bpy_struct, name: str) -> tuple[str, ...]:
    """The items of an enumeration that Blender fills in at run time: it lists them when it refuses an impossible one."""
    try:
        setattr(holder, name, "\x7f")
    except TypeError as error:
        return tuple(part for part in str(error).partition(" not found in (")[2].rpartition(")")[0].split("'")[1::2])
    return ()
