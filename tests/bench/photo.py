"""How close GIMP's filters come to the true look, on photos and looks that training never saw.

Every ratio is CIEDE2000(answer, truth) / CIEDE2000(content, truth), geometric mean over the cases; truth is the hidden look on the
user's photo. Answers are made by the filter chain through the whole engine, peers by themselves. `make bench` runs all rows. The shipped
weights never saw the `test` part of the split, which is where photos and looks come from ($UTSUSHI_LOOK: one's own weights).

    all_ratio              one reference, another photo (film looks of held-out families and presets of GIMP's filters, two to one)
    color_looks_ratio, mono_looks_ratio, presets_ratio, weak_looks_ratio (look < 6), strong_looks_ratio (look >= 10): parts of it
    better_share, p90_ratio, worst_ratio: how often better than nothing, and how bad when not
    refs4_ratio, refs8_ratio, pair_ratio (with its original), self_ratio (the reference is the photo, edited): the first `few` cases
    bare_ratio, bare_refs4_ratio, bare_refs8_ratio: all cases, the proposal before it is transcribed; dial: as the likeness dial turns
    best_of_8_samples      all cases, the nearest of eight readings of one reference, before they are transcribed
    transcription_loss     what the chain loses of the proposal: all_ratio - bare_ratio
    extra_clipping_p99     share of pixels with a channel at 0 or 255, answer less photo, 99th percentile; true_clipping_p99: the same of
                           the hidden look itself; needless_clipping_p99: answer less the larger of photo and truth
    mkl_ratio, mkl15_ratio, mean_look_ratio, ridge_ratio: peers on the cases of all_ratio
    same_content_false, same_content_missed: shares of unlike styled pairs taken for one picture, and of the self cases not found
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from shared_engine.meaning import Meaning
from shared_engine.proposers.proposer import Proposal
from shared_engine.proposers.registration import register
from shared_engine.senses import senses
from shared_engine.types import Media, Reference, StudySpec
from tests.bench import photo_peers as peers
from tests.bench import search
from tests.bench.photo_cases import Case, Material, cases, distance, eight_bit, material
from tests.bench.photo_sheet import Row, sheet

SEED = 20261123
SHEET, WORST, SAMPLES = 24, 10, 8
FOUND = ("same-content", "same-view")
DIAL = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """A result with the filters that made it and the proposer that led."""

    picture: Media
    filters: str
    proposer: str


def answered(content: Media, references: Sequence[Reference], proposer: str = "auto") -> Answer:
    """What a user gets: the whole job through the engine, the filters on the photo."""
    found = imitate(StudySpec(content, references, "gimp", alternatives=0, proposer=proposer))
    batch = {key: np.array([value]) for key, value in found.best.values.items()}
    (picture,) = GimpReplica().stage(content).media(batch, 1)
    return Answer(picture, ", ".join(entry["name"] for entry in found.recipe), found.proposer)


def ratio(answer: Media, case: Case) -> float:
    return distance(answer, case.truth) / max(case.strength, 1e-3)


def geometric(values: Sequence[float] | np.ndarray) -> float:
    return float(np.exp(np.log(np.maximum(values, 1e-4)).mean()))


def clipped(picture: Media) -> float:
    levels = np.round(picture.data * 255)
    return float(((levels <= 0) | (levels >= 255)).any(-1).mean())


def like(count: int) -> Callable[[Case], Answer]:
    return lambda case: answered(case.content, [Reference(one) for one in case.shown[:count]])


def main_rows(found: Sequence[Case], tell: Tell) -> tuple[dict[str, Any], list[Answer], np.ndarray]:
    """One reference on every case."""
    answers = []
    for index, case in enumerate(found):
        answers.append(like(1)(case))
        if index % 20 == 19:
            done = [ratio(answer.picture, case) for answer, case in zip(answers, found, strict=False)]
            tell(f"one reference: {index + 1} of {len(found)}, so far {geometric(done):.3f}")
    ratios = np.array([ratio(answer.picture, case) for answer, case in zip(answers, found, strict=True)])
    size = np.array([case.strength for case in found])
    preset, mono = (np.array(list(of)) for of in ((case.kind == "preset" for case in found), (case.monochrome for case in found)))
    parts = {
        "all_ratio": size > 0,
        "color_looks_ratio": ~preset & ~mono,
        "mono_looks_ratio": ~preset & mono,
        "presets_ratio": preset,
        "weak_looks_ratio": size < 6,
        "strong_looks_ratio": size >= 10,
    }
    figures: dict[str, Any] = {"cases": len(found), "look_de": float(size.mean())}
    figures |= {name: geometric(ratios[chosen]) for name, chosen in parts.items() if chosen.any()}
    figures |= {name.replace("ratio", "cases"): int(chosen.sum()) for name, chosen in parts.items()}
    lost = np.array([[clipped(one) for one in (a.picture, case.content, case.truth)] for a, case in zip(answers, found, strict=True)]).T
    figures |= {
        "better_share": float((ratios < 1).mean()),
        "p90_ratio": float(np.quantile(ratios, 0.9)),
        "worst_ratio": float(ratios.max()),
        "extra_clipping_p99": float(np.quantile(lost[0] - lost[1], 0.99)),
        "true_clipping_p99": float(np.quantile(lost[2] - lost[1], 0.99)),
        "needless_clipping_p99": float(np.quantile(lost[0] - np.maximum(lost[1], lost[2]), 0.99)),
        "filters_mean": float(np.mean([len(answer.filters.split(", ")) for answer in answers])),
    }
    return figures, answers, ratios


def few_rows(found: Sequence[Case], tell: Tell) -> dict[str, Any]:
    """More references, a before/after pair, and the photo itself."""
    asked: dict[str, Callable[[Case], Answer]] = {
        "refs4_ratio": like(4),
        "refs8_ratio": like(8),
        "pair_ratio": lambda case: answered(case.content, [Reference(case.shown[0], original=case.originals[0])]),
        "self_ratio": lambda case: answered(case.content, [Reference(eight_bit(case.truth))]),
    }
    figures: dict[str, Any] = {"few_cases": len(found)}
    for name, ask in asked.items():
        answers = [ask(case) for case in found]
        figures[name] = geometric([ratio(answer.picture, case) for answer, case in zip(answers, found, strict=True)])
        tell(f"{name}: {figures[name]:.3f}")
        if name == "self_ratio":
            figures["same_content_missed"] = float(np.mean([answer.proposer not in FOUND for answer in answers]))
        if name == "refs8_ratio":
            figures["refs8_better_share"] = float(np.mean([ratio(a.picture, c) < 1 for a, c in zip(answers, found, strict=True)]))
    return figures


def bare_rows(found: Sequence[Case]) -> dict[str, Any]:
    """The learned look's own tables: one reference along the likeness dial, and more references."""

    def tables(count: int) -> list[Proposal]:
        return [instance("proposers", "look").propose(case.content, [Reference(one) for one in case.shown[:count]]) for case in found]

    def row(proposals: Sequence[Proposal], likeness: float = 1.0) -> float:
        return geometric([ratio(one.render(case.content, likeness), case) for one, case in zip(proposals, found, strict=True)])

    def nearest(case: Case, proposal: Proposal) -> float:
        meaning = Meaning(proposal, (), case.content, GimpReplica(), senses(case.content), 1.0, SEED)
        return min(ratio(reading.render(case.content), case) for reading in meaning.readings(SAMPLES))

    alone = tables(1)
    dial = {str(turn): row(alone, turn) for turn in DIAL}
    return {
        "bare_ratio": dial["1.0"],
        "bare_refs4_ratio": row(tables(4)),
        "bare_refs8_ratio": row(tables(8)),
        "best_of_8_samples": geometric([nearest(case, proposal) for case, proposal in zip(found, alone, strict=True)]),
        "dial": dial,
    }


