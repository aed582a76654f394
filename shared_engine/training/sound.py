"""Trains the sound proposer: a grid of chains on dry material, settings first, then what is heard through the proxy.

`train` writes the weights where the proposer reads them, and their pin beside them.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from shared_engine import assets
from shared_engine.extensions import load
from shared_engine.proposers.sound import answered_share
from shared_engine.renderer import Renderer
from shared_engine.training.sound_grid import Grid, canonical, generate
from shared_engine.training.sound_material import Material
from shared_engine.training.sound_proxy import FRAMES, Proxy
from shared_engine.types import FloatArray

SHARES = (0.5, 0.12, 0.38)
"""Of the CPU time: the grid, settings, what is heard."""

DEV_SHARE = 0.12
"""Of the grid's time: chains on voices and instruments that are not learnt from, to set the dead zone on."""

NETWORKS = 1
"""How many are trained and averaged."""

WIDTHS = (384, 384, 192)
BATCH = 48
COUNTS = (1, 1, 2, 4, 8)
"""How many references of a chain are averaged, drawn for each example."""

HEEDED = {"low-shelf": "gain", "low-bell": "gain", "mid-bell": "gain", "high-bell": "gain", "high-shelf": "gain", "compressor": "ratio",
          "delay": "mix", "reverb": "wet"}  # fmt: skip
"""A setting of these tools only counts as far as this one is moved: the frequency of a bell of 0 dB is meaningless."""

Report = Callable[[str], None]
"""Takes a line about what is going on."""

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


class Lesson:
    """The grid as tensors, and what is asked of the estimator. `standard`: mean and deviation of another grid's statistics, instead of
    its own."""

    def __init__(self, grid: Grid, seed: int, standard: tuple[FloatArray, FloatArray] | None = None) -> None:
        self.rng = np.random.default_rng(seed)
        renderer: Renderer = load("renderers", "pedalboard")()
        self.space = canonical(renderer)
        self.proxy = Proxy(renderer, self.space)
        flat = grid.rows.reshape(-1, grid.rows.shape[-1])
        self.mean, self.deviation = standard or (np.nanmean(flat, 0), np.nanstd(flat, 0) + 1e-3)
        self.rows = torch.from_numpy(np.nan_to_num(np.clip((grid.rows - self.mean) / self.deviation, -5, 5)).astype(np.float32))
        self.shown = torch.from_numpy(np.isfinite(grid.rows).astype(np.float32))
        self.units = torch.from_numpy(grid.units)
        self.dry = torch.from_numpy(grid.dry)
        self.neutral = torch.from_numpy(self.space.neutral.astype(np.float32))
        self.processed = ((self.units - self.neutral).abs().amax(1) > 1e-4).float()
        self.chains = np.arange(len(grid.units))
        self.heed = self._heed()

    def _heed(self) -> Tensor:
        """How much each setting of each chain counts, (chains, keys)."""
        heed = torch.ones_like(self.units)
        for column, key in enumerate(self.space.keys):
            tool, name = key.split(".")
            amount = HEEDED.get(tool)
            if amount and name != amount:
                lead = self.space.keys.index(f"{tool}.{amount}")
                heed[:, column] = (2 * (self.units[:, lead] - self.neutral[lead]).abs()).clamp(max=1)
        return heed

    def question(self, chains: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Averaged statistics of `counts` references of each chain."""
        rows = []
        for chain, count in zip(chains, counts, strict=True):
            chosen = torch.from_numpy(rng.permutation(self.rows.shape[1])[:count])
            rows.append((self.rows[chain, chosen] * self.shown[chain, chosen]).sum(0) / self.shown[chain, chosen].sum(0).clamp(min=1))
        return torch.stack(rows), torch.from_numpy(counts.astype(np.float32))

    def heard(self, units: Tensor, truth: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Distances in dB, on random dry material: of the estimate to the truth, and of doing nothing to the truth."""
        chosen = torch.from_numpy(rng.integers(len(self.dry), size=len(units)))
        begin = int(rng.integers(0, self.dry.shape[1] - FRAMES))
        power = self.dry[chosen][:, begin : begin + FRAMES]
        with torch.no_grad():
            target = self.proxy(power, truth)
            nothing = self.proxy(power, self.neutral.expand(len(units), -1))
        return (self.proxy(power, units) - target).abs().mean((1, 2)), (nothing - target).abs().mean((1, 2))


def fit(model: Estimator, lesson: Lesson, seconds: float, by_ear: bool, report: Report) -> Estimator:
    """Trains for `seconds` of CPU time; the answer is an average over the walk."""
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.03)
    kept = {name: value.detach().clone() for name, value in model.state_dict().items()}
    for step, passed in _clock(seconds):
        for group in optimizer.param_groups:
            group["lr"] = (1e-3 if by_ear else 1.5e-3) * min(1, step / 50) * (0.5 + 0.5 * np.cos(np.pi * passed))
        chains = lesson.rng.choice(lesson.chains, BATCH)
        rows, counts = lesson.question(chains, lesson.rng.choice(COUNTS, BATCH), lesson.rng)
        logits = model(rows + 0.05 * torch.randn_like(rows), counts)
        units, truth = torch.sigmoid(logits[:, :-1]), lesson.units[chains]
        settings = (lesson.heed[chains] * (units - truth) ** 2).mean()
        loss = nn.functional.binary_cross_entropy_with_logits(logits[:, -1], lesson.processed[chains])
        loss = 0.2 * loss + (torch.log(lesson.heard(units, truth, lesson.rng)[0] + 0.3).mean() + 3 * settings if by_ear else 10 * settings)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        keep = min(0.995, step / (step + 20))
        for name, value in model.state_dict().items():
            kept[name].mul_(keep).add_(value.detach(), alpha=1 - keep)
        if step % 100 == 0:
            report(f"{'by ear' if by_ear else 'settings'}: {passed:.0%}, step {step}, loss {float(loss.detach()):.3f}")
    model.load_state_dict(kept)
    return model.eval()


