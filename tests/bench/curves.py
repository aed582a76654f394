"""What a learned proposer gains from more of what it learns from, and from more references: docs/pictures/KIND-curves.png and its figures.

    python -m tests.bench.curves look --corpus CORPUS --work FOLDER
    python -m tests.bench.curves sound --corpus SOUNDS --work FOLDER

What is learned from: one network each, by the shipped recipe but for its size, judged on `dev`. References: the shipped weights on cases
of the benchmark, before transcription. Every figure is the share of doing nothing that is left, geometric mean. Grids and figures stay in
the folder; the grid of a training that lies in FOLDER/all is taken as it is.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click
import numpy as np
import torch
from matplotlib import pyplot as plt

from shared_engine.extensions import instance, load
from shared_engine.training.corpus import Split
from shared_engine.training.look import LookTask
from shared_engine.training.sound import SoundTask
from shared_engine.training.sound_grid import BLOCKS, CHAINS
from shared_engine.training.sound_material import Material
from shared_engine.training.task import Task
from shared_engine.training.trainer import Budget, train
from shared_engine.types import Reference
from tests.bench import audio, audio_cases, photo, photo_cases

REFERENCES = (1, 2, 3, 4, 6, 8)
ALL = 10**6
"""More than there is of anything."""

Curves = dict[str, dict[str, dict[int, float]]]
"""What there is more of -> with how many references it is judged -> how much of it -> the share that is left."""


@dataclass(frozen=True)
class Learning:
    """One small training: the folder of its grid, its task, how long it is."""

    folder: str
    task: Callable[[Path], Task]
    budget: Budget


@dataclass(frozen=True)
class Subject:
    """`parts`: what there is more of -> how much of it -> its training; `judged`: by which of the trainer's figures, and how these are
    called; `left`: what so many references leave of so many cases of the benchmark, given the corpus, the cases and the references."""

    parts: Mapping[str, Mapping[int, Learning]]
    judged: Mapping[str, str]
    left: Callable[[Path, int], Callable[[int], float]]


class OneLook(LookTask):
    networks = 1


class OneSound(SoundTask):
    networks = 1
    stages = SoundTask.stages[:2]


def look_of(group: str, count: int, corpus: Path) -> Task:
    """The look, with `count` of the photos or looks of `train` to learn from."""
    split = Split.load()
    names = getattr(split, group)
    chosen = np.random.default_rng(0).permutation(names["train"])[:count]
    split = replace(split, **{group: {**names, "train": sorted(str(name) for name in chosen)}})
    return OneLook(corpus, load("renderers", "gimp")(), split=split)


def sound_of(count: int, corpus: Path) -> Task:
    """The sound, with `count` of the voices of `train` to learn from, and as large a share of its instruments' samples."""
    task, rng = OneSound(corpus), np.random.default_rng(0)
    material = task.material["train"]
    names = [(kind, name) for kind, found in material.voices.items() for name in found]
    chosen = [names[i] for i in rng.permutation(len(names))[:count]]
    voices = {kind: {name: clips for name, clips in found.items() if (kind, name) in chosen} for kind, found in material.voices.items()}
    samples = [material.samples[i] for i in rng.permutation(len(material.samples))[: len(material.samples) * len(chosen) // len(names)]]
    task.material["train"] = replace(material, voices=voices, samples=samples)
    return task


def look_left(corpus: Path, count: int) -> Callable[[int], float]:
    rng = np.random.default_rng(photo.SEED)
    proposer = instance("proposers", "look")
    found = photo_cases.cases(photo_cases.material(corpus, rng), count, rng)
    apart = photo_cases.distance

    def left(several: int) -> float:
        proposals = ((case, proposer.propose(case.content, [Reference(one) for one in case.shown[:several]])) for case in found)
        return photo.geometric([apart(made.render(case.content), case.truth) / apart(case.content, case.truth) for case, made in proposals])

    return left


def sound_left(corpus: Path, count: int) -> Callable[[int], float]:
    found = audio_cases.cases(Material.load(corpus, "test"), count, audio.SEEDS["other"], audio_cases.by_recipe)
    return lambda several: audio.geometric(audio.ratios(found, audio.proposed(several), lambda _: None)[0])


def looks() -> Subject:
    budget = Budget(chunks=16, steps=1200)

    def learned(what: str, group: str, counts: tuple[int, ...]) -> dict[int, Learning]:
        folders = [*(f"{what}-{count}" for count in counts[:-1]), "all"]
        return {n: Learning(folder, partial(look_of, group, n), budget) for n, folder in zip(counts, folders, strict=True)}

    parts = {"photos": learned("photos", "photos", (64, 256, 1022)), "films": learned("films", "looks", (20, 60, 168))}
    return Subject(parts, {"ratio_1": "one reference", "ratio_8": "eight"}, look_left)


def sounds() -> Subject:
    def budget(chunks: int) -> Budget:
        return Budget(chunks=chunks, steps=300, held_out=24)

    chunk = BLOCKS * CHAINS
    parts = {
        "chains": {chunk * n: Learning("all", partial(sound_of, ALL), budget(n)) for n in (10, 40, 160, 400)},
        f"voices, on {40 * chunk} chains": {
            **{n: Learning(f"voices-{n}", partial(sound_of, n), budget(40)) for n in (8, 24)},
            73: Learning("all", partial(sound_of, ALL), budget(40)),
        },
    }
    return Subject(parts, {"ratio_1": "one reference", "ratio_5": "five"}, sound_left)


SUBJECTS = {"look": looks, "sound": sounds}


def learned(subject: Subject, corpus: Path, work: Path) -> Curves:
    """Trains what is not in `work` yet; the grid of `dev` is the same for all."""
    found: Curves = {}
    for what, trainings in subject.parts.items():
        found[what] = {name: {} for name in subject.judged.values()}
        for count, learning in trainings.items():
            folder = work / learning.folder
            told = folder / f"figures-{learning.budget.chunks}.json"
            if not told.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                for grid in (work / "all").glob("*-dev-*"):
                    if folder != work / "all":
                        shutil.copy(grid, folder)
                trained = train(learning.task(corpus), folder / "weights.safetensors", learning.budget, work=folder, resume=True)
                told.write_text(json.dumps(dict(trained.figures)), encoding="utf-8")
            figures = json.loads(told.read_text(encoding="utf-8"))
            for figure, name in subject.judged.items():
                found[what][name][count] = figures[figure]
    return found


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
@click.argument("kind", type=click.Choice(list(SUBJECTS)))
@click.option("--corpus", required=True, type=click.Path(path_type=Path), help="Photos and looks, or voices/ and soundfonts/.")
@click.option("--cases-from", type=click.Path(path_type=Path), help="Corpus of the benchmark's cases, where it is another one.")
@click.option("--work", default=None, type=click.Path(path_type=Path), help="By itself out/KIND-curves.")
@click.option("--cases", "count", default=210, show_default=True, help="Cases that the numbers of references are compared on.")
@click.option("--out", default=None, type=click.Path(path_type=Path), help="By itself docs/pictures/KIND-curves.png.")
def main(kind: str, corpus: Path, cases_from: Path | None, work: Path | None, count: int, out: Path | None) -> None:
    torch.set_num_threads(1)
    subject, work = SUBJECTS[kind](), work or Path("out") / f"{kind}-curves"
    curves = learned(subject, corpus, work)
    left = subject.left(cases_from or corpus, count)
    curves["references"] = {"shipped weights": {several: left(several) for several in REFERENCES}}
    (work / "curves.json").write_text(json.dumps(curves, indent=2) + "\n", encoding="utf-8")
    draw(curves, out or Path("docs/pictures") / f"{kind}-curves.png")
    click.echo(json.dumps(curves, indent=2))


if __name__ == "__main__":
    main()
