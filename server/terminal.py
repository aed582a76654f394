"""A study in a terminal: progress bar with ETA, Ctrl-C that keeps the best so far. Every host's `imitate` command uses it."""

import signal
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .client import Engine
from .client.engine import Render


def follow(
    engine: Engine,
    study: str,
    console: Console,
    render: Render | None = None,
    draft: Callable[[Mapping[str, Any]], None] | None = None,
) -> Mapping[str, Any]:
    """Shows a study's progress on `console` until it has ended -> its last status. `render`: see `Engine.follow`; `draft` is called with
    every new best so far of a study that was opened with drafts.

    The first Ctrl-C stops the search and keeps the best so far, a second one gives up (KeyboardInterrupt).

    Raises:
        EngineError: the study's own error, or the engine cannot be reached any more.
    """
    interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    columns = (
        TextColumn("{task.description:<26}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("waiting for the engine", total=1.0, left="")

            def report(status: Mapping[str, Any]) -> bool:
                eta = status["eta"]
                left = f"about {eta:.0f} s left (Ctrl-C keeps the best so far)" if eta else ""
                label = "stopping" if interrupted else status["stage"] or status["state"]
                bar.update(task, completed=status["fraction"], description=label, left=left)
                if draft and status["draft"]:
                    draft(status["draft"])
                return not interrupted

            return engine.follow(study, report, interval=0.1, render=render, drafts=draft is not None)
    finally:
        signal.signal(signal.SIGINT, before)


def settings_table(title: str, rows: list[tuple[str, str, str]]) -> Table:
    """Rows of (tool, setting, what it does) as a table for the terminal."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in ("Tool", "Setting", "What it does here"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
