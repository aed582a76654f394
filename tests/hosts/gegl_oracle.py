"""Renders recipes with pure GEGL: the judge of the replica. Standard library and gi only; run by a Python that has gir1.2-gegl-0.4.

Requests come on standard input: one line of JSON {"width", "height", "channels", "recipe"}, then the picture as R'G'B' (3 channels) or
R'G'B'A (4) float32 rows. Each is answered with the rendered picture in the same layout. Before all, one line of JSON says which GEGL it is.
"""

import json
import sys
from typing import Any

import gi

gi.require_version("Gegl", "0.4")
from gi.repository import Gegl  # noqa: E402

FORMATS = {3: "R'G'B' float", 4: "R'G'B'A float"}


def native(name: str, value: Any) -> Any:
    return Gegl.Color.new(value) if name == "color" else value


def node_of(graph: Gegl.Node, source: Gegl.Node, entry: dict[str, Any]) -> Gegl.Node:
    """One filter after `source`; its opacity blends in linear light, as GIMP's layer effects do."""
    if not Gegl.has_operation(entry["operation"]):
        raise SystemExit(f"this GEGL has no {entry['operation']}")
    filtered = graph.create_child(entry["operation"])
    for step in entry["steps"]:
        for name, value in step.items():
            filtered.set_property(name, native(name, value))
    source.link(filtered)
    if entry.get("opacity", 1.0) == 1.0:
        return filtered
    faded, over = graph.create_child("gegl:opacity"), graph.create_child("gegl:over")
    faded.set_property("value", entry["opacity"])
    filtered.link(faded)
    source.link(over)
    faded.connect_to("output", over, "aux")
    return over


def apply(buffer: Gegl.Buffer, entry: dict[str, Any]) -> Gegl.Buffer:
    """One filter, as GIMP runs it: from one buffer into another. In a longer graph GEGL reuses buffers, and gegl:channel-mixer, which
    overwrites red before it has read it for green, then gives another result than in GIMP.
    """
    graph, area = Gegl.Node(), buffer.get_extent()
    source = graph.create_child("gegl:buffer-source")
    source.set_property("buffer", buffer)
    result = Gegl.Buffer.new("RGBA float", 0, 0, area.width, area.height)
    node_of(graph, source, entry).blit_buffer(result, area, 0, Gegl.AbyssPolicy.NONE)
    return result


def render(pixels: bytes, width: int, height: int, channels: int, recipe: list[dict[str, Any]]) -> bytes:
    layout, area = FORMATS[channels], Gegl.Rectangle.new(0, 0, width, height)
    buffer = Gegl.Buffer.new(layout, 0, 0, width, height)
    buffer.set(area, layout, pixels)
    for entry in recipe:
        buffer = apply(buffer, entry)
    return buffer.get(area, 1.0, layout, Gegl.AbyssPolicy.NONE)


def main() -> None:
    Gegl.config().set_property("application-license", "GPL3")  # before init: half of the filters are under the GPL
    Gegl.init(None)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    version = Gegl.get_version()
    sink.write(json.dumps({"gegl": ".".join(map(str, (version.major, version.minor, version.micro)))}).encode() + b"\n")
    sink.flush()
    while line := source.readline():
        request = json.loads(line)
        size = request["width"] * request["height"] * request["channels"] * 4
        sink.write(render(source.read(size), **request))
        sink.flush()


main()
