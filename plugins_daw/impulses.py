"""Impulse responses of the user's own (rooms, plates, loudspeakers, telephones) as effects, each a tool of its own.

Which file it is, is the user's choice; a search turns how much of it is heard. The files that were chosen are remembered in the user's
Utsushi folder (``impulses/``) by an id that says their content, and looked up there: no peer can name the engine a file to load.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from plugins_daw.chain import IMPULSE, plugin
from plugins_daw.effects import EFFECTS, Effect, Numbers, blended, mix
from plugins_daw.vst3_library import slug
from server.connection import PrivateFileError, home, read_private, write_private
from shared_engine.errors import InputError
from shared_engine.types import Tool

READABLE = (".wav", ".aif", ".aiff", ".ogg")
"""pedalboard takes any file, and passes the sound through unchanged where it cannot read it: FLAC and MP3 among them."""

NAMED = 24
"""How many letters of a file's name stand on its effect."""

LONGEST = 20.0
"""Seconds. A cathedral is shorter; what is longer was chosen by mistake."""

NORMALIZED_DB = 20 * np.log10(8)
"""juce::dsp::Convolution brings an impulse response to an energy of 1/64; this gain makes it as loud as the untouched sound."""


@dataclass(frozen=True)
class Impulse(Effect):
    """Convolution with `file`."""

    file: Path = field(kw_only=True)


def effect(identity: str, file: Path) -> Impulse:
    """Convolution with `file`, mixed beside the untouched sound."""
    about = f"Puts the sound into the room, or through the device, that {file.name} is the impulse response of."
    name = file.stem if len(file.stem) <= NAMED else f"{file.stem[: NAMED - 1]}…"
    tool = Tool(identity, f"Convolution {name}", (mix(0.0),), frozenset({"space", "tone"}), about, optional=True)

    def plugins(values: Numbers) -> list[dict[str, Any]]:
        wet = plugin("Convolution", **{IMPULSE: str(file)})
        return blended([wet, plugin("Gain", gain_db=NORMALIZED_DB)], values["mix"])

    return Impulse(tool, plugins, "mix", 0.01, begin={"mix": 0.4}, file=file)


def admit(path: Path) -> Impulse:
    """The effect that `path` makes, which is remembered. InputError where it is no impulse response that pedalboard reads."""
    file = path.expanduser().resolve()
    if not file.is_file():
        raise InputError(f"there is no impulse response {file}", "Put the file back, or choose another.")
    if file.suffix.lower() not in READABLE:
        raise InputError(f"{file.name}: an impulse response has to be WAV, AIFF or OGG", "Convert it to WAV.")
    try:
        sound, rate = soundfile.read(file, dtype="float32", always_2d=True, frames=-1)
    except soundfile.LibsndfileError as error:
        raise InputError(f"{file.name} cannot be read as sound: {error}", "Choose a WAV file with an impulse response.") from error
    if len(sound) > LONGEST * rate:
        raise InputError(f"{file.name} is longer than {LONGEST:.0f} s", "Choose an impulse response, not a recording.")
    if not np.isfinite(sound).all() or not sound.any():
        raise InputError(f"{file.name} is silent, or holds values that are no numbers", "Choose another impulse response.")
    identity = f"impulse-{slug(file.stem)}-{hashlib.sha256(sound.tobytes()).hexdigest()[:6]}"
    write_private(home() / "impulses" / f"{identity}.json", {"file": str(file)})
    return effect(identity, file)


def remembered() -> list[Impulse]:
    """Every impulse response that was chosen on this machine, whether or not its file is still there."""
    found = []
    for record in sorted((home() / "impulses").glob("impulse-*.json")):
        try:
            found.append(effect(record.stem, Path(read_private(record)["file"])))
        except (PrivateFileError, KeyError, TypeError):
            continue
    return found


def built_in() -> list[Effect]:
    """All effects that are not plug-ins, in their usual order: impulse responses are rooms, and stand before the limiter."""
    return [*EFFECTS[:-1], *remembered(), EFFECTS[-1]]
