"""The replica by itself: gradients, neutrality, batches, recipes. Whether it is right is judged by tests/hosts/test_replica_*.py."""

import numpy as np
import pytest
import torch

from plugins_gimp import color, curves, recipe
from plugins_gimp.filters import BY_ID, FILTERS, PHOTO_CHAIN, PLAIN_CHAIN
from plugins_gimp.replica import GimpReplica
from plugins_gimp.surroundings import Surroundings
from shared_engine.errors import InputError, ParameterError
from shared_engine.space import Space
from shared_engine.testing.renderer_tests import RendererTests
from shared_engine.types import Media

REPLICA = GimpReplica()
IDS = [one.tool.id for one in REPLICA.filters]


def picture(height: int = 24, width: int = 40, seed: int = 0) -> Media:
    """Random colours, with rows of greys, black, white, pure colours and values beyond 0..1, where filters have their corners."""
    data = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    data[0] = data[0, :, :1]
    data[1], data[2], data[3] = 0.0, 1.0, (1.0, 0.0, 0.0)
    data[4] = data[4] * 2 - 0.5
    return Media("image", data)


def random_batch(filters, count: int, seed: int = 0, gradient: bool = False) -> dict[str, torch.Tensor]:
    random = np.random.default_rng(seed)
    return {
        one.tool.key(p): torch.tensor(random.uniform(p.low, p.high, count), dtype=torch.float32, requires_grad=gradient)
        for one in filters
        for p in one.tool.parameters
    }


class TestGimpReplica(RendererTests):
    @pytest.fixture
    def renderer(self):
        return GimpReplica()

    @pytest.fixture
    def content(self):
        return picture()

    def points(self, renderer, count: int, seed: int = 0):
        """Away from neutral into the range, never on it: what a filter that does nothing is set to is not written."""
        space = Space(list(renderer.tools))
        wander = np.abs(np.random.default_rng(seed).normal(0, 0.15, (count, space.dimension))) + 0.01
        return space, space.neutral + np.where(space.neutral > 0.5, -wander, wander).clip(-0.5, 0.5)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("neutral", [True, False])
def test_gradients_are_finite_and_reach_every_setting(name: str, neutral: bool):
    one = BY_ID[name]
    batch = random_batch([one], 6, gradient=True)
    if neutral:
        batch = {one.tool.key(p): torch.full((6,), float(p.default), requires_grad=True) for p in one.tool.parameters}
    stage = REPLICA.stage(picture())
    slopes = torch.autograd.grad(stage.render(batch, 6).square().sum(), list(batch.values()), allow_unused=True)
    for key, slope in zip(batch, slopes, strict=True):
        assert slope is not None and torch.isfinite(slope).all(), key
        modifier = key.split(".")[1] in one.modifiers or key == "shadows-highlights.whitepoint"
        squared = name == "shadows-highlights"  # GIMP squares these two: their slope at neutral is 0
        assert neutral and (modifier or squared) or float(slope.abs().sum()) > 0, key


@pytest.mark.parametrize("name", [name for name in IDS if name not in ("shadows-highlights",)])
def test_gradients_are_those_of_finite_differences(name: str):
    one = BY_ID[name]
    data = np.random.default_rng(3).uniform(0.25, 0.75, (12, 16, 3)).astype(np.float32)
    stage = REPLICA.stage(Media("image", data))
    for parameter in one.tool.parameters:
        key, width = one.tool.key(parameter), float(parameter.high - parameter.low)
        batch = {k: v.detach() for k, v in random_batch([one], 1, seed=4).items()}
        middle = batch[key].clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(stage.render(batch | {key: middle}, 1).sum(), middle)
        step = 1e-3 * width
        above, below = (float(stage.render(batch | {key: batch[key] + sign * step}, 1).double().sum()) for sign in (1, -1))
        assert float(slope) == pytest.approx((above - below) / (2 * step), rel=0.08, abs=0.02 * data.size / width), key


@pytest.mark.parametrize("name", IDS)
def test_a_filter_at_its_defaults_changes_nothing_even_beyond_the_range(name: str):
    content = picture()
    batch = {BY_ID[name].tool.key(p): torch.full((3,), float(p.default)) for p in BY_ID[name].tool.parameters}
    (first, *_) = REPLICA.stage(content).render(batch, 3)
    np.testing.assert_allclose(first.numpy(), content.data, atol=6e-6)


