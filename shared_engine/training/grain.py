"""Learns to read grain off a picture -> shared_engine/proposers/grain.safetensors.

    python -m shared_engine.training.grain --corpus CORPORA

Photos and film looks of the split; half of the pictures get noise, most are then saved as JPEGs, as pictures on the web are. Photos that
have grain by themselves count as if they had none, so what is found is more than photos usually have.
"""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from shared_engine import assets
from shared_engine.proposers.falloff import LUMINANCE
from shared_engine.proposers.grain_reading import WEIGHTS, patches, statistics
from shared_engine.proposers.lut import interpolate
from shared_engine.proposers.ridge import design
from shared_engine.proxy import shrink
from shared_engine.training.corpus import Split, cropped, looks, read_photo
from shared_engine.training.ridge import linear, logistic, packed, scales
from shared_engine.types import FloatArray, Media

EXAMPLES = 10_000
SHARE = 0.5
"""Pictures that get grain."""

LOOKED, SAVED = 0.6, 0.7
"""Pictures that get a film look first, and that are JPEGs in the end."""

SIDES = 256, 384
"""Longer side of the photos, in pixels: the smaller, the more of their scene is as fine as grain."""

WEAKEST, STRONGEST = 1.5 / 255, 14 / 255
"""Standard deviation of the luma."""

SEEN = 2 / 255
"""Grain from which on it shall be seen."""

COSTLY = 3.0
"""How much worse it is to see grain where there is none than not to see it where it is."""

RIDGE_SEEN, RIDGE_LEVEL = 1.0, 3.0

Shown = Callable[[FloatArray], FloatArray]


def noise(luma: FloatArray, deviation: float, rng: np.random.Generator) -> FloatArray:
    """Gaussian noise (H, W, 3) for a picture whose luma is (H, W): grey or coloured, fine or up to a pixel soft, everywhere alike, most in
    the middle tones, or most in the shadows."""
    coloured, soft = rng.choice([0.0, 0.0, 0.3, 0.7]), rng.choice([0.0, rng.uniform(0.3, 1.2)])
    tone = (np.ones_like(luma), np.sqrt(np.maximum(4 * luma * (1 - luma), 0)), 1 - luma)[rng.integers(3)]
    drawn = rng.normal(size=(*luma.shape, 3))
    drawn = np.sqrt(1 - coloured) * drawn[..., :1] + np.sqrt(coloured) * drawn
    drawn = gaussian_filter(drawn, (soft, soft, 0)) * tone[..., None]
    return (drawn * deviation / (drawn @ LUMINANCE).std()).astype(np.float32)


def shown_as(rng: np.random.Generator) -> Shown:
    """In eight bits; by chance through a JPEG of a chance quality."""
    quality, halved = int(rng.integers(75, 99)), int(rng.choice([0, 2]))
    saved = rng.random() < SAVED

    def shown(picture: FloatArray) -> FloatArray:
        pixels = (255 * picture.clip(0, 1) + 0.5).astype(np.uint8)
        if saved:
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=halved)
            pixels = np.asarray(Image.open(file))
        return pixels.astype(np.float32) / 255

    return shown


def example(photo: FloatArray, film: FloatArray, rng: np.random.Generator) -> tuple[FloatArray | None, float]:
    """A crop of a photo, by chance under a look and with grain: its statistics, and the luma's deviation that is left as it is shown."""
    small = shrink(Media("image", photo), round(rng.uniform(*SIDES)))
    picture, shown = cropped(small.data, 0.7, rng), shown_as(rng)
    if rng.random() < LOOKED:
        table, strength = film[rng.integers(len(film))], np.float32(rng.uniform(0.3, 1.0))
        picture = picture + strength * (interpolate(table, picture) - picture)
    plain = shown(picture)
    if rng.random() >= SHARE:
        return statistics(plain), 0.0
    deviation = float(np.exp(rng.uniform(np.log(WEAKEST), np.log(STRONGEST))))
    grainy = shown(picture + noise(picture @ LUMINANCE, deviation, rng))
    return statistics(grainy), float(np.sqrt(np.median((patches((grainy - plain) @ LUMINANCE) ** 2).mean(1))))


def drawn(corpus: Path, parts: Sequence[str], count: int, seed: int) -> tuple[FloatArray, NDArray[np.float64]]:
    """Some `count` examples of the named parts of the split: statistics (N, F), deviations (N,)."""
    split, rng = Split.load(), np.random.default_rng(seed)
    names = [name for part in parts for name in split.photos[part]]
    film = looks(corpus, [name for part in parts for name in split.looks[part]])

    def told() -> Iterator[tuple[FloatArray, float]]:
        for index in range(count):
            row, deviation = example(read_photo(corpus / "photos" / names[index % len(names)]), film, rng)
            if row is not None:
                yield row, deviation

    rows, deviations = zip(*told(), strict=True)
    return np.stack(rows), np.array(deviations)


def fit(rows: FloatArray, deviations: NDArray[np.float64]) -> assets.Arrays:
    """The arrays that `shared_engine.proposers.grain_reading` reads: log odds that there is grain, and the logarithm of how much."""
    mean, scale = scales(rows)
    standard, grainy = design(rows, mean, scale), deviations > 0
    odds = logistic(standard, deviations > SEEN, np.where(grainy, 1.0, COSTLY), RIDGE_SEEN)
    level = linear(standard[grainy], np.log(deviations[grainy]), RIDGE_LEVEL)
    return packed(mean, scale, np.stack((odds, level), 1))


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--learn-from", "parts", multiple=True, default=("train", "dev"), show_default=True, help="Parts of the split.")
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path))
def main(corpus: Path, parts: Sequence[str], out: Path) -> None:
    """Draws grain, and learns to see it."""
    pin = assets.write(out, fit(*drawn(corpus, parts, EXAMPLES, seed=0)), {"trained": f"{EXAMPLES} pictures of {', '.join(parts)}"})
    sys.stdout.write(f"{out}: {pin}\n")


if __name__ == "__main__":
    main()
