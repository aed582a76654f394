"""Chains of pedalboard plug-ins as plain data, and back.

One plug-in is ``{"plugin": "PeakFilter", "settings": {"cutoff_frequency_hz": 900.0, "gain_db": 3.0, "q": 1.0}}``; a container (``Chain``:
one after the other, ``Mix``: side by side, added) has ``"plugins"`` instead of ``"settings"``. Any user of pedalboard can build a
board from it: the names are pedalboard's own class, property and keyword names.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pedalboard

from shared_engine.errors import InputError

Spec = Mapping[str, Any]

BUILT_IN = frozenset(
    {"Bitcrush", "BrickwallLimiter", "Chorus", "Clipping", "Compressor", "Convolution", "Delay", "Distortion", "Gain", "HighShelfFilter"}
    | {"HighpassFilter", "LadderFilter", "LowShelfFilter", "LowpassFilter", "NoiseGate", "PeakFilter", "Phaser", "Reverb"}
)
CONTAINERS = frozenset({"Chain", "Mix"})
HOSTED = "VST3"
"""A plug-in of the user's own: ``{"plugin": "VST3", "id", "file", "name", "width": 1 or 2, "raw": positions 0..1 by parameter, "mix",
"state": base64 of the state that it starts from}``. It lives in a process of its own (vst3_child.py) and is never built here."""
FORMAT, VERSION = "utsushi-chain", 1
CUTOFF = "cutoff_frequency_hz"
FREQUENCIES = (CUTOFF, "cutoff_hz", "centre_frequency_hz")
NYQUIST_SHARE = 0.9
"""A filter's frequency is kept below this share of half the sample rate: pedalboard accepts any, and is unstable beyond it."""

IMPULSE = "impulse_response_filename"


def plugin(name: str, **settings: float | str) -> dict[str, Any]:
    return {"plugin": name, "settings": settings}


def container(name: str, plugins: Iterable[Spec]) -> dict[str, Any]:
    return {"plugin": name, "plugins": list(plugins)}


def build(spec: Spec, rate: float) -> pedalboard.Plugin:
    """One plug-in, ready to process sound of `rate` Hz. InputError for a plug-in or setting that is not known."""
    name = spec.get("plugin")
    if name in CONTAINERS:
        return getattr(pedalboard, name)([build(one, rate) for one in spec["plugins"]])
    if name == HOSTED:
        raise InputError(f"{spec.get('name')} is no effect of pedalboard", "Render chains that hold it with rack.Player.")
    if name not in BUILT_IN:
        raise InputError(f"the chain asks for the plug-in {name!r}", f"Built in are {', '.join(sorted(BUILT_IN))}.")
    settings = dict(spec["settings"])
    for frequency in settings.keys() & FREQUENCIES:
        settings[frequency] = min(settings[frequency], NYQUIST_SHARE * rate / 2)
    try:
        if name == "LadderFilter":
            settings["mode"] = pedalboard.LadderFilter.Mode.__members__[settings["mode"]]
        return getattr(pedalboard, name)(**settings)
    except RuntimeError as error:
        if IMPULSE not in settings:
            raise
        remedy = "Put the file back, or take the effect out of the chain."
        raise InputError(f"the impulse response {settings[IMPULSE]} cannot be read", remedy) from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name} cannot take {settings}: {error}", "Use pedalboard's own names and ranges.") from error


def is_hosted(spec: Spec) -> bool:
    """Whether it is a plug-in of the user's own; InputError where it is one that lacks what it takes to load it."""
    if spec["plugin"] != HOSTED:
        return False
    texts, raw = [spec.get(key) for key in ("file", "name")], spec.get("raw", {})
    if not all(isinstance(text, str) and text for text in texts) or not all(isinstance(value, (int, float)) for value in raw.values()):
        raise InputError(
            "the chain holds a plug-in without its file, name or positions", "Choose a chain or a recipe that was written here."
        )
    return True


def board(specs: Iterable[Spec], rate: float) -> pedalboard.Pedalboard:
    return pedalboard.Pedalboard([build(spec, rate) for spec in specs])


def save(path: Path, specs: Iterable[Spec]) -> None:
    """Writes a chain file."""
    text = json.dumps({"format": FORMAT, "version": VERSION, "plugins": list(specs)}, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def impulse_of(spec: Spec) -> str | None:
    """The file of the impulse response that a plug-in, or one in a container, works with."""
    inside = (impulse_of(one) for one in spec.get("plugins", ()))
    return spec.get("settings", {}).get(IMPULSE) or next((found for found in inside if found), None)


def with_impulse(spec: Spec, place: Callable[[str], str]) -> dict[str, Any]:
    """The plug-in with `place` of the file of its impulse response; any other as it is."""
    found = dict(spec)
    if "plugins" in found:
        found["plugins"] = [with_impulse(one, place) for one in found["plugins"]]
    elif IMPULSE in found.get("settings", {}):
        found["settings"] = {**found["settings"], IMPULSE: place(found["settings"][IMPULSE])}
    return found


def load(path: Path) -> list[dict[str, Any]]:
    """The plug-ins of a chain file, or of a recipe file (which holds its chain under the same key). InputError where it is neither.

    Files of impulse responses may be named as they lie beside it.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        specs = [with_impulse(spec, lambda name: str(path.resolve().parent / name)) for spec in document["plugins"]]
        board([spec for spec in specs if not is_hosted(spec)], 44100.0)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist", "Check the name.") from error
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path.name} is not a chain or a recipe of the audio host", "Choose chain.json or recipe.json.") from error
    return specs
