"""Trains the look proposer: photos x looks -> networks that read a look off pictures they have never seen.

1. The grid: every generated look on eight random photos, described by `look_statistics`.
2. The basis: the main directions in which looks differ, weighted by the colours that photos hold.
3. The networks: averaged statistics of one to eight references -> coefficients of the basis. The loss is the logarithm of the
   CIEDE2000 left on *other* photos, so that the ratio to doing nothing is what falls; what is worse than nothing counts more.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from shared_engine import assets
from shared_engine.metrics.lab import bend, ciede2000, srgb_to_lab
from shared_engine.proposers.look import MOST
from shared_engine.proposers.look_statistics import statistics
from shared_engine.proposers.lut import SIZE, corners, lattice
from shared_engine.renderer import Renderer
from shared_engine.training.card import terms
from shared_engine.training.corpus import Photos, Split, looks
from shared_engine.training.look_tables import generate
from shared_engine.training.task import Facts, Grid, Lesson, Part, Stage, Step, Task
from shared_engine.types import FloatArray

BLOCKS, BLOCK = 24, 4
"""Blocks of a chunk, and looks of a block: they share their photos."""

PER_LOOK = MOST
SET_SIZES = (1, 1, 2, 3, 4, 6, 8)
COMPONENTS = 40
SAMPLE = 1200
"""Looks that the basis is computed from: more change it little and cost minutes."""

BATCH = 96
POOL, POINTS, VALIDATED = 2048, 192, 256
"""Colours that looks are compared on: all of them, and how many in a step and in a figure."""

FLOOR = 0.7
"""dE added inside the logarithm: below it nobody sees a difference, so nothing is gained there."""

HARM = 1.0
"""How much more it counts to be worse than doing nothing. On dev, 0 -> 1: better than nothing 76 -> 78 %, 90th percentile 1.27 -> 1.21,
weak looks 1.02 -> 0.99, for 0.004 of strong looks and 0.006 with eight references.
"""


def described(photos: Photos, tables: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The statistics of looks (L, 17, 17, 17, 3) on the same PER_LOOK random crops -> (L, PER_LOOK, F)."""
    bags = torch.from_numpy(photos.crops(rng.integers(len(photos.images), size=PER_LOOK), rng))
    places = 2 * bags.flip(-1).reshape(1, 1, 1, -1, 3) - 1
    volumes = torch.from_numpy(tables).permute(0, 4, 1, 2, 3)
    shown = [grid_sample(volume[None], places, align_corners=True).reshape(3, -1).T.reshape(bags.shape) for volume in volumes]
    return np.stack([statistics((255 * one).round().div(255).numpy()) for one in shown])


