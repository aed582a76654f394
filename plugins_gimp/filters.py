"""The filters of GIMP that a search may use: names, tasteful ranges, order and help, as data.

Labels and units are GIMP's own; ranges are narrower than GIMP's, so that no point of the space ruins a photo. Every default is neutral:
a filter at its defaults changes nothing and is left out of a recipe. Filters whose native defaults do change the picture (vignette,
monochrome, softglow, bloom) get the layer effect's opacity as a parameter, 0 by default.
"""

from dataclasses import replace

from plugins_gimp.recipe import Filter
from shared_engine.proposers.grain import SIDE
from shared_engine.types import Parameter, Tool

TONE, COLOUR, LOCAL, TEXTURE = "tone", "colour", "local", "texture"

CHANNELS = {"value": 0, "red": 1, "green": 2, "blue": 3}
TONE_RANGES = {"shadows": 0, "midtones": 1, "highlights": 2}
HUE_RANGES = {"master": 0, "red": 1, "yellow": 2, "green": 3, "cyan": 4, "blue": 5, "magenta": 6}

CURVE_X = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Where the control points of a curve stand: multiples of 51/255, so that each falls on one of GIMP's 256 samples."""

SHARE = "of the longer side"
SURROUNDINGS = 0.025
"""Radius of Shadows-Highlights: GIMP's default of 100 pixels on a picture of 4000, and the same look at every other size."""

GREY = ("red", "green", "blue")
"""What GIMP's noise is called where it is the same in all channels."""

GRAIN = "noise-rgb"
NOISE_PER_DEVIATION = 2.0
"""GIMP's noise is normal, its deviation half its setting, in the sRGB-encoded channels where it is not told to be linear (`noise_coeff` in
GEGL's operations/common/noise-rgb.c; tests/hosts measures it)."""

GRAIN_SIDE = SIDE
"""Longer side, in pixels, of the picture on which noise stands as the table has it. Every pixel gets noise of its own, and a picture shown
at a share of its size averages it: to show the same grain there, one three times as long needs three times as much."""

HARSH = 0.15
"""Noise above this is ugly in full size and lifts the black: GIMP clips what falls below it."""

PERCEPTUAL = 2
"""GimpTRCType: levels and curves work on R'G'B', as GIMP's dialogs do for ordinary photos."""


def number(
    id: str, label: str, low: float, high: float, default: float = 0.0, unit: str = "", log: bool = False, help: str = ""
) -> Parameter:
    return Parameter(id, label, low, high, default, unit, "log" if log else "linear", help=help)


def opacity(high: float = 1.0) -> Parameter:
    return number("opacity", "Opacity", 0.0, high, help="How much of the filter is mixed in; 0 leaves the photo as it is.")


def of_channel(slot: str, parameter: Parameter) -> Parameter:
    """All channels together change tone, one of them alone changes colour."""
    return replace(parameter, aspects=frozenset({TONE if slot == "value" else COLOUR}))


def levels() -> tuple[Parameter, ...]:
    found = []
    for slot in CHANNELS:
        wide = slot == "value"
        name = slot.capitalize()
        settings = (
            number(f"{slot}-low-input", f"{name} low input", 0.0, 0.15 if wide else 0.1, 0.0),
            number(f"{slot}-high-input", f"{name} high input", 0.8 if wide else 0.85, 1.0, 1.0),
            number(f"{slot}-gamma", f"{name} gamma", *((0.55, 1.8) if wide else (0.7, 1.4)), 1.0, log=True),
            number(f"{slot}-low-output", f"{name} low output", 0.0, 0.25 if wide else 0.15, 0.0),
            number(f"{slot}-high-output", f"{name} high output", 0.75 if wide else 0.8, 1.0, 1.0),
        )
        found += [of_channel(slot, setting) for setting in settings]
    return tuple(found)


def curve_points(slot: str) -> tuple[Parameter, ...]:
    """The height of each control point; its reach is under half the distance of two points, so the curve stays rising."""
    reach = 0.095
    points = (
        number(f"{slot}-{round(x * 100)}", f"{slot.capitalize()} at {round(x * 100)} %", max(x - reach, 0.0), min(x + reach, 1.0), x)
        for x in CURVE_X
    )
    return tuple(of_channel(slot, point) for point in points)


def balance() -> tuple[Parameter, ...]:
    axes = (("cyan-red", "cyan-red"), ("magenta-green", "magenta-green"), ("yellow-blue", "yellow-blue"))
    return tuple(number(f"{slot}-{axis}", f"{slot.capitalize()} {label}", -0.4, 0.4) for slot in TONE_RANGES for axis, label in axes)


def hue_bands() -> tuple[Parameter, ...]:
    found = [
        number("overlap", "Overlap", 0.5, 1.0, 1.0, help="How softly neighbouring hues blend into each other."),
        number("master-hue", "Hue", -0.08, 0.08),
        number("master-saturation", "Saturation", -1.0, 0.6),
        number("master-lightness", "Lightness", -0.2, 0.2),
    ]
    for slot in list(HUE_RANGES)[1:]:
        name = slot.capitalize()
        found += [
            number(f"{slot}-hue", f"{name} hue", -0.15, 0.15),
            number(f"{slot}-saturation", f"{name} saturation", -0.7, 0.5),
            number(f"{slot}-lightness", f"{name} lightness", -0.3, 0.3),
        ]
    return tuple(found)


