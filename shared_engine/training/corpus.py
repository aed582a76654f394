"""Photos and film looks on disk, and which of them training may see.

A corpus is a folder with ``photos/*.jpg`` and ``looks/*.png`` (Hald CLUTs). The split is a JSON file that names every file by part:
``train`` is fitted on, ``dev`` is for choices, ``test`` is for the benchmark alone. Looks are split by family: all strengths and the cold
and warm variants of one film stock stand in one part.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared_engine.errors import InputError
from shared_engine.proposers.lut import interpolate, lattice
from shared_engine.proposers.neighbourhoods import PIXELS, WORKING_SIDE, spread
from shared_engine.proxy import shrink
from shared_engine.types import FloatArray, Media

SPLIT = Path(__file__).with_name("photo_split.json")


@dataclass(frozen=True)
class Split:
    """File names by part; `families` says which family a look belongs to."""

    photos: dict[str, list[str]]
    looks: dict[str, list[str]]
    families: dict[str, str]

    @classmethod
    def load(cls, path: Path = SPLIT) -> "Split":
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def folds(split: Split, parts: Sequence[str], count: int) -> list[Split]:
    """What `parts` hold, split `count` times: every photo and every family of looks stands once in ``dev``, and else in ``train``."""
    rng = np.random.default_rng(7)
    photos, looks = ([name for part in parts for name in group[part]] for group in (split.photos, split.looks))
    families = Counter(split.families[name] for name in looks)
    owner, held = dict[str, int](), [0] * count
    for family in sorted(rng.permutation(sorted(families)), key=lambda one: -families[one]):
        owner[family] = int(np.argmin(held))
        held[owner[family]] += families[family]
    fold_of = {name: int(place) for name, place in zip(photos, rng.permutation(len(photos)) % count, strict=True)}
    fold_of |= {name: owner[split.families[name]] for name in looks}

    def parted(names: Sequence[str], fold: int) -> dict[str, list[str]]:
        return {"train": [name for name in names if fold_of[name] != fold], "dev": [name for name in names if fold_of[name] == fold]}

    return [Split(parted(photos, fold), parted(looks, fold), split.families) for fold in range(count)]


def read_photo(path: Path) -> FloatArray:
    """An sRGB picture file as (H, W, 3) float32 in 0..1."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float32) / 255


def read_hald(path: Path) -> FloatArray:
    """A Hald CLUT as a table (S, S, S, 3) indexed [red, green, blue]; red runs fastest in the file."""
    pixels = read_photo(path)
    size = round(pixels[..., 0].size ** (1 / 3))
    if size**3 != pixels[..., 0].size:
        raise InputError(f"{path.name} is not a Hald CLUT", "Its number of pixels must be a cube, as in a 216 x 216 picture.")
    return np.ascontiguousarray(pixels.reshape(size, size, size, 3).transpose(2, 1, 0, 3))


def looks(corpus: Path, names: Sequence[str]) -> FloatArray:
    """The named film looks as tables (L, 17, 17, 17, 3)."""
    points = lattice()
    return np.stack([interpolate(read_hald(corpus / "looks" / name), points) for name in names])


def cropped(image: FloatArray, least: float, rng: np.random.Generator) -> FloatArray:
    """A random crop of (H, W, 3), at least the share `least` of each side."""
    height, width = (max(1, round(side * rng.uniform(least, 1.0))) for side in image.shape[:2])
    top, left = rng.integers(image.shape[0] - height + 1), rng.integers(image.shape[1] - width + 1)
    return image[top : top + height, left : left + width]


@dataclass(frozen=True)
class Photos:
    """Photos averaged down to the working size of the statistics."""

    images: Sequence[FloatArray]

    @classmethod
    def load(cls, corpus: Path, names: Sequence[str]) -> "Photos":
        missing = [name for name in names if not (corpus / "photos" / name).is_file()]
        if missing:
            raise InputError(
                f"{len(missing)} photos are not in {corpus}", f"Is the whole corpus there? The first one missing is {missing[0]}."
            )
        return cls([shrink(Media("image", read_photo(corpus / "photos" / name)), WORKING_SIDE).data for name in names])

    def crops(self, indices: NDArray[np.integer], rng: np.random.Generator) -> FloatArray:
        """A random crop (65..100 % of each side) of each chosen photo, as bags of neighbourhoods (N, PIXELS, 5, 3)."""
        bags = np.empty((len(indices), PIXELS, 5, 3), np.float32)
        for bag, index in zip(bags, indices, strict=True):
            image = cropped(self.images[index], 0.65, rng)
            bag[:] = spread(image, np.arange(image.shape[0] * image.shape[1]))
        return bags

    def colors(self, count: int, rng: np.random.Generator) -> FloatArray:
        """`count` single colours from every photo, (photos, count, 3)."""
        return np.stack([image.reshape(-1, 3)[rng.integers(image.shape[0] * image.shape[1], size=count)] for image in self.images])
