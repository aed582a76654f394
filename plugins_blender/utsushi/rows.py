"""What single properties and node sockets offer to a search: each as a setting with a range."""

from collections.abc import Iterator

import bpy

from .host import Setting, animated, as_color, setting
from .ranges import NEEDS, PROPERTIES, SHARE, SOCKETS, Range, beside, rule

Row = tuple[Setting, Range | list[Range | None]]
"""A setting and its range; where its components differ, a list of ranges, None for one that stays."""

NUMBERS = ("VALUE", "RGBA", "INT")
"""Types of sockets that can be searched."""

SOURCES = ("ShaderNodeRGB", "ShaderNodeValue", "CompositorNodeRGB", "CompositorNodeValue")
"""Nodes whose value is their output's."""


def properties(owner: bpy.types.ID, collection: str, head: str, holder: bpy.types.bpy_struct, moving: set[str]) -> Iterator[Row]:
    """What the table of ranges names of `holder`, which lies at `head` in `owner`."""
    for name, span in PROPERTIES.get(holder.bl_rna.identifier, {}).items():
        yield from property_(owner, collection, head, holder, name, span, moving)


def property_(
    owner: bpy.types.ID, collection: str, head: str, holder: bpy.types.bpy_struct, name: str, span: Range | None, moving: set[str],
    chosen: bool = False,
) -> Iterator[Row]:  # fmt: skip
    if name not in holder.bl_rna.properties or name in moving:
        return
    about = holder.bl_rna.properties[name]
    if about.type not in ("FLOAT", "INT") or about.is_readonly:
        return
    label = holder.name if name == "default_value" else about.name.removeprefix("Euler ")
    one = setting(owner, collection, f"{head}{name}", label)
    if about.subtype.startswith("COLOR"):
        one = as_color(one)
    if isinstance(one["value"], list):
        yield one, [span or _limits(holder, name, part) or beside(part) for part in one["value"]]
    elif found := span or _limits(holder, name, one["value"]) or (beside(one["value"]) if chosen else None):
        yield one, found


def _limits(holder: bpy.types.bpy_struct, name: str, value: float) -> Range | None:
    about = holder.bl_rna.properties[name]
    return rule(value, about.soft_min, about.soft_max, about.subtype, about.type == "INT")


def nodes(owner: bpy.types.ID, collection: str, tree: bpy.types.NodeTree, head: str) -> Iterator[Row]:
    moving = animated(tree)
    for node in _used(tree):
        if node.mute:
            continue
        path = node_path(node)
        yield from properties(owner, collection, f"{head}{path}.", node, {name.removeprefix(f"{path}.") for name in moving})
        if node.bl_idname == "ShaderNodeValToRGB":
            for index in range(len(node.color_ramp.elements)):
                if f"{path}.color_ramp.elements[{index}].color" not in moving:
                    label = f"{_title(node)} Stop {index + 1}"
                    yield as_color(setting(owner, collection, f"{head}{path}.color_ramp.elements[{index}].color", label)), SHARE
        ends = node.outputs if node.bl_idname in SOURCES else ()
        for name, sockets in (("inputs", node.inputs), ("outputs", ends)):
            for index, socket in enumerate(sockets):
                if f"{path}.{name}[{index}].default_value" not in moving:
                    yield from _socket(owner, collection, f"{head}{path}.{name}", node, index, socket, len(tree.nodes) > 2)


def _socket(
    owner: bpy.types.ID, collection: str, path: str, node: bpy.types.Node, index: int, socket: bpy.types.NodeSocket, many: bool
) -> Iterator[Row]:
    """What one socket offers; nothing where something is plugged into it, or where it would change nothing."""
    if (
        (socket.is_linked and not socket.is_output)
        or not socket.enabled
        or socket.hide_value
        or socket.type not in ("VALUE", "RGBA", "INT")
    ):
        return
    curated = SOCKETS.get(node.bl_idname)
    if curated is not None and socket.name not in curated:
        return
    needed = NEEDS.get(socket.name)
    if needed and needed in node.inputs and not node.inputs[needed].is_linked and node.inputs[needed].default_value <= 0:
        return
    label = f"{_title(node)} {socket.name}" if many and curated is None else socket.name
    one = setting(owner, collection, f"{path}[{_key(socket, index)}].default_value", label)
    if socket.type == "RGBA":
        one = as_color(one)
    if curated is not None:
        yield one, curated[socket.name]
    elif socket.type == "RGBA":
        yield one, SHARE
    elif span := _limits(socket, "default_value", one["value"]):
        yield one, span


def _key(socket: bpy.types.NodeSocket, index: int) -> str:
    """A socket by its name, which stays from version to version, where no other one of the node has it; else by its place."""
    sockets = socket.node.outputs if socket.is_output else socket.node.inputs
    alone = [other.name for other in sockets].count(socket.name) == 1
    return f'"{bpy.utils.escape_identifier(socket.name)}"' if alone else str(index)


def _used(tree: bpy.types.NodeTree) -> list[bpy.types.Node]:
    """Nodes that an output of the tree depends on."""
    ends = [
        node for node in tree.nodes if "Output" in node.bl_idname or node.bl_idname in ("CompositorNodeComposite", "CompositorNodeViewer")
    ]
    found: dict[bpy.types.Node, None] = {}
    while ends:
        node = ends.pop()
        if node not in found:
            found[node] = None
            ends += [link.from_node for socket in node.inputs for link in socket.links]
    return list(found)


def node_path(node: bpy.types.Node) -> str:
    return f'nodes["{bpy.utils.escape_identifier(node.name)}"]'


def _title(node: bpy.types.Node) -> str:
    return node.label or node.name
