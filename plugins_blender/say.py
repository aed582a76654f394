"""`utsushi say "a small yellow bird with black wings" SCENE.blend`: chooses among models and sets their own parameters, on files."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plugins_blender.blender import one_blender
from plugins_blender.said import SESSION, Said, describe, explained, look_closer, part_of, render, understand
from server.terminal import settings_table
from shared_engine.errors import InputError
from shared_engine.metrics.text_image import TextImagePair
from shared_engine.words import color
from shared_engine.words.parse import check
from shared_engine.words.propose import Take

FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("say")
@click.argument("text", metavar="INSTRUCTION")
@click.argument("scene_file", metavar="SCENE", type=FILE)
@click.option("--out", default="out", type=FOLDER, help="Where the results go.", show_default=True)
@click.option("--takes", "count", default=4, type=click.IntRange(1, 12), help="How many candidates to render.", show_default=True)
@click.option("--strength", default=1.0, type=click.FloatRange(0, 1.5), help="How far to go towards what was said.", show_default=True)
@click.option("--lock", "locks", multiple=True, help="A part or key that stays, such as Wing.")
@click.option("--unsure", is_flag=True, help="Also do what was perhaps meant, instead of only naming it.")
@click.option("--like", "references", multiple=True, type=FILE, help="A picture whose light and look the result gets too.")
@click.option("--text-encoder", type=FILE, help="Your own CLIP-like text encoder (ONNX); with --image-encoder it ranks the takes.")
@click.option("--image-encoder", type=FILE, help="Your own CLIP-like image encoder (ONNX).")
@click.option("--refine", "refined", is_flag=True, help="With both encoders: also look near the best take, behind a guard.")
@click.option("--explain", is_flag=True, help="Only show how the instruction is understood.")
@click.option("--as-framed", is_flag=True, help="Render with the camera as it stands, instead of one that sees the whole model.")
@click.option("--scene", default="", help="Which scene of the file.  [default: the active one]")
@click.option("--size", default=384, type=click.IntRange(32, 2048), help="Longer side of the renders.", show_default=True)
@click.option("--samples", default=48, type=click.IntRange(1, 4096), help="Samples a pixel of the renders.", show_default=True)
@click.option("--blender", default="", help="Which version of Blender.  [default: the newest found]")
@click.option("--json", "as_json", is_flag=True, help="Print the recipe as JSON, and nothing else, on standard output.")
def say(
    text: str, scene_file: Path, out: Path, count: int, strength: float, locks: tuple[str, ...], unsure: bool,
    references: tuple[Path, ...], text_encoder: Path | None, image_encoder: Path | None, refined: bool, explain: bool, as_framed: bool,
    scene: str, size: int, samples: int, blender: str, as_json: bool,
) -> None:  # fmt: skip
    """Chooses among the models of SCENE and sets their own colours, keys and size so that they fit INSTRUCTION (English or Japanese)."""
    for path in (scene_file, *references):
        if not path.is_file():
            raise InputError(f"there is no file {path}", "Check the path.")
    check(text)
    target = out / f"{scene_file.stem}-say.blend"
    if target.resolve() == scene_file.resolve():
        raise InputError(f"{target} is the file that you gave", "Choose another folder with --out: your file is never written to.")
    console = Console(stderr=as_json)
    pair = encoders(text_encoder, image_encoder)
    host = one_blender(blender)
    with host.session(SESSION) as session:
        with console.status(f"{host} reads {scene_file.name}"):
            said = understand(session, text, scene_file, scene, strength, locks, unsure)
        if not as_json:
            show_parse(console, said)
        if explain:
            if as_json:
                sys.stdout.write(json.dumps(explained(said), indent=2, ensure_ascii=False) + "\n")
            return
        out.mkdir(parents=True, exist_ok=True)
        takes = list(said.takes[:count])
        options = {"side": size, "samples": samples, "framed": not as_framed}
        with console.status("rendering") as status:
            files = render(session, said, takes, out, options, status.update)
        notes: list[str] = []
        if pair:
            with console.status("your encoders look at the takes"):
                takes, files, notes = look_closer(session, said, takes, files, out, pair, refined, options)
        with console.status(f"{host} writes {target.name}"):
            session.request("keep", kept=[said.kept(take) for take in takes], file=str(target.resolve()))
    recipe = describe(said, takes, files, scene_file, host, notes)
    (out / "recipe.json").write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, takes, target, files, notes)
    if references:
        imitate_too(target, references, out, min(size, 192), min(samples, 64))


@click.command("birds")
@click.argument("target", metavar="FILE.blend", type=FILE)
@click.option("--blender", default="", help="Which version of Blender.  [default: the newest found]")
def birds(target: Path, blender: str) -> None:
    """Makes a .blend with four birds to try `utsushi say` on."""
    if target.exists() or target.suffix != ".blend":
        raise InputError(f"{target} exists, or is no name of a .blend file", "Choose a new name that ends in .blend.")
    host = one_blender(blender)
    host.run(Path(__file__).parent / "birds" / "build.py", str(target.resolve()))
    click.echo(f"{target}: try `utsushi say 'a small yellow bird with black wings' {target} --out out`")


def encoders(text_encoder: Path | None, image_encoder: Path | None) -> TextImagePair | None:
    """The user's pair, None where there is none. InputError for half of one."""
    if bool(text_encoder) != bool(image_encoder):
        raise InputError("one encoder alone cannot compare words with pictures", "Give --text-encoder and --image-encoder.")
    return TextImagePair(text_encoder, image_encoder) if text_encoder and image_encoder else None


def show_parse(console: Console, said: Said) -> None:
    table = Table(title=escape(f"“{said.instruction.text.strip()}”"), title_justify="left", header_style="bold")
    for name in ("What", "Property", "Says", "Words", "Certain"):
        table.add_column(name, overflow="fold")
    for claim in said.instruction.claims:
        table.add_row(*map(escape, (*claim.describe(), claim.words)), f"{claim.certainty:.0%}")
    console.print(table)
    if said.instruction.unknown:
        console.print(f"[yellow]Not understood: {escape(', '.join(said.instruction.unknown))}[/yellow]")
    for note in (*said.instruction.notes, *said.notes):
        console.print(f"[yellow]{escape(note)}[/yellow]")


def show(console: Console, takes: Sequence[Take], target: Path, files: Sequence[str], notes: Sequence[str]) -> None:
    best = takes[0]
    rows = [(escape(part_of(one.property)), value_of(one.value), escape(one.why)) for one in best.changes]
    console.print(settings_table(f"{best.model.name}, the first of {len(takes)}", rows))
    if best.missed:
        console.print(f"[yellow]{best.model.name} has nothing for: {escape(', '.join(best.missed))}[/yellow]")
    for note in notes:
        console.print(f"[yellow]{note}[/yellow]")
    console.print(f"in {target.parent}/: {target.name}, before.png, {', '.join(files)}, recipe.json")


def value_of(value: Any) -> str:
    return color.to_hex(color.from_linear(value)) if isinstance(value, list) else f"{value:.3g}"


def imitate_too(target: Path, references: Sequence[Path], out: Path, size: int, samples: int) -> None:
    """The sentence has chosen and shaped; the references give light and look, by the same search as `utsushi imitate`."""
    from plugins_blender.command import imitate

    arguments = [
        str(target),
        "--out",
        str(out / "look"),
        "--size",
        str(size),
        "--samples",
        str(samples),
        *(part for path in references for part in ("--like", str(path))),
    ]
    imitate.main(args=arguments, prog_name="utsushi say", standalone_mode=False)
