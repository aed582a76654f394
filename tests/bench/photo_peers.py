"""What else one could do with a photo and a reference: linear colour transfer, the same look for everybody, blind ridge regression."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from color_matcher import ColorMatcher

from plugins_gimp.replica import GimpReplica
from shared_engine.proposers.look import model
from shared_engine.proposers.look_statistics import statistics
from shared_engine.proposers.lut import SIZE, LutProposal, lattice
from shared_engine.proposers.neighbourhoods import sample
from shared_engine.training.corpus import Photos, Split, looks
from shared_engine.training.look import described
from shared_engine.training.look_tables import generate
from shared_engine.types import Media

RIDGE_LOOKS = 800
RIDGE = 300.0

Answer = Callable[[Media, Media], Media]
"""Content and one reference -> result."""


def mkl(amount: float) -> Answer:
    """color-matcher's Monge-Kantorovich linearisation, blended with the photo."""

    def answer(content: Media, shown: Media) -> Media:
        moved = ColorMatcher(src=content.data.astype(np.float64), ref=shown.data.astype(np.float64), method="mkl").main()
        return replace(content, data=(content.data + amount * (moved.clip(0, 1) - content.data)).astype(np.float32))

    return answer


def mean_look(content: Media, shown: Media) -> Media:
    """The mean of all looks of training: it looks at no reference."""
    return LutProposal("mean", 0.0, "", model().basis.mean.reshape(SIZE, SIZE, SIZE, 3)).render(content)


def ridge(corpus: Path) -> Answer:
    """Ridge regression from the same statistics to the same basis, on a grid of the training part."""
    split, rng, basis = Split.load(), np.random.default_rng(1), model().basis
    film = looks(corpus, split.looks["train"] + split.looks["dev"])
    photos, tables = Photos.load(corpus, split.photos["train"]), generate(film, GimpReplica(), RIDGE_LOOKS, rng)
    shown = np.stack([described(photos, table[None], rng)[0] for table in tables])
    residual = (tables - lattice()).reshape(len(tables), -1) - basis.mean
    goal = np.linalg.lstsq(basis.directions.T, residual.T, rcond=None)[0].T.repeat(shown.shape[1], 0)
    rows = shown.reshape(len(goal), -1).astype(np.float64)
    centre, scale = rows.mean(0), rows.std(0) + 0.03
    rows = np.c_[(rows - centre) / scale, np.ones(len(rows))]
    weights = np.linalg.solve(rows.T @ rows + RIDGE * np.eye(rows.shape[1]), rows.T @ goal)

    def answer(content: Media, shown: Media) -> Media:
        row = np.append((statistics(sample(shown)[None])[0] - centre) / scale, 1.0)
        table = (basis.mean + row @ weights @ basis.directions).astype(np.float32)
        return LutProposal("ridge", 0.0, "", table.reshape(SIZE, SIZE, SIZE, 3)).render(content)

    return answer
