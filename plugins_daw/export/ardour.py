"""An Ardour session: the dry track through our effects as Lua processors, which Ardour shows with their knobs, and the rendered one, muted.

Ardour 7 and 8 read it. The scripts lie inside the session, so nothing has to be installed but the user's own plug-ins, which stand there
with their state. Times are superclocks, 282 240 000 a second.
"""

import base64
import itertools
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as Xml

from plugins_daw.export import ardour_scripts
from plugins_daw.export.own import Own
from plugins_daw.export.ported import Port

SUPERCLOCKS = 282_240_000
VERSION = "7003"


def write(folder: Path, name: str, rate: int, frames: int, channels: int, chain: Sequence[Port | Own], dry: Path, wet: Path) -> Path:
    """The session folder `folder`; `dry` and `wet` are linked (or copied) into it -> the session file."""
    audio = folder / "interchange" / folder.name / "audiofiles"
    for place in (
        audio,
        folder / "export",
        folder / "peaks",
        folder / "plugins",
        folder / "analysis",
        folder / "dead",
        folder / "externals",
    ):
        place.mkdir(parents=True, exist_ok=True)
    for source in (dry, wet):
        target = audio / source.name
        target.unlink(missing_ok=True)
        with suppress(OSError):
            os.link(source, target)
        if not target.exists():
            shutil.copyfile(source, target)
    session = _Session(rate, frames, channels)
    session.track(f"{name} (chain)", dry.name, chain, muted=False)
    session.track(f"{name} (rendered)", wet.name, (), muted=True)
    tree = session.tree(folder.name)
    Xml.indent(tree)
    path = folder / f"{folder.name}.ardour"
    Xml.ElementTree(tree).write(path, encoding="UTF-8", xml_declaration=True)
    return path


