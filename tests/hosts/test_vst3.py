"""Real VST3 plug-ins: what a probe finds out about them, what they do to a sound, and that none of them takes anything else along."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from vst3_lab import environment, need

from plugins_daw import chain, rack, vst3_process
from plugins_daw.bounce import bounce
from plugins_daw.effects import complete
from plugins_daw.plugins import preset_of, read_preset, tools_of, user_chain
from plugins_daw.rack import Player, Rack
from plugins_daw.renderer import PedalboardRenderer
from plugins_daw.request import whole
from plugins_daw.vst3_library import Found, Library
from plugins_daw.vst3_process import PluginError, PluginGoneError, Process
from shared_engine.errors import InputError, ParameterError
from shared_engine.metrics.log_mel import LogMelMetric
from shared_engine.testing import RendererTests
from shared_engine.types import Media, Scene
from tests.sounds import phrase

RATE = 44100
PLATE, COMPRESSOR, EQUALISER, ROOM = "dragonfly-plate-reverb", "zamcomp", "3-band-eq", "dragonfly-room-reverb"
FILES = ("DragonflyPlateReverb", "DragonflyRoomReverb", "ZamComp", "ZamEQ2", "3BandEQ")
LSP = Found(Path("usr/lib/vst3/lsp-plugins.vst3"), "Parametric Equalizer x8 Stereo", "lsp-equaliser")


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory):
    """A few of the plug-ins, found by a scan; what it learns is forgotten afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("vst3"), FILES).items():
            patch.setenv(name, value)
        library = Library()
        library.scan()
        yield library
        rack.rack().close()
        rack.rack.cache_clear()


@pytest.fixture(scope="module")
def plate(library):
    return library.probed(library.find(PLATE))


@pytest.fixture(scope="module")
def compressor(library):
    return library.probed(library.find(COMPRESSOR))


@pytest.fixture(scope="module")
def own_chain(library, plate, compressor):
    library.probed(library.find(EQUALISER))
    return Scene({"chain": [COMPRESSOR, EQUALISER, PLATE]})


@pytest.fixture(scope="module")
def sound():
    return phrase(RATE, 2.0, 2)


class TestOwnChain(RendererTests):
    @pytest.fixture
    def renderer(self, own_chain):
        return PedalboardRenderer(scene=own_chain)

    @pytest.fixture
    def content(self):
        return phrase(RATE, 1.0, 2)


def test_a_scan_finds_what_is_installed_and_looks_into_a_file_once(library, monkeypatch):
    found = library.scan()
    assert {one.file.stem for one in found} == set(FILES)
    assert len({one.id for one in found}) == len(found)
    monkeypatch.setattr(Process, "ask", lambda *_: pytest.fail("a file was loaded again"))
    assert library.scan() == found


def test_parameters_are_told_in_the_plug_in_s_own_units(plate, compressor):
    knobs = {knob.key: knob for knob in (*plate.knobs, *compressor.knobs)}
    assert (knobs["decay_s"].unit, knobs["threshold_db"].unit, knobs["attack_ms"].unit) == ("s", "dB", "ms")
    assert knobs["predelay_ms"].position(50.0) == pytest.approx(0.5, abs=0.01)
    for knob in knobs.values():
        assert knob.low <= knob.default <= knob.high
        assert 0 <= knob.position(knob.low) <= 1 and knob.position(knob.default) == knob.raw


def test_what_is_not_the_user_s_to_turn_is_left_out(plate, compressor):
    keys = {knob.key for knob in (*plate.knobs, *compressor.knobs)}
    assert not keys & {"buffer_size_frames", "sample_rate_frames", "current_program"}
    assert not keys & {"gain_reduction_db", "output_level_db"}, "these are meters"
    assert "makeup_gain_db" not in keys, "a level is not heard at equal loudness"


