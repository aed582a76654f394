"""Grain: seen in photos, measured, and set in GIMP's own noise beside what a search finds."""

from dataclasses import replace

import numpy as np
import pytest

from plugins_gimp import recipe
from plugins_gimp.filters import BY_ID, GRAIN, GRAIN_SIDE, HARSH
from plugins_gimp.render import render_full
from plugins_gimp.replica import GimpReplica
from server.looks import rendered
from shared_engine.errors import ParameterError
from shared_engine.imitate import imitate
from shared_engine.proposers.grain import SIDE, missing
from shared_engine.proposers.grain_reading import NONE, grain
from shared_engine.proposers.ridge import design
from shared_engine.question import pose
from shared_engine.renderer import batch_of
from shared_engine.training.ridge import logistic, scales
from shared_engine.types import Media, Reference, StudySpec
from tests.unit.test_proposers import PHOTOS, photo, warm

DEVIATION = 8 / 255
KEY = "noise-rgb.amount"
ON_SIDE = DEVIATION * SIDE / 384
"""What DEVIATION is on a picture SIDE pixels long: the photos are 384."""


def grainy(media: Media, deviation: float = DEVIATION, seed: int = 0) -> Media:
    noise = np.random.default_rng(seed).normal(0, deviation, (*media.data.shape[:2], 1))
    return replace(media, data=(media.data + noise).clip(0, 1).astype(np.float32))


def references(*indices: int) -> list[Reference]:
    return [Reference(grainy(warm(photo(index)), seed=index)) for index in indices]


def test_grain_is_told_from_texture_and_measured():
    plain, added = ([grain(change(photo(index))) for index in range(len(PHOTOS))] for change in (lambda one: one, grainy))
    assert max(one.odds for one in plain) < min(one.odds for one in added)
    assert np.median([one.deviation for one in added]) == pytest.approx(DEVIATION, rel=0.35)


def test_a_picture_that_is_too_small_or_clipped_says_nothing():
    assert grain(Media("image", np.full((40, 40, 3), 0.5, np.float32))) == NONE
    assert grain(Media("image", np.ones((300, 300, 3), np.float32))) == NONE
    hidden = grainy(photo(0))
    mask = np.zeros(hidden.data.shape[:2], np.float32)
    mask[:20, :20] = 1
    assert grain(replace(hidden, mask=mask)) == NONE


def test_what_the_content_has_itself_is_not_missing():
    whole = missing(photo(0), references(1, 2, 3))
    assert whole == pytest.approx(ON_SIDE, rel=0.4)
    assert missing(grainy(photo(0)), references(1, 2, 3)) < 0.75 * whole
    assert missing(photo(0), [Reference(warm(photo(index))) for index in (1, 2, 3)]) == 0


def test_what_the_original_has_as_well_is_no_part_of_the_look():
    assert missing(photo(0), [Reference(grainy(warm(photo(1))), original=grainy(photo(1), seed=5))]) < 0.5 * ON_SIDE


def test_a_small_picture_with_grain_means_more_of_it_on_a_large_one():
    halves = [replace(one, media=replace(one.media, data=one.media.data[:, :192])) for one in references(1, 2, 3)]
    sides = [max(one.media.data.shape) for one in halves]
    assert missing(photo(0), halves) == pytest.approx(DEVIATION * SIDE / np.mean(sides), rel=0.4)


def test_the_answer_has_gimps_noise_beside_the_look():
    found = imitate(StudySpec(photo(0), references(1, 2, 3), "gimp", alternatives=2, path=(0.5,)))
    (noise,) = [entry for entry in found.recipe if entry["operation"] == "gegl:noise-rgb"]
    assert found.recipe[-1] is noise
    assert len(found.recipe) > 1
    amount = float(found.best.values[KEY])
    assert amount == pytest.approx(2 * ON_SIDE, rel=0.3)
    (effect,) = [one for one in found.effects if one.tool == GRAIN]
    assert effect.words == ("grain like the references'",)
    assert found.path[0].values[KEY] == pytest.approx(amount / 2, rel=0.05)
    assert all(one.candidate.values[KEY] == amount for one in found.alternatives)


