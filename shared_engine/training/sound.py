"""Trains the sound proposer: a grid of chains on dry material; settings first, then what is heard through the proxy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from shared_engine import assets
from shared_engine.errors import InputError
from shared_engine.extensions import load
from shared_engine.proposers.sound import answered_share
from shared_engine.renderer import Renderer
from shared_engine.training.card import terms
from shared_engine.training.sound_grid import canonical, generate
from shared_engine.training.sound_material import Material
from shared_engine.training.sound_proxy import FRAMES, Proxy
from shared_engine.training.task import Facts, Grid, Lesson, Part, Stage, Step, Task
from shared_engine.types import FloatArray

WIDTHS = (384, 384, 192)
BATCH = 48
MEAN_CHAIN_STEPS = 150
COUNTS = (1, 1, 2, 4, 8)
"""How many references of a chain are averaged, drawn for each example."""

SETTINGS = Stage("settings", share=0.24, rate=1.5e-3)
BY_EAR = Stage("by ear", share=0.76)

HEEDED = {"low-shelf": "gain", "low-bell": "gain", "mid-bell": "gain", "high-bell": "gain", "high-shelf": "gain", "compressor": "ratio",
          "delay": "mix", "reverb": "wet"}  # fmt: skip
"""A setting of these tools only counts as far as this one is moved: the frequency of a bell of 0 dB is meaningless."""

STILL_DB = 0.2
"""How much a track may change on average, by ear, whose single reference is unprocessed: the dead zone is as narrow as that allows."""


class Estimator(nn.Module):
    """Standardised statistics and the number of references -> logits of settings and of having been processed at all."""

    def __init__(self, features: int, start: Tensor) -> None:
        super().__init__()
        sizes = (features + 1, *WIDTHS, len(start))
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        with torch.no_grad():
            self.layers[-1].weight *= 0.1
            self.layers[-1].bias.copy_(torch.logit(start.clamp(0.05, 0.95)))

    def forward(self, rows: Tensor, counts: Tensor) -> Tensor:
        hidden = torch.cat((nn.functional.dropout(rows, 0.1, self.training), torch.log2(counts)[:, None] / 3), 1)
        for index, layer in enumerate(self.layers[:-1]):
            hidden = layer(hidden)
            hidden = hidden * torch.sigmoid(1.702 * hidden)
            if index < 2:
                hidden = nn.functional.dropout(hidden, 0.2, self.training)
        return self.layers[-1](hidden)


class Chains:
    """A grid as tensors. `standard`: mean and deviation (F,) of another grid's statistics, instead of its own."""

    def __init__(self, grid: Grid, proxy: Proxy, device: torch.device, standard: tuple[FloatArray, FloatArray] | None = None) -> None:
        rows = grid["rows"].reshape(-1, *grid["rows"].shape[2:])
        flat = rows.reshape(-1, rows.shape[-1])
        self.mean, self.deviation = standard or (np.nanmean(flat, 0), np.nanstd(flat, 0) + 1e-3)
        standardised = np.nan_to_num(np.clip((rows - self.mean) / self.deviation, -5, 5)).astype(np.float32)
        self.rows = torch.from_numpy(standardised).to(device)
        self.shown = torch.from_numpy(np.isfinite(rows).astype(np.float32)).to(device)
        self.units = torch.from_numpy(grid["settings"]).flatten(0, 1).to(device)
        self.dry = torch.from_numpy(grid["dry"]).to(device)
        self.proxy = proxy
        self.neutral = torch.from_numpy(proxy.space.neutral.astype(np.float32)).to(device)
        self.processed = ((self.units - self.neutral).abs().amax(1) > 1e-4).float()
        self.heed = self._heed()

    def __len__(self) -> int:
        return len(self.units)

    def _heed(self) -> Tensor:
        """How much each setting of each chain counts, (chains, keys)."""
        heed = torch.ones_like(self.units)
        keys = self.proxy.space.keys
        for column, key in enumerate(keys):
            tool, name = key.split(".")
            amount = HEEDED.get(tool)
            if amount and name != amount:
                lead = keys.index(f"{tool}.{amount}")
                heed[:, column] = (2 * (self.units[:, lead] - self.neutral[lead]).abs()).clamp(max=1)
        return heed

    def question(self, chains: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Averaged statistics of `counts` random references of each chain, and the counts."""
        rows = []
        for chain, count in zip(chains, counts, strict=True):
            chosen = torch.from_numpy(rng.permutation(self.rows.shape[1])[:count])
            rows.append((self.rows[chain, chosen] * self.shown[chain, chosen]).sum(0) / self.shown[chain, chosen].sum(0).clamp(min=1))
        return torch.stack(rows), torch.from_numpy(counts.astype(np.float32)).to(self.rows.device)

    def heard(self, units: Tensor, truth: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Distances in dB, on random dry material: of the estimate to the truth, and of doing nothing to the truth."""
        chosen = torch.from_numpy(rng.integers(len(self.dry), size=len(units)))
        begin = int(rng.integers(0, self.dry.shape[1] - FRAMES))
        power = self.dry[chosen][:, begin : begin + FRAMES]
        with torch.no_grad():
            target = self.proxy(power, truth)
            nothing = self.proxy(power, self.neutral.expand(len(units), -1))
        return (self.proxy(power, units) - target).abs().mean((1, 2)), (nothing - target).abs().mean((1, 2))


class SoundLesson(Lesson):
    def __init__(self, chains: Chains, dev: Chains, rng: np.random.Generator) -> None:
        self.chains, self.dev, self.rng = chains, dev, rng

    def network(self) -> Estimator:
        start = torch.cat((self.chains.units.mean(0), self.chains.processed.mean()[None]))
        return Estimator(self.chains.rows.shape[-1], start)

    def loss(self, network: nn.Module, step: Step) -> Tensor:
        chains = step.rng.choice(len(self.chains), BATCH)
        rows, counts = self.chains.question(chains, step.rng.choice(COUNTS, BATCH), step.rng)
        logits = network(rows + 0.05 * torch.randn_like(rows), counts)
        units, truth = torch.sigmoid(logits[:, :-1]), self.chains.units[chains]
        settings = (self.chains.heed[chains] * (units - truth) ** 2).mean()
        processed = nn.functional.binary_cross_entropy_with_logits(logits[:, -1], self.chains.processed[chains])
        if step.stage is SETTINGS:
            return 0.2 * processed + 10 * settings
        return 0.2 * processed + torch.log(self.chains.heard(units, truth, step.rng)[0] + 0.3).mean() + 3 * settings

    def validate(self, networks: Sequence[nn.Module]) -> dict[str, float]:
        """The estimate over doing nothing, by ear, with one and eight references (geometric means); where the dead zone has to lie."""
        dev, found, rng = self.dev, {}, np.random.default_rng(5)
        real, everything = (dev.processed > 0.5).cpu(), np.arange(len(dev))
        for count in (1, 8):
            estimate = estimates(networks, *dev.question(everything, np.full(len(dev), count), rng))
            left, nothing = dev.heard(estimate[:, :-1], dev.units, rng)
            found[f"ratio_{count}"] = float(torch.exp(torch.log(left[real] / (nothing[real] + 0.05)).mean()))
        dry = np.repeat(everything[~real.numpy()], dev.rows.shape[1])
        estimate = estimates(networks, *dev.question(dry, np.ones(len(dry), int), rng))
        moved, _ = dev.heard(estimate[:, :-1], dev.units[dry], rng)
        found["dead_zone"] = dead_zone(estimate[:, -1].cpu().numpy(), moved.cpu().numpy())
        return found

    def write(self, path: Path, networks: Sequence[nn.Module], figures: Mapping[str, float], trained: str) -> str:
        """The weights as `shared_engine.proposers.sound.Network` reads them."""
        arrays = {
            f"{number}.{index}.{name}": value.cpu().numpy()
            for number, network in enumerate(networks)
            for index, layer in enumerate(network.layers)
            for name, value in layer.state_dict().items()
        }
        arrays |= {"mean": self.chains.mean.astype(np.float32), "deviation": self.chains.deviation.astype(np.float32)}
        arrays["mean_chain"] = mean_chain(self.chains, self.rng).cpu().numpy()
        told = ("low", "high", "default", "scale")
        parameters = self.chains.proxy.space.parameters
        scales = {key: {name: asdict(parameter)[name] for name in told} for key, parameter in parameters.items()}
        shape = {"networks": str(len(networks)), "layers": str(len(networks[0].layers))}
        metadata = {"parameters": json.dumps(scales), "dead_zone": str(figures["dead_zone"]), "validation": json.dumps(dict(figures))}
        return assets.write(path, arrays, metadata | shape | {"trained": trained})


def mean_chain(chains: Chains, rng: np.random.Generator) -> Tensor:
    """The units of the one chain that is least wrong for all: what an answer must beat that has looked at a reference."""
    processed = np.flatnonzero(chains.processed.cpu().numpy())
    with torch.enable_grad():
        logits = torch.logit(chains.units.mean(0).clamp(0.02, 0.98)).requires_grad_()
        optimizer = torch.optim.Adam([logits], 3e-2)
        for _ in range(MEAN_CHAIN_STEPS):
            truth = chains.units[rng.choice(processed, BATCH)]
            loss = torch.log(chains.heard(torch.sigmoid(logits).expand(BATCH, -1), truth, rng)[0] + 0.3).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return torch.sigmoid(logits.detach())


def dead_zone(processed: FloatArray, moved: FloatArray) -> float:
    """The probability under which nothing is done, so that unprocessed references (`processed`: what was thought of each, `moved`: what its
    estimate would change, in dB) change a track by no more than `STILL_DB` on average."""
    for low in np.linspace(0, 0.99, 100):
        if float((moved * answered_share(processed, low)).mean()) <= STILL_DB:
            return float(low)
    return 0.99


def estimates(networks: Sequence[nn.Module], rows: Tensor, counts: Tensor) -> Tensor:
    """Mean of the networks' answers, (chains, keys + 1) in 0..1."""
    return torch.stack([torch.sigmoid(network(rows, counts)) for network in networks]).mean(0)


class SoundTask(Task):
    """`learned`: the parts of the material that go into training; ``dev`` cannot be among them, since the dead zone is set on it."""

    name = grid = "sound"
    stages = (SETTINGS, BY_EAR)
    grid_share = 0.5

    def __init__(self, corpus: Path, renderer: Renderer | None = None, learned: Sequence[str] = ("train",)) -> None:
        if "dev" in learned:
            raise InputError("the dead zone of the sound proposer is set on `dev`", "Leave it out of what is learned from.")
        self.corpus, self.renderer = corpus, renderer or load("renderers", "pedalboard")()
        self.material = {"train": Material.load(corpus, *learned), "dev": Material.load(corpus, "dev")}

    def chunk(self, part: Part, rng: np.random.Generator) -> Grid:
        return generate(self.material[part], self.renderer, rng)

    def lesson(self, grids: Mapping[Part, Grid], rng: np.random.Generator, device: torch.device) -> SoundLesson:
        proxy = Proxy(self.renderer, canonical(self.renderer), device)
        chains = Chains(grids["train"], proxy, device)
        return SoundLesson(chains, Chains(grids["dev"], proxy, device, (chains.mean, chains.deviation)), rng)

    def facts(self) -> Facts:
        material = self.material["train"]
        return Facts(
            "the processing that recordings sound like they went through",
            "statistics (`sound_statistics.py`) of 1 to 12 recordings, averaged where known, and the logarithm of their number",
            "settings of a chain of effects in shares of their ranges, and whether there is any processing at all",
            [
                *terms(self.corpus / "voices", material.files, "recordings of voices"),
                ("instruments and mixes", f"{len(material.samples)} samples", f"played by the script; sound font {material.font}"),
            ],
            ["Tone from one reference is a guess; dynamics and rooms are read better.", "16 kHz voices say nothing above 8 kHz."],
        )
