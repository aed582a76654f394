"""pedalboard's effects as tools: the suites of third parties, ranges that hold, chains as data."""

import json

import numpy as np
import pedalboard
import pytest

from plugins_daw import chain
from plugins_daw.effects import EFFECTS, complete
from plugins_daw.renderer import PedalboardRenderer, active_crop, process
from shared_engine.errors import InputError, ParameterError
from shared_engine.metrics.log_mel import LogMelMetric
from shared_engine.space import Space
from shared_engine.testing import MetricTests, RendererTests
from shared_engine.types import Media
from tests.sounds import phrase


class TestPedalboardRenderer(RendererTests):
    @pytest.fixture
    def renderer(self):
        return PedalboardRenderer()

    @pytest.fixture
    def content(self):
        return phrase(16000, 1.5, channels=2)


class TestLogMel(MetricTests):
    shape = (2, 8000)

    @pytest.fixture
    def metric(self):
        return LogMelMetric(16000)

    def test_a_list_of_stretches_is_what_an_array_of_them_is(self, metric):
        whole = self.renders(3)
        stretches = [render[:, 100:] for render in whole]
        told = metric.residuals(stretches, stretches[0])
        np.testing.assert_array_equal(told, metric.residuals(np.ascontiguousarray(whole[..., 100:]), stretches[0]))


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.tool.id)
def test_every_corner_of_every_effect_is_finite_and_at_most_loud(effect):
    sound = phrase(16000, 0.6)
    space = Space([effect.tool])
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 2, (12, space.dimension)).astype(float)
    for render in PedalboardRenderer().stage(sound).render(space.decode(corners), len(corners)):
        assert np.isfinite(render).all() and np.abs(render).max() < 20


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.tool.id)
def test_every_effect_is_heard_somewhere_and_rests_at_its_defaults(effect):
    assert effect.rests(complete(effect.tool, {}))
    sound = phrase(seconds=1.0, channels=2)
    space = Space([effect.tool])
    points = np.random.default_rng(0).uniform(size=(8, space.dimension))
    renders = PedalboardRenderer().stage(sound).render(space.decode(points), len(points))
    assert max(np.abs(render - sound.data).max() for render in renders) > 1e-3


def test_what_pedalboard_lets_through_is_clamped():
    tool = next(effect.tool for effect in EFFECTS if effect.tool.id == "highpass")
    assert complete(tool, {"highpass.frequency": -5.0})["frequency"] == 20.0
    assert complete(tool, {"highpass.frequency": 1e9})["frequency"] == 600.0
    built = chain.build(chain.plugin("PeakFilter", cutoff_frequency_hz=30000.0, gain_db=6.0, q=1.0), 44100)
    assert built.cutoff_frequency_hz == pytest.approx(0.9 * 22050)


def test_a_runaway_chain_is_not_a_sound():
    loud = [chain.plugin("Gain", gain_db=80.0)]
    assert np.isnan(process(phrase(seconds=0.5).data, 22050, loud)).all()


def test_slopes_are_what_they_say():
    rate = 44100
    impulse = np.zeros((1, rate), np.float32)
    impulse[0, 0] = 1
    stage = PedalboardRenderer().stage(Media("audio", impulse, rate=rate))
    slopes = np.array(["6 dB/oct", "12 dB/oct", "24 dB/oct"], dtype=object)
    renders = stage.render({"highpass.frequency": np.full(3, 500.0), "highpass.slope": slopes}, 3)
    decibels = 20 * np.log10(np.abs(np.fft.rfft([render[0] for render in renders]))[:, [25, 50]])
    np.testing.assert_allclose(decibels[:, 1] - decibels[:, 0], [6, 12, 24], atol=0.3)


def test_saturation_keeps_the_level_of_a_peak():
    tool = next(effect for effect in EFFECTS if effect.tool.id == "saturation")
    peak = 0.25
    for drive in (6.0, 18.0, 30.0):
        out = process(np.full((1, 64), peak, np.float32), 44100, tool.plugins(complete(tool.tool, {"saturation.drive": drive})))
        assert out[0, -1] == pytest.approx(peak, rel=2e-2)


def test_a_recipe_comes_back_as_values():
    renderer = PedalboardRenderer()
    values = {"compressor.ratio": 4.0, "compressor.threshold": -30.0, "high-shelf.gain": 3.0, "highpass.slope": "24 dB/oct"}
    recipe = renderer.recipe(values)
    found = renderer.values(recipe)
    assert {key: found[key] for key in values} == values
    assert recipe[0]["tool"] == "highpass" and not recipe[0]["plugins"], "a slope without a frequency is not heard"
    with pytest.raises(ParameterError):
        renderer.values([{"tool": "vocoder", "values": {}}])


def test_available_leaves_the_others_out():
    assert [tool.id for tool in PedalboardRenderer(frozenset({"reverb", "gate"})).tools] == ["gate", "reverb"]


def test_any_user_of_pedalboard_can_build_the_chain(tmp_path):
    specs = chain_of({"compressor.ratio": 4.0, "compressor.mix": 0.5, "reverb.wet": 0.2, "high-bell.gain": 4.0})
    chain.save(tmp_path / "chain.json", specs)

    def build(spec):
        made = getattr(pedalboard, spec["plugin"])
        return made([build(one) for one in spec["plugins"]]) if "plugins" in spec else made(**spec["settings"])

    sound = phrase(channels=2)
    plain = pedalboard.Pedalboard([build(one) for one in json.loads((tmp_path / "chain.json").read_text())["plugins"]])
    np.testing.assert_array_equal(plain(sound.data, sound.rate), process(sound.data, sound.rate, chain.load(tmp_path / "chain.json")))


def chain_of(values):
    return [spec for entry in PedalboardRenderer().recipe(values) for spec in entry["plugins"]]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"plugins": [{"plugin": "os.system", "settings": {}}]}', '{"plugins": [7]}'])
def test_what_is_no_chain_is_refused(tmp_path, text):
    path = tmp_path / "chain.json"
    path.write_text(text)
    with pytest.raises(InputError):
        chain.load(path)


def test_a_crop_is_where_something_is_heard():
    sound = phrase(seconds=2.0)
    silent = np.zeros((1, 8 * sound.rate), np.float32)
    data = np.concatenate((silent, sound.data, silent), 1)
    for seed in range(5):
        crop = active_crop(data, sound.rate, 2 * sound.rate, seed)
        assert crop.stop - crop.start == 2 * sound.rate
        assert np.abs(data[:, crop]).max() > 0.1
