"""`utsushi imitate PHOTO --like REFERENCE`: the photo job on files, through the same engine that GIMP talks to."""

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from plugins_gimp import install, pictures
from plugins_gimp.gimp import GimpHost, find_gimps
from plugins_gimp.outcome import describe, show, write_outputs
from plugins_gimp.painter import Painter
from plugins_gimp.sheet import Cell
from server.client import Blobs, Engine, connect
from server.hosts import Finding, Host
from server.options import FILE, Nouns, Wishes, imitate_options, make_folder
from server.terminal import follow
from shared_engine.errors import InputError

PROXY_SIDE = 768
"""Longer side of what is sent to the engine, in pixels."""

DRAWN_SIDE = 256
"""Longer side of what GIMP renders for the engine, in pixels."""

NOUNS = Nouns("A picture with the look", "photo", "filter", "tone, colour, local", "exposure=0 or vignette")


@click.command("imitate")
@click.argument("photo", type=FILE)
@imitate_options(NOUNS, max_tools=8, most=14, alternatives=6)
@click.option("--mask", type=FILE, help="A grey picture of the photo's shape: white where the look is wanted. Transparency counts as well.")
@click.option("--gimp/--no-gimp", "ask_gimp", default=True, help="Whether a GIMP that is found renders the answers, and what only it can.")
def imitate(photo: Path, wishes: Wishes, mask: Path | None, ask_gimp: bool) -> None:
    """Finds GIMP filters that give PHOTO the look of the references."""
    from plugins_gimp.replica import GimpReplica  # torch takes seconds, which --help and doctor need not pay

    console = Console(stderr=wishes.as_json)
    replica = GimpReplica()
    options = wishes.options(replica.chain)
    content = pictures.read(photo, PROXY_SIDE)
    if mask is not None:
        content = replace(content, alpha=pictures.read_mask(mask, (content.pixels.shape[1], content.pixels.shape[0]), content.alpha))
    shown = [pictures.read(path, PROXY_SIDE) for path in wishes.references]
    before = pictures.read(wishes.original, PROXY_SIDE) if wishes.original else None
    make_folder(wishes.out)
    for picture in (content, *shown):
        for note in picture.notes:
            console.print(f"[dim]{picture.path.name}: {note}[/dim]")
    foreign = [tool.label for tool in replica.host_tools if tool.id in options["only"]]
    gimp = _gimp(ask_gimp, foreign)

    with ExitStack() as stack:
        painter = stack.enter_context(Painter(gimp, photo, DRAWN_SIDE, content.alpha)) if gimp and (foreign or gimp.has_all) else None
        engine = stack.enter_context(connect())
        blobs = Blobs()
        sent = [{"array": send(blobs, one), "weight": weight} for one, (_, weight) in zip(shown, wishes.weighted, strict=True)]
        if before:
            sent[0]["original"] = send(blobs, before)
        body = {
            "host": "command line", "renderer": "gimp", "content": send(blobs, content), "references": sent, "options": options,
            "renders": painter is not None,
        }  # fmt: skip
        study = engine.open(body, blobs)
        follow(engine, study, console, painter.render if painter else None)
        answer, _ = engine.result(study)
        painted = [painted_by(engine, study, name) for name in answer["painted"]]
        engine.forget(study)
    recipe = describe(answer, replica.chain, photo, wishes, options)
    write_outputs(wishes.out, content, shown, answer, painted, recipe, replica.chain, gimp, mask, console)
    if wishes.as_json:
        sys.stdout.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    else:
        show(console, recipe, wishes.out)


def send(blobs: Blobs, picture: pictures.Picture) -> Mapping[str, Any]:
    """Adds a picture to what is sent -> its descriptor."""
    height, width = picture.pixels.shape[:2]
    pixels = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    return blobs.picture(pixels.tobytes(), width, height, channels=pixels.shape[2], dtype="|u1", name=picture.path.name)


def painted_by(engine: Engine, study: str, proposer: str) -> Cell:
    """What the network of a proposer painted, for the contact sheet."""
    reply, (blob,) = engine.request("result", {"study": study, "painted": proposer})
    pixels = np.frombuffer(blob, np.uint8).reshape(reply["preview"]["shape"])
    return Cell(pixels, f"What {proposer} itself paints", ["not used: the filters transcribe its colours and tones"])


def _gimp(wanted: bool, foreign: list[str]) -> GimpHost | None:
    """The newest GIMP that is found. Raises InputError where filters were named that only a GIMP renders, and there is none."""
    gimps = find_gimps() if wanted else []
    if foreign and not gimps:
        raise InputError(
            f"only GIMP itself can render {', '.join(foreign)}, and " + ("no GIMP 3 was found" if wanted else "--no-gimp was given"),
            "Install GIMP 3.2, or point UTSUSHI_GIMP to one.",
        )
    return gimps[0] if gimps else None


def doctor() -> list[Finding]:
    """Which GIMPs there are, and whether the plug-in is in them."""
    return install.findings()


HOST = Host(name="gimp", suffixes=pictures.SUFFIXES, imitate=imitate, doctor=doctor, install=install.install, uninstall=install.uninstall)
