"""The effects that the search may use: ranges, scales, units, order and help are owned here, since pedalboard checks few of them.

Order of the chain: clean up, colour, hold together, dirty up, place in space, catch the peaks. Each effect turns its values into
plug-ins of pedalboard; at rest it is no plug-in at all, so an unused effect costs nothing and is bit-transparent.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins_daw.chain import container, plugin
from shared_engine.types import Parameter, Tool, Value

Numbers = Mapping[str, Any]
"""One effect's complete values by parameter id."""

SLOPES = ("6 dB/oct", "12 dB/oct", "24 dB/oct")
STACKED = {"6 dB/oct": 1, "12 dB/oct": 2, "24 dB/oct": 4}
"""pedalboard's high- and low-pass are of first order; steeper ones are stacks."""

SHELF_Q = 1 / math.sqrt(2)
PEAK = 0.25
"""Where the saturation's make-up gain is exact: peaks of material at the working level."""


@dataclass(frozen=True)
class Effect:
    """`plugins` gives the plug-ins of complete values; `amount` names the parameter that is 0 (or at its default) when it does nothing."""

    tool: Tool
    plugins: Callable[[Numbers], list[dict[str, Any]]]
    amount: str
    audible: float

    def rests(self, values: Numbers) -> bool:
        """True where the effect would not be heard: its amount is within `audible` of the neutral value."""
        neutral = next(p.default for p in self.tool.parameters if p.id == self.amount)
        return abs(float(values[self.amount]) - float(neutral)) < self.audible


def complete(tool: Tool, values: Mapping[str, Value]) -> dict[str, Any]:
    """This tool's values by parameter id, absent ones at their default, all of them clamped to the range."""
    found: dict[str, Any] = {}
    for parameter in tool.parameters:
        value = values.get(tool.key(parameter), parameter.default)
        found[parameter.id] = value if parameter.choices else min(max(float(value), parameter.low), parameter.high)
    return found


def decibels(gain: float) -> float:
    return 20 * math.log10(max(gain, 1e-6))


def blended(wet: Sequence[Mapping[str, Any]], mix: float) -> list[dict[str, Any]]:
    """`mix` of the processed sound beside the rest of the untouched one."""
    if mix >= 0.999:
        return [dict(one) for one in wet]
    return [
        container("Mix", [container("Chain", [*wet, plugin("Gain", gain_db=decibels(mix))]), plugin("Gain", gain_db=decibels(1 - mix))])
    ]


def frequency(low: float, high: float, default: float) -> Parameter:
    return Parameter("frequency", "frequency", low, high, default, "Hz", "log")


def gain(limit: float) -> Parameter:
    return Parameter("gain", "gain", -limit, limit, 0.0, "dB")


def mix(default: float, high: float = 1.0) -> Parameter:
    return Parameter("mix", "mix", 0.0, high, default, help="share of the processed sound")


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


def _compressor(v: Numbers) -> list[dict[str, Any]]:
    wet = plugin("Compressor", threshold_db=v["threshold"], ratio=v["ratio"], attack_ms=v["attack"], release_ms=v["release"])
    return blended([wet], v["mix"])


def _saturation(v: Numbers) -> list[dict[str, Any]]:
    """pedalboard's Distortion is tanh(drive x); the make-up gain keeps a peak of `PEAK` where it was."""
    drive = 10 ** (v["drive"] / 20)
    makeup = decibels(PEAK / math.tanh(drive * PEAK))
    return blended([plugin("Distortion", drive_db=v["drive"]), plugin("Gain", gain_db=makeup)], v["mix"])


def _reverb(v: Numbers) -> list[dict[str, Any]]:
    """The dry sound stays at unity (pedalboard doubles its `dry_level`); the level is matched afterwards anyway."""
    return [plugin("Reverb", room_size=v["size"], damping=v["damping"], wet_level=v["wet"], dry_level=0.5, width=v["width"])]


