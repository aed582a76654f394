"""The walk downhill: stage after stage, network after network, from the last checkpoint on where there is one."""

import copy
import math
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from shared_engine.errors import StateError
from shared_engine.training.curve import Point
from shared_engine.training.task import Lesson, Stage, Step, Task

POINTS = 8
"""Of the learning curve, for each stage of each network; the held-out figures are taken there."""

TOLD = 25
"""Steps between two reports of the loss."""

BETAS = (0.9, 0.99)
CLIP = 1.0
"""Norm of the gradient at most."""

Report = Callable[[str, float, dict[str, float]], None]
"""Gets what is being trained, how much of all of the training is over, and figures."""


@dataclass(frozen=True)
class Length:
    """How long the training is: CPU seconds in all, or steps for every stage of every network; and the seconds between checkpoints."""

    seconds: float
    steps: int | None = None
    checkpoint: float = 20.0


class Descent:
    """`run` answers the trained networks; `curve` is what was seen on the way. A kill -9 costs what came after the last checkpoint.

    Every step draws from random states of its own (seed, network, stage, step), so that a resumed walk takes the steps that an
    uninterrupted one would have taken: with a length in steps, to the same weights.
    """

    def __init__(
        self, task: Task, lesson: Lesson, length: Length, seed: int, device: torch.device, checkpoint: Path, report: Report
    ) -> None:
        self.task, self.lesson, self.length, self.seed, self.device = task, lesson, length, seed, device
        self.checkpoint, self.report = checkpoint, report
        whole = sum(stage.share for stage in task.stages) * task.networks
        self.legs = [(number, index) for number in range(task.networks) for index in range(len(task.stages))]
        self.shares = [task.stages[index].share / whole for _, index in self.legs]
        self.leg, self.step, self.spent = 0, 0, 0.0
        self.curve: list[Point] = []
        self.finished: list[dict[str, Tensor]] = []
        self._start()
        if checkpoint.exists():
            self._resume()

    def run(self) -> list[nn.Module]:
        while self.leg < len(self.legs):
            self._descend()
            self.leg, self.step, self.spent = self.leg + 1, 0, 0.0
            if self.leg % len(self.task.stages) == 0:
                self.finished.append(copy.deepcopy(self.averaged.module.state_dict()))
            if self.leg < len(self.legs):
                self._start()
        return [self._network(weights) for weights in self.finished]

    @property
    def done(self) -> float:
        """How much of this leg is over."""
        if self.length.steps is not None:
            return self.step / self.length.steps
        return self.spent / (self.length.seconds * self.shares[self.leg])

    def _descend(self) -> None:
        number, index = self.legs[self.leg]
        stage = self.task.stages[index]
        losses: deque[Tensor] = deque(maxlen=100)
        clock = saved = time.process_time()
        self.network.train()
        while (done := self.done) < 1:
            losses.append(self._step(number, index, stage, done))
            self.step += 1
            self.spent += time.process_time() - clock
            clock = time.process_time()
            crossed = int(min(self.done, 1.0) * POINTS) > int(done * POINTS)
            if crossed:
                self._look(number, stage, losses)
            elif self.step % TOLD == 0:
                self._tell(number, stage, {"loss": self._mean(losses, number, stage)})
            if crossed or clock - saved >= self.length.checkpoint:
                self._save()
                saved = clock

    def _tell(self, number: int, stage: Stage, figures: dict[str, float]) -> None:
        several = f"network {number + 1} of {self.task.networks}: " if self.task.networks > 1 else ""
        over = sum(self.shares[: self.leg]) + self.shares[self.leg] * min(self.done, 1.0)
        self.report(f"{several}{stage.name}", over, figures)

    def _step(self, number: int, index: int, stage: Stage, done: float) -> Tensor:
        rng = np.random.default_rng((self.seed, number, index, self.step))
        torch.manual_seed(int(rng.integers(2**62)))
        warm = min(1.0, (self.step + 1) / stage.warm_up)
        self.optimizer.param_groups[0]["lr"] = stage.rate * warm * (0.5 + 0.5 * math.cos(math.pi * done))
        loss = self.lesson.loss(self.network, Step(stage, done, rng))
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        return loss.detach()

    def _mean(self, losses: Sequence[Tensor], number: int, stage: Stage) -> float:
        loss = float(torch.stack(list(losses)).mean())
        if not math.isfinite(loss):
            raise StateError(
                f"the loss of network {number + 1} in stage {stage.name!r} is no longer a number (step {self.step})",
                "Train with a lower rate, or look for what in the grid is not finite.",
            )
        return loss

    def _look(self, number: int, stage: Stage, losses: Sequence[Tensor]) -> None:
        """A point of the learning curve."""
        self.averaged.eval()
        with torch.no_grad():
            figures = {"loss": self._mean(losses, number, stage), **self.lesson.validate([self.averaged.module])}
        self.averaged.train()
        self.curve.append(Point(number, stage.name, self.step, self.spent, figures))
        self._tell(number, stage, figures)

    def _start(self) -> None:
        """A network at the start of its leg: new, or where the average of the stage before ended."""
        number, index = self.legs[self.leg]
        stage = self.task.stages[index]
        if index == 0:
            torch.manual_seed(self.seed + number)
            self.network = self.lesson.network().to(self.device)
        else:
            self.network = copy.deepcopy(self.averaged.module)

        def walk(averaged: list[Tensor], current: list[Tensor], count: Tensor | int) -> None:
            torch._foreach_lerp_(averaged, current, 1 - min(stage.average, float(count) / (float(count) + 20)))

        self.averaged = AveragedModel(self.network, multi_avg_fn=walk)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), stage.rate, BETAS, weight_decay=stage.weight_decay)

    def _network(self, weights: dict[str, Tensor]) -> nn.Module:
        network = self.lesson.network().to(self.device)
        network.load_state_dict(weights)
        return network.eval()

    def _save(self) -> None:
        state = {
            "seed": self.seed,
            "leg": self.leg,
            "step": self.step,
            "spent": self.spent,
            "curve": [point.row() for point in self.curve],
            "finished": self.finished,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        unfinished = self.checkpoint.with_suffix(".part")
        torch.save(state, unfinished)
        os.replace(unfinished, self.checkpoint)

    def _resume(self) -> None:
        state: dict[str, Any] = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if state["seed"] != self.seed:
            raise StateError(f"{self.checkpoint} is of seed {state['seed']}", "Go on with that seed, or train into another folder.")
        self.leg, self.step, self.spent = state["leg"], state["step"], state["spent"]
        self.curve = [Point.of(row) for row in state["curve"]]
        self.finished = state["finished"]
        self._start()
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
