"""Color management's curves: the engine's replay of them against Blender's own, and what becomes of them in the scene."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from blender_lab import SERIES, alone, assert_replayed, make, need, opened, render, replay, take, workshop

from plugins_blender.blender import BlenderHost, Session
from plugins_blender.curves import sample
from plugins_blender.replica import BlenderReplica
from shared_engine.types import Media, Values

PLACES = np.linspace(-0.3, 1.8, 43)
OWN = (
    [[0.0, 0.0], [1.0, 1.0]],
    [[0.0, 0.0], [0.04, 0.03], [0.18, 0.25], [0.6, 0.7], [1.0, 1.0]],
    [[0.0, 0.1], [0.3, 0.05], [0.35, 0.9], [1.0, 0.95]],
    [[0.1, 0.2], [0.5, 0.4], [0.9, 0.8]],
)
"""Curves as users draw them: straight, bent, steep, and one whose ends stand inside."""

EVALUATED = """
view = bpy.context.scene.view_settings
view.use_curve_mapping = True
mapping = view.curve_mapping
mapping.use_clip = False  # else what Python asks for is clipped, which a render is not
mapping.extend = {extend!r}
curve = mapping.curves[0]
while len(curve.points) > 2:
    curve.points.remove(curve.points[1])
for pair in {points!r}[1:-1]:
    curve.points.new(*pair)
for point, pair in zip(curve.points, {points!r}):
    point.location = pair
mapping.update()
found = [mapping.evaluate(curve, place) for place in {places!r}]
"""

BENT = """
street()
view = bpy.context.scene.view_settings
view.use_curve_mapping = True
view.exposure = 0.4
mapping = view.curve_mapping
mapping.black_level, mapping.white_level = (-0.01, -0.02, 0.0), (0.9, 1.0, 1.2)
mapping.curves[3].points.new(0.3, 0.4)
mapping.curves[2].points.new(0.5, 0.4)
mapping.update()
"""

STATE = """
view = bpy.context.scene.view_settings
mapping = view.curve_mapping
found = [view.use_curve_mapping, [[list(point.location) for point in curve.points] for curve in mapping.curves], list(mapping.black_level)]
"""


@pytest.fixture(scope="module", params=SERIES, ids=lambda series: ".".join(map(str, series)))
def host(request: pytest.FixtureRequest) -> BlenderHost:
    return need(request.param)


@pytest.mark.parametrize("extend", ["EXTRAPOLATED", "HORIZONTAL"])
@pytest.mark.parametrize("points", OWN, ids=["straight", "bent", "steep", "inside"])
def test_a_curve_is_blenders(host: BlenderHost, points: list[list[float]], extend: str) -> None:
    source = EVALUATED.format(extend=extend, points=points, places=PLACES.tolist())
    there = workshop(host).request("run", source=source)
    here = sample(torch.tensor([points]), extrapolated=extend == "EXTRAPOLATED")(torch.tensor(PLACES, dtype=torch.float32)[None, None])
    np.testing.assert_allclose(here[0, 0].numpy(), there, atol=2e-5)


@pytest.fixture(scope="module", params=["street()", BENT], ids=["straight", "bent"])
def street(host: BlenderHost, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Session]:
    with alone(host, make(host, tmp_path_factory.mktemp("street") / "street.blend", request.param)) as session:
        yield session


@pytest.fixture(scope="module")
def shot(street: Session) -> tuple[BlenderReplica, Media]:
    _, replica, content = take(street, looks=True)
    return replica, content


def bent(replica: BlenderReplica, seed: int) -> Values:
    """Every setting of the curves somewhere in its range, another exposure and white balance, one light much stronger."""
    assert replica.curves
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {
        replica.curves.tool.key(one): float(rng.uniform(one.low, one.high)) for one in replica.curves.tool.parameters if rng.random() < 0.7
    }
    known = {f"{tool.id}.{one.id}" for tool in replica.tools for one in tool.parameters}
    others = {"color.exposure": rng.uniform(-1, 1), "color.temperature": rng.uniform(4000, 9000), "Moon.strength": rng.uniform(0.3, 3)}
    return values | {key: float(value) for key, value in others.items() if key in known}


@pytest.mark.parametrize("seed", range(5))
def test_replay_is_the_render(street: Session, shot: tuple[BlenderReplica, Media], seed: int) -> None:
    replica, content = shot
    assert_replayed(street, replica, content, bent(replica, seed))


def test_the_scene_as_it_stands(street: Session, shot: tuple[BlenderReplica, Media]) -> None:
    replica, content = shot
    untouched = render(street, replica, {})
    assert np.percentile(np.abs(np.rint(content.data * 255) - untouched), 99) <= 1
    before = street.request("layers", side=64, samples=8, looks=False)["curves"]
    assert (render(street, replica, bent(replica, 1)) != untouched).mean() > 0.5, "curves that are written are seen"
    assert (render(street, replica, {}) == untouched).all()
    assert street.request("layers", side=64, samples=8, looks=False)["curves"] == before, "a render leaves values behind"


def test_values_and_settings_are_the_same(shot: tuple[BlenderReplica, Media]) -> None:
    replica, _ = shot
    values = bent(replica, 2)
    back = replica.values(replica.recipe(values))
    assert {key: back[key] for key in values} == pytest.approx(values, rel=1e-4)


def test_gradients_reach_the_heights(shot: tuple[BlenderReplica, Media]) -> None:
    replica, content = shot
    assert replica.curves
    one = next(one for one in replica.curves.tool.parameters if not one.id.startswith("black"))
    height = torch.full((2,), float(one.default), requires_grad=True)
    replica.stage(content, 64).render({replica.curves.tool.key(one): height}, 2).sum().backward()
    assert height.grad is not None
    assert (height.grad > 0).all(), "a higher curve is a brighter picture"


def test_a_take_goes_there_and_back(host: BlenderHost, tmp_path: Path) -> None:
    """Straight curves have their two points again afterwards, and are off."""
    session = opened(host, make(host, tmp_path / "straight.blend", "street()"))
    _, replica, _ = take(session, 32, 1)
    recipe = replica.recipe({"Curves.midtones": 0.26, "Curves.black_blue": -0.02})
    assert [one["label"] for one in recipe] == ["Use Curves", "Combined", "Black Level"]
    source = f"""