def test_what_a_host_with_other_blocks_would_not_hear_is_left_out(compressor):
    """ZamComp's slew slows its attack until the end of the block that it gets, however long that is."""
    knobs = {knob.key: knob for knob in compressor.knobs}
    assert "slew" not in knobs and {"threshold_db", "ratio", "attack_ms"} <= knobs.keys()
    at_work = {"threshold_db": knobs["threshold_db"].position(-30.0), "ratio": knobs["ratio"].position(4.0)}
    slewed = [[compressor.spec({**at_work, "slew": position})] for position in (0.0, 0.5)]
    process = Process()
    try:
        sound = phrase(RATE, 1.0, 1).data
        (long, slow), (short, slower) = (list(process.render(sound, RATE, slewed, block)) for block in (8192, 512))
    finally:
        process.close()
    np.testing.assert_allclose(short, long, atol=1e-7)
    assert np.abs(slower - slow).max() > 0.01


def test_a_knob_does_what_it_says(library, sound):
    """+9 dB at 1.4 kHz on an equaliser whose bands are off until they are switched on."""
    plugin = library.probed(replace(LSP, file=need() / LSP.file))
    assert plugin.flat and plugin.aspects == {"tone"}
    impulse = np.zeros((2, RATE), np.float32)
    impulse[:, 100] = 0.5
    stage = PedalboardRenderer(scene=Scene({"chain": [LSP.id]})).stage(Media("audio", impulse, rate=RATE))
    flat, bell = stage.render({f"{LSP.id}.gain_2_db": np.array([0.0, 9.0]), f"{LSP.id}.frequency_2_hz": np.array([1400.0, 1400.0])}, 2)
    spectra = [20 * np.log10(np.abs(np.fft.rfft(render[0]))) for render in (flat, bell)]
    assert spectra[0][[100, 1400, 8000]] == pytest.approx([20 * np.log10(0.5)] * 3, abs=0.1)
    assert spectra[1][1400] - spectra[0][1400] == pytest.approx(9.0, abs=0.2)


def test_mono_plug_ins_work_on_stereo_and_stereo_ones_on_mono(compressor, plate):
    assert (compressor.width, plate.width) == (1, 2)
    left, right = phrase(RATE, 1.0, 1, 1).data, phrase(RATE, 1.0, 1, 2).data
    specs = [compressor.spec({"threshold_db": 0.3, "ratio": 0.5})]
    both, alone = (rack.rack().render(data, RATE, [specs])[0] for data in (np.concatenate((left, right)), left))
    np.testing.assert_array_equal(both[0], alone[0])
    assert np.abs(alone - left).max() > 0.01
    wide = rack.rack().render(np.repeat(left, 2, 0), RATE, [[plate.spec(mix=0.5)]])[0]
    one = rack.rack().render(left, RATE, [[plate.spec(mix=0.5)]])[0]
    np.testing.assert_allclose(one[0], wide.mean(0), atol=1e-6)


def test_a_plug_in_starts_anew_with_every_candidate(plate, compressor, sound):
    specs = [compressor.spec({"threshold_db": 0.4}), plate.spec(mix=0.4)]
    first, other, again = rack.rack().render(sound.data, RATE, [specs, [plate.spec({"decay_s": 0.5})], specs])
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_one_that_never_sounds_the_same_twice_says_so(library, plate):
    room = library.probed(library.find(ROOM))
    assert room.wobble > 0.05 and plate.wobble == 0.0
    assert "never sounds the same twice" in room.effect().tool.help


def test_what_makes_no_sound_is_refused_with_the_reason(library):
    with pytest.raises(PluginError, match="not a number"):
        library.probed(library.find("ZamEQ2"))


def test_presets_go_both_ways(plate, sound, tmp_path):
    specs = plate.spec({"decay_s": 0.4, "predelay_ms": 0.2})
    path = tmp_path / "hall.vstpreset"
    path.write_bytes(preset_of(specs))
    assert path.read_bytes()[:4] == b"VST3" and plate.class_id.encode() in path.read_bytes()[:48]
    restored = {**plate.spec(state=read_preset(specs["file"], specs["name"], path)), "raw": {}}
    settled, again = rack.rack().render(sound.data, RATE, [[specs], [restored]])
    np.testing.assert_allclose(again, settled, atol=1e-6)
    with pytest.raises(InputError, match="no preset"):
        read_preset(specs["file"], specs["name"], tmp_path / "nowhere.vstpreset")


