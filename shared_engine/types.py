"""The words of the house as frozen dataclasses: what travels between proposers, metrics, optimisers, renderers and hosts.

A *key* names one parameter of one tool everywhere: ``"exposure.exposure"`` is ``Tool.id + "." + Parameter.id``.
Values that are absent from a mapping of values stand at their default.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shared_engine.errors import InputError, ParameterError

Kind = Literal["image", "audio"]
Value = float | int | str
Values = Mapping[str, Value]
"""Native values by key."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Media:
    """A picture or a sound.

    ``kind == "image"``: `data` is (H, W, 3) float32, `space` says its encoding: ``"sRGB"`` (R'G'B', nominal 0..1, may exceed it) or
    ``"linear-sRGB"``. `mask` is (H, W) float32 in 0..1 or None: the weight of each pixel (alpha, selection).
    ``kind == "audio"``: `data` is (channels, samples) float32, `rate` in Hz.
    """

    kind: Kind
    data: FloatArray
    space: str = "sRGB"
    rate: int | None = None
    mask: FloatArray | None = None
    name: str = ""

    def __post_init__(self) -> None:
        shape = self.data.shape
        if self.kind == "image" and (self.data.ndim != 3 or shape[2] != 3):
            raise InputError(f"a picture must be (height, width, 3), not {shape}", "Convert it to RGB first.")
        if self.kind == "audio" and (self.data.ndim != 2 or not self.rate):
            raise InputError(f"a sound must be (channels, samples) with a rate, not {shape}", "Say its sample rate.")
        if self.data.size == 0:
            raise InputError(f"the {self.kind} {self.name or ''} is empty", "Choose one that has content.")
        if not np.isfinite(self.data).all():
            raise InputError(
                f"the {self.kind} {self.name or ''} holds values that are not numbers (NaN or infinite)",
                "Repair it first: in GIMP flatten a copy and convert it to 16-bit; in a DAW render it again.",
            )
        if self.mask is not None and (self.mask.shape != shape[:2] or float(self.mask.max(initial=0)) <= 0):
            raise InputError(
                f"the mask of {self.name or 'the ' + self.kind} covers nothing or has another size",
                "Choose a layer with visible pixels, or a selection inside the picture.",
            )


@dataclass(frozen=True)
class Reference:
    """What the user shows. `original` is the same picture or recording before its effect, where the user has it."""

    media: Media
    weight: float = 1.0
    original: Media | None = None


@dataclass(frozen=True)
class Parameter:
    """One native setting. `low`..`high` is the tasteful range that a search may use, not the host's absolute limits.

    `scale` says how the range is walked: ``"linear"`` or ``"log"`` (low > 0). `choices` makes it categorical (values are strings,
    `low`, `high` are ignored). `step` > 0 rounds to multiples of it. `aspects` where they are narrower than the tool's: the value curve is
    tone, the red one colour. `scan` > 0: a search looks at so many places of the range, evenly apart on its scale, before it walks on from
    the best: for what repeats (a rate), where walking alone finds the nearest of many dips.
    """

    id: str
    label: str
    low: float = 0.0
    high: float = 1.0
    default: Value = 0.0
    unit: str = ""
    scale: Literal["linear", "log"] = "linear"
    step: float = 0.0
    choices: tuple[str, ...] = ()
    help: str = ""
    aspects: frozenset[str] = frozenset()
    scan: int = 0

    def __post_init__(self) -> None:
        if self.choices:
            if self.default not in self.choices:
                raise ParameterError(f"{self.id}: the default {self.default!r} is not one of {self.choices}", "Correct the table.")
            return
        if not self.low < self.high or (self.scale == "log" and self.low <= 0):
            raise ParameterError(f"{self.id}: the range {self.low}..{self.high} is empty or not loggable", "Correct the table.")


@dataclass(frozen=True)
class Tool:
    """One native filter, effect, light or node. `aspects` ("tone", "colour", "local", "space" ...) let a user choose groups.

    `optional`: a search uses it only where the user names it or a proposal wants one of its aspects; it repeats what the others can do, or
    needs a reason of its own.
    """

    id: str
    label: str
    parameters: tuple[Parameter, ...]
    aspects: frozenset[str] = frozenset()
    help: str = ""
    optional: bool = False

    def key(self, parameter: Parameter) -> str:
        return f"{self.id}.{parameter.id}"


@dataclass(frozen=True)
class Candidate:
    """One assignment of values; identified by `id`, never by its values."""

    id: str
    values: Values


