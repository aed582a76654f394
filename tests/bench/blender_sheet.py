"""Photos imitated by scenes of the bench, on one page: to be looked at, as no figure tells whether a lighting artist would take an answer.

python -m tests.bench.blender_sheet PHOTO ... --out docs/pictures/blender-sheet.jpg
"""

import tempfile
from itertools import groupby
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from plugins_blender.blender import Session, one_blender
from plugins_blender.recipe import written
from plugins_blender.replica import BlenderReplica
from plugins_blender.shot import Shot
from plugins_gimp.sheet import Cell, contact_sheet
from shared_engine.imitate import imitate
from shared_engine.types import Media, Reference, StudySpec, Values
from tests.bench.blender import EVERYTHING, SCENES

SIDE, SAMPLES = 224, 64
SHOWN = ("portrait", "product")


class Sitter:
    """A scene of the bench, replayed from one render."""

    def __init__(self, blender: Session, file: Path) -> None:
        blender.request("open", file=str(file))
        shot = Shot.take(blender, SIDE, SAMPLES)
        self.name, self.scene = file.stem, shot.scene()
        self.replica = BlenderReplica(scene=self.scene)
        self.content = shot.content(self.replica)
        self.locks = blender.request("choose", only=list(EVERYTHING), wanted={})["locks"]

    def drawn(self, values: Values, title: str) -> Cell:
        (picture,) = self.replica.stage(self.content).media({key: np.array([value]) for key, value in values.items()}, 1)
        tools = groupby(self.replica.recipe(values), lambda one: one["tool"])
        lines = [f"{tool}: {', '.join(map(written, settings))}" for tool, settings in tools]
        return Cell(_bytes(picture), title, lines)

    def after(self, photo: Media) -> Cell:
        """The scene in the light of a photo, with the settings that are its own."""
        spec = StudySpec(
            content=self.content, references=[Reference(photo)], renderer="blender", scene=self.scene, only=frozenset(EVERYTHING),
            locks=self.locks, alternatives=0, max_tools=64,
        )  # fmt: skip
        return self.drawn(imitate(spec).best.values, f"{self.name}, in that light")


def _bytes(picture: Media) -> NDArray[np.uint8]:
    return np.rint(picture.data.clip(0, 1) * 255).astype(np.uint8)


@click.command()
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", default="out/bench/blender-sheet.jpg", type=click.Path(path_type=Path))
@click.option("--blender", default="", help="Which version of Blender.")
def main(photos: tuple[Path, ...], out: Path, blender: str) -> None:
    torch.set_num_threads(1)
    host = one_blender(blender)
    with tempfile.TemporaryDirectory() as folder, host.session() as session:
        host.run(SCENES, folder)
        sitters = [Sitter(session, Path(folder) / f"{name}.blend") for name in SHOWN]
    cells = [Cell(np.full((8, 8, 3), 34, np.uint8), "Before"), *(one.drawn({}, f"{one.name}, as it was lit") for one in sitters)]
    for file in photos:
        photo = Media("image", np.asarray(Image.open(file).convert("RGB"), np.float32) / 255, name=file.stem)
        cells += [Cell(_bytes(photo), "A photo"), *(one.after(photo) for one in sitters)]
    out.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(cells, "Two scenes in the light of photos: Blender's own settings").save(out, quality=88)


if __name__ == "__main__":
    main()
