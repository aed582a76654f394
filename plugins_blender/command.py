"""`utsushi imitate SCENE.blend --like REFERENCE`: a scene's light and look on files, through the engine that the panel uses."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from plugins_blender import install
from plugins_blender.blender import BlenderHost, Session, one_blender
from plugins_blender.replica import BlenderReplica
from plugins_blender.say import say
from plugins_blender.shot import Shot, fitted, read_reference
from server.client import Blobs, connect
from server.hosts import Host
from server.terminal import follow, settings_table
from shared_engine.errors import InputError
from shared_engine.space import choose_tools

GROUPS = ("lights", "world", "color")
"""What may change; the names are aspects of the tools, so single lights can be named too."""

FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


def names(context: click.Context, option: click.Parameter, text: str) -> list[str]:
    """A comma-separated option as a list."""
    return [name.strip() for name in text.split(",") if name.strip()]


@click.command("imitate")
@click.argument("scene_file", metavar="SCENE", type=FILE)
@click.option("--like", "references", multiple=True, required=True, type=FILE, help="A picture with the light and look; EXR and HDR too.")
@click.option("--change", default=",".join(GROUPS), callback=names, help="What may change: groups, or single lights.", show_default=True)
@click.option("--lock", "locks", multiple=True, help="A light or setting that stays, such as Key or Key.strength=500.")
@click.option("--likeness", default=1.0, type=click.FloatRange(0, 2), help="How far to go towards the reference.", show_default=True)
@click.option("--strength", default=1.0, type=click.FloatRange(0, 1.5), help="How much of the answer to apply.", show_default=True)
@click.option("--proposer", default="auto", help="Who says what the render should become.", show_default=True)
@click.option("--alternatives", default=0, type=click.IntRange(0, 12), help="How many other answers to look for.", show_default=True)
@click.option("--scene", default="", help="Which scene of the file.  [default: the active one]")
@click.option("--size", default=192, type=click.IntRange(32, 1024), help="Longer side of the search's render.", show_default=True)
@click.option("--samples", default=64, type=click.IntRange(1, 4096), help="Samples a pixel of the search's render.", show_default=True)
@click.option("--blender", default="", help="Which version of Blender.  [default: the newest found]")
@click.option("--seed", default=0, type=click.IntRange(0, 2**31 - 1), help="Another seed may find another answer.", show_default=True)
@click.option("--out", default="out", type=FOLDER, help="Where the results go.", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the recipe as JSON, and nothing else, on standard output.")
def imitate(
    scene_file: Path, references: tuple[Path, ...], change: list[str], locks: tuple[str, ...], likeness: float, strength: float,
    proposer: str, alternatives: int, scene: str, size: int, samples: int, blender: str, seed: int, out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Finds values of SCENE's own lights, world and colour management that give its render the light and look of the references."""
    for path in (scene_file, *references):
        if not path.is_file():
            raise InputError(f"there is no file {path}", "Check the path.")
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{scene_file.stem}-imitation.blend"
    if target.resolve() == scene_file.resolve():
        raise InputError(f"{target} is the file that you gave", "Choose another folder with --out: your file is never written to.")
    console = Console(stderr=as_json)
    host = one_blender(blender)
    with host.session() as session:
        with console.status(f"{host} renders the layers of light"):
            opened = session.request("open", file=str(scene_file.resolve()), scene=scene)
            shot = Shot.take(session, size, samples, seed, looks="color" in change)
        replica = BlenderReplica(scene=shot.scene())
        options = {
            "proposer": proposer, "likeness": likeness, "strength": strength, "alternatives": alternatives, "seed": seed,
            "only": change, "locks": held(session, replica, locks, change), "max_tools": 64,
        }  # fmt: skip
        shown = [fitted(read_reference(session, path), shot.size) for path in references]
        answer = ask(shot, replica, shown, options, host, console)
        with console.status(f"{host} renders the answer and writes {target.name}"):
            check = verify(session, replica, shot, answer, strength, out)
            recipe = describe(answer, check, [*opened["notes"], *shot.description["notes"]], scene_file, references, host, options)
            take = {"name": f"like {references[0].stem}", "settings": answer["recipe"], "score": answer["score"]["total"]}
            session.request("save", settings=answer["recipe"], file=str(target.resolve()), take=take)
    (out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, recipe, target)


