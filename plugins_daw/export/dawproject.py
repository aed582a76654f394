"""DAWproject 1.0, the exchange format of Bitwig, Studio One, Cubase and others: a track with devices, and the rendered one, muted.

The format knows equalizer, compressor, noise gate and limiter as devices, and VST3 plug-ins by their state. What it does not know (reverb,
delay, chorus, saturation) is only in the rendered clip. Devices of two DAWs do not sound exactly alike; the report says what nulls and what
does not.
"""

import itertools
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

from plugins_daw.chain import CUTOFF, Spec

BANDS = {
    "PeakFilter": "bell", "LowShelfFilter": "lowShelf", "HighShelfFilter": "highShelf", "HighpassFilter": "highPass",
    "LowpassFilter": "lowPass",
}  # fmt: skip
PASSES = ("highPass", "lowPass")


class _Numbers:
    """Identities for what is referred to."""

    def __init__(self) -> None:
        self._next: Iterator[int] = itertools.count()

    def __call__(self) -> str:
        return f"id{next(self._next)}"


def write(
    path: Path,
    name: str,
    rate: int,
    channels: int,
    frames: int,
    devices: Sequence[tuple[str, Sequence[Spec]]],
    trim: float,
    level: float,
    dry: Path,
    wet: Path,
    states: Mapping[str, Path],
) -> list[str]:
    """The project -> the names of the devices that the format does not know.

    `devices`: label and plug-ins of each; `trim`, `level`: gain in dB before and after them; `states`: label of a VST3 -> its `.vstpreset`.
    """  # fmt: skip
    numbers = _Numbers()
    root = Xml.Element("Project", {"version": "1.0"})
    Xml.SubElement(root, "Application", {"name": "Utsushi", "version": "1.0"})
    transport = Xml.SubElement(root, "Transport")
    Xml.SubElement(transport, "Tempo", {"unit": "bpm", "value": "120.0", "id": numbers()})
    Xml.SubElement(transport, "TimeSignature", {"numerator": "4", "denominator": "4", "id": numbers()})
    structure = Xml.SubElement(root, "Structure")
    master = numbers()
    tracks = []
    missing: list[str] = []
    for label, role, chain, gain in (
        (f"{name} (chain)", "regular", devices, level), (f"{name} (rendered)", "regular", (), 0.0), ("Master", "master", (), 0.0),
    ):  # fmt: skip
        known = {"contentType": "audio", "loaded": "true", "id": numbers(), "name": label}
        track = Xml.SubElement(structure, "Track", known)
        given = {"audioChannels": str(min(channels, 2)), "role": role, "solo": "false", "id": master if role == "master" else numbers()}
        channel = Xml.SubElement(track, "Channel", given if role == "master" else {**given, "destination": master})
        if chain:
            missing += _devices(Xml.SubElement(channel, "Devices"), chain, trim, states, numbers)
        Xml.SubElement(channel, "Mute", {"value": str(label.endswith("(rendered)")).lower(), "id": numbers()})
        Xml.SubElement(channel, "Pan", {"unit": "normalized", "min": "0.0", "max": "1.0", "value": "0.5", "id": numbers()})
        _real(channel, "Volume", 10 ** (gain / 20), "linear", numbers(), (0.0, 2.0))
        tracks.append(known["id"])
    seconds = frames / rate
    lanes = Xml.SubElement(Xml.SubElement(root, "Arrangement", {"id": numbers()}), "Lanes", {"timeUnit": "seconds", "id": numbers()})
    for track_id, file in zip(tracks, (dry, wet), strict=False):
        lane = Xml.SubElement(lanes, "Lanes", {"track": track_id, "id": numbers()})
        clips = Xml.SubElement(lane, "Clips", {"id": numbers()})
        clip = Xml.SubElement(clips, "Clip", {"time": "0.0", "duration": f"{seconds!r}", "playStart": "0.0", "name": file.stem})
        audio = {"channels": str(channels), "duration": f"{seconds!r}", "sampleRate": str(rate), "id": numbers()}
        Xml.SubElement(Xml.SubElement(clip, "Audio", audio), "File", {"path": f"audio/{file.name}"})
    Xml.indent(root)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.xml", Xml.tostring(root, encoding="utf-8", xml_declaration=True))
        meta = Xml.Element("MetaData")
        Xml.SubElement(meta, "Title").text = name
        Xml.SubElement(meta, "Comment").text = "Made by Utsushi"
        archive.writestr("metadata.xml", Xml.tostring(meta, encoding="utf-8", xml_declaration=True))
        for file in (dry, wet):
            archive.write(file, f"audio/{file.name}")
        for state in states.values():
            archive.write(state, f"plugins/{state.name}")
    return missing


