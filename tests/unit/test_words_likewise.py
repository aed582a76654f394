"""What is said by leaving out, by pointing back, or in a roundabout way, goes to the part that is meant and to no other."""

import pytest

from shared_engine.words import color
from shared_engine.words.lexicon import meanings
from shared_engine.words.parse import parse
from tests.words import birds

BIRDS = birds()

GREEN, CHARCOAL, BLACK, YELLOW, WHITE, BLUE, RED = "dark green", "charcoal", "black", "yellow", "white", "blue", "red"


def colors(text: str) -> dict[str, str]:
    """The colours that are done without asking; "" is the thing itself, "*" everything."""
    return {one.target: one.value for one in parse(text, BIRDS).sure if one.property == "color" and not one.negated}


def turns(text: str) -> set[tuple[str, str, int]]:
    """What is turned up or down without asking."""
    sure = parse(text, BIRDS).sure
    tones = {(one.target, name, 1 if steps > 0 else -1) for one in sure if one.property == "tone" for name, steps in one.value.items()}
    return tones | {(one.target, one.property, one.value) for one in sure if one.property in ("length", "size", "girth", "presence")}


def chosen(text: str) -> set[str]:
    return {one.target for one in parse(text, BIRDS).sure if one.property == "model"}


def hexes(said: dict[str, str]) -> dict[str, str]:
    return {target: meanings()[name].value for target, name in said.items()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("head and wings dark green, rest as is", {"Head": GREEN, "Wing": GREEN}),
        ("bill and legs charcoal", {"Beak": CHARCOAL, "Leg": CHARCOAL}),
        ("plumage of a yellow, bill and legs charcoal", {"*": YELLOW, "Beak": CHARCOAL, "Leg": CHARCOAL}),
        ("bill, legs, and eyes all black please", {"Beak": BLACK, "Leg": BLACK, "Eye": BLACK}),
        ("duck with head and neck black, bill yellow", {"Head": BLACK, "Neck": BLACK, "Beak": YELLOW}),
        ("head as well as tail black", {"Head": BLACK, "Tail": BLACK}),
        ("頭も胸も黒く", {"Head": BLACK, "Breast": BLACK}),
    ],
)
def test_of_a_list_of_parts_each_gets_the_colour_behind_it(text: str, said: dict[str, str]) -> None:
    assert colors(text) == hexes(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Could the legs be as red as a ripe tomato, and the beak too?", {"Leg": RED, "Beak": RED}),
        ("the wings should be blue, and so should the tail", {"Wing": BLUE, "Tail": BLUE}),
        ("Turn the tail black. Then do the same with the wings.", {"Tail": BLACK, "Wing": BLACK}),
        ("the head red, ditto the tail", {"Head": RED, "Tail": RED}),
        ("wings white. tail also.", {"Wing": WHITE, "Tail": WHITE}),
        ("the legs should be yellow, and the beak should be too", {"Leg": YELLOW, "Beak": YELLOW}),
        ("give it a yellow beak, and red legs too", {"Beak": YELLOW, "Leg": RED}),
        ("the wings are black too", {"Wing": BLACK}),
        ("the beak stays yellow, and the legs as well", {}),
        ("くちばしを黄色に。目もね。", {"Beak": YELLOW, "Eye": YELLOW}),
        ("頭を黒に。翼も同じ色に。", {"Head": BLACK, "Wing": BLACK}),
        ("a black bill with legs to match", {"Beak": BLACK, "Leg": BLACK}),
        ("green wings, and the tail the same", {"Wing": "green", "Tail": "green"}),
        ("the beak in black and the legs in the same colour", {"Beak": BLACK, "Leg": BLACK}),
        ("blue for the head, and for the wings too", {"Head": BLUE, "Wing": BLUE}),
        ("Everything in white apart from the beak and legs, which should be red.", {"*": WHITE, "Beak": RED, "Leg": RED}),
    ],
)
def test_a_part_of_which_nothing_is_said_takes_what_was_said_last(text: str, said: dict[str, str]) -> None:
    assert colors(text) == hexes(said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the eyes should be smaller, and so should its head", {("Eye", "size", -1), ("Head", "size", -1)}),
        ("wings darker, legs too", {("Wing", "lightness", -1), ("Leg", "lightness", -1)}),
        ("make it less saturated; the legs on the other hand should be more saturated", {("", "chroma", -1), ("Leg", "chroma", 1)}),
        ("the legs are too long and so is the neck", {("Leg", "length", -1), ("Neck", "length", -1)}),
        ("脚を長くして。首も同様に。", {("Leg", "length", 1), ("Neck", "length", 1)}),
        ("the beak black, no wait, white — yes white, and a smidge shorter", {("Beak", "length", -1)}),
        ("take the crest off", {("Crest", "presence", -1)}),
        ("please lop that crest off", {("Crest", "presence", -1)}),
        ("crest: gone", {("Crest", "presence", -1)}),
        ("I don't want a crest.", {("Crest", "presence", -1)}),
        ("冠羽はいらない", {("Crest", "presence", -1)}),
        ("もっと首を長く。脚ももっと長く。", {("Neck", "length", 1), ("Leg", "length", 1)}),
        ("lengthen the neck as well as the legs", {("Neck", "length", 1), ("Leg", "length", 1)}),
        ("make it shorter. the beak, i mean.", {("Beak", "length", -1)}),
        ("もっと丸々と太らせて", {("", "girth", 1)}),
    ],
)
def test_shapes_and_shades_go_over_and_are_taken_off(text: str, expected: set[tuple[str, str, int]]) -> None:
    assert turns(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Everything stays the same except the eyes: I want those red.", {"Eye": RED}),
        ("the wings: paint these black", {"Wing": BLACK}),
        ("leave the beak, change the legs to yellow", {"Leg": YELLOW}),
        ("Change only the wings and the tail. I'd like them black.", {"Wing": BLACK, "Tail": BLACK}),
        ("those black wings, make them white", {"Wing": WHITE}),
        ("no not red. blue. the wings i mean", {"Wing": BLUE}),
        ("Yellow! I mean the legs.", {"Leg": YELLOW}),
        ("blue eyes? No, I'd rather have yellow ones.", {"Eye": YELLOW}),
        ("red wings, no wait, blue", {"Wing": BLUE}),
        ("the legs, which are yellow now, should be black, just like the beak", {"Leg": BLACK}),
        ("neither wings nor tail should be red", {}),
        ("the beak should not be yellow but black", {"Beak": BLACK}),
        ("the legs, like the beak, should be black", {"Leg": BLACK}),
        ("I don't want the wings red", {}),
        ("Make the bird red with black wings. No, scrap the red.", {"Wing": BLACK}),
        ("a red bird with white wings, but drop the red, blue is better", {"": BLUE, "Wing": WHITE}),
        ("It was to be red with black wings. Make the plumage white and keep the black for the wings.", {"": WHITE, "Wing": BLACK}),
    ],
)
def test_what_points_back_or_is_named_afterwards_finds_its_part(text: str, said: dict[str, str]) -> None:
    found = colors(text)
    assert {target.replace("*", ""): value for target, value in found.items()} == hexes(said)


