"""Which range is tasteful: a table where Blender's own limits say nothing, and a rule that starts from the present value elsewhere.

Blender's limits are what its fields accept: 0 to infinity for a strength, -10000 to 10000 for a refractive index.
"""

from dataclasses import dataclass
from math import ceil, floor, pi


@dataclass(frozen=True)
class Range:
    """`scale` is "linear" or "log"; `step` > 0 rounds to multiples of it."""

    low: float
    high: float
    scale: str = "linear"
    step: float = 0.0

    def around(self, value: float) -> "Range":
        """The same range, wide enough for the present value."""
        scale = self.scale if min(self.low, value) > 0 else "linear"
        return Range(min(self.low, value), max(self.high, value), scale, self.step)


SHARE = Range(0.0, 1.0)
GLOSS = Range(0.02, 1.0)

SOCKETS = {
    "ShaderNodeBsdfPrincipled": {
        "Base Color": SHARE, "Metallic": SHARE, "Roughness": GLOSS, "Specular IOR Level": SHARE, "Transmission Weight": SHARE,
        "Coat Weight": SHARE, "Coat Roughness": GLOSS, "Sheen Weight": SHARE, "Sheen Roughness": GLOSS, "Subsurface Weight": SHARE,
        "Subsurface Scale": Range(0.001, 1.0, "log"),
    },
    "ShaderNodeBsdfDiffuse": {"Color": SHARE, "Roughness": SHARE},
    "ShaderNodeBsdfGlossy": {"Color": SHARE, "Roughness": GLOSS},
    "ShaderNodeBsdfGlass": {"Color": SHARE, "Roughness": SHARE, "IOR": Range(1.0, 2.5)},
    "ShaderNodeBsdfTranslucent": {"Color": SHARE},
    "ShaderNodeBsdfTransparent": {"Color": SHARE},
    "ShaderNodeSubsurfaceScattering": {"Color": SHARE},
    "ShaderNodeHueSaturation": {"Hue": SHARE, "Saturation": Range(0.0, 2.0), "Value": Range(0.0, 2.0), "Fac": SHARE},
    "ShaderNodeBrightContrast": {"Bright": Range(-0.5, 0.5), "Contrast": Range(-0.5, 0.5)},
    "ShaderNodeGamma": {"Gamma": Range(0.4, 2.5, "log")},
    "CompositorNodeBrightContrast": {"Bright": Range(-30.0, 30.0), "Brightness": Range(-30.0, 30.0), "Contrast": Range(-30.0, 30.0)},
    "CompositorNodeExposure": {"Exposure": Range(-3.0, 3.0)},
    "CompositorNodeGamma": {"Gamma": Range(0.4, 2.5, "log")},
    "CompositorNodeHueSat": {"Hue": SHARE, "Saturation": Range(0.0, 2.0), "Value": Range(0.0, 2.0), "Fac": SHARE},
}  # fmt: skip
"""By node and socket. A node that stands here offers these sockets and no others: the rest repeats them, or breaks the picture."""

NEEDS = {
    "Coat Roughness": "Coat Weight", "Sheen Roughness": "Sheen Weight", "Subsurface Scale": "Subsurface Weight",
}  # fmt: skip
"""Sockets that do nothing while another one is zero."""

PROPERTIES = {
    "AreaLight": {"size": None, "size_y": None, "spread": Range(0.05, pi)},
    "PointLight": {"shadow_soft_size": None},
    "SpotLight": {"shadow_soft_size": None, "spot_size": Range(0.1, 2.8), "spot_blend": SHARE},
    "SunLight": {"angle": Range(0.002, 0.8, "log")},
    "ShaderNodeTexSky": {
        "sun_elevation": Range(-0.05, pi / 2), "sun_rotation": Range(-pi, pi), "sun_intensity": Range(0.05, 4.0, "log"),
        "air_density": Range(0.1, 5.0, "log"), "dust_density": Range(0.1, 10.0, "log"), "aerosol_density": Range(0.1, 10.0, "log"),
        "ozone_density": Range(0.1, 5.0, "log"), "turbidity": Range(2.0, 10.0), "ground_albedo": SHARE,
    },
    "CompositorNodeColorBalance": {
        "lift": Range(0.7, 1.3), "gamma": Range(0.5, 1.8), "gain": Range(0.5, 1.8),
        "offset": Range(-0.2, 0.2), "power": Range(0.5, 1.8), "slope": Range(0.5, 1.8),
    },
    "CompositorNodeGlare": {"mix": Range(-1.0, 1.0), "threshold": Range(0.1, 4.0, "log")},
    "CompositorNodeLensdist": {},
}  # fmt: skip
"""By RNA type: properties of its own that are worth turning. None: the rule below."""

WIDE = 20.0
"""Limits further apart than this many times the present value (or 1) say nothing."""

FACTOR = 8.0
"""How many times a value that has no limits may grow or shrink."""

TURN = pi / 3

STEP = 1.0
"""How far a place may move to each side, in metres, where half of its distance from the origin is less."""


def rule(value: float, low: float, high: float, subtype: str = "", whole: bool = False) -> Range | None:
    """A range from the soft limits of a property where they say something, else around its value. None: neither says anything."""
    if subtype == "FACTOR":
        return Range(max(low, 0.0), min(high, 1.0)).around(value)
    if subtype in ("ANGLE", "EULER"):
        return Range(max(low, value - TURN), min(high, value + TURN))
    if subtype == "TRANSLATION":
        return Range(value - max(STEP, abs(value) / 2), value + max(STEP, abs(value) / 2))
    if subtype != "DISTANCE" and 0 < high - low <= WIDE * max(abs(value), 1.0):  # a length has the same limits in a pin and in a hall
        return Range(low, high, step=1.0 if whole else 0.0).around(value)
    if value == 0:
        return None
    ends = sorted((value / FACTOR, value * FACTOR))
    low, high = max(low, ends[0]), min(high, ends[1])
    return Range(ceil(low), floor(high), step=1.0) if whole else Range(low, high, "log" if low > 0 else "linear")


def beside(value: float, whole: bool = False) -> Range:
    """For what the user chose by hand, where the rule has no answer: one unit to each side."""
    return Range(value - 1.0, value + 1.0, step=1.0 if whole else 0.0)
