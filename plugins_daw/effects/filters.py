"""Filters: cuts, shelves, bells, and the ladder of a synthesizer."""

import math
from typing import Any

from plugins_daw.chain import plugin
from plugins_daw.effects.effect import Effect, Numbers, blended, frequency, mix
from shared_engine.types import Parameter, Tool

SLOPES = ("6 dB/oct", "12 dB/oct", "24 dB/oct")
STACKED = {"6 dB/oct": 1, "12 dB/oct": 2, "24 dB/oct": 4}
"""pedalboard's high- and low-pass are of first order; steeper ones are stacks."""

SHELF_Q = 1 / math.sqrt(2)

LADDERS = {"low-pass": "LPF", "high-pass": "HPF", "band-pass": "BPF"}


def gain(limit: float) -> Parameter:
    return Parameter("gain", "gain", -limit, limit, 0.0, "dB")


def bell(identity: str, label: str, low: float, high: float, default: float, about: str) -> Effect:
    tool = Tool(
        identity,
        label,
        (frequency(low, high, default), gain(12.0), Parameter("q", "Q", 0.4, 4.0, 1.0, scale="log", help="higher is narrower")),
        frozenset({"tone"}),
        about,
    )
    return Effect(tool, lambda v: [plugin("PeakFilter", cutoff_frequency_hz=v["frequency"], gain_db=v["gain"], q=v["q"])], "gain", 0.1)


def shelf(identity: str, label: str, name: str, low: float, high: float, default: float, about: str) -> Effect:
    tool = Tool(identity, label, (frequency(low, high, default), gain(12.0)), frozenset({"tone"}), about)
    return Effect(tool, lambda v: [plugin(name, cutoff_frequency_hz=v["frequency"], gain_db=v["gain"], q=SHELF_Q)], "gain", 0.1)


def cut(identity: str, label: str, name: str, low: float, high: float, neutral: float, about: str) -> Effect:
    slope = Parameter("slope", "slope", default=SLOPES[1], choices=SLOPES)
    tool = Tool(identity, label, (frequency(low, high, neutral), slope), frozenset({"tone"}), about)
    return Effect(tool, lambda v: [plugin(name, cutoff_frequency_hz=v["frequency"])] * STACKED[v["slope"]], "frequency", 0.02 * neutral)


def _ladder(v: Numbers) -> list[dict[str, Any]]:
    mode = LADDERS[v["kind"]] + v["slope"].split()[0]
    wet = plugin("LadderFilter", mode=mode, cutoff_hz=v["frequency"], resonance=v["resonance"], drive=10 ** (v["drive"] / 20))
    return blended([wet], v["mix"])


HIGHPASS = cut("highpass", "High-pass", "HighpassFilter", 20.0, 600.0, 20.0, "Takes rumble and weight away below its frequency.")
LOWPASS = cut("lowpass", "Low-pass", "LowpassFilter", 1500.0, 20000.0, 20000.0, "Takes brightness away above its frequency.")
LOW_SHELF = shelf("low-shelf", "Low shelf", "LowShelfFilter", 60.0, 500.0, 160.0, "Weight and warmth.")
HIGH_SHELF = shelf("high-shelf", "High shelf", "HighShelfFilter", 2500.0, 14000.0, 6000.0, "Air or darkness.")
LOW_BELL = bell("low-bell", "Low mids", 120.0, 1000.0, 350.0, "Body, boxiness, mud.")
MID_BELL = bell("mid-bell", "Mids", 500.0, 4000.0, 1400.0, "Nose, honk, forwardness.")
HIGH_BELL = bell("high-bell", "Presence", 1500.0, 10000.0, 4000.0, "Bite, clarity, sharpness of consonants and attacks.")
LADDER = Effect(
    Tool(
        "ladder",
        "Ladder filter",
        (
            frequency(60.0, 12000.0, 1000.0, scan=12),
            Parameter("resonance", "resonance", 0.0, 0.95, 0.0, help="a peak at the frequency, up to a whistle"),
            Parameter("drive", "drive", 0.0, 20.0, 0.0, "dB", help="how hard the filter is driven: it saturates as it filters"),
            mix(0.0),
            Parameter("kind", "kind", default="low-pass", choices=tuple(LADDERS), help="what it lets through"),
            Parameter("slope", "slope", default="24 dB/oct", choices=("12 dB/oct", "24 dB/oct"), help="how steeply the rest falls off"),
        ),
        frozenset({"tone"}),
        "The resonant filter of analogue synthesizers: the telephone, the next room, the sweep of a club track.",
        optional=True,
    ),
    _ladder,
    "mix",
    0.01,
    begin={"mix": 0.8},
)