def _clock(seconds: float) -> Iterator[tuple[int, float]]:
    """Steps and the share of the CPU time that has passed."""
    began, step = time.process_time(), 0
    while (passed := (time.process_time() - began) / seconds) < 1:
        yield step, passed
        step += 1


def mean_chain(lesson: Lesson, steps: int = 150) -> Tensor:
    """The units of the one chain that is least wrong for all: what an answer must beat that has looked at a reference."""
    logits = torch.logit(lesson.units.mean(0).clamp(0.02, 0.98)).requires_grad_()
    optimizer = torch.optim.Adam([logits], 3e-2)
    for _ in range(steps):
        truth = lesson.units[lesson.rng.choice(np.flatnonzero(lesson.processed.numpy()), BATCH)]
        loss = torch.log(lesson.heard(torch.sigmoid(logits).expand(BATCH, -1), truth, lesson.rng)[0] + 0.3).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.sigmoid(logits.detach())


def validate(models: Sequence[Estimator], dev: Lesson) -> dict[str, float]:
    """On voices, instruments and chains that were not learnt from: the estimate over doing nothing, by ear, with one and eight references
    (geometric means); and where the dead zone has to lie."""
    found = {}
    rng = np.random.default_rng(5)
    real = dev.processed > 0.5
    with torch.no_grad():
        for count in (1, 8):
            estimate = estimates(models, *dev.question(dev.chains, np.full(len(dev.chains), count), rng))
            left, nothing = dev.heard(estimate[:, :-1], dev.units[dev.chains], rng)
            found[f"ratio_{count}"] = float(torch.exp(torch.log(left[real] / (nothing[real] + 0.05)).mean()))
        dry = np.repeat(dev.chains[~real.numpy()], dev.rows.shape[1])
        estimate = estimates(models, *dev.question(dry, np.ones(len(dry), int), rng))
        moved, _ = dev.heard(estimate[:, :-1], dev.units[dry], rng)
        found["dead_zone"] = dead_zone(estimate[:, -1].numpy(), moved.numpy())
    return found


def dead_zone(processed: FloatArray, moved: FloatArray) -> float:
    """The probability under which nothing is done, so that unprocessed references (`processed`: what was thought of each, `moved`: what its
    estimate would change, in dB) change a track by no more than `STILL_DB` on average."""
    for low in np.linspace(0, 0.99, 100):
        if float((moved * answered_share(processed, low)).mean()) <= STILL_DB:
            return float(low)
    return 0.99


def estimates(models: Sequence[Estimator], rows: Tensor, counts: Tensor) -> Tensor:
    """Mean of the networks' answers, (chains, keys + 1) in 0..1."""
    return torch.stack([torch.sigmoid(model(rows, counts)) for model in models]).mean(0)


def save(models: Sequence[Estimator], lesson: Lesson, measured: dict[str, float], out: Path) -> str:
    """Writes the weights as the proposer reads them -> their digest."""
    arrays = {
        f"{number}.{index}.{name}": value.numpy()
        for number, model in enumerate(models)
        for index, layer in enumerate(model.layers)
        for name, value in layer.state_dict().items()
    }
    arrays |= {"mean": lesson.mean.astype(np.float32), "deviation": lesson.deviation.astype(np.float32)}
    arrays["mean_chain"] = mean_chain(lesson).numpy()
    told = ("low", "high", "default", "scale")
    scales = {key: {name: asdict(parameter)[name] for name in told} for key, parameter in lesson.space.parameters.items()}
    metadata = {"parameters": json.dumps(scales), "dead_zone": str(measured["dead_zone"]), "validation": json.dumps(measured)}
    return assets.write(out, arrays, metadata | {"networks": str(len(models)), "layers": str(len(models[0].layers))})


def train(corpus: Path, out: Path, minutes: float, seed: int = 0, report: Report = lambda _: None) -> str:
    """Everything, in about `minutes` of CPU time -> the pin (SHA-256) of the weights. InputError where `corpus` is not one."""
    torch.set_num_threads(1)
    seconds = 60 * minutes * SHARES[0]
    dev = generate(Material.load(corpus, "dev"), DEV_SHARE * seconds, seed + 1, report)
    return learn(generate(Material.load(corpus, "train"), (1 - DEV_SHARE) * seconds, seed, report), dev, out, minutes, seed, report)


def learn(grid: Grid, dev: Grid, out: Path, minutes: float, seed: int, report: Report) -> str:
    """The two lessons of each network on a grid that is there, the dead zone on `dev` -> the pin of the weights."""
    lesson = Lesson(grid, seed)
    examination = Lesson(dev, seed, (lesson.mean, lesson.deviation))
    start = torch.cat((lesson.units.mean(0), lesson.processed.mean()[None]))
    models = []
    for number in range(NETWORKS):
        torch.manual_seed(seed + number)
        model = Estimator(lesson.rows.shape[-1], start)
        fit(model, lesson, 60 * minutes * SHARES[1] / NETWORKS, False, report)
        models.append(fit(model, lesson, 60 * minutes * SHARES[2] / NETWORKS, True, report))
        report(f"network {number + 1}: {validate([model], examination)}")
    measured = validate(models, examination)
    report(f"together: {measured}")
    return save(models, lesson, measured, out)