def test_half_of_the_strength_has_half_of_it():
    spec = StudySpec(photo(0), references(1, 2, 3), "gimp", alternatives=0, strength=0.5)
    found = imitate(spec)
    half = recipe.read(GimpReplica().known, found.recipe)
    assert half[KEY] == pytest.approx(float(found.best.values[KEY]) / 2)


@pytest.mark.parametrize("wish", [{"only": frozenset({"tone"})}, {"locks": {GRAIN: 0.0}}, {"available": frozenset({"gegl:exposure"})}])
def test_grain_that_is_not_wanted_or_cannot_be_made_stays_away(wish):
    found = imitate(StudySpec(photo(0), references(1, 2, 3), "gimp", alternatives=0, **wish))
    assert "gegl:noise-rgb" not in {entry["operation"] for entry in found.recipe}


def test_grain_of_the_photo_itself_is_searched_where_the_host_renders_and_set_elsewhere():
    spec = StudySpec(photo(0), [Reference(grainy(photo(0)))], "gimp", only=frozenset({"tone", "texture"}))
    seen = pose(spec, drawn=True)
    assert not seen.measured
    assert KEY in seen.whole.keys
    other = pose(replace(spec, references=references(1, 2, 3)), drawn=True)
    assert [one.tool.id for one in other.measured] == [GRAIN]
    assert KEY not in other.whole.keys
    assert pose(replace(spec, only=frozenset())).measured


def test_grain_alone_can_be_asked_for():
    found = imitate(StudySpec(photo(0), references(1, 2, 3), "gimp", alternatives=0, only=frozenset({GRAIN})))
    assert [entry["operation"] for entry in found.recipe] == ["gegl:noise-rgb"]


def test_noise_that_the_user_holds_stays_though_nobody_renders_it_here():
    spec = StudySpec(photo(0), [Reference(warm(photo(1)))], "gimp", alternatives=0, locks={KEY: 0.04})
    assert imitate(spec).best.values[KEY] == 0.04
    with pytest.raises(ParameterError):
        imitate(replace(spec, only=frozenset({"bloom"})))


def test_a_recipe_follows_the_pictures_size_up_to_what_is_bearable():
    written = recipe.write([BY_ID[GRAIN]], {KEY: 0.05})
    assert recipe.read([BY_ID[GRAIN]], written)[KEY] == pytest.approx(0.05)
    small, large, huge = (recipe.resolved(written, side, side // 2)[0]["steps"][0]["red"] for side in (500, 3000, 6000))
    assert (small, large, huge) == pytest.approx((0.025, 0.15, HARSH))


def test_the_engine_shows_noise_as_strong_as_gimps():
    grey = Media("image", np.full((200, GRAIN_SIDE, 3), 0.5, np.float32))
    replica = GimpReplica()
    (shown,) = replica.stage(grey).media(batch_of({KEY: 0.1}), 1)
    assert shown.data.std() == pytest.approx(0.05, rel=0.02)
    assert (shown.data[..., 0] == shown.data[..., 2]).all()
    again = rendered(replica, replica.stage(grey), {KEY: 0.1})
    assert np.abs(again / 255 - shown.data).max() < 1 / 255
    full = render_full(again[:, :500], replica.recipe({KEY: 0.1}))
    assert (full.astype(int) - again[:, :500]).std() == pytest.approx(255 * 0.025, rel=0.03)


def test_a_logistic_regression_tells_what_can_be_told():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 5)).astype(np.float32)
    yes = rows[:, 0] + 0.3 * rng.normal(size=3000) > 1
    standard = design(rows, *scales(rows))
    assert np.mean((standard @ logistic(standard, yes, np.ones(3000), 1.0) > 0) == yes) > 0.93
