"""Effects that a search uses where somebody asks for them: who asks, what is then found, and what pedalboard has that is left out."""

import numpy as np
import pedalboard
import pytest
from rich.console import Console

from plugins_daw import plugins
from plugins_daw.effects import EFFECTS, USUAL
from plugins_daw.renderer import PedalboardRenderer, process
from plugins_daw.request import WAVES
from shared_engine.errors import InputError
from shared_engine.imitate import imitate
from shared_engine.metrics.log_mel import LogMelMetric
from shared_engine.proposers.sound_before_after import SoundBeforeAfterProposer
from shared_engine.proposers.sound_statistics import at_working_level
from shared_engine.space import choose_tools
from shared_engine.training.sound_chains import KEYS
from shared_engine.types import Media, Reference, Scene, StudySpec
from tests.sounds import phrase

RATE = 16000
OPTIONAL = {effect.tool.id for effect in EFFECTS if effect.tool.optional}


def dry(seed=5):
    sound = phrase(RATE, 3.0, seed=seed)
    return Media("audio", at_working_level(sound.data, RATE), rate=RATE)


def through(media, values):
    """`media` through pedalboard itself, with settings by key."""
    specs = [spec for entry in PedalboardRenderer().recipe(values) for spec in entry["plugins"]]
    return Media("audio", process(media.data, RATE, specs), rate=RATE)


def apart(a, b):
    return float(LogMelMetric(RATE).distance(a.data[None], b.data)[0])


def test_nobody_gets_them_who_did_not_ask():
    tools = PedalboardRenderer().tools
    usual = {effect.tool.id for effect in USUAL}
    assert {"phaser", "ladder", "bitcrush", "clip"} == OPTIONAL and not OPTIONAL & usual
    assert {tool.id for tool in choose_tools(tools, [])} == usual
    assert not OPTIONAL & {tool.id for tool in choose_tools(tools, ["tone", "dynamics", "space", "loudness"])}
    assert [tool.id for tool in choose_tools(tools, ["phaser", "reverb"])] == ["phaser", "reverb"]
    assert {key.split(".")[0] for key in KEYS} <= usual


def test_what_stands_in_a_chain_is_asked_for():
    scene = plugins.user_chain([], [], False, Console(quiet=True), ["ladder", "bitcrush"])
    assert [one for one in scene["chain"] if one not in {effect.tool.id for effect in USUAL}] == ["bitcrush", "ladder"]
    tools = PedalboardRenderer(scene=Scene(scene)).tools
    assert choose_tools(tools, []) == tools and len(tools) == len(USUAL) + 2
    assert plugins.user_chain([], [], False, Console(quiet=True)) is None
    with pytest.raises(InputError, match="vocoder") as caught:
        plugins.user_chain([], [], False, Console(quiet=True), ["vocoder"])
    assert "phaser" in caught.value.remedy


HIDDEN = {
    "bitcrush": {"bitcrush.depth": 5.0},
    "clip": {"clip.threshold": -22.0},
    "ladder": {"ladder.frequency": 900.0, "ladder.resonance": 0.6, "ladder.mix": 1.0},
    "phaser": {"phaser.rate": 0.3, "phaser.feedback": 0.1, "phaser.mix": 0.5},
}


@pytest.mark.parametrize("tool", HIDDEN)
def test_a_hidden_one_is_found_by_who_allows_it(tool):
    content = dry()
    truth = through(content, HIDDEN[tool])
    spec = StudySpec(content, [Reference(truth)], "pedalboard", only=frozenset({"tone", tool}), alternatives=0)
    found = imitate(spec).best.values
    assert apart(through(content, found), truth) < 0.15 * apart(content, truth)
    key, value = next(iter(HIDDEN[tool].items()))
    assert found[key] == pytest.approx(value, rel=0.1)


def test_a_hidden_one_is_found_in_a_pair_of_another_recording():
    content, other = dry(1), dry(2)
    values = {**HIDDEN["bitcrush"], "high-shelf.gain": 5.0}
    reference = Reference(through(other, values), original=other)
    truth = through(content, values)
    asked = (SoundBeforeAfterProposer(wanted) for wanted in (frozenset(), frozenset({"bitcrush"})))
    without, allowed = (one.propose(content, [reference]) for one in asked)
    left = [apart(proposal.render(content), truth) / apart(content, truth) for proposal in (without, allowed)]
    assert left[1] < 0.1 < left[0]


def test_a_stretch_hears_a_wave_where_it_is():
    """A phaser's wave begins with the sound, not with the stretch that a search looks at."""
    content = dry()
    stage = PedalboardRenderer().stage(content, sample=200, seed=3)
    assert stage.stretch.start > 0
    batch = {"phaser.mix": np.array([0.5, 0.0]), "phaser.rate": np.array([2.0, 2.0])}
    waving, still = stage.render(batch, 2)
    np.testing.assert_allclose(waving, through(content, {"phaser.mix": 0.5, "phaser.rate": 2.0}).data[:, stage.stretch], atol=1e-6)
    np.testing.assert_array_equal(still, content.data[:, stage.stretch])
    assert {"phaser"} == WAVES


LEFT_OUT = {
    "PitchShift": lambda: pedalboard.PitchShift(3.0),
    "GSMFullRateCompressor": lambda: pedalboard.GSMFullRateCompressor(),
    "MP3Compressor": lambda: pedalboard.MP3Compressor(6.0),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_sounds_otherwise_in_blocks(name):
    """Why these are no effects here: a file that is streamed, a preview and a live insert give an effect its sound in blocks, and these
    then lose samples (the pitch shifter all of them). Once this fails, they can be added."""
    rate = 44100
    sound = phrase(rate, 4.0).data
    whole = pedalboard.Pedalboard([LEFT_OUT[name]()])(sound, rate)
    board = pedalboard.Pedalboard([LEFT_OUT[name]()])
    blocks = [sound[:, first : first + rate] for first in range(0, sound.shape[1], rate)] + [np.zeros((1, rate), np.float32)] * 3
    streamed = np.concatenate([board(block, rate, reset=False) for block in blocks], 1)[:, : sound.shape[1]]
    assert ((streamed - whole) ** 2).sum() > 0.01 * (whole**2).sum()
