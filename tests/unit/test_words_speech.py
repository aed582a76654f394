"""What is said and not meant changes nothing by itself: taken back, quoted, supposed, told, asked, or said of what is not here."""

import random
from contextlib import suppress
from typing import Any

import pytest

from shared_engine.errors import InputError
from shared_engine.words import color
from shared_engine.words.lexicon import meanings
from shared_engine.words.parse import parse
from shared_engine.words.propose import propose
from tests.words import birds, changed, key, model_of, surface, take_of

BIRDS = birds()
RED, BLUE, BLACK, WHITE, GREEN, YELLOW, PURPLE = "#e50000", "#0343df", "#000000", "#ffffff", "#15b01a", "#ffff14", "#7e1e9c"


@pytest.mark.parametrize(
    ("text", "colors"),
    [
        ("make the wings red, no wait, blue", {"Wing": BLUE}),
        ("the tail green, I mean the wings", {"Wing": GREEN}),
        ("red legs. Scratch that, black legs.", {"Leg": BLACK}),
        ("body purple. Oh wait, no, not the body, the wings purple", {"Wing": PURPLE}),
        ("yellow beak, forget the beak, yellow legs", {"Leg": YELLOW}),
        ("翼を青く、いや、緑にして", {"Wing": GREEN}),
        ('my friend said "red wings would be ugly", so make the tail blue', {"Tail": BLUE}),
        ("if the wings were white it would look like a goose, but I'd rather have black wings", {"Wing": BLACK}),
        ("The eyes are black. Good. Paint the beak white.", {"Beak": WHITE}),
        ("I like the black tail. The legs should be red.", {"Leg": RED}),
        ("the beak, currently yellow, ought to be black", {"Beak": BLACK}),
        ("don't make the wings red, make the tail red", {"Tail": RED}),
        ("keep the black wings, but the tail white", {"Tail": WHITE}),
        ("black wings, and green grass around", {"Wing": BLACK}),
        ("the sky should be blue and the beak red", {"Beak": RED}),
        ("golden crown jewels, a red beak", {"Beak": RED}),
        ("legs long like a white snake, red beak", {"Beak": RED}),
        ("the feet, they should be yellow", {"Leg": YELLOW}),
        ("the inside of the wings red, the tail blue", {"Tail": BLUE}),
        ("white around the eye, black beak", {"Beak": BLACK}),
    ],
)
def test_only_what_is_meant_changes(text: str, colors: dict[str, str]) -> None:
    assert {name: value for name, value in changed(take_of(text, BIRDS)).items() if isinstance(value, str)} == colors


@pytest.mark.parametrize(
    "text",
    [
        "why are the wings red?",
        "do you like yellow beaks?",
        "Yesterday it was blue.",
        "a green duckling that dreams of being a white bird",
        "that purple on the head",
        "one wing red",
        "the left wing red",
    ],
)
def test_what_is_not_asked_for_is_offered(text: str) -> None:
    """The words are understood, and wait to be ticked."""
    assert [one for one in parse(text, BIRDS).sure if one.property not in ("model", "keep")] == []
    assert parse(text, BIRDS).offered


@pytest.mark.parametrize("text", ["warmer light, please", "make the background darker", "brighter sun", "背景を暗くして"])
def test_words_for_the_light_are_named_as_such(text: str) -> None:
    with pytest.raises(InputError, match="words do not change light and background"):
        parse(text, BIRDS)


def test_a_light_color_is_no_light() -> None:
    assert changed(take_of("light blue wings", BIRDS))["Wing"] == changed(take_of("the wings light blue", BIRDS))["Wing"]
    assert parse("red wings in a bright light", BIRDS).notes[0].startswith("bright light")


def test_polite_wishes_are_done() -> None:
    assert changed(take_of("it would be nice if the legs were a bit shorter", BIRDS))["Long legs"] < 0
    assert changed(take_of("could the wings perhaps be red?", BIRDS))["Wing"] == RED


def test_a_whole_instruction_in_quotation_marks_is_one() -> None:
    assert changed(take_of('"black wings"', BIRDS))["Wing"] == BLACK


ROBOT = model_of(
    [
        *surface("Robot", "Body", area=9.0), *surface("Robot", "Arm_L"), *surface("Robot", "Arm_R"), *surface("Robot", "mat_LegLeft.001"),
        *surface("Robot", "mat_LegRight.001"), key("Robot", "Long leg.L"), key("Robot", "Long leg.R"),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("the left arm red", {"Arm L": RED}),
        ("arms blue, the left one... I mean the left arm red", {"Arm L": RED, "Arm R": BLUE}),
        ("左の腕を赤く", {"Arm L": RED}),
        ("left leg black and right leg white", {"Leg L": BLACK, "Leg R": WHITE}),
        ("everything red except the left arm", {"Arm R": RED, "Body": RED, "Leg L": RED, "Leg R": RED}),
        ("the right leg longer", {"Long leg.R": 0.4}),
        ("one arm red", {}),
    ],
)
def test_left_and_right_are_what_their_names_say(text: str, values: dict[str, Any]) -> None:
    names = {"Robot Arm_L": "Arm L", "Robot Arm_R": "Arm R", "Robot mat_LegLeft.001": "Leg L", "Robot mat_LegRight.001": "Leg R"}
    found = {names.get(one.property.setting["name"], one.property.label): one.value for one in take_of(text, ROBOT).changes}
    read = {name: color.to_hex(color.from_linear(value)) if isinstance(value, list) else value for name, value in found.items()}
    assert read == values


def test_a_lock_on_one_side_leaves_the_other_free() -> None:
    take = take_of("red arms", ROBOT, locks=frozenset(("Left arm",)))
    assert [one.property.setting["name"] for one in take.changes] == ["Robot Arm_R"]


def test_no_heap_of_words_breaks_the_parser() -> None:
    chance = random.Random(0)
    words = [*meanings(), *BIRDS.vocabulary, "zorp", "zorps", "3", "50%"]
    signs = (" ", " ", " ", ", ", ". ", "? ", ": ", "/", " -> ", '"', "'s ", "の", "、")
    for _ in range(150):
        text = "".join(chance.choice(words) + chance.choice(signs) for _ in range(chance.randint(1, 12)))
        with suppress(InputError):
            propose(parse(text, BIRDS).sure, BIRDS)
