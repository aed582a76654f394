"""The project folder: dry and wet recordings, the chain, and the same chain in the formats of the DAWs."""

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from plugins_daw import chain
from plugins_daw.bounce import Bounce, bounce
from plugins_daw.chain import Spec, plugin
from plugins_daw.export import ardour, bwf, dawproject, ported, reaper, report
from plugins_daw.export.own import Own
from plugins_daw.export.ported import Port
from plugins_daw.export.work import Proof, Work, prove
from plugins_daw.plugins import preset_of
from server.options import make_folder
from shared_engine.errors import InputError

Tell = Callable[[str, float], None]
LONGEST = 4_000_000_000
"""Bytes of a WAV file with chunks; what is longer is refused here, since few DAWs take more in one clip."""


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

    def add(self, path: Path, about: str) -> None:
        self.files.append(File(path.relative_to(self.folder).as_posix() + ("/" if path.is_dir() else ""), about))


def export(work: Work, folder: Path, tell: Tell = lambda stage, part: None) -> Made:
    """Writes the project folder. Raises InputError where the folder cannot be written, or the chain makes no sound."""
    track = work.track
    if track.frames * track.channels * 3 > LONGEST:
        raise InputError(f"{track.path.name} is too long for one WAV file", "Export a shorter part of it.")
    make_folder(folder)
    made = Made(folder)
    name = track.path.stem
    dry, wet = folder / f"{name} dry.wav", folder / f"{name} wet.wav"
    if track.path.resolve() in (dry.resolve(), wet.resolve()):
        raise InputError(f"{track.path.name} would be written over itself", "Choose another folder.")
    # The dry file is the track, sample by sample, unless a file in floating point goes beyond full scale; the trim then makes up for it.
    copy = bounce(track.path, dry, (), match=False, report=lambda part: tell("writing the dry track", 0.2 * part), ceiling=0.0)
    lost = [plugin("Gain", gain_db=-copy.gain)] if copy.gain else []
    level = bounce(track.path, wet, work.plugins, report=lambda part: tell("rendering the whole track", 0.2 + 0.4 * part))
    tell("testing the ports", 0.65)
    full = [*work.plugins, *([plugin("Gain", gain_db=round(level.gain, 4))] if work.devices else [])]
    proofs = prove([*lost, *full], track.rate)
    ports = [proof.port for proof in proofs if isinstance(proof.port, Port)]
    _describe(work, dry, wet, full)
    made.add(dry, "the track as it was, 24-bit Broadcast Wave")
    made.add(wet, "the result, 24-bit Broadcast Wave, as loud as the track")
    chain.save(folder / "chain.json", [chain.with_impulse(spec, lambda file: _beside(file, made)) for spec in full])
    made.add(folder / "chain.json", "the chain: `utsushi apply chain.json FILE...` puts it on other recordings")
    tell("writing the projects", 0.8)
    _projects(work, made, dry, wet, ports, proofs, level)
    text = report.page(work, proofs, level.gain, (level.before, level.after + level.gain), made.notes)
    (folder / "what-was-done.html").write_text(text, encoding="utf-8")
    made.add(folder / "what-was-done.html", "every setting, the curves, the null tests")
    tell("done", 1.0)
    return made


def _beside(file: str, made: Made) -> str:
    """Copies an impulse response into the folder, so that the chain goes with it -> its name there."""
    source, target = Path(file), made.folder / Path(file).name
    if source.resolve() != target.resolve():
        shutil.copyfile(source, target)
    made.add(target, "the impulse response that the chain works with")
    return target.name


def _describe(work: Work, dry: Path, wet: Path, full: Sequence[Spec]) -> None:
    """bext and iXML for both recordings."""
    track, now = work.track, datetime.now()
    about = ", ".join(device.label for device in work.devices) or "nothing"
    for path, text, note in ((dry, "dry", ""), (wet, f"processed by Utsushi: {about}", json.dumps(list(full), allow_nan=False))):
        chunks = {
            b"bext": bwf.bext(f"{track.path.stem}: {text}", now, track.rate, track.channels),
            b"iXML": bwf.ixml(track.path.stem, path.stem, note, track.rate, track.channels),
        }
        bwf.add_chunks(path, chunks)


def _projects(work: Work, made: Made, dry: Path, wet: Path, ports: Sequence[Port], proofs: Sequence[Proof], level: Bounce) -> None:
    track, folder, name = work.track, made.folder, work.track.path.stem
    own = _own(work, folder)
    for one in own.values():
        made.add(one.path, "the plug-in's own state")
    made.notes += _remarks(own.values(), track.channels)
    for device in work.devices:
        if any(not isinstance(one, Port) and not chain.is_hosted(one) for one in ported.ports(device.plugins)):
            made.notes.append(f"{device.label} has no port: it is in the rendered track, and missing in the REAPER and the Ardour project.")
    devices = [(device.label, device.plugins) for device in work.devices]
    target = folder / f"{name}.dawproject"
    states = {label: one.path for label, one in own.items()}
    missing = dawproject.write(target, name, track.rate, track.channels, track.frames, devices, work.trim, level.gain, dry, wet, states)
    made.add(target, "Bitwig, Studio One, Cubase and others")
    if missing:
        made.notes.append(f"{', '.join(missing)}: DAWproject has no device for it; heard in the rendered track.")
    seconds = track.frames / track.rate
    project = folder / f"{name}.RPP"
    reaper.write(project, name, track.rate, track.channels, seconds, ports, dry.name, wet.name, made.notes)
    made.add(project, "REAPER, the effects as JSFX in Effects/")
    session = folder / f"{name} Ardour"
    by_name = {one.name: one for one in own.values() if fits(one, track.channels)}
    placed = [proof.port if isinstance(proof.port, Port) else by_name.get(proof.port.get("name", "")) for proof in proofs]
    ardour.write(session, name, track.rate, track.frames, track.channels, [one for one in placed if one], dry, wet)
    made.add(session, "Ardour 7 and 8, the effects as Lua processors")
    for wave in sorted({port.effect.name for port in ports} & {"chorus", "phaser"}):
        made.notes.append(f"The {wave} wavers freely: in a DAW its wave begins elsewhere than in the rendered track.")


def _own(work: Work, folder: Path) -> dict[str, Own]:
    """The user's own plug-ins by the label of their device, their states written beside the recordings."""
    found = {}
    for device in work.devices:
        for spec in filter(chain.is_hosted, device.plugins):
            path = folder / f"{spec['name']}.vstpreset"
            path.write_bytes(preset_of(spec))
            found[device.label] = Own.of(spec, path, path.read_bytes())
    return found


def fits(own: Own, channels: int) -> bool:
    """Whether a DAW can put it on a track of so many channels as it stands; here a lone channel goes through both sides of a stereo one."""
    return channels % own.width == 0


def _remarks(own: Collection[Own], channels: int) -> Iterator[str]:
    """What somebody who opens the projects has to do about their plug-ins by hand."""
    for one in own:
        yield f"{one.name}: in the REAPER project it is missing; add it where it stood in the chain and load {one.path.name}."
        if not fits(one, channels):
            yield f"{one.name} is a stereo plug-in on one channel: not in the Ardour session; heard in the rendered track."
        elif not one.whole:
            yield f"{one.name} is heard at {one.mix:.0%} beside the untouched sound: in DAWproject set that share by its mix or the DAW's."
