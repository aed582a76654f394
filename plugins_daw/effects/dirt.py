"""What adds to the sound what was not there: saturation, hard clipping, coarse samples."""

import math
from typing import Any

from plugins_daw.chain import plugin
from plugins_daw.effects.effect import Effect, Numbers, blended, decibels, mix
from shared_engine.types import Parameter, Tool

PEAK = 0.25
"""Where the saturation's make-up gain is exact: peaks of material at the working level."""


def _saturation(v: Numbers) -> list[dict[str, Any]]:
    """pedalboard's Distortion is tanh(drive x); the make-up gain keeps a peak of `PEAK` where it was."""
    drive = 10 ** (v["drive"] / 20)
    makeup = decibels(PEAK / math.tanh(drive * PEAK))
    return blended([plugin("Distortion", drive_db=v["drive"]), plugin("Gain", gain_db=makeup)], v["mix"])


SATURATION = Effect(
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
)
CLIP = Effect(
    Tool(
        "clip",
        "Hard clipping",
        (Parameter("threshold", "threshold", -36.0, 0.0, 0.0, "dB", help="whatever goes beyond it is cut off flat"),),
        frozenset({"tone", "dynamics"}),
        "Cuts the peaks off flat: an overdriven input, the harsh edge of a loud drum bus.",
        optional=True,
    ),
    lambda v: [plugin("Clipping", threshold_db=v["threshold"])],
    "threshold",
    0.1,
    begin={"threshold": -18.0},
)
BITCRUSH = Effect(
    Tool(
        "bitcrush",
        "Bitcrush",
        (
            Parameter("depth", "bit depth", 2.0, 16.0, 16.0, "bits", help="how many steps a sample can take; fewer are grainier", scan=57),
            mix(1.0),
        ),
        frozenset({"tone"}),
        "The grain of early samplers and games: every sample is rounded to a few steps, and what is soft breaks up first.",
        optional=True,
    ),
    lambda v: blended([plugin("Bitcrush", bit_depth=v["depth"])], v["mix"]),
    "depth",
    0.1,
    begin={"depth": 7.0},
)
