"""`utsushi imitate TRACK --like REFERENCE` and `utsushi apply RECIPE FILE...`: the sound job on files, through the engine."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from plugins_daw import chain, tracks
from plugins_daw.app.command import daw
from plugins_daw.bounce import Bounce, bounce, suffix_for
from plugins_daw.effects import EFFECTS
from plugins_daw.recipe import describe
from plugins_daw.request import Example, open_study, refuse_the_track_itself
from server.client import connect
from server.hosts import Finding, Host
from server.options import FILE, FOLDER, Percent, make_folder, parse_locks, split_names
from server.terminal import follow, settings_table
from shared_engine.errors import InputError
from shared_engine.space import choose_tools

TOOLS = tuple(effect.tool for effect in EFFECTS)


@click.command("imitate")
@click.argument("track", type=FILE)
@click.option("--like", "references", multiple=True, required=True, type=FILE, help="A recording with the sound. Several say far more.")
@click.option("--original", type=FILE, help="The (first) reference before it was processed: nothing tells more.")
@click.option("--likeness", type=Percent(2.0), default="100%", help="How far to go towards the reference, 0 % to 200 %.", show_default=True)
@click.option("--strength", type=Percent(1.5), default="100%", help="How much of the answer to apply, 0 % to 150 %.", show_default=True)
@click.option("--only", default="", help="Effects, or aspects (tone, dynamics, space, loudness), that may be used, with commas between.")
@click.option("--lock", "locks", multiple=True, help="An effect or setting that stays, such as reverb or compressor.ratio=3.")
@click.option("--proposer", default="auto", help="Who says what the track should become.", show_default=True)
@click.option("--max-effects", default=10, type=click.IntRange(1, len(TOOLS)), help="How many effects to use.", show_default=True)
@click.option("--alternatives", default=4, type=click.IntRange(0, 12), help="How many other answers to offer.", show_default=True)
@click.option("--seed", default=0, type=click.IntRange(0, 2**32 - 1), help="Another seed may find another answer.", show_default=True)
@click.option("--out", default="out", type=FOLDER, help="Where the results go.", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the recipe as JSON, and nothing else, on standard output.")
def imitate(
    track: Path,
    references: tuple[Path, ...],
    original: Path | None,
    likeness: float,
    strength: float,
    only: str,
    locks: tuple[str, ...],
    proposer: str,
    max_effects: int,
    alternatives: int,
    seed: int,
    out: Path,
    as_json: bool,
) -> None:
    """Finds a chain of effects that makes TRACK sound like the references."""
    console = Console(stderr=as_json)
    chosen = split_names(only)
    choose_tools(TOOLS, chosen)
    options = {
        "proposer": proposer, "only": chosen, "locks": parse_locks(locks, TOOLS), "likeness": likeness, "strength": strength,
        "alternatives": alternatives, "max_tools": max_effects, "seed": seed,
    }  # fmt: skip
    make_folder(out)
    with console.status("reading"):
        dry = tracks.scan(track)
        shown = [tracks.scan(path) for path in references]
        before = tracks.scan(original) if original else None
    refuse_the_track_itself(dry, shown)
    for one in (dry, *shown, *([before] if before else [])):
        for note in one.notes:
            console.print(f"[dim]{one.path.name}: {note}[/dim]")
    examples = [Example(one, original=before if index == 0 else None) for index, one in enumerate(shown)]
    with connect() as engine:
        study, gain = open_study(engine, dry, examples, options, "command line")
        follow(engine, study, console)
        answer, _ = engine.result(study)
        engine.forget(study)
    plugins = [chain.plugin("Gain", gain_db=round(gain, 2)), *(spec for entry in answer["recipe"] for spec in entry["plugins"])]
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("rendering the whole track", total=1.0)
        made = bounce(track, out / f"result{suffix_for(track)}", plugins, report=lambda part: bar.update(task, completed=part))
    plugins.append(chain.plugin("Gain", gain_db=round(made.gain, 2)))
    recipe = describe(answer, plugins, made, TOOLS, dry, shown, before, options)
    write(out, recipe, plugins)
    if as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, recipe, out)


def write(out: Path, recipe: Mapping[str, Any], plugins: Sequence[chain.Spec]) -> None:
    (out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    chain.save(out / "chain.json", plugins)


def show(console: Console, recipe: Mapping[str, Any], out: Path) -> None:
    """The table of settings, scores and levels."""
    reasons = {effect["sentence"].split(":")[0]: effect["sentence"].rsplit(": ", 1)[-1] for effect in recipe["effects"]}
    rows = []
    for entry in recipe["settings"]:
        value = entry["value"] if isinstance(entry["value"], str) else f"{entry['value']:.4g} {entry['unit']}".strip()
        rows.append((entry["effect"], f"{entry['setting']} {value}", reasons.pop(entry["effect"], "")))
    console.print(settings_table(f"{recipe['track']} after {', '.join(recipe['references'])} (proposer: {recipe['proposer']})", rows))
    score, nothing, unit = (recipe[key] for key in ("score", "score_of_doing_nothing", "score_unit"))
    console.print(f"{score:.2f} {unit}, doing nothing {nothing:.2f}; {recipe['evaluations']} candidates in {recipe['seconds']:.1f} s")
    for one in recipe["alternatives"]:
        console.print(f"  or: {one['name']} [dim]({one['reason']})[/dim]")
    for warning in recipe["warnings"]:
        console.print(f"[yellow]{warning}[/yellow]")
    names = ", ".join(sorted(path.name for path in out.iterdir() if path.is_file()))
    console.print(f"{recipe['loudness_lufs']:.1f} LUFS; in {out}/: {names}")


@click.command("apply")
@click.argument("recipe", type=FILE)
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--out", default="out", type=FOLDER, help="Where the processed files go.", show_default=True)
@click.option("--keep-level/--as-is", default=True, help="Each file as loud as it was, or as the chain leaves it.", show_default=True)
def apply(recipe: Path, files: tuple[Path, ...], out: Path, keep_level: bool) -> None:
    """Puts FILES through the chain of RECIPE (recipe.json or chain.json). What is already there from an earlier run is skipped."""
    plugins = chain.load(recipe)
    make_folder(out)
    console = Console()
    for file in files:
        tracks.scan(file)
        if (out / file.name).resolve() == file.resolve():
            raise InputError(f"{file.name} would be written over itself", "Choose another folder with --out.")
    with Progress(console=console) as bar:
        for file in files:
            target = out / f"{file.stem}{suffix_for(file)}"
            task = bar.add_task(file.name, total=1.0)
            if target.is_file() and target.stat().st_mtime >= max(recipe.stat().st_mtime, file.stat().st_mtime):
                bar.update(task, completed=1.0, description=f"{file.name} [dim]is there already[/dim]")
                continue
            made = bounce(file, target, plugins, keep_level, lambda part, task=task: bar.update(task, completed=part))
            bar.update(task, description=f"{file.name} [dim]{_level(made)}[/dim]")


def _level(made: Bounce) -> str:
    return f"{made.after + made.gain:.1f} LUFS" + (" (turned down: its peaks would clip)" if made.limited else "")


def doctor() -> list[Finding]:
    """Which pedalboard and which sound file library there are."""
    import pedalboard
    import soundfile

    return [Finding(f"daw: pedalboard {pedalboard.__version__}, {soundfile.__libsndfile_version__}, {len(TOOLS)} effects", True)]


HOST = Host(name="daw", suffixes=tracks.SUFFIXES, imitate=imitate, commands=(apply, daw), doctor=doctor)