@pytest.mark.parametrize("name", IDS)
def test_one_setting_alone_may_differ_between_candidates(name: str):
    """All of the others the same, or not there at all: what a search does with what is left of a filter."""
    stage = REPLICA.stage(picture())
    for parameter in BY_ID[name].tool.parameters:
        key, values = BY_ID[name].tool.key(parameter), np.linspace(parameter.low, parameter.high, 4)[1:3]
        together = stage.render({key: values}, 2)
        for index, value in enumerate(values):
            torch.testing.assert_close(together[index], stage.render({key: np.array([value])}, 1)[0])


def test_a_neutral_candidate_beside_others_passes_filters_that_clip():
    content, batch = picture(), random_batch([BY_ID["color-balance"], BY_ID["curves"], BY_ID["hue-saturation"]], 4)
    for name in ("color-balance", "curves", "hue-saturation"):
        for p in BY_ID[name].tool.parameters:
            batch[BY_ID[name].tool.key(p)][2] = float(p.default)
    renders = REPLICA.stage(content).render(batch, 4)
    np.testing.assert_allclose(renders[2].numpy(), content.data, atol=3e-6)
    assert float(renders[1].max()) <= 1.0 + 1e-5


def test_a_sample_shows_the_pixels_of_the_whole():
    content, batch = picture(60, 90), random_batch(REPLICA.filters, 5)
    whole, part = REPLICA.stage(content), REPLICA.stage(content, 200, seed=3)
    everything = whole.render(batch, 5).reshape(5, -1, 3)
    np.testing.assert_allclose(part.render(batch, 5).numpy(), everything[:, part.positions].numpy(), atol=2e-5)
    np.testing.assert_array_equal(part.target(content).numpy(), content.data.reshape(-1, 3)[part.positions])


def test_media_is_the_full_render_tile_by_tile(monkeypatch):
    monkeypatch.setattr("plugins_gimp.replica.TILE", 700)
    content, batch = picture(60, 90), random_batch(REPLICA.filters, 2)
    stage = REPLICA.stage(content)
    renders = stage.render(batch, 2)
    for media, render in zip(stage.media(batch, 2), renders, strict=True):
        np.testing.assert_allclose(media.data, render.numpy(), atol=2e-5)
        assert media.space == "sRGB"


def test_linear_content_gives_the_same_render():
    content = picture()
    linear = Media("image", color.decode(torch.from_numpy(content.data)).numpy(), "linear-sRGB")
    batch = random_batch([BY_ID["exposure"], BY_ID["levels"]], 2)
    np.testing.assert_allclose(REPLICA.stage(linear).render(batch, 2), REPLICA.stage(content).render(batch, 2), atol=2e-5)
    np.testing.assert_allclose(REPLICA.stage(content).target(linear), content.data, atol=2e-6)


def test_colour_conversions_undo_each_other():
    rgb = torch.from_numpy(picture().data.reshape(-1, 3).T.copy())[None]
    linear = color.decode(rgb)
    np.testing.assert_allclose(color.encode(linear), rgb, atol=2e-6)
    np.testing.assert_allclose(color.lab_to_linear(color.linear_to_lab(linear)), linear, atol=1e-5)
    white = color.linear_to_lab(torch.ones(1, 3, 1)).flatten()
    np.testing.assert_allclose(white, [100, 0, 0], atol=1e-3)


def test_curves_pass_through_their_points_and_stay_rising():
    random = np.random.default_rng(0)
    xs = BY_ID["curves"].curve
    points = [p for p in BY_ID["curves"].tool.parameters if p.id.startswith("value")]
    heights = torch.tensor(np.stack([random.uniform(p.low, p.high, 200) for p in points], 1), dtype=torch.float32)
    tables = curves.table(heights, xs)
    at = [round(x * 255) for x in xs]
    np.testing.assert_allclose(tables[:, at], heights, atol=1e-6)
    assert float((tables[:, 1:] - tables[:, :-1]).min()) > -0.002
    straight = curves.table(torch.tensor([xs], dtype=torch.float32), xs)
    np.testing.assert_allclose(straight[0], np.linspace(0, 1, 256), atol=1e-6)


