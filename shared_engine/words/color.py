"""Colours by name, and how words move a colour. Values are sRGB in 0..1 unless a name says otherwise.

The names are those of CSS (W3C) and of the XKCD colour survey (published as CC0; three million answers of what people call a colour).
Where both have a name the survey's value counts: CSS' "azure" is nearly white. Steps are taken in OKLab (Ottosson 2020).
"""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

RGB = tuple[float, float, float]

LIGHTNESS, CHROMA, WARMTH = 0.13, 0.45, 0.05
"""One step of a word such as "darker": OKLab lightness, factor of chroma, shift from blue towards orange."""


@cache
def names() -> Mapping[str, str]:
    """Hex by name, lower case. "Metallic blue" is left out: it is a blue, and metallic."""
    found: dict[str, str] = json.loads(Path(__file__).with_name("colors.json").read_text(encoding="utf-8"))
    kept = {name: code for name, code in found.items() if not name.startswith("metallic ")}
    return {name: kept.get(name.replace("gray", "grey"), code) for name, code in kept.items()}  # CSS' "dark gray" is a light one


def from_hex(text: str) -> RGB:
    red, green, blue = (int(text.lstrip("#")[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def to_hex(color: Sequence[float]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * 255):02x}" for part in color[:3])


def to_linear(color: Sequence[float]) -> RGB:
    """IEC 61966-2-1: what Blender's colour fields hold."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3])
    return red, green, blue


def from_linear(color: Sequence[float]) -> RGB:
    red, green, blue = (
        12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in (max(one, 0.0) for one in color[:3])
    )
    return red, green, blue


def to_oklab(color: Sequence[float]) -> RGB:
    red, green, blue = to_linear(color)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(lab: Sequence[float]) -> RGB:
    """Out of the gamut: the channels are clipped."""
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = from_linear([min(max(part, 0.0), 1.0) for part in linear])
    return red, green, blue


def shifted(color: Sequence[float], steps: Mapping[str, float]) -> RGB:
    """`color` moved by steps of "lightness", "chroma" and "warmth"; lightness goes a share of the way that is left, so it never clips."""
    lightness, a, b = to_oklab(color)
    change = steps.get("lightness", 0.0) * LIGHTNESS
    room = 1 - lightness if change > 0 else lightness
    lightness += max(min(change, 0.75 * room), -0.75 * room)
    factor = (1 + CHROMA) ** steps.get("chroma", 0.0)
    warmth = steps.get("warmth", 0.0) * WARMTH
    return from_oklab((lightness, a * factor + warmth * 0.4, b * factor + warmth))


def mixed(first: Sequence[float], second: Sequence[float], share: float = 0.5) -> RGB:
    """Between two colours in OKLab; `share` of the second."""
    return from_oklab([(1 - share) * one + share * two for one, two in zip(to_oklab(first), to_oklab(second), strict=True)])


def apart(first: Sequence[float], second: Sequence[float]) -> float:
    """Distance in OKLab; about 0.02 is just visible, 0.1 is another colour."""
    return math.dist(to_oklab(first), to_oklab(second))


def nearest_name(color: Sequence[float]) -> str:
    """The colour's name in the table, for messages."""
    return min(names(), key=lambda name: apart(color, from_hex(names()[name])))
