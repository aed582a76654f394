"""A product shot takes the light of an evening, in a real window: the picture of the panel in the README. Runs inside Blender."""

import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path.cwd()))
from blender_scenario import FOLDER, TAB, Watch, area, choices, do, opened, redrawn, said, shot, start, until  # noqa: E402

PATIENCE = 900.0
SCALE = 1.35
"""Of the interface: the README shows the picture at two thirds of its size."""

LOOKED_AT = 150.0
"""Seconds for which the viewport renders before it is shown; its samples are few, so it is done long before."""


def scenario() -> Iterator[float]:
    watch = Watch()
    yield from opened(watch, "VIEW_3D", TAB)
    do(bpy.ops.utsushi.show, directory=str(FOLDER), files=[{"name": "evening.png"}])
    wanted = choices()
    wanted.size, wanted.samples, wanted.alternatives = 128, 48, 3
    assert do(bpy.ops.utsushi.imitate, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: not said().running, PATIENCE)
    assert not said().error, said().error
    bpy.context.preferences.view.ui_scale = SCALE
    bpy.context.preferences.system.use_region_overlap = False
    do(bpy.ops.screen.screen_full_area, use_hide_panels=False)
    yield 1.0
    space = area().spaces.active
    space.show_gizmo = space.overlay.show_overlays = space.show_region_toolbar = False
    space.region_3d.view_perspective = "CAMERA"
    do(bpy.ops.view3d.view_center_camera)
    bpy.context.scene.cycles.preview_samples = 24
    bpy.context.scene.render.preview_pixel_size = "2"
    space.shading.type = "RENDERED"
    yield LOOKED_AT
    yield from redrawn(watch)
    shot("panel")


if __name__ == "__main__":
    start(scenario())
