"""GIMP's filters as batched differentiable functions of planes (K, 3, N), one function a filter.

Each works in the encoding that GIMP uses for it, in float, without clamping, except where GIMP's own filter clamps. Parameters arrive as
(K, 1, 1) tensors through `Settings`. Filters that are affine in linear light return their matrix only: `Light` multiplies matrices of
neighbours together and touches the pixels once.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from plugins_gimp import color, curves
from plugins_gimp.light import Light, Settings, Site
from plugins_gimp.primitives import TINY, clamp, hue, peak, power, room, spectrum, step

IDENTITY = torch.eye(3)


def exposure(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    """(v - black) / (2^-exposure - black)."""
    black = s["black-level"]
    gain = 1 / (torch.exp2(-s["exposure"]) - black).clamp_min(1e-6)
    return gain * IDENTITY, (-black * gain).expand(-1, 3, 1) if s.has("black-level") else None


# Rational approximation of a black body's colour in linear sRGB by its temperature: numerator and denominator, highest power first.
# Source: the table in GEGL's color-temperature operation.
BLACK_BODY_TABLE = torch.tensor(
    [
        [
            [0.6938992356355217, 2771.938810097467, 20999316.76110429, -4888943416.220841, -11899785.506796783, -47418.4276860992],
            [1.0, 3543.439433854626, -561593.5337912779, 273694671.37870544, 162958149.12940913, 439750.72422421846],
        ],
        [
            [0.9541742614121093, 2204.104328709886, -3014233.2673634286, -3511.198636768112, -5.703096952535426, 0.6181092690996202],
            [1.0, 1372.8609973644, 1309918.498757616, -2175.740445881632, -2.389245629251031, 0.8107901240129325],
        ],
        [
            [
                -71151622540.8562,
                3.3728185802339764e16,
                -7.939618733886854e19,
                2.9699115135330123e22,
                -9.752039922173423e22,
                -2.9250107732225114e20,
            ],
            [1.0, 1.3888666482167408e16, 2.389976514091455e19, 1.4583606312383295e23, 1.9766018324502894e22, 2.939506847801619e18],
        ],
    ],
    dtype=torch.float64,
)
BLACK_BODY = BLACK_BODY_TABLE.transpose(0, 1).reshape(6, 6).T  # columns: three numerators, three denominators
POWERS = torch.arange(5, -1, -1, dtype=torch.float64)


def black_body(kelvin: Tensor) -> Tensor:
    """Linear R, G, B of a black body at `kelvin` (K,) -> (K, 3)."""
    powers = kelvin.double()[:, None] ** POWERS
    top, bottom = (powers @ BLACK_BODY).split(3, 1)
    return (top / bottom).float()


DAYLIGHT = black_body(torch.tensor([6500.0]))


def color_temperature(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    ratio = DAYLIGHT / black_body(s["intended-temperature"].flatten())
    return torch.diag_embed(ratio), None


def channel_mixer(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    return s.joined(1, *(f"{out}{into}-gain" for out in "rgb" for into in "rgb")).view(-1, 3, 3), None


def mono_mixer(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    """Grey of weighted channels, mixed in by the opacity of the layer effect, which GIMP blends in linear light."""
    return IDENTITY + s["opacity"] * (s.joined(2, "red", "green", "blue") - IDENTITY), None


def saturation(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    return color.LUMINANCE + s["scale"] * (IDENTITY - color.LUMINANCE), None


def linear_contrast(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    """(v - 0.5) contrast + 0.5 + brightness, in linear light."""
    contrast = s["contrast"]
    return contrast * IDENTITY, (0.5 - 0.5 * contrast + s["brightness"]).expand(-1, 3, 1)


def brightness_contrast(s: Settings, site: Site) -> tuple[Tensor, Tensor | None]:
    """In linear light: towards black or white by half the brightness, then a slope of tan((contrast + 1) pi / 4) around 0.5."""
    half = s["brightness"] / 2
    slope = torch.tan((s["contrast"] + 1) * (torch.pi / 4))
    return slope * (1 - half.abs()) * IDENTITY, (slope * (half.clamp_min(0) - 0.5) + 0.5).expand(-1, 3, 1)


SEPIA = torch.tensor([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def sepia(x: Tensor, s: Settings, site: Site) -> Tensor:
    return torch.matmul(IDENTITY + s["scale"] * (SEPIA - IDENTITY), x)


def levels(x: Tensor, s: Settings, site: Site) -> Tensor:
    """((v - low) / (high - low))^(1/gamma), then onto low..high output: each channel, then all of them by `value`."""
    channels = ("red", "green", "blue")
    if any(s.has(*(f"{slot}-{name}" for name in ("low-input", "high-input", "gamma", "low-output", "high-output"))) for slot in channels):
        x = _level(x, lambda name: s.joined(1, *(f"{slot}-{name}" for slot in channels)), s, channels)
    return _level(x, lambda name: s[f"value-{name}"], s, ("value",))


def _level(x: Tensor, of: Callable[[str], Tensor], s: Settings, slots: tuple[str, ...]) -> Tensor:
    def has(*names: str) -> bool:
        return s.has(*(f"{slot}-{name}" for slot in slots for name in names))

    if has("low-input", "high-input"):
        scale = 1 / (of("high-input") - of("low-input"))
        x = torch.addcmul(-of("low-input") * scale, x, scale)
    if has("gamma"):
        x = power(x, 1 / of("gamma"))
    if has("low-output", "high-output"):
        low = of("low-output")
        x = torch.addcmul(low, x, of("high-output") - low)
    return x


def curve(x: Tensor, s: Settings, site: Site) -> Tensor:
    """Each channel by its own curve, then all of them by the curve of `value`; all are clipped at 0 and 1.

    GIMP leaves the other two channels unclipped where a single one has a curve.
    """
    points = {slot: [name for name in s.filter.defaults if name.startswith(slot)] for slot in ("value", "red", "green", "blue")}
    tables = {slot: curves.table(s.joined(1, *names).squeeze(2), s.filter.curve) for slot, names in points.items() if s.has(*names)}
    if tables.keys() & {"red", "green", "blue"}:
        straight = curves.STRAIGHT[None]
        each = torch.broadcast_tensors(*(tables.get(slot, straight) for slot in ("red", "green", "blue")))
        table = torch.stack(each, 1)
        return curves.apply(x, curves.apply(table, tables["value"][:, None]) if "value" in tables else table)
    return curves.apply(x, tables["value"][:, None])


MASK_SLOPE = torch.tensor([-4.0, 4.0]).view(2, 1)
MASK_START = torch.tensor([0.333 * 4 + 0.5, 0.5 - 0.667 * 4]).view(2, 1)


def color_balance(x: Tensor, s: Settings, site: Site) -> Tensor:
    """Adds each range's tint where its mask of HSL lightness is open, then restores that lightness (preserve-luminosity)."""
    light, _ = peak(x)
    tints = [
        s.joined(1, *(f"{slot}-{axis}" for axis in ("cyan-red", "magenta-green", "yellow-blue")))
        for slot in ("shadows", "midtones", "highlights")
    ]
    shadows, midtones, highlights = (0.7 * tint for tint in tints)
    # The three masks add up to 1: the midtones' tint everywhere, and towards the other two where theirs are open.
    masks = clamp(light * MASK_SLOPE + MASK_START, 0.0, 1.0)
    change = torch.cat(torch.broadcast_tensors(shadows - midtones, highlights - midtones), 2)
    y = clamp(x + midtones + torch.matmul(change, masks), 0.0, 1.0)
    tinted, _ = peak(y)
    # Same hue and HSL saturation at another lightness: the distances from the lightness scale with the room for chroma.
    return light + (y - tinted) * (room(light) / (room(tinted) + TINY))


HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")
BORDERS = torch.arange(0.5, 6.0).view(6, 1) - TINY
"""Between the ranges, in sixths of a turn; without overlap a hue on the border belongs to the next range."""


def hue_saturation(x: Tensor, s: Settings, site: Site) -> Tensor:
    """Shifts in HSL: those of all colours plus those of the hue's own range, blended into the next range over `overlap`."""
    light, chroma = peak(x)
    # As in babl: beyond 0..1 saturation exceeds 1 or turns negative, and what has none or less is a grey.
    saturation = chroma / _away_from_zero(room(light))
    ranged = s.has(*(f"{slot}-{name}" for slot in HUES for name in ("hue", "saturation", "lightness")))
    turned = s.has("master-hue", *(f"{slot}-hue" for slot in HUES))
    place = hue(x, chroma) if ranged or turned else chroma  # else never looked at
    if ranged:
        turn, dark, bright, saturation = _by_range(place, saturation, s)
    else:
        turn, dark, bright = 3 * s["master-hue"], s["master-lightness"].clamp_max(0), s["master-lightness"].clamp_min(0)
        saturation = clamp(saturation * (1 + s["master-saturation"]), 0.0, 1.0)
    light_after = light + dark * light + bright * (1 - light)
    chroma_after = saturation * room(light_after)
    if turned:
        return torch.addcmul(light_after, chroma_after, spectrum(place + turn))
    return light_after + (x - light) * (chroma_after / (chroma + TINY))


