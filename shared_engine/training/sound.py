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
from shared_engine.training.sound_examples import Examples
from shared_engine.training.sound_grid import canonical, generate
from shared_engine.training.sound_material import Material
from shared_engine.training.sound_proxy import Proxy
from shared_engine.training.task import Facts, Grid, Lesson, Part, Stage, Step, Task
from shared_engine.types import FloatArray

WIDTHS = (384, 384, 192)
BATCH = 48
MEAN_CHAIN_STEPS = 150
COUNTS = (1, 1, 1, 2, 3, 5)
"""How many references of a chain are averaged, drawn for each example."""

STRANGE = 0.5
"""How far the contents of every other example go beyond those that were recorded (`Examples.question`)."""

SETTINGS = Stage("settings", share=0.22, rate=1.5e-3)
BY_EAR = Stage("by ear", share=0.68)
IF_PROCESSED = Stage("if processed", share=0.1, rate=4e-4)
"""Learns on processed chains alone: what was done, if anything was. The best answer to chains of which some do nothing is to do nothing as
soon as a gentle chain could be none; how likely there is any is said apart, and the proposer answers as much as that allows."""

WORSE = 0.3
"""What it costs, beside its distance, to be farther from the truth than doing nothing."""

STILL_DB = 0.46
"""How much a track may change on average, by ear, whose single reference is unprocessed: the proposer is as shy as that asks for."""

SHYNESSES = np.arange(1.0, 200.5, 0.5)


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


class SoundLesson(Lesson):
    def __init__(self, chains: Examples, dev: Examples, rng: np.random.Generator) -> None:
        self.chains, self.dev, self.rng = chains, dev, rng

    def network(self) -> Estimator:
        start = torch.cat((self.chains.units.mean(0), self.chains.processed.mean()[None]))
        return Estimator(self.chains.rows.shape[-1], start)

    def loss(self, network: nn.Module, step: Step) -> Tensor:
        device = self.chains.units.device
        chains = torch.from_numpy(step.rng.choice(len(self.chains), BATCH)).to(device)
        counts = torch.from_numpy(step.rng.choice(COUNTS, BATCH)).to(device)
        scene = None if step.stage is SETTINGS else self.chains.scene(chains)
        strange = STRANGE * (torch.rand(BATCH, device=device) < 0.5)
        rows = self.chains.question(chains, counts, scene and scene.own, strange)
        logits = network(rows + 0.05 * torch.randn_like(rows), counts)
        units, truth = torch.sigmoid(logits[:, :-1]), self.chains.units[chains]
        real = self.chains.processed[chains]
        heeded = real / real.mean().clamp(min=1e-3) if step.stage is IF_PROCESSED else torch.ones_like(real)
        settings = (heeded[:, None] * self.chains.heed[chains] * (units - truth) ** 2).mean()
        processed = nn.functional.binary_cross_entropy_with_logits(logits[:, -1], real)
        if scene is None:
            return 0.2 * processed + 10 * settings
        left, nothing = torch.log(self.chains.heard(units, scene) + 0.3), torch.log(scene.nothing + 0.3)
        worse = left + WORSE * torch.relu(left - nothing)
        return 0.2 * processed + (heeded * worse).mean() + 3 * settings

    def validate(self, networks: Sequence[nn.Module]) -> dict[str, float]:
        """The estimate over doing nothing, by ear, with one and five references (geometric means), of chains of ours and (`others_1`) of
        those with other effects; how shy it has to be."""
        dev, found = self.dev, {}
        torch.manual_seed(5)
        everything = torch.arange(len(dev), device=dev.units.device)
        real = everything[dev.processed > 0.5]
        for count in (1, 5):
            scene, counts = dev.scene(real), torch.full_like(real, count)
            estimate = estimates(networks, dev.question(real, counts, scene.own), counts)
            ratio = torch.log(dev.heard(estimate[:, :-1], scene) / (scene.nothing + 0.05))
            others = dev.others[real]
            found[f"ratio_{count}"] = float(torch.exp(ratio[~others].mean()))
            found[f"others_{count}"] = float(torch.exp(ratio[others].mean()))
        contents = dev.rows.shape[1]
        dry = everything[dev.processed < 0.5].repeat_interleave(contents)
        rows = dev.rows[dev.processed < 0.5].flatten(0, 1)
        estimate = estimates(networks, rows, torch.ones_like(dry))
        moved = dev.heard(estimate[:, :-1], dev.scene(dry))
        found["shyness"] = shyness(estimate[:, -1].cpu().numpy(), moved.cpu().numpy())
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
        metadata = {"parameters": json.dumps(scales), "shyness": str(figures["shyness"]), "validation": json.dumps(dict(figures))}
        return assets.write(path, arrays, metadata | shape | {"trained": trained})


