"""Finds out what a plug-in can do, by trying: which of its parameters are heard, whether it is steady, whether it makes sound at all.

Host-made pseudo-parameters must not even be touched (some plug-ins crash over it), so those are known by name; meters are those that
moved by themselves when a sound went through; whatever else does nothing at equal loudness is no business of a search.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from plugins_daw import chain
from plugins_daw.renderer import RUNAWAY
from plugins_daw.vst3 import Hosted, Knob, Table
from plugins_daw.vst3_child import BLOCK, USUAL_RATE
from plugins_daw.vst3_process import LOAD_SECONDS, PluginError, PluginGoneError, Process
from shared_engine.metrics.log_mel import LogMelMetric
from shared_engine.space import from_unit
from shared_engine.types import FloatArray

RATE, SECONDS = int(USUAL_RATE), 1.6
UNTOUCHABLE = re.compile(
    r"buffer_size|sample_rate|(^|_)program|midi_?cc|bypass|solo|mute|listen|visib|graph|zoom|inspect|fft|hue|pause|clear|meter|select|lookahead|"
    r"latency|oversampl|(^|_)gui|_ui_|window|reset|pitch_?bend"
)
"""Names of parameters that are the host's, the display's, or change the latency."""

HEARD = 0.08
"""A parameter that changes less than this, in dB of log-mel at equal level, is not searched."""

AT_ALL = 0.005
"""The same for those that are known to be of use."""

MOVED = 0.7
"""Each parameter is tried twice: with the others as they are, and so far up their ways. A ratio is not heard at a threshold of 0 dB."""

MOST = 12
"""So many parameters of one plug-in are searched: the ones that are heard most."""

WOBBLE, SILENT = 0.02, 0.02
"""Two renders that differ by more, in dB of log-mel, are not the same; a render that differs by less from its source is."""

SHORT_BLOCK = 1000
"""Samples a block in which a plug-in must sound as it does in long ones: every host has its own."""

POINTS, FEWEST = 65, 12
"""How finely the way of a knob is kept; with fewer steps than that it is a switch, and stays where it stands."""

FLOOR_DB, SHORTEST = -60.0, 1e-3
"""Where a range has no finite or no positive end: decibels stop here, and what is walked in octaves at this share of its top."""

TASTEFUL: Sequence[tuple[str, str, float, float]] = (
    (r"gain|level|boost", "dB", -15.0, 15.0),
    (r"ratio", "", 1.0, 12.0),
    (r"attack", "ms", 0.1, 100.0),
    (r"release", "ms", 10.0, 1000.0),
    (r"reactivity", "ms", 0.5, 100.0),
    (r"pre-?delay", "ms", 0.0, 150.0),
    (r"", "Hz", 25.0, 18000.0),
    (r"quality|\bq\b", "", 0.3, 8.0),
)
"""(name, unit, low, high): no setting is searched beyond; where the plug-in's own range is narrower, that holds."""


def probe(process: Process, file: Path, name: str, identity: str, stamp: tuple[int, int]) -> Hosted:
    """Loads the plug-in and tries it. One that cannot be used comes back with the reason in `refused`; nothing is raised for it."""
    spec = {"plugin": chain.HOSTED, "file": str(file), "name": name}
    found = Hosted(identity, str(file), stamp, name)
    try:
        told, _ = process.ask({"do": "inspect", "spec": spec}, seconds=LOAD_SECONDS)
    except PluginError as error:
        return replace(found, refused=str(error))
    texts = {"maker": told["maker"], "version": told["version"], "category": told["category"], "class_id": told["class"]}
    found = replace(found, width=told["width"], **texts)
    profile = profile_of(found)
    try:
        setup = {key: at_text(one["table"], profile["setup"][key]) for one in told["parameters"] if (key := one["key"]) in profile["setup"]}
        return _tried(process, replace(found, setup=setup), told, profile)
    except PluginError as error:
        return replace(found, refused=str(error))