EFFECTS: tuple[Effect, ...] = (
    Effect(
        Tool(
            "gate",
            "Noise gate",
            (
                Parameter("threshold", "threshold", -90.0, -30.0, -90.0, "dB", help="what is softer is turned down"),
                Parameter("release", "release", 30.0, 600.0, 150.0, "ms", "log"),
            ),
            frozenset({"dynamics"}),
            "Turns down what lies between the notes: room, hum, bleed, the tail of a room.",
        ),
        lambda v: [plugin("NoiseGate", threshold_db=v["threshold"], ratio=4.0, attack_ms=2.0, release_ms=v["release"])],
        "threshold",
        1.0,
    ),
    cut("highpass", "High-pass", "HighpassFilter", 20.0, 600.0, 20.0, "Takes rumble and weight away below its frequency."),
    shelf("low-shelf", "Low shelf", "LowShelfFilter", 60.0, 500.0, 160.0, "Weight and warmth."),
    bell("low-bell", "Low mids", 120.0, 1000.0, 350.0, "Body, boxiness, mud."),
    bell("mid-bell", "Mids", 500.0, 4000.0, 1400.0, "Nose, honk, forwardness."),
    bell("high-bell", "Presence", 1500.0, 10000.0, 4000.0, "Bite, clarity, sharpness of consonants and attacks."),
    shelf("high-shelf", "High shelf", "HighShelfFilter", 2500.0, 14000.0, 6000.0, "Air or darkness."),
    Effect(
        Tool(
            "compressor",
            "Compressor",
            (
                Parameter("threshold", "threshold", -55.0, 0.0, -24.0, "dB", help="what is louder is turned down"),
                Parameter("ratio", "ratio", 1.0, 12.0, 1.0, ": 1", "log"),
                Parameter("attack", "attack", 0.5, 80.0, 10.0, "ms", "log"),
                Parameter("release", "release", 20.0, 800.0, 120.0, "ms", "log"),
                mix(1.0),
            ),
            frozenset({"dynamics"}),
            "Evens out loud and soft: density, punch, nearness.",
        ),
        _compressor,
        "ratio",
        0.04,
    ),
    Effect(
        Tool(
            "saturation",
            "Saturation",
            (Parameter("drive", "drive", 0.0, 30.0, 0.0, "dB", help="how hard it is driven; its level is made up for"), mix(1.0)),
            frozenset({"tone", "dynamics"}),
            "Harmonics: from warmth to distortion.",
        ),
        _saturation,
        "drive",
        0.5,
    ),
    cut("lowpass", "Low-pass", "LowpassFilter", 1500.0, 20000.0, 20000.0, "Takes brightness away above its frequency."),
    Effect(
        Tool(
            "chorus",
            "Chorus",
            (
                Parameter("rate", "rate", 0.1, 5.0, 1.0, "Hz", "log"),
                Parameter("depth", "depth", 0.02, 0.6, 0.2, scale="log"),
                mix(0.0, 0.6),
            ),
            frozenset({"space"}),
            "Doubles the sound with a wavering copy: width and shimmer.",
        ),
        lambda v: [
            plugin("Chorus", rate_hz=v["rate"], depth=v["depth"], centre_delay_ms=7.0, feedback=0.0, mix=v["mix"]),
        ],
        "mix",
        0.01,
    ),
    Effect(
        Tool(
            "delay",
            "Delay",
            (
                Parameter("time", "time", 0.03, 1.0, 0.25, "s", "log"),
                Parameter("feedback", "feedback", 0.0, 0.8, 0.25, help="how much of each echo comes back"),
                mix(0.0, 0.6),
            ),
            frozenset({"space"}),
            "Echoes, from slap-back to long repeats.",
        ),
        lambda v: [plugin("Delay", delay_seconds=v["time"], feedback=v["feedback"], mix=v["mix"])],
        "mix",
        0.01,
    ),
    Effect(
        Tool(
            "reverb",
            "Reverb",
            (
                Parameter("size", "room size", 0.0, 1.0, 0.4),
                Parameter("damping", "damping", 0.0, 1.0, 0.5, help="how fast the highs of the tail die"),
                Parameter("wet", "wet", 0.0, 0.6, 0.0, help="level of the room beside the untouched sound"),
                Parameter("width", "width", 0.0, 1.0, 1.0, help="stereo width of the room"),
            ),
            frozenset({"space"}),
            "The room around the sound.",
        ),
        _reverb,
        "wet",
        0.004,
    ),
    Effect(
        Tool(
            "limiter",
            "Limiter",
            (
                Parameter("ceiling", "ceiling", -24.0, 0.0, 0.0, "dB", help="no peak goes beyond it"),
                Parameter("release", "release", 20.0, 500.0, 100.0, "ms", "log"),
            ),
            frozenset({"dynamics", "loudness"}),
            "Catches the peaks: density and loudness.",
        ),
        lambda v: [plugin("BrickwallLimiter", ceiling_db=v["ceiling"], release_ms=v["release"])],
        "ceiling",
        0.1,
    ),
)
