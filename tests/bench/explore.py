"""How much nearer to what a user means the alternatives and their choices lead, on photos and looks that training never saw.

The user is simulated: they know the true look and pick, of what is shown, what lies nearest to it in CIEDE2000. All figures are
CIEDE2000 to the truth over that of the single answer, geometric mean over the cases of tests/bench/photo.py, one reference each.

    best_of_8              the best of eight alternatives; best_of_8_or_answer: the answer itself may be it
    after_5_choices        the answer after five picks, each of the answer and eight alternatives; after_1_choices ...: on the way
    after_5_random         the same where the picks are dice (every third case)
    gallery_mean_de, gallery_min_de   CIEDE2000 between two alternatives of the first gallery: the mean, and the smallest of all cases

Rows without a prefix are of the proposals before they are transcribed, as the engine makes them from readings; `chain_` rows go through the
whole engine and GIMP's filters, on the first cases. Everything that could be tuned was tuned on the `dev` part of the split.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from plugins_gimp.replica import GimpReplica
from shared_engine.extensions import instance
from shared_engine.imitate import imitate
from shared_engine.proxy import shrink
from shared_engine.renderer import batch_of
from shared_engine.types import Pick, Reference, StudySpec, Values
from tests.bench.photo import SEED
from tests.bench.photo_cases import Case, cases, distance, material
from tests.bench.walk import ALTERNATIVES, User, Walk, after_rows, bare_walk, best_rows, between, dice, nearest

SIDE = 128
CHOICES = 5
CONTROL = 3


def readings_walk(case: Case, user: User, choices: int = CHOICES) -> Walk:
    """Readings of the learned look as they are proposed, before any filter."""
    content, truth = shrink(case.content, SIDE), shrink(case.truth, SIDE)
    proposal = instance("proposers", "look").propose(content, [Reference(case.shown[0])])
    return bare_walk(proposal, content, truth, GimpReplica(), distance, user, choices)


def chain_walk(case: Case, user: User, choices: int) -> Walk:
    """What a user of GIMP sees: every answer and alternative is a handful of filters."""
    spec = StudySpec(case.content, [Reference(case.shown[0])], "gimp", proposer="look", alternatives=ALTERNATIVES)
    stage = GimpReplica().stage(case.content)
    answers, first, pairs = [], [], []
    for turn in range(choices + 1):
        found = imitate(spec if turn < choices or turn == 0 else replace(spec, alternatives=0))
        shown: list[Values] = [found.best.values, *(one.candidate.values for one in found.alternatives)]
        pictures = [stage.media(batch_of(values), 1)[0] for values in shown]
        far = [distance(picture, case.truth) for picture in pictures]
        answers.append(far[0])
        if turn == 0:
            first, pairs = far[1:], between(pictures[1:], distance)
        if turn < choices:
            spec = replace(spec, picks=[*spec.picks, Pick(shown, user(far))])
    return Walk(answers, first, pairs)


@click.command()
@click.option(
    "--corpus",
    envvar="UTSUSHI_CORPORA",
    type=click.Path(path_type=Path),
    help="photos/ and looks/; else ../shared/corpora, else tests/data.",
)
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--cases", "count", default=90, show_default=True)
@click.option("--few", default=6, show_default=True, help="Cases that go through the whole engine.")
@click.option("--choices", default=CHOICES, show_default=True, help="How many choices these make there; 0: only their first alternatives.")
def main(corpus: Path | None, out: Path, count: int, few: int, choices: int) -> None:
    torch.set_num_threads(1)
    beside = Path("..") / "shared" / "corpora"
    corpus = corpus or (beside if (beside / "looks").is_dir() else None)
    rng, begin, console = np.random.default_rng(SEED), time.process_time(), Console(stderr=True)
    found = cases(material(corpus, rng), count, rng)
    out.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"material": "corpus" if corpus else "free", "cases": count, "chain_cases": few}

    def keep(more: dict[str, Any]) -> None:
        """What is measured stays, should the rest be interrupted."""
        figures.update(more)
        (out / "explore.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        console.print(f"[dim]{time.process_time() - begin:.0f} s: {', '.join(more)}[/dim]")

    walks = [readings_walk(case, nearest) for case in found]
    keep(best_rows(walks, "de") | after_rows(walks, "choices"))
    keep(after_rows([readings_walk(case, dice(index)) for index, case in enumerate(found[::CONTROL])], "random"))
    if few:
        walks = [chain_walk(case, nearest, choices) for case in found[:few]]
        keep({f"chain_{name}": value for name, value in (best_rows(walks, "de") | after_rows(walks, "choices")).items()})
    table = Table("figure", "value", title=f"Exploring: {count} cases", title_justify="left")
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else json.dumps(value))
    Console().print(table)


if __name__ == "__main__":
    main()
