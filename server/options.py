"""What the `imitate` commands of all hosts understand alike: references, likeness, locks, percentages, the folder for results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from shared_engine.errors import InputError
from shared_engine.space import choose_tools, resolve_locks
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


@dataclass(frozen=True)
class Wishes:
    """The options that every `imitate` has, as they were given."""

    references: tuple[Path, ...]
    weights: tuple[float, ...]
    original: Path | None
    likeness: float
    strength: float
    only: str
    locks: tuple[str, ...]
    proposer: str
    max_tools: int
    alternatives: int
    seed: int
    out: Path
    as_json: bool

    @property
    def weighted(self) -> list[tuple[Path, float]]:
        """Each reference with its weight. Raises InputError."""
        if len(self.weights) > len(self.references):
            raise InputError(
                f"there are {len(self.weights)} weights for {len(self.references)} references",
                "Give one --weight for each --like, or fewer.",
            )
        rest = (1.0,) * (len(self.references) - len(self.weights))
        return list(zip(self.references, (*self.weights, *rest), strict=True))

    def options(self, tools: Sequence[Tool]) -> dict[str, Any]:
        """The `options` of IMIT/1's `open`, checked against the tools that there are. Raises ParameterError."""
        chosen = split_names(self.only)
        choose_tools(tools, chosen)
        plain = ("proposer", "likeness", "strength", "alternatives", "max_tools", "seed")
        return {**{name: getattr(self, name) for name in plain}, "only": chosen, "locks": parse_locks(self.locks, tools)}


@dataclass(frozen=True)
class Nouns:
    """A host's own words in the help of the options."""

    reference: str
    content: str
    tool: str
    groups: str
    lock: str


def imitate_options(nouns: Nouns, max_tools: int, most: int, alternatives: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorates a command that takes its own options by name and, as `wishes`, those that all hosts share.

    `max_tools`: how many tools an answer may use unless the user says otherwise, at most `most`.
    """
    options = (
        click.option("--like", "references", multiple=True, required=True, type=FILE, help=f"{nouns.reference}. Several say far more."),
        click.option(
            "--weight", "weights", multiple=True, type=click.FloatRange(0.0, 1000.0), help="How much each --like counts, in their order."
        ),
        click.option("--original", type=FILE, help="The (first) reference before it was processed: nothing tells more."),
        click.option("--likeness", type=Percent(2.0), default="100%", help="How far to go towards the reference, 0 % to 200 %."),
        click.option("--strength", type=Percent(1.5), default="100%", help="How much of the answer to apply, 0 % to 150 %."),
        click.option("--only", default="", help=f"{nouns.tool.capitalize()}s, or groups ({nouns.groups}), with commas between."),
        click.option("--lock", "locks", multiple=True, help=f"What stays as it is, such as {nouns.lock}."),
        click.option("--proposer", default="auto", help=f"Who says what the {nouns.content} should become."),
        click.option(
            f"--max-{nouns.tool}s", "max_tools", default=max_tools, type=click.IntRange(1, most), help=f"How many {nouns.tool}s to use."
        ),
        click.option("--alternatives", default=alternatives, type=click.IntRange(0, 12), help="How many other answers to offer."),
        click.option("--seed", default=0, type=click.IntRange(0, 2**32 - 1), help="Another seed may find another answer."),
        click.option("--out", default="out", type=FOLDER, help="Where the results go."),
        click.option("--json", "as_json", is_flag=True, help="Print the recipe as JSON, and nothing else, on standard output."),
    )

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def call(**given: Any) -> None:
            shared = {one.name: given.pop(one.name) for one in fields(Wishes)}
            command(wishes=Wishes(**shared), **given)

        call.__doc__ = command.__doc__
        decorated: Callable[..., None] = call
        for option in reversed(options):
            decorated = option(decorated)
        vars(decorated).setdefault("__click_params__", []).extend(vars(command).get("__click_params__", []))
        return decorated

    return decorate
