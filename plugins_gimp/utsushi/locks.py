"""What a search may change: presets of locks in a user's words, and the fields of a study's options that say so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from strings import mark


@dataclass(frozen=True)
class Preset:
    """`only`: aspects that may change (empty: all that the engine renders itself). `locks`: patterns of keys that stay where they are.

    `drawn`: whether GIMP has to render what is tried. `help` says what that means.
    """

    id: str
    label: str
    help: str
    only: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    drawn: bool = False


WITH_TEXTURE = ("tone", "colour", "texture")
"""What may change where grain, glow and sharpness count too."""

WHITE_BALANCE = ("color-temperature.*", "channel-mixer.*", "color-balance.*", "levels.red-*", "levels.green-*", "levels.blue-*",
                 "curves.red-*", "curves.green-*", "curves.blue-*", "sepia.*")  # fmt: skip
"""Settings that give neutral greys a colour. Those of single tone ranges are among them: GIMP's ranges reach far into each other."""

SKIN = (*WHITE_BALANCE, "hue-chroma.*", "saturation.*", "hue-saturation.overlap", "hue-saturation.master-*",
        "hue-saturation.red-*", "hue-saturation.yellow-*", "hue-saturation.magenta-*")  # fmt: skip
"""Settings that move the hues of skin, which lie between red and yellow. Tone may change, and the greens, cyans and blues around it."""

PRESETS = (
    Preset("", mark("Everything"), mark("All filters may change.")),
    Preset("tone", mark("Only tone"), mark("Brightness and contrast change; colours keep their hue."), ("tone",)),
    Preset("colour", mark("Only colour"), mark("Colours change; brightness stays."), ("colour",)),
    Preset("skin", mark("Keep skin"), mark("Reds and yellows are not recoloured; tone and the other hues change."), (), SKIN),
    Preset("white", mark("Keep my white balance"), mark("Neutral greys stay neutral; nothing is made warmer or cooler as a whole."), (),
           WHITE_BALANCE),
    Preset("texture", mark("Grain, glow and sharpness too"),
           mark("For a reference that shows this very photo. GIMP renders every try, which takes about half a minute."),
           WITH_TEXTURE, drawn=True),
)  # fmt: skip
BY_ID = {preset.id: preset for preset in PRESETS}


@dataclass
class Wishes:
    """What the user asks of the next search; GIMP remembers likeness and number of filters for the next time."""

    likeness: float = 1.0
    max_tools: int = 8
    preset: str = ""


def asked_locks(
    preset: str, tools: Sequence[Mapping[str, Any]], held: Mapping[str, Any], off: Collection[str], start: Mapping[str, Any]
) -> dict[str, Any]:
    """The options `only`, `locks` and `start` of a study.

    `held`: values that the user locked. `off`: filters left out, which stay at their defaults. `start`: settings that stand on the layer.
    """
    chosen = BY_ID[preset]
    locks: dict[str, Any] = {}
    for tool in tools:
        keys = [f"{tool['id']}.{parameter['id']}" for parameter in tool["parameters"]]
        if tool["id"] in off:
            locks |= {key: parameter["default"] for key, parameter in zip(keys, tool["parameters"], strict=True)}
        else:
            # None: where the start has it
            locks |= {key: None for key in keys if any(fnmatchcase(key, pattern) for pattern in chosen.locks)}
    begins = {key: value for key, value in start.items() if key.partition(".")[0] not in off}
    return {"only": list(chosen.only), "locks": {**locks, **held}, "start": begins}
