"""Measures how the learned look errs, on photos and looks that its training never saw -> shared_engine/proposers/look_doubt.safetensors.

The weights that are measured must not have seen the `dev` part of the split, so they are trained for this alone:

    utsushi train look --corpus CORPORA --renderer gimp --out train.safetensors
    python -m shared_engine.training.look_doubt train.safetensors --corpus CORPORA

Every look (film of the dev part, at most a few of one family, and presets of a renderer) is put on random dev photos; the tables that the
networks answer are subtracted from the true one. What is kept are the principal directions of these errors, as they would be seen: each
lattice point is weighted by how often photos hold its colour and by what a step means there in CIELAB.
"""

import sys
from collections.abc import Callable
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
from shared_engine.training.corpus import Photos, Split, read_hald
from shared_engine.training.look_tables import presets
from shared_engine.types import FloatArray

DIRECTIONS = 20
COUNTS = (1, 2, 4, 8)
PHOTOS = 24
"""Photos that each look is put on: so many answers from one reference, and PHOTOS / n from n of them."""

COLOR_CAP, MONO_CAP = 8, 2
"""Looks of one family: film stocks come in many strengths, and black-and-white films are all alike."""

STEP = 0.02


@dataclass(frozen=True)
class Errors:
    """`tables` (N, 14739): true minus answered, for each count of references; `disagreement` of the networks, geometric mean."""

    tables: dict[int, FloatArray]
    disagreement: dict[int, float]


def dev_looks(corpus: Path, split: Split, rng: np.random.Generator) -> FloatArray:
    """Film tables (L, 17, 17, 17, 3) of the dev part."""
    found, taken = [], dict[tuple[str, bool], int]()
    for name in rng.permutation(split.looks["dev"]):
        table = read_hald(corpus / "looks" / name)
        kind = split.families[name], float(np.ptp(table, axis=-1).mean()) < 0.08
        if taken.get(kind, 0) < (MONO_CAP if kind[1] else COLOR_CAP):
            taken[kind] = taken.get(kind, 0) + 1
            found.append(interpolate(table, lattice()))
    return np.stack(found)


def errors(model: LookModel, tables: FloatArray, photos: Photos, rng: np.random.Generator) -> Errors:
    wrong: dict[int, list[FloatArray]] = {count: [] for count in COUNTS}
    apart: dict[int, list[float]] = {count: [] for count in COUNTS}
    for table in tables:
        bags = photos.crops(rng.choice(len(photos.images), PHOTOS, replace=False), rng)
        described = statistics(np.round(interpolate(table, bags) * 255) / np.float32(255))
        for count in COUNTS:
            for first in range(0, PHOTOS - count + 1, count):
                features = np.append(described[first : first + count].mean(0), np.log(count)).astype(np.float32)
                answered, disagreement = model.residual(features)
                wrong[count].append((table - lattice() - answered).ravel())
                apart[count].append(disagreement)
    return Errors(
        {count: np.stack(rows) for count, rows in wrong.items()},
        {count: float(np.exp(np.log(sizes).mean())) for count, sizes in apart.items()},
    )


def seen(photos: Photos, rng: np.random.Generator) -> Callable[[FloatArray], NDArray[np.float64]]:
    """A map from residual tables (N, 14739) to vectors whose Euclidean distance is the root mean square of what is seen, in dE."""
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
    matrices = (np.stack(slopes, -1) * scale[..., None]).astype(np.float32)

    def view(tables: FloatArray) -> NDArray[np.float64]:
        return np.einsum("pij,npj->npi", matrices, tables.reshape(len(tables), -1, 3)).reshape(len(tables), -1).astype(np.float64)

    return view


def measure(model: LookModel, corpus: Path, renderer_name: str, seed: int = 0) -> assets.Arrays:
    """The arrays of `shared_engine.proposers.look_doubt.Doubt`."""
    rng, split = np.random.default_rng(seed), Split.load()
    photos = Photos.load(corpus, split.photos["dev"])
    film = dev_looks(corpus, split, rng)
    renderer = load_extension("renderers", renderer_name)()
    found = errors(model, np.concatenate((film, presets(renderer, len(film) // 2, rng))), photos, rng)
    view = seen(photos, rng)
    one = found.tables[1]
    flat = view(one)
    size, vectors = np.linalg.eigh(flat @ flat.T)
    size, vectors = size[::-1][:DIRECTIONS], vectors[:, ::-1][:, :DIRECTIONS]
    directions = vectors.T.astype(np.float32) @ one / np.sqrt(len(one))
    onto = flat.T @ vectors / size
    spread = {count: np.sqrt(((view(rows) @ onto) ** 2).mean(0)) for count, rows in found.tables.items()}
    return {
        "directions": directions.astype(np.float16),
        "counts": np.array(COUNTS, np.float16),
        "shares": np.stack([spread[count] / spread[1] for count in COUNTS]).astype(np.float16),
        "disagreement": np.array([found.disagreement[count] for count in COUNTS], np.float16),
    }


@click.command()
@click.argument("weights", type=click.Path(path_type=Path, exists=True))
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--renderer", default="gimp", show_default=True, help="Whose presets are looks beside the film.")
@click.option("--out", default=MEASURED, type=click.Path(path_type=Path))
def main(weights: Path, corpus: Path, renderer: str, out: Path) -> None:
    """Measures how WEIGHTS err that never saw the dev part of the corpus."""
    pin = assets.write(out, measure(load(weights), corpus, renderer), {"measured": f"on dev, weights {assets.digest(weights)[:12]}"})
    sys.stdout.write(f"{out}: {pin}\n")


if __name__ == "__main__":
    main()
