"""The way into a DAW: the effects' text against pedalboard, and every format read again."""

import json
import math
import struct
import zipfile
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
import soundfile

from plugins_daw import chain, session, tracks
from plugins_daw.chain import board, plugin
from plugins_daw.effects import EFFECTS, complete
from plugins_daw.export import ardour_scripts, bwf, eel, ported, project
from plugins_daw.export.work import Work
from plugins_daw.loudness import integrated
from plugins_daw.session import State
from shared_engine.errors import InputError
from tests.sounds import phrase

CATALOGUE = {effect.tool.id: effect for effect in EFFECTS}
BUSY = {
    "gate": {"threshold": -45.0}, "highpass": {"frequency": 140.0, "slope": "24 dB/oct"}, "low-shelf": {"frequency": 80.0, "gain": 9.0},
    "low-bell": {"frequency": 150.0, "gain": -8.0, "q": 3.0}, "mid-bell": {"gain": 3.0}, "high-bell": {"gain": -4.0, "q": 0.6},
    "high-shelf": {"gain": 5.0}, "compressor": {"threshold": -32.0, "ratio": 5.0, "mix": 0.6}, "saturation": {"drive": 14.0, "mix": 0.5},
    "clip": {"threshold": -9.0}, "bitcrush": {"depth": 5.3, "mix": 0.7}, "lowpass": {"frequency": 6000.0},
    "ladder": {"frequency": 900.0, "resonance": 0.8, "drive": 9.0, "mix": 0.7},
    "phaser": {"rate": 1.3, "depth": 0.8, "feedback": 0.7, "mix": 0.5}, "chorus": {"mix": 0.3, "rate": 2.0},
    "delay": {"mix": 0.3, "time": 0.11}, "reverb": {"wet": 0.2}, "limiter": {"ceiling": -9.0},
}  # fmt: skip
"""Every effect hard at work."""


def specs_of(tool):
    effect = CATALOGUE[tool]
    return effect.plugins(complete(effect.tool, {f"{tool}.{key}": value for key, value in BUSY[tool].items()}))


def test_every_effect_of_the_host_is_tried():
    assert BUSY.keys() == CATALOGUE.keys()


HIGH_RATE = [(tool, 96000) for tool in ("low-shelf", "low-bell", "high-shelf", "highpass", "delay")]


@pytest.mark.parametrize(("tool", "rate"), [*((tool, 44100) for tool in BUSY), *HIGH_RATE])
def test_the_text_that_is_exported_nulls_with_pedalboard(tool, rate):
    (port,) = [one for one in ported.ports(specs_of(tool)) if not (isinstance(one, ported.Port) and one.effect.name == "gain")]
    assert isinstance(port, ported.Port)
    assert ported.residual(port, rate) < -90


def test_a_null_test_tells_a_wrong_port():
    (port,) = ported.ports([plugin("PeakFilter", cutoff_frequency_hz=900.0, gain_db=3.0, q=1.0)])
    wrong = replace(port, values={**port.values, "gain": 3.01})
    assert ported.residual(port, 48000) < -150 < -70 < ported.residual(wrong, 48000)


def test_equal_filters_in_a_row_are_one_and_what_has_no_port_is_left():
    high = plugin("HighpassFilter", cutoff_frequency_hz=80.0)
    own = {"plugin": chain.HOSTED, "name": "Plate", "file": "plate.vst3", "raw": {}}
    found = list(ported.ports([high] * 5 + [own]))
    assert [one.values["order"] for one in found[:2]] == [4, 1] and found[2] is own


