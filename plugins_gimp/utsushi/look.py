"""What a session of the dialog speaks of: references as they are shown, looks, pictures from the engine, and how far a search is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BEST = -1
"""The index of the answer itself among the alternatives."""


@dataclass(frozen=True)
class Shown:
    """One reference: the descriptors of its pictures are made when a study is opened."""

    picture: Any
    weight: float = 1.0
    original: Any = None
    uri: str = ""


@dataclass(frozen=True)
class Look:
    """What is shown of the answer: an alternative (BEST: the answer itself), mixed with `other` by `amount`, or `values` of a take."""

    index: int = BEST
    other: int | None = None
    amount: float = 0.5
    values: Mapping[str, Any] | None = None
    name: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether this is the answer itself: it alone has effects and a likeness."""
        return self.index == BEST and self.other is None and self.values is None

    def request(self, likeness: float) -> dict[str, Any]:
        """The fields of a `result` request."""
        if self.values is not None:
            return {"values": dict(self.values)}
        if self.other is not None:
            parts = ((self.index, 1 - self.amount), (self.other, self.amount))
            return {"mix": [{"alternative": index, "weight": weight} for index, weight in parts]}
        return {"likeness": likeness} if self.is_answer else {"alternative": self.index}


@dataclass(frozen=True)
class Rendered:
    """A picture that the engine made: R'G'B' bytes."""

    data: bytes
    width: int
    height: int


@dataclass
class Progress:
    """Where the search stands, for the dialog's line. `closer`: how much of the way the best so far has gone (0..1)."""

    stage: str = ""
    fraction: float = 0.0
    eta: float | None = None
    closer: float | None = None
    running: bool = False
