"""What processing a sound went through, read off its statistics: a small network that saw many chains on many voices and instruments.

Fitting a chain to the statistics of a reference copies the other singer's voice and ends farther from the truth than doing nothing;
a direct estimate, learned on chains x material, does not (research of this project on sound). Several references of one sound are
averaged as statistics, before the estimate.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared_engine import assets
from shared_engine.errors import ParameterError
from shared_engine.extensions import load
from shared_engine.metrics.metric import Metric
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.proposers.sound_doubt import measured
from shared_engine.proposers.sound_statistics import WORKING_LEVEL, active_level, of_media
from shared_engine.renderer import Renderer
from shared_engine.space import Space, from_unit, to_unit
from shared_engine.types import FloatArray, Kind, Media, Parameter, Reference, Value, Values

WEIGHTS = Path(__file__).with_name("sound.safetensors")
RENDERER = "pedalboard"

AUDIBLE = 0.1
"""By how many dB, on average over bands and time, a hint must change the track; less is no answer."""

SHY = 0.5
"""Share of an estimate below which the answer says that it is but a hint."""

CONFIDENCE, MOST = (0.5, 0.65), 8
"""With one reference, and with so many: the measured share of the way from doing nothing to the true sound, rounded."""

STRENGTH = 0.4
"""How unsure it is of its own strength, beside the measured directions: a share of each setting's way, one standard deviation."""

LEVELS = {"gate.threshold": 1.0, "compressor.threshold": 1.0, "limiter.ceiling": 1.0, "saturation.drive": -1.0}
"""Settings that follow the level of the sound: by how many dB for each dB that it lies above the working level."""


@dataclass(frozen=True)
class ChainProposal(Proposal):
    """The content through a chain of known settings; likeness walks each setting from rest. `doubt`: by key, how far each of R directions
    moves a setting, in shares of its range, one standard deviation of what may be wrong each."""

    proposer: str
    confidence: float
    reason: str
    values: Values = field(default_factory=dict)
    doubt: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def unsure(self) -> int:  # type: ignore[override]
        return len(next(iter(self.doubt.values()), ()))

    def varied(self, point: NDArray[np.float64]) -> "ChainProposal":
        parameters = network().parameters
        values = dict(self.values)
        for key, directions in self.doubt.items():
            unit = to_unit(parameters[key], values.get(key, parameters[key].default)) + float(point @ directions)
            values[key] = float(from_unit(parameters[key], np.clip([unit], 0, 1))[0])
        return replace(self, values=values, doubt={})

    def weighed(self, aspects: Mapping[str, float]) -> "ChainProposal":
        """Each effect goes as far as its aspects' mean weight. ParameterError for an aspect that no effect has."""
        renderer: Renderer = load("renderers", RENDERER)()
        known = {aspect for tool in renderer.tools for aspect in tool.aspects}
        if not set(aspects) <= known:
            raise ParameterError(f"there is no aspect {sorted(set(aspects) - known)[0]!r}", f"Choose among {', '.join(sorted(known))}.")
        values: dict[str, Value] = {}
        doubt = dict(self.doubt)
        for tool in renderer.tools:
            weight = float(np.mean([aspects.get(aspect, 1.0) for aspect in tool.aspects]))
            values.update(Space([tool]).mix({}, self.values, weight))
            doubt |= {key: np.float32(weight) * row for key, row in self.doubt.items() if key.split(".")[0] == tool.id}
        return replace(self, values={key: value for key, value in values.items() if key in self.values}, doubt=doubt)

    def render(self, content: Media, likeness: float = 1.0) -> Media:
        renderer: Renderer = load("renderers", RENDERER)()
        mixed = Space(renderer.tools).mix({}, self.values, likeness)
        batch = {key: np.array([value]) for key, value in mixed.items()}
        (out,) = renderer.stage(content).media(batch, 1)
        return out


@dataclass(frozen=True)
class Estimate:
    """Settings by key for sound at the working level; how likely (0..1) the references are processed at all, and how much of what they
    would then be processed by is answered (0..1)."""

    values: dict[str, Value]
    processed: float
    share: float


