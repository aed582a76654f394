"""The replay of light and view against Blender's own renders."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from blender_lab import SERIES, alone, assert_replayed, make, need, opened, render, replay, take

from plugins_blender import view_table
from plugins_blender.blender import BlenderHost, Session
from plugins_blender.replica import BlenderReplica
from shared_engine.errors import InputError, ParameterError
from shared_engine.testing import RendererTests
from shared_engine.types import Media, Reference, Tool, Values


@pytest.fixture(scope="module", params=SERIES, ids=lambda series: ".".join(map(str, series)))
def host(request: pytest.FixtureRequest) -> BlenderHost:
    return need(request.param)


@pytest.fixture(scope="module")
def street(host: BlenderHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Spots, a sun, glowing materials and a coloured world."""
    with alone(host, make(host, tmp_path_factory.mktemp("street") / "street.blend", "street()")) as session:
        yield session


@pytest.fixture(scope="module")
def shot(street: Session) -> tuple[BlenderReplica, Media]:
    _, replica, content = take(street, looks=True)
    return replica, content


def drawn(tools: list[Tool], seed: int) -> Values:
    """Values far from the scene's own, all parameters at once."""
    rng = np.random.default_rng(seed)
    values = {}
    for tool in tools:
        for one in tool.parameters:
            if one.choices:
                values[tool.key(one)] = str(rng.choice(one.choices))
            elif one.scale == "log":
                values[tool.key(one)] = float(np.clip(float(one.default) * 2 ** rng.uniform(-1, 1), one.low, one.high))
            else:
                values[tool.key(one)] = float(one.default) + rng.uniform(-0.25, 0.25) * (one.high - one.low)
    return values


@pytest.mark.parametrize("seed", range(6))
def test_replay_is_the_render(street: Session, shot: tuple[BlenderReplica, Media], seed: int) -> None:
    replica, content = shot
    assert_replayed(street, replica, content, drawn([tool for tool in replica.tools if tool.id != "Curves"], seed))


def test_colors_beyond_srgb(street: Session, shot: tuple[BlenderReplica, Media]) -> None:
    """White balance this strong makes light that is below 0 in a channel, and AgX shows it; clipped at 0, 55 levels are lost."""
    replica, content = shot
    values = {"color.temperature": 3300.0, "color.tint": 25.0, "color.exposure": 1.5, "color.look": "AgX / None"}
    difference = np.abs(np.rint(replay(replica, content, values)) - render(street, replica, values))
    assert np.percentile(difference, 99) <= 6
    assert difference.mean() < 0.5


def test_white_balance_that_is_set_but_switched_off(host: BlenderHost, tmp_path: Path) -> None:
    build = "street()\nview = bpy.context.scene.view_settings\nview.white_balance_temperature, view.white_balance_tint = 3500, -20"
    session = opened(host, make(host, tmp_path / "off.blend", build))
    _, replica, content = take(session, looks=True)
    for values in ({}, {"color.temperature": 6000.0}, {"color.temperature": 7500.0, "color.tint": 25.0}):
        difference = np.abs(np.rint(replay(replica, content, values)) - render(session, replica, values))
        assert np.percentile(difference, 99) <= 1
        assert replica.values(replica.recipe(values)).items() >= values.items()


def test_scene_as_it_stands(street: Session, shot: tuple[BlenderReplica, Media]) -> None:
    replica, content = shot
    untouched = render(street, replica, {})
    assert np.abs(np.rint(content.data * 255) - untouched).max() <= 1
    render(street, replica, drawn(list(replica.tools), 9))
    assert (render(street, replica, {}) == untouched).all(), "a render leaves values behind"


def test_light_is_linear(host: BlenderHost, tmp_path: Path) -> None:
    """Mixed layers against the light of a scene that was saved with the values: 1e-6 of its mean."""
    values = {"Key.strength": 40.0, "Key.warmth": 2.0, "Fill.strength": 90.0, "Rim.tint": -1.5, "World.strength": 2.5, "World.warmth": -1.0}
    source = make(host, tmp_path / "portrait.blend", "portrait()")
    session = opened(host, source)
    shot, replica, _ = take(session)
    recipe = replica.recipe(values)
    session.request("save", settings=recipe, file=str(tmp_path / "saved.blend"), take={"name": "test", "settings": recipe})
    session = opened(host, tmp_path / "saved.blend")
    other, after, _ = take(session)
    mixed = _light(replica, shot.layers, values)
    assert np.abs(mixed - _light(after, other.layers, {})).mean() < 1e-6 * mixed.mean()