@dataclass(frozen=True)
class Score:
    """One number to be made small, and the parts it is the sum of (each already weighted)."""

    total: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Where a running study stands. `fraction` 0..1, `eta` in seconds where it can be told; `best` may be applied at any time.

    `final`: `best` is the answer; what is still done makes no better one.
    `proposed` renders content as the leading proposal has it: what a host can show before there is any `best`.
    """

    stage: str
    fraction: float
    eta: float | None = None
    evaluations: int = 0
    score: float | None = None
    baseline: float | None = None
    best: Candidate | None = None
    proposed: Callable[[Media], Media] | None = None
    final: bool = False


@dataclass(frozen=True)
class Scene:
    """What a renderer has to know of one content beyond its pixels, in the host's own words: a description (plain data) and pictures that
    it refers to by their place, such as layers of light. A renderer whose tools work on any content alike needs none.
    """

    description: Mapping[str, Any]
    pictures: Sequence[Media] = ()


@dataclass(frozen=True)
class Pick:
    """A choice of the user's: several answers were shown, each by its native values, and the one at index `picked` was preferred.

    Rejecting an alternative is a pick of the answer beside it; editing one by hand is a pick of what came of it over what it was.
    """

    shown: Sequence[Values]
    picked: int

    def __post_init__(self) -> None:
        if not 0 <= self.picked < len(self.shown):
            raise ParameterError(f"pick {self.picked} is none of the {len(self.shown)} that were shown", "Count from 0.")


@dataclass(frozen=True)
class StudySpec:
    """Everything that one search needs. Arrays aside it is plain data, so a journal can keep it.

    `only` / `locks`: tools the search may use (empty: all) and keys (or tool ids) held at a native value.
    `likeness` scales the proposal (1 = as proposed), `strength` walks from the start to the best, outside the search.
    `start`: native values to begin from (the user's hand-edited state). `max_tools`: how many tools the answer may use.
    `budget`: limit on candidates evaluated. `aspects`: weights that the user gave (audio: tone, dynamics, space, loudness).
    `scene`: what the renderer has to know of this content, where it is one that asks for it.
    `path`: further likenesses, answered with the best's own tools, so that a host can walk along them without a new search.
    `picks`: what the user chose so far, in any order; without them the engine remembers nothing of it.
    """

    content: Media
    references: Sequence[Reference]
    renderer: str
    proposer: str = "auto"
    only: frozenset[str] = frozenset()
    locks: Mapping[str, Value] = field(default_factory=dict)
    likeness: float = 1.0
    strength: float = 1.0
    alternatives: int = 6
    max_tools: int = 8
    start: Values = field(default_factory=dict)
    budget: int = 20_000
    seed: int = 0
    available: frozenset[str] | None = None
    aspects: Mapping[str, float] = field(default_factory=dict)
    scene: Scene | None = None
    path: Sequence[float] = ()
    picks: Sequence[Pick] = ()


@dataclass(frozen=True)
class Effect:
    """What one tool contributes: `share` of the likeness (leave-one-out, 0..1), a sentence in plain words, and of it the `words` for what
    is seen or heard, which a host may translate."""

    tool: str
    share: float
    sentence: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alternative:
    """One good answer that looks different from the others. `reason` says where it comes from, `name` what it does, `words` the same
    one by one."""

    name: str
    reason: str
    candidate: Candidate
    score: Score
    distance_to_best: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waypoint:
    """The answer at another likeness, with the same tools as the best."""

    likeness: float
    values: Values


@dataclass(frozen=True)
class Leaning:
    """What the user's picks changed: `words` for what is seen or heard, one by one, after so many `picks`; `sentence` says both."""

    words: tuple[str, ...]
    picks: int
    sentence: str


@dataclass(frozen=True)
class Imitation:
    """What a study returns. `baseline` is the score of doing nothing; `recipe` is the host's native settings of `best` at `strength`.

    `replica_error`: where the host rendered the finalists, how far the engine's own render of the best lay from the host's (99th
    percentile, in shares of full range); `score` and `baseline` are then those of the host's pixels. None where it did not.
    `leaning`: where the user's picks led; None where there were none, or the proposal is sure of itself.
    `painted`: what networks painted, by the name of their proposer.
    """

    best: Candidate
    score: Score
    baseline: Score
    recipe: Sequence[Mapping[str, Any]]
    proposer: str
    strength: float
    alternatives: Sequence[Alternative] = ()
    effects: Sequence[Effect] = ()
    warnings: Sequence[str] = ()
    evaluations: int = 0
    seconds: float = 0.0
    path: Sequence[Waypoint] = ()
    replica_error: float | None = None
    leaning: Leaning | None = None
    painted: Mapping[str, Media] = field(default_factory=dict)