class Network:
    """Statistics -> settings: the mean of a few networks. `arrays` are their weights, ``network.layer.weight`` and ``.bias``; `metadata`
    says which settings they estimate, how many layers there are, and how shy they are."""

    def __init__(self, arrays: Mapping[str, NDArray[np.float32]], metadata: Mapping[str, str]) -> None:
        self.arrays = arrays
        self.parameters = {key: Parameter(key, key, **scale) for key, scale in json.loads(metadata["parameters"]).items()}
        self.networks, self.layers = int(metadata["networks"]), int(metadata["layers"])
        self.shyness = float(metadata["shyness"])
        self.rest = np.array([to_unit(parameter, parameter.default) for parameter in self.parameters.values()])

    def estimate(self, rows: Sequence[FloatArray], weights: Sequence[float]) -> Estimate:
        """`rows`: statistics (F,) of each reference, NaN where unknown."""
        units, processed = self.units(combined(rows, weights), len(rows))
        share = float(answered_share(np.array(processed), self.shyness))
        columns = zip(self.parameters.items(), self.rest + share * (units - self.rest), strict=True)
        return Estimate({key: float(from_unit(parameter, np.array([unit]))[0]) for (key, parameter), unit in columns}, processed, share)

    def units(self, statistics: FloatArray, references: int) -> tuple[NDArray[np.float64], float]:
        """Settings in 0..1 and the probability of processing."""
        standard = np.clip((statistics - self.arrays["mean"]) / self.arrays["deviation"], -5, 5)
        rows = np.append(np.nan_to_num(standard, nan=0.0), np.log2(references) / 3).astype(np.float64)
        out = np.mean([self._one(number, rows) for number in range(self.networks)], axis=0)
        return out[:-1], float(out[-1])

    def _one(self, number: int, hidden: NDArray[np.float64]) -> NDArray[np.float64]:
        for index in range(self.layers):
            hidden = self.arrays[f"{number}.{index}.weight"] @ hidden + self.arrays[f"{number}.{index}.bias"]
            if index < self.layers - 1:
                hidden = hidden / (1 + np.exp(-1.702 * hidden))  # sigmoid form of GELU (Hendrycks and Gimpel 2016)
        return 1 / (1 + np.exp(-hidden))


def answered_share(processed: NDArray[np.floating], shyness: float) -> NDArray[np.float64]:
    """How much of an estimate is answered, given how likely (0..1) there is any processing: that likelihood, were unprocessed references
    `shyness` times as frequent as in training. Nowhere is it nothing at once, since a gentle chain looks like none."""
    sure = np.asarray(processed, np.float64)
    return sure / (sure + shyness * (1 - sure))


def combined(rows: Sequence[FloatArray], weights: Sequence[float]) -> FloatArray:
    """Weighted mean over the references of what each of them shows."""
    stacked = np.stack(rows)
    shown = np.isfinite(stacked) * np.asarray(weights, np.float32)[:, None]
    total = (np.nan_to_num(stacked, nan=0.0) * shown).sum(0)
    return np.where(shown.sum(0) > 0, total / np.maximum(shown.sum(0), 1e-9), np.nan).astype(np.float32)


@cache
def network() -> Network:
    return Network(*assets.read(WEIGHTS))


def leveled(values: Values, content: Media) -> dict[str, Value]:
    """Settings for the working level -> settings that do the same to `content` at its own level."""
    offset = active_level(content.data, int(content.rate or 0)) - WORKING_LEVEL
    return {key: float(value) + LEVELS[key] * offset if key in LEVELS else value for key, value in values.items()}


def doubted(estimate: Estimate, references: int) -> dict[str, FloatArray]:
    """By key, how far each direction moves a setting, one standard deviation each: those that were measured, and its own strength."""
    parameters = network().parameters
    doubt = measured().around(references)
    for key, value in estimate.values.items():
        moved = to_unit(parameters[key], value) - to_unit(parameters[key], parameters[key].default)
        doubt[key] = np.append(doubt[key], np.float32(STRENGTH * moved))
    return doubt


class SoundProposer(Proposer):
    """Proposes the chain that the references sound like they went through."""

    name = "sound"
    kind: Kind = "audio"

    def propose(self, content: Media, references: Sequence[Reference]) -> ChainProposal | None:
        rows = [of_media(reference.media) for reference in references]
        count = len(rows)
        estimate = network().estimate(rows, [reference.weight for reference in references])
        alone, many = CONFIDENCE
        confidence = estimate.share * (alone + (many - alone) * min(np.log(count) / np.log(MOST), 1.0))
        hint = "tone is a guess from one reference, add another of the same sound" if count == 1 else f"read off {count} references"
        if estimate.share < SHY:
            they = "they" if count > 1 else "it"
            hint = f"a hint of it, since {they} may be unprocessed: add another, or go farther with the likeness"
        reason = f"as the references sound: the processing they seem to have gone through; {hint}."
        values, doubt = leveled(estimate.values, content), doubted(estimate, count)
        proposal = ChainProposal(self.name, float(confidence), reason, values, doubt)
        if estimate.share < SHY and moved(proposal, content) < AUDIBLE:
            reason = "as it is: the references sound unprocessed, nothing needs to be done."
            return replace(proposal, confidence=1 - estimate.processed, reason=reason, values={})
        return proposal


def moved(proposal: Proposal, content: Media) -> float:
    """By how many dB a proposal changes the content, mean over bands and time."""
    metric: Metric = load("metrics", "log-mel")(int(content.rate or 0))
    return float(metric.distance(proposal.render(content).data[None], content.data)[0])