def _light(replica: BlenderReplica, layers: np.ndarray, values: Values) -> np.ndarray:
    import torch

    batch = {key: torch.tensor([value]) for key, value in values.items()}
    gains = [one.gain(batch)[0].numpy() for one in replica.emitters]
    return sum(layer * gain for layer, gain in zip(layers, [*gains, np.ones(3, np.float32)], strict=True))


def test_the_light_is_known_without_a_grey_card(host: BlenderHost, tmp_path: Path) -> None:
    """What each layer gives to a grey card, told by reflectances, is what a copy of the scene in grey shows."""
    told, shown = (
        take(opened(host, make(host, tmp_path / f"{name}.blend", build)))[0]
        for name, build in (("portrait", "portrait()"), ("grey", "portrait(); grey_card()"))
    )
    card, grey = np.array(told.description["card"]), shown.layers.mean((1, 2))
    brought = grey.sum(0) > 0.02 * grey.sum()
    assert np.abs(np.log2(card[:, brought].sum(0) / grey[:, brought].sum(0))).max() < 0.4
    strong = grey.mean(1) > 0.1 * grey.mean(1).max()
    assert np.abs(np.log2(card[strong] / grey[strong])).max() < 0.6


def test_a_lamp_in_the_picture_is_no_light_on_things(host: BlenderHost, tmp_path: Path) -> None:
    socket = 'one.node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value'
    builds = (f"street()\nfor one in bpy.data.materials:\n    {socket} *= {times}" for times in (1e-3, 1))
    shots = [take(opened(host, make(host, tmp_path / f"{number}.blend", build)))[0] for number, build in enumerate(builds)]
    faint, strong = (np.array(shot.description["card"]).sum(0) for shot in shots)
    assert (strong < 2 * faint).all()


def test_the_proposer_of_light_is_the_scenes_own(shot: tuple[BlenderReplica, Media]) -> None:
    replica, content = shot
    (light,) = replica.proposers
    proposal = light.propose(content, [Reference(Media("image", np.full((20, 20, 3), 0.02, np.float32)))])
    assert proposal is not None
    assert proposal.render(content).data.mean() < 0.8 * content.data.mean()
    np.testing.assert_allclose(proposal.render(content, 0.0).data, content.data, atol=1e-6)


def test_table_is_exact_at_its_points() -> None:
    above = np.arange(view_table.SIDE - view_table.BLACK)
    points = view_table.OFFSET * ((1 + 1 / view_table.OFFSET) ** (above / view_table.WHITE) - 1)
    assert points[view_table.WHITE] == pytest.approx(1.0)
    assert points[-1] > 28


def test_wrong_settings_are_refused(shot: tuple[BlenderReplica, Media]) -> None:
    replica, content = shot
    with pytest.raises(ParameterError):
        replica.recipe({"Nobody.strength": 1.0})
    with pytest.raises(ParameterError):
        replica.stage(content).media({"color.look": np.array(["Standard / AgX - Punchy"])}, 1)
    with pytest.raises(InputError):
        BlenderReplica()


class TestContract(RendererTests):
    @pytest.fixture
    def renderer(self, shot: tuple[BlenderReplica, Media]) -> BlenderReplica:
        return shot[0]

    @pytest.fixture
    def content(self, shot: tuple[BlenderReplica, Media]) -> Media:
        return shot[1]


def test_absent_keys_stand_at_their_default(shot: tuple[BlenderReplica, Media]) -> None:
    replica, content = shot
    some = replica.stage(content).render({"Moon.warmth": np.array([0.0, 2.0])}, 2)
    full = replica.stage(content).render(
        {"Moon.warmth": np.array([0.0, 2.0]), "Moon.tint": np.zeros(2), "Moon.strength": np.full(2, 0.3)}, 2
    )
    np.testing.assert_allclose(some, full, atol=1e-6)