def peer_rows(found: Sequence[Case], corpus: Path | None) -> dict[str, Any]:
    asked = {"mkl_ratio": peers.mkl(1.0), "mkl15_ratio": peers.mkl(0.15), "mean_look_ratio": peers.mean_look}
    if corpus:
        asked["ridge_ratio"] = peers.ridge(corpus)
    return {name: geometric([ratio(ask(case.content, case.shown[0]), case) for case in found]) for name, ask in asked.items()}


def false_matches(source: Material, pairs: int, rng: np.random.Generator) -> dict[str, Any]:
    """How often two different photos, one of them styled, are taken for the same picture."""
    wrong = 0
    for index in range(pairs):
        a, b = rng.choice(len(source.photos), 2, replace=False)
        look = source.looks[index % len(source.looks)][2]
        wrong += register(source.photos[a], eight_bit(look(source.photos[b]))) is not None
    return {"same_content_pairs": pairs, "same_content_false": wrong / pairs}


def sheets(found: Sequence[Case], answers: Sequence[Answer], ratios: np.ndarray, out: Path) -> None:
    """Two pages to look at: cases at fixed random, and the worst ones."""
    rows = [
        Row(
            case.shown[0],
            case.content,
            answer.picture,
            case.truth,
            f"{case.name}  {value:.2f}  look dE {case.strength:.1f}",
            answer.filters,
        )
        for case, answer, value in zip(found, answers, ratios, strict=True)
    ]
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:SHEET]
    sheet([rows[index] for index in sorted(chosen)]).save(out / "photo_random.png")
    sheet([rows[index] for index in np.argsort(-ratios)[:WORST]]).save(out / "photo_worst.png")


