"""What follows the level: gate, compressor, limiter."""

from typing import Any

from plugins_daw.chain import plugin
from plugins_daw.effects.effect import Effect, Numbers, blended, mix
from shared_engine.types import Parameter, Tool

GATE = Effect(
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
)


def _compressor(v: Numbers) -> list[dict[str, Any]]:
    wet = plugin("Compressor", threshold_db=v["threshold"], ratio=v["ratio"], attack_ms=v["attack"], release_ms=v["release"])
    return blended([wet], v["mix"])


COMPRESSOR = Effect(
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
)
LIMITER = Effect(
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
)