def mixer_gains() -> tuple[Parameter, ...]:
    names = {"r": "Red", "g": "Green", "b": "Blue"}
    return tuple(
        number(
            f"{out}{into}-gain",
            f"{names[into]} in {names[out]} channel",
            *((0.5, 1.5) if out == into else (-0.4, 0.4)),
            1.0 if out == into else 0.0,
        )
        for out in names
        for into in names
    )


def tool(id: str, label: str, aspects: set[str], help: str, *parameters: Parameter) -> Tool:
    return Tool(id, label, parameters, frozenset(aspects), help)


FILTERS: tuple[Filter, ...] = (
    Filter(
        tool(
            "shadows-highlights",
            "Shadows-Highlights",
            {TONE, LOCAL},
            "Opens the shadows and holds back the highlights, with an eye on the surroundings.",
            number("shadows", "Shadows", -40.0, 60.0),
            number("highlights", "Highlights", -60.0, 40.0),
            number("whitepoint", "White point adjustment", -5.0, 5.0),
        ),
        "gegl:shadows-highlights",
        constants={"radius": SURROUNDINGS, "compress": 50.0, "shadows-ccorrect": 100.0, "highlights-ccorrect": 50.0},
        relative={"radius": 1.0},
    ),
    Filter(
        tool(
            "unsharp-mask",
            "Sharpen (Unsharp Mask)",
            {TEXTURE, LOCAL},
            "Makes fine detail crisper.",
            number("std-dev", "Radius", 0.0003, 0.003, 0.001, SHARE, log=True),
            number("scale", "Amount", 0.0, 1.5),
        ),
        "gegl:unsharp-mask",
        modifiers=frozenset({"std-dev"}),
        relative={"std-dev": 1.0},
        replica=False,
    ),
    Filter(
        tool(
            "exposure",
            "Exposure",
            {TONE},
            "Makes the whole photo brighter or darker, as a longer or shorter exposure would.",
            number("black-level", "Black level", -0.03, 0.03),
            number("exposure", "Exposure", -1.5, 1.5, unit="EV"),
        ),
        "gegl:exposure",
    ),
    Filter(
        tool(
            "color-temperature",
            "Color Temperature",
            {COLOUR},
            "Makes the light warmer or cooler.",
            number("intended-temperature", "Intended temperature", 3000.0, 11000.0, 6500.0, "K", log=True),
        ),
        "gegl:color-temperature",
        constants={"original-temperature": 6500.0},
    ),
    Filter(
        tool(
            "channel-mixer", "Channel Mixer", {COLOUR}, "Mixes the colour channels into each other, as a film's layers do.", *mixer_gains()
        ),
        "gegl:channel-mixer",
        constants={"preserve-luminosity": False},
    ),
    Filter(
        tool(
            "mono-mixer",
            "Mono Mixer",
            {COLOUR},
            "Turns the photo black and white; the weights say how bright each colour becomes.",
            opacity(),
            number("red", "Red channel multiplier", -0.2, 1.0, 0.333),
            number("green", "Green channel multiplier", -0.2, 1.0, 0.333),
            number("blue", "Blue channel multiplier", -0.2, 1.0, 0.333),
        ),
        "gegl:mono-mixer",
        constants={"preserve-luminosity": False},
        modifiers=frozenset({"red", "green", "blue"}),
    ),
    Filter(
        tool("saturation", "Saturation", {COLOUR}, "Makes all colours stronger or paler.", number("scale", "Scale", 0.0, 1.8, 1.0)),
        "gegl:saturation",
        constants={"colorspace": "Native"},
    ),
    Filter(
        tool(
            "linear-contrast",
            "Brightness Contrast",
            {TONE},
            "Stretches or flattens the tones in linear light.",
            number("contrast", "Contrast", 0.6, 1.5, 1.0),
            number("brightness", "Brightness", -0.1, 0.1),
        ),
        "gegl:brightness-contrast",
    ),
    Filter(
        tool(
            "brightness-contrast",
            "Brightness-Contrast",
            {TONE},
            "Makes the photo brighter or darker and its tones stretch or flatten.",
            number("brightness", "Brightness", -0.3, 0.3),
            number("contrast", "Contrast", -0.3, 0.3),
        ),
        "gimp:brightness-contrast",
    ),
    Filter(
        tool(
            "levels",
            "Levels",
            {TONE, COLOUR},
            "Sets black, white and midtones, for the whole photo and for each colour channel.",
            *levels(),
        ),
        "gimp:levels",
        constants={"trc": PERCEPTUAL, "clamp-input": False, "clamp-output": False},
        slot="channel",
        slots=CHANNELS,
    ),
    Filter(
        tool(
            "curves",
            "Curves",
            {TONE, COLOUR},
            "Bends the tones freely, for the whole photo and for each colour channel.",
            *(point for slot in CHANNELS for point in curve_points(slot)),
        ),
        "gimp:curves",
        constants={"trc": PERCEPTUAL},
        slot="channel",
        slots=CHANNELS,
        curve=CURVE_X,
    ),
    Filter(
        tool("color-balance", "Color Balance", {COLOUR}, "Tints shadows, midtones and highlights separately.", *balance()),
        "gimp:color-balance",
        constants={"preserve-luminosity": True},
        slot="range",
        slots=TONE_RANGES,
    ),
    Filter(
        tool(
            "hue-saturation",
            "Hue-Saturation",
            {COLOUR},
            "Shifts hue, strength and lightness of all colours, or of one hue at a time.",
            *hue_bands(),
        ),
        "gimp:hue-saturation",
        slot="range",
        slots=HUE_RANGES,
        modifiers=frozenset({"overlap"}),
    ),
    Filter(
        tool(
            "hue-chroma",
            "Hue-Chroma",
            {COLOUR},
            "Turns all hues, strengthens or pales colours, and shifts lightness, as the eye measures them.",
            number("hue", "Hue", -15.0, 15.0, unit="°"),
            number("chroma", "Chroma", -20.0, 0.0, help="GIMP tints greys where this is above 0."),
            number("lightness", "Lightness", -12.0, 12.0),
        ),
        "gegl:hue-chroma",
    ),
    Filter(
        tool("sepia", "Sepia", {COLOUR}, "Gives the brown tone of an old print.", number("scale", "Effect strength", 0.0, 0.7)),
        "gegl:sepia",
        constants={"srgb": True},
    ),
    Filter(
        tool(
            "softglow",
            "Softglow",
            {TEXTURE, LOCAL},
            "Lets highlights glow softly.",
            opacity(0.8),
            number("glow-radius", "Glow radius", 0.002, 0.02, 0.005, SHARE, log=True),
            number("brightness", "Brightness", 0.1, 0.6, 0.3),
            number("sharpness", "Sharpness", 0.5, 1.0, 0.85),
        ),
        "gegl:softglow",
        modifiers=frozenset({"glow-radius", "brightness", "sharpness"}),
        relative={"glow-radius": 1.0},
        replica=False,
    ),
    Filter(
        tool(
            "bloom",
            "Bloom",
            {TEXTURE, LOCAL},
            "Adds a halo around bright areas, as a diffusion filter does.",
            number("strength", "Strength", 0.0, 60.0),
            number("threshold", "Threshold", 30.0, 80.0, 50.0),
            number("radius", "Radius", 0.003, 0.03, 0.01, SHARE, log=True),
        ),
        "gegl:bloom",
        constants={"softness": 25.0, "limit-exposure": False},
        modifiers=frozenset({"threshold", "radius"}),
        relative={"radius": 1.0},
        replica=False,
    ),
    Filter(
        tool(
            "vignette",
            "Vignette",
            {TONE, LOCAL, "vignette"},
            "Darkens the corners.",
            opacity(0.8),
            number("radius", "Radius", 0.8, 2.2, 1.2),
            number("softness", "Softness", 0.4, 1.0, 0.8),
            number("gamma", "Gamma", 1.0, 3.0, 2.0, log=True),
        ),
        "gegl:vignette",
        constants={
            "shape": "circle",
            "color": "rgb(0.0, 0.0, 0.0)",
            "proportion": 1.0,
            "squeeze": 0.0,
            "x": 0.5,
            "y": 0.5,
            "rotation": 0.0,
        },
        modifiers=frozenset({"radius", "softness", "gamma"}),
    ),
    Filter(
        tool(
            GRAIN,
            "Add RGB Noise",
            {TEXTURE},
            "Adds the grain of film.",
            number("amount", "Value", 0.0, 0.4, unit=f"on {GRAIN_SIDE} pixels", help="More on larger pictures: shown small they lose it."),
        ),
        "gegl:noise-rgb",
        constants={"correlated": False, "independent": False, "linear": False, "gaussian": True, "alpha": 0.0, "seed": 0},
        spread={"amount": GREY},
        relative=dict.fromkeys(GREY, 1 / GRAIN_SIDE),
        most=dict.fromkeys(GREY, HARSH),
        replica=False,
        alike=True,
    ),
)
"""Every filter in the order in which a chain executes it: what needs the untouched surroundings first, grain last."""

BY_ID = {one.tool.id: one for one in FILTERS}
BY_OPERATION = {one.operation: one for one in FILTERS}

PHOTO_CHAIN = frozenset(
    {"exposure", "color-temperature", "channel-mixer", "saturation", "levels", "curves", "color-balance", "hue-saturation"}
)
"""What a search uses unless told otherwise: on film looks these come as close (0.061 of doing nothing) as all sixteen (0.062)."""

PLAIN_CHAIN = frozenset(
    {
        "exposure",
        "color-temperature",
        "channel-mixer",
        "saturation",
        "linear-contrast",
        "hue-chroma",
        "sepia",
        "shadows-highlights",
    }
)
"""The same for a GIMP 3.0, whose levels, curves and colour balance cannot be made by a plug-in."""
