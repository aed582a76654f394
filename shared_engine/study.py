"""The state machine of one search: ask, tell, lock, pause, resume, best.

    open ──ask/tell──> open ──budget spent──> done
      │  └─pause─> paused ─resume─> open
      └───stop───> stopped

The host may be the renderer (it asks for candidates and tells their scores), or `search` runs ask and tell against an objective
inside the engine. Both keep the same record: the best never gets worse, locked values never move, each candidate counts once.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from shared_engine.errors import StateError
from shared_engine.extensions import load
from shared_engine.journal import Journal
from shared_engine.objective import Objective
from shared_engine.optimizers.optimizer import Evaluation, Optimizer, Points
from shared_engine.space import Space, parameters_by_key, resolve_locks
from shared_engine.types import Candidate, Score, Tool, Value, Values

State = Literal["open", "paused", "stopped", "done"]


class Study:
    """One search over the parameters of `tools`.

    `start`: native values to begin from. `locks`: keys or tool ids held (see `resolve_locks`). `budget`: candidates that may be told.
    """

    def __init__(
        self,
        tools: tuple[Tool, ...],
        start: Values | None = None,
        locks: Mapping[str, Value | None] | None = None,
        budget: int = 20_000,
        seed: int = 0,
        optimizer: str = "cma",
        journal: Journal | None = None,
    ) -> None:
        self.tools = tools
        self.start: dict[str, Value] = dict(start or {})
        self.locks: dict[str, Value | None] = dict(locks or {})
        self.budget = budget
        self.seed = seed
        self.journal = journal
        self.state: State = "open"
        self.evaluations = 0
        self.best: tuple[Candidate, Score] | None = None
        self.space = Space(tools, resolve_locks(tools, self.locks, self.start))
        self.optimizer_name = optimizer
        self.optimizer: Optimizer | None = None
        self.asked = 0
        self.batch: dict[str, tuple[Candidate, Points]] = {}
        self.told: dict[str, Score] = {}

    # --- a host that renders by itself -------------------------------------------------------------------------------------

    def ask(self) -> list[Candidate]:
        """The candidates of the running batch that nobody has told yet; a new batch where there are none.

        Empty when the budget does not reach for another batch: then the study is done.
        """
        if self.state != "open":
            raise StateError(
                f"the study is {self.state}", "Resume it, or start a new one." if self.state == "paused" else "Start a new one."
            )
        if not any(identity not in self.told for identity in self.batch):
            self.optimizer = self.optimizer or self._optimizer()
            self.batch = {}
            points = self.optimizer.ask()
            if len(points) > self.budget - self.evaluations:
                self.state = "done"
                return []
            for point in points:
                self.asked += 1
                candidate = Candidate(f"c{self.asked:06d}", self.space.values(point))
                self.batch[candidate.id] = (candidate, point)
        return [candidate for identity, (candidate, _) in self.batch.items() if identity not in self.told]

    def tell(self, identity: str, score: Score) -> None:
        """What a candidate was worth. Telling the same id again changes nothing."""
        if identity in self.told:
            return
        if identity not in self.batch:
            raise StateError(f"candidate {identity} was not asked for", "Ask again; the study may have been changed since.")
        self.told[identity] = score
        self.evaluations += 1
        self.offer(self.batch[identity][0], score, "host")
        if self.optimizer is not None and all(one in self.told for one in self.batch):
            points = np.stack([point for _, point in self.batch.values()])
            self.optimizer.tell(points, Evaluation(np.array([self.told[one].total for one in self.batch])))
            if self.optimizer.done and self.state == "open":
                self.state = "done"

    def lock(self, name: str, value: Value | None = None) -> None:
        """Holds a parameter or tool at `value` (None: where the best has it). The search goes on from the best in what is left."""
        values = self.best[0].values if self.best else self.start
        held = resolve_locks(self.tools, {name: value}, values)
        self.locks.update(held)
        self._restart({**values, **held})

    def unlock(self, name: str) -> None:
        self.locks = {key: value for key, value in self.locks.items() if key != name and key.split(".")[0] != name}
        self._restart(self.best[0].values if self.best else self.start)

    def pause(self) -> None:
        if self.state == "open":
            self.state = "paused"

    def resume(self) -> None:
        if self.state == "paused":
            self.state = "open"

    def stop(self) -> None:
        """Ends it; the best stays."""
        if self.state != "done":
            self.state = "stopped"

    # --- a renderer inside the engine ----------------------------------------------------------------------------------------

    def search(
        self,
        objective: Objective,
        space: Space,
        start: Points,
        evaluations: int,
        cancelled: Callable[[], bool],
        sparsity: float = 0.0,
        keep: Callable[[Points, float], None] = lambda point, value: None,
    ) -> tuple[Points, float]:
        """Runs ask and tell in `space` from `start` for about `evaluations` candidates -> (best point, its objective value).

        `keep` is called with every better point, once a batch.
        """
        limit = min(evaluations, self.budget - self.evaluations)
        if limit <= 0 or space.dimension == 0:
            return start, float(objective.evaluate(space, start[None], sparsity).values[0])
        optimizer: Optimizer = load("optimizers", objective.optimizer)(space.dimension, start, self.seed, limit)
        while not (optimizer.done or cancelled()):
            points = optimizer.ask()
            before = optimizer.best_value
            optimizer.tell(points, objective.evaluate(space, points, sparsity, optimizer.needs))
            self.evaluations += len(points)
            if optimizer.best_value < before:
                keep(optimizer.best_point, optimizer.best_value)
        return optimizer.best_point, optimizer.best_value

    # --- the record ------------------------------------------------------------------------------------------------------------

    def offer(self, candidate: Candidate, score: Score, stage: str) -> None:
        """Keeps a scored candidate in the journal, and as the best where it is better."""
        if self.journal:
            self.journal.record(self.tools, candidate, score, stage)
        if np.isfinite(score.total) and (self.best is None or score.total < self.best[1].total):
            self.best = (candidate, score)

    def _optimizer(self) -> Optimizer:
        start = self.space.encode(self.best[0].values if self.best else self.start)
        chosen: Optimizer = load("optimizers", self.optimizer_name)(self.space.dimension, start, self.seed, self.budget - self.evaluations)
        return chosen

    def _restart(self, start: Values) -> None:
        """A changed space needs a fresh optimiser, a fresh batch, and a best that keeps what is locked."""
        self.start = dict(start)
        self.space = Space(self.tools, resolve_locks(self.tools, self.locks, self.start))
        self.optimizer, self.batch = None, {}
        known = parameters_by_key(self.tools)
        if self.best and any(self.best[0].values.get(key, known[key].default) != value for key, value in self.space.held.items()):
            self.best = None