def _tried(process: Process, found: Hosted, told: Mapping[str, Any], profile: Mapping[str, Any]) -> Hosted:
    sound = noise_and_notes(found.width)
    first, second = (_render(process, sound, [[found.spec()]])[0] for _ in range(2))
    why = unusable(first)
    if why:
        return replace(found, refused=f"{why} where its knobs stand when it is loaded")
    metric = LogMelMetric(RATE)
    wobble = float(metric.distance(second[None], first)[0])
    silent = float(metric.distance(first[None], sound)[0]) < SILENT
    found = replace(found, wobble=round(wobble, 2) if wobble > WOBBLE else 0.0, silent=silent)
    after, _ = process.ask({"do": "positions", "spec": found.spec()}, seconds=LOAD_SECONDS)
    still = {key for key, value in after["positions"].items() if key in found.setup or abs(value - told["positions"][key]) < 1e-6}
    knobs = [knob for one in told["parameters"] if (knob := knob_of(one, found.setup, profile["knobs"])) and one["key"] in still]
    moved = {knob.key: knob.position(_between(knob, MOVED)) for knob in knobs}
    tried = []
    for knob in knobs:
        try:
            heard = max(_heard(process, found, sound, metric, knob, base) for base in ({}, moved))
        except PluginGoneError:
            continue
        if np.isfinite(heard) and heard > (AT_ALL if profile["knobs"] else max(HEARD, 2 * found.wobble)):
            tried.append(replace(knob, heard=round(heard, 2)))
    chosen = sorted(tried, key=lambda knob: -knob.heard)[: len(profile["knobs"]) or MOST]
    with suppress(PluginGoneError):
        chosen = _steady(process, found, sound, metric, chosen)
    if not chosen:
        return replace(found, refused="none of its parameters can be heard")
    return replace(found, knobs=tuple(knob for knob in tried if knob in chosen))


def _steady(process: Process, found: Hosted, sound: FloatArray, metric: LogMelMetric, knobs: Sequence[Knob]) -> list[Knob]:
    """The knobs without one that makes the plug-in sound otherwise in a host with other blocks, such as the slew of ZamComp: what a search
    found with it would be lost in the DAW. Of several without which that ends, the one that is heard least goes."""
    settled = sound.shape[1] // 2  # before that a plug-in may still be on its way to its settings

    def unlike(turned: Sequence[Knob]) -> float:
        settings = [[found.spec({knob.key: knob.position(_between(knob, MOVED)) for knob in turned})]]
        (short,), (long,) = (_render(process, sound, settings, block) for block in (SHORT_BLOCK, BLOCK))
        return float(metric.distance(short[None, :, settled:], long[:, settled:])[0])

    same = max(WOBBLE, 2 * found.wobble)
    if unlike(knobs) > same:
        for gone in sorted(knobs, key=lambda knob: knob.heard):
            left = [knob for knob in knobs if knob is not gone]
            if unlike(left) <= same:
                return left
    return list(knobs)


def _heard(process: Process, found: Hosted, sound: FloatArray, metric: LogMelMetric, knob: Knob, base: Mapping[str, float]) -> float:
    """By how many dB two settings of a knob differ, the others standing at `base`; not finite where one of them is no sound."""
    ends = [{**base, knob.key: knob.position(_between(knob, share))} for share in (0.15, 0.85)]
    low, high = _render(process, sound, [[found.spec(end)] for end in ends])
    return float("nan") if unusable(low) or unusable(high) else float(metric.distance(high[None], low)[0])


def _between(knob: Knob, share: float) -> float:
    return float(from_unit(knob.parameter, np.array([share]))[0])


def _render(process: Process, sound: FloatArray, chains: Sequence[Sequence[chain.Spec]], block: int = BLOCK) -> list[FloatArray]:
    found = list(process.render(sound, RATE, chains, block))
    for one in found:
        if isinstance(one, PluginError):
            raise one
    return [one for one in found if not isinstance(one, PluginError)]


def unusable(render: FloatArray) -> str:
    """Why a render is no sound, or nothing."""
    if not np.isfinite(render).all():
        return "what it makes is not a number (NaN)"
    if np.abs(render).max() > RUNAWAY:
        return "it runs away"
    return "it is silent" if np.abs(render).max() < 1e-6 else ""


