"""Our effects outside pedalboard: which JSFX stands for which plug-in, with which values, and how far its output is from pedalboard's."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from plugins_daw.chain import Spec, board
from plugins_daw.export import eel
from shared_engine.types import FloatArray

FOLDER = Path(__file__).parent / "effects"
SLIDER = re.compile(r"slider\d+:(\w+)=([-\d.]+)<([-\d.]+),([-\d.]+),([-\d.]+)(:log)?>(.+)")
MEMORY = re.compile(r"^options:maxmem=(\d+)", re.MULTILINE)
UNIT = re.compile(r"^(.*?)(?: \(([^()]+)\))?$")


@dataclass(frozen=True)
class Slider:
    name: str
    default: float
    low: float
    high: float
    step: float
    log: bool
    label: str
    unit: str


@dataclass(frozen=True)
class Effect:
    """One JSFX, read: `sections` are "init", "slider" and "sample"."""

    name: str
    title: str
    sliders: tuple[Slider, ...]
    sections: Mapping[str, tuple[eel.Statement, ...]]
    text: str
    memory: int

    def cells(self, rate: float) -> int:
        """How much memory it needs at a sample rate: JSFX says how much it may need at 192 kHz with eight channels."""
        return max(1024, math.ceil(self.memory * rate / 192000))

    @property
    def variables(self) -> list[str]:
        """What it keeps between samples, sliders excepted."""
        found: set[str] = set().union(*(eel.assigned(section) for section in self.sections.values()))
        return sorted(found - {one.name for one in self.sliders})


@dataclass(frozen=True)
class Port:
    """One plug-in as its JSFX: values by slider name. `specs` are what it stands for in pedalboard."""

    effect: Effect
    values: Mapping[str, float]
    specs: tuple[Spec, ...]


@cache
def read(name: str) -> Effect:
    """The JSFX `name` of this package."""
    text = (FOLDER / f"{name}.jsfx").read_text(encoding="utf-8")
    head, *rest = re.split(r"^@(\w+).*$", text, flags=re.MULTILINE)
    sections = {key: eel.parse(body) for key, body in zip(rest[::2], rest[1::2], strict=True)}
    sliders = []
    for match in SLIDER.finditer(head):
        variable, default, low, high, step, log, label = match.groups()
        words, unit = UNIT.fullmatch(label).groups()  # type: ignore[union-attr]
        sliders.append(Slider(variable, float(default), float(low), float(high), float(step), bool(log), words, unit or ""))
    memory = MEMORY.search(head)
    return Effect(name, head.splitlines()[0].removeprefix("desc:"), tuple(sliders), sections, text, int(memory.group(1)) if memory else 0)


def ports(specs: Sequence[Spec]) -> Iterator[Port | Spec]:
    """The chain as ports; a plug-in that has none is given as it is. Equal filters of first order in a row are one of a higher order."""
    at = 0
    while at < len(specs):
        spec, count = specs[at], 1
        if spec["plugin"] in ("HighpassFilter", "LowpassFilter"):
            while at + count < len(specs) and specs[at + count] == spec and count < 4:
                count += 1
        yield _port(tuple(specs[at : at + count])) or spec
        at += count


def _port(specs: tuple[Spec, ...]) -> Port | None:
    spec = specs[0]
    name, given = spec["plugin"], spec.get("settings", {})
    if name == "Mix":
        return _blend(spec)
    found: tuple[str, dict[str, float]] | None = {
        "Gain": lambda: ("gain", {"gain": given["gain_db"]}),
        "PeakFilter": lambda: ("bell", _filter(given)),
        "LowShelfFilter": lambda: ("low-shelf", _filter(given)),
        "HighShelfFilter": lambda: ("high-shelf", _filter(given)),
        "HighpassFilter": lambda: ("highpass", {"frequency": given["cutoff_frequency_hz"], "order": len(specs)}),
        "LowpassFilter": lambda: ("lowpass", {"frequency": given["cutoff_frequency_hz"], "order": len(specs)}),
        "Compressor": lambda: ("compressor", _dynamics(given)),
        "NoiseGate": lambda: ("gate", _dynamics(given)),
        "Distortion": lambda: ("saturation", {"drive": given["drive_db"], "makeup": 0.0, "mix": 1.0}),
        "Clipping": lambda: ("clip", {"threshold": given["threshold_db"]}),
        "Bitcrush": lambda: ("bitcrush", {"depth": given["bit_depth"], "mix": 1.0}),
        "LadderFilter": lambda: ("ladder", _ladder(given)),
        "Phaser": lambda: (
            "phaser",
            {"rate": given["rate_hz"], "depth": given["depth"], "frequency": given["centre_frequency_hz"], "feedback": given["feedback"],
             "mix": given["mix"]},
        ),
        "Delay": lambda: ("delay", {"time": given["delay_seconds"], "feedback": given["feedback"], "mix": given["mix"]}),
        "Chorus": lambda: (
            "chorus",
            {"rate": given["rate_hz"], "depth": given["depth"], "centre": given["centre_delay_ms"], "feedback": given["feedback"],
             "mix": given["mix"]},
        ),
        "Reverb": lambda: (
            "reverb",
            {"size": given["room_size"], "damping": given["damping"], "wet": given["wet_level"], "dry": given["dry_level"],
             "width": given["width"]},
        ),
        "BrickwallLimiter": lambda: ("limiter", {"ceiling": given["ceiling_db"], "release": given["release_ms"]}),
    }.get(name, lambda: None)()  # fmt: skip
    return Port(read(found[0]), found[1], specs) if found else None


def _filter(given: Mapping[str, float]) -> dict[str, float]:
    return {"frequency": given["cutoff_frequency_hz"], "gain": given["gain_db"], "q": given["q"]}


def _ladder(given: Mapping[str, Any]) -> dict[str, float]:
    kind, slope = given["mode"][:3], float(given["mode"][3:])
    settings = {"frequency": given["cutoff_hz"], "resonance": given["resonance"], "drive": 20 * math.log10(given["drive"])}
    return {**settings, "kind": ("LPF", "HPF", "BPF").index(kind), "slope": slope, "mix": 1.0}


def _dynamics(given: Mapping[str, float]) -> dict[str, float]:
    return {"threshold": given["threshold_db"], "ratio": given["ratio"], "attack": given["attack_ms"], "release": given["release_ms"]}


def _blend(spec: Spec) -> Port | None:
    """`effects.blended`: one plug-in, perhaps with a make-up gain, beside the untouched sound. Other mixtures have no port."""
    try:
        wet, dry = spec["plugins"]
        *inner, share = wet["plugins"]
        mix = 10 ** (share["settings"]["gain_db"] / 20)
        rest = 10 ** (dry["settings"]["gain_db"] / 20)
    except (KeyError, TypeError, ValueError):
        return None
    if abs(mix + rest - 1) > 1e-3 or len(inner) not in (1, 2):
        return None
    port = _port((inner[0],))
    if port is None or "mix" not in {one.name for one in port.effect.sliders}:
        return None
    values = {**port.values, "mix": mix}
    if len(inner) == 2:
        if inner[1]["plugin"] != "Gain" or "makeup" not in values:
            return None
        values["makeup"] = inner[1]["settings"]["gain_db"]
    return Port(port.effect, values, (spec,))


def single(x: float) -> float:
    """`x` rounded to 32 bits, by Veltkamp's splitting as in the JSFX."""
    t = x * 536870913.0
    return t - (t - x)