def test_a_state_to_start_from_is_kept_by_the_search_s_tool(plate, sound, tmp_path):
    (tmp_path / "long.vstpreset").write_bytes(preset_of(plate.spec({"algorithm": 1.0})))
    state = read_preset(plate.file, plate.name, tmp_path / "long.vstpreset")
    (plain,), (started,) = (
        PedalboardRenderer(scene=Scene({"chain": [PLATE], "states": states})).stage(sound).render({f"{PLATE}.amount": np.ones(1)}, 1)
        for states in ({}, {PLATE: state})
    )
    assert np.abs(plain - started).max() > 1e-3, "the other algorithm of the preset is heard"


def test_blocks_are_the_whole(plate, compressor, sound):
    specs = [chain.plugin("Gain", gain_db=-3.0), compressor.spec({"threshold_db": 0.4}), plate.spec(mix=0.3)]
    whole_sound = rack.rack().render(sound.data, RATE, [specs])[0]
    with Player(specs, RATE, 2) as player:
        blocks = [player(sound.data[:, begin : begin + 6000]) for begin in range(0, sound.data.shape[1], 6000)]
    np.testing.assert_allclose(np.concatenate(blocks, 1), whole_sound, atol=1e-5)


def test_another_rate_is_another_load(plate, sound):
    """LSP's equaliser crashes where its rate falls; and no rate's sound depends on which came before."""
    small, fresh = Rack(1), Rack(1)
    try:
        first = small.render(sound.data, RATE, [[plate.spec()]])
        fallen = small.render(sound.data, 16000, [[plate.spec()]])
        np.testing.assert_array_equal(small.render(sound.data, RATE, [[plate.spec()]]), first)
        np.testing.assert_array_equal(fresh.render(sound.data, 16000, [[plate.spec()]]), fallen)
    finally:
        small.close()
        fresh.close()


def test_a_crash_costs_no_candidate(plate, sound):
    """The child is killed while it renders; what it was at is rendered again, by the next one."""
    small = Rack(1)
    try:
        small.render(sound.data[:, :1000], RATE, [[plate.spec()]])
        process = small._free.get()
        small._free.put(process)
        pid = process._process.pid
        long = np.tile(sound.data, (1, 10))
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(small.render, long, RATE, [[plate.spec()]] * 40)
            time.sleep(0.3)
            os.kill(pid, 9)
            renders = answer.result(timeout=120)
        assert small._free.get()._process.pid != pid and all(np.isfinite(render).all() for render in renders)
    finally:
        small.close()


def test_a_refusal_is_one_candidate_s_and_mixes_up_no_answers(plate, sound):
    gone = {**plate.spec(), "file": "/nowhere.vst3"}
    small = Rack(1)
    try:
        good, bad, again = small.render(sound.data, RATE, [[plate.spec()], [gone], [plate.spec()]])
        assert np.isnan(bad).all()
        np.testing.assert_array_equal(good, again)
        with pytest.raises(PluginError, match="Dragonfly Plate Reverb"):
            small.render(sound.data, RATE, [[gone], [gone]])
        np.testing.assert_array_equal(small.render(sound.data, RATE, [[plate.spec()]])[0], good)
    finally:
        small.close()


def test_one_that_hangs_is_given_up_and_the_next_request_is_answered(plate, sound, monkeypatch):
    small = Rack(1)
    try:
        small.render(sound.data, RATE, [[plate.spec()]])
        with monkeypatch.context() as patch:
            patch.setattr(vst3_process, "PATIENCE", 0.0)
            patch.setattr(vst3_process, "ANSWER_SECONDS", 0.001)
            patch.setattr(vst3_process, "LOAD_SECONDS", 0.02)
            with pytest.raises(PluginError, match="did not answer within 0 s, 4 times"):
                small.render(np.tile(sound.data, (1, 60)), RATE, [[plate.spec()]] * rack.DEATHS)
        assert np.isfinite(small.render(sound.data, RATE, [[plate.spec()]])).all()
    finally:
        small.close()


