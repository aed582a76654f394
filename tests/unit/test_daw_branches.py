"""Many chains over one sound: what is shared is rendered once, and nothing of it is heard."""

import numpy as np
import pytest

from plugins_daw import branches
from plugins_daw.chain import board, container, plugin
from plugins_daw.renderer import PedalboardRenderer, native
from shared_engine.optimizers.lm import neighbours
from shared_engine.space import Space
from tests.sounds import phrase

RATE = 22050
BUSY = {
    "highpass.frequency": 90.0, "mid-bell.gain": 4.0, "compressor.ratio": 4.0, "compressor.mix": 0.6, "saturation.drive": 6.0,
    "delay.mix": 0.2, "reverb.wet": 0.2, "limiter.ceiling": -9.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def jacobian():
    """The chains of a search's batch: a point and its neighbour along each setting."""
    renderer = PedalboardRenderer()
    choices = {key: one.default for key, one in Space(renderer.tools).parameters.items() if one.choices}
    space = Space(renderer.tools, choices)
    points, _ = neighbours(space.encode(BUSY))
    batch = space.decode(points)
    return [native(renderer.effects, {key: column[index] for key, column in batch.items()}) for index in range(len(points))]


def test_shared_beginnings_are_bit_for_bit_what_whole_boards_make(jacobian):
    data = phrase(RATE, 1.5, 2, 1).data
    for chain, render in zip(jacobian, branches.render(data, RATE, jacobian), strict=True):
        np.testing.assert_array_equal(render, board(chain, RATE)(data, RATE))


def test_a_plug_in_is_rendered_once_for_all_that_begin_with_it(jacobian, monkeypatch):
    built = []
    monkeypatch.setattr(branches, "board", lambda specs, rate: built.extend(specs) or board(specs, rate))
    branches.render(phrase(RATE, 0.2, 1, 1).data, RATE, jacobian)
    assert len(built) < 0.75 * sum(map(len, jacobian))
    assert [repr(spec) for spec in built].count(repr(jacobian[0][0])) < len(jacobian) / 2


def test_settings_of_effects_that_rest_make_no_chain_of_their_own(jacobian):
    chains, rows = branches.distinct(jacobian)
    assert len(chains) < len(jacobian) and [chains[row] for row in rows] == jacobian
    assert len({repr(one) for one in chains}) == len(chains)


def test_chains_that_are_the_beginning_of_others_and_empty_ones():
    gain, mixed = plugin("Gain", gain_db=-6.0), container("Mix", [plugin("Gain", gain_db=0.0), plugin("Gain", gain_db=-6.0)])
    data = phrase(RATE, 0.2, 1, 2).data
    chains = [[], [gain], [gain, mixed], [gain, mixed, gain], [mixed]]
    for chain, render in zip(chains, branches.render(data, RATE, chains), strict=True):
        np.testing.assert_allclose(render, board(chain, RATE)(data, RATE) if chain else data, atol=1e-7)
        assert not np.shares_memory(render, data)
