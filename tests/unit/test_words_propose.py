"""Values for each candidate: what is not mentioned stays, ranks, locks, strength, variations, and the guard of refinement."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared_engine.words import color
from shared_engine.words.catalog import Catalog, glossary_faults, part_name
from shared_engine.words.explore import variations
from shared_engine.words.parse import Claim, parse
from shared_engine.words.propose import Take, propose
from shared_engine.words.refine import refine, spoil
from tests.words import birds, changed, key, model_of, size, surface, take_of

BIRDS = birds()


def test_one_take_a_candidate_and_the_shown_one_first() -> None:
    takes = propose(parse("a yellow bird", BIRDS).claims, BIRDS)
    assert [take.model.id for take in takes][0] == "Songbird" and len(takes) == 4
    assert {take.model.id for take in propose(parse("not an owl", BIRDS).claims, BIRDS)} == {"Songbird", "Wader", "Waterbird"}
    assert propose(parse("the one with the long legs", BIRDS).claims, BIRDS)[0].model.id == "Wader"
    assert [take.model.id for take in propose(parse("a yellow heron", BIRDS).claims, BIRDS)] == ["Wader"]


def test_a_relative_edit_is_of_what_is_shown() -> None:
    assert [take.model.id for take in propose(parse("a bit darker wings", BIRDS).claims, BIRDS)] == ["Songbird"]


def test_choosing_another_model_shows_it_and_hides_the_other() -> None:
    settings = take_of("an owl with red eyes", BIRDS).settings(BIRDS)
    assert [(one["name"], one["value"], one["before"]) for one in settings if one["collection"] == "collections"] == [
        ("Songbird", True, False), ("Owl", False, True),
    ]  # fmt: skip
    assert [one["name"] for one in settings if one["collection"] == "materials"] == ["Owl Eye"]


def test_what_is_not_mentioned_stays() -> None:
    take = take_of("a red tail", BIRDS)
    assert [change.property.id for change in take.changes] == ["Songbird/materials/Songbird Tail/color"]
    assert take_of("keep the wings as they are; a shorter tail", BIRDS).changes[0].property.label == "Long tail"


def test_saying_it_twice_changes_nothing_more() -> None:
    first = take_of("a small bird with a long tail", BIRDS)
    stand = {change.property.id: change.value for change in first.changes}
    again = take_of("a small bird with a long tail", standing(BIRDS, stand))
    assert again.changes == ()
    longest = standing(BIRDS, {one.id: 1.0 for one in BIRDS.shown.properties if one.label == "Long tail"})
    assert take_of("a white bird with a long tail", longest).missed == ()
    assert "Long tail" not in changed(take_of("a white bird with a long tail", longest))


def standing(catalog: Catalog, values: dict) -> Catalog:
    models = tuple(
        replace(model, properties=tuple(replace(one, value=values.get(one.id, one.value)) for one in model.properties))
        for model in catalog.models
    )
    return replace(catalog, models=models)


def test_strength_and_locks() -> None:
    claims = parse("a white bird with a long tail", BIRDS).claims
    assert propose(claims, BIRDS, strength=0)[0].changes == ()
    half, full = (changed(propose(claims, BIRDS, strength=amount)[0]) for amount in (0.5, 1.0))
    assert 0 < half["Long tail"] < full["Long tail"]
    dark, middle, light = (color.to_oklab(color.from_hex(code))[0] for code in (changed_now("Body"), half["Body"], full["Body"]))
    assert dark < middle < light
    locked = changed(propose(claims, BIRDS, locks=frozenset({"Head", 'Songbird/shape_keys/Songbird/key_blocks["Long tail"].value'}))[0])
    assert "Head" not in locked and "Long tail" not in locked and "Body" in locked


def changed_now(part: str) -> str:
    return color.to_hex(color.from_linear(BIRDS.shown.of(part, "color")[0].value))


def test_a_size_keeps_the_proportions_of_the_scale() -> None:
    thing = size("Thing")
    thing["setting"]["value"] = [1.0, 2.0, 0.5]
    (change,) = take_of("twice the size", model_of([*surface("Thing", "Paint"), thing])).changes
    assert change.setting()["value"] == [2.0, 4.0, 1.0] and change.setting()["before"] == [1.0, 2.0, 0.5]


def test_a_take_says_what_it_has_nothing_for() -> None:
    plain = model_of([*surface("Cup", "Cup"), *surface("Cup", "Handle")], "Cup")
    take = take_of("a red cup with a long handle", plain)
    assert changed(take) == {"Cup": "#e50000"} and take.missed == ("long",)
    assert take_of("a red cup without a handle", plain).missed == ("no handle",)


def test_gloss_and_metal() -> None:
    found = changed(take_of("shiny black metallic wings", BIRDS))
    assert found["Wing"] == "#000000" and found["Wing gloss"] < 0.3 and found["Wing metal"] == 1.0


def test_names_of_data_blocks() -> None:
    assert [part_name(name) for name in ("mat_Wing_L", "Wing.002", "WingFeathers", "材質 翼", "Material")] == [
        "Wing", "Wing", "Wing feathers", "材質 翼", "Material",
    ]  # fmt: skip


def test_left_and_right_are_one_part() -> None:
    pair = model_of([*surface("Plane", "Wing_L"), *surface("Plane", "Wing_R"), *surface("Plane", "Hull", area=9.0)], "Plane")
    assert len(take_of("red wings", pair).changes) == 2
    assert changed(take_of("a red plane", pair)) == {"Hull": "#e50000"}


def test_the_glossary_goes_before_everything() -> None:
    own = model_of(
        [*surface("Bot", "Shell"), key("Bot", "Long beak")], "Bot", glossary="red = Shell\nsnout up, nosy = Long beak\nlost = Elsewhere"
    )
    assert glossary_faults(own) == ["Elsewhere"]
    assert changed(take_of("blue red", own)) == {"Shell": "#0343df"}
    nosy, nosier = (changed(take_of(text, own))["Long beak"] for text in ("a nosy green bot", "a very nosy green bot"))
    assert 0.5 < nosy < nosier
    assert changed(take_of("a green bot that is not nosy", own)) == {"Shell": "#15b01a"}


# --- more like this one, refinement ------------------------------------------------------------------------------------------------


def test_variations_stay_with_what_was_said() -> None:
    take = take_of("a small yellow bird with black wings and a long beak", BIRDS)
    for step in (0, 3):
        found = variations(take, 4, step)
        assert len(found) == 4
        for other in found:
            assert [one.property.id for one in other.changes] == [one.property.id for one in take.changes]
            values = changed(other)
            assert 0 <= values["Long beak"] <= 1 and values["Size"] > 0
            assert color.apart(color.from_hex(values["Wing"]), (0, 0, 0)) < 0.3
            assert values["Body"] == values["Head"] == values["Tail"] != values["Wing"]
    assert spread(take, variations(take, 4, 5)) < spread(take, variations(take, 4, 0))
    assert variations(take, 3, 1, seed=4) == variations(take, 3, 1, seed=4)


def spread(take: Take, found: Sequence[Take]) -> float:
    return max(abs(changed(one)["Long beak"] - changed(take)["Long beak"]) for one in found)


TAKE = take_of("a yellow bird with black wings and a long beak", BIRDS)


def beak(take: Take) -> float:
    return next(one.value for one in take.changes if one.property.label == "Long beak")


def right(take: Take) -> float:
    """How near a take is to a truth of its own: black wings, a yellow body, and a beak a little longer than proposed."""
    values = changed(take)
    off = color.apart(color.from_hex(values["Wing"]), (0, 0, 0)) + color.apart(color.from_hex(values["Body"]), color.from_hex("#ffff14"))
    return -off - abs(beak(take) - 0.82)


def test_refinement_goes_where_both_looks_agree() -> None:
    found = refine(TAKE, lambda takes, second: [right(take) for take in takes])
    assert found.verdict == "refined" and right(found.take) > right(TAKE) and found.knows >= 0.75


def test_a_score_that_is_chance_refines_nothing() -> None:
    """Most often it does not know the take; where it seems to by luck, the second look stops it."""
    left = []
    for seed in range(20):
        chance = random.Random(seed)
        left.append(refine(TAKE, lambda takes, second, chance=chance: [chance.random() for _ in takes]).take is TAKE)
    assert sum(left) >= 16


def test_a_gain_that_the_second_look_does_not_see_is_refused() -> None:
    def flattered(takes: Sequence[Take], second: bool) -> list[float]:
        return [right(take) + (0 if second else 20 * abs(beak(take) - beak(TAKE))) for take in takes]

    found = refine(TAKE, lambda takes, second: [0.0 if second else one for one in flattered(takes, second)])
    assert found.take is TAKE and "second look" in found.verdict


def test_spoiled_copies_have_one_thing_wrong() -> None:
    for copy in spoil(TAKE):
        wrong = [one.property.label for one, own in zip(copy.changes, TAKE.changes, strict=True) if one.value != own.value]
        assert len(wrong) in (1, 2)


def test_nothing_said_is_nothing_to_refine() -> None:
    assert refine(take_of("a red tail", BIRDS), lambda takes, second: pytest.fail("rendered")).gain == 0


def test_a_negated_colour_asks_for_nothing() -> None:
    assert take_of("a tail that is not red, white wings", BIRDS).changes[0].property.part == "Wing"
    assert Claim("Tail", "color", "#ff0000", "red", negated=True).describe()[2].startswith("not ")