def _by_range(place: Tensor, saturation: Tensor, s: Settings) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Turn of the hue, darkening, brightening and new saturation of each pixel, (K, 1, N) each, from the ranges its hue lies in."""
    ramps = clamp((place - BORDERS) / s["overlap"].clamp_min(TINY) + 0.5, 0.0, 1.0)
    turn, lightness, gain = (
        s[f"master-{name}"] + s.joined(2, *(f"{slot}-{name}" for slot in HUES)) for name in ("hue", "lightness", "saturation")
    )
    # What each pixel gets of the six ranges' amounts (K, 3, 6): the first range's, and at each border the next takes over.
    amounts = torch.cat(torch.broadcast_tensors(3 * turn, lightness.clamp_max(0), lightness.clamp_min(0)), 1)
    turned, dark, bright = (amounts[..., :1] + torch.matmul(amounts.roll(-1, 2) - amounts, ramps)).split(1, 1)
    # Greys have no range: only what is set for all colours applies. Colours beyond 0..1 whose saturation is negative count as grey
    # unless their hue lies between two ranges.
    coloured = step(saturation - TINY)
    if float(saturation.detach().amin()) < 0:
        coloured = step(coloured + (ramps * (1 - ramps)).amax(1, keepdim=True) - TINY)
    dark = torch.lerp(s["master-lightness"].clamp_max(0), dark, coloured)
    bright = torch.lerp(s["master-lightness"].clamp_min(0), bright, coloured)
    each = clamp(saturation * (1 + gain).transpose(1, 2), 0.0, 1.0)
    return turned, dark, bright, each[:, :1] + (ramps * (each.roll(-1, 1) - each)).sum(1, keepdim=True)


def _away_from_zero(x: Tensor) -> Tensor:
    return x + TINY * (2 * step(x + TINY) - 1)


def hue_chroma(x: Tensor, s: Settings, site: Site) -> Tensor:
    """In CIE LCH: adds to lightness, to chroma where there is any (not below 0), and to the hue angle."""
    lab = color.linear_to_lab(x)
    lightness, a, b = lab.split(1, 1)
    chroma = (a * a + b * b + 1e-8).sqrt()
    scale = ((chroma + s["chroma"] * (chroma > 1e-3)).clamp(0, 300)) / chroma
    angle = torch.deg2rad(s["hue"])
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    parts = torch.broadcast_tensors(lightness + s["lightness"], a * cos - b * sin, a * sin + b * cos)
    return color.lab_to_linear(torch.cat(parts, 1))


def vignette(x: Tensor, s: Settings, site: Site) -> Tensor:
    """Black mixed in by distance from the centre: ((d - r0) / (r - r0))^gamma with r0 = r (1 - softness).

    GIMP paints it on transparent pixels too; here alpha is not known.
    """
    radius = s["radius"]
    inner = radius * (1 - s["softness"])
    strength = power(clamp((site.distance - inner) / (radius - inner).clamp_min(1e-4), 0.0, 1.0), s["gamma"])
    return x * (1 - s["opacity"] * strength)


def noise_rgb(x: Tensor, s: Settings, site: Site) -> Tensor:
    """Normal noise of half the setting's deviation (`noise_coeff` in GEGL's noise-rgb.c), clipped; it looks like GIMP's, but is another."""
    one = s.filter
    (share, *_), (most, *_) = one.relative.values(), one.most.values()
    return clamp(x + (s["amount"] * share * site.side).clamp_max(most) / 2 * site.noise, 0.0, 1.0)


LOW = 0.01
"""Tones are held this far from 0 where colour is divided by them, as in GEGL."""


