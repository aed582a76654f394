"""`utsushi export RECIPE TRACK --out DIR`: a track and its chain as a project folder for DAWs."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from plugins_daw import tracks
from server.options import FILE, FOLDER


@click.command("export")
@click.argument("recipe", type=FILE)
@click.argument("track", type=FILE)
@click.option("--out", default="out", type=FOLDER, help="The project folder.", show_default=True)
def export(recipe: Path, track: Path, out: Path) -> None:
    """Writes TRACK with the chain of RECIPE (recipe.json or chain.json) as projects for REAPER, Ardour, Bitwig, Studio One, Cubase."""
    from plugins_daw.export import project
    from plugins_daw.export.work import Work

    console = Console()
    work = Work.of_file(tracks.scan(track), recipe)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        made = project.export(work, out, lambda stage, part: bar.update(task, description=stage, completed=part))
    for file in made.files:
        console.print(f"{out / file.name}  [dim]{file.about}[/dim]", soft_wrap=True, highlight=False)
    for note in made.notes:
        console.print(f"[yellow]{note}[/yellow]")
