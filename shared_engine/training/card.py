"""The model card (M. Mitchell et al., Model Cards for Model Reporting, 2019): what weights are, of what data, how good, where they fail."""

import csv
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from shared_engine.training.task import Facts


def write(weights: Path, facts: Facts, training: Mapping[str, str], figures: Mapping[str, float], curve: Path) -> None:
    """Writes the card beside `weights` (.md). `training`: how they came about; `figures`: on held-out contents and settings, if any."""
    lines = [f"# {weights.name}: {facts.purpose}", "", "| | |", "|---|---|"]
    size = f"{weights.stat().st_size / 1e6:.2f} MB, pinned in `{weights.with_suffix('.sha256').name}`"
    about = {"reads": facts.reads, "answers": facts.answers, "file": size, **training}
    lines += [f"| {name} | {value} |" for name, value in about.items()]
    lines += ["", "## Data and terms", "", "| what | how many | terms |", "|---|---|---|"]
    lines += [f"| {what} | {count} | {terms} |" for what, count, terms in facts.data]
    lines += ["", "## Figures", ""]
    if figures:
        lines += ["On contents and settings that training never saw.", "", "| | |", "|---|---|"]
        lines += [f"| {name.replace('_', ' ')} | {value:.4g} |" for name, value in figures.items()]
    else:
        lines += [
            "None: every part of the corpus was learned from. Figures of the recipe are those of weights that had something held out."
        ]
    lines += ["", f"![Learning curve]({curve.with_suffix('.png').name})", "", "## Limits", ""]
    lines += [f"- {limit}" for limit in facts.limits]
    weights.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def terms(folder: Path, names: Collection[str], what: str, below: str = "") -> list[tuple[str, str, str]]:
    """Rows for `Facts.data`: the named files of a corpus folder, counted by the licence that its manifest.csv states.

    `below`: the folder that names in the manifest begin with.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        return [(what, str(len(names)), f"not stated: {folder.name} has no manifest.csv")]
    with manifest.open(newline="", encoding="utf-8") as file:
        licences = {row["file"].removeprefix(below): row["licence"] for row in csv.DictReader(file)}
    counted = Counter(licences.get(name, "not stated") or "not stated" for name in names)
    return [(what, str(count), licence.replace("|", "/")) for licence, count in counted.most_common()]
