"""A background Blender that answers what `say` asks, beside everything that session.py answers."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from utsushi import host, layers, say_scene, session, takes  # noqa: E402

MARGIN = 1.06
"""How much farther the camera of a gallery stands than it must."""

ACTS = (*session.ACTS, "describe", "portrait", "keep")


class SaySession(session.Session):
    """Describes the scene's models, renders takes small, and writes the file that holds them."""

    def describe(self) -> dict[str, Any]:
        takes.after_load()
        return say_scene.describe(self.scene, takes.originals())

    def portrait(self, settings: list[dict[str, Any]], picture: str, side: int, samples: int, framed: bool = True) -> dict[str, Any]:
        """Renders the scene with `settings`; `framed`: the camera steps back or closer until the model fills the picture."""
        if self.scene.camera is None:
            raise host.SceneError(f"the scene {self.scene.name} has no camera", "Add a camera (Shift-A > Camera) and look through it.")
        layers.prepare(self.scene, side, samples)
        before = host.read(settings)
        try:
            host.write(settings)
            with framing(self.scene, framed):
                layers.render_picture(self.scene, Path(picture))
        finally:
            host.write(before)
        return {}

    def keep(self, takes_: Sequence[Mapping[str, Any]], file: str) -> dict[str, Any]:
        """Writes a copy of the opened file with all takes in it and the first of them in use."""
        name = self.scene.name
        bpy.ops.wm.open_mainfile(filepath=str(self.file), load_ui=False, use_scripts=False)
        self.scene = bpy.data.scenes[name]
        takes.after_load()
        numbers = [takes.add(dict(take)) for take in takes_]
        if numbers:
            takes.use(numbers[0])
        bpy.ops.wm.save_as_mainfile(filepath=file, copy=True, relative_remap=True)
        return {}


@contextmanager
def framing(scene: bpy.types.Scene, framed: bool) -> Iterator[None]:
    """The camera moved along its own axes so that it sees the whole model, for as long as the block lasts."""
    camera = scene.camera
    objects = say_scene.shown_objects(scene) if framed else []
    if not objects:
        yield
        return
    before = camera.matrix_world.copy()
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    corners = [thing.matrix_world @ vertex for thing in objects for vertex in _hull(thing.evaluated_get(graph))]
    center = sum(corners, corners[0] * 0) / len(corners)
    place, _ = camera.camera_fit_coords(graph, [part for corner in corners for part in corner])
    camera.matrix_world.translation = center + (place - center) * MARGIN
    try:
        yield
    finally:
        camera.matrix_world = before


def _hull(thing: bpy.types.Object) -> list[Any]:
    """Points that span the object: its vertices where it has them, else the corners of its bounding box."""
    from mathutils import Vector

    if thing.type == "MESH":
        return [vertex.co for vertex in thing.data.vertices]
    return [Vector(corner) for corner in thing.bound_box]


if __name__ == "__main__":
    session.main(Path(sys.argv[sys.argv.index("--") + 1]), SaySession, ACTS)
