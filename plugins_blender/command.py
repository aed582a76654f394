"""`utsushi imitate SCENE.blend --like REFERENCE`: a scene's light and look on files, through the engine that the panel uses."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from plugins_blender import install
from plugins_blender.blender import one_blender
from plugins_blender.say import birds, say
from server.hosts import Host
from server.options import FILE, Nouns, Wishes, imitate_options, make_folder, split_names
from shared_engine.errors import InputError

GROUPS = "lights,world,color"
"""What may change unless the user says otherwise; the names are aspects of the tools, so single lights and materials can be named too."""

NOUNS = Nouns(
    "A picture with the light and look, EXR and HDR too", "render", "tool", "lights, world, color, materials, shapes, keys ...",
    "Key or Key.strength=500",
)  # fmt: skip


@click.command("imitate")
@click.argument("scene_file", metavar="SCENE", type=FILE)
@imitate_options(NOUNS, max_tools=64, most=64, alternatives=0)
@click.option("--change", default=GROUPS, show_default=True, help="What may change: groups, or single lights and materials.")
@click.option("--scene", default="", help="Which scene of the file.  [default: the active one]")
@click.option("--size", default=192, type=click.IntRange(32, 1024), help="Longer side of the search's render.", show_default=True)
@click.option("--samples", default=64, type=click.IntRange(1, 4096), help="Samples a pixel of the search's render.", show_default=True)
@click.option("--blender", default="", help="Which version of Blender.  [default: the newest found]")
def imitate(scene_file: Path, wishes: Wishes, change: str, scene: str, size: int, samples: int, blender: str) -> None:
    """Finds values of SCENE's own lights, world and colour management that give its render the light and look of the references."""
    for path in (scene_file, *wishes.references):
        if not path.is_file():
            raise InputError(f"there is no file {path}", "Check the path.")
    make_folder(wishes.out)
    target = wishes.out / f"{scene_file.stem}-imitation.blend"
    if target.resolve() == scene_file.resolve():
        raise InputError(f"{target} is the file that you gave", "Choose another folder with --out: your file is never written to.")
    console = Console(stderr=wishes.as_json)
    host = one_blender(blender)
    from plugins_blender.imitation import imitate_scene  # torch takes seconds, which --help and doctor need not pay
    from plugins_blender.recipe import show

    names = split_names(wishes.only or change)
    recipe = imitate_scene(host, scene_file, scene, wishes, names, size, samples, target, console)
    (wishes.out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if wishes.as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, recipe, target)


HOST = Host("blender", frozenset({".blend"}), imitate, (say, birds), install.findings, install.install, install.uninstall)
