"""Grids on disk, a chunk a file: what was rendered before a kill is not rendered again."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from shared_engine.errors import StateError
from shared_engine.training.task import Grid, Part, Task

PARTS: tuple[Part, ...] = ("train", "dev")


@dataclass(frozen=True)
class Amount:
    """How much of a grid is enough: CPU seconds that its chunks took to make, or a number of chunks."""

    seconds: float
    chunks: int | None = None

    def reached(self, seconds: float, chunks: int) -> float:
        return seconds / self.seconds if self.chunks is None else chunks / self.chunks


def grow(task: Task, part: Part, folder: Path, amount: Amount, seed: int, report: Callable[[float], None]) -> Grid:
    """The grid of `part`: the chunks that lie in `folder`, and new ones until there are enough. What lies there beyond that is left alone.

    `report` gets the share that is there. StateError where the chunks in `folder` are of another seed.
    """
    chunks: list[dict[str, NDArray[Any]]] = []
    spent = 0.0
    while not chunks or amount.reached(spent, len(chunks)) < 1:
        report(amount.reached(spent, len(chunks)))
        path = folder / f"{task.grid}-{part}-{len(chunks):05}.safetensors"
        if not path.exists():
            _make(task, part, len(chunks), path, seed)
        arrays, seconds = _read(path, seed)
        chunks.append(arrays)
        spent += seconds
    return {name: np.concatenate([chunk.pop(name) for chunk in chunks]) for name in list(chunks[0])}  # popped: one copy of all is enough


def _make(task: Task, part: Part, index: int, path: Path, seed: int) -> None:
    began = time.process_time()
    arrays = task.chunk(part, np.random.default_rng((seed, PARTS.index(part), index)))
    seconds = time.process_time() - began
    unfinished = path.with_suffix(".part")
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(contiguous, unfinished, {"seed": str(seed), "seconds": str(seconds)})
    os.replace(unfinished, path)


def _read(path: Path, seed: int) -> tuple[dict[str, NDArray[Any]], float]:
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        if metadata["seed"] != str(seed):
            raise StateError(f"{path} was made with seed {metadata['seed']}", "Train with that seed, or into another folder.")
        return {name: file.get_tensor(name) for name in file.keys()}, float(metadata["seconds"])  # noqa: SIM118 - not a mapping