def held(session: Session, replica: BlenderReplica, texts: Sequence[str], change: Sequence[str]) -> dict[str, Any]:
    """Locks by name, from the user's "NAME" and "NAME=VALUE" and from what `change` makes superfluous. Checks the names in `change`."""
    choose_tools([*replica.tools, *replica.host_tools], change)
    wanted = {name.strip(): value.strip() or None for name, _, value in (text.partition("=") for text in texts)}
    return session.request("locks", only=list(change), wanted=wanted)


def ask(
    shot: Shot, replica: BlenderReplica, shown: Sequence[NDArray[np.uint8]], options: Mapping[str, Any], host: BlenderHost, console: Console
) -> dict[str, Any]:
    """The engine's answer, with progress on `console`."""
    content = shot.content(replica)
    pixels = np.rint(np.clip(content.data, 0, 1) * 255).astype(np.uint8)
    if content.mask is not None:
        pixels = np.dstack([pixels, np.rint(content.mask * 255).astype(np.uint8)])
    height, width, channels = pixels.shape
    blobs = Blobs()
    body = {
        "host": "command line",
        "host_version": str(host),
        "renderer": replica.name,
        "content": blobs.picture(pixels.tobytes(), width, height, channels, name="render"),
        "references": [{"array": blobs.picture(one.tobytes(), one.shape[1], one.shape[0], name="reference")} for one in shown],
        "options": dict(options),
        "scene": shot.send(blobs),
    }
    with connect() as engine:
        study = engine.open(body, blobs)
        follow(engine, study, console)
        answer, _ = engine.result(study)
        engine.forget(study)
    return answer


def verify(
    session: Session, replica: BlenderReplica, shot: Shot, answer: Mapping[str, Any], strength: float, out: Path
) -> dict[str, float]:
    """Renders before and after in Blender, under the conditions of the layers -> how far the replay is from both, in levels of 255."""
    content = shot.content(replica)
    values = {key: np.array([value]) for key, value in answer["best"]["values"].items()} if strength == 1 else None
    errors = {}
    for name, settings in (("before", []), ("after", answer["recipe"])):
        session.request("render", settings=settings, picture=str((out / f"{name}.png").resolve()))
        if name == "before" or values is not None:
            (replayed,) = replica.stage(content).media({} if name == "before" else values or {}, 1)
            with Image.open(out / f"{name}.png") as picture:
                difference = np.abs(np.asarray(picture.convert("RGB"), np.float32) - replayed.data * 255)
            errors |= {f"{name}_max": float(difference.max()), f"{name}_mean": float(difference.mean())}
    return errors


def describe(
    answer: Mapping[str, Any], check: Mapping[str, float], notes: Sequence[str], scene_file: Path, references: Sequence[Path],
    host: BlenderHost, options: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The recipe file: what was asked, Blender's own settings with their values, scores, and how true the replay was."""
    return {
        "format": "utsushi-recipe",
        "version": 1,
        "host": str(host),
        "scene": scene_file.name,
        "references": [path.name for path in references],
        "options": dict(options),
        "proposer": answer["proposer"],
        "score": answer["score"]["total"],
        "score_unit": "mean dE to the proposal",
        "score_of_doing_nothing": answer["baseline"]["total"],
        "settings": answer["recipe"],
        "effects": answer["effects"],
        "replay_error_in_levels": dict(check),
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
        change = f"{one['label']} {_plain(one['before'])} -> {_plain(one['value'])}{' ' + one['unit'] if one['unit'] else ''}"
        rows.append((one["tool"], change, reasons.pop(one["tool_id"], "")))
    console.print(settings_table(f"{recipe['scene']} after {', '.join(recipe['references'])} (proposer: {recipe['proposer']})", rows))
    console.print(
        f"distance to the proposal {recipe['score']:.2f}, of doing nothing {recipe['score_of_doing_nothing']:.2f} (mean dE); "
        f"{recipe['evaluations']} candidates in {recipe['seconds']:.1f} s"
    )
    for line in (*recipe["notes"], *recipe["warnings"]):
        console.print(f"[yellow]{line}[/yellow]")
    console.print(f"in {target.parent}/: {target.name}, before.png, after.png, recipe.json")


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"({', '.join(f'{part:.3g}' for part in value)})" if isinstance(value, list) else f"{value:.4g}"


HOST = Host("blender", frozenset({".blend"}), imitate, (say,), install.findings, install.install, install.uninstall)
