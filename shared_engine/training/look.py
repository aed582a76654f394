"""Trains the look proposer: photos x looks -> networks that read a look off pictures they have never seen.

1. The grid: every generated look on twelve random photos, described by `color_statistics`.
2. The basis: the main directions in which looks differ, weighted by the colours that photos hold.
3. The networks: averaged statistics of one to twelve references -> coefficients of the basis. The loss is the logarithm of the
   CIEDE2000 left on *other* photos, so that the ratio to doing nothing is what falls.
"""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shared_engine import assets
from shared_engine.metrics.lab import bend, ciede2000, srgb_to_lab
from shared_engine.proposers.color_statistics import statistics
from shared_engine.proposers.lut import SIZE, corners, interpolate, lattice
from shared_engine.renderer import Renderer
from shared_engine.training.corpus import Photos, Split, looks
from shared_engine.training.look_tables import generate
from shared_engine.types import FloatArray

Report = Callable[[str], None]

NETWORKS = 3
LOOKS_A_MINUTE = 800
"""Generated looks for each minute of training: the grid then takes about 40 % of it."""

PER_LOOK = 12
SET_SIZES = (1, 1, 2, 3, 4, 6, 8, 12)
COMPONENTS = 40
SAMPLE = 1200
"""Looks that the basis is computed from: more change it little and cost minutes."""

BATCH = 96
RATE = 1.5e-3
FLOOR = 0.7
"""dE added inside the logarithm: below it nobody sees a difference, so nothing is gained there."""


@dataclass(frozen=True)
class Grid:
    """`tables` (L, 17, 17, 17, 3) and the statistics of each on PER_LOOK photos, (L, PER_LOOK, F) float16."""

    tables: FloatArray
    statistics: NDArray[np.float16]


def grid(photos: Photos, tables: FloatArray, rng: np.random.Generator, report: Report = lambda _: None) -> Grid:
    described = []
    for index, table in enumerate(tables):
        if index % 500 == 0:
            report(f"grid: {index} of {len(tables)} looks on {PER_LOOK} photos each")
        bags = photos.crops(rng.integers(len(photos.images), size=PER_LOOK), rng)
        shown = np.round(interpolate(table, bags) * 255) / np.float32(255)
        described.append(statistics(shown).astype(np.float16))
    return Grid(tables, np.stack(described))


def basis(tables: FloatArray, photos: Photos, rng: np.random.Generator, components: int = COMPONENTS) -> tuple[FloatArray, FloatArray]:
    """Mean residual (14739,) and `components` directions (K, 14739) scaled to one standard deviation each.

    Principal components of the residual tables, each lattice point weighted by how often photos hold its colour.
    """
    residual = (tables[:SAMPLE] - lattice()).reshape(-1, SIZE**3 * 3)
    colors = photos.colors(400, rng).reshape(-1, 3)
    indices, weights = corners(colors, SIZE)
    density = np.bincount(indices.ravel(), weights.ravel(), SIZE**3)
    weight = np.sqrt(np.clip(density / density.mean(), 0, 20) + 0.15).repeat(3).astype(np.float32)
    mean = residual.mean(0)
    _, size, directions = np.linalg.svd((residual - mean) * weight, full_matrices=False)
    scale = (size[:components, None] / math.sqrt(len(residual))).astype(np.float32)
    return mean, directions[:components] * scale / weight


