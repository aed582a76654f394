"""A third party's host: files that end in .gain, a command of its own, a plug-in to install."""

from pathlib import Path

import click

from server.hosts import Finding, Host
from shared_engine.errors import InputError


@click.command("imitate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--like", multiple=True, required=True)
@click.option("--fail")
def imitate(file, like, fail):
    """Says what it was asked."""
    if fail == "input":
        raise InputError(f"{file.name} is empty", "Fill it.")
    if fail == "interrupt":
        raise KeyboardInterrupt
    if fail == "missing":
        file.read_bytes()
    click.echo(f"{file.name} like {', '.join(like)}")


@click.command("gain-info")
def info():
    """A command of its own."""
    click.echo("gain: 1")


def doctor():
    return [Finding("a gain was found", True), Finding("its knob is loose", False, "Tighten it.")]


HOST = Host(
    "tests",
    frozenset({".gain"}),
    imitate,
    (info,),
    doctor=doctor,
    install=lambda: ["put the plug-in into /somewhere"],
)
