"""`utsushi train`: one command for every task that is registered under ``utsushi.trainers``."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn


@click.command()
@click.argument("name")
@click.option(
    "--corpus", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="The folder of contents and looks."
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The weights file; card and curve go beside it."
)
@click.option("--minutes", default=8.0, type=click.FloatRange(0.01), show_default=True, help="Processor time to spend.")
@click.option("--seed", default=0, show_default=True)
@click.option("--renderer", default="", help="Whose random settings are learned, for example gimp.")
@click.option(
    "--learn-from",
    "learned",
    multiple=True,
    default=("train",),
    show_default=True,
    type=click.Choice(("train", "dev", "test")),
    help="Parts of the corpus; the figures are taken on dev, if it is not among them.",
)
@click.option(
    "--contrast", is_flag=True, help="Learn an embedding of the task's renders instead: same settings lie together, on any content."
)
@click.option("--resume", is_flag=True, help="Go on with what was interrupted.")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), help="Folder of grids and checkpoints, to keep and use again.")
def train(
    name: str,
    corpus: Path,
    out: Path,
    minutes: float,
    seed: int,
    renderer: str,
    learned: tuple[str, ...],
    contrast: bool,
    resume: bool,
    work: Path | None,
) -> None:
    """Train NAME (look, sound, ...) on renders of a corpus; how the shipped weights were made stands in their cards."""
    from shared_engine import extensions
    from shared_engine.training.contrastive import Contrastive
    from shared_engine.training.trainer import Budget
    from shared_engine.training.trainer import train as run

    chosen = {"renderer": extensions.load("renderers", renderer)()} if renderer else {}
    task = extensions.load("trainers", name)(corpus, learned=learned, **chosen)
    if contrast:
        task = Contrastive(task)
    with _bar() as bar:
        shown = bar.add_task("", total=1.0, left="", figures="")

        def tell(now: Any) -> None:
            left = "" if now.eta is None else f"{now.eta / 60:.0f} min left" if now.eta > 90 else f"{now.eta:.0f} s left"
            figures = "  ".join(f"{figure} {value:.3f}" for figure, value in list(now.figures.items())[:2])
            bar.update(shown, description=now.doing, completed=now.done, left=left, figures=figures)

        trained = run(task, out, Budget(minutes), seed=seed, resume=resume, work=work, tell=tell)
    for figure, value in trained.figures.items():
        click.echo(f"{figure}: {value:.4g}")
    click.echo(f"{out}: sha256 {trained.pin}")


def _bar() -> Progress:
    columns = "{task.description}", BarColumn(), TaskProgressColumn(), "{task.fields[left]}", "{task.fields[figures]}"
    return Progress(*columns, console=Console(file=sys.stderr, highlight=False))
