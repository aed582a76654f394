"""The grid that the sound proposer learns from: blocks of chains, each chain on the same recordings of several speakers and instruments."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared_engine.proposers.sound_statistics import RESOLUTION, at_working_level, band_density, of_piece
from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.training.sound_chains import KEYS, random_chain
from shared_engine.training.sound_foreign import Step, reordered, with_others
from shared_engine.training.sound_material import Material
from shared_engine.training.sound_recording import recorded
from shared_engine.training.task import Grid
from shared_engine.types import FloatArray, Media

BLOCKS, CHAINS, RECORDINGS = 4, 6, 6
"""Of a chunk; of a block. A recording is dearer than what is done to it, so each one meets all the chains of its block."""

REORDERED = 0.18
"""Share of chains whose effects stand in another order. The last chain of each block meets effects that are not ours as well."""

HEARD, WET = 3, 2
"""Of a block's recordings, how many are kept to listen through the proxy, and how many of these through the last chain as well: no settings
of ours are true for that, what is heard is."""

FRAMES = 96
"""Of 16 ms: what is listened to, from the beginning of a recording."""


def canonical(renderer: Renderer) -> Space:
    """The space of what is estimated: the tools of `KEYS`, everything else held at its default."""
    names = {key.split(".")[0] for key in KEYS}
    tools = [tool for tool in renderer.tools if tool.id in names]
    held = {tool.key(p): p.default for tool in tools for p in tool.parameters if tool.key(p) not in KEYS}
    return Space(tools, held)


def processed(renderer: Renderer, steps: Sequence[Step], media: Media) -> Media:
    """`media` at the working level through `steps`, and back at the working level."""
    for step in steps:
        if callable(step):
            media = replace(media, data=step(media.data, int(media.rate or 0)))
        else:
            batch = {key: np.array([value], dtype=object if isinstance(value, str) else float) for key, value in step.items()}
            (media,) = renderer.stage(media).media(batch, 1)
    return replace(media, data=at_working_level(media.data, int(media.rate or 0)))


def heard(media: Media) -> FloatArray:
    """Mel density (FRAMES, bands) of the beginning of a sound; NaN in the air where its rate has none."""
    rate = int(media.rate or 0)
    return band_density(media.data[:, : int((FRAMES + 4) * RESOLUTION.hop * rate)], rate)[:FRAMES]


def generate(material: Material, renderer: Renderer, rng: np.random.Generator) -> Grid:
    """A chunk of `BLOCKS` blocks, each of `CHAINS` chains on `RECORDINGS` recordings:

    rows      (blocks, S, C, F)           statistics
    settings  (blocks, S, keys)           units of the canonical chain, in 0..1
    dry       (blocks, 3, frames, bands)  mel density of the first recordings before any chain
    wet       (blocks, 2, frames, bands)  after the last chain
    """
    space = canonical(renderer)
    blocks = []
    while len(blocks) < BLOCKS:
        recordings = [recorded(material.draw(rng)[1], rng) for _ in range(RECORDINGS)]
        chains = [random_chain(rng) for _ in range(CHAINS)]
        steps = [reordered(chain, rng) if rng.random() < REORDERED else [chain] for chain in chains[:-1]]
        steps.append(with_others(reordered(chains[-1], rng), rng))
        after = [[processed(renderer, one, media) for media in recordings] for one in steps]
        if all(np.isfinite(media.data).all() for row in after for media in row):
            rows = [[of_piece(media.data, int(media.rate or 0)) for media in row] for row in after]
            units = [space.encode(chain) for chain in chains]
            dry, wet = [heard(one) for one in recordings[:HEARD]], [heard(one) for one in after[-1][:WET]]
            blocks.append({"rows": rows, "settings": units, "dry": dry, "wet": wet})
    return {name: np.array([block[name] for block in blocks], np.float32) for name in blocks[0]}
