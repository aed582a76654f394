"""What the learned look gains from more photos, more films and more references: docs/pictures/look-curves.png and its figures.

    python -m tests.bench.look_curves --work FOLDER

Photos and films: one network each, by the shipped recipe but for its size (STEPS steps on CHUNKS x 96 looks), learned from a random part
of `train` and judged on the photos and film families of `dev`. References: the shipped weights on the cases of tests/bench/photo.py, before
transcription. Every figure is the share of doing nothing that is left, geometric mean.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch
from matplotlib import pyplot as plt

from shared_engine.extensions import instance, load
from shared_engine.training.corpus import Split
from shared_engine.training.look import LookTask
from shared_engine.training.trainer import Budget, train
from shared_engine.types import Reference
from tests.bench.photo import SEED, geometric
from tests.bench.photo_cases import cases, distance, material

CHUNKS, STEPS = 16, 1200
PARTS = {"photos": (64, 256, 1022), "films": (20, 60, 168)}
REFERENCES = (1, 2, 3, 4, 6, 8)

Curves = dict[str, dict[str, dict[int, float]]]
"""What there is more of -> with how many references it is judged -> how much of it -> the share that is left."""


class Single(LookTask):
    networks = 1


def part_of(split: Split, what: str, count: int) -> Split:
    """The split with `count` of its photos or films to learn from."""
    group = "photos" if what == "photos" else "looks"
    names = getattr(split, group)
    chosen = np.random.default_rng(0).permutation(names["train"])[:count]
    return replace(split, **{group: {**names, "train": sorted(str(name) for name in chosen)}})


def learned(corpus: Path, work: Path) -> Curves:
    """Trains what is not in `work` yet; the grid of `dev` is the same for all."""
    found: Curves = {}
    for what, counts in PARTS.items():
        found[what] = {"one reference": {}, "eight": {}}
        for count in counts:
            whole = count == counts[-1]
            folder = work / ("all" if whole else f"{what}-{count}")
            told = folder / "figures.json"
            if not told.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                for grid in (work / "all").glob("look-dev-*"):
                    shutil.copy(grid, folder)
                task = Single(corpus, load("renderers", "gimp")(), split=part_of(Split.load(), what, count))
                trained = train(task, folder / "look.safetensors", Budget(chunks=CHUNKS, steps=STEPS), work=folder, resume=True)
                told.write_text(json.dumps(dict(trained.figures)), encoding="utf-8")
            figures = json.loads(told.read_text(encoding="utf-8"))
            found[what]["one reference"][count] = figures["ratio_1"]
            found[what]["eight"][count] = figures["ratio_8"]
    return found


def by_references(corpus: Path, count: int) -> dict[int, float]:
    rng = np.random.default_rng(SEED)
    proposer = instance("proposers", "look")
    found = cases(material(corpus, rng), count, rng)

    def left(several: int) -> float:
        proposals = ((case, proposer.propose(case.content, [Reference(one) for one in case.shown[:several]])) for case in found)
        return geometric([distance(made.render(case.content), case.truth) / distance(case.content, case.truth) for case, made in proposals])

    return {several: left(several) for several in REFERENCES}


def draw(curves: Curves, out: Path) -> None:
    """A panel for each of `curves`, on one scale; how much there is, is drawn by its logarithm."""
    figure, panels = plt.subplots(1, len(curves), figsize=(9, 2.8), sharey=True, layout="constrained")
    for panel, (what, lines) in zip(panels, curves.items(), strict=True):
        for name, line in lines.items():
            panel.plot(list(line), list(line.values()), "o-", label=name)
        panel.set(xscale="log", xlabel=what)
        panel.set_xticks(list(line), [str(count) for count in line])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
        panel.legend(fontsize="small")
    panels[0].set_ylabel("left of doing nothing")
    figure.savefig(out, dpi=120)


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--work", default="out/look-curves", show_default=True, type=click.Path(path_type=Path))
@click.option("--cases", "count", default=210, show_default=True, help="Cases that the numbers of references are compared on.")
@click.option("--out", default="docs/pictures/look-curves.png", show_default=True, type=click.Path(path_type=Path))
def main(corpus: Path, work: Path, count: int, out: Path) -> None:
    torch.set_num_threads(1)
    curves = {**learned(corpus, work), "references": {"shipped weights": by_references(corpus, count)}}
    (work / "curves.json").write_text(json.dumps(curves, indent=2) + "\n", encoding="utf-8")
    draw(curves, out)
    click.echo(json.dumps(curves, indent=2))


if __name__ == "__main__":
    main()