from utsushi import host, takes
takes.after_load()
states = []
def stand(strength):
    takes.use(index, strength) if strength else host.write(takes.originals())
    {STATE.strip().replace(chr(10), chr(10) + "    ")}
    states.append(found)
index = takes.add({{"name": "one", "settings": {recipe!r}, "score": 1.0, "reasons": []}})
for strength in (1.0, 0.25, 0.0):
    stand(strength)
found = states
"""
    whole, quarter, none = workshop(host).request("run", source=source)
    assert whole[0] and quarter[0] and not none[0]
    assert [len(curve) for curve in whole[1]] == [2, 2, 2, 5]
    assert whole[1][3][2] == pytest.approx([0.18, 0.26])
    assert quarter[1][3][2] == pytest.approx([0.18, 0.20])
    assert quarter[2] == pytest.approx([0, 0, -0.005])
    assert none[1] == [[[0.0, 0.0], [1.0, 1.0]]] * 4


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("view.curve_mapping.tone = 'FILMLIKE'", "film-like"),
        ("view.curve_mapping.curves[0].points[0].handle_type = 'VECTOR'", "handles of their own"),
        ("view.curve_mapping.black_level[1] = 0.02", "sink black"),
        ("view.curve_mapping.curves[0].points.new(0.5, 0.9)\nview.curve_mapping.update()\nview.use_curve_mapping = False", "switched off"),
    ],
)
def test_curves_that_stay(host: BlenderHost, tmp_path: Path, change: str, why: str) -> None:
    """They are part of what the display shows, and said."""
    build = f"street()\nview = bpy.context.scene.view_settings\nview.use_curve_mapping = True\n{change}"
    session = opened(host, make(host, tmp_path / "stay.blend", build))
    shot, replica, content = take(session, 48, 2)
    assert replica.curves is None
    assert why in "; ".join(shot.description["notes"])
    assert ("exposure" in shot.description["view"]["settings"]) == ("off" in why)
    values = {"color.gamma": 1.2, "Moon.strength": 1.0}
    assert np.percentile(np.abs(np.rint(replay(replica, content, values)) - render(session, replica, values)), 99) <= 1
