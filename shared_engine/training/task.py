"""The contract of everything that is trained here: a `Task` makes its grid and says what it is; a `Lesson` is learned from that grid.

The grid is settings x contents. A tool's settings are drawn in blocks of S, contents in blocks of C, and every one of the S is rendered on
every one of the C: what stays the same along a row is the processing, what stays the same down a column is the content. The part ``train``
is fitted on; ``dev`` is held out, its contents *and* its settings. Networks, losses and figures belong to the task; the clock, the walk,
checkpoints and reports to the trainer (trainer.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Part = Literal["train", "dev"]

Grid = Mapping[str, NDArray[Any]]
"""Arrays by name, grown along their first axis chunk by chunk. Every grid has

    rows      (blocks, S, C, F)   features of each setting of a block on each content of that block; NaN where a content does not say
    settings  (blocks, S, ...)    what was rendered, as the task writes it down: units, a table

and whatever else the task wants to keep.
"""


@dataclass(frozen=True)
class Stage:
    """One descent: AdamW with a linear warm-up and half a cosine down to nothing; a running average of the weights is its result.

    `share`: of the time for training; `rate`: at its highest; `average`: share of the average that a step keeps, in the long run.
    """

    name: str
    share: float = 1.0
    rate: float = 1e-3
    weight_decay: float = 0.03
    average: float = 0.995
    warm_up: int = 50


@dataclass(frozen=True)
class Step:
    """Where the walk is: the stage, how much of it is over (0..1), and this step's own randomness (torch's is seeded alike)."""

    stage: Stage
    done: float
    rng: np.random.Generator


@dataclass(frozen=True)
class Facts:
    """What the model card says beside what the trainer measured. `data`: (what, how many, terms) a row."""

    purpose: str
    reads: str
    answers: str
    data: Sequence[tuple[str, str, str]]
    limits: Sequence[str]


class Lesson(ABC):
    """What is learned from grids that are there. Tensors live on the device that the task was given."""

    @abstractmethod
    def network(self) -> nn.Module:
        """A new network, at its start (torch's random state is the trainer's)."""

    @abstractmethod
    def loss(self, network: nn.Module, step: Step) -> Tensor:
        """The loss of one random batch, a scalar. Deterministic for a given `step.rng` and torch's random state."""

    @abstractmethod
    def validate(self, networks: Sequence[nn.Module]) -> dict[str, float]:
        """Figures of the networks' joint answer on the held-out grid, by name; none where nothing was held out. No gradients."""

    @abstractmethod
    def write(self, path: Path, networks: Sequence[nn.Module], figures: Mapping[str, float], trained: str) -> str:
        """Writes what the proposer will read, and the pin beside it -> the pin (SHA-256). `trained` says how, for the file's metadata."""


class Task(ABC):
    """What is rendered, on what, and what share of the budget each thing gets. Registered under ``utsushi.trainers``, as something that
    `utsushi train` calls with a corpus (Path) and, by name, `learned` (parts of the corpus) and `renderer` (only if the user chose one).

    `grid`: tasks that name the same one can share it on disk; `parts`: the grids to make, ``dev`` left out where everything is learned
    from and nothing measured; `grid_share`: of the budget; `networks`: how many are trained, one after the other.
    """

    name: str
    grid: str
    stages: Sequence[Stage]
    parts: Sequence[Part] = ("train", "dev")
    grid_share: float = 0.45
    networks: int = 1

    @abstractmethod
    def chunk(self, part: Part, rng: np.random.Generator) -> Grid:
        """The next few seconds' worth of blocks of `part`. Depends on `rng` alone, so that chunks can be made again one by one."""

    @abstractmethod
    def lesson(self, grids: Mapping[Part, Grid], rng: np.random.Generator, device: torch.device) -> Lesson:
        """What is to be learned from these grids (one for each of `parts`)."""

    @abstractmethod
    def facts(self) -> Facts:
        """For the model card."""
