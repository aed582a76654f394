"""Learns an embedding instead of an estimate: what was rendered with the same settings lies together, whatever it was rendered on.

InfoNCE (A. van den Oord et al., Representation Learning with Contrastive Predictive Coding, 2018, eq. 4) with the transformed negatives
of H. Yakura, K. Watanabe and M. Goto (Self-Supervised Contrastive Learning for Singing Voices, IEEE/ACM TASLP 30, 2022): the *same content
under other settings* is pushed away, so that nothing can be told by the content. It works on any grid, since a grid has every setting of
a block on every content of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shared_engine import assets
from shared_engine.training.task import Facts, Grid, Lesson, Part, Stage, Step, Task
from shared_engine.types import FloatArray

BLOCKS = 32
"""Of a batch; of each, two contents under all of its settings."""

DIMENSIONS, WIDTH = 64, 384
TEMPERATURE = 0.1
GALLERY = 100
"""Other settings that the right one has to be found among, when the embedding is examined."""

EXAMINED = 50
"""Blocks of the held-out grid that are looked at, at most: a figure of the learning curve must not cost more than it says."""


def standardised(features: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Within five deviations of the mean; what is unknown (NaN) is the mean."""
    return ((features - mean) / scale).clamp(-5, 5).nan_to_num(0.0)


class Encoder(nn.Module):
    """Features (N, F), NaN where unknown -> points on the unit sphere (N, DIMENSIONS). Standardises by itself."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor, dimensions: int = DIMENSIONS, width: int = WIDTH) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        layers: list[nn.Module] = []
        for size in (len(mean), width):
            layers += [nn.Linear(size, width), nn.LayerNorm(width), nn.SiLU(), nn.Dropout(0.1)]
        self.layers = nn.Sequential(*layers, nn.Linear(width, dimensions))

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.normalize(self.layers(standardised(features, self.mean, self.scale)), dim=-1)


def pairs(settings: Tensor, contents: Tensor, transformed: bool = True) -> tuple[Tensor, Tensor]:
    """Which pairs of N renders attract and which repel, two masks (N, N); `settings`, `contents`: the number of each render's.

    Positive: the same setting on another content. Negative: another setting, on any content; without `transformed` only on another one
    (the usual InfoNCE). A render and itself, or an exact copy, are neither.
    """
    same_setting, same_content = settings[:, None] == settings, contents[:, None] == contents
    return same_setting & ~same_content, ~same_setting if transformed else ~same_setting & ~same_content


def info_nce(points: Tensor, positive: Tensor, negative: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Mean over all positive pairs of -log of their share among themselves and the anchor's negatives; `points` (N, D) of length 1."""
    likeness = points @ points.T / temperature
    others = likeness.masked_fill(~negative, -torch.inf).logsumexp(1, keepdim=True)
    return (torch.logaddexp(likeness, others) - likeness)[positive].mean()


def numbered(settings: NDArray[np.generic]) -> NDArray[np.int64]:
    """Settings (blocks, S, ...) -> a number for each (blocks, S); equal settings, as untouched ones are, get the same."""
    known: dict[bytes, int] = {}
    flat = np.ascontiguousarray(settings).reshape(settings.shape[0] * settings.shape[1], -1)
    return np.array([known.setdefault(row.tobytes(), len(known)) for row in flat]).reshape(settings.shape[:2])


