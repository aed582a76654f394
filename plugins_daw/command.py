"""`utsushi imitate TRACK --like REFERENCE`, `utsushi apply RECIPE FILE...`, `utsushi plugins`: the sound job on files, through the engine.

What takes time to import (pedalboard, soundfile, numpy) is imported by the command that needs it: `utsushi --help` asks every host.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugins_daw.app.command import daw
from plugins_daw.export.command import export
from plugins_daw.formats import SUFFIXES
from plugins_daw.live import live
from server.hosts import Finding, Host
from server.options import FILE, FOLDER, Nouns, Percent, Wishes, imitate_options, make_folder
from shared_engine.errors import InputError, ParameterError, UtsushiError

if TYPE_CHECKING:
    from rich.console import Console

    from plugins_daw.bounce import Bounce

NOUNS = Nouns("A recording with the sound", "track", "effect", "tone, dynamics, space, loudness", "reverb or compressor.ratio=3")
MAX_EFFECTS, MOST_EFFECTS, ALTERNATIVES = 10, 24, 4


@click.command("imitate")
@click.argument("track", type=FILE)
@imitate_options(NOUNS, MAX_EFFECTS, MOST_EFFECTS, ALTERNATIVES)
@click.option("--aspect", "aspects", multiple=True, help="How strong one aspect shall be, such as space=50% or tone=0; 100 % as proposed.")
@click.option(
    "--plugin", "wanted", multiple=True, help="A VST3 plug-in to use instead of the built-in effects: a file or a name. Several: in order."
)
@click.option("--preset", "presets", multiple=True, help="PLUGIN=FILE.vstpreset: the state that a plug-in starts from.")
@click.option(
    "--also", multiple=True, help="An effect to use beside the usual ones: phaser, ladder, bitcrush, clip, or an impulse response (WAV)."
)
@click.option("--with-built-in", is_flag=True, help="Use the built-in effects too, before the plug-ins.")
def imitate(
    track: Path,
    wishes: Wishes,
    aspects: tuple[str, ...],
    wanted: tuple[str, ...],
    presets: tuple[str, ...],
    also: tuple[str, ...],
    with_built_in: bool,
) -> None:
    """Finds a chain of effects that makes TRACK sound like the references."""
    from rich.console import Console
    from rich.progress import Progress

    from plugins_daw import tracks
    from plugins_daw.plugins import tools_of, user_chain
    from plugins_daw.recipe import describe
    from plugins_daw.rendition import Rendition
    from plugins_daw.request import Example, open_study, refuse_the_track_itself
    from server.client import connect
    from server.terminal import follow

    console = Console(stderr=wishes.as_json)
    with console.status("reading"):
        scene = user_chain(wanted, presets, with_built_in, console, also)
        tools = tools_of(scene)
        options = {**wishes.options(tools), "aspects": weights(aspects)}
        make_folder(wishes.out)
        dry = tracks.scan(track)
        weighted = [(tracks.scan(path), weight) for path, weight in wishes.weighted]
        shown = [one for one, _ in weighted]
        before = tracks.scan(wishes.original) if wishes.original else None
    refuse_the_track_itself(dry, shown)
    for one in (dry, *shown, *([before] if before else [])):
        for note in one.notes:
            console.print(f"[dim]{one.path.name}: {note}[/dim]")
    examples = [Example(one, weight, before if index == 0 else None) for index, (one, weight) in enumerate(weighted)]
    with connect() as engine:
        study, gain = open_study(engine, dry, examples, options, "command line", scene, drafts=True)
        with Rendition(track, wishes.out, gain) as rendition:
            follow(engine, study, console, draft=lambda found: rendition.begin(found["recipe"]) if found["final"] else None)
            answer, _ = engine.result(study)
            engine.forget(study)
            with Progress(console=console, transient=True) as bar:
                task = bar.add_task("rendering the whole track", total=1.0)
                made, plugins = rendition.result(answer["recipe"], lambda part: bar.update(task, completed=part))
    recipe = describe(answer, plugins, made, tools, dry, shown, before, options)
    write(wishes.out, recipe, plugins)
    if wishes.as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, recipe, wishes.out)


def weights(texts: Sequence[str]) -> dict[str, float]:
    """`space=50%` -> {"space": 0.5}. Raises ParameterError."""
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not value.strip():
            raise ParameterError(f"--aspect {text} says no weight", "Write it as space=50%.")
        found[name.strip()] = Percent(2.0).convert(value, None, None)
    return found


def write(out: Path, recipe: Mapping[str, Any], plugins: Sequence[Mapping[str, Any]]) -> None:
    """The recipe, and a preset of every plug-in of the user's own, as any host can load it."""
    from plugins_daw.plugins import write_presets

    (out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    write_presets(out, plugins)


def show(console: "Console", recipe: Mapping[str, Any], out: Path) -> None:
    """The table of settings, scores and levels."""
    from server.terminal import settings_table

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
    from rich.console import Console
    from rich.progress import Progress

    from plugins_daw import chain, tracks
    from plugins_daw.bounce import bounce, suffix_for

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
            made = bounce(file, target, plugins, keep_level, lambda part, task=task: bar.update(task, completed=part), keep_depth=True)
            bar.update(task, description=f"{file.name} [dim]{_level(made)}[/dim]")


def _level(made: "Bounce") -> str:
    return f"{made.after + made.gain:.1f} LUFS" + (" (turned down: its peaks would clip)" if made.limited else "")


@click.command("plugins")
@click.argument("wish", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def plugins(wish: str | None, as_json: bool) -> None:
    """Lists the VST3 plug-ins of this machine, or tries one (a file or a name) and says what a search can turn on it."""
    from plugins_daw.plugins import list_all, list_one

    list_one(wish, as_json) if wish else list_all(as_json)


def doctor() -> list[Finding]:
    """Which pedalboard and which sound file library there are, and whether plug-ins can be loaded."""
    import pedalboard
    import soundfile

    from plugins_daw.effects import EFFECTS
    from plugins_daw.vst3_library import files, folders

    found = [Finding(f"pedalboard {pedalboard.__version__}, {soundfile.__libsndfile_version__}, {len(EFFECTS)} effects", True)]
    there = len(list(files(folders())))
    try:
        from plugins_daw.vst3_process import Process

        process = Process()
        process.ask({"do": "names", "file": ""})
    except UtsushiError as error:
        if "refused" not in str(error):
            found.append(Finding(f"the process for VST3 plug-ins does not work: {error}", False, error.remedy))
    finally:
        process.close()
    return [*found, Finding(f"{there} VST3 files in {', '.join(str(one) for one in folders())}", True)]


HOST = Host(name="daw", suffixes=SUFFIXES, imitate=imitate, commands=(apply, plugins, daw, export, live), doctor=doctor)
