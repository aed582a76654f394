"""How often an instruction in words becomes the right native values: out/bench/text3d.json and a sheet of random sentences with renders.

python -m tests.bench.text3d --out out/bench

Eight sets: `fresh` and `second`, by two people who knew nothing of the program; `strangers`, captions of photographs found in public;
`blind`, by somebody who never saw the parser; `apart`, written before the parser and apart from its templates and vocabulary;
`manners`, ways of speaking that must not change what was not meant; `dev`, which it was developed on; `templates`, made by rule with
their truth. The models are described by a real Blender. Beside it: a colour-word rule, and chance.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

import plugins_blender.birds
from plugins_blender.blender import Session, one_blender
from plugins_blender.said import SESSION
from shared_engine.errors import UtsushiError
from shared_engine.words.catalog import Catalog
from shared_engine.words.parse import parse
from shared_engine.words.propose import Take, propose
from tests.bench import text3d_templates
from tests.bench.text3d_peers import by_chance, by_rule
from tests.bench.text3d_score import Count, count, state

HERE = Path(__file__).parent
BIRDS = Path(plugins_blender.birds.__file__).with_name("build.py")
SETS = ("second", "fresh", "strangers", "blind", "apart", "manners", "dev", "templates")
SHEET, TILE, COLUMNS = 24, 200, 6
METRICS = {
    "color_on_part": "color",
    "shape_right": "shape",
    "model_right": "model",
    "swaps_right": "swap",
    "size_right": "size",
    "shift_right": "shift",
}

Answer = Callable[[str, Catalog, int], tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """One instruction with its truth, its set, and the scene that it speaks of."""

    truth: Mapping[str, Any]
    set: str
    family: str


def all_cases() -> list[Case]:
    found = [Case(one, "templates", "birds") for one in text3d_templates.cases(60, seed=3)]
    for name in ("apart", "manners", "dev", "blind", "strangers", "fresh", "second"):
        written = json.loads((HERE / f"text3d_{name}.json").read_text(encoding="utf-8"))
        found += [Case(one, name, family) for family in ("birds", "lamps") for one in written.get(family, ())]
    return found


def by_words(text: str, catalog: Catalog, seed: int) -> tuple[str, dict[str, Any]]:
    """What `utsushi say` does. An instruction that it refuses changes nothing."""
    take = first_take(text, catalog)
    return (take.model.id, {one.property.id: one.value for one in take.changes}) if take else (catalog.shown.id, {})


def first_take(text: str, catalog: Catalog) -> Take | None:
    try:
        return propose(parse(text, catalog).sure, catalog)[0]
    except UtsushiError:
        return None


def figures(cases: Sequence[Case], catalogs: Mapping[str, Catalog], answer: Answer) -> tuple[dict[str, float], list[Count]]:
    counts, seconds = [], []
    for number, case in enumerate(cases):
        catalog = state(catalogs[case.family], case.truth.get("now"))
        began = time.perf_counter()
        model, values = answer(case.truth["say"], catalog, number)
        seconds.append(time.perf_counter() - began)
        counts.append(count(case.truth, catalog, model, values))
    found: dict[str, float] = {"sentences": len(cases), "whole_instruction": sum(one.whole for one in counts) / len(cases)}
    for name, kind in METRICS.items():
        asked = sum(one.asked.get(kind, 0) for one in counts)
        found[name] = sum(one.right.get(kind, 0) for one in counts) / asked if asked else 1.0
    found["unmentioned_changed"] = sum(len(one.changed) for one in counts)
    found["seconds_worst"] = max(seconds)
    return found, counts


def describe(session: Session, file: Path) -> Catalog:
    session.request("open", file=str(file))
    return Catalog.read(session.request("describe"))


def sheet(
    session: Session, files: Mapping[str, Path], cases: Sequence[Case], counts: Sequence[Count], catalogs: Mapping[str, Catalog],
    out: Path, seed: int, say: Callable[[str], None],
) -> None:  # fmt: skip
    """SHEET random instructions of `cases` with what they came to."""
    chosen = sorted(random.Random(seed).sample(range(len(cases)), SHEET), key=lambda number: cases[number].family)
    page = Image.new("RGB", (COLUMNS * TILE, SHEET // COLUMNS * (TILE + 62)), "white")
    font = ImageFont.load_default(12)
    opened = ""
    for place, number in enumerate(chosen):
        case = cases[number]
        if opened != case.family:
            session.request("open", file=str(files[case.family]))
            opened = case.family
        catalog = state(catalogs[case.family], case.truth.get("now"))
        take = first_take(case.truth["say"], catalog)
        picture = session.folder / "tile.png"
        session.request("portrait", settings=take.settings(catalog) if take else [], picture=str(picture), side=TILE, samples=16)
        say(f"{place + 1}/{SHEET} {'ok' if counts[number].whole else 'no'}: {case.truth['say']}")
        x, y = place % COLUMNS * TILE, place // COLUMNS * (TILE + 62)
        with Image.open(picture) as tile:
            page.paste(tile.convert("RGB").resize((TILE, TILE)), (x, y))
        text = "\n".join(wrap(legible(case.truth["say"], catalog), 34)[:4])
        ImageDraw.Draw(page).multiline_text((x + 4, y + TILE + 3), text, "black" if counts[number].whole else "#c00000", font)
    page.save(out / "text3d_sheet.png")


def legible(text: str, catalog: Catalog) -> str:
    """The instruction, or how it was understood where the sheet's font has no letters for it."""
    if text.isascii():
        return text
    try:
        claims = parse(text, catalog).claims
    except UtsushiError:
        return "Japanese, refused"
    return "Japanese: " + "; ".join(" ".join((what, says)) for what, _, says in (one.describe() for one in claims))


ANSWERS: Mapping[str, Answer] = {"words": by_words, "rule": by_rule, "chance": by_chance}


@click.command()
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--blender", default="", help="Which version of Blender.")
@click.option("--seed", default=0, help="Which sentences the sheet shows.", show_default=True)
@click.option("--sheet/--no-sheet", "with_sheet", default=True)
def main(out: Path, blender: str, seed: int, with_sheet: bool) -> None:
    console = Console(stderr=True)
    host = one_blender(blender)
    out.mkdir(parents=True, exist_ok=True)
    cases = all_cases()
    with tempfile.TemporaryDirectory() as folder, host.session(SESSION) as session:
        files = {"birds": Path(folder) / "birds.blend", "lamps": Path(folder) / "lamps.blend"}
        host.run(BIRDS, str(files["birds"]))
        host.run(HERE / "text3d_scenes.py", str(files["lamps"]))
        catalogs = {name: describe(session, file) for name, file in files.items()}
        found: dict[str, Any] = {"host": str(host)}
        for name in SETS:
            own = [case for case in cases if case.set == name]
            found[name] = {
                who: figures(own, catalogs, act)[0] for who, act in (("words", by_words), ("rule", by_rule), ("chance", by_chance))
            }
        found["all"], counts = figures(cases, catalogs, by_words)
        (out / "text3d.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        if with_sheet:
            sheet(session, files, cases, counts, catalogs, out, seed, console.print)
    table = Table("set", "who", *found["all"], title=f"Words in {host}", title_justify="left")
    for name in SETS:
        for who, values in found[name].items():
            table.add_row(name, who, *(f"{value:.3g}" for value in values.values()))
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
