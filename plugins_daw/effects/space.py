"""What moves and surrounds the sound: phaser, chorus, delay, reverb."""

from typing import Any

from plugins_daw.chain import plugin
from plugins_daw.effects.effect import Effect, Numbers, frequency, mix
from shared_engine.types import Parameter, Tool


def _phaser(v: Numbers) -> list[dict[str, Any]]:
    return [
        plugin(
            "Phaser", rate_hz=v["rate"], depth=v["depth"], centre_frequency_hz=v["frequency"], feedback=v["feedback"], mix=v["mix"],
        )
    ]  # fmt: skip


PHASER = Effect(
    Tool(
        "phaser",
        "Phaser",
        (
            Parameter("rate", "rate", 0.05, 5.0, 0.5, "Hz", "log", help="how often the notches go up and down", scan=160),
            Parameter("depth", "depth", 0.05, 1.0, 0.5, help="how far they go"),
            frequency(200.0, 6000.0, 1300.0),
            Parameter("feedback", "feedback", -0.9, 0.9, 0.0, help="sharper notches; below 0 they lie elsewhere"),
            mix(0.0, 0.5, "share of the processed sound; the notches are deepest at 50 %"),
        ),
        frozenset({"space"}),
        "Notches that sweep through the sound: electric pianos, guitars and pads that swirl.",
        optional=True,
    ),
    _phaser,
    "mix",
    0.01,
    begin={"mix": 0.4},
)
CHORUS = Effect(
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
)
DELAY = Effect(
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
)


def _reverb(v: Numbers) -> list[dict[str, Any]]:
    """The dry sound stays at unity (pedalboard doubles its `dry_level`); the level is matched afterwards anyway."""
    return [plugin("Reverb", room_size=v["size"], damping=v["damping"], wet_level=v["wet"], dry_level=0.5, width=v["width"])]


REVERB = Effect(
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
)
