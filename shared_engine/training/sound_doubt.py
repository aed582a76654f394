"""Measures how the sound proposer errs, on chains and recordings its training never saw -> shared_engine/proposers/sound_doubt.safetensors.

    python -m shared_engine.training.sound_doubt --corpus CORPUS

Chains of the `dev` part are put on recordings of its speakers and instruments, and the proposer estimates each from one, two ... of them.
What is kept are the principal directions of its errors *as they are heard*: errors are compared by what they do, through the proxy, to dry
sounds of the same part, so that a frequency counts as far as its filter does anything.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import torch

from shared_engine import assets
from shared_engine.proposers.sound import WEIGHTS, Network, answered_share, combined
from shared_engine.proposers.sound_doubt import MEASURED
from shared_engine.training.grid import Amount, grow
from shared_engine.training.principal import principal
from shared_engine.training.sound import SoundTask
from shared_engine.training.sound_examples import Examples
from shared_engine.training.sound_grid import canonical
from shared_engine.training.sound_proxy import Proxy
from shared_engine.training.task import Grid
from shared_engine.types import FloatArray

DIRECTIONS = 8
COUNTS = (1, 2, 4, 6)
"""Of references; a chain is on six recordings."""

LISTENED = 4
"""Dry sounds that an error is heard on."""

BATCH = 64
SEED = 0


def answers(network: Network, rows: FloatArray, count: int) -> FloatArray:
    """Units (N, keys) that the network answers to the first `count` recordings of each row (N, C, F)."""
    found = []
    for row in rows[:, :count]:
        units, processed = network.units(combined(row, [1.0] * count), count)
        share = answered_share(np.array(processed), network.shyness)
        found.append(network.rest + share * (units - network.rest))
    return np.array(found, np.float32)


def heard(proxy: Proxy, dry: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """A map from units (N, keys) to log-mel of `dry` (K, T, bands) through these chains, flat and scaled so that Euclidean distance is the
    root mean square in dB."""
    power = torch.from_numpy(np.nan_to_num(dry))
    shown = np.isfinite(dry[:, :1])
    scale = np.broadcast_to(np.sqrt(shown / (shown.sum() * dry.shape[1])), dry.shape).astype(np.float32)

    def listen(units: FloatArray) -> FloatArray:
        found = []
        with torch.no_grad():
            for row in torch.from_numpy(units).split(BATCH):
                each = [proxy(one.expand(len(row), -1, -1), row).numpy() for one in power]
                found.append((np.stack(each, 1) * scale).reshape(len(row), -1))
        return np.concatenate(found)

    return listen


def measure(network: Network, grid: Grid, proxy: Proxy, rng: np.random.Generator) -> assets.Arrays:
    """The arrays of `shared_engine.proposers.sound_doubt.Doubt`."""
    chains = Examples(grid, proxy, torch.device("cpu"))
    ours = np.flatnonzero((chains.processed.numpy() > 0) & ~chains.others.numpy())
    rows = grid["rows"].reshape(-1, *grid["rows"].shape[2:])[ours]
    truth, heed = chains.units.numpy()[ours], chains.heed.numpy()[ours]
    dry = grid["dry"].reshape(-1, *grid["dry"].shape[2:])
    listen = heard(proxy, dry[rng.choice(len(dry), LISTENED, replace=False)])
    target = listen(truth)
    wrong, views = {}, {}
    for count in COUNTS:
        answered = answers(network, rows, count)
        wrong[count] = (truth - answered) * (heed > 0)
        views[count] = (target - listen(answered)).astype(np.float64)
    _, vectors, heard_in = principal(views[1], DIRECTIONS)
    spread = {count: np.sqrt(((view @ heard_in.T) ** 2).mean(0)) for count, view in views.items()}
    return {
        "directions": (vectors.T @ wrong[1] / np.sqrt(len(ours))).astype(np.float32),
        "counts": np.array(COUNTS, np.float32),
        "shares": np.stack([spread[count] / spread[1] for count in COUNTS]).astype(np.float32),
    }


@click.command()
@click.option("--corpus", envvar="UTSUSHI_SOUNDS", required=True, type=click.Path(path_type=Path), help="voices/ and soundfonts/.")
@click.option("--weights", default=WEIGHTS, type=click.Path(path_type=Path, exists=True))
@click.option("--chunks", default=60, show_default=True, help="Of chains that are rendered, 24 each.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder for what is rendered: what lies there is not rendered again.")
@click.option("--out", default=MEASURED, type=click.Path(path_type=Path))
def main(corpus: Path, weights: Path, chunks: int, work: Path | None, out: Path) -> None:
    """Measures how the estimates of the sound proposer err on the `dev` part of the corpus."""
    torch.set_num_threads(1)
    task = SoundTask(corpus)
    with tempfile.TemporaryDirectory() as folder:
        grid = grow(task, "dev", work or Path(folder), Amount(0.0, chunks), SEED, lambda _: None)
    proxy = Proxy(task.renderer, canonical(task.renderer), torch.device("cpu"))
    network = Network(*assets.read(weights))
    arrays = measure(network, grid, proxy, np.random.default_rng(SEED))
    told = {"keys": " ".join(network.parameters), "measured": f"on dev, weights {assets.digest(weights)[:12]}"}
    sys.stdout.write(f"{out}: {assets.write(out, arrays, told)}\n")


if __name__ == "__main__":
    main()
