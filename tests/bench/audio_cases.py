"""Cases of the audio benchmark: dry tracks, references of other speakers, singers or instruments, and the chain that nobody tells.

Speakers, singers and instruments are those that training never saw; the recipes are named ones, not drawn as training draws.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pedalboard as pb

from plugins_daw.renderer import PedalboardRenderer
from shared_engine.errors import InputError
from shared_engine.proposers.sound_statistics import at_working_level
from shared_engine.space import Space
from shared_engine.training.sound_material import Kind, Material
from shared_engine.types import Media, Values

REFERENCES = 8
Process = Callable[[Media], Media]


def read_recipes(file: str) -> dict[str, dict[str, float]]:
    """Named chains that an engineer would know, values by key."""
    nested = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return {
        name: {f"{tool}.{setting}": value for tool, settings in chain.items() for setting, value in settings.items()}
        for name, chain in nested.items()
    }


RECIPES = read_recipes("audio_recipes.json")

JITTER = 0.06
"""Of every setting of a recipe, as a share of its range."""


@dataclass(frozen=True)
class Case:
    """`truth` is `track` through the hidden chain, `shown` are references that went through it, `dry` the same before it; `voice`: whether
    the track is a single voice."""

    name: str
    track: Media
    truth: Media
    shown: list[Media]
    dry: list[Media]
    voice: bool


def levelled(data: np.ndarray, rate: int) -> Media:
    return Media("audio", at_working_level(np.ascontiguousarray(data, np.float32), rate), rate=rate)


def jittered(recipe: dict[str, float], renderer: PedalboardRenderer, rng: np.random.Generator) -> Process:
    """The recipe with every setting moved a little."""
    space = Space(renderer.tools)
    point = space.encode(recipe)
    for axis, key in enumerate(space.keys):
        if key in recipe:
            point[axis] = np.clip(point[axis] + rng.normal(0, JITTER), 0, 1)
    return set_to(renderer, space.values(point))


def set_to(renderer: PedalboardRenderer, values: Values) -> Process:
    def process(media: Media) -> Media:
        (out,) = renderer.stage(media).media({key: np.array([value]) for key, value in values.items()}, 1)
        return levelled(out.data, int(media.rate or 0))

    return process


def foreign(kind: int, rng: np.random.Generator) -> Process:
    """Effects that neither training nor the tools have (a ladder filter, pedalboard's other limiter, a phaser, bits, MP3), and orders that
    the tools do not have (training draws them at random)."""
    a, b = rng.random(2)
    chains: tuple[Callable[[], list[pb.Plugin]], ...] = (
        lambda: [pb.Reverb(0.6, 0.3, 0.2, 0.4), pb.Compressor(-32, 6, 3, 60), pb.PeakFilter(1200 + 1000 * a, 6 * b - 1, 1)],
        lambda: [pb.LadderFilter(pb.LadderFilter.Mode.BPF12, 800 + 800 * a, 0.2), pb.Limiter(-24, 60)],
        lambda: [pb.Phaser(0.4 + a, 0.5, 1000 + 1000 * b, 0.2, 0.5), pb.HighShelfFilter(4000, -4), pb.Reverb(0.4, 0.5, 0.1, 0.4)],
        lambda: [pb.Delay(0.12 + 0.15 * a, 0.3, 0.3), pb.Distortion(8 + 10 * b), pb.Gain(-8), pb.LowpassFilter(3500)],
        lambda: [pb.Bitcrush(6 + 2 * a), pb.MP3Compressor(8), pb.LowShelfFilter(200, -6 + 3 * b), pb.Compressor(-28, 3, 5, 80)],
    )
    build = chains[kind % len(chains)]

    def process(media: Media) -> Media:
        rate = int(media.rate or 0)
        out = pb.Pedalboard(build())(media.data, rate)
        return levelled(out[:, : media.data.shape[1]], rate)

    return process


def cases(material: Material, count: int, seed: int, make: Callable[[int, np.random.Generator], tuple[str, Process]]) -> list[Case]:
    """`count` cases; three in ten tracks are instruments or mixes in 44.1 kHz stereo, the others voices in 16 kHz mono."""
    found: list[Case] = []
    rng = np.random.default_rng(seed)
    while len(found) < count:
        name, process = make(len(found), rng)
        kinds: tuple[Kind, ...] = ("singing", "speech", "instrument", "mix")
        kind = kinds[int(rng.choice(4, p=(0.35, 0.35, 0.2, 0.1)))]
        owner, track = material.draw(rng, kind, channels=1 if kind in ("singing", "speech") else 2)
        dry = [material.draw(rng, apart_from=owner)[1] for _ in range(REFERENCES)]
        try:
            truth, shown = process(track), [process(one) for one in dry]
        except InputError:
            continue  # a drawn chain that ran away made no sound to imitate
        found.append(Case(name, track, truth, shown, dry, kind in ("singing", "speech")))
    return found


def by_recipe(index: int, rng: np.random.Generator) -> tuple[str, Process]:
    name = list(RECIPES)[index % len(RECIPES)]
    return name, jittered(RECIPES[name], PedalboardRenderer(), rng)


def by_foreign(index: int, rng: np.random.Generator) -> tuple[str, Process]:
    return ("reverb first", "ladder", "phaser", "delay first", "bits")[index % 5], foreign(index, rng)


def untouched(index: int, rng: np.random.Generator) -> tuple[str, Process]:
    return "untouched", lambda media: media
