"""Measures how the learned look errs on photos and looks that its training never saw -> shared_engine/proposers/look_doubt.safetensors.

    python -m shared_engine.training.look_doubt --corpus CORPORA

What training may see is folded three times (`shared_engine.training.corpus.folds`): networks learn from two thirds of the photos and of
the families of film, by the recipe of the shipped ones, and answer to the last third. So every photo and every film is answered once by
networks that did not know it (cross-validation), and the test part stays unseen. Film as it is (at most a few of one family), film
varied and mixed, presets of a renderer and curves are put on random photos; what is remembered of each answer is how it looked and what was
wrong with it, both along the principal directions of what is *seen*: each lattice point is weighted by how often photos hold its colour and
by what a step means there in CIELAB.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from shared_engine import assets
from shared_engine.extensions import load as load_extension
from shared_engine.proposers.color import srgb_to_lab
from shared_engine.proposers.look import LookModel, load
from shared_engine.proposers.look_doubt import MEASURED
from shared_engine.proposers.look_statistics import statistics
from shared_engine.proposers.lut import SIZE, corners, interpolate, lattice
from shared_engine.renderer import Renderer
from shared_engine.training.corpus import Photos, Split, folds, read_hald
from shared_engine.training.look import LookTask
from shared_engine.training.look_tables import curves, presets, varied
from shared_engine.training.principal import principal
from shared_engine.training.trainer import Budget, train
from shared_engine.types import FloatArray

FOLDS = 3
COUNTS = (1, 2, 4, 8)
PHOTOS = 16
"""Photos that each look is put on: so many answers from one reference, and PHOTOS / n from n of them."""

COLOR_CAP, MONO_CAP = 8, 2
"""Looks of one family: film stocks come in many strengths, and black-and-white films are all alike."""

VARIED, PRESETS, CURVES = 150, 100, 40
"""Looks of each fold beside its film."""

AXES, BASIS = 16, 32
"""Principal directions in which answers are compared, and errors kept."""

SAMPLE = 1500
"""Errors that the basis is computed from."""

STEP = 0.02


class Sight:
    """A linear map from residual tables (N, 14739) to vectors whose Euclidean distance is the root mean square of what is seen, in dE."""

    def __init__(self, photos: Photos, rng: np.random.Generator) -> None:
        points = lattice().reshape(-1, 3)
        indices, weights = corners(photos.colors(400, rng).reshape(-1, 3), SIZE)
        density = np.bincount(indices.ravel(), weights.ravel(), SIZE**3)
        density = np.clip(density / density.mean(), 0, 20) + 0.15
        slopes = []
        for channel in np.eye(3, dtype=np.float32) * np.float32(STEP):
            low, high = np.clip(points - channel, 0, 1), np.clip(points + channel, 0, 1)
            slopes.append((srgb_to_lab(high) - srgb_to_lab(low)) / (high - low).max(1, keepdims=True))
        chroma = 1 / (1 + 0.045 * np.hypot(*srgb_to_lab(points)[:, 1:].T))
        scale = np.stack((np.ones_like(chroma), chroma, chroma), -1) * np.sqrt(density / density.sum())[:, None]
        self.matrices = np.stack(slopes, -1) * scale[..., None]

    def see(self, tables: FloatArray) -> NDArray[np.float64]:
        return np.einsum("pij,npj->npi", self.matrices, tables.reshape(len(tables), -1, 3)).reshape(len(tables), -1).astype(np.float64)

    def transposed(self, seen: NDArray[np.float64]) -> NDArray[np.float64]:
        """So that ``see(tables) @ seen.T == tables @ transposed(seen).T``."""
        return np.einsum("pij,npi->npj", self.matrices, seen.reshape(len(seen), -1, 3)).reshape(len(seen), -1)


@dataclass(frozen=True)
class Fold:
    """What one fold's networks answered to what they did not know.

    `truth` (L, 14739): residual tables of the looks. Of N answers: `looks`, the index of each one's look, `counts` of references,
    `answers` (N, 14739), `disagreement` (N,) of the networks.
    """

    truth: FloatArray
    looks: NDArray[np.intp]
    counts: NDArray[np.intp]
    answers: FloatArray
    disagreement: FloatArray


def film(corpus: Path, split: Split, rng: np.random.Generator) -> FloatArray:
    """Film tables (L, 17, 17, 17, 3) of the dev part, no more than a few of one family."""
    found, taken = [], dict[tuple[str, bool], int]()
    for name in rng.permutation(split.looks["dev"]):
        table = read_hald(corpus / "looks" / name)
        kind = split.families[name], float(np.ptp(table, axis=-1).mean()) < 0.08
        if taken.get(kind, 0) < (MONO_CAP if kind[1] else COLOR_CAP):
            taken[kind] = taken.get(kind, 0) + 1
            found.append(interpolate(table, lattice()))
    return np.stack(found)


def answered(model: LookModel, tables: FloatArray, photos: Photos, rng: np.random.Generator) -> Fold:
    """Every look (L, 17, 17, 17, 3) on random photos, as the model reads it off one, two, four and eight of them."""
    looks, counts, answers, apart = [], [], [], []
    for look, table in enumerate(tables):
        bags = photos.crops(rng.choice(len(photos.images), PHOTOS, replace=False), rng)
        described = statistics(np.round(interpolate(table, bags) * 255) / np.float32(255))
        for count in COUNTS:
            for first in range(0, PHOTOS - count + 1, count):
                features = np.append(described[first : first + count].mean(0), np.log(count)).astype(np.float32)
                residual, disagreement = model.residual(features)
                looks.append(look)
                counts.append(count)
                answers.append(residual.ravel().astype(np.float16))
                apart.append(disagreement)
    truth = (tables - lattice()).reshape(len(tables), -1)
    return Fold(truth, np.array(looks), np.array(counts), np.stack(answers), np.array(apart, np.float32))


def mistakes(found: Sequence[Fold], sight: Sight, rng: np.random.Generator, axes: int = AXES, basis: int = BASIS) -> assets.Arrays:
    """The arrays of `shared_engine.proposers.look_doubt.Mistakes`."""
    truths = [sight.see(fold.truth) for fold in found]
    single = [(fold, index) for fold in found for index in np.flatnonzero(fold.counts == 1)]
    chosen = [single[index] for index in rng.permutation(len(single))[:SAMPLE]]
    answers = np.stack([fold.answers[index] for fold, index in chosen]).astype(np.float32)
    wrong = np.stack([fold.truth[fold.looks[index]] for fold, index in chosen]) - answers
    sizes, left, directions = principal(sight.see(wrong), basis)
    errors_in, errors_on = (left / sizes).T @ wrong, sight.transposed(directions)
    shown = np.concatenate((*truths, sight.see(answers)))
    sizes, _, directions = principal(shown, axes)
    answers_on = sight.transposed(directions) * np.sqrt(len(shown)) / sizes[0]
    errors, shares = [], []
    for fold, truth in zip(found, truths, strict=True):
        strength = np.linalg.norm(truth, axis=1)
        for some in np.array_split(np.arange(len(fold.looks)), 20):
            apart = fold.truth[fold.looks[some]] - fold.answers[some]
            errors.append(apart @ errors_on.T)
            shares.append(np.log(np.linalg.norm(sight.see(apart), axis=1) / strength[fold.looks[some]]))
    arrays = {
        "axes": answers_on,
        "answers": np.concatenate([fold.answers @ answers_on.T for fold in found]),
        "counts": np.concatenate([fold.counts for fold in found]),
        "disagreement": np.concatenate([fold.disagreement for fold in found]),
        "basis": errors_in,
        "errors": np.concatenate(errors),
        "left": np.concatenate(shares),
    }
    return {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}


def measured(corpus: Path, renderer: Renderer, work: Path, minutes: float) -> assets.Arrays:
    """Trains the folds' networks in `work` (what lies there already is taken), and asks them."""
    rng, parts = np.random.default_rng(0), ("train", "dev")
    found = []
    for number, split in enumerate(folds(Split.load(), parts, FOLDS)):
        weights = work / f"fold{number}.safetensors"
        if not weights.is_file():
            train(LookTask(corpus, renderer, split=split), weights, Budget(minutes), seed=number, resume=True, work=work / f"work{number}")
        others = curves(CURVES, rng)
        own = film(corpus, split, rng)
        tables = np.concatenate((own, varied(own, others, VARIED, rng), presets(renderer, PRESETS, rng), others))
        found.append(answered(load(weights), tables, Photos.load(corpus, split.photos["dev"]), rng))
    everything = Photos.load(corpus, [name for part in parts for name in Split.load().photos[part]])
    return mistakes(found, Sight(everything, rng), rng)


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--renderer", default="gimp", show_default=True, help="Whose presets are looks beside the film.")
@click.option("--minutes", default=14.0, show_default=True, help="CPU minutes that each fold's networks are trained for.")
@click.option(
    "--work", default="look_doubt.work", show_default=True, type=click.Path(path_type=Path), help="Where these networks are kept."
)
@click.option("--out", default=MEASURED, type=click.Path(path_type=Path))
def main(corpus: Path, renderer: str, minutes: float, work: Path, out: Path) -> None:
    """Trains networks that do not know a third of the corpus, and remembers how they err on it."""
    work.mkdir(parents=True, exist_ok=True)
    arrays = measured(corpus, load_extension("renderers", renderer)(), work, minutes)
    pin = assets.write(out, arrays, {"measured": f"{FOLDS} folds, {minutes:g} CPU minutes each"})
    sys.stdout.write(f"{out}: {pin}\n")


if __name__ == "__main__":
    main()
