"""`utsushi imitate PHOTO --like REFERENCE`: the photo job on files, through the same engine that GIMP talks to."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from plugins_gimp import install, pictures
from plugins_gimp.gimp import find_gimps
from plugins_gimp.sheet import Cell, contact_sheet
from plugins_gimp.xcf import write_xcf
from server.client import Blobs, connect
from server.hosts import Finding, Host
from server.options import FILE, FOLDER, Percent, make_folder, parse_locks, split_names
from server.terminal import follow, settings_table
from shared_engine.errors import InputError
from shared_engine.explain import describe_settings
from shared_engine.space import choose_tools
from shared_engine.types import Tool, Value

PROXY_SIDE = 768
"""Longer side of what is sent to the engine, in pixels."""


@click.command("imitate")
@click.argument("photo", type=FILE)
@click.option(
    "--like", "references", multiple=True, required=True, type=FILE, help="A picture with the look. Several say much more than one."
)
@click.option("--original", type=FILE, help="The (first) reference before its look was made: nothing tells more.")
@click.option("--likeness", type=Percent(2.0), default="100%", help="How far to go towards the reference, 0 % to 200 %.", show_default=True)
@click.option("--strength", type=Percent(1.5), default="100%", help="How much of the answer to apply, 0 % to 150 %.", show_default=True)
@click.option("--only", default="", help="Filters, or groups (tone, colour, local), that may be used, with commas between.")
@click.option("--lock", "locks", multiple=True, help="A filter or setting that stays, such as exposure=0 or vignette.")
@click.option("--proposer", default="auto", help="Who says what the photo should become.", show_default=True)
@click.option("--max-filters", default=8, type=click.IntRange(1, 14), help="How many filters the answer may use.", show_default=True)
@click.option("--alternatives", default=6, type=click.IntRange(0, 12), help="How many other answers to offer.", show_default=True)
@click.option("--seed", default=0, type=click.IntRange(0, 2**32 - 1), help="Another seed may find another answer.", show_default=True)
@click.option("--out", default="out", type=FOLDER, help="Where the results go.", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the recipe as JSON, and nothing else, on standard output.")
def imitate(
    photo: Path,
    references: tuple[Path, ...],
    original: Path | None,
    likeness: float,
    strength: float,
    only: str,
    locks: tuple[str, ...],
    proposer: str,
    max_filters: int,
    alternatives: int,
    seed: int,
    out: Path,
    as_json: bool,
) -> None:
    """Finds GIMP filters that give PHOTO the look of the references."""
    from plugins_gimp.replica import GimpReplica  # torch takes seconds, which --help and doctor need not pay

    console = Console(stderr=as_json)
    tools = GimpReplica().tools
    chosen = split_names(only)
    choose_tools(tools, chosen)
    options = {
        "proposer": proposer, "only": chosen, "locks": parse_locks(locks, tools), "likeness": likeness, "strength": strength,
        "alternatives": alternatives, "max_tools": max_filters, "seed": seed,
    }  # fmt: skip
    content = pictures.read(photo, PROXY_SIDE)
    shown = [pictures.read(path, PROXY_SIDE) for path in references]
    before = pictures.read(original, PROXY_SIDE) if original else None
    make_folder(out)
    for picture in (content, *shown):
        for note in picture.notes:
            console.print(f"[dim]{picture.path.name}: {note}[/dim]")

    with connect() as engine:
        blobs = Blobs()
        sent = [{"array": send(blobs, one)} for one in shown]
        if before:
            sent[0]["original"] = send(blobs, before)
        body = {"host": "command line", "renderer": "gimp", "content": send(blobs, content), "references": sent, "options": options}
        study = engine.open(body, blobs)
        follow(engine, study, console)
        answer, _ = engine.result(study)
        engine.forget(study)
    recipe = describe(answer, tools, photo, references, original, options)
    write_outputs(out, content, shown, answer, recipe, tools, console)
    if as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, recipe, out)


def send(blobs: Blobs, picture: pictures.Picture) -> Mapping[str, Any]:
    """Adds a picture to what is sent -> its descriptor."""
    height, width = picture.pixels.shape[:2]
    pixels = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    return blobs.picture(pixels.tobytes(), width, height, channels=pixels.shape[2], dtype="|u1", name=picture.path.name)


def describe(
    answer: Mapping[str, Any],
    tools: Sequence[Tool],
    photo: Path,
    references: Sequence[Path],
    original: Path | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The recipe file: what was asked, native filters with their values in words and in numbers, scores, and the other answers."""
    return {
        "format": "utsushi-recipe",
        "version": 1,
        "host": "gimp",
        "photo": photo.name,
        "references": [path.name for path in references],
        "original": original.name if original else None,
        "options": dict(options),
        "proposer": answer["proposer"],
        "score": answer["score"]["total"],
        "score_unit": "mean dE to the proposal",
        "score_of_doing_nothing": answer["baseline"]["total"],
        "settings": settings(answer["best"]["values"], tools),
        "filters": answer["recipe"],
        "effects": answer["effects"],
        "warnings": answer["warnings"],
        "alternatives": [
            {
                "name": one["name"], "reason": one["reason"], "score": one["score"]["total"], "dE_to_best": one["distance_to_best"],
                "settings": settings(one["candidate"]["values"], tools), "filters": one["recipe"],
            } for one in answer["alternatives"]
        ],
        "evaluations": answer["evaluations"],
        "seconds": round(answer["seconds"], 2),
    }  # fmt: skip


