"""What the audio host asks of the engine: seconds of the track at the working level, and those of the references that answer to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plugins_daw import tracks
from plugins_daw.tracks import Track
from plugins_daw.vst3 import AMOUNT
from plugins_daw.vst3_library import Library
from server.client import Blobs, Engine
from shared_engine.errors import InputError
from shared_engine.proposers.sound_statistics import WORKING_LEVEL, active_level
from shared_engine.types import Media

WAVES = frozenset({"phaser"})
"""Tools whose wave runs freely: what they do cannot be told from pieces of a recording, only from its beginning on."""


@dataclass(frozen=True)
class Example:
    """A reference: the recording, how much it counts, and the same recording before it was processed, where there is one."""

    track: Track
    weight: float = 1.0
    original: Track | None = None


def open_study(
    engine: Engine,
    dry: Track,
    shown: Sequence[Example],
    options: Mapping[str, Any],
    host: str,
    scene: Mapping[str, Any] | None = None,
    drafts: bool = False,
) -> tuple[str, float]:
    """Starts the study -> (its id, the gain in dB that has to stand before the chain that it finds).

    `scene`: the user's own chain, as `PedalboardRenderer` reads it; None for the built-in effects. `drafts`: its status will tell the best
    so far.
    """
    waves = bool(WAVES & {*options.get("only", ()), *(scene or {}).get("chain", ())})
    content, gain = at_working_level(tracks.excerpt(dry, tracks.places(dry, waves)))
    blobs = Blobs()
    held = whole(scene) if scene else {}
    body = {
        "host": host, "renderer": "pedalboard", "content": send(blobs, content),
        "options": {**options, "locks": {**held, **options.get("locks", {})}},
        "references": [reference(blobs, dry, one, waves) for one in shown],
        "scene": scene and {"description": dict(scene)}, "drafts": int(drafts),
    }  # fmt: skip
    return engine.open(body, blobs), gain


def whole(scene: Mapping[str, Any]) -> dict[str, float]:
    """Locks that keep equalisers that are flat at rest from being mixed with the untouched sound, with which they would comb."""
    plugins = [plugin for identity in scene["chain"] if (plugin := Library().kept(identity))]
    return {f"{plugin.id}.{AMOUNT.id}": 1.0 for plugin in plugins if plugin.flat}


def refuse_the_track_itself(dry: Track, shown: Sequence[Track]) -> None:
    for one in shown:
        if one.frames == dry.frames and one.rate == dry.rate and np.allclose(one.course, dry.course, rtol=1e-3, atol=1e-9):
            raise InputError(f"the reference {one.path.name} is the track itself", "Show a recording that sounds as the track should.")


def at_working_level(media: Media) -> tuple[Media, float]:
    """The sound with its active parts at the working level, and the gain in dB that brought it there."""
    gain = WORKING_LEVEL - active_level(media.data, int(media.rate or 0))
    return Media("audio", media.data * np.float32(10 ** (gain / 20)), rate=media.rate, name=media.name), gain


def reference(blobs: Blobs, dry: Track, one: Example, waves: bool = False) -> dict[str, Any]:
    """A reference as it travels: at the track's rate; its original, or a track of the same length, is cut at the same places."""
    shown, before = one.track, one.original
    twin = before or (dry if tracks.same_take(dry, shown) else None)
    starts = tracks.places(twin or shown, waves)
    there = [min(round(start * shown.rate / twin.rate), shown.frames) for start in starts] if twin else starts
    array = send(blobs, tracks.excerpt(shown, there, dry.rate))
    original = send(blobs, tracks.excerpt(before, starts, dry.rate)) if before else None
    return {"array": array, "weight": one.weight, "original": original}


def send(blobs: Blobs, media: Media) -> Mapping[str, Any]:
    return blobs.sound(media.data.tobytes(), len(media.data), int(media.rate or 0), media.name)
