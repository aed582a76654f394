"""The grid that the sound proposer learns from: blocks of chains, each chain on the same clips of several speakers and instruments."""

import numpy as np

from shared_engine.proposers.sound_statistics import at_working_level, density, of_piece
from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.training.sound_chains import KEYS, Chain, random_chain
from shared_engine.training.sound_material import Material
from shared_engine.training.sound_recording import recorded
from shared_engine.training.task import Grid
from shared_engine.types import Media

BLOCKS, BLOCK = 6, 4
"""Blocks of a chunk, and chains of a block: they share their clips."""

REFERENCES = 8
FRAMES = 244
"""Of 16 ms: what every clip of four seconds has."""


def canonical(renderer: Renderer) -> Space:
    """The space of what is estimated: the tools of `KEYS`, everything else held at its default."""
    names = {key.split(".")[0] for key in KEYS}
    tools = [tool for tool in renderer.tools if tool.id in names]
    held = {tool.key(p): p.default for tool in tools for p in tool.parameters if tool.key(p) not in KEYS}
    return Space(tools, held)


def processed(renderer: Renderer, chain: Chain, media: Media) -> Media:
    """`media` at the working level through `chain`, and back at the working level."""
    batch = {key: np.array([value], dtype=object if isinstance(value, str) else float) for key, value in chain.items()}
    (out,) = renderer.stage(media).media(batch, 1)
    return Media("audio", at_working_level(out.data, int(media.rate or 0)), rate=media.rate)


def generate(material: Material, renderer: Renderer, rng: np.random.Generator) -> Grid:
    """A chunk. `settings`: (BLOCKS, BLOCK, keys) in 0..1; `dry`: mel density of half of the clips, (clips, FRAMES, bands)."""
    space = canonical(renderer)
    settings, rows, dry = [], [], []
    while len(settings) < BLOCKS:
        clips = [recorded(material.draw(rng)[1], rng) for _ in range(REFERENCES)]
        chains = [random_chain(rng) for _ in range(BLOCK)]
        outs = [[processed(renderer, chain, clip) for clip in clips] for chain in chains]
        if not all(np.isfinite(out.data).all() for row in outs for out in row):
            continue
        settings.append(np.stack([space.encode(chain) for chain in chains]))
        rows.append([[of_piece(out.data, int(out.rate or 0)) for out in row] for row in outs])
        densities = [density(clip.data, int(clip.rate or 0))[:FRAMES] for clip in clips[: REFERENCES // 2]]
        dry += [one for one in densities if len(one) == FRAMES]
    return {"settings": np.array(settings, np.float32), "rows": np.array(rows, np.float32), "dry": np.array(dry, np.float32)}