def mean_chain(chains: Examples, rng: np.random.Generator) -> Tensor:
    """The units of the one chain that is least wrong for all: what an answer must beat that has looked at a reference."""
    processed = torch.nonzero(chains.processed)[:, 0]
    with torch.enable_grad():
        logits = torch.logit(chains.units.mean(0).clamp(0.02, 0.98)).requires_grad_()
        optimizer = torch.optim.Adam([logits], 3e-2)
        for _ in range(MEAN_CHAIN_STEPS):
            scene = chains.scene(processed[torch.from_numpy(rng.integers(len(processed), size=BATCH))])
            loss = torch.log(chains.heard(torch.sigmoid(logits).expand(BATCH, -1), scene) + 0.3).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return torch.sigmoid(logits.detach())


def shyness(processed: FloatArray, moved: FloatArray) -> float:
    """The `shyness` of `answered_share` at which unprocessed references change a track by no more than `STILL_DB` on average. `processed`:
    what was thought of each, `moved`: what its estimate would change, in dB."""
    for much in SHYNESSES:
        if float((moved * answered_share(processed, much)).mean()) <= STILL_DB:
            break
    return float(much)


def estimates(networks: Sequence[nn.Module], rows: Tensor, counts: Tensor) -> Tensor:
    """Mean of the networks' answers, (chains, keys + 1) in 0..1."""
    return torch.stack([torch.sigmoid(network(rows, counts)) for network in networks]).mean(0)


class SoundTask(Task):
    """`learned`: the parts of the material that go into training; ``dev`` cannot be among them, since it is measured there how shy
    the proposer has to be."""

    name = grid = "sound"
    stages = (SETTINGS, BY_EAR, IF_PROCESSED)
    grid_share = 0.66
    networks = 2

    def __init__(self, corpus: Path, renderer: Renderer | None = None, learned: Sequence[str] = ("train",)) -> None:
        if "dev" in learned:
            raise InputError("how shy the sound proposer has to be is measured on `dev`", "Leave it out of what is learned from.")
        self.corpus, self.renderer = corpus, renderer or load("renderers", "pedalboard")()
        self.material = {"train": Material.load(corpus, *learned), "dev": Material.load(corpus, "dev")}

    def chunk(self, part: Part, rng: np.random.Generator) -> Grid:
        return generate(self.material[part], self.renderer, rng)

    def lesson(self, grids: Mapping[Part, Grid], rng: np.random.Generator, device: torch.device) -> SoundLesson:
        proxy = Proxy(self.renderer, canonical(self.renderer), device)
        chains = Examples(grids["train"], proxy, device)
        return SoundLesson(chains, Examples(grids["dev"], proxy, device, (chains.mean, chains.deviation)), rng)

    def facts(self) -> Facts:
        material = self.material["train"]
        played = f"played by the script; sound fonts {', '.join(material.fonts)}"
        return Facts(
            "the processing that recordings sound like they went through",
            "statistics (`sound_statistics.py`) of 1 to 12 recordings, averaged where known, and the logarithm of their number",
            "settings of a chain of effects in shares of their ranges, and whether there is any processing at all",
            [
                *terms(self.corpus / "voices", material.files, "recordings of voices"),
                ("instruments and mixes", f"{len(material.samples)} samples", played),
            ],
            ["Tone from one reference is a guess; dynamics and rooms are read better.", "16 kHz voices say nothing above 8 kHz."],
        )
