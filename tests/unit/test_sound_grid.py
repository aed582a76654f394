"""What the sound proposer learns from: chains that are not ours, blocks of renders, and listening through the proxy."""

import numpy as np
import pytest
import torch

from plugins_daw.renderer import PedalboardRenderer
from shared_engine.proposers import sound_statistics as statistics
from shared_engine.training import sound_foreign, sound_grid
from shared_engine.training.sound_examples import Examples
from shared_engine.training.sound_material import Material, Sample
from shared_engine.training.sound_proxy import Proxy
from tests.sounds import phrase

CHAIN = {"highpass.frequency": 200.0, "compressor.ratio": 4.0, "delay.mix": 0.3, "reverb.wet": 0.2, "limiter.ceiling": -12.0}


@pytest.fixture(scope="module")
def renderer():
    return PedalboardRenderer()


@pytest.fixture(scope="module")
def grid(renderer):
    def voices(rate, first):
        return {f"voice {rate} {seed}": [phrase(rate, seed=first + seed)] for seed in range(2)}

    tone = np.sin(2 * np.pi * 220 * np.arange(22050) / 44100).astype(np.float32)
    sample = Sample("tone", tone * np.linspace(1, 0, len(tone), dtype=np.float32), (0, 0), 44100)
    material = Material({"singing": voices(16000, 1), "speech": voices(16000, 5)}, [sample], (), ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sound_grid, "BLOCKS", 2)
        return sound_grid.generate(material, renderer, np.random.default_rng(3))


@pytest.fixture(scope="module")
def examples(grid, renderer):
    device = torch.device("cpu")
    return Examples(grid, Proxy(renderer, sound_grid.canonical(renderer), device), device)


@pytest.mark.parametrize("make", sound_foreign.EFFECTS, ids=lambda make: make.__name__)
def test_an_effect_of_ours_is_heard_and_does_the_same_to_every_recording(make):
    effect = make(np.random.default_rng(1))
    sound = phrase(22050, 1.0, channels=2)
    once, again = effect(sound.data, 22050), effect(sound.data, 22050)
    assert once.shape == sound.data.shape and once.dtype == np.float32 and np.isfinite(once).all()
    np.testing.assert_array_equal(once, again)
    assert np.abs(once - sound.data).max() > 0.01 * np.abs(sound.data).max()


def test_another_order_has_the_same_settings_and_the_limiter_last():
    for seed in range(5):
        steps = sound_foreign.reordered(CHAIN, np.random.default_rng(seed))
        assert {key: value for step in steps for key, value in step.items()} == CHAIN
        assert set(steps[-1]) == {"limiter.ceiling"}
    assert sound_foreign.reordered({}, np.random.default_rng(0)) == []
    assert any(callable(step) for step in sound_foreign.with_others([CHAIN], np.random.default_rng(0)))


def test_an_order_is_heard(renderer):
    dry = phrase(seed=2)
    first = sound_grid.processed(renderer, [{"reverb.wet": 0.5}, {"compressor.ratio": 10.0, "compressor.threshold": -45.0}], dry)
    last = sound_grid.processed(renderer, [{"compressor.ratio": 10.0, "compressor.threshold": -45.0}, {"reverb.wet": 0.5}], dry)
    assert np.abs(first.data - last.data).max() > 0.01


@pytest.mark.parametrize("seconds", [0.12, 0.4])
def test_an_echo_shows_at_its_own_lag(renderer, seconds):
    dry = phrase(16000, seed=4)
    wet = sound_grid.processed(renderer, [{"delay.time": seconds, "delay.mix": 0.4, "delay.feedback": 0.0}], dry)
    more = statistics._echoes(wet.data, 16000) - statistics._echoes(dry.data, 16000)
    edges = np.geomspace(*statistics.ECHO_SECONDS, statistics.ECHOES + 1)
    assert edges[more.argmax()] <= seconds * 1.01 and edges[more.argmax() + 1] >= seconds * 0.99


def test_a_grid_is_blocks_of_chains_on_the_same_recordings(grid):
    blocks, chains, recordings = 2, sound_grid.CHAINS, sound_grid.RECORDINGS
    assert grid["rows"].shape[:3] == (blocks, chains, recordings)
    assert grid["settings"].shape == (blocks, chains, len(sound_grid.KEYS))
    assert grid["dry"].shape == (blocks, sound_grid.HEARD, sound_grid.FRAMES, statistics.BANDS)
    assert grid["wet"].shape == (blocks, sound_grid.WET, sound_grid.FRAMES, statistics.BANDS)
    assert all(array.dtype == np.float32 for array in grid.values())


def test_a_question_leaves_out_the_recording_that_is_heard(examples):
    chains = torch.arange(len(examples))
    own = torch.zeros(len(examples), dtype=torch.long)
    all_others = examples.question(chains, torch.full_like(chains, sound_grid.RECORDINGS - 1), own)
    known = examples.known[:, 1:]
    expected = (examples.rows[:, 1:] * known).sum(1) / known.sum(1).clamp(min=1)
    torch.testing.assert_close(all_others, expected)


def test_strange_contents_are_others_by_as_much_as_was_asked_and_leave_what_all_recordings_share(examples):
    chains = torch.arange(len(examples))
    own, one = torch.zeros_like(chains), torch.ones_like(chains)

    def asked(much):
        torch.manual_seed(4)
        return examples.question(chains, one, own, torch.full((len(chains),), much))

    nothing = asked(0.0)
    torch.manual_seed(4)
    torch.testing.assert_close(nothing, examples.question(chains, one, own))
    torch.testing.assert_close(asked(1.0) - asked(0.0), 2 * (asked(0.5) - asked(0.0)), atol=1e-4, rtol=1e-3)
    shared = torch.zeros_like(examples.rows[:, :1])
    shared[..., 0] = 3.0
    examples.rows += shared
    try:
        moved = asked(0.5)
    finally:
        examples.rows -= shared
    torch.testing.assert_close(moved[:, 0] - asked(0.5)[:, 0], torch.full((len(chains),), 3.0))


def test_the_truth_sounds_like_the_truth_and_others_are_heard_as_rendered(examples):
    torch.manual_seed(0)
    chains = torch.arange(len(examples))
    scene = examples.scene(chains)
    ours = ~examples.others
    left = examples.heard(examples.units, scene)
    torch.testing.assert_close(left[ours], torch.zeros(int(ours.sum())))
    assert (scene.nothing[examples.others] > 0.5).all(), "the last chain of every block is processed, whatever was drawn for it"
    assert not examples.heed[examples.others].any(), "and its settings teach nothing"
