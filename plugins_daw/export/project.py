"""The project folder: dry and wet recordings, the chain, and the same chain in the formats of the DAWs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugins_daw import chain, session
from plugins_daw.bounce import Bounce, bounce
from plugins_daw.chain import Spec, plugin
from plugins_daw.session import Answer, Catalogue, State
from plugins_daw.tracks import Track
from server.options import make_folder
from shared_engine.types import Tool

Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Device:
    """One effect as it is heard: its tool, its values by parameter id, pedalboard's plug-ins for it, and why it is there."""

    tool: Tool
    values: Mapping[str, Any]
    plugins: tuple[Spec, ...]
    reason: str = ""


@dataclass(frozen=True)
class Work:
    """What is exported. `trim`: gain in dB before the devices; `references`: the names of what was imitated."""

    track: Track
    trim: float
    devices: tuple[Device, ...]
    references: tuple[str, ...] = ()
    answer: Answer | None = None

    @classmethod
    def of(cls, track: Track, state: State, catalogue: Catalogue) -> "Work":
        """The work of a session: what is heard of it, with amounts and strength applied."""
        reasons = {one.tool: one.sentence for one in state.answer.reasons} if state.answer and state.chosen == 0 else {}
        devices = tuple(
            Device(effect.tool, values, tuple(effect.plugins(values)), reasons.get(effect.tool.id, ""))
            for effect, values in session.sounding(state, catalogue)
        )
        return cls(track, state.trim if devices else 0.0, devices, tuple(Path(one.path).name for one in state.references), state.answer)

    @property
    def plugins(self) -> list[Spec]:
        """The chain without the gain that matches its level in the end."""
        trim = [plugin("Gain", gain_db=self.trim)] if self.devices else []
        return [*trim, *(spec for device in self.devices for spec in device.plugins)]


@dataclass(frozen=True)
class File:
    name: str
    about: str


@dataclass
class Made:
    """What was written, and what a user should know of it."""

    folder: Path
    files: list[File] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def export(work: Work, folder: Path, report: Report = lambda stage, part: None) -> Made:
    """Writes the project folder. Raises InputError where the folder cannot be written, or the chain makes no sound."""
    make_folder(folder)
    made = Made(folder)
    report("rendering the whole track", 0.0)
    wet = bounce(work.track.path, folder / "wet.wav", work.plugins, report=lambda part: report("rendering the whole track", 0.6 * part))
    made.files.append(File("wet.wav", "the result"))
    chain.save(folder / "chain.json", [*work.plugins, plugin("Gain", gain_db=round(wet.gain, 2))])
    report("done", 1.0)
    return made


def level(wet: Bounce) -> float:
    """The gain in dB that stands after the chain."""
    return round(wet.gain, 2)
