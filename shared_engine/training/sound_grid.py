"""The grid that the sound proposer learns from: every chain on the clips of several speakers and instruments."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared_engine.extensions import load
from shared_engine.proposers.sound_statistics import at_working_level, density, of_piece
from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.training.sound_chains import KEYS, Chain, random_chain
from shared_engine.training.sound_material import Material
from shared_engine.training.sound_recording import recorded
from shared_engine.types import FloatArray, Media

REFERENCES = 8
FRAMES = 244
"""Of 16 ms: what every clip of four seconds has."""

DRY = 2000
"""Clips that are kept to listen through the proxy."""


@dataclass(frozen=True)
class Grid:
    """`units` (chains, keys) in 0..1, `rows` (chains, 8, F) statistics of its references, `dry` (clips, frames, bands) mel density."""

    units: FloatArray
    rows: FloatArray
    dry: FloatArray

    def save(self, path: Path) -> None:
        np.savez(path, units=self.units, rows=self.rows, dry=self.dry)

    @classmethod
    def read(cls, path: Path) -> "Grid":
        with np.load(path) as file:
            return cls(file["units"], file["rows"], file["dry"])


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


def generate(material: Material, cpu_seconds: float, seed: int, report: Callable[[str], None]) -> Grid:
    """As many chains as `cpu_seconds` allow, each on eight clips."""
    rng = np.random.default_rng(seed)
    renderer: Renderer = load("renderers", "pedalboard")()
    space = canonical(renderer)
    units, rows, dry = [], [], []
    seen: set[int] = set()
    began = time.process_time()
    while (spent := time.process_time() - began) < cpu_seconds:
        chain = random_chain(rng)
        looked = []
        for _ in range(REFERENCES):
            _, clip = material.draw(rng)
            media = recorded(clip, rng)
            out = processed(renderer, chain, media)
            if not np.isfinite(out.data).all():
                break
            looked.append(of_piece(out.data, int(media.rate or 0)))
            if id(clip.data) not in seen and len(dry) < DRY:
                seen.add(id(clip.data))
                dry.append(density(media.data, int(media.rate or 0))[:FRAMES])
        if len(looked) == REFERENCES:
            units.append(space.encode(chain))
            rows.append(np.stack(looked))
        if len(units) % 50 == 0:
            report(f"grid: {spent / cpu_seconds:.0%}, {len(units)} chains")
    return Grid(np.array(units, np.float32), np.stack(rows), np.stack([one for one in dry if len(one) == FRAMES]))