def test_a_file_that_is_no_plug_in_is_named_and_the_others_are_found(library, tmp_path):
    good, broken = (shutil.copytree(need() / "usr/lib/vst3" / name, tmp_path / name) for name in ("ZamComp.vst3", "ZamEQ2.vst3"))
    (binary,) = broken.rglob("*.so")
    binary.write_bytes(binary.read_bytes()[:5000])
    (tmp_path / "Empty.vst3").write_bytes(b"")
    found = {one.file.name: one for one in library.scan([tmp_path])}
    assert found[broken.name].broken and found["Empty.vst3"].broken and not found[good.name].broken
    with pytest.raises(InputError, match="cannot be loaded"):
        library.find(str(broken))


def test_a_launcher_that_is_not_there_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.setenv(vst3_process.LAUNCHER, "/nowhere/launch")
    with pytest.raises(PluginError, match="no process") as error:
        Process().ask({"do": "names", "file": ""})
    assert vst3_process.LAUNCHER in error.value.remedy


def test_what_the_child_is_told_wrongly_it_survives():
    process = Process()
    try:
        with pytest.raises(PluginError, match="refused"):
            process.ask({"do": "names", "file": "/nowhere.vst3"})
        with pytest.raises(PluginError, match="refused"):
            process.ask({"do": "block"}, b"1234")
        with pytest.raises(PluginGoneError):
            process.ask({"do": "names", "file": str(need() / "usr/lib/vst3/DragonflyPlateReverb.vst3")}, seconds=0.0)
    finally:
        process.close()


def test_wishes_that_no_plug_in_fits_are_refused(library, console):
    with pytest.raises(InputError, match="no plug-in"):
        user_chain(["Auto-Tune"], [], False, console)
    with pytest.raises(InputError, match="not in the chain"):
        user_chain([COMPRESSOR], [f"{PLATE}=x.vstpreset"], False, console)
    with pytest.raises(ParameterError, match="no effect or plug-in"):
        PedalboardRenderer(scene=Scene({"chain": ["auto-tune"]}))


def test_equalisers_that_rest_flat_are_not_mixed_with_the_untouched_sound(library, own_chain, console):
    scene = user_chain([COMPRESSOR, EQUALISER], [], True, console)
    assert [tool.id for tool in tools_of(scene)][-2:] == [COMPRESSOR, EQUALISER] and len(tools_of(scene)) == 16
    assert whole(scene) == {f"{EQUALISER}.amount": 1.0}
    effect = next(one for one in PedalboardRenderer(scene=own_chain).effects if one.tool.id == EQUALISER)
    assert effect.rests(complete(effect.tool, {}))
    assert not effect.rests(complete(effect.tool, {f"{EQUALISER}.low_db": 3.0}))


@pytest.fixture
def console():
    from rich.console import Console

    return Console(quiet=True)


def test_the_whole_job_with_the_user_s_own_plug_ins(library, plate, compressor, tmp_path):
    """A hidden chain of plug-ins on another recording, shown with its dry take; the engine is a process of its own."""
    hidden = [compressor.spec({"threshold_db": 0.5, "ratio": 0.3}), plate.spec({"decay_s": 0.15}, mix=0.3)]
    for name, seed in (("track", 1), ("other", 2)):
        soundfile.write(tmp_path / f"{name}.wav", phrase(RATE, 4.0, 2, seed).data.T * 0.5, RATE, "PCM_24")
        bounce(tmp_path / f"{name}.wav", tmp_path / f"{name}-wet.wav", hidden, match=False)
    command = [sys.executable, "-c", "from server.cli import main; main()"]
    arguments = ["--like", "other-wet.wav", "--original", "other.wav", "--plugin", "ZamComp", "--plugin", PLATE, "--alternatives", "0"]
    try:
        done = subprocess.run([*command, "imitate", "track.wav", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, done.stderr
        assert "Dragonfly Plate" in done.stdout
        done = subprocess.run(
            [*command, "apply", "out/recipe.json", "other.wav"], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
    finally:
        subprocess.run([*command, "stop"], cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / f"out/{PLATE}.vstpreset").read_bytes()[:4] == b"VST3"
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".json", ".wav", ".vstpreset"}
    dry, truth, wet = (soundfile.read(tmp_path / name, dtype="float32")[0].T for name in ("track.wav", "track-wet.wav", "out/result.wav"))
    metric = LogMelMetric(RATE)
    assert metric.distance(wet[None], truth)[0] < 0.5 * metric.distance(dry[None], truth)[0]