def basis(tables: FloatArray, photos: Photos, rng: np.random.Generator, components: int = COMPONENTS) -> tuple[FloatArray, FloatArray]:
    """Mean residual (14739,), and `components` directions (K, 14739) scaled to one standard deviation each.

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
    """Tables (N, 4913, 3) at the colours that `indices`, `weights` (8, P) stand for -> (N, P, 3)."""
    return torch.stack([flat[:, index] * weight[:, None] for index, weight in zip(indices.long(), weights, strict=True)]).sum(0)


class Looks:
    """A grid as tensors: `rows` (L, PER_LOOK, F); and at POOL colours of its photos, looked up once and not in every step: `truth`
    (L, POOL, 3), Lab under each look, `nothing` (L, POOL), the CIEDE2000 of the untouched colours to it, and the basis."""

    def __init__(
        self, grid: Grid, photos: Photos, mean: FloatArray, directions: FloatArray, rng: np.random.Generator, device: torch.device
    ) -> None:
        self.rows = torch.from_numpy(grid["rows"]).flatten(0, 1).to(device)
        colors = photos.colors(math.ceil(POOL / len(photos.images)), rng).reshape(-1, 3)
        self.colors = torch.from_numpy(rng.permutation(colors)[:POOL]).to(device)
        corner = [torch.from_numpy(part).to(device) for part in corners(self.colors.cpu().numpy(), SIZE)]
        basis = look_up(torch.from_numpy(np.concatenate((mean[None], directions))).reshape(-1, SIZE**3, 3).to(device), *corner)
        self.mean, self.directions = self.colors + basis[0], basis[1:]
        tables = torch.from_numpy(grid["settings"]).flatten(0, 1).flatten(1, 3).to(device)
        truth = [srgb_to_lab(look_up(some.float(), *corner)) for some in tables.split(64)]
        plain = srgb_to_lab(self.colors)
        self.nothing = torch.cat([ciede2000(plain.expand_as(some), some) for some in truth]).half()
        self.truth = torch.cat(truth).half()

    def left(self, coefficients: Tensor, chosen: Tensor, points: slice) -> tuple[Tensor, Tensor]:
        """CIEDE2000 to looks `chosen` (N,) at some of the colours: of what is proposed, and of doing nothing; both (N, P)."""
        proposed = self.mean[points] + torch.einsum("nk,kpc->npc", coefficients, self.directions[:, points])
        left = ciede2000(srgb_to_lab(bend(proposed)), self.truth[chosen, points].float())
        return left, self.nothing[chosen, points].float()

    def features(self, chosen: Tensor, count: int, rng: np.random.Generator) -> Tensor:
        """Averaged statistics of `count` random references of each look, and the logarithm of the count, (N, F + 1)."""
        members = torch.from_numpy(rng.random((len(chosen), self.rows.shape[1])).argsort(1)[:, :count]).to(chosen.device)
        rows = self.rows[chosen[:, None], members].float().mean(1)
        return torch.cat((rows, torch.full((len(rows), 1), math.log(count), device=rows.device)), 1)


class LookLesson(Lesson):
    """`mean` (14739,) and `directions` (K, 14739): the basis. `dev`: what the figures are taken on, if anything was held out."""

    def __init__(self, looks: Looks, dev: Looks | None, mean: FloatArray, directions: FloatArray) -> None:
        self.looks, self.dev = looks, dev
        self.mean, self.directions = mean, directions
        self.device = looks.rows.device
        some = looks.rows[:: max(1, len(looks.rows) // 400)].flatten(0, 1).float()
        self.feature_mean = torch.cat((some.mean(0), some.new_tensor([1.0])))
        self.feature_scale = torch.cat((some.std(0) + 0.03, some.new_tensor([0.8])))

    def network(self) -> Network:
        return Network(self.feature_mean, self.feature_scale, components=len(self.directions))

    def loss(self, network: nn.Module, step: Step) -> Tensor:
        chosen = torch.from_numpy(step.rng.integers(len(self.looks.rows), size=BATCH)).to(self.device)
        count = SET_SIZES[step.rng.integers(len(SET_SIZES))]
        coefficients = network(self.looks.features(chosen, count, step.rng))
        first = step.rng.integers(POOL - POINTS + 1)
        left, nothing = self.looks.left(coefficients, chosen, slice(first, first + POINTS))
        left, nothing = ((one.mean(1) + FLOOR).log() for one in (left, nothing))
        return (left + HARM * (left - nothing).relu()).mean()

    def validate(self, networks: Sequence[nn.Module]) -> dict[str, float]:
        """What is left of doing nothing with one and eight references (geometric mean), and how often that is less than all."""
        if self.dev is None:
            return {}
        rng = np.random.default_rng(5)
        found = {}
        everything = torch.arange(len(self.dev.rows), device=self.device)
        for count in (1, 8):
            ratios = []
            for chosen in everything.repeat(3 if count == 1 else 1).split(256):
                features = self.dev.features(chosen, count, rng)
                answer = torch.stack([network(features) for network in networks]).mean(0)
                first = rng.integers(POOL // VALIDATED) * VALIDATED
                left, nothing = self.dev.left(answer, chosen, slice(first, first + VALIDATED))
                ratios.append((left.mean(1) + 0.05) / (nothing.mean(1) + 0.05))
            ratio = torch.cat(ratios)
            found[f"ratio_{count}"] = float(ratio.log().mean().exp())
            found[f"better_{count}"] = float((ratio < 1).float().mean())
        return found

    def write(self, path: Path, networks: Sequence[nn.Module], figures: Mapping[str, float], trained: str) -> str:
        return assets.write(path, pack(networks, self.mean, self.directions), {"trained": trained})


def pack(networks: Sequence[nn.Module], mean: FloatArray, directions: FloatArray) -> assets.Arrays:
    """The arrays of the shipped file, half precision; `shared_engine.proposers.look.LookModel` reads them."""
    arrays = {"mean": mean, "directions": directions}
    arrays |= {f"feature_{name}": getattr(networks[0], name).cpu().numpy() for name in ("mean", "scale")}
    for kind, names in ((nn.Linear, ("weight", "bias")), (nn.LayerNorm, ("gain", "shift"))):
        layers = [[layer for layer in network.layers if isinstance(layer, kind)] for network in networks]
        for index, same in enumerate(zip(*layers, strict=True)):
            arrays[f"{names[0]}{index}"] = np.stack([layer.weight.detach().cpu().numpy() for layer in same])
            arrays[f"{names[1]}{index}"] = np.stack([layer.bias.detach().cpu().numpy() for layer in same])
    return {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}


class LookTask(Task):
    """`renderer`: whose presets are learned beside the film looks; without one, film and curves alone.

    `learned`: the parts of the corpus that go into training. The shipped weights saw ``train`` and ``dev``: the benchmark measures just
    these on ``test``. Figures are taken on ``dev`` where it is held out.
    """

    name = grid = "look"
    stages = (Stage("walk", rate=1.5e-3, weight_decay=0.05, average=0.998, warm_up=100),)
    grid_share = 0.4
    networks = 3

    def __init__(
        self, corpus: Path, renderer: Renderer | None = None, learned: Sequence[str] = ("train",), split: Split | None = None
    ) -> None:
        self.corpus, self.renderer, self.split, self.learned = corpus, renderer, split or Split.load(), learned
        self.parts = ("train",) if "dev" in learned else ("train", "dev")
        self.photos = {part: Photos.load(corpus, self._names(self.split.photos, part)) for part in self.parts}
        self.film = {part: looks(corpus, self._names(self.split.looks, part)) for part in self.parts}

    def _names(self, group: Mapping[str, Sequence[str]], part: Part) -> list[str]:
        return [name for one in (self.learned if part == "train" else ("dev",)) for name in group[one]]

    def chunk(self, part: Part, rng: np.random.Generator) -> Grid:
        """`settings`: tables (BLOCKS, BLOCK, 17, 17, 17, 3)."""
        tables = generate(self.film[part], self.renderer, BLOCKS * BLOCK, rng).reshape(BLOCKS, BLOCK, *lattice().shape)
        rows = np.stack([described(self.photos[part], block, rng) for block in tables])
        return {"settings": tables.astype(np.float16), "rows": rows.astype(np.float16)}

    def lesson(self, grids: Mapping[Part, Grid], rng: np.random.Generator, device: torch.device) -> LookLesson:
        tables = grids["train"]["settings"].reshape(-1, *lattice().shape)[:SAMPLE].astype(np.float32)
        mean, directions = basis(tables, self.photos["train"], rng)
        parts = {part: Looks(grid, self.photos[part], mean, directions, rng, device) for part, grid in grids.items()}
        return LookLesson(parts["train"], parts.get("dev"), mean, directions)

    def facts(self) -> Facts:
        photos, film = (self._names(group, "train") for group in (self.split.photos, self.split.looks))
        return Facts(
            "the learned look of photos",
            "statistics (`look_statistics.py`) of 1 to 8 styled photos, averaged, and the logarithm of their number",
            f"{COMPONENTS} coefficients of the main directions in which looks differ, tables of {SIZE} x {SIZE} x {SIZE} in R'G'B'",
            [
                *terms(self.corpus / "photos", photos, "photos"),
                *terms(self.corpus / "looks", film, "film looks (Hald CLUTs)"),
                (f"curves, matrices{', presets of a host' * (self.renderer is not None)}", "drawn by the script", "ours"),
            ],
            [
                "The answer is the mean of what could be meant: shy with one reference; more references help most.",
                "Only what maps colour to colour: no grain, vignette, glow or local contrast.",
            ],
        )
