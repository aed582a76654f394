"""One trainer for everything that learns from renders: photo looks, chains of effects, embeddings.

It grows the task's grids, walks its lesson down, measures it on what was held out, and writes weights, pin, model card and learning curve.
Everything unfinished lies in a work folder; after a kill, `resume` goes on from there.
"""

import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from shared_engine.errors import StateError
from shared_engine.training import card, curve
from shared_engine.training.descent import Descent, Length
from shared_engine.training.grid import PARTS, Amount, grow
from shared_engine.training.task import Grid, Part, Task

DEV_SHARE = 0.12
"""Of the time for grids: what is held out."""


@dataclass(frozen=True)
class Budget:
    """CPU minutes of this process; or, for runs that come out the same anywhere, `chunks` of each grid and `steps` of each stage.

    `held_out`: chunks of what is held out, where those are not as many; `checkpoint`: CPU seconds between two checkpoints.
    """

    minutes: float = 8.0
    chunks: int | None = None
    steps: int | None = None
    held_out: int | None = None
    checkpoint: float = 20.0

    def __str__(self) -> str:
        counted = [f"{count} {name}" for name, count in (("chunks", self.chunks), ("steps", self.steps)) if count is not None]
        return ", ".join(counted) if len(counted) == 2 else ", ".join([f"{self.minutes:g} CPU minutes", *counted])


@dataclass(frozen=True)
class Progress:
    """What is going on, how much of everything is over (0..1), seconds that are left (None: not known yet), figures of the moment."""

    doing: str
    done: float
    eta: float | None
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Trained:
    """The weights' pin (SHA-256) and their figures on what was held out."""

    pin: str
    figures: Mapping[str, float]


def train(
    task: Task,
    out: Path,
    budget: Budget | None = None,
    *,
    seed: int = 0,
    resume: bool = False,
    work: Path | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Trained:
    """Trains `task` -> weights at `out`; beside them their pin (.sha256), card (.md) and learning curve (.curve.csv, .curve.png).

    `work`: the folder for grids and checkpoints. By itself it is `out` with ``.work``, gone when all is done; one that is named is kept,
    so that its grids serve again. `resume` goes on with what lies there. A GPU is used where there is one.

    Errors: StateError where something unfinished lies in the way, InputError where the corpus is not complete.
    """
    budget, folder, curve_file = budget or Budget(), work or out.with_suffix(".work"), out.with_suffix(".curve.csv")
    if not resume and folder.exists() and any(folder.iterdir()):
        raise StateError(f"{folder} holds what an earlier training left", "Go on with that (--resume), or delete the folder.")
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # CPU time is what is counted: a second thread would spend it twice as fast, for less than that
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    report = _reporter(tell)

    grids: dict[Part, Grid] = {}
    over = 0.0
    for part, share in _shares(task).items():
        size = Amount(60 * budget.minutes * share, budget.chunks if part == "train" or budget.held_out is None else budget.held_out)
        grids[part] = grow(task, part, folder, size, seed, lambda done, p=part, o=over, s=share: report(f"grid of {p}", o + s * done, {}))
        over += share

    began = time.process_time()
    report("preparing", over, {})
    lesson = task.lesson(grids, np.random.default_rng((seed, len(PARTS))), device)
    seconds = 60 * budget.minutes * (1 - over) - (time.process_time() - began)
    length = Length(max(seconds, 1.0), budget.steps, budget.checkpoint)
    checkpoint = folder / f"{task.name}.checkpoint"
    descent = Descent(
        task, lesson, length, seed, device, checkpoint, lambda doing, done, figures: report(doing, over + (1 - over) * done, figures)
    )
    networks = descent.run()
    with torch.no_grad():
        figures = lesson.validate(networks)

    pin = lesson.write(out, networks, figures, f"{budget}, seed {seed}")
    curve.write(descent.curve, curve_file)
    parameters = sum(parameter.numel() for parameter in networks[0].parameters())
    training = {
        "networks": f"{len(networks)} of {parameters:,} parameters",
        "training": f"{task.name}: {budget}, seed {seed} ({device.type}, torch {torch.__version__})",
        **{f"grid of {part}": _size(grid) for part, grid in grids.items()},
    }
    card.write(out, task.facts(), training, figures, curve_file)
    checkpoint.unlink(missing_ok=True)
    if work is None:
        shutil.rmtree(folder)
    return Trained(pin, figures)


def _shares(task: Task) -> dict[Part, float]:
    """Of the budget, what the grid of each part gets."""
    held_out = DEV_SHARE if len(task.parts) > 1 else 0.0
    return {part: task.grid_share * (1 - held_out if part == "train" else held_out) for part in task.parts}


def _size(grid: Grid) -> str:
    blocks, settings, contents, features = grid["rows"].shape
    return f"{blocks * settings:,} settings, each on {contents} contents; {features:,} features"


def _reporter(tell: Callable[[Progress], None]) -> Callable[[str, float, Mapping[str, float]], None]:
    """Adds the estimate of what is left, by how fast it went lately."""
    lately: deque[tuple[float, float]] = deque(maxlen=30)

    def report(doing: str, done: float, figures: Mapping[str, float]) -> None:
        lately.append((time.monotonic(), done))
        (then, before), (now, _) = lately[0], lately[-1]
        tell(Progress(doing, done, (1 - done) * (now - then) / (done - before) if done > before else None, figures))

    return report
