"""A plug-in of the user's own as a tool of the same contract as a built-in effect: values in the units that the plug-in shows.

A plug-in knows its parameters as positions in 0..1 and tells what each position is called. That is sampled once, when it is probed
(vst3_probe.py); from then on values are numbers in Hz, dB, ms, and the positions are looked up. `amount` is ours: the share of the
processed sound beside the untouched one. It is 0 at rest, so that a plug-in that is not wanted can go; an equaliser that is flat where it
was loaded rests there instead, since its sound mixed with the untouched one would comb.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from plugins_daw import chain
from plugins_daw.effects import Effect, Numbers
from shared_engine.space import from_unit
from shared_engine.types import Parameter, Tool

AMOUNT = Parameter("amount", "amount", 0.0, 1.0, 0.0, help="share of the processed sound")
ALL = replace(AMOUNT, default=1.0)
AUDIBLE = 0.01
BEGIN = 0.6
"""The amount that a search begins with: at rest nothing else of a plug-in could be heard to help."""

Table = tuple[tuple[float, float], ...]
"""(position, value) in order of position; values rise or fall throughout."""


@dataclass(frozen=True)
class Knob:
    """One parameter of a plug-in that can be heard. `raw` is the position of `default`; `heard` how much it changes, in dB of log-mel."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    default: float
    scale: str
    raw: float
    table: Table
    heard: float = 0.0

    def position(self, value: float) -> float:
        """Where the knob has to stand (0..1) to show `value`."""
        if value == self.default:
            return self.raw
        positions, values = np.array(self.table).T
        if self.scale == "log":
            values, value = np.log(np.maximum(values, 1e-9)), float(np.log(max(value, 1e-9)))
        order = np.argsort(values, kind="stable")
        return float(np.interp(value, values[order], positions[order]))

    @property
    def parameter(self) -> Parameter:
        scale = "log" if self.scale == "log" else "linear"
        return Parameter(self.key, self.label, self.low, self.high, self.default, self.unit, scale)


@dataclass(frozen=True)
class HostedEffect(Effect):
    """`flat`: it does nothing where its knobs stand at their defaults."""

    flat: bool = False

    def rests(self, values: Numbers) -> bool:
        if float(values[self.amount]) < self.audible:
            return True
        return self.flat and all(values[p.id] == p.default for p in self.tool.parameters if p.id != self.amount)


@dataclass(frozen=True)
class Hosted:
    """A probed plug-in. `setup`: positions that it needs to be of use (an equaliser's bands switched on). `wobble`: by how many dB of
    log-mel two renders of the same differ, 0 for most. `silent`: it changes nothing where its knobs stand when it is loaded. `refused`:
    why it cannot be used, empty where it can."""

    id: str
    file: str
    stamp: tuple[int, int]
    name: str
    maker: str = ""
    version: str = ""
    category: str = ""
    class_id: str = ""
    width: int = 2
    wobble: float = 0.0
    silent: bool = False
    refused: str = ""
    setup: Mapping[str, float] = field(default_factory=dict)
    knobs: tuple[Knob, ...] = ()

    @property
    def label(self) -> str:
        maker = re.sub(r"\s*VST3?$", "", self.maker)
        return self.name if not maker or maker.split()[0].lower() in self.name.lower() else f"{self.name} ({maker})"

    @property
    def aspects(self) -> frozenset[str]:
        for words, aspects in ASPECTS:
            if re.search(words, f"{self.category} {self.name}", re.IGNORECASE):
                return frozenset(aspects)
        return frozenset({"tone", "dynamics", "space"})

    @property
    def flat(self) -> bool:
        """Whether it rests at its defaults, and needs no amount."""
        return self.silent and self.aspects == {"tone"}

    @property
    def begin(self) -> dict[str, float]:
        """Where a search begins: where it can be heard what the knobs do."""
        if self.flat:
            return {}
        half = {knob.key: float(from_unit(knob.parameter, np.array([0.5]))[0]) for knob in self.knobs} if self.silent else {}
        return {AMOUNT.id: BEGIN, **half}

    def spec(self, raw: Mapping[str, float] | None = None, mix: float = 1.0, state: str = "") -> dict[str, Any]:
        """The plug-in in a chain: positions beside those of the setup."""
        found = {
            "plugin": chain.HOSTED, "id": self.id, "name": self.name, "file": self.file, "width": self.width,
            "raw": {**self.setup, **(raw or {})}, "mix": mix,
        }  # fmt: skip
        return {**found, "state": state} if state else found

    def effect(self, state: str = "") -> Effect:
        """The tool, and how its values become a plug-in in a chain. `state`: base64 of a state of the plug-in to start from."""
        about = f"{self.category.replace('|', ', ')}, version {self.version}, by {self.maker}."
        if self.wobble:
            about += f" It never sounds the same twice ({self.wobble:.1f} dB): scores waver by as much."
        tool = Tool(self.id, self.label, (ALL if self.flat else AMOUNT, *(knob.parameter for knob in self.knobs)), self.aspects, about)

        def plugins(values: Numbers) -> list[dict[str, Any]]:
            raw = {knob.key: round(knob.position(values[knob.key]), 5) for knob in self.knobs}
            return [self.spec(raw, float(values["amount"]), state)]

        return HostedEffect(tool, plugins, AMOUNT.id, AUDIBLE, self.flat, begin=self.begin)

    def described(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "Hosted":
        knobs = tuple(Knob(**{**one, "table": tuple(map(tuple, one["table"]))}) for one in content["knobs"])
        return cls(**{**content, "stamp": tuple(content["stamp"]), "knobs": knobs})


ASPECTS: Sequence[tuple[str, tuple[str, ...]]] = (
    (r"reverb|delay|echo|spatial|chorus|flanger|room|pan\b", ("space",)),
    (r"limiter|maximi", ("dynamics", "loudness")),
    (r"dynamics|compress|gate|expander", ("dynamics",)),
    (r"distortion|satur|clip|tube|bitcrush", ("tone", "dynamics")),
    (r"\beq|equali|filter", ("tone",)),
)
"""What a plug-in is for, from its category and name."""
