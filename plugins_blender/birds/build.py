"""Builds birds.blend inside Blender: four birds as assets with materials, shape keys, tags and a glossary, a floor, light and a camera.

python build.py FILE      (a Python with bpy, or blender --background --python build.py -- FILE)
"""

import math
import sys
from pathlib import Path

import bpy
import numpy as np

if __package__:
    from . import forms, geometry, species
else:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import forms
    import geometry
    import species

GLOSSARY = "Utsushi glossary"
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""From x forwards to Blender's front, -Y (applied to row vectors)."""


def linear(code: str) -> tuple[float, float, float, float]:
    parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue, 1.0


def material(name: str, code: str, roughness: float, feathers: bool = False) -> bpy.types.Material:
    made = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader = nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = linear(code)
    shader.inputs["Roughness"].default_value = roughness
    if feathers:
        noise, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
        noise.inputs["Scale"].default_value = 38.0
        bump.inputs["Strength"].default_value = 0.18
        links.new(noise.outputs[0], bump.inputs["Height"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return made


def bird(kind: species.Species) -> bpy.types.Collection:
    rest = geometry.surface(kind.name)
    slots = (*species.SLOTS, "Pupil")
    mesh = bpy.data.meshes.new(kind.name)
    mesh.from_pydata((rest.points() @ TURN).tolist(), [], rest.faces)
    mesh.polygons.foreach_set("material_index", np.array([slots.index(slot) for slot in rest.slots], np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(rest.faces), bool))
    for slot in slots:
        soft = slot in species.WHOLE
        roughness = 0.75 if soft else 0.12 if slot in ("Eye", "Pupil") else 0.4
        mesh.materials.append(material(f"{kind.name} {slot}", kind.colors.get(slot, "#050505"), roughness, soft))
    mesh.update()
    thing = bpy.data.objects.new(kind.name, mesh)
    thing.shape_key_add(name="Basis")
    for name, (low, high) in species.KEYS.items():
        key = thing.shape_key_add(name=name, from_mix=False)
        moved = geometry.surface(kind.name, **{forms.KEY_FIELDS[name]: 1.0}).points() @ TURN
        key.data.foreach_set("co", moved.astype(np.float32).ravel())
        key.slider_min, key.slider_max, key.value = low, high, 0.0
    collection = bpy.data.collections.new(kind.name)
    collection.objects.link(thing)
    collection["utsushi_whole"] = ", ".join(f"{kind.name} {part}" for part in species.WHOLE)
    collection.asset_mark()
    for tag in (*species.COMMON, *kind.tags):
        collection.asset_data.tags.new(tag, skip_if_exists=True)
    return collection


def add_family(scene: bpy.types.Scene) -> None:
    """Puts the four birds into `scene`, the first of them shown, and their words into the file's glossary."""
    for number, kind in enumerate(species.FAMILY):
        collection = bird(kind)
        scene.collection.children.link(collection)
        collection.hide_viewport = collection.hide_render = number > 0
    text = bpy.data.texts.get(GLOSSARY) or bpy.data.texts.new(GLOSSARY)
    text.write(species.GLOSSARY)


def stage(scene: bpy.types.Scene) -> None:
    """A paper floor that rises behind, two soft lights, and a camera that sees the tallest of them."""
    floor = bpy.data.meshes.new("Floor")
    profile = [(9.0, 0.0)] + [(-4.0 - 3 * math.sin(a), 3 - 3 * math.cos(a)) for a in np.linspace(0, math.pi / 2, 12)] + [(-7.0, 25.0)]
    corners = [(x, -y, z) for x in (-40.0, 40.0) for y, z in profile]
    count = len(profile)
    floor.from_pydata(corners, [], [(i, i + 1, count + i + 1, count + i) for i in range(count - 1)])
    floor.polygons.foreach_set("use_smooth", np.ones(count - 1, bool))
    floor.materials.append(material("Paper", "#b9c2c4", 0.9))
    backdrop = bpy.data.objects.new("Floor", floor)
    scene.collection.objects.link(backdrop)
    for name, place, energy, size in (("Key", (3.2, -3.4, 4.6), 420.0, 2.5), ("Fill", (-4.0, -2.6, 2.4), 120.0, 4.0)):
        light = bpy.data.lights.new(name, "AREA")
        light.energy, light.size = energy, size
        made = bpy.data.objects.new(name, light)
        made.location = place
        scene.collection.objects.link(made)
        aim(made, (0, 0, 0.9))
    lens = bpy.data.cameras.new("Camera")
    lens.lens = 62
    camera = bpy.data.objects.new("Camera", lens)
    camera.location = (3.9, -4.9, 2.1)
    scene.collection.objects.link(camera)
    aim(camera, (0.0, -0.1, 1.0))
    scene.camera = camera
    world = bpy.data.worlds.new("World")
    if bpy.app.version < (5, 0):
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.75, 0.8, 0.85, 1)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.55
    scene.world = world


def aim(thing: bpy.types.Object, at: tuple[float, float, float]) -> None:
    from mathutils import Vector

    thing.rotation_euler = (Vector(at) - thing.location).to_track_quat("-Z", "Y").to_euler()


def build(file: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 64, False
    scene.render.resolution_x = scene.render.resolution_y = 512
    scene.view_settings.view_transform = "Standard"
    stage(scene)
    add_family(scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=True)


if __name__ == "__main__":
    build(Path(sys.argv[-1]).resolve())
