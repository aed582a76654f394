"""The contract of renderers: who turns candidates into pixels or samples.

A renderer is a host, or a *replica* of a host's tools inside the engine. `stage` binds it to one content; the stage then renders
whole batches. Rules of ownership: a stage never writes into the media it was given; what it returns belongs to the caller.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.proposer import Proposer
from shared_engine.types import Kind, Media, Reference, Tool, Value, Values

Array = Any
"""A numpy array, or a torch tensor where a renderer is differentiable. Metrics answer in the kind that they are given."""

Batch = Mapping[str, Array]
"""Native values of K candidates by key, each of shape (K,). Absent keys stand at their default."""


@dataclass(frozen=True)
class Measured:
    """Settings of one tool that were read off the references; `words` say what they do."""

    tool: Tool
    values: Values
    words: str


class Stage(ABC):
    """A renderer bound to one content (or to a sample of it)."""

    @abstractmethod
    def render(self, batch: Batch, count: int) -> Array:
        """Renders `count` candidates -> (count, ...) in the stage's own representation (pixels, samples); a list of `count` renders (...)
        where one array would only be another copy."""

    @abstractmethod
    def target(self, media: Media) -> Array:
        """Brings a picture or sound *of the same content* into the stage's representation, (...) without the batch axis."""

    @abstractmethod
    def media(self, batch: Batch, count: int) -> list[Media]:
        """Renders `count` candidates completely, as Media of the content's size."""


class Renderer(ABC):
    """Knows the tools of one host and how to render them."""

    name: str
    kind: Kind
    differentiable: bool = False
    """True: `Stage.render` takes torch tensors and lets gradients through."""
    begin: Values = {}
    """Where a search begins that knows no better: for tools that at rest hide what their other settings would do."""

    @property
    @abstractmethod
    def tools(self) -> Sequence[Tool]:
        """The tool chain in the order in which the host executes it."""

    @property
    def host_tools(self) -> Sequence[Tool]:
        """Tools that only the host itself can render. `recipe` knows them too; a search uses them where the host draws candidates."""
        return ()

    @property
    def shown(self) -> frozenset[str]:
        """Ids of the tools that `Stage.media` renders: all that are searched here, and those of the host that it can show alike."""
        return frozenset(tool.id for tool in self.tools)

    def measured(self, content: Media, references: Sequence[Reference]) -> Sequence[Measured]:
        """What can be read off the references and set, and need not be searched: at likeness 1, in tools that are not in use otherwise."""
        return ()

    @property
    def proposers(self) -> Sequence[Proposer]:
        """Proposers that know more of its content than a picture or a sound tells; asked beside the installed ones."""
        return ()

    @property
    def chain(self) -> Sequence[Tool]:
        """All tools that `recipe` understands."""
        return [*self.tools, *self.host_tools]

    @abstractmethod
    def stage(self, content: Media, sample: int | None = None, seed: int = 0) -> Stage:
        """Binds to `content`. `sample`: render only that many elements (pixels) drawn with `seed`, where the renderer can."""

    @abstractmethod
    def recipe(self, values: Values) -> list[dict[str, Any]]:
        """The host's own words for `values`: JSON-able native settings in execution order; tools at their defaults are left out."""

    def noticed(self, values: Values) -> dict[str, Value]:
        """`values` without those of tools that nobody would notice with them: where such a tool stands makes no difference."""
        return dict(values)

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, float | int | str]:
        """The inverse of `recipe`, for settings that a user edited by hand in the host."""
        raise TypeError(f"{self.name} cannot read native settings back")


def batch_of(values: Values) -> Batch:
    """One candidate's values as a batch."""
    return {key: np.array([value]) for key, value in values.items()}


def positions(mask: NDArray[Any] | None, shape: tuple[int, int], count: int, seed: int) -> NDArray[Any]:
    """Flat indices of `count` picture elements drawn without replacement, only where `mask` > 0.5 (all where None)."""
    allowed = np.arange(shape[0] * shape[1]) if mask is None else np.flatnonzero(mask.reshape(-1) > min(0.5, float(mask.max()) / 2))
    if count >= allowed.size:
        return allowed
    return np.random.default_rng(seed).choice(allowed, count, replace=False)