EXPRESSIONS = [
    "1 + 2 * 3 ^ 2 - 4 / 8",
    "-x * (x + 1.5) % 3",
    "x > 2 && x < 9 || 0",
    "min(abs(-x), sqrt(2)) + sin($pi / x)",
    "!(x == 7) + 1",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions_mean_in_python_what_they_mean_in_eel(text):
    (found,) = eel.parse(f"y = {text};")
    scope = {"math": math, "x": 7.0}
    exec("\n".join(eel.PYTHON.statements([found])), scope)
    plain = text.replace("^", "**").replace("&&", "and").replace("||", "or").replace("!(", "not (").replace("$pi", "math.pi")
    plain = plain.replace("sqrt", "math.sqrt").replace("sin", "math.sin")
    plain = "(not (x == 7)) + 1" if text.startswith("!") else plain
    assert scope["y"] == pytest.approx(eval(plain, scope))


@pytest.mark.parametrize("text", ["x + 1;", "y = sing(2);", "y = (1;", "loop(2 x = 1;);", "y = 'a';", "spl0 ? x;"])
def test_what_is_not_of_the_language_is_refused(text):
    with pytest.raises(InputError):
        eel.parse(text)


def test_choices_and_loops_become_blocks_in_lua():
    lines = eel.LUA.statements(eel.parse("loop(3, x > 1 ? ( a[x] = 2; ) : ( spl(0) = x; ); x += 1; );"))
    assert lines[0] == "for turn0 = 1, 3 do" and lines.count("    end") == 1 and lines[-1] == "end"
    assert "        memory[a + x + 1] = 2" in lines and "        spl[0 + 1] = x" in lines and "    else" in lines


@pytest.mark.parametrize("name", [path.stem for path in ported.FOLDER.glob("*.jsfx")])
def test_every_effect_has_sane_sliders_and_a_lua_script(name):
    effect = ported.read(name)
    assert effect.sliders and effect.title.startswith("Utsushi ")
    for slider in effect.sliders:
        assert slider.low < slider.high and slider.low <= slider.default <= slider.high
        assert not slider.log or slider.low > 0
    taken = {"i", "ins", "outs", "rows", "knob", "n_samples", "memory", "shared"}
    assert not taken & {*effect.variables, *(one.name for one in effect.sliders)}, "the script around it has these names for itself"
    text = ardour_scripts.of_effect(effect)
    assert all(f'name = "{slider.label}"' in text for slider in effect.sliders)
    assert text.count("{") == text.count("}")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A short track, exported with most effects at work."""
    folder = tmp_path_factory.mktemp("export")
    sound = phrase(44100, 2.0, 2, 3)
    soundfile.write(folder / "song.wav", sound.data.T, 44100, "PCM_24")
    state = State(trim=2.5)
    for tool in ("highpass", "mid-bell", "compressor", "saturation", "chorus", "reverb", "limiter"):
        state = session.add(state, CATALOGUE, tool)
        for parameter, value in BUSY[tool].items():
            state = session.set_value(state, CATALOGUE, tool, parameter, value)
    state = session.set_amount(state, "mid-bell", 0.5)
    work = Work.of_session(tracks.scan(folder / "song.wav"), state, CATALOGUE)
    told = []
    done = project.export(work, folder / "out", lambda stage, part: told.append((stage, part)))
    assert [part for _, part in told] == sorted(part for _, part in told) and told[-1][1] == 1.0
    return work, done


def test_the_folder_holds_what_is_said_of_it(made):
    _, done = made
    assert {file.name for file in done.files} >= {
        "song dry.wav",
        "song wet.wav",
        "chain.json",
        "song.RPP",
        "song.dawproject",
        "what-was-done.html",
    }
    assert all((done.folder / file.name).exists() and file.about for file in done.files)
    assert any("Reverb" in note for note in done.notes)


def test_dry_is_the_track_and_wet_is_the_chain(made):
    work, done = made
    source, rate = soundfile.read(work.track.path, dtype="float32", always_2d=True)
    dry, _ = soundfile.read(done.folder / "song dry.wav", dtype="float32", always_2d=True)
    wet, _ = soundfile.read(done.folder / "song wet.wav", dtype="float32", always_2d=True)
    assert np.array_equal(source, dry)
    again = board(chain.load(done.folder / "chain.json"), rate)(np.ascontiguousarray(dry.T), rate)
    assert 10 * np.log10(((again - wet.T) ** 2).mean() / (wet**2).mean()) < -90
    assert integrated(wet.T, rate) == pytest.approx(integrated(dry.T, rate), abs=0.1) or np.abs(wet).max() > 0.96


def chunks(path):
    data = path.read_bytes()
    assert data[:4] == b"RIFF" and struct.unpack("<I", data[4:8])[0] == len(data) - 8
    found, at = {}, 12
    while at < len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def test_the_wet_file_is_a_broadcast_wave_that_carries_its_chain(made):
    work, done = made
    found = chunks(done.folder / "song wet.wav")
    bext = found[b"bext"]
    assert bext[:256].rstrip(b"\0").startswith(b"song: processed by Utsushi: High-pass") and bext[256:288].rstrip(b"\0") == b"Utsushi"
    assert struct.unpack("<QH", bext[338:348]) == (0, 1) and b"F=44100,W=24,M=stereo" in bext[602:]
    note = Xml.fromstring(found[b"iXML"]).findtext("NOTE")
    assert json.loads(note) == chain.load(done.folder / "chain.json")


def test_a_description_that_is_too_long_is_cut():
    assert len(bwf.bext("x" * 999, datetime(2026, 1, 2, 3, 4, 5), 48000, 1)) == 602 + len("A=PCM,F=48000,W=24,M=mono,T=Utsushi\r\n")


NAMED = "name? color? comment?"
KNOWN = f"{NAMED} id?"
REAL = f"{KNOWN} parameterID?:int unit:unit value? min? max?"
SWITCH = f"{KNOWN} parameterID?:int value?:bool"
TIMED = f"{KNOWN} timeUnit?:time track?"
DEVICE = f"{KNOWN} deviceID? deviceName deviceRole:role deviceVendor? loaded?:bool"
FIRST = "Parameters Enabled State"
SCHEMA = {
    "Project": ("version", "Application Transport Structure Arrangement Scenes"),
    "Application": ("name version", ""),
    "Transport": ("", "Tempo TimeSignature"),
    "TimeSignature": (f"{KNOWN} parameterID?:int numerator:int denominator:int", ""),
    "Structure": ("", "Track|Channel"),
    "Track": (f"{KNOWN} contentType?:content loaded?:bool", "Channel Track"),
    "Channel": (f"{KNOWN} audioChannels?:int destination? role?:mixer solo?:bool", "Devices Mute Pan Sends Volume"),
    "Devices": ("", "Equalizer|Compressor|NoiseGate|Limiter|Vst3Plugin"),
    "Equalizer": (DEVICE, f"{FIRST} Band InputGain OutputGain"),
    "Compressor": (DEVICE, f"{FIRST} Attack AutoMakeup InputGain OutputGain Ratio Release Threshold"),
    "NoiseGate": (DEVICE, f"{FIRST} Attack Range Ratio Release Threshold"),
    "Limiter": (DEVICE, f"{FIRST} Attack InputGain OutputGain Release Threshold"),
    "Vst3Plugin": (f"{DEVICE} pluginVersion?", FIRST),
    "State": ("path external?:bool", ""),
    "Band": ("type:band order?:int", "Freq Gain Q Enabled"),
    "Arrangement": (KNOWN, "Lanes Markers TempoAutomation TimeSignatureAutomation"),
    "Lanes": (TIMED, "Lanes|Clips|Audio"),
    "Clips": (TIMED, "Clip"),
    "Clip": (
        f"{NAMED} time:number duration?:number playStart?:number playStop?:number contentTimeUnit?:time enable?:bool", "Lanes|Clips|Audio",
    ),
    "Audio": (f"{TIMED} algorithm? channels:int sampleRate:int duration:number", "File"),
    "File": ("path external?:bool", ""),
    **dict.fromkeys(
        ("Tempo", "Pan", "Volume", "Freq", "Gain", "Q", "InputGain", "Attack", "Ratio", "Release", "Threshold"), (REAL, "")
    ),
    **dict.fromkeys(("Mute", "Enabled", "AutoMakeup"), (SWITCH, "")),
}  # fmt: skip
"""Of the format's schema (Project.xsd of DAWproject 1.0), what concerns the elements that are written: attributes (`?`: may be absent) with
their types, and children in their order (`|`: in any)."""

TYPES = {
    "": str, "int": int, "number": float, "bool": {"true": 1, "false": 0}.__getitem__,
    **{
        name: words.split().index
        for name, words in {
            "unit": "linear normalized percent decibel hertz semitones seconds beats bpm", "time": "beats seconds",
            "role": "instrument noteFX audioFX analyzer", "mixer": "regular master effect submix vca",
            "content": "audio automation notes video markers tracks", "band": "highPass lowPass bandPass highShelf lowShelf bell notch",
        }.items()
    },
}  # fmt: skip


def assert_valid(element: Xml.Element) -> None:
    attributes, children = SCHEMA[element.tag]
    known = {}
    for word in attributes.split():
        name, _, kind = word.partition(":")
        known[name.rstrip("?")] = kind
        assert name.endswith("?") or name in element.attrib, (element.tag, name)
    for name, value in element.attrib.items():
        TYPES[known[name]](value)
    order = {tag: place for place, tags in enumerate(children.split()) for tag in tags.split("|")}
    places = [order[child.tag] for child in element]
    assert places == sorted(places), element.tag
    for child in element:
        assert_valid(child)


@pytest.mark.parametrize(
    "wrong",
    [
        "<Clip/>",
        '<Clip time="soon"/>',
        '<Channel><Volume unit="linear"/><Mute/></Channel>',
        '<Limiter deviceName="x" deviceRole="fx"/>',
        '<State path="x" colour="red"/>',
    ],
)
def test_what_breaks_the_schema_is_found(wrong):
    with pytest.raises((AssertionError, KeyError, ValueError)):
        assert_valid(Xml.fromstring(wrong))


def test_the_dawproject_keeps_to_its_schema_and_refers_to_what_is_there(made):
    work, done = made
    with zipfile.ZipFile(done.folder / "song.dawproject") as archive:
        root = Xml.fromstring(archive.read("project.xml"))
        names = set(archive.namelist())
        assert Xml.fromstring(archive.read("metadata.xml")).findtext("Title") == "song"
    assert_valid(root)
    identities = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(identities) == len(set(identities))
    assert {element.attrib[key] for element in root.iter() for key in ("track", "destination") if key in element.attrib} <= set(identities)
    assert {element.attrib["path"] for element in root.iter("File")} <= names
    bands = [(band.attrib["type"], float(band.find("Freq").attrib["value"])) for band in root.iter("Band")]
    assert bands == [("highPass", 140.0), ("bell", 1400.0)] and root.find(".//Band[@order='4']") is not None
    assert float(root.find(".//Band/Gain").attrib["value"]) == pytest.approx(1.5), "half of 3 dB, as it is heard"
    assert float(root.find(".//Limiter/Threshold").attrib["value"]) == -9.0


def test_the_reaper_project_has_plain_values_and_its_effects_beside_it(made):
    _, done = made
    text = (done.folder / "song.RPP").read_text(encoding="utf-8")
    assert text.count("<") - text.count("<Project>") == sum(line.strip() == ">" for line in text.splitlines()) and text.rstrip().endswith(
        ">"
    )
    lines = [line.strip() for line in text.splitlines()]
    places = [index for index, line in enumerate(lines) if line.startswith("<JS ")]
    bell = next(index for index in places if "utsushi-bell" in lines[index])
    assert lines[bell + 1].split()[:4] == ["1400", "1.5", "1", "-"] and len(lines[bell + 1].split()) == 64
    for index in places:
        assert (done.folder / "Effects" / lines[index].split("<Project>/")[1].split('"')[0]).is_file()


def test_the_ardour_session_is_complete(made):
    _, done = made
    folder = done.folder / "song Ardour"
    root = Xml.parse(folder / "song Ardour.ardour").getroot()
    identities = [element.attrib["id"] for element in root.iter() if "id" in element.attrib and element.tag != "Port"]
    assert len(identities) == len(set(identities))
    assert [one.attrib["name"] for one in root.iter("Source")] == ["song dry.wav"] * 2 + ["song wet.wav"] * 2
    assert all((folder / "interchange/song Ardour/audiofiles" / one.attrib["name"]).is_file() for one in root.iter("Source"))
    names = [one.attrib["name"] for one in root.iter("Processor") if one.attrib["type"] == "luaproc"]
    assert names[0] == "Utsushi gain" and "Utsushi saturation" in names and names[-2:] == ["Utsushi limiter", "Utsushi gain"]


def test_the_page_says_every_setting_and_what_the_ports_are_worth(made):
    work, done = made
    page = (done.folder / "what-was-done.html").read_text(encoding="utf-8")
    for device in work.devices:
        assert device.label in page and all(value in page for _, value in device.settings)
    assert page.count("<svg") >= 4 and "no difference" in page and "Utsushi reverb" in page and "<script" not in page


def test_a_chain_file_exports_as_well(made, tmp_path):
    work, done = made
    again = Work.of_file(work.track, done.folder / "chain.json")
    assert again.trim == 2.5 and again.plugins == work.plugins
    recipe = {"plugins": chain.load(done.folder / "chain.json"), "chain": 3, "effects": []}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    with pytest.raises(InputError):
        Work.of_file(work.track, tmp_path / "recipe.json")


def test_an_export_never_overwrites_the_track(made, tmp_path):
    work, _ = made
    (tmp_path / "song dry.wav").symlink_to(work.track.path)
    with pytest.raises(InputError):
        project.export(work, tmp_path)
