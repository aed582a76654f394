"""What becomes of candidates whose plug-in dies; real plug-ins are in tests/hosts/test_vst3.py."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from plugins_daw import chain, rack
from plugins_daw.vst3_process import PluginError, PluginGoneError

SOUND = np.ones((2, 8), np.float32)


def spec(name: str) -> chain.Spec:
    return {"plugin": chain.HOSTED, "file": "/nowhere.vst3", "name": name, "raw": {}}


class Dying:
    """A process that dies of chains called ``deadly`` always, of those called ``moody`` the first time."""

    def __init__(self) -> None:
        self.moods = 0

    def render(self, data: np.ndarray, rate: int, chains: Sequence[Sequence[chain.Spec]]) -> Iterator[np.ndarray]:
        for (one,) in chains:
            self.moods += one["name"] == "moody"
            if one["name"] == "deadly" or (one["name"] == "moody" and self.moods == 1):
                raise PluginGoneError("the plug-in crashed", "Leave it out.")
            yield data * 0.5

    def close(self) -> None:
        pass


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[rack.Rack]:
    monkeypatch.setattr(rack, "Process", Dying)
    found = rack.Rack(1)
    yield found
    found.close()


def test_what_a_plug_in_died_of_once_is_rendered_all_the_same(small: rack.Rack) -> None:
    for render in small.render(SOUND, 44100, [[spec("good")], [spec("moody")], [spec("good")]]):
        np.testing.assert_array_equal(render, SOUND * 0.5)


def test_what_it_dies_of_again_is_lost_alone(small: rack.Rack) -> None:
    first, lost, last = small.render(SOUND, 44100, [[spec("good")], [spec("deadly")], [spec("good")]])
    assert np.isfinite(first).all() and np.isnan(lost).all() and np.isfinite(last).all()


def test_one_that_dies_of_everything_is_given_up(small: rack.Rack) -> None:
    with pytest.raises(PluginError, match=f"deadly: the plug-in crashed, {rack.DEATHS} times"):
        small.render(SOUND, 44100, [[spec("deadly")]] * 5)
