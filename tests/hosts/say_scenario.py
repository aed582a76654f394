"""Somebody types an instruction into the panel Say It of a real Blender window, corrects it, and looks at what comes. Runs in there."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path.cwd()))
from blender_scenario import area, click, do, found, said, shot, sidebar, start, takes, tool, until, window  # noqa: E402

TAB, FIELD, TAIL = (1043, 227), (880, 399), (793, 524)
"""Where, in a scene in which nothing is selected: the tab of the sidebar, the field for the instruction, the tick of the third row."""
TYPED = "an owl with black wings, a red tail, a smurky belly and white around the eyes"


def color(material: str) -> list[float]:
    """Linear RGB of a material's base colour."""
    shader = bpy.data.materials[material].node_tree.nodes["Principled BSDF"]
    return [round(part, 3) for part in shader.inputs["Base Color"].default_value[:3]]


def state() -> dict[str, Any]:
    shown = [name for name in ("Songbird", "Wader", "Waterbird", "Owl") if not bpy.data.collections[name].hide_render]
    return {"wing": color("Owl Wing"), "tail": color("Owl Tail"), "shown": shown}


def rows() -> list[list[Any]]:
    return [[*row.claim.describe(), row.use] for row in window().scene.utsushi_say.rows]


def seen(name: str) -> Iterator[float]:
    """A picture of the panel as it is now."""
    for _ in range(2):  # a panel that grows glides
        sidebar().tag_redraw()
        yield 0.3
    shot(name)


def pictures() -> list[bool]:
    """Of each take, whether it has one."""
    return [bool(take.get("picture")) for take in takes()]


def clicked(place: tuple[int, int], done: Callable[[], bool]) -> Callable[[], bool]:
    """Clicks at each call until it is done: a busy machine may lose a click."""

    def tried() -> bool:
        if not done():
            click(*place)
        return done()

    return tried


def scenario() -> Iterator[float]:
    preferences = bpy.context.preferences
    preferences.system.viewport_aa = "OFF"  # drawn by software, each sample is a redraw of the whole viewport
    preferences.filepaths.use_auto_save_temporary_files = False
    view = area().spaces.active
    window().scene.utsushi_say.size, window().scene.utsushi_say.samples = 96, 4
    view.show_region_ui, view.region_3d.view_perspective = True, "CAMERA"
    while sidebar().active_panel_category != "Utsushi":
        click(*TAB)
        yield 0.5
    yield from seen("say-01-empty")
    tool("mousemove", *FIELD, "click", "--repeat", 2, 1)
    yield 0.5
    tool("key", "ctrl+a", "type", "--delay", 5, TYPED)
    tool("key", "Return")
    yield from until(lambda: bool(rows()))
    found["rows"], found["unknown"] = rows(), window().scene.utsushi_say.unknown
    yield from seen("say-02-understood")
    yield from until(clicked(TAIL, lambda: not window().scene.utsushi_say.rows[2].use))
    yield from seen("say-03-unticked")
    found["before"] = state()
    do(bpy.ops.ed.undo_push, message="Before")
    assert do(bpy.ops.utsushi.say, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    found["done"] = state()
    yield from seen("say-04-rendering")
    yield from until(lambda: not said().running)
    found["gallery"] = pictures()
    yield from seen("say-05-gallery")
    assert do(bpy.ops.utsushi.say_more, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: not said().running)
    found["more"] = pictures()
    yield from seen("say-06-more-like-this-one")
    for _ in range(2):
        do(bpy.ops.ed.undo)
        yield 0.2
    found["undone"], found["kept"] = state(), len(takes())
    instruction = window().scene.utsushi_say
    instruction.text = "warmer light and a brighter sun"
    found["light"] = [instruction.error, instruction.remedy]
    yield from seen("say-07-light")
    instruction.text = "the head a bit bigger, much darker legs, keep the beak, not the duck, the left wing green"
    yield from seen("say-08-other-rows")


start(scenario())
