"""The bird family's surface: one topology for every key, and keys that do what they are called."""

import numpy as np
import pytest

from plugins_blender.birds import forms, geometry
from plugins_blender.birds.species import FAMILY, KEYS, SLOTS

NAMES = [kind.name for kind in FAMILY]


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def points(name: str, slot: str, **keys: float) -> np.ndarray:
    made = geometry.surface(name, **keys)
    used = {vertex for face, own in zip(made.faces, made.slots, strict=True) if own == slot for vertex in face}
    return made.points()[sorted(used)]


def test_every_bird_has_every_part(name: str) -> None:
    made = geometry.surface(name)
    assert set(made.slots) == {*SLOTS, "Pupil"}
    assert np.isfinite(made.points()).all() and made.points()[:, 2].min() > -0.05
    assert 1 < np.ptp(made.points()[:, 2]) < 4


@pytest.mark.parametrize("key", KEYS)
def test_a_key_moves_the_same_vertices(name: str, key: str) -> None:
    rest, moved = geometry.surface(name), geometry.surface(name, **{forms.KEY_FIELDS[key]: 1.0})
    assert rest.faces == moved.faces and rest.slots == moved.slots
    assert np.abs(moved.points() - rest.points()).max() > 0.02


def test_keys_do_what_they_are_called(name: str) -> None:
    def span(slot: str, axis: int, **keys: float) -> float:
        return float(np.ptp(points(name, slot, **keys)[:, axis]))

    assert span("Wing", 1, open=1.0) > 1.8 * span("Wing", 1)
    assert np.ptp(points(name, "Beak", beak_long=1.0), axis=0).max() > 1.5 * np.ptp(points(name, "Beak"), axis=0).max()
    assert span("Body", 1, slim=1.0) < span("Body", 1) < span("Body", 1, slim=-1.0)
    assert points(name, "Head", leg_long=1.0)[:, 2].min() > points(name, "Head")[:, 2].min() + 0.2
    assert points(name, "Eye", neck_long=1.0)[:, 2].mean() > points(name, "Eye")[:, 2].mean() + 0.3


def test_birds_are_mirror_images_of_themselves(name: str) -> None:
    for slot in ("Wing", "Leg", "Eye"):
        found = points(name, slot, open=0.5)
        mirrored = found * [1, -1, 1]
        key = lambda table: np.array(sorted(map(tuple, table.round(6) + 0.0)))  # noqa: E731
        assert np.allclose(key(found), key(mirrored), atol=1e-5)
