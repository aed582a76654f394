"""What the extension's operators do and refuse inside a Blender, as it is installed: python panel_inside.py FOLDER -> FOLDER/panel.json."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

FOLDER = Path(sys.argv[-1])
sys.path[:0] = [str(FOLDER), str(Path(__file__).resolve().parents[1] / "bench")]

import utsushi  # noqa: E402
from blender_scenes import portrait  # noqa: E402
from utsushi import catalog, conversation, host, operators, takes  # noqa: E402


@contextmanager
def under_the_mouse(owner: bpy.types.bpy_struct, name: str) -> Iterator[None]:
    """As if the right mouse button were pressed on a property."""
    with bpy.context.temp_override(button_pointer=owner, button_prop=owner.bl_rna.properties[name]):
        yield


def right_click(owner: bpy.types.bpy_struct, name: str) -> str:
    """*Add to Utsushi* on a property -> what Blender says against it, "" where it did it."""
    with under_the_mouse(owner, name):
        try:
            bpy.ops.utsushi.add()
        except RuntimeError as error:
            return str(error)
    return ""


def added() -> dict[str, Any]:
    portrait()
    wanted = bpy.context.scene.utsushi
    skin = bpy.data.materials["Skin"].node_tree.nodes["Principled BSDF"]
    bpy.data.objects["Fill"].driver_add("location", 0)
    said = [
        right_click(bpy.data.cameras["Camera"], "lens"), right_click(skin.inputs["Roughness"], "default_value"),
        right_click(bpy.data.objects["Fill"], "location"), right_click(bpy.data.lights["Key"], "type"),
    ]  # fmt: skip
    there = wanted.names("added")
    tools = {one["label"]: [row["label"] for row in one["parameters"]] for one in catalog.of(bpy.context.scene).tools}
    right_click(bpy.data.cameras["Camera"], "lens")
    return {
        "said": said, "there": sorted(there), "tool": tools["Added by you"], "ticked": sorted(wanted.names("more")),
        "after": sorted(wanted.names("added")), "elsewhere": bpy.ops.utsushi.add.poll(),
    }  # fmt: skip


def greyed() -> list[str]:
    """Why *Imitate* cannot be pressed, as the user puts one thing right after the other."""
    portrait()
    scene, wanted = bpy.context.scene, bpy.context.scene.utsushi
    scene.camera = None
    wanted.lights = wanted.world = wanted.color = False
    found = [operators.missing(bpy.context)]
    wanted.references.add().path = str(FOLDER / "gone.png")
    found.append(operators.missing(bpy.context))
    (FOLDER / "gone.png").touch()
    found.append(operators.missing(bpy.context))
    wanted.lights = True
    found.append(operators.missing(bpy.context))
    scene.camera = bpy.data.objects["Camera"]
    return [*found, operators.missing(bpy.context), str(bpy.ops.utsushi.imitate.poll())]


def engines() -> dict[str, str]:
    """What is said of an engine at an address, where Blender was not allowed to go online."""
    found = {}
    for address in ("tcp://127.0.0.1:5000", "tcp://[::1]:5000", "tcp://localhost:5000", "tcp://192.0.2.7:5000", "tcp://render-farm:5000"):
        try:
            conversation._only_here(SimpleNamespace(address=address))
            found[address] = ""
        except host.SceneError as error:
            found[address] = f"{error}. {error.remedy}"
    return found


def reopened() -> list[bool]:
    """Whether a search runs, before and after a file is opened that was saved in the middle of one."""
    portrait()
    said = bpy.context.window_manager.utsushi
    said.running, said.text = True, "searching"
    before = said.running
    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "running.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "running.blend"))
    said = bpy.context.window_manager.utsushi
    return [before, said.running or bool(said.text)]


def undone() -> list[list[str]]:
    """Names of the takes: after one of three was forgotten, after that is undone, and after what made the third is undone too.

    Undo needs a window; what it does to the file's text is done by hand here.
    """
    portrait()
    takes.after_load()
    bpy.context.scene.utsushi.take = -1
    states = []
    for name in ("one", "two", "three"):
        takes.add({"name": name, "settings": [], "score": None, "reasons": []})
        states.append(bpy.data.texts[takes.TEXT].as_string())
    takes.remove(1)
    found = [[take["name"] for take in takes.every()]]
    for state in (states[2], states[1]):
        bpy.data.texts[takes.TEXT].from_string(state)
        takes.after_undo()
        found.append([take["name"] for take in takes.every()])
    return found


def names() -> list[str]:
    sentence = "Brightness and colour of the reference's light, as far as another scene tells them"
    long = (
        "bolder: the proposal at 150 %",
        "cooler, darker",
        "brighter highlights, cooler",
        sentence,
        f"{sentence}: warmer, less contrast, darker",
    )
    return [operators.brief(name) for name in long]


def registered() -> list[str]:
    return [name for name in dir(bpy.types) if "utsushi" in name.lower()]


if __name__ == "__main__":
    before = registered()
    utsushi.register()
    checks: dict[str, Any] = {
        "added": added(),
        "greyed": greyed(),
        "engines": engines(),
        "reopened": reopened(),
        "undone": undone(),
        "names": names(),
    }
    utsushi.unregister()
    utsushi.register()
    utsushi.unregister()
    checks["left"] = sorted(set(registered()) - set(before))
    (FOLDER / "panel.json").write_text(json.dumps(checks), encoding="utf-8")
