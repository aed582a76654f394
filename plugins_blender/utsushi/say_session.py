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

ACTS = (*session.ACTS, "describe", "portrait", "gallery", "keep")


class SaySession(session.Session):
    """Describes the scene's models, renders takes small, and writes the file that holds them."""

    def describe(self) -> dict[str, Any]:
        takes.after_load()
        return say_scene.describe(self.scene, takes.originals())

    def portrait(
        self, settings: list[dict[str, Any]], picture: str, side: int, samples: int, framed: bool = True, seed: int = 0
    ) -> dict[str, Any]:
        """Renders the scene with `settings`. `framed`: the camera steps back or closer until it sees the model that is shown, both at the
        size and shape it had and at those it gets, so that a small one looks small."""
        if self.scene.camera is None:
            raise host.SceneError(f"the scene {self.scene.name} has no camera", "Add a camera (Shift-A > Camera) and look through it.")
        layers.prepare(self.scene, side, samples, seed)
        before = host.read(settings)
        try:
            host.write(one for one in settings if one["collection"] == "collections")
            seen = corners(self.scene) if framed else []
            host.write(settings)
            with framing(self.scene, [*seen, *corners(self.scene)] if framed else []):
                layers.render_picture(self.scene, Path(picture))
        finally:
            host.write(before)
        return {}

    def gallery(self, wanted: list[list[dict[str, Any]]], side: int, samples: int) -> dict[str, Any]:
        """Renders several takes, each a list of settings, for Blender's panel -> {"pictures": paths}."""
        from utsushi import conversation

        pictures = []
        for number, settings in enumerate(wanted):
            conversation.tell(self.folder, f"rendering take {number + 1} of {len(wanted)}", number / len(wanted))
            if (self.folder / "stop").exists():
                break
            pictures.append(str(self.folder / f"take-{number}.png"))
            self.portrait(settings, pictures[-1], side, samples)
        return {"pictures": pictures}

    def keep(self, kept: Sequence[Mapping[str, Any]], file: str) -> dict[str, Any]:
        """Writes a copy of the opened file with all takes in it and the first of them in use."""
        name = self.scene.name
        bpy.ops.wm.open_mainfile(filepath=str(self.file), load_ui=False, use_scripts=False)
        self.scene = bpy.data.scenes[name]
        takes.after_load()
        numbers = [takes.add(dict(take)) for take in kept]
        if numbers:
            takes.use(numbers[0])
        bpy.ops.wm.save_as_mainfile(filepath=file, copy=True, relative_remap=True)
        return {}


def corners(scene: bpy.types.Scene) -> list[Any]:
    """Points of the world that span the model that is shown."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    return [thing.matrix_world @ point for thing in say_scene.shown_objects(scene) for point in _hull(thing.evaluated_get(graph))]


@contextmanager
def framing(scene: bpy.types.Scene, points: Sequence[Any]) -> Iterator[None]:
    """The camera moved, without being turned, so that it sees `points`, for as long as the block lasts."""
    camera = scene.camera
    before = camera.matrix_world.copy()
    if points:
        center = sum(points[1:], points[0]) / len(points)
        place, _ = camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), [part for point in points for part in point])
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