class Network(nn.Module):
    """Standardised statistics and the logarithm of the number of references -> coefficients of the basis."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor, width: int = 384, dropout: float = 0.2, components: int = COMPONENTS) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        hidden: list[nn.Module] = []
        for size in (len(mean), width, width):
            hidden += [nn.Linear(size, width), nn.LayerNorm(width), nn.SiLU(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*hidden, nn.Linear(width, components))
        with torch.no_grad():
            self.layers[-1].weight.mul_(0.3)
            self.layers[-1].bias.zero_()

    def forward(self, features: Tensor) -> Tensor:
        return self.layers((features - self.mean) / self.scale)


def look_up(flat: Tensor, indices: Tensor, weights: Tensor) -> Tensor:
    """Tables (..., 4913, 3) at the colours that `indices`, `weights` (8, P) stand for -> (..., P, 3)."""
    return (flat[..., indices.reshape(-1), :].reshape(*flat.shape[:-2], *indices.shape, 3) * weights[..., None]).sum(-3)


def fit(data: Grid, photos: Photos, mean: FloatArray, directions: FloatArray, seconds: float, seed: int, report: Report) -> Network:
    """One network, trained for `seconds` of this process's CPU time; returns the running average of its weights."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    tables = torch.from_numpy(data.tables.astype(np.float16)).reshape(len(data.tables), -1, 3)
    described = torch.from_numpy(data.statistics)
    some = described[:400].reshape(-1, described.shape[-1]).float()
    network = Network(
        torch.cat((some.mean(0), torch.tensor([1.2]))),
        torch.cat((some.std(0) + 0.03, torch.tensor([0.9]))),
    )
    averaged = copy.deepcopy(network).eval()
    mean_table, direction_tables = torch.from_numpy(mean).reshape(-1, 3), torch.from_numpy(directions).reshape(len(directions), -1, 3)
    colors = photos.colors(512, rng)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05, betas=(0.9, 0.99))
    network.train()
    begin, step, running = time.process_time(), 0, []
    while (done := (time.process_time() - begin) / seconds) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done) + 0.01)
        chosen = torch.from_numpy(rng.integers(len(tables), size=BATCH))
        count = SET_SIZES[rng.integers(len(SET_SIZES))]
        members = torch.from_numpy(rng.random((BATCH, PER_LOOK)).argsort(1)[:, :count])
        features = described[chosen[:, None], members].float().mean(1)
        features = torch.cat((features, torch.full((BATCH, 1), math.log(count))), 1)
        points = colors[rng.integers(len(colors), size=8)][:, rng.integers(colors.shape[1], size=24)].reshape(-1, 3)
        indices, weights = (torch.from_numpy(part) for part in corners(points, SIZE))
        indices = indices.long()
        with torch.no_grad():
            truth = srgb_to_lab(look_up(tables[chosen].float(), indices, weights))
        plain = torch.from_numpy(points) + look_up(mean_table, indices, weights)
        proposed = plain + torch.einsum("nk,kpc->npc", network(features), look_up(direction_tables, indices, weights))
        loss = (ciede2000(srgb_to_lab(bend(proposed)), truth).mean(1) + FLOOR).log().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(averaged.parameters(), network.parameters(), strict=True):
                slow.lerp_(fast, 0.01 if step < 500 else 0.002)
        running.append(loss.item())
        step += 1
        if step % 500 == 0:
            report(f"network {seed}: step {step}, {done:.0%}, mean log dE {np.mean(running[-500:]):.3f}")
    return averaged


def pack(networks: Sequence[Network], mean: FloatArray, directions: FloatArray) -> assets.Arrays:
    """The arrays of the shipped file, half precision; `shared_engine.proposers.look.LookModel` reads them."""
    arrays = {"mean": mean, "directions": directions, "feature_mean": networks[0].mean.numpy(), "feature_scale": networks[0].scale.numpy()}
    linear = [[layer for layer in network.layers if isinstance(layer, nn.Linear)] for network in networks]
    norms = [[layer for layer in network.layers if isinstance(layer, nn.LayerNorm)] for network in networks]
    for index in range(len(linear[0])):
        arrays[f"weight{index}"] = np.stack([layers[index].weight.detach().numpy() for layers in linear])
        arrays[f"bias{index}"] = np.stack([layers[index].bias.detach().numpy() for layers in linear])
    for index in range(len(norms[0])):
        arrays[f"gain{index}"] = np.stack([layers[index].weight.detach().numpy() for layers in norms])
        arrays[f"shift{index}"] = np.stack([layers[index].bias.detach().numpy() for layers in norms])
    return {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}


def train(
    corpus: Path,
    out: Path,
    minutes: float,
    seed: int = 0,
    report: Report = lambda _: None,
    renderer: Renderer | None = None,
    split: Split | None = None,
    parts: Sequence[str] = ("train", "dev", "test"),
) -> str:
    """Trains on `parts` of the corpus for about `minutes` of CPU time; writes weights to `out` and their pin beside it.

    The shipped weights saw every part; those of the benchmark only `train` and `dev`, so that it measures the recipe on what it never saw.

    `renderer`: whose presets are learned beside the film looks (without one, film and curves alone). Returns the pin (SHA-256).
    Errors: InputError where the corpus is not complete.
    """
    begin, rng, split = time.process_time(), np.random.default_rng(seed), split or Split.load()
    photos = Photos.load(corpus, [name for part in parts for name in split.photos[part]])
    film = looks(corpus, [name for part in parts for name in split.looks[part]])
    data = grid(photos, generate(film, renderer, round(LOOKS_A_MINUTE * minutes), rng), rng, report)
    mean, directions = basis(data.tables, photos, rng)
    seconds = max(3.0, 60 * minutes - (time.process_time() - begin)) / NETWORKS
    networks = [fit(data, photos, mean, directions, seconds, seed + index, report) for index in range(NETWORKS)]
    return assets.write(out, pack(networks, mean, directions), {"trained": f"{minutes:g} CPU minutes, seed {seed}"})
