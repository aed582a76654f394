"""A tool, contents and a lesson that take no time: renders are sums of what the setting and what the (louder) content brings."""

import numpy as np
import torch
from torch import nn

from shared_engine import assets
from shared_engine.training.task import Facts, Lesson, Stage, Task

FEATURES, SETTING = 24, 3
HOW = np.random.default_rng(0).normal(size=(SETTING, FEATURES)).astype(np.float32)


class ToyTask(Task):
    name = grid = "toy"
    stages = (Stage("far", share=0.5, rate=1e-2), Stage("near", share=0.5, rate=3e-3))
    networks = 2

    def chunk(self, part, rng):
        settings = rng.normal(size=(5, 4, SETTING)).astype(np.float32)
        contents = rng.normal(size=(5, 6, FEATURES // 2)).astype(np.float32).repeat(2, 2)
        rows = (settings @ HOW)[:, :, None] + 3 * contents[:, None] + 0.05 * rng.normal(size=(5, 4, 6, FEATURES))
        return {"settings": settings, "rows": rows.astype(np.float32)}

    def lesson(self, grids, rng, device):
        return ToyLesson(grids)

    def facts(self):
        return Facts("what a toy does", "24 numbers", "3 settings", [("numbers", "as many as needed", "ours")], ["It is a toy."])


class ToyLesson(Lesson):
    def __init__(self, grids):
        self.rows = {part: torch.from_numpy(grid["rows"]).flatten(0, 1) for part, grid in grids.items()}
        self.settings = {part: torch.from_numpy(grid["settings"]).flatten(0, 1) for part, grid in grids.items()}

    def network(self):
        return nn.Sequential(nn.Linear(FEATURES, 32), nn.SiLU(), nn.Dropout(0.05), nn.Linear(32, SETTING))

    def loss(self, network, step):
        chosen = step.rng.integers(len(self.rows["train"]), size=32)
        rows = self.rows["train"][chosen, step.rng.integers(6, size=32)]
        return ((network(rows) - self.settings["train"][chosen]) ** 2).mean()

    def validate(self, networks):
        answer = torch.stack([network(self.rows["dev"]) for network in networks]).mean(0)
        return {"error": float(((answer - self.settings["dev"][:, None]) ** 2).mean())}

    def write(self, path, networks, figures, trained):
        arrays = {f"{n}.{name}": value.numpy() for n, network in enumerate(networks) for name, value in network.state_dict().items()}
        return assets.write(path, arrays, {"trained": trained})
