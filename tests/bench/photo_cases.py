"""Cases of the photo benchmark: photos and looks that training never saw, and the look that nobody tells.

Material comes from a corpus folder (`photos/`, `looks/`; shared_engine/training/corpus.py), from the `test` part of its split. Without one,
from the photos in tests/data and from curves and colour matrices drawn by a script: easier material, so figures then mean less.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from plugins_gimp.replica import GimpReplica
from shared_engine.metrics.lab import ciede2000, srgb_to_lab
from shared_engine.proposers.lut import interpolate
from shared_engine.proxy import shrink
from shared_engine.space import Space
from shared_engine.training.corpus import Split, read_hald, read_photo
from shared_engine.training.look_tables import curves
from shared_engine.types import FloatArray, Media

SIDE = 256
REFERENCES = 8
FREE_PHOTOS = Path(__file__).parents[1] / "data" / "photos"
COLOR_CAP, MONO_CAP = 6, 1
"""Looks of one family: film stocks come in many strengths, and black-and-white films are all alike."""

JITTER = 0.05
VISIBLE = 4.0, 25.0
"""A look's mean CIEDE2000 over a dozen photos: less is hardly seen, more leaves no photo."""

Look = Callable[[Media], Media]


@dataclass(frozen=True)
class Case:
    """`truth` is `content` under the hidden look, `shown` are other photos under it, `originals` the same before it."""

    name: str
    kind: str
    monochrome: bool
    content: Media
    truth: Media
    shown: Sequence[Media]
    originals: Sequence[Media]
    strength: float


@dataclass(frozen=True)
class Material:
    photos: Sequence[Media]
    looks: Sequence[tuple[str, str, Look]]


def distance(a: Media, b: Media) -> float:
    """Mean CIEDE2000 of two pictures as they would be shown, clipped to 0..1, over every fifth pixel."""
    one, other = (srgb_to_lab(torch.from_numpy(media.data.reshape(-1, 3)[::5].clip(0, 1))) for media in (a, b))
    return float(ciede2000(one, other).mean())


def eight_bit(media: Media) -> Media:
    return replace(media, data=(np.round(media.data.clip(0, 1) * 255) / 255).astype(np.float32))


def by_table(table: FloatArray) -> Look:
    return lambda media: replace(media, data=interpolate(table, media.data))


def by_recipe(values: dict[str, float], rng: np.random.Generator) -> Look:
    """A recipe with every setting moved a little, rendered by the replica of GIMP's filters."""
    renderer = GimpReplica()
    space = Space(renderer.tools)
    point = space.encode(values)
    moved = [space.keys.index(key) for key in values]
    point[moved] = np.clip(point[moved] + rng.normal(0.0, JITTER, len(moved)), 0.0, 1.0)
    return lambda media: renderer.stage(media).media(space.decode(point[None]), 1)[0]


def recipes() -> dict[str, dict[str, float]]:
    nested = json.loads(Path(__file__).with_name("photo_recipes.json").read_text(encoding="utf-8"))
    return {
        name: {f"{tool}.{setting}": value for tool, settings in chain.items() for setting, value in settings.items()}
        for name, chain in nested.items()
    }


def film(corpus: Path, split: Split, rng: np.random.Generator) -> list[tuple[str, str, Look]]:
    """The held-out film looks, no more than a few of one family."""
    found: list[tuple[str, str, Look]] = []
    taken: dict[str, int] = {}
    for name in rng.permutation(split.looks["test"]):
        table, family = read_hald(corpus / "looks" / name), split.families[name]
        grey = float(np.ptp(table, axis=-1).mean()) < 0.08
        if taken.get(family, 0) < (MONO_CAP if grey else COLOR_CAP):
            taken[family] = taken.get(family, 0) + 1
            found.append((name.removesuffix(".png"), "film", by_table(table)))
    return found


def material(corpus: Path | None, rng: np.random.Generator) -> Material:
    """Photos with their longer side at most SIDE, and looks of two kinds, `film` (or `curves`) and `preset`, two to one."""
    if corpus:
        split = Split.load()
        photos = [read(corpus / "photos" / name) for name in split.photos["test"]]
        looks = film(corpus, split, rng)
    else:
        photos = [read(path) for path in sorted(FREE_PHOTOS.glob("*.jpg"))]
        looks = [(f"curves {index}", "curves", by_table(table)) for index, table in enumerate(curves(24, rng))]
    return Material(photos, [look for look in looks if VISIBLE[0] < strength(look[2], photos) < VISIBLE[1]])


def read(path: Path) -> Media:
    return eight_bit(shrink(Media("image", read_photo(path), name=path.name), SIDE))


def strength(look: Look, photos: Sequence[Media]) -> float:
    return float(np.mean([distance(photo, look(photo)) for photo in photos[:: max(1, len(photos) // 12)]]))


def cases(source: Material, count: int, rng: np.random.Generator) -> list[Case]:
    """`count` cases, two of film looks for one of a preset; photos of a case all differ."""
    named = list(recipes().items())
    found = []
    for index in range(count):
        if index % 3 == 2:
            name, values = named[(index // 3) % len(named)]
            kind, look = "preset", by_recipe(values, rng)
        else:
            name, kind, look = source.looks[(index - index // 3) % len(source.looks)]
        found.append(case(name, kind, look, source.photos, rng))
    return found


def case(name: str, kind: str, look: Look, photos: Sequence[Media], rng: np.random.Generator) -> Case:
    chosen: NDArray[np.intp] = rng.choice(len(photos), min(REFERENCES + 1, len(photos)), replace=False)
    content, *originals = (photos[index] for index in chosen)
    truth = look(content)
    lab = srgb_to_lab(torch.from_numpy(truth.data.clip(0, 1)))
    monochrome = float(lab[..., 1:].std(dim=(0, 1)).max()) < 2.5
    shown = [eight_bit(look(one)) for one in originals]
    return Case(name, kind, monochrome, content, truth, shown, originals, distance(content, truth))
