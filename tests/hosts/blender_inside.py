"""Checks that run inside a Blender (blender_workshop.py)."""

from typing import Any

import bpy
from blender_scenes import portrait
from utsushi import animate, host, lights, parameters, takes

KEY = {"collection": "lights", "name": "Key", "path": "energy", "unit": "W", "label": "Power", "scale": "log"}
SKIN = {
    "collection": "materials", "name": "Skin", "path": 'node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value',
    "unit": "", "label": "Base Color", "color": True,
}  # fmt: skip
LOOK = {"collection": "scenes", "name": "Scene", "path": "view_settings.exposure", "unit": "EV", "label": "Exposure"}


def a_take() -> takes.Take:
    settings = [
        {**KEY, "before": 160.0, "value": 40.0},
        {**SKIN, "before": [0.75, 0.45, 0.33], "value": [0.25, 0.65, 0.33]},
        {**LOOK, "before": 0.0, "value": 1.0},
    ]
    return {"name": "one", "settings": settings, "score": 1.0, "reasons": []}


def stands(frame: int = 0) -> list[float]:
    """Power of the key light, green of the skin, exposure; as animation has them at `frame`."""
    if frame:
        bpy.context.scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    light = bpy.data.lights["Key"].evaluated_get(graph)
    tree = bpy.data.materials["Skin"].evaluated_get(graph).node_tree
    green = tree.nodes["Principled BSDF"].inputs["Base Color"].default_value[1]
    return [round(value, 3) for value in (light.energy, green, bpy.context.scene.view_settings.exposure)]


def strength() -> dict[str, Any]:
    portrait()
    takes.after_load()
    index = takes.add(a_take())
    found = {}
    for amount in (1.0, 0.5, 0.0, 1.5):
        takes.use(index, amount)
        found[str(amount)] = stands()
    return found


def takes_are_states() -> dict[str, Any]:
    """What was done by hand between two takes belongs to the second."""
    portrait()
    takes.after_load()
    takes.use(takes.add(a_take()))
    bpy.data.lights["Key"].energy = 55.0
    second = takes.add({"name": "one", "settings": [{**LOOK, "before": 1.0, "value": -1.0}], "score": 1.0, "reasons": []})
    takes.use(second)
    both = stands()
    takes.use(0)
    first = stands()
    host.write(takes.originals())
    return {"names": [take["name"] for take in takes.every()], "second": both, "first": first, "original": stands()}


def keyed(strips: bool) -> dict[str, Any]:
    portrait()
    (animate.strips if strips else animate.keyframes)(a_take(), 10, 30)
    return {str(frame): stands(frame) for frame in (1, 10, 20, 30, 50)}


def tinted() -> dict[str, Any]:
    """A world that shows a picture: strength as it is, and a tint through a node that is put in when it is needed."""
    portrait()
    tree = bpy.context.scene.world.node_tree
    image = bpy.data.images.new("sky", 8, 4, float_buffer=True)
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = image
    tree.links.new(picture.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    world = next(one for one in lights.emitters(bpy.context.scene)[0] if one["kind"] == "world")
    before = len(tree.nodes)
    host.write([{**world["color"], "value": [1.0, 1.0, 1.0]}])
    untouched = len(tree.nodes)
    host.write([{**world["color"], "value": [1.0, 0.5, 0.25]}])
    again = next(one for one in lights.emitters(bpy.context.scene)[0] if one["kind"] == "world")
    return {
        "added": [untouched - before, len(tree.nodes) - before], "label": world["color"]["label"], "read": again["color"]["value"],
        "from": tree.nodes["Background"].inputs["Color"].links[0].from_node.name,
    }  # fmt: skip


def added() -> dict[str, Any]:
    portrait()
    bpy.data.objects["Key"].keyframe_insert("location", frame=1)
    found: dict[str, Any] = {}
    for path in (
        'bpy.data.cameras["Camera"].lens', "bpy.data.materials['Skin'].node_tree.nodes[\"Principled BSDF\"].inputs[2].default_value",
        'bpy.data.objects["Key"].location', 'bpy.data.nobody["x"].y', "bpy.context.scene.frame_current", 'bpy.data.lights["Key"].type',
    ):  # fmt: skip
        try:
            found[path] = [one["label"] for one, _ in parameters.added(path)]
        except ValueError as error:
            found[path] = str(error)
    return found


def checks() -> dict[str, Any]:
    return {
        "strength": strength(), "states": takes_are_states(), "keyframes": keyed(False), "strips": keyed(True), "tinted": tinted(),
        "added": added(),
    }  # fmt: skip
