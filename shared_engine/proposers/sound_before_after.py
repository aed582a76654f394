"""A processed recording beside its dry take says exactly what was done: the chain is fitted to the pair itself.

The pair comes from the user (`Reference.original`), or the reference shows the very recording that is the content.
"""

from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from shared_engine.choices import as_they_stand, hold_choices, scanned
from shared_engine.extensions import load
from shared_engine.objective import Objective
from shared_engine.proposers.proposer import Proposer
from shared_engine.proposers.sound import RENDERER, ChainProposal, leveled, network
from shared_engine.proposers.sound_statistics import at_working_level, decibels, density, of_media
from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.study import Study
from shared_engine.types import FloatArray, Kind, Media, Reference, Tool, Value, Values

EVALUATIONS = 260
SAMPLE = 600
"""Elements of 5 ms in which the pair is compared."""

SAME = 0.6
"""Correlation of two sounds' log-mel courses above which they are one performance."""

REACH = 0.5
"""Seconds by which the processed recording may lag behind its dry take, or run ahead."""


class SoundBeforeAfterProposer(Proposer):
    """Answers only where there is a pair: a reference with its original, or one that is the content itself, processed."""

    name = "sound-before-after"
    kind: Kind = "audio"

    def __init__(self, wanted: frozenset[str] = frozenset()) -> None:
        """`wanted`: ids of optional tools that the pair is fitted with, too."""
        self.wanted = wanted

    def among(self, tools: Sequence[Tool]) -> "SoundBeforeAfterProposer":
        return SoundBeforeAfterProposer(frozenset(tool.id for tool in tools))

    def propose(self, content: Media, references: Sequence[Reference]) -> ChainProposal | None:
        for reference in references:
            pair = pair_of(reference, content)
            if pair is not None:
                break
        else:
            return None
        dry, wet = pair
        renderer: Renderer = load("renderers", RENDERER)()
        wanted = [tool for tool in renderer.tools if tool.optional and tool.id in self.wanted]
        space = Space([tool for tool in renderer.tools if not tool.optional or tool in wanted])
        stage = renderer.stage(dry, SAMPLE)
        metric = load("metrics", "log-mel")(int(dry.rate or 0))
        objective = Objective(stage, stage.target(wet), [(metric, 1.0)], renderer.differentiable)
        study = Study(space.tools)
        first = fitted(study, objective, Space(wanted), renderer.begin) if wanted else {}
        starts = [space.encode({**values, **first}) for values in ({}, network().estimate([of_media(wet)], [1.0]).values)]
        start = min(starts, key=lambda point: float(objective.evaluate(space, point[None]).values[0]))
        space, start = as_they_stand(space, start) if wanted else (space, start)
        point, left = study.search(objective, space, start, EVALUATIONS * (2 if wanted else 1), lambda: False)
        reason = f"Fitted to the reference and its dry take; {left:.1f} dB of the difference are left."
        return ChainProposal(self.name, 0.95, reason, leveled(space.values(point), content))


def fitted(study: Study, objective: Objective, space: Space, begin: Values) -> dict[str, Value]:
    """Effects that somebody asked for, by themselves: among all others their own settings would be lost."""
    space, start = hold_choices(study, objective, space, space.encode(begin))
    start = scanned(objective, space, start)
    point, _ = study.search(objective, space, start, EVALUATIONS, lambda: False)
    return space.values(point)


def pair_of(reference: Reference, content: Media) -> tuple[Media, Media] | None:
    """(dry, wet) at the working level, aligned and of one length; None where the reference says nothing about its original."""
    dry, wet = reference.original or content, reference.media
    if dry.rate != wet.rate:
        return None
    if len(dry.data) != len(wet.data):
        dry, wet = (Media("audio", media.data.mean(0, keepdims=True), rate=media.rate, name=media.name) for media in (dry, wet))
    rate = int(dry.rate or 0)
    lag = delay(dry.data.mean(0), wet.data.mean(0), int(REACH * rate))
    before, after = dry.data[:, max(0, -lag) :], wet.data[:, max(0, lag) :]
    length = min(before.shape[1], after.shape[1])
    pair = [at_working_level(np.ascontiguousarray(data[:, :length]), rate) for data in (before, after)]
    if reference.original is None and likeness(pair[0], pair[1], rate) < SAME:
        return None
    return Media("audio", pair[0], rate=rate, name=dry.name), Media("audio", pair[1], rate=rate, name=wet.name)


def delay(dry: NDArray[np.float32], wet: NDArray[np.float32], reach: int) -> int:
    """Samples by which `wet` lags behind `dry`: the peak of their cross-correlation, within `reach`."""
    size = scipy.fft.next_fast_len(len(dry) + len(wet), real=True)
    product = scipy.fft.rfft(wet, size) * np.conj(scipy.fft.rfft(dry, size))
    correlation = np.abs(scipy.fft.irfft(product, size))
    lags = np.concatenate((correlation[-reach:], correlation[: reach + 1]))
    return int(np.argmax(lags)) - reach


def likeness(a: FloatArray, b: FloatArray, rate: int) -> float:
    """Correlation (-1..1) of how the log-mel bands of two sounds move in time."""
    courses = [decibels(density(sound, rate)) for sound in (a, b)]
    moved = [np.maximum(course, course.max() - 50) for course in courses]
    moved = [course - course.mean(0) for course in moved]
    norm = float(np.sqrt((moved[0] ** 2).sum() * (moved[1] ** 2).sum()))
    return float((moved[0] * moved[1]).sum()) / norm if norm > 0 else 0.0
