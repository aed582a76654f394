"""What the `imitate` commands of all hosts understand alike: percentages, lists of names, locks, the folder for results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from shared_engine.errors import InputError
from shared_engine.space import resolve_locks
from shared_engine.types import Tool, Value

FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


class Percent(click.ParamType):
    """`70%`, `70 %` or `0.7` -> 0.7, within 0..`high`."""

    name = "percent"

    def __init__(self, high: float) -> None:
        self.high = high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            number = float(text.rstrip("% ")) / 100 if text.endswith("%") else float(text)
        except ValueError:
            self.fail(f"{value!r} is not a percentage; write 70% or 0.7", param, ctx)
        if not 0 <= number <= self.high:
            self.fail(f"{value} is outside 0 % to {self.high:.0%}", param, ctx)
        return number


def split_names(text: str) -> list[str]:
    """`tone, space` -> ["tone", "space"]."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse_locks(texts: Sequence[str], tools: Sequence[Tool]) -> dict[str, Value]:
    """`exposure=0`, `levels.red-gamma=1.2` or `vignette` (as it is) -> values by key. Raises ParameterError."""
    wishes: dict[str, Value | None] = {}
    for text in texts:
        name, _, value = text.partition("=")
        wishes[name.strip()] = value.strip() or None
    return resolve_locks(tools, wishes, {})


def make_folder(folder: Path) -> None:
    """Makes the folder and tries to write into it, before minutes are spent on what could not be saved. Raises InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".utsushi-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}", "Choose another folder with --out.") from error