Machine = Callable[[list[list[float]], float, Mapping[str, float]], int]


@cache
def machine(name: str) -> Machine:
    """The JSFX `name` as a Python function: works on rows of samples (channels each) in place -> the delay that it reports, in samples."""
    effect = read(name)
    lines = ["def run(rows, srate, sliders):", "    memory = [0.0] * cells(srate)", "    num_ch = len(rows[0])", "    pdc_delay = 0"]
    lines += [f"    {one.name} = sliders.get({one.name!r}, {one.default})" for one in effect.sliders]
    lines += [f"    {variable} = 0.0" for variable in effect.variables if variable != "pdc_delay"]
    for section in ("init", "slider"):
        lines += eel.PYTHON.statements(effect.sections.get(section, ()), "    ")
    lines += ["    for spl in rows:", *eel.PYTHON.statements(effect.sections["sample"], "        "), "    return int(pdc_delay)"]
    scope: dict[str, Any] = {"math": math, "single": single, "cells": effect.cells}
    exec("\n".join(lines), scope)  # what is run is this package's own text
    run: Machine = scope["run"]
    return run


def process(port: Port, data: FloatArray, rate: int) -> FloatArray:
    """`data` (channels, samples) through the port's own text; what it looks ahead is made up for, as a host does."""
    rows = np.concatenate((data, np.zeros((len(data), rate // 10))), 1).T.astype(np.float64).tolist()
    late = machine(port.effect.name)(rows, float(rate), port.values)
    found: FloatArray = np.array(rows, np.float64).T[:, late : late + data.shape[1]]
    return found


def test_sound(rate: int, seconds: float) -> FloatArray:
    """Bursts of noise and tones at two levels, so that every follower goes up and down."""
    rng = np.random.default_rng(1)
    time = np.arange(int(rate * seconds)) / rate
    level = np.where((time * 5).astype(int) % 2 == 0, 0.5, 0.05)
    tones = sum(np.sin(2 * np.pi * hertz * time + hertz) for hertz in (110.0, 440.0, 2500.0)) / 6
    noise = rng.standard_normal((2, len(time))) * 0.15
    found: FloatArray = ((tones + noise) * level).astype(np.float32)
    return found


def residual(port: Port, rate: int) -> float:
    """Null test: level in dB of (the port's own text - pedalboard) below pedalboard's output, on `test_sound`."""
    # Long enough for an echo to be heard, and for its echo.
    sound = test_sound(rate, max(0.5, 2.2 * port.values.get("time", 0.0)))
    truth = board(port.specs, rate)(sound, rate)
    difference = process(port, sound, rate) - truth
    return float(10 * np.log10((difference**2).mean() / max(float((truth.astype(np.float64) ** 2).mean()), 1e-20) + 1e-18))
