"""Makes docs/pictures/blender.jpg in a real window: python -m tests.bench.blender_panel --out docs/pictures/blender.jpg"""

import tempfile
from pathlib import Path

import click
from PIL import Image

from shared_engine.cache import hosts_folder
from tests.hosts.blender_screen import ROOT, Screen

SCENARIO = Path(__file__).with_name("blender_panel_inside.py")

ROOM = """
interior()
bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 320, 360
"""
"""As high as the viewport of the picture is."""

EVENING = f"""{ROOM}
sun, ceiling, corner = (bpy.data.lights[name] for name in ("Sun", "Ceiling", "Corner lamp"))
sun.energy, sun.color = 0.25, (0.5, 0.6, 1)
ceiling.energy, ceiling.color = 45, (1, 0.62, 0.3)
corner.energy, corner.color = 90, (1, 0.5, 0.18)
background = bpy.context.scene.world.node_tree.nodes["Background"]
background.inputs["Color"].default_value, background.inputs["Strength"].default_value = (0.12, 0.2, 0.6, 1), 0.5
bpy.context.scene.cycles.use_denoising = True
"""
"""The reference: the room of blender_scenes.interior, lit by its lamps at dusk."""


@click.command()
@click.option("--out", default="out/bench/blender-panel.jpg", type=click.Path(path_type=Path))
def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        screen = Screen(hosts_folder() / ROOT / "blender", Path(folder))
        screen.command("install", "blender")
        screen.make(ROOM)
        screen.picture(EVENING, "evening.png", samples=48)
        screen.play(1200, scenario=SCENARIO)
        with Image.open(screen.folder / "pictures" / "panel.png") as found:
            out.parent.mkdir(parents=True, exist_ok=True)
            found.convert("RGB").save(out, quality=90)


if __name__ == "__main__":
    main()
