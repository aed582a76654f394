"""The recipe file of an imitation, and the same as a table in a terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from plugins_blender.blender import BlenderHost
from server.options import Wishes
from server.terminal import settings_table


def describe(
    answer: Mapping[str, Any], notes: Sequence[str], scene: Path, wishes: Wishes, options: Mapping[str, Any], host: BlenderHost
) -> dict[str, Any]:
    """What was asked, Blender's own settings with their values, scores, and how true the replay was."""
    return {
        "format": "utsushi-recipe",
        "version": 1,
        "host": str(host),
        "scene": scene.name,
        "references": [path.name for path in wishes.references],
        "options": dict(options),
        "proposer": answer["proposer"],
        "score": answer["score"]["total"],
        "score_unit": "mean dE of Blender's render to the proposal",
        "score_of_doing_nothing": answer["baseline"]["total"],
        "settings": answer["recipe"],
        "effects": answer["effects"],
        "replay_error": answer["replica_error"],
        "replay_error_unit": "99th percentile of the differences to Blender's render, in shares of full range",
        "notes": list(notes),
        "warnings": answer["warnings"],
        "alternatives": [
            {"name": one["name"], "reason": one["reason"], "score": one["score"]["total"], "settings": one["recipe"]}
            for one in answer["alternatives"]
        ],
        "evaluations": answer["evaluations"],
        "seconds": round(answer["seconds"], 2),
    }


def show(console: Console, recipe: Mapping[str, Any], target: Path) -> None:
    """The table of settings and scores."""
    reasons = {effect["tool"]: effect["sentence"].rsplit(": ", 1)[-1] for effect in recipe["effects"]}
    rows = []
    for one in recipe["settings"]:
        rows.append((one["tool"], written(one), reasons.pop(one["tool_id"], "")))
    console.print(settings_table(f"{recipe['scene']} after {', '.join(recipe['references'])} (proposer: {recipe['proposer']})", rows))
    console.print(
        f"distance to the proposal {recipe['score']:.2f}, of doing nothing {recipe['score_of_doing_nothing']:.2f} (mean dE); "
        f"{recipe['evaluations']} candidates in {recipe['seconds']:.1f} s"
    )
    for line in (*recipe["notes"], *recipe["warnings"]):
        console.print(f"[yellow]{line}[/yellow]")
    console.print(f"in {target.parent}/: {target.name}, before.png, after.png, recipe.json")


def written(one: Mapping[str, Any]) -> str:
    """A setting with its value before and after."""
    before, value = (one[when][3:-2:2] if "curve" in one else one[when] for when in ("before", "value"))  # of a curve its heights
    return f"{one['label']} {_plain(before)} -> {_plain(value)} {one['unit']}".rstrip()


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"({', '.join(f'{part:.3g}' for part in value)})" if isinstance(value, list) else f"{value:.4g}"
