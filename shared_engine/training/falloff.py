"""Learns to read vignetting off a picture -> shared_engine/proposers/falloff.safetensors.

    python -m shared_engine.training.falloff --corpus CORPORA

Photos and film looks of the split; half of the pictures get a vignette, before or after their look. A ridge regression needs no steps
and no stages, so it does without the trainer.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from shared_engine import assets
from shared_engine.proposers.falloff import RADII, shaded
from shared_engine.proposers.falloff_reading import WEIGHTS, statistics
from shared_engine.proposers.lut import interpolate
from shared_engine.training.corpus import Photos, Split, cropped, looks
from shared_engine.training.ridge import fit
from shared_engine.types import FloatArray, Media

EXAMPLES = 12_000
SHARE = 0.5
"""Pictures that get a vignette."""

LOOKED = 0.7
"""Pictures that get a film look as well."""

DEEPEST = 3.0
RIDGE = 100.0


def vignette(rng: np.random.Generator) -> NDArray[np.float64]:
    """Stops (9,) at RADII: none up to somewhere, then falling, evenly or ever faster, by a quarter of a stop to three in the corners."""
    depth, begin, power = DEEPEST * rng.uniform(0.08, 1.0), rng.uniform(0.0, 0.6), np.exp(rng.uniform(0.0, 1.25))
    return -depth * (np.maximum(RADII - begin, 0) / (1 - begin)) ** power


def example(photos: Sequence[FloatArray], film: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, NDArray[np.float64]]:
    """A crop of a photo under a look and, by chance, a vignette: its statistics, and the stops that were added."""
    picture = Media("image", cropped(photos[rng.integers(len(photos))], 0.7, rng))
    stops = vignette(rng) if rng.random() < SHARE else np.zeros(len(RADII))
    first = rng.random() < 0.5
    if first:
        picture = shaded(picture, stops)
    colors = picture.data
    if rng.random() < LOOKED:
        table, strength = film[rng.integers(len(film))], np.float32(rng.uniform(0.3, 1.0))
        colors = colors + strength * (interpolate(table, colors) - colors)
    shown = Media("image", colors) if first else shaded(Media("image", colors), stops)
    return statistics((255 * shown.data.clip(0, 1)).round().astype(np.float32) / 255), stops


def drawn(corpus: Path, parts: Sequence[str], count: int, seed: int) -> tuple[FloatArray, NDArray[np.float64]]:
    """`count` examples of the named parts of the split: statistics (count, F), stops (count, 9)."""
    split, rng = Split.load(), np.random.default_rng(seed)
    photos = Photos.load(corpus, [name for part in parts for name in split.photos[part]]).images
    film = looks(corpus, [name for part in parts for name in split.looks[part]])
    rows, stops = zip(*(example(photos, film, rng) for _ in range(count)), strict=True)
    return np.stack(rows), np.stack(stops)


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--learn-from", "parts", multiple=True, default=("train", "dev"), show_default=True, help="Parts of the split.")
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path))
def main(corpus: Path, parts: Sequence[str], out: Path) -> None:
    """Draws vignettes, and learns to see them."""
    pin = assets.write(out, fit(*drawn(corpus, parts, EXAMPLES, seed=0), RIDGE), {"trained": f"{EXAMPLES} pictures of {', '.join(parts)}"})
    sys.stdout.write(f"{out}: {pin}\n")


if __name__ == "__main__":
    main()