def test_recipes_name_only_what_changes_something():
    assert REPLICA.recipe({"vignette.radius": 1.0, "mono-mixer.red": 0.9, "hue-saturation.overlap": 0.7}) == []
    (levels,) = REPLICA.recipe({"levels.red-gamma": 1.2})
    assert levels == {
        "operation": "gimp:levels",
        "name": "Levels",
        "opacity": 1.0,
        "steps": [
            {
                "channel": 1, "trc": 2, "clamp-input": False, "clamp-output": False,
                "low-input": 0.0, "high-input": 1.0, "gamma": 1.2, "low-output": 0.0, "high-output": 1.0,
            }
        ],
    }  # fmt: skip
    (curve,) = REPLICA.recipe({"curves.blue-0": 0.05})
    assert curve["steps"][0]["curve"] == [[0.0, 0.05], [0.2, 0.2], [0.4, 0.4], [0.6, 0.6], [0.8, 0.8], [1.0, 1.0]]
    (mono,) = REPLICA.recipe({"mono-mixer.opacity": 0.5})
    assert mono["opacity"] == 0.5 and "opacity" not in mono["steps"][0]


def test_every_filter_is_written_and_read_back_also_those_without_a_replica():
    random = np.random.default_rng(5)
    values = {one.tool.key(p): float(random.uniform(p.low, p.high)) for one in FILTERS for p in one.tool.parameters}
    written = recipe.write(FILTERS, values)
    assert [entry["operation"] for entry in written] == [one.operation for one in FILTERS]
    assert recipe.read(FILTERS, written) == pytest.approx(values)
    written = recipe.write([BY_ID["unsharp-mask"]], {"unsharp-mask.scale": 0.5, "unsharp-mask.std-dev": 0.001})
    (sharpen,) = recipe.resolved(written, 3000, 2000)
    assert sharpen["steps"] == [{"scale": 0.5, "std-dev": 3.0}]


@pytest.mark.parametrize(
    "entry",
    [
        {"operation": "gegl:nothing", "opacity": 1.0, "steps": [{}]},
        {"operation": "gegl:exposure", "opacity": 0.5, "steps": [{"exposure": 1.0}]},
        {"operation": "gegl:saturation", "opacity": 1.0, "steps": [{"scale": 1.0, "colorspace": "CIE-Lab"}]},
        {"operation": "gegl:exposure", "opacity": 1.0, "steps": [{"shutter": 1.0}]},
        {"operation": "gimp:levels", "opacity": 1.0, "steps": [{"channel": 4, "gamma": 1.0}]},
        {"operation": "gimp:curves", "opacity": 1.0, "steps": [{"channel": 0, "curve": [[0.0, 0.0], [1.0, 1.0]]}]},
    ],
)
def test_what_cannot_be_read_back_is_refused_with_a_remedy(entry):
    with pytest.raises(ParameterError) as error:
        REPLICA.values([entry])
    assert error.value.remedy


def test_a_gimp_without_its_own_filters_still_has_a_chain():
    available = frozenset(one.operation for one in FILTERS if not one.operation.startswith("gimp:"))
    plain = GimpReplica(available)
    assert all(one.operation in available for one in plain.filters)
    leading = {tool.id for tool in plain.tools if not tool.optional}
    assert leading == PLAIN_CHAIN and {tool.id for tool in REPLICA.tools if not tool.optional} == PHOTO_CHAIN


def test_wrong_content_and_unknown_settings_are_refused():
    stage = REPLICA.stage(picture())
    with pytest.raises(ParameterError):
        stage.render({"exposure.shutter": torch.zeros(1)}, 1)
    with pytest.raises(InputError):
        stage.target(picture(10, 10))
    with pytest.raises(InputError):
        REPLICA.stage(Media("audio", np.zeros((1, 10), np.float32), rate=44100))


def test_surroundings_of_an_even_picture_are_its_lightness_at_any_size():
    for height, width in ((30, 50), (900, 1300)):
        content = Media("image", np.full((height, width, 3), 0.5, np.float32))
        found = Surroundings(content).at(np.array([0, height - 1]), np.array([0, width - 1]))
        np.testing.assert_allclose(found.flatten(), 53.389, atol=0.01)
