"""Optuna's TPE, one candidate at a time: for spaces with choices and conditions, and as the peer of the benchmark."""

import numpy as np
import optuna

from shared_engine.optimizers.optimizer import Evaluation, Optimizer, Points

optuna.logging.set_verbosity(optuna.logging.WARNING)


class OptunaTPE(Optimizer):
    name = "optuna"

    def __init__(self, dimension: int, start: Points, seed: int = 0, budget: int = 300) -> None:
        super().__init__(dimension, start, seed, budget)
        self.study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        self.distributions = {f"x{i:03d}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(dimension)}
        self.study.enqueue_trial(dict(zip(self.distributions, map(float, self.best_point), strict=True)))
        self.trial: optuna.trial.Trial | None = None

    def ask(self) -> Points:
        self.trial = self.trial or self.study.ask(dict(self.distributions))
        return np.array([[self.trial.params[name] for name in self.distributions]])

    def learn(self, points: Points, values: Points, evaluation: Evaluation) -> None:
        if self.trial is None:
            raise ValueError("tell before ask")
        failed = not np.isfinite(values[0])
        self.study.tell(self.trial, None if failed else float(values[0]), state=optuna.trial.TrialState.FAIL if failed else None)
        self.trial = None
