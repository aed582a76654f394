"""What the photo command leaves behind: recipe.json, the full-size result, the contact sheet, the photo with its live filters, a table."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from plugins_gimp import pictures
from plugins_gimp.gimp import GimpHost
from plugins_gimp.sheet import Cell, contact_sheet
from plugins_gimp.xcf import write_xcf
from server.options import Wishes
from server.terminal import settings_table
from shared_engine.errors import InputError
from shared_engine.explain import describe_settings
from shared_engine.types import Tool, Value

KEPT_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def describe(answer: Mapping[str, Any], tools: Sequence[Tool], photo: Path, wishes: Wishes, options: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe file: what was asked, native filters with their values in words and in numbers, scores, and the other answers."""
    error = answer["replica_error"]
    return {
        "format": "utsushi-recipe",
        "version": 1,
        "host": "gimp",
        "photo": photo.name,
        "references": [{"name": path.name, "weight": weight} for path, weight in wishes.weighted],
        "original": wishes.original.name if wishes.original else None,
        "options": dict(options),
        "proposer": answer["proposer"],
        "score": answer["score"]["total"],
        "score_unit": "mean dE to the proposal" + ("" if error is None else ", as GIMP itself renders both"),
        "score_of_doing_nothing": answer["baseline"]["total"],
        "replica_error_255": None if error is None else round(255 * error, 2),
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
    painted: Sequence[Cell],
    recipe: Mapping[str, Any],
    tools: Sequence[Tool],
    gimp: GimpHost | None,
    mask: Path | None,
    console: Console,
) -> None:
    """Contact sheet, full-size result, recipe and, where a GIMP 3 is found, the photo with the live filters.

    Filters that only GIMP can render are in the result where GIMP makes it; the sheet says where they are missing. `painted`: what
    networks painted, for the end of the sheet.
    """
    (out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    contact_sheet([*_cells(content, shown, answer, tools), *painted], _heading(content, shown)).save(out / "sheet.png")
    suffix = content.path.suffix.lower()
    result = out / f"result{suffix if suffix in KEPT_SUFFIXES else '.png'}"
    rendered = not any(entry["operation"] in _foreign() for entry in answer["recipe"])
    if rendered:
        with console.status("rendering the full size"):
            full = pictures.read(content.path)
            pictures.write(result, _limited(full.pixels, answer["recipe"], mask), full.alpha, full.exif)
    if gimp is None:
        return
    try:
        with console.status(f"{gimp} makes the file with live filters"):
            write_xcf(gimp, content.path, answer["recipe"], out / "result.xcf", mask, None if rendered else result)
    except InputError as error:  # everything else is there already
        console.print(f"[yellow]no result.xcf: {error}[/yellow] {error.remedy}")


def show(console: Console, recipe: Mapping[str, Any], out: Path) -> None:
    """The table of settings and scores."""
    reasons = {effect["sentence"].split(":")[0]: effect["sentence"].rsplit(": ", 1)[-1] for effect in recipe["effects"]}
    lines: dict[str, list[str]] = {}
    for entry in recipe["settings"]:
        unit = f" {entry['unit']}" if entry["unit"] else ""
        lines.setdefault(entry["filter"], []).append(f"{entry['setting']} {entry['value']}{unit}")
    rows = [(name, "\n".join(settings), reasons.get(name, "")) for name, settings in lines.items()]
    names = ", ".join(one["name"] for one in recipe["references"])
    console.print(settings_table(f"{recipe['photo']} after {names} (proposer: {recipe['proposer']})", rows))
    console.print(
        f"distance {recipe['score']:.2f}, of doing nothing {recipe['score_of_doing_nothing']:.2f} ({recipe['score_unit']}); "
        f"{recipe['evaluations']} candidates in {recipe['seconds']:.1f} s"
    )
    if recipe["replica_error_255"] is not None:
        console.print(
            f"GIMP renders these settings within {recipe['replica_error_255']:.2f}/255 of what was searched with (99 % of the pixels)"
        )
    for one in recipe["alternatives"]:
        console.print(f"  or {one['name']}")
    for warning in recipe["warnings"]:
        console.print(f"[yellow]{warning}[/yellow]")
    console.print(f"in {out}/: {', '.join(sorted(path.name for path in out.iterdir() if path.is_file()))}")


def _cells(content: pictures.Picture, shown: Sequence[pictures.Picture], answer: Mapping[str, Any], tools: Sequence[Tool]) -> list[Cell]:
    from plugins_gimp.render import render_full

    def cell(title: str, recipe: Sequence[Mapping[str, Any]], values: Mapping[str, Value], marked: bool = False) -> Cell:
        own = [entry for entry in recipe if entry["operation"] not in _foreign()]
        missing = ["(without what only GIMP renders)"] if len(own) < len(recipe) else []
        return Cell(render_full(content.pixels, own), title, [*_lines(values, tools), *missing], marked)

    cells = [Cell(content.pixels, f"Photo: {content.path.name}"), *(Cell(one.pixels, f"Reference: {one.path.name}") for one in shown[:4])]
    cells.append(cell("Result", answer["recipe"], answer["best"]["values"], marked=True))
    return cells + [cell(one["name"], one["recipe"], one["candidate"]["values"]) for one in answer["alternatives"]]


def _heading(content: pictures.Picture, shown: Sequence[pictures.Picture]) -> str:
    others = f" and {len(shown) - 1} more" if len(shown) > 1 else ""
    return f"{content.path.stem} imitates {shown[0].path.stem}{others}"


def _limited(pixels: NDArray[np.uint8], recipe: Sequence[Mapping[str, Any]], mask: Path | None) -> NDArray[np.uint8]:
    """The full-size result; outside of the mask the photo stays as it is."""
    from plugins_gimp.render import render_full

    result = render_full(pixels, recipe)
    if mask is None:
        return result
    weight = pictures.read_mask(mask, (pixels.shape[1], pixels.shape[0]))[..., None] / 255
    return (pixels + weight * (result.astype(np.float32) - pixels) + 0.5).astype(np.uint8)


def _foreign() -> frozenset[str]:
    from plugins_gimp.filters import FILTERS

    return frozenset(one.operation for one in FILTERS if not one.shown)


def _lines(values: Mapping[str, Value], tools: Sequence[Tool]) -> list[str]:
    return [f"{tool.label}: {text}" for tool in tools if (text := describe_settings(tool, dict(values)))]