def settings(values: Mapping[str, Value], tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Values by key -> filter, setting, value, unit and default, in the order in which GIMP applies them."""
    return [
        {"filter": tool.label, "setting": p.label, "value": values[tool.key(p)], "unit": p.unit, "default": p.default}
        for tool in tools
        for p in tool.parameters
        if tool.key(p) in values and values[tool.key(p)] != p.default
    ]


def write_outputs(
    out: Path,
    content: pictures.Picture,
    shown: Sequence[pictures.Picture],
    answer: Mapping[str, Any],
    recipe: Mapping[str, Any],
    tools: Sequence[Tool],
    console: Console,
) -> None:
    """Contact sheet, full-size result, recipe and, where a GIMP 3 is found, the photo with the live filters."""
    from plugins_gimp.render import render_full

    cells = [Cell(content.pixels, f"Photo: {content.path.name}"), *(Cell(one.pixels, f"Reference: {one.path.name}") for one in shown[:4])]
    cells.append(Cell(render_full(content.pixels, answer["recipe"]), "Result", _lines(answer["best"]["values"], tools), marked=True))
    for one in answer["alternatives"]:
        cells.append(Cell(render_full(content.pixels, one["recipe"]), one["name"], _lines(one["candidate"]["values"], tools)))
    others = f" and {len(shown) - 1} more" if len(shown) > 1 else ""
    contact_sheet(cells, f"{content.path.stem} imitates {shown[0].path.stem}{others}").save(out / "sheet.png")
    (out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with console.status("rendering the full size"):
        full = pictures.read(content.path)
        suffix = full.path.suffix.lower() if full.path.suffix.lower() in (".png", ".jpg", ".jpeg", ".tif", ".tiff") else ".png"
        pictures.write(out / f"result{suffix}", render_full(full.pixels, answer["recipe"]), full.alpha, full.exif)
    gimps = find_gimps()
    if gimps:
        try:
            with console.status(f"{gimps[0]} makes the file with live filters"):
                write_xcf(gimps[0], content.path, answer["recipe"], out / "result.xcf")
        except InputError as error:  # everything else is there already
            console.print(f"[yellow]no result.xcf: {error}[/yellow] {error.remedy}")


def _lines(values: Mapping[str, Value], tools: Sequence[Tool]) -> list[str]:
    return [f"{tool.label}: {text}" for tool in tools if (text := describe_settings(tool, dict(values)))]


def show(console: Console, recipe: Mapping[str, Any], out: Path) -> None:
    """The table of settings and scores."""
    reasons = {effect["sentence"].split(":")[0]: effect["sentence"].rsplit(": ", 1)[-1] for effect in recipe["effects"]}
    lines: dict[str, list[str]] = {}
    for entry in recipe["settings"]:
        unit = f" {entry['unit']}" if entry["unit"] else ""
        lines.setdefault(entry["filter"], []).append(f"{entry['setting']} {entry['value']}{unit}")
    rows = [(name, "\n".join(settings), reasons.get(name, "")) for name, settings in lines.items()]
    console.print(settings_table(f"{recipe['photo']} after {', '.join(recipe['references'])} (proposer: {recipe['proposer']})", rows))
    console.print(
        f"distance to the proposal {recipe['score']:.2f}, of doing nothing {recipe['score_of_doing_nothing']:.2f} (mean dE); "
        f"{recipe['evaluations']} candidates in {recipe['seconds']:.1f} s"
    )
    for one in recipe["alternatives"]:
        console.print(f"  or {one['name']}")
    for warning in recipe["warnings"]:
        console.print(f"[yellow]{warning}[/yellow]")
    console.print(f"in {out}/: {', '.join(sorted(path.name for path in out.iterdir() if path.is_file()))}")


def doctor() -> list[Finding]:
    """Which GIMPs there are, and whether the plug-in is in them."""
    return install.findings()


HOST = Host(name="gimp", suffixes=pictures.SUFFIXES, imitate=imitate, doctor=doctor, install=install.install, uninstall=install.uninstall)
