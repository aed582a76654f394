"""What the open scene offers, as the panel draws it: walked again only after something changed, and not more than twice a second."""

import time
from dataclasses import dataclass, field
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import curves, lights, parameters

PAUSE = 0.5
"""Seconds between two walks; a scene may hold thousands of objects."""


@dataclass
class Catalog:
    """The emitters and tools of one scene (lights.py, parameters.py), and what is said about what stays."""

    scene: str = ""
    stale: bool = True
    walked: float = 0.0
    emitters: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def walk(self, scene: bpy.types.Scene) -> None:
        self.emitters, stay = lights.emitters(scene)
        taken = {one["id"] for one in self.emitters} | {"color"}
        bent, unbent = curves.describe(scene, taken)
        self.tools, left = parameters.tools(scene, sorted(scene.utsushi.names("added")), taken)
        self.tools += [bent["tool"]] if bent else []
        self.notes = [*stay, *unbent, *left]
        self.scene, self.stale, self.walked = scene.name, False, time.monotonic()


_known = Catalog()


def of(scene: bpy.types.Scene) -> Catalog:
    """What `scene` offers now, or half a second ago."""
    if _known.scene != scene.name or (_known.stale and time.monotonic() > _known.walked + PAUSE):
        _known.walk(scene)
    return _known


@persistent
def _changed(*_: object) -> None:
    _known.stale = True


HANDLERS = ("depsgraph_update_post", "load_post", "undo_post", "redo_post")


def register() -> None:
    for name in HANDLERS:
        getattr(bpy.app.handlers, name).append(_changed)


def unregister() -> None:
    for name in HANDLERS:
        getattr(bpy.app.handlers, name).remove(_changed)
