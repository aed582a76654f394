"""An Ardour session: the dry track through our effects as Lua processors, which Ardour shows with their knobs, and the rendered one, muted.

Ardour 7 and 8 read it. The scripts lie inside the session, so nothing has to be installed. Times are superclocks, 282 240 000 a second.
"""

import base64
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as Xml

from plugins_daw.export import eel
from plugins_daw.export.ported import Effect, Port

SUPERCLOCKS = 282_240_000
VERSION = "7003"

SCRIPT = """ardour {{
    ["type"] = "dsp", name = "{title}", category = "Effect", license = "GPLv3+", author = "Utsushi",
    description = [[Made from the JSFX of the same name.]]
}}

function dsp_ioconfig () return {{ {{ audio_in = -1, audio_out = -1 }} }} end

function dsp_params ()
    return {{
{parameters}
    }}
end

local srate, num_ch, pdc_delay, pdc_bot_ch, pdc_top_ch = 48000, 2, 0, 0, 0
local memory, shared, spl = {{}}, nil, {{}}
{locals}

local function single (x)
    local t = x * 536870913.0
    return t - (t - x)
end

local function slide ()
{slider}
end

function dsp_init (rate) srate = rate end

function dsp_configure (ins, outs)
    num_ch = ins:n_audio ()
    local cells = math.max (1024, math.ceil ({memory} * srate / 192000))
    if cells > 60000 then
        -- more than Ardour gives to a script: 32-bit memory of the host's own
        shared = ARDOUR.DSP.DspShm (cells)
        shared:clear ()
        memory = shared:to_float (0):array ()
    else
        memory = {{}}
        for i = 1, cells do memory[i] = 0 end
    end
{init}
    slide ()
end

function dsp_latency () return pdc_delay end

function dsp_run (ins, outs, n_samples)
    local knob = CtrlPorts:array ()
    if {changed} then
        {names} = {knobs}
        slide ()
    end
    local rows = {{}}
    for c = 1, num_ch do rows[c] = ins[c]:get_table (n_samples) end
    for i = 1, n_samples do
        for c = 1, num_ch do spl[c] = rows[c][i] end
{sample}
        for c = 1, num_ch do rows[c][i] = spl[c] end
    end
    for c = 1, num_ch do outs[c]:set_table (rows[c], n_samples) end
end
"""


def script(effect: Effect) -> str:
    """The effect as a Lua processor of Ardour."""
    names = [one.name for one in effect.sliders]
    knobs = [f"knob[{index + 1}]" for index in range(len(names))]
    variables = [one for one in effect.variables if not one.startswith("pdc_")]
    parameters = [
        f'        {{ ["type"] = "input", name = "{one.label}", min = {one.low}, max = {one.high}, default = {one.default}'
        + (f', unit = "{one.unit}"' if one.unit else "")
        + (", logarithmic = true" if one.log else "")
        + (", integer = true" if one.step == 1 else "")
        + " },"
        for one in effect.sliders
    ]
    declared = [f"local {one.name} = {one.default}" for one in effect.sliders] + [f"local {one} = 0" for one in variables]

    def section(name: str, indent: str) -> str:
        return "\n".join(eel.LUA.statements(effect.sections.get(name, ()), indent)) or indent + "-- nothing"

    return SCRIPT.format(
        title=effect.title,
        memory=effect.memory,
        parameters="\n".join(parameters),
        locals="\n".join(declared),
        slider=section("slider", "    "),
        init=section("init", "    "),
        sample=section("sample", "        "),
        changed=" or ".join(f"{name} ~= {knob}" for name, knob in zip(names, knobs, strict=True)),
        names=", ".join(names),
        knobs=", ".join(knobs),
    )


def write(folder: Path, name: str, rate: int, frames: int, channels: int, ports: Sequence[Port], dry: Path, wet: Path) -> Path:
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
    session.track(f"{name} (chain)", dry.name, ports, muted=False)
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

    def track(self, name: str, file: str, ports: Sequence[Port], muted: bool) -> None:
        sources = [self.number() for _ in range(self.channels)]
        for channel, source in enumerate(sources):
            known = {"name": file, "take-id": "", "type": "audio", "flags": "", "id": source, "channel": str(channel), "gain": "1"}
            Xml.SubElement(self.sources, "Source", known)
        route = self._route(name, "AudioTrack", "Master/audio_in ", ports, order=len(self.routes), muted=muted)
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

    def _route(self, name: str, flag: str, towards: str, ports: Sequence[Port], order: int, muted: bool = False) -> Xml.Element:
        track = flag == "AudioTrack"
        known = {
            "version": VERSION, "id": self.number(), "name": name, "default-type": "audio", "strict-io": "1", "active": "1",
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
        for port in ports:
            self._effect(route, port)
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
        processor = self._processor(route, effect.title, "luaproc")
        processor.set("unique-id", f"utsushi-{effect.name}")
        processor.set("count", "1")
        processor.set("custom", "0")
        for tag in ("ConfiguredInput", "CustomSinks", "ConfiguredOutput"):
            Xml.SubElement(Xml.SubElement(processor, tag), "Channels", {"type": "audio", "count": str(self.channels)})
        for tag in ("InputMap-0", "OutputMap-0"):
            mapping = Xml.SubElement(processor, tag)
            for channel in map(str, range(self.channels)):
                Xml.SubElement(mapping, "Channelmap", {"type": "audio", "from": channel, "to": channel})
        lua = Xml.SubElement(processor, "luaproc")
        text = Xml.SubElement(lua, "script", {"lua": "Lua 5.3", "origin": ""})
        text.text = base64.b64encode(script(effect).encode()).decode()
        for index, slider in enumerate(effect.sliders):
            value = port.values.get(slider.name, slider.default)
            Xml.SubElement(lua, "Port", {"id": str(index), "value": f"{value:.9g}"})
            self._control(processor, slider.label, "", value).set("parameter", str(index))

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
