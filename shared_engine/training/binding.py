"""Learns what a reading costs (words/weights.json) from captions of model families: python -m shared_engine.training.binding

Conditional maximum likelihood with a Gaussian prior at the weights that it begins with: the probability of all readings of a caption that
bind every modifier rightly, among all that the beam holds. Convex but for the beam, which is searched anew with the weights found.
Lafferty, McCallum and Pereira 2001; readings that are all right count together, as in Petrov and Klein 2007.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from scipy.optimize import minimize

from ..types import FloatArray
from ..words import bind
from ..words.bind import Reading, Weights, antecedent, readings
from ..words.catalog import Catalog
from ..words.items import Item, Modifier, Noun
from ..words.phrases import Reader
from ..words.speech import meant
from ..words.tokens import tokens
from .captions import WHOLE, Caption, Writer
from .families import FAMILIES, family

PLACE = Path(bind.__file__).with_name("weights.json")

WIDTH = 60
"""Readings of a caption that are compared."""


@dataclass(frozen=True)
class Example:
    """(readings, features) counts of a caption's readings, and which of them are right."""

    counts: FloatArray
    right: FloatArray


def examples(catalog: Catalog, written: Sequence[Caption], weights: Weights, names: Mapping[str, int]) -> list[Example]:
    """What can be learned from: captions that are read as meant, with right and wrong readings."""
    found = []
    for caption in written:
        read = reread(catalog, caption, weights)
        if read is None:
            continue
        nouns, beam = read
        right = np.array([is_right(caption, nouns, one) for one in beam])
        if right.any() and not right.all():
            counts = np.zeros((len(beam), len(names)))
            for row, one in zip(counts, beam, strict=True):
                for name, count in Counter(feature for features in one.features for feature in features).items():
                    row[names[name]] = count
            found.append(Example(counts, right.astype(float)))
    return found


def items_of(catalog: Catalog, caption: Caption) -> list[Item] | None:
    """What binding begins with; None where the caption's words do not come out as the modifiers that were meant."""
    items = Reader(meant(tokens(caption.text, catalog.vocabulary))).read()
    return items if sum(isinstance(one, Modifier) for one in items) == len(caption.of) else None


def reread(catalog: Catalog, caption: Caption, weights: Weights) -> tuple[list[Noun], list[Reading]] | None:
    """Nouns and readings of a caption."""
    items = items_of(catalog, caption)
    if items is None:
        return None
    nouns, _, beam = readings(items, catalog.fits, weights, WIDTH)
    return nouns, beam


def is_right(caption: Caption, nouns: Sequence[Noun], reading: Reading) -> bool:
    return all(means(nouns, noun, of) for noun, of in zip(reading.bound, caption.of, strict=True))


def means(nouns: Sequence[Noun], index: int, of: str) -> bool:
    """Whether a noun is what a modifier of a caption is said of."""
    noun = nouns[antecedent(nouns, index)]
    if noun.kind == "part":
        return any(part in noun.value for part in of.split("|"))
    return of == WHOLE and noun.kind in ("model", "whole", "all", "rest")


def fit(found: Sequence[Example], start: FloatArray, width: float) -> FloatArray:
    """The weights of highest posterior. `width`: standard deviation of the prior."""

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        value, slope = 0.0, np.zeros_like(weights)
        for one in found:
            score = -one.counts @ weights
            score -= score.max()
            share = np.exp(score)
            chosen = share * one.right
            value += np.log(share.sum()) - np.log(max(chosen.sum(), 1e-300))
            slope += (chosen / max(chosen.sum(), 1e-300) - share / share.sum()) @ one.counts
        off = (weights - start) / width
        return value + 0.5 * float(off @ off), slope + off / width

    done: FloatArray = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
    return done


