"""Two lamps as somebody might model them, for instructions about something else than birds. Runs inside Blender:

python text3d_scenes.py FILE
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from blender_scenes import camera, fresh, light, material, shape  # noqa: E402

LAMPS = {"Desk lamp": (0.8, 0.32, 0.3), "Floor lamp": (1.7, 0.38, 0.42)}
"""Height of the stem, radii of shade and base."""


def lamp(name: str, height: float, shade: float, base: float) -> None:
    """One object of three joined parts with two shape keys, in a collection that is an asset."""
    add = bpy.ops.mesh
    paper = material(f"{name} Shade", (0.8, 0.74, 0.6))
    steel = material(f"{name} Stem", (0.3, 0.3, 0.32), 0.3)
    wood = material(f"{name} Base", (0.25, 0.14, 0.07))
    parts = [
        shape(add.primitive_cone_add, paper, (0, 0, height + 0.1), radius1=shade, radius2=shade * 0.55, depth=0.4),
        shape(add.primitive_cylinder_add, steel, (0, 0, height / 2), radius=0.035, depth=height),
        shape(add.primitive_cylinder_add, wood, (0, 0, 0.03), radius=base, depth=0.06),
    ]
    bpy.ops.object.select_all(action="DESELECT")
    for part in parts:
        part.select_set(True)
    bpy.context.view_layer.objects.active = parts[0]
    bpy.ops.object.join()
    made = bpy.context.object
    bpy.ops.object.transform_apply(location=True, rotation=True, scale=True)
    made.name = name
    made.shape_key_add(name="Basis")
    for key, moved in (("Tall stem", _taller), ("Wide shade", _wider)):
        block = made.shape_key_add(name=key, from_mix=False)
        block.slider_min, block.value = -0.6, 0.0
        for point in block.data:
            moved(point.co, height)
    collection = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(collection)
    for owner in list(made.users_collection):
        owner.objects.unlink(made)
    collection.objects.link(made)
    collection.asset_mark()
    collection.asset_data.tags.new("lamp")


def _taller(point: "bpy.types.Vector", height: float) -> None:
    if point.z > 0.1:
        point.z += 0.6 * height


def _wider(point: "bpy.types.Vector", height: float) -> None:
    if point.z > height - 0.15 and (point.x**2 + point.y**2) ** 0.5 > 0.05:
        point.x, point.y = 1.6 * point.x, 1.6 * point.y


def build(file: Path) -> None:
    fresh(320, 320)
    floor = material("Floor", (0.5, 0.5, 0.5))
    shape(bpy.ops.mesh.primitive_plane_add, floor, (0, 0, 0), (6, 6, 1), smooth=False).name = "Floor"
    for number, (name, sizes) in enumerate(LAMPS.items()):
        lamp(name, *sizes)
        bpy.data.collections[name].hide_render = bpy.data.collections[name].hide_viewport = number > 0
    light("AREA", "Key", (3, -3, 4), (0, 0, 1), 300, size=2)
    camera((2.6, -3.4, 2.2), (0, 0, 0.9), 45)
    bpy.ops.wm.save_as_mainfile(filepath=str(file))


if __name__ == "__main__":
    build(Path(sys.argv[-1]).resolve())
