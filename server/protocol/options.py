"""What a user may wish of a study: the options of `open`, and the picks that they made before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import limits
from .errors import ProtocolError

Value = int | float | str


def within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ProtocolError("body", f"{name} = {value:g} is outside {low:g}..{high:g}", f"Choose {name} in {low:g}..{high:g}.")


@dataclass(frozen=True)
class Pick:
    """A choice of the user's: answers that were shown, each by its values, and the index of the one that was preferred."""

    shown: tuple[Mapping[str, Value], ...]
    picked: int

    def __post_init__(self) -> None:
        within("the number of answers shown", len(self.shown), 1, 25)
        within("picked", self.picked, 0, len(self.shown) - 1)


@dataclass(frozen=True)
class Options:
    """The user's wishes; each is the field of the same name of `shared_engine.types.StudySpec`. A lock of null holds what stands there."""

    proposer: str = "auto"
    only: tuple[str, ...] = ()
    locks: Mapping[str, Value | None] = field(default_factory=dict)
    likeness: float = 1.0
    strength: float = 1.0
    alternatives: int = 6
    max_tools: int = 8
    start: Mapping[str, Value] = field(default_factory=dict)
    budget: int = 20_000
    seed: int = 0
    aspects: Mapping[str, float] = field(default_factory=dict)
    path: tuple[float, ...] = ()
    picks: tuple[Pick, ...] = ()

    def __post_init__(self) -> None:
        within("the number of picks", len(self.picks), 0, limits.PICKS)
        within("the number of likenesses in path", len(self.path), 0, 16)
        for likeness in self.path:
            within("path", likeness, 0.0, 2.0)
        within("likeness", self.likeness, 0.0, 2.0)
        within("strength", self.strength, 0.0, 2.0)
        within("alternatives", self.alternatives, 0, 24)
        within("max_tools", self.max_tools, 1, 64)
        within("budget", self.budget, 1, 10_000_000)
        within("seed", self.seed, 0, 2**32 - 1)
