"""The messages: one frozen dataclass a type. `REQUESTS` and `REPLIES` name them as they travel in `Header.type`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from . import limits, schema
from .arrays import Array, check
from .errors import ProtocolError
from .frames import IDENTIFIER, Envelope
from .options import Options, Value, within

State = Literal["waiting", "running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Ping:
    """Are you there? Answered at once, whatever else is going on."""


@dataclass(frozen=True)
class Pong:
    """`session` changes when the engine was restarted; `uptime` in seconds; `studies` that are waiting or running."""

    session: str
    version: str
    uptime: float
    studies: int


@dataclass(frozen=True)
class Tools:
    """Which tools can `renderer` use, given the operations that this host has (`available`; None: all)?"""

    renderer: str
    available: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ToolsReply:
    """Tools with their parameters, in the order in which the host executes them."""

    tools: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Shown:
    """One reference; `original` is the same picture or recording before its effect, where the user has it."""

    array: Array
    weight: float = 1.0
    original: Array | None = None

    def __post_init__(self) -> None:
        within("weight", self.weight, 0.0, 1000.0)


@dataclass(frozen=True)
class Scene:
    """What some renderers have to know of the content beyond its pixels, in the host's own words: `shared_engine.types.Scene`."""

    description: Mapping[str, Any]
    pictures: tuple[Array, ...] = ()


@dataclass(frozen=True)
class Open:
    """Starts a study of `content` after `references`. Everything that the search needs is in this one message.

    `drafts`: longer side, in pixels, of the pictures of the best so far that `Status` can be asked for; 0: none are made. Of a sound any
    other number will do: its drafts are settings alone.
    `renders`: the host promises to render candidates when `StatusReply.asks` says that some are waited for.
    """

    renderer: str
    content: Array
    references: tuple[Shown, ...]
    host: str = ""
    host_version: str = ""
    available: tuple[str, ...] | None = None
    options: Options = field(default_factory=Options)
    scene: Scene | None = None
    drafts: int = 0
    renders: bool = False

    def __post_init__(self) -> None:
        within("drafts", self.drafts, 0, limits.PREVIEW_SIDE)
        if not 1 <= len(self.references) <= limits.REFERENCES:
            raise ProtocolError(
                "body", f"{len(self.references)} references were given", f"Show at least one and at most {limits.REFERENCES} references."
            )

    @property
    def arrays(self) -> tuple[Array, ...]:
        shown = [array for reference in self.references for array in (reference.array, reference.original) if array is not None]
        return (self.content, *shown, *(self.scene.pictures if self.scene else ()))


@dataclass(frozen=True)
class Opened:
    study: str


@dataclass(frozen=True)
class _OfStudy:
    study: str

    def __post_init__(self) -> None:
        if not IDENTIFIER.fullmatch(self.study):
            raise ProtocolError("body", "a study's id is 32 hexadecimal digits", "Use the id that `opened` gave.")


@dataclass(frozen=True)
class Status(_OfStudy):
    """How far is it? Asking also renews the lease: a study that nobody asks about is stopped.

    `draft`: the id of the draft that the host has ("": none yet); a newer one comes with the reply, its picture as blob 0. None: none.
    """

    draft: str | None = None


@dataclass(frozen=True)
class Failure:
    code: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Draft:
    """The best so far of a running study: the host's own settings, and the picture as the engine renders it; None of a sound.

    A `sketch` has no settings yet: it shows what the search will try to come close to. A `final` one is the answer: what is still done
    makes no better one.
    """

    id: str
    recipe: tuple[Mapping[str, Any], ...]
    preview: Array | None = None
    sketch: bool = False
    final: bool = False


@dataclass(frozen=True)
class StatusReply:
    """`fraction` in 0..1; `eta` in seconds; `score` of the best so far and `baseline` of doing nothing, in the objective's unit; `asks`:
    how many candidates wait to be rendered by the host."""

    study: str
    state: State
    stage: str = ""
    fraction: float = 0.0
    eta: float | None = None
    evaluations: int = 0
    score: float | None = None
    baseline: float | None = None
    error: Failure | None = None
    draft: Draft | None = None
    asks: int = 0


@dataclass(frozen=True)
class Share:
    """One part of a mix: an alternative (-1: the best) and how much it counts, relative to the others."""

    alternative: int
    weight: float

    def __post_init__(self) -> None:
        within("alternative", self.alternative, -1, 24)
        within("weight", self.weight, 0.0, 1000.0)