@cache
def noise_and_notes(channels: int) -> FloatArray:
    """Bursts of noise and of a harmonic tone at different levels, with pauses: something to be heard in it for every kind of effect."""
    rng = np.random.default_rng(0)
    time = np.arange(int(SECONDS * RATE)) / RATE
    beat = time % 0.4
    envelope = np.exp(-beat * 9) * (beat < 0.3) * np.array([1.0, 0.3, 0.6, 0.1])[(time // 0.4).astype(int) % 4]
    tone = sum(np.sin(2 * np.pi * 110 * k * time) / k for k in range(1, 40))
    sides = [tone * 0.5 + rng.standard_normal(len(time)) * 0.4 for _ in range(channels)]
    return np.ascontiguousarray(np.stack(sides) * envelope * 0.4, np.float32)


def knob_of(told: Mapping[str, Any], setup: Mapping[str, float], ranges: Mapping[str, Sequence[float]]) -> Knob | None:
    """A parameter as a knob, where it is one that a search can turn. `ranges`: where there are any, only these, between these ends."""
    key, label, unit = told["key"], told["label"], told["unit"].strip()
    if UNTOUCHABLE.search(key.lower()) or key in setup or (ranges and key not in ranges):
        return None
    table = monotone(told["table"])
    if table is None:
        return None
    numbers = [value for _, value in table]
    low, high = min(numbers), max(numbers)
    chosen: list[float] = []
    for words, of, lowest, highest in TASTEFUL:
        if of == unit and re.search(words, label, re.IGNORECASE):
            low, high = max(low, lowest), min(high, highest)
            break
    if key in ranges:
        low, high, *chosen = ranges[key]
    if unit == "dB":
        low = max(low, FLOOR_DB)
    scale = "log" if walked_in_octaves(table) else "linear"
    if scale == "log":
        low = max(low, SHORTEST * high)
    if not low < high:
        return None
    shown = float(told["shown"])
    default = min(max(chosen[0] if chosen else shown, low), high)
    knob = Knob(key, label, unit, low, high, default, scale, told["raw"], table)
    return knob if default == shown else replace(knob, raw=replace(knob, default=float("nan")).position(default))


def monotone(told: Sequence[Sequence[Any]]) -> Table | None:
    """The numbers that a knob shows on its way, `POINTS` of them; None where they are texts, or do not keep rising or falling."""
    if len(told) < FEWEST or not all(isinstance(value, (int, float)) for *_, value in told):
        return None
    points = [((first + last) / 2, float(value)) for first, last, value in told if np.isfinite(value)]
    if len(points) < FEWEST:
        return None
    points[0], points[-1] = (told[-len(points)][0], points[0][1]), (told[-1][1], points[-1][1])
    steps = np.diff([value for _, value in points])
    if not ((steps >= 0).all() or (steps <= 0).all()):
        return None
    chosen = np.unique(np.linspace(0, len(points) - 1, POINTS).round().astype(int))
    return tuple(points[index] for index in chosen)


def walked_in_octaves(table: Table) -> bool:
    """Whether a knob's own way is nearer to a logarithm than to a line."""
    positions, values = np.array([point for point in table if point[1] > 0]).T if any(value > 0 for _, value in table) else np.empty((2, 0))
    if len(positions) < len(table) - 2 or values.max() < 10 * values.min():
        return False
    fits = [abs(float(np.corrcoef(positions, way)[0, 1])) for way in (np.log(values), values)]
    return fits[0] > fits[1]


def at_text(table: Sequence[Sequence[Any]], text: Any) -> float:
    """The position at which a parameter shows `text`. PluginError where it never does."""
    for first, last, shown in table:
        if str(shown) == str(text):
            return float(first + last) / 2
    raise PluginError(f"a setting {text!r} of its profile does not exist", "It may be another version of the plug-in.")


@cache
def profiles() -> Mapping[str, Mapping[str, Any]]:
    return json.loads(Path(__file__).with_name("vst3_profiles.json").read_text(encoding="utf-8"))


def profile_of(plugin: Hosted) -> Mapping[str, Any]:
    """What is known beforehand of a plug-in: settings that make it of use, and which knobs between which ends."""
    for pattern, profile in profiles().items():
        if re.fullmatch(pattern, f"{plugin.maker}: {plugin.name}"):
            return {"setup": {}, "knobs": {}, **profile}
    return {"setup": {}, "knobs": {}}
