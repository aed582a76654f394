"""Scenes thrown together by a seed, to choose on what is then measured on others (blender_scenes.py). Runs inside Blender:

python blender_heaps.py FOLDER COUNT
"""

import colorsys
import sys
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from blender_scenes import camera, fresh, light, material, save, shape  # noqa: E402

KINDS = ("AREA", "POINT", "SPOT", "SUN")
POWERS = {"AREA": 150.0, "POINT": 120.0, "SPOT": 300.0, "SUN": 2.0}


def heap(seed: int) -> None:
    """Four to nine bodies of any colour on a floor, mostly before a wall, in two to four lights."""
    rng = np.random.default_rng(seed)
    fresh(320, 240, _color(rng, 0.4), float(2 ** rng.uniform(-3, 0.5)))
    mesh = bpy.ops.mesh
    shape(mesh.primitive_plane_add, _surface(rng, "Floor"), (0, 0, 0), (8, 8, 1), smooth=False)
    if rng.random() < 0.7:
        shape(mesh.primitive_plane_add, _surface(rng, "Wall"), (0, 3.5, 3), (8, 5, 1), (90, 0, 0), smooth=False)
    bodies = (mesh.primitive_cube_add, mesh.primitive_uv_sphere_add, mesh.primitive_cylinder_add, mesh.primitive_cone_add)
    for number in range(rng.integers(4, 10)):
        size = rng.uniform(0.25, 0.8)
        place = (rng.uniform(-2, 2), rng.uniform(-1, 2.5), size)
        scale = size * rng.uniform(0.6, 1.2, 3)
        shape(bodies[rng.integers(4)], _surface(rng, f"Body {number}"), place, scale, (0, 0, rng.uniform(0, 90)), smooth=False)
    for number in range(rng.integers(2, 5)):
        kind = KINDS[rng.integers(4)]
        place = (rng.uniform(-4, 4), rng.uniform(-4, 1), rng.uniform(1.5, 4))
        power = POWERS[kind] * 2 ** rng.uniform(-2, 1)
        light(kind, f"Light {number}", place, (rng.uniform(-1, 1), 0.5, 0.5), power, _color(rng, 0.25), rng.uniform(0.1, 1.5))
    camera((rng.uniform(-1.5, 1.5), -5, rng.uniform(1, 2.5)), (0, 0.5, 0.7), rng.uniform(32, 60))


def _color(rng: np.random.Generator, most: float) -> tuple[float, float, float]:
    return colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, most), 1.0)


def _surface(rng: np.random.Generator, name: str) -> bpy.types.Material:
    color = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.9) ** 1.5, rng.uniform(0.03, 0.85))
    return material(name, color, rng.uniform(0.15, 0.9), float(rng.random() < 0.1))


if __name__ == "__main__":
    folder, count = Path(sys.argv[-2]).resolve(), int(sys.argv[-1])
    for number in range(count):
        heap(number)
        save(folder, f"heap-{number:02d}")