@dataclass(frozen=True)
class Result(_OfStudy):
    """The answer of a study that is done or stopped, or a way to go on from it.

    Its base is the best (at another `likeness` where the study was opened with a `path`), an `alternative`, a `mix` of several, or
    `values` that the host has kept. `strength` walks from the start to the base; tools named in `without` then stand at their defaults.
    `preview` asks for the content as the engine renders it, at most `side` pixels long; `painted`, in its place, for the picture that the
    network of this proposer painted.
    """

    strength: float | None = None
    alternative: int = -1
    preview: bool = False
    painted: str = ""
    likeness: float | None = None
    mix: tuple[Share, ...] = ()
    values: Mapping[str, Value] | None = None
    without: tuple[str, ...] = ()
    side: int = limits.PREVIEW_SIDE

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.likeness is not None:
            within("likeness", self.likeness, 0.0, 2.0)
        if self.mix and not sum(share.weight for share in self.mix):
            raise ProtocolError("body", "the weights of a mix are all 0", "Let one of them count.")
        within("the number of alternatives in a mix", len(self.mix), 0, 24)
        within("side", self.side, 16, limits.PREVIEW_SIDE)
        if self.strength is not None:
            within("strength", self.strength, 0.0, 2.0)
        within("alternative", self.alternative, -1, 24)


@dataclass(frozen=True)
class ResultReply:
    """`imitation` is `shared_engine.types.Imitation` as JSON; `preview` describes blob 0 where one was asked for."""

    study: str
    imitation: Mapping[str, Any]
    preview: Array | None = None


@dataclass(frozen=True)
class Ask(_OfStudy):
    """Which candidates does the search want the host to render?"""


@dataclass(frozen=True)
class Wanted:
    """A candidate that the host is to render, with its native settings."""

    id: str
    recipe: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Asked:
    """`side`: longer side, in pixels, that renders of a picture may have."""

    study: str
    candidates: tuple[Wanted, ...]
    side: int


@dataclass(frozen=True)
class Drawn:
    """What the host rendered for a candidate."""

    id: str
    array: Array


@dataclass(frozen=True)
class Tell(_OfStudy):
    """What the host rendered. Telling the same candidate again changes nothing."""

    renders: tuple[Drawn, ...] = ()

    @property
    def arrays(self) -> tuple[Array, ...]:
        return tuple(render.array for render in self.renders)


@dataclass(frozen=True)
class Told:
    """`waiting`: how many candidates are still waited for."""

    study: str
    waiting: int


@dataclass(frozen=True)
class Read:
    """What do native settings mean as values? `recipe` holds entries as a result's recipe does, read back from the host, one a tool."""

    renderer: str
    recipe: tuple[Mapping[str, Any], ...]
    available: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        within("the number of entries in recipe", len(self.recipe), 0, 256)


@dataclass(frozen=True)
class Refusal(Failure):
    """An entry of a recipe (by its place) that cannot be said in values."""

    index: int = 0


@dataclass(frozen=True)
class ValuesReply:
    """`values` by key, with what the recipe leaves out absent; `refused`: the entries that the renderer's tools cannot express."""

    values: Mapping[str, Value]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Stop(_OfStudy):
    """Enough: keep the best so far."""


@dataclass(frozen=True)
class Stopped:
    study: str


@dataclass(frozen=True)
class Close(_OfStudy):
    """Forget the study and delete what was kept of it."""


@dataclass(frozen=True)
class Closed:
    study: str


@dataclass(frozen=True)
class Shutdown:
    """End the engine. Studies on disk stay, and go on when an engine is asked about them."""


@dataclass(frozen=True)
class Bye:
    pass


@dataclass(frozen=True)
class Error(Failure):
    """The reply to anything that could not be done."""


REQUESTS: dict[str, type] = {
    "ping": Ping,
    "tools": Tools,
    "open": Open,
    "status": Status,
    "result": Result,
    "read": Read,
    "ask": Ask,
    "tell": Tell,
    "stop": Stop,
    "close": Close,
    "shutdown": Shutdown,
}
REPLIES: dict[str, type] = {
    "pong": Pong,
    "tools": ToolsReply,
    "opened": Opened,
    "status": StatusReply,
    "result": ResultReply,
    "values": ValuesReply,
    "asked": Asked,
    "told": Told,
    "stopped": Stopped,
    "closed": Closed,
    "bye": Bye,
    "error": Error,
}
REPLY_TYPES: dict[type, str] = {kind: name for name, kind in REPLIES.items()}


def parse(envelope: Envelope, kinds: Mapping[str, type]) -> Any:
    """The dataclass that an envelope carries, its arrays compared with the blobs. `kinds` is `REQUESTS` or `REPLIES`.

    Raises:
        ProtocolError: ``type`` when it is unknown, ``body``, ``array`` or ``finite``.
    """
    kind = kinds.get(envelope.header.type)
    if kind is None:
        raise ProtocolError("type", f"unknown message type {envelope.header.type[:40]!r}", "Update the older of host and engine.")
    message: Any = schema.read(kind, schema.loads(envelope.body, "body"))
    for array in getattr(message, "arrays", ()):
        check(array, envelope.blobs)
    return message
