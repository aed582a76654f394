"""Makes docs/pictures/blender.jpg in a real window: python -m tests.bench.blender_panel --out docs/pictures/blender.jpg"""

import tempfile
from pathlib import Path

import click
from PIL import Image

from shared_engine.cache import hosts_folder
from tests.hosts.blender_screen import ROOT, Screen

SCENARIO = Path(__file__).with_name("blender_panel_inside.py")

SHOWN = 0, 22, 1280, 1142
"""The window without its title, which names a folder, and without the line below."""

SCENE = """
product()
bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 320, 360
"""
"""As high as the viewport of the picture is."""

EVENING = f"""{SCENE}
for name, power, color in (("Left strip", 22, (0.25, 0.4, 1)), ("Right strip", 190, (1, 0.5, 0.18)), ("Top", 14, (0.7, 0.4, 1))):
    bpy.data.lights[name].energy, bpy.data.lights[name].color = power, color
background = bpy.context.scene.world.node_tree.nodes["Background"]
background.inputs["Color"].default_value, background.inputs["Strength"].default_value = (0.1, 0.14, 0.5, 1), 0.2
"""
"""The reference: the same table late in the day, with a low warm light from the right and blue from the left."""


@click.command()
@click.option("--out", default="out/bench/blender-panel.jpg", type=click.Path(path_type=Path))
def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        screen = Screen(hosts_folder() / ROOT / "blender", Path(folder))
        screen.command("install", "blender")
        screen.make(SCENE)
        screen.picture(EVENING, "evening.png", samples=64)
        screen.play(1500, scenario=SCENARIO)
        with Image.open(screen.folder / "pictures" / "panel.png") as found:
            out.parent.mkdir(parents=True, exist_ok=True)
            found.convert("RGB").crop(SHOWN).save(out, quality=88, optimize=True)


if __name__ == "__main__":
    main()
