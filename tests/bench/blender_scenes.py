"""Five small scenes, made by script so that they are ours and the same everywhere. Runs inside Blender:

python blender_scenes.py FOLDER     (a Python with bpy, or blender --background --python blender_scenes.py -- FOLDER)
"""

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy

Vector = Sequence[float]


def fresh(width: int = 320, height: int = 240, world: Vector = (0.05, 0.06, 0.08), strength: float = 1.0) -> bpy.types.Scene:
    """An empty scene with a world of one colour, a camera that is still to be placed, and Cycles."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.cycles.max_bounces = 4
    scene.world = bpy.data.worlds.new("World")
    if bpy.app.version < (5, 0):
        scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*world, 1)
    background.inputs["Strength"].default_value = strength
    return scene


def material(name: str, color: Vector, roughness: float = 0.5, metallic: float = 0.0, glow: float = 0.0) -> bpy.types.Material:
    made = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    if glow:
        shader.inputs["Emission Color"].default_value = (*color, 1)
        shader.inputs["Emission Strength"].default_value = glow
    return made


def shape(add: Callable[..., object], surface: bpy.types.Material, location: Vector, scale: Vector = (1, 1, 1), turn: Vector = (0, 0, 0),
          smooth: bool = True, **options: float) -> bpy.types.Object:  # fmt: skip
    """Adds a primitive with `add`; `turn` in degrees."""
    add(location=location, rotation=[math.radians(angle) for angle in turn], **options)
    made = bpy.context.object
    made.scale = scale
    made.data.materials.append(surface)
    if smooth:
        bpy.ops.object.shade_smooth()
    return made


def aim(thing: bpy.types.Object, at: Vector) -> None:
    """Turns -Z of a light or camera to a point."""
    from mathutils import Vector as Arrow

    thing.rotation_euler = (Arrow(at) - thing.location).to_track_quat("-Z", "Y").to_euler()


def light(kind: str, name: str, location: Vector, at: Vector, energy: float, color: Vector = (1, 1, 1), size: float = 1.0) -> None:
    data = bpy.data.lights.new(name, kind)
    data.energy, data.color = energy, color
    if kind == "AREA":
        data.size = size
    elif kind == "SUN":
        data.angle = math.radians(size)
    else:
        data.shadow_soft_size = size
    made = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(made)
    made.location = location
    aim(made, at)


def camera(location: Vector, at: Vector, lens: float = 50) -> None:
    data = bpy.data.cameras.new("Camera")
    data.lens = lens
    made = bpy.data.objects.new("Camera", data)
    bpy.context.scene.collection.objects.link(made)
    made.location = location
    aim(made, at)
    bpy.context.scene.camera = made


def portrait() -> None:
    """A head before a paper backdrop: key, fill and rim."""
    fresh(240, 320)
    mesh = bpy.ops.mesh
    skin, cloth, paper = (
        material("Skin", (0.75, 0.45, 0.33), 0.45),
        material("Cloth", (0.08, 0.12, 0.22), 0.8),
        material("Paper", (0.4, 0.38, 0.36)),
    )
    hair = material("Hair", (0.06, 0.03, 0.02), 0.4)
    shape(mesh.primitive_uv_sphere_add, skin, (0, 0, 1.65), (0.36, 0.42, 0.5))
    shape(mesh.primitive_uv_sphere_add, hair, (0, 0.09, 1.8), (0.4, 0.42, 0.42))
    shape(mesh.primitive_cone_add, skin, (0, -0.43, 1.6), (0.3, 0.3, 0.4), (70, 0, 0), radius1=0.25, depth=0.5)
    shape(mesh.primitive_cylinder_add, skin, (0, 0.02, 1.15), (0.17, 0.17, 0.25))
    shape(mesh.primitive_uv_sphere_add, cloth, (0, 0.05, 0.55), (0.85, 0.5, 0.55))
    for side in (-1, 1):
        shape(mesh.primitive_uv_sphere_add, material("Eye", (0.02, 0.02, 0.03), 0.1), (0.14 * side, -0.36, 1.7), (0.05, 0.05, 0.05))
    shape(mesh.primitive_plane_add, paper, (0, 3, 2), (6, 6, 1), (90, 0, 0), smooth=False)
    light("AREA", "Key", (-2.2, -2.4, 3.2), (0, 0, 1.5), 160, (1, 0.92, 0.82), 1.2)
    light("AREA", "Fill", (2.6, -2.0, 1.6), (0, 0, 1.4), 30, (0.85, 0.92, 1), 2.0)
    light("SPOT", "Rim", (1.4, 2.2, 3.0), (0, 0, 1.7), 220, (1, 1, 1), 0.2)
    camera((0, -4.2, 1.7), (0, 0, 1.4), 60)


def product() -> None:
    """A bottle and a jar on a glossy table, two strip lights and a soft top."""
    fresh(320, 240, (0.5, 0.5, 0.52), 0.25)
    mesh = bpy.ops.mesh
    table, label = material("Table", (0.12, 0.11, 0.1), 0.15), material("Label", (0.8, 0.76, 0.65), 0.6)
    shape(mesh.primitive_plane_add, table, (0, 0, 0), (8, 8, 1), smooth=False)
    shape(mesh.primitive_cylinder_add, material("Glass", (0.05, 0.3, 0.16), 0.08), (-0.5, 0, 0.8), (0.38, 0.38, 0.8), vertices=64)
    shape(mesh.primitive_cylinder_add, label, (-0.5, 0, 0.75), (0.385, 0.385, 0.35), vertices=64)
    shape(mesh.primitive_cylinder_add, material("Gold", (0.9, 0.6, 0.2), 0.2, 1.0), (-0.5, 0, 1.85), (0.16, 0.16, 0.25), vertices=48)
    shape(mesh.primitive_uv_sphere_add, material("Clay", (0.7, 0.25, 0.14), 0.4), (0.75, -0.2, 0.45), (0.5, 0.5, 0.45))
    shape(mesh.primitive_cube_add, material("Box", (0.15, 0.25, 0.6), 0.5), (1.5, 1.2, 0.5), (0.5, 0.5, 0.5), (0, 0, 25), smooth=False)
    light("AREA", "Left strip", (-3, -0.5, 2), (0, 0, 0.8), 120, (1, 1, 1), 1.0)
    light("AREA", "Right strip", (3, -1, 1.8), (0, 0, 0.8), 60, (1, 0.9, 0.8), 0.8)
    light("AREA", "Top", (0, 1, 4), (0, 0, 0.5), 80, (0.9, 0.95, 1), 2.5)
    camera((0.2, -4.6, 2.0), (0.1, 0, 0.8), 50)


def interior() -> None:
    """A room with a window: sun, sky, a ceiling lamp and a lamp in the corner."""
    fresh(320, 240, (0.35, 0.55, 0.9), 1.5)
    mesh = bpy.ops.mesh
    wall, floor, wood = (
        material("Wall", (0.75, 0.72, 0.66), 0.8),
        material("Floor", (0.35, 0.2, 0.1), 0.35),
        material("Wood", (0.3, 0.15, 0.07), 0.5),
    )
    shape(mesh.primitive_cube_add, floor, (0, 0, -0.05), (3, 3, 0.05), smooth=False)
    shape(mesh.primitive_cube_add, wall, (0, 0, 2.85), (3, 3, 0.05), smooth=False)
    shape(mesh.primitive_cube_add, wall, (0, 3.05, 1.4), (3, 0.05, 1.5), smooth=False)
    shape(mesh.primitive_cube_add, wall, (3.05, 0, 1.4), (0.05, 3, 1.5), smooth=False)
    for place, size in (
        ((-3.05, -1.9, 1.4), (0.05, 1.1, 1.5)),
        ((-3.05, 2.3, 1.4), (0.05, 0.8, 1.5)),
        ((-3.05, 0.3, 0.35), (0.05, 1.2, 0.4)),
    ):
        shape(mesh.primitive_cube_add, wall, place, size, smooth=False)
    shape(mesh.primitive_cube_add, wood, (0.6, 0.9, 0.7), (0.9, 0.5, 0.05), smooth=False)
    for x in (-0.2, 1.4):
        shape(mesh.primitive_cube_add, wood, (x, 0.9, 0.35), (0.05, 0.4, 0.35), smooth=False)
    shape(mesh.primitive_uv_sphere_add, material("Vase", (0.1, 0.35, 0.4), 0.2), (0.4, 0.9, 1.0), (0.22, 0.22, 0.3))
    shape(mesh.primitive_cube_add, material("Sofa", (0.5, 0.12, 0.1), 0.9), (1.9, 2.2, 0.4), (0.9, 0.5, 0.4), smooth=False)
    light("SUN", "Sun", (-6, -1, 5), (0, 0.6, 0), 6, (1, 0.9, 0.75), 1.0)
    light("POINT", "Ceiling", (0.3, 0.3, 2.5), (0, 0, 0), 60, (1, 0.85, 0.65), 0.15)
    light("POINT", "Corner lamp", (2.6, 2.6, 1.3), (0, 0, 0), 35, (1, 0.7, 0.4), 0.1)
    camera((-1.6, -2.8, 1.6), (0.8, 1.5, 1.0), 24)


def street() -> None:
    """A night street: two lamps, the moon, a shop window and a neon sign that glow by themselves."""
    fresh(320, 240, (0.02, 0.03, 0.07), 1.0)
    mesh = bpy.ops.mesh
    asphalt, brick, plaster = (
        material("Asphalt", (0.06, 0.06, 0.07), 0.3),
        material("Brick", (0.3, 0.12, 0.08), 0.9),
        material("Plaster", (0.4, 0.38, 0.35)),
    )
    shape(mesh.primitive_plane_add, asphalt, (0, 0, 0), (12, 12, 1), smooth=False)
    shape(mesh.primitive_cube_add, brick, (-3.6, 2, 2.5), (1.5, 4, 2.5), smooth=False)
    shape(mesh.primitive_cube_add, plaster, (3.6, 3, 3), (1.5, 4, 3), smooth=False)
    shape(mesh.primitive_cube_add, material("Far house", (0.25, 0.25, 0.3)), (0, 9, 2), (3, 1, 2), smooth=False)
    shape(mesh.primitive_cube_add, material("Car", (0.45, 0.05, 0.06), 0.25), (1.2, 0.6, 0.45), (0.5, 1.1, 0.25), smooth=False)
    shape(mesh.primitive_cube_add, material("Cabin", (0.02, 0.02, 0.03), 0.1), (1.2, 0.7, 0.85), (0.42, 0.6, 0.2), smooth=False)
    shape(mesh.primitive_cube_add, material("Shop window", (1, 0.75, 0.4), glow=3.0), (-2.08, 0.5, 1.0), (0.02, 0.9, 0.7), smooth=False)
    shape(mesh.primitive_torus_add, material("Neon sign", (1, 0.1, 0.5), glow=12.0), (2.05, 1.2, 2.4), (0.5, 0.5, 0.5), (0, 90, 0))
    for x, y, name in ((-1.6, 3.2, "Lamp near"), (1.7, 6.2, "Lamp far")):
        shape(mesh.primitive_cylinder_add, material("Pole", (0.1, 0.1, 0.1), 0.4), (x, y, 1.7), (0.05, 0.05, 1.7))
        light("SPOT", name, (x * 0.75, y - 0.2, 3.4), (x * 0.5, y - 0.6, 0), 900, (1, 0.75, 0.45), 0.15)
    light("SUN", "Moon", (3, -4, 8), (0, 3, 0), 0.3, (0.6, 0.75, 1), 0.5)
    camera((0, -4.4, 1.6), (0, 3, 1.3), 32)


def bird() -> None:
    """A small yellow bird with black wings on a plain floor: one soft light, one window-like one, and the sky."""
    fresh(320, 240, (0.7, 0.75, 0.8), 0.6)
    mesh = bpy.ops.mesh
    body, wing, beak = (
        material("Body", (0.9, 0.65, 0.02)),
        material("Wing", (0.02, 0.02, 0.02), 0.4),
        material("Beak", (0.9, 0.3, 0.02), 0.3),
    )
    shape(mesh.primitive_uv_sphere_add, body, (0, 0, 1), (1.1, 0.75, 0.75))
    shape(mesh.primitive_uv_sphere_add, body, (1, 0, 1.75), (0.52, 0.5, 0.5))
    shape(mesh.primitive_uv_sphere_add, wing, (-1.25, 0, 1.1), (0.6, 0.25, 0.08), (0, 20, 0))
    for side in (-1, 1):
        shape(mesh.primitive_uv_sphere_add, wing, (-0.15, side * 0.72, 1.1), (0.85, 0.12, 0.42), (0, 14, 0))
        shape(mesh.primitive_uv_sphere_add, wing, (1.3, side * 0.28, 1.9), (0.08, 0.08, 0.08))
        shape(mesh.primitive_cylinder_add, beak, (0.1, side * 0.25, 0.15), (0.05, 0.05, 0.3))
    shape(mesh.primitive_cone_add, beak, (1.65, 0, 1.72), turn=(0, 90, 0), radius1=0.16, depth=0.5)
    shape(mesh.primitive_plane_add, material("Ground", (0.45, 0.5, 0.4), 0.9), (0, 0, -0.1), (15, 15, 1), smooth=False)
    light("AREA", "Soft", (3, -4, 5), (0, 0, 1), 600, (1, 1, 1), 3.0)
    light("AREA", "Window", (-4, -1, 2.5), (0, 0, 1), 150, (0.8, 0.9, 1), 1.5)
    camera((3.5, -6.5, 2.6), (0.2, 0, 1.0), 48)


SCENES = (portrait, product, interior, street, bird)


def grey_card() -> None:
    """Everything in matt grey of 18 %: what the render shows then is the light that falls on the scene."""
    grey = material("Grey card", (0.18, 0.18, 0.18), 1.0)
    grey.node_tree.nodes["Principled BSDF"].inputs["Specular IOR Level"].default_value = 0
    bpy.context.scene.view_layers[0].material_override = grey


def save(folder: Path, name: str) -> None:
    """Writes `folder`/NAME.blend, and `folder`/grey/NAME.blend, its copy in grey."""
    (folder / "grey").mkdir(exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / f"{name}.blend"))
    grey_card()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "grey" / f"{name}.blend"), copy=True)


if __name__ == "__main__":
    for build in SCENES:
        build()
        save(Path(sys.argv[-1]).resolve(), build.__name__)