@pytest.mark.parametrize(
    ("text", "model", "part"),
    [
        ("小鳥のくちばしを、サギみたいに長くして。", {"Songbird"}, "Beak"),
        ("脚をサギみたいに長く", set(), "Leg"),
        ("サギみたいに長い脚のカモ", {"Waterbird"}, "Leg"),
        ("give the songbird a long beak like a heron", {"Songbird"}, "Beak"),
        ("the owl, with legs long like those of a heron", {"Owl"}, "Leg"),
    ],
)
def test_what_a_part_is_compared_with_chooses_no_model(text: str, model: set[str], part: str) -> None:
    assert chosen(text) == model and turns(text) == {(part, "length", 1)}


def test_one_model_may_have_the_legs_of_another() -> None:
    assert chosen("a duck with a heron's legs") == {"Waterbird"}
    assert not chosen("swan-white feathers")


@pytest.mark.parametrize(
    ("text", "target", "name"),
    [
        ("feathers like fresh snow", "*", "snow"),
        ("wings like wet slate", "Wing", "slate"),
        ("legs like ripe persimmons", "Leg", "persimmon"),
        ("a beak the colour of a ripe persimmon", "Beak", "persimmon"),
        ("eyes the colour of strong tea", "Eye", "tea"),
        ("脚は熟した柿の色", "Leg", "柿の色"),
        ("柿色の脚", "Leg", "persimmon"),
        ("a sandy belly", "Breast", "sand"),
    ],
)
def test_a_thing_with_a_word_of_its_own_is_a_colour(text: str, target: str, name: str) -> None:
    value = color.names().get(name) or meanings()[name].value
    assert colors(text) == {target: value} and not turns(text)