def shadows_highlights(x: Tensor, s: Settings, site: Site) -> Tensor:
    """In CIE Lab: dark surroundings are screened with, bright ones multiplied by, their own inverse, twice at full strength."""
    lightness, a, b = color.linear_to_lab(x).split(1, 1)
    white = 1 - s["whitepoint"] / 100
    tone, chroma = _whiten(lightness / 100, white), torch.cat((a, b), 1)
    dark = _whiten(1 - site.surroundings / 100, white)
    fixed = s.filter.constants
    reach = 1 - fixed["compress"] / 100
    for name, open_, direction, low_share in (
        ("highlights", 1 - dark / reach, -1.0, 1 - fixed["highlights-ccorrect"] / 100),
        ("shadows", 1 - (1 - dark) / reach, 1.0, fixed["shadows-ccorrect"] / 100),
    ):
        if s.has(name):
            amount = s[name] / 50
            sign = torch.where(amount < 0, -direction, direction)
            # How much of the colour follows the tone; the rest follows its inverse.
            share = (low_share - 0.5) * sign + 0.5
            tone, chroma = _overlay(tone, chroma, dark, clamp(open_, 0.0, 1.0), amount * amount, sign, share)
    return color.lab_to_linear(torch.cat((tone * 100, chroma.expand(len(tone), *chroma.shape[1:])), 1))


def _whiten(tone: Tensor, white: Tensor) -> Tensor:
    return tone.clamp_min(0) / white + tone.clamp_max(0)


def _overlay(
    tone: Tensor, chroma: Tensor, dark: Tensor, open_: Tensor, amount: Tensor, sign: Tensor, share: Tensor
) -> tuple[Tensor, Tensor]:
    """Overlays `tone` with the inverse surroundings, in passes of at most one whole; `amount` is 0..4."""
    for done in range(max(1, int(torch.ceil(amount.detach().max())))):
        opacity = clamp(amount - done, 0.0, 1.0) * open_
        inverse = 1 - tone
        layer = (dark - 0.5) * sign * torch.where(inverse < 0, -1.0, 1.0) + 0.5
        overlaid = torch.where(tone > 0.5, 1 - 2 * inverse * (1 - layer), 2 * tone * layer)
        after = tone + opacity * (overlaid - tone)
        colour = after * _reciprocal(tone) * share + (1 - after) * _reciprocal(inverse) * (1 - share)
        tone, chroma = after, chroma * (1 + opacity * (colour - 1))
    return tone, chroma


def _reciprocal(x: Tensor) -> Tensor:
    """1 / x, held where x is near 0."""
    return torch.where(x < 0, -1.0, 1.0) / x.abs().clamp_min(LOW)


Kernel = Callable[[Light, Settings, Site], Light]


def affine(function: Callable[[Settings, Site], tuple[Tensor, Tensor | None]]) -> Kernel:
    return lambda light, s, site: light.map(*function(s, site))


def in_linear(function: Callable[[Tensor, Settings, Site], Tensor]) -> Kernel:
    return lambda light, s, site: Light(function(light.linear(), s, site), None)


def in_encoded(function: Callable[[Tensor, Settings, Site], Tensor], clamps: bool = False) -> Kernel:
    """`clamps`: the filter clips at 0 and 1; candidates that have it at its defaults, where GIMP would not run it, pass unchanged."""

    def kernel(light: Light, s: Settings, site: Site) -> Light:
        before = light.encoded()
        after = function(before, s, site)
        moved = s.moved() if clamps else None
        # The gradient is that of the filter at work, so that a search can leave the defaults.
        return Light(None, after if moved is None else after + ((1 - moved) * (before - after)).detach())

    return kernel


KERNELS: dict[str, Kernel] = {
    "shadows-highlights": in_linear(shadows_highlights),
    "exposure": affine(exposure),
    "color-temperature": affine(color_temperature),
    "channel-mixer": affine(channel_mixer),
    "mono-mixer": affine(mono_mixer),
    "saturation": affine(saturation),
    "linear-contrast": affine(linear_contrast),
    "brightness-contrast": affine(brightness_contrast),
    "levels": in_encoded(levels),
    "curves": in_encoded(curve, clamps=True),
    "color-balance": in_encoded(color_balance, clamps=True),
    "hue-saturation": in_encoded(hue_saturation, clamps=True),
    "hue-chroma": in_linear(hue_chroma),
    "sepia": in_encoded(sepia),
    "vignette": in_linear(vignette),
    "noise-rgb": in_encoded(noise_rgb, clamps=True),
}
"""By tool id."""
