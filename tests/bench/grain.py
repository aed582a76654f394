"""Grain of other photos: how often it is seen, how often it is seen where there is none, and how much of it is proposed.

    python -m tests.bench.grain --cases 150

Photos and looks of the `test` part, which the weights never saw, 384 pixels long, saved as JPEGs. The hidden grain is not that of training:
crystals that are developed or not, finer than the pixels and softened by a lens, or the counts of a sensor in linear light, each channel
its own, sharpened. References either have it or not; nothing is searched, since what is measured is not.

    seen        shares by the deviation of the luma (in 255ths), with one and with four references
    false       the same where no reference has grain
    octaves     proposed over true deviation where it is seen, as logarithms to base 2: median, and median distance from it
"""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from plugins_gimp.filters import GRAIN_SIDE, NOISE_PER_DEVIATION
from plugins_gimp.replica import GimpReplica
from shared_engine.proposers.color import linear_to_srgb, srgb_to_linear
from shared_engine.proposers.falloff import LUMINANCE
from shared_engine.proxy import shrink
from shared_engine.training.corpus import Split, read_photo
from shared_engine.types import FloatArray, Media, Reference
from tests.bench.photo_cases import Look, film

SEED = 11
FINER = 2
"""Crystals to a pixel, in each direction."""

QUALITY = 90
LEVELS = (2.0, 4.0, 6.0, 9.0, 13.0)
"""Bounds of the deviations that are drawn and told apart, in 255ths."""

FEW = 4


def crystals(picture: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Developed or not, by chance, the more the lighter; what that adds to each pixel (H, W, 1)."""
    chance = (picture @ LUMINANCE).clip(0.03, 0.97).repeat(FINER, 0).repeat(FINER, 1)
    developed = (rng.random(chance.shape) < chance).astype(np.float32) - chance
    seen = gaussian_filter(developed, FINER * rng.uniform(0.3, 0.7))
    height, width = picture.shape[:2]
    return seen.reshape(height, FINER, width, FINER).mean((1, 3))[..., None]


def counts(picture: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Light counted in each channel, with the reading's own noise, sharpened; what that adds to each pixel (H, W, 3)."""
    light = srgb_to_linear(picture.clip(0, 1))
    counted = light + (rng.poisson(400 * light) / 400 - light) + rng.normal(0, 0.01, light.shape).astype(np.float32)
    added = linear_to_srgb(counted.astype(np.float32)) - picture
    return added + 0.4 * (added - gaussian_filter(added, (1, 1, 0)))


def grainy(media: Media, deviation: float, rng: np.random.Generator) -> Media:
    """The picture with grain whose luma varies by `deviation`, none at 0, as a JPEG keeps it."""
    picture = media.data
    if deviation:
        added = (crystals if rng.random() < 0.5 else counts)(picture, rng)
        luma = added @ LUMINANCE if added.shape[-1] == 3 else added[..., 0]
        picture = picture + added * deviation / luma.std()
    file = BytesIO()
    Image.fromarray((255 * picture.clip(0, 1) + 0.5).astype(np.uint8)).save(file, "JPEG", quality=QUALITY)
    return Media("image", np.asarray(Image.open(file), np.float32) / 255)


def proposed(content: Media, shown: Sequence[Media]) -> float:
    """Deviation of the luma on a picture as large as the first reference; 0 where no grain is proposed."""
    found = GimpReplica().measured(content, [Reference(one) for one in shown])
    amount = sum(float(value) for one in found for value in one.values.values())
    return amount / NOISE_PER_DEVIATION * max(shown[0].data.shape) / GRAIN_SIDE


def row(photos: Sequence[Media], looks: Sequence[Look], count: int, number: int, rng: np.random.Generator) -> dict[str, Any]:
    """`count` cases with `number` references that have grain, and as many in which none has."""
    low, high = LEVELS[0] / 255, LEVELS[-1] / 255
    true, found, false = np.zeros(count), np.zeros(count), np.zeros(count)
    for case in range(count):
        content, *shown = (photos[index] for index in rng.choice(len(photos), number + 1, replace=False))
        look = looks[rng.integers(len(looks))]
        styled = [look(one) for one in shown]
        true[case] = np.exp(rng.uniform(np.log(low), np.log(high)))
        found[case] = proposed(content, [grainy(one, true[case], rng) for one in styled])
        false[case] = proposed(content, [grainy(one, 0.0, rng) for one in styled])
    seen = found > 0
    bins = {f"{a:g} to {b:g}": (true * 255 >= a) & (true * 255 < b) for a, b in zip(LEVELS[:-1], LEVELS[1:], strict=True)}
    octaves = np.log2(found[seen] / true[seen])
    return {
        "seen": {name: float(seen[chosen].mean()) for name, chosen in bins.items()},
        "false": float((false > 0).mean()),
        "octaves": [float(np.median(octaves)), float(np.median(np.abs(octaves - np.median(octaves))))],
    }


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--cases", "count", default=150, show_default=True)
@click.option("--out", default="out/bench/grain.json", show_default=True, type=click.Path(path_type=Path))
def main(corpus: Path, count: int, out: Path) -> None:
    split, rng = Split.load(), np.random.default_rng(SEED)
    photos = [shrink(Media("image", read_photo(corpus / "photos" / name), name=name), 384) for name in split.photos["test"]]
    looks = [look for _, _, look in film(corpus, split, rng)]
    figures = {"one": row(photos, looks, count, 1, rng), "four": row(photos, looks, count, FEW, rng)}
    click.echo(json.dumps(figures, indent=2))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
