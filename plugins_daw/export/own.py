"""A plug-in of the user's own on its way into a DAW: its class and its state, as a .vstpreset file holds them.

The file's layout is Steinberg's (public.sdk/source/vst/vstpresetfile.h): "VST3", a version, the class id in 32 hexadecimal digits, the
place of a list of chunks, the chunks. DAWproject refers to the file; Ardour keeps the same bytes inside its session.
"""

from dataclasses import dataclass
from pathlib import Path

from plugins_daw.chain import Spec

CLASS_ID = slice(8, 40)
ALL = 0.999
"""From this share of processed sound on there is no untouched sound beside it."""


@dataclass(frozen=True)
class Own:
    """`path`: its .vstpreset in the exported folder; `width`: how many channels it takes at a time; `mix`: the share beside the untouched
    sound, which is ours and not a part of its state."""

    name: str
    path: Path
    preset: bytes
    width: int
    mix: float

    @classmethod
    def of(cls, spec: Spec, path: Path, preset: bytes) -> "Own":
        return cls(str(spec["name"]), path, preset, int(spec.get("width", 2)), float(spec.get("mix", 1.0)))

    @property
    def class_id(self) -> str:
        return self.preset[CLASS_ID].decode("ascii")

    @property
    def whole(self) -> bool:
        """Whether the DAW hears what we hear from its state alone."""
        return self.mix >= ALL