class _Session:
    """Collects sources, playlists and routes; every object has a number of its own."""

    def __init__(self, rate: int, frames: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self.length = frames * SUPERCLOCKS // rate
        self.numbers: Iterator[int] = itertools.count(100)
        self.sources, self.regions, self.playlists, self.routes = (
            Xml.Element(tag) for tag in ("Sources", "Regions", "Playlists", "Routes")
        )
        self._route("Master", "MasterOut", "system:playback_", [], order=0)

    def number(self) -> str:
        return str(next(self.numbers))

    def track(self, name: str, file: str, chain: Sequence[Port | Own], muted: bool) -> None:
        sources = [self.number() for _ in range(self.channels)]
        for channel, source in enumerate(sources):
            known = {"name": file, "take-id": "", "type": "audio", "flags": "", "id": source, "channel": str(channel), "gain": "1"}
            Xml.SubElement(self.sources, "Source", known)
        route = self._route(name, "AudioTrack", "Master/audio_in ", chain, order=len(self.routes), muted=muted)
        playlist = self.number()
        route.set("audio-playlist", playlist)
        known = {
            "id": playlist,
            "name": f"{name}.1",
            "type": "audio",
            "orig-track-id": route.get("id") or "",
            "frozen": "0",
            "combine-ops": "0",
        }
        region = Xml.SubElement(Xml.SubElement(self.playlists, "Playlist", known), "Region")
        given = {
            "name": name, "id": self.number(), "type": "audio", "opaque": "1", "start": "a0", "length": f"a{self.length}@a0",
            "default-fade-in": "0", "default-fade-out": "0", "fade-in-active": "0", "fade-out-active": "0", "scale-amplitude": "1",
            "channels": str(self.channels), "envelope-active": "0",
        }  # fmt: skip
        for key, value in given.items():
            region.set(key, value)
        for channel, source in enumerate(sources):
            region.set(f"source-{channel}", source)
            region.set(f"master-source-{channel}", source)

    def _route(self, name: str, flag: str, towards: str, chain: Sequence[Port | Own], order: int, muted: bool = False) -> Xml.Element:
        track = flag == "AudioTrack"
        known = {
            "version": VERSION, "id": self.number(), "name": name, "default-type": "audio",
            "strict-io": str(int(all(isinstance(one, Port) or one.whole for one in chain))), "active": "1",
            "denormal-protection": "0", "meter-point": "MeterPostFader", "disk-io-point": "DiskIOPreFader", "meter-type": "MeterPeak",
            **({"mode": "Normal", "alignment-choice": "Automatic"} if track else {}),
        }  # fmt: skip
        route = Xml.SubElement(self.routes, "Route", known)
        Xml.SubElement(route, "PresentationInfo", {"order": str(order), "flags": f"{flag},OrderSet", "color": "0"})
        for direction, side in (("Input", "in"), ("Output", "out")):
            io = Xml.SubElement(route, "IO", {"name": name, "id": self.number(), "direction": direction, "default-type": "audio"})
            for channel in range(1, self.channels + 1):
                port = Xml.SubElement(io, "Port", {"name": f"{name}/audio_{side} {channel}", "type": "audio", "direction": direction})
                if side == "out":
                    Xml.SubElement(port, "Connection", {"other": f"{towards}{channel}"})
        Xml.SubElement(route, "MuteMaster", {"mute-point": "PreFader,PostFader,Listen,Main", "muted": "yes" if muted else "no"})
        self._control(route, "mute", "Toggle,RealTime", int(muted))
        if track:
            for kind, role in (("recorder", "diskwriter"), ("player", "diskreader")):
                self._processor(route, f"{kind}:{name}", role)
        self._control(self._processor(route, "Amp", "trim"), "trimcontrol", "GainLike", 1)
        for one in chain:
            self._effect(route, one) if isinstance(one, Port) else self._own(route, one)
        self._control(self._processor(route, "Amp", "amp"), "gaincontrol", "GainLike", 1)
        self._processor(route, f"meter-{name}", "meter")
        outs = self._processor(route, name, "main-outs")
        for key, value in {"own-input": "1", "own-output": "0", "output": name, "role": "Main"}.items():
            outs.set(key, value)
        Xml.SubElement(outs, "PannerShell", {"bypassed": "1", "user-panner": "", "linked-to-route": "1"})
        return route

    def _processor(self, route: Xml.Element, name: str, kind: str) -> Xml.Element:
        return Xml.SubElement(route, "Processor", {"id": self.number(), "name": name, "active": "1", "type": kind})

    def _control(self, parent: Xml.Element, name: str, flags: str, value: float) -> Xml.Element:
        return Xml.SubElement(parent, "Controllable", {"name": name, "id": self.number(), "flags": flags, "value": f"{value:.9g}"})

    def _effect(self, route: Xml.Element, port: Port) -> None:
        effect = port.effect
        values = {slider.label: port.values.get(slider.name, slider.default) for slider in effect.sliders}
        self._lua(route, effect.title, f"utsushi-{effect.name}", ardour_scripts.of_effect(effect), values, self.channels, self.channels)

    def _lua(self, route: Xml.Element, title: str, identity: str, script: str, values: Mapping[str, float], ins: int, outs: int) -> None:
        """A script with its knobs, by label and in their order."""
        processor = self._insert(route, title, "luaproc", identity, ins, outs)
        for tag in ("InputMap-0", "OutputMap-0"):
            _channels(processor, tag, range(ins if tag.startswith("In") else outs))
        lua = Xml.SubElement(processor, "luaproc")
        text = Xml.SubElement(lua, "script", {"lua": "Lua 5.3", "origin": ""})
        text.text = base64.b64encode(script.encode()).decode()
        for index, (label, value) in enumerate(values.items()):
            Xml.SubElement(lua, "Port", {"id": str(index), "value": f"{value:.9g}"})
            self._control(processor, label, "", value).set("parameter", str(index))

    def _own(self, route: Xml.Element, own: Own) -> None:
        """A VST3 with its state, which is the text of its .vstpreset (VST3PI::save_state in libs/ardour/vst3_plugin.cc).

        Where it is heard beside the untouched sound, that goes past it on channels of its own, between two small scripts.
        """
        beside = 0 if own.whole else self.channels
        if beside:
            self._lua(route, "Utsushi dry beside", "utsushi-beside", ardour_scripts.beside(beside), {}, beside, 2 * beside)
        width = self.channels + beside
        processor = self._insert(route, own.name, "vst3", own.class_id, width, width)
        # Ardour makes as many of it as there are channels for; those of the untouched sound are connected to nothing.
        processor.set("count", str(width // own.width))
        for number in range(width // own.width):
            first = number * own.width
            for tag in (f"InputMap-{number}", f"OutputMap-{number}"):
                _channels(processor, tag, range(first, first + own.width) if first < self.channels else ())
        if beside:
            past = Xml.SubElement(processor, "ThruMap")
            for channel in map(str, range(beside, 2 * beside)):
                Xml.SubElement(past, "Channelmap", {"type": "audio", "from": channel, "to": channel})
        Xml.SubElement(Xml.SubElement(processor, "vst3"), "chunk").text = base64.b64encode(own.preset).decode()
        if beside:
            share = {ardour_scripts.SHARE: own.mix}
            self._lua(route, f"Utsushi share of {own.name}", "utsushi-share", ardour_scripts.share(beside), share, 2 * beside, beside)

    def _insert(self, route: Xml.Element, name: str, kind: str, identity: str, ins: int, outs: int) -> Xml.Element:
        processor = self._processor(route, name, kind)
        for key, value in {"unique-id": identity, "count": "1", "custom": str(int(ins != outs))}.items():
            processor.set(key, value)
        for tag, count in (("ConfiguredInput", ins), ("CustomSinks", ins), ("ConfiguredOutput", outs)):
            Xml.SubElement(Xml.SubElement(processor, tag), "Channels", {"type": "audio", "count": str(count)})
        return processor

    def tree(self, name: str) -> Xml.Element:
        root = Xml.Element("Session", {"version": VERSION, "name": name, "sample-rate": str(self.rate), "session-range-is-free": "1"})
        Xml.SubElement(root, "ProgramVersion", {"created-with": "Utsushi", "modified-with": "Utsushi"})
        config = Xml.SubElement(root, "Config")
        for key, value in (("native-file-data-format", "FormatInt24"), ("native-file-header-format", "WAVE")):
            Xml.SubElement(config, "Option", {"name": key, "value": value})
        Xml.SubElement(root, "Metadata")
        root.append(self.sources)
        root.append(self.regions)
        locations = Xml.SubElement(root, "Locations")
        end = {"id": self.number(), "name": "session", "start": "a0", "end": f"a{self.length}", "flags": "IsSessionRange", "locked": "0"}
        Xml.SubElement(locations, "Location", end)
        root.append(self.routes)
        root.append(self.playlists)
        Xml.SubElement(root, "UnusedPlaylists")
        Xml.SubElement(root, "Bundles")
        Xml.SubElement(root, "RouteGroups")
        tempo = Xml.SubElement(root, "TempoMap", {"superclocks-per-second": str(SUPERCLOCKS)})
        start = {"sclock": "0", "quarters": "0:0", "bbt": "1|1|0"}
        kept = {"npm": "120", "enpm": "120", "note-type": "4", "type": "Constant", "locked-to-meter": "0", "continuing": "0", "active": "1"}
        Xml.SubElement(Xml.SubElement(tempo, "Tempos"), "Tempo", {**kept, **start, "omega": "0"})
        Xml.SubElement(Xml.SubElement(tempo, "Meters"), "Meter", {"note-value": "4", "divisions-per-bar": "4", **start})
        Xml.SubElement(tempo, "MusicTimes")
        root.set("id-counter", self.number())
        root.set("name-counter", "1")
        root.set("event-counter", "0")
        return root


def _channels(processor: Xml.Element, tag: str, channels: Sequence[int]) -> None:
    """Connects a plug-in's own channels, from 0 on, with these of the track."""
    mapping = Xml.SubElement(processor, tag)
    for pin, channel in enumerate(channels):
        Xml.SubElement(mapping, "Channelmap", {"type": "audio", "from": str(pin), "to": str(channel)})