START: Weights = {
    "afterthought": 0.6, "afterthought, the thing named": 1.6, "again": 1.0, "bare": 0.7, "chained": 0.8, "chained across": 0.2,
    "claimed by a copula": 1.8, "head after break": -1.2, "head after but": -1.2, "head after comma": -1.2,
    "head without a link": -0.2, "joined second": 1.4, "jump": 0.1, "left and": 1.2, "left break": 3.2, "left but": 1.0,
    "left colon": 0.6, "left comma": 1.0, "left copula": 0.0, "left det": 3.2, "left except": 4.0, "left for": 0.6, "left in": 0.0,
    "left like": 0.4, "left make": 2.4, "left no_particle": 4.0, "left no_particle, a bare part": 0.0,
    "left of": 1.6, "left of a verb": 2.0, "left on": 2.8,
    "left relative": 0.2, "left same": 1.0, "left te": 0.8, "left than": 0.4, "left unknown": 0.4, "left with": 3.2,
    "link after but": 1.0, "link after comma": 1.0, "linked comma": 0.0, "linked det": 0.6, "linked relative": 0.0, "misfit": 1.0,
    "of nothing named": 1.8, "on a part": 0.6, "other axis": 0.5, "postponed again": 0.4, "postponed": 1.2, "right and": 1.0,
    "right break": 6.0,
    "right but": 2.8, "right colon": 2.4, "right comma": 2.4, "right copula": 2.4, "right det": 3.6, "right except": 4.0,
    "right for": 3.0, "right in": 2.4, "right like": 2.0, "right make": 3.6, "right no_particle": 0.0, "right of": 0.4,
    "right on": 2.8, "right relative": 3.2, "right same": 3.0, "right te": 2.0, "right than": 2.0, "right unknown": 0.4,
    "right with": 4.4, "second": 5.0, "to the head": 1.4,
}  # fmt: skip
"""What a reading costs by a linguist's guess: the mean of the prior."""


def learn(families: Sequence[Catalog], count: int = 600, rounds: int = 2, width: float = 0.7, seed: int = 0) -> dict[str, float]:
    """The weights after `count` captions of each family. `width`: standard deviation of the prior at START."""
    written = [(catalog, captions(catalog, count, seed)) for catalog in families]
    found = dict(START)
    for _ in range(rounds):
        seen = {name for catalog, own in written for name in features(catalog, own, found)}
        names = {name: number for number, name in enumerate(sorted({*found, *seen}))}
        start = np.array([START.get(name, 0.0) for name in names])
        every = [one for catalog, own in written for one in examples(catalog, own, found, names)]
        found = dict(zip(names, map(float, fit(every, start, width)), strict=True))
    return found


def captions(catalog: Catalog, count: int, seed: int) -> list[Caption]:
    writer = Writer(catalog, seed)
    return [writer.write() for _ in range(count)]


def features(catalog: Catalog, written: Sequence[Caption], weights: Weights) -> set[str]:
    read = (reread(catalog, one, weights) for one in written)
    return {name for one in read if one for reading in one[1] for group in reading.features for name in group}


def accuracy(catalog: Catalog, written: Sequence[Caption], weights: Weights) -> float:
    """Share of captions whose best reading is right."""
    read = [(caption, reread(catalog, caption, weights)) for caption in written]
    asked = [(caption, one) for caption, one in read if one]
    return sum(is_right(caption, one[0], one[1][0]) for caption, one in asked) / len(asked)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@click.command()
@click.option("--count", default=600, help="Captions of each family.", show_default=True)
def main(count: int) -> None:
    """Learns the weights and says how many captions that it never saw are read rightly, by START and by what was learned."""
    every = {name: family(name) for name in FAMILIES}
    found = learn(list(every.values()), count)
    for name, catalog in every.items():
        unseen = captions(catalog, 100, seed=10**6)
        click.echo(f"{name:8s} {accuracy(catalog, unseen, START):.3f} -> {accuracy(catalog, unseen, found):.3f}")
    kept = {name: round(value, 2) for name, value in sorted(found.items())}
    PLACE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PLACE.with_suffix(".sha256").write_text(f"{digest(PLACE)}  {PLACE.name}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
