"""Multi-start Adam with a cosine step, for renderers that let gradients through (Kingma and Ba 2015)."""

import math

import numpy as np

from shared_engine.optimizers.optimizer import Evaluation, Optimizer, Points

BETA1, BETA2 = 0.9, 0.98
STEP = 0.04
SPREAD = 0.08


class Adam(Optimizer):
    """`starts` points descend together: the first from `start`, the others from around it."""

    name = "adam"
    needs = "gradients"

    def __init__(self, dimension: int, start: Points, seed: int = 0, budget: int = 300, starts: int = 2) -> None:
        super().__init__(dimension, start, seed, budget)
        jitter = np.random.default_rng(seed).normal(0, SPREAD, (starts, dimension))
        jitter[0] = 0
        self.points = np.clip(self.best_point + jitter, 0, 1)
        self.steps = max(1, budget // starts)
        self.step = 0
        self.mean = np.zeros_like(self.points)
        self.square = np.zeros_like(self.points)

    def ask(self) -> Points:
        return self.points.copy()

    def learn(self, points: Points, values: Points, evaluation: Evaluation) -> None:
        if evaluation.gradients is None:
            raise ValueError("Adam needs gradients")
        gradients = np.nan_to_num(evaluation.gradients, posinf=0.0, neginf=0.0)
        self.step += 1
        self.mean = BETA1 * self.mean + (1 - BETA1) * gradients
        self.square = BETA2 * self.square + (1 - BETA2) * gradients**2
        rate = STEP * (0.5 * (1 + math.cos(math.pi * min(1.0, self.step / self.steps))) + 0.02)
        direction = (self.mean / (1 - BETA1**self.step)) / (np.sqrt(self.square / (1 - BETA2**self.step)) + 1e-8)
        self.points = np.clip(self.points - rate * direction, 0, 1)