@click.command()
@click.option(
    "--corpus",
    envvar="UTSUSHI_CORPORA",
    type=click.Path(path_type=Path),
    help="photos/ and looks/; else ../shared/corpora, else tests/data.",
)
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--cases", "count", default=210, show_default=True)
@click.option("--few", default=48, show_default=True, help="Cases of the rows with more references, pairs and the photo itself.")
@click.option("--pairs", default=300, show_default=True, help="Unlike pairs shown to the same-content detector.")
@click.option("--speed/--no-speed", default=True, help="Also measure the search's speed (tests/bench/search.py).")
def main(corpus: Path | None, out: Path, count: int, few: int, pairs: int, speed: bool) -> None:
    torch.set_num_threads(1)
    beside = Path("..") / "shared" / "corpora"
    corpus = corpus or (beside if (beside / "looks").is_dir() else None)
    console, rng = Console(stderr=True), np.random.default_rng(SEED)

    def tell(text: str) -> None:
        console.print(f"[dim]{text}[/dim]")

    source = material(corpus, rng)
    tell(f"{len(source.photos)} photos and {len(source.looks)} looks from {'the corpus' if corpus else 'tests/data and a script'}")
    found = cases(source, count, rng)
    out.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"material": "corpus" if corpus else "free"}

    def keep(more: dict[str, Any]) -> None:
        """What is measured stays, should the rest be interrupted."""
        figures.update(more)
        (out / "photo.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    keep(bare_rows(found))
    keep(peer_rows(found, corpus))
    rows, answers, ratios = main_rows(found, tell)
    keep(rows | {"transcription_loss": rows["all_ratio"] - figures["bare_ratio"]})
    sheets(found, answers, ratios, out)
    if few:
        keep(few_rows(found[:few], tell))
    if pairs:
        keep(false_matches(source, pairs, rng))
    keep((search.measure() if speed else {}) | {"load_average": os.getloadavg()[0]})
    table = Table("figure", "value", title=f"Photos: {count} cases", title_justify="left")
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else json.dumps(value))
    Console().print(table)


if __name__ == "__main__":
    main()
