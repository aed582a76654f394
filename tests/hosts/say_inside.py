"""The panel Say It inside a Blender, with the extension as it is installed: python say_inside.py FOLDER -> FOLDER/inside.json."""

import json
import sys
from pathlib import Path
from typing import Any

import bpy

FOLDER = Path(sys.argv[-1])
sys.path.insert(0, str(FOLDER))

bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "birds.blend"))
import utsushi  # noqa: E402
from utsushi import takes  # noqa: E402

utsushi.register()
said = bpy.context.scene.utsushi_say
found: dict[str, Any] = {}


def color(material: str) -> list[float]:
    return [
        round(part, 3) for part in bpy.data.materials[material].node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value[:3]
    ]


def say(text: str) -> list[list[str]]:
    said.text = text
    return [list(row.claim.describe()) for row in said.rows]


found["rows"] = say("an owl with black wings, a red tail and a smurky belly")
found["unknown"] = said.unknown
tail = next(row for row in said.rows if row.target == "Tail")
tail.color = (0, 0, 1)
bpy.ops.utsushi.say_lock(name="Breast")
bpy.ops.utsushi.say()
found["after"] = {"wing": color("Owl Wing"), "tail": color("Owl Tail"), "shown": not bpy.data.collections["Owl"].hide_render}
bpy.ops.utsushi.say_more()
found["takes"] = [take["name"] for take in takes.every()]
bpy.context.scene.utsushi.strength = 0.5
found["half"] = color("Owl Wing")

bpy.ops.ed.undo_push(message="before")
say("a blue quetzal with green wings")
found["ticked"] = [[row.read.words, row.use] for row in said.rows]
before = color("Owl Wing")
bpy.ops.utsushi.say("EXEC_DEFAULT", True)
found["undo"] = [color("Owl Wing") != before]
bpy.ops.ed.undo()
found["undo"] += [color("Owl Wing") == before]
bpy.ops.ed.redo()
found["undo"] += [color("Owl Wing") != before]
said = bpy.context.scene.utsushi_say

say("much longer legs, and open the wings")
said.rows[0].opposite = True
bpy.ops.utsushi.say()
keys = bpy.data.objects["Owl"].data.shape_keys.key_blocks
found["keys"] = {"Long legs": round(keys["Long legs"].value, 3), "Wings open": round(keys["Wings open"].value, 3)}
bpy.ops.utsushi.reset()
found["reset"] = {"owl hidden": bpy.data.collections["Owl"].hide_render, "wings": keys["Wings open"].value}

bpy.ops.utsushi.glossary()
bpy.data.texts["Utsushi glossary"].write("\nbrolly = Wing\n")
found["glossary"] = say("a blue brolly")
say("vorpal blargh")
found["error"] = [said.error, said.remedy]
say("")
found["empty"] = [said.error, len(said.rows)]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.utsushi.add_birds()
found["added"] = [name for name, one in bpy.data.collections.items() if not one.hide_render]
bpy.context.scene.utsushi_say.text = "a stork with red wingtips"
found["added rows"] = [row.target for row in bpy.context.scene.utsushi_say.rows]
utsushi.unregister()
(FOLDER / "inside.json").write_text(json.dumps(found), encoding="utf-8")
