"""`utsushi proposer`: style-transfer networks of the user's own."""

from pathlib import Path
from typing import Any

import click

from server.connection import models_folder


@click.group()
def proposer() -> None:
    """Style-transfer models of your own (ONNX, two pictures in, one out), transcribed like any proposal."""


@proposer.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--name", default="", help="How it is called; the file's name unless told.")
@click.option("--content", help="The input that takes the content, where its name does not tell.")
@click.option("--style", help="The input that takes the style.")
@click.option("--output", help="The output that is the picture.")
@click.option("--low", type=float, help="The value of black, 0 unless told.")
@click.option("--high", type=float, help="The value of white, 1 unless told.")
@click.option("--credit", help="Who made it and under which licence, for your own record.")
def add(model: Path, name: str, **wishes: Any) -> None:
    """Check MODEL and keep a copy of it."""
    from shared_engine.proposers.own_models import add as keep

    declared = keep(model, models_folder(), name, **{key: value for key, value in wishes.items() if value is not None})
    size = f"{declared.side} x {declared.side} pixels" if declared.side else "any size"
    click.echo(f"{declared.name}: content {declared.content}, style {declared.style}, picture {declared.output}, {size}")
    click.echo(f"It is now among the alternatives; --proposer {declared.name} lets it lead.")


@proposer.command("list")
def list_() -> None:
    """The models that were added."""
    from shared_engine.errors import UtsushiError
    from shared_engine.proposers.own_models import load

    for path in sorted(models_folder().glob("*/model.json")):
        try:
            declared = load(path.parent).declared
        except UtsushiError as error:
            click.echo(f"{path.parent.name}: {error}. {error.remedy}")
        else:
            click.echo(f"{declared.name}: {declared.credit or 'no credit given'}, sha256 {declared.sha256[:12]}")


@proposer.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget the model NAME."""
    from shared_engine.proposers.own_models import remove as forget

    forget(models_folder(), name)
    click.echo(f"{name} was removed.")