def _devices(
    parent: Xml.Element, devices: Sequence[tuple[str, Sequence[Spec]]], trim: float, states: Mapping[str, Path], numbers: _Numbers
) -> list[str]:
    """Filters in a row become one equalizer; the trim is the first device's input gain -> what the format has no device for."""
    missing: list[str] = []
    equalizer: Xml.Element | None = None
    first = _device(parent, "Equalizer", "Trim", numbers)
    _real(first, "InputGain", trim, "decibel", numbers())
    for label, specs in devices:
        names = {spec["plugin"] for spec in specs}
        if names <= BANDS.keys():
            if equalizer is None:
                equalizer = _device(parent, "Equalizer", "Equalizer", numbers)
            _band(equalizer, specs, numbers)
            continue
        equalizer = None
        spec = specs[0]
        given = spec.get("settings", {})
        if label in states:
            plugin = _device(parent, "Vst3Plugin", label, numbers, states[label])
            plugin.set("loaded", "true")
        elif len(specs) == 1 and spec["plugin"] in ("Compressor", "NoiseGate"):
            device = _device(parent, spec["plugin"], label, numbers)
            _real(device, "Attack", given["attack_ms"] / 1000, "seconds", numbers())
            if spec["plugin"] == "Compressor":
                Xml.SubElement(device, "AutoMakeup", {"value": "false", "id": numbers()})
            _real(device, "Ratio", given["ratio"], "linear", numbers())
            _real(device, "Release", given["release_ms"] / 1000, "seconds", numbers())
            _real(device, "Threshold", given["threshold_db"], "decibel", numbers())
        elif len(specs) == 1 and spec["plugin"] == "BrickwallLimiter":
            device = _device(parent, "Limiter", label, numbers)
            _real(device, "Release", given["release_ms"] / 1000, "seconds", numbers())
            _real(device, "Threshold", given["ceiling_db"], "decibel", numbers())
        else:
            missing.append(label)
    return missing


def _device(parent: Xml.Element, tag: str, name: str, numbers: _Numbers, state: Path | None = None) -> Xml.Element:
    known = {"deviceName": name, "deviceRole": "audioFX", "id": numbers(), "name": name}
    if state:
        # Bytes 8 to 40 of a .vstpreset are the plug-in's class id in hexadecimal digits.
        known["deviceID"] = state.read_bytes()[8:40].decode("ascii")
    device = Xml.SubElement(parent, tag, known)
    Xml.SubElement(device, "Enabled", {"value": "true", "id": numbers()})
    if state:
        Xml.SubElement(device, "State", {"path": f"plugins/{state.name}"})
    return device


def _band(equalizer: Xml.Element, specs: Sequence[Spec], numbers: _Numbers) -> None:
    given, kind = specs[0]["settings"], BANDS[specs[0]["plugin"]]
    band = Xml.SubElement(equalizer, "Band", {"type": kind})
    if kind in PASSES:
        band.set("order", str(len(specs)))
    _real(band, "Freq", given[CUTOFF], "hertz", numbers())
    if "gain_db" in given:
        _real(band, "Gain", given["gain_db"], "decibel", numbers())
        _real(band, "Q", given["q"], "linear", numbers())
    Xml.SubElement(band, "Enabled", {"value": "true", "id": numbers()})


def _real(parent: Xml.Element, tag: str, value: float, unit: str, identity: str, limits: tuple[float, float] | None = None) -> None:
    known = {"unit": unit, "value": f"{value:.9g}", "id": identity}
    if limits:
        known |= {"min": f"{limits[0]:g}", "max": f"{limits[1]:g}"}
    Xml.SubElement(parent, tag, known)