class Renders:
    """A grid as tensors: `rows` (blocks, S, C, F), `settings` (blocks, S) and `contents` (blocks, C) as numbers."""

    def __init__(self, grid: Grid, device: torch.device) -> None:
        self.rows = torch.from_numpy(grid["rows"]).to(device)
        self.settings = torch.from_numpy(numbered(grid["settings"])).to(device)
        blocks, _, contents, _ = self.rows.shape
        self.contents = torch.arange(blocks * contents, device=device).reshape(blocks, contents)

    def batch(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """`count` random blocks, two contents of each under all of its settings: features (N, F), numbers of setting and content (N,)."""
        blocks = torch.from_numpy(rng.choice(len(self.rows), min(count, len(self.rows)), replace=False)).to(self.rows.device)
        two = torch.from_numpy(rng.random((len(blocks), self.rows.shape[2])).argsort(1)[:, :2]).to(self.rows.device)
        rows = self.rows[blocks[:, None], :, two].float()  # (blocks, 2, S, F)
        settings = self.settings[blocks][:, None].expand(rows.shape[:3])
        contents = self.contents[blocks[:, None], two][:, :, None].expand(rows.shape[:3])
        return rows.flatten(0, 2), settings.flatten(), contents.flatten()


class ContrastiveLesson(Lesson):
    def __init__(self, renders: Renders, dev: Renders | None, transformed: bool) -> None:
        self.renders, self.dev, self.transformed = renders, dev, transformed
        flat: FloatArray = renders.rows[:: max(1, len(renders.rows) // 200)].flatten(0, 2).float().cpu().numpy()
        self.mean = torch.from_numpy(np.nanmean(flat, 0)).to(renders.rows.device)
        self.scale = torch.from_numpy(np.nanstd(flat, 0) + 1e-3).to(renders.rows.device)

    def network(self) -> Encoder:
        return Encoder(self.mean, self.scale)

    def loss(self, network: nn.Module, step: Step) -> Tensor:
        rows, settings, contents = self.renders.batch(BLOCKS, step.rng)
        return info_nce(network(rows), *pairs(settings, contents, self.transformed))

    def validate(self, networks: Sequence[nn.Module]) -> dict[str, float]:
        """Retrieval on the held-out grid, by the embedding (of several networks: side by side) and by the bare features."""
        if self.dev is None:
            return {}
        rows = self.dev.rows[:EXAMINED].float()
        points = torch.cat([network(rows) for network in networks], -1)
        return self._found(points) | self.of_bare_features

    @cached_property
    def of_bare_features(self) -> dict[str, float]:
        """What the grid's own features reach, standardised: what was there before anything was learned."""
        found = self._found(standardised(self.dev.rows[:EXAMINED].float(), self.mean, self.scale))
        return {f"{name}_of_bare_features": value for name, value in found.items() if "chance" not in name}

    def _found(self, points: Tensor) -> dict[str, float]:
        """`retrieval` by one render, and by the mean of half of a block's contents against that of the other half."""
        settings, half = self.dev.settings[:EXAMINED], points.shape[2] // 2
        halves = torch.stack((points[:, :, :half].mean(2), points[:, :, half:].mean(2)), 2)
        by_one, by_half = (retrieval(nn.functional.normalize(some, dim=-1), settings) for some in (points, halves))
        return by_one | {f"{name}_by_{half}": by_half[name] for name in ("transformed", "retrieval")}

    def write(self, path: Path, networks: Sequence[nn.Module], figures: Mapping[str, float], trained: str) -> str:
        """The networks' own tensors, ``number.name``; `load` reads them."""
        arrays = {
            f"{number}.{name}": value.cpu().numpy()
            for number, network in enumerate(networks)
            for name, value in network.state_dict().items()
        }
        return assets.write(path, arrays, {"networks": str(len(networks)), "trained": trained})


def retrieval(points: Tensor, settings: Tensor) -> dict[str, float]:
    """How often the render nearest to a query is the one with its settings on another content, and how often a blind guess is.

    `points` (blocks, S, C, D) of length 1, `settings` (blocks, S). ``transformed``: among the query's own content under the other settings
    of its block, the temptation. ``retrieval``: among these and, on other contents, up to GALLERY settings of other blocks.
    """
    blocks, count, contents, _ = points.shape
    rng = np.random.default_rng(7)
    scores: dict[str, list[Tensor]] = {"transformed": [], "retrieval": []}
    chances: dict[str, list[float]] = {"transformed": [], "retrieval": []}
    for block, one in np.ndindex(blocks, count):
        query = points[block, one]
        right = (query * query.roll(-1, 0)).sum(-1)
        differs = settings != settings[block, one]
        tempting = torch.einsum("cd,scd->cs", query, points[block, differs[block]])
        elsewhere = torch.nonzero(differs)
        elsewhere = elsewhere[elsewhere[:, 0] != block].cpu().numpy()
        elsewhere = elsewhere[rng.permutation(len(elsewhere))[:GALLERY]]
        gallery = query @ points[elsewhere[:, 0], elsewhere[:, 1], rng.integers(contents, size=len(elsewhere))].T
        for name, wrong in (("transformed", tempting), ("retrieval", torch.cat((tempting, gallery), 1))):
            scores[name].append((right[:, None] > wrong).all(1))
            chances[name].append(1 / (wrong.shape[1] + 1))
    shares = {name: float(torch.cat(values).float().mean()) for name, values in scores.items()}
    return shares | {f"{name}_by_chance": float(np.mean(values)) for name, values in chances.items()}


class Contrastive(Task):
    """An embedding of the features of any other task's grid. `transformed`: with the transformed negatives, or without, to compare."""

    stages: Sequence[Stage] = (Stage("contrast", rate=1e-3),)

    def __init__(self, grid_of: Task, transformed: bool = True) -> None:
        self.grid_of, self.transformed = grid_of, transformed
        self.name, self.grid = f"{grid_of.name}-embedding", grid_of.grid
        self.parts, self.grid_share = grid_of.parts, grid_of.grid_share

    def chunk(self, part: Part, rng: np.random.Generator) -> Grid:
        return self.grid_of.chunk(part, rng)

    def lesson(self, grids: Mapping[Part, Grid], rng: np.random.Generator, device: torch.device) -> ContrastiveLesson:
        renders = {part: Renders(grid, device) for part, grid in grids.items()}
        return ContrastiveLesson(renders["train"], renders.get("dev"), self.transformed)

    def facts(self) -> Facts:
        return replace(
            self.grid_of.facts(),
            purpose=f"an embedding in which the same settings lie together, whatever they were rendered on ({self.grid_of.name})",
            answers=f"a point on the unit sphere of {DIMENSIONS} dimensions; likeness is the cosine",
            limits=(
                "Settings that change little lie together with none at all.",
                "Contents unlike those of the data are placed by what they resemble.",
            ),
        )


def load(path: Path) -> list[Encoder]:
    """The encoders of a file; AssetError where it is missing or not the pinned one."""
    arrays, metadata = assets.read(path)
    encoders = []
    for number in range(int(metadata["networks"])):
        own = {name.split(".", 1)[1]: torch.from_numpy(array) for name, array in arrays.items() if name.startswith(f"{number}.")}
        encoder = Encoder(own["mean"], own["scale"])
        encoder.load_state_dict(own)
        encoders.append(encoder.eval())
    return encoders
