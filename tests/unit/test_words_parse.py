"""Instructions in English and Japanese: what is understood, of which part, and what is said about the rest."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_engine.errors import InputError
from shared_engine.words.parse import LIMIT, Claim, parse
from tests.bench import text3d_score, text3d_templates
from tests.words import birds, changed, key, lamps, model_of, surface, take_of

BIRDS, LAMPS = birds(), lamps()
WHITE, BLACK, YELLOW, BLUE, RED, GREEN = "#ffffff", "#000000", "#ffff14", "#0343df", "#e50000", "#15b01a"
PLUMAGE = {"Body", "Head", "Breast", "Tail", "Wing"}


def colors(text: str) -> dict[str, str]:
    return {part: value for part, value in changed(take_of(text, BIRDS)).items() if isinstance(value, str)}


@pytest.mark.parametrize(
    "text",
    [
        "a small yellow bird with black wings",
        "black-winged small yellow bird",
        "黒い翼の小さな黄色い鳥",
        "A SMALL  yellow bird\nwith black wings!",
    ],
)
def test_the_sentence_of_the_research(text: str) -> None:
    found = changed(take_of(text, BIRDS))
    assert found.pop("Size") < 0.8
    assert found == {part: BLACK if part == "Wing" else YELLOW for part in PLUMAGE}


@pytest.mark.parametrize(
    ("text", "wings", "tail"),
    [
        ("black wings and a yellow tail", BLACK, YELLOW),
        ("yellow wings and a black tail", YELLOW, BLACK),
        ("wings black tail yellow", BLACK, YELLOW),
        ("the tail is yellow and the wings are black", BLACK, YELLOW),
        ("wings: yellow; tail: black", YELLOW, BLACK),
        ("paint its wings yellow, its tail black", YELLOW, BLACK),
        ("a bird whose tail is black, whose wings are yellow", YELLOW, BLACK),
        ("黄色い翼と黒い尾", YELLOW, BLACK),
        ("翼は黒、尾は黄色", BLACK, YELLOW),
        ("尾を黄色に、翼を黒に", BLACK, YELLOW),
    ],
)
def test_colours_never_swap(text: str, wings: str, tail: str) -> None:
    assert colors(text) == {"Wing": wings, "Tail": tail}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("everything white except the beak and the legs", dict.fromkeys(PLUMAGE, WHITE)),
        ("leave the wings alone and make the rest blue", dict.fromkeys(PLUMAGE - {"Wing"}, BLUE)),
        ("not blue but red wings", {"Wing": RED}),
        ("red wings instead of blue ones", {"Wing": RED}),
        ("swap the brown tail for a green one", {"Tail": GREEN}),
        ("change the tail from brown to green", {"Tail": GREEN}),
        ("the tail, not the wings, in green", {"Tail": GREEN}),
        ("翼は変えないで、尾を緑に", {"Tail": GREEN}),
        ("尾の色を茶色から緑に変えて", {"Tail": GREEN}),
        ("青ではなく赤い翼", {"Wing": RED}),
    ],
)
def test_what_is_denied_or_kept(text: str, expected: dict[str, str]) -> None:
    assert colors(text) == expected


@pytest.mark.parametrize(
    ("text", "label", "sign"),
    [
        ("a slightly longer beak", "Long beak", 1), ("the beak is too long", "Long beak", -1), ("a less fat body", "Slim body", 1),
        ("no crest", "Crest", 0), ("twice as long a neck", "Long neck", 1), ("half as long a tail", "Long tail", -1),
        ("a long-necked bird", "Long neck", 1), ("spread its wings", "Wings open", 1), ("くちばしをもう少し長く", "Long beak", 1),
        ("脚が長すぎる", "Long legs", -1), ("翼を広げて", "Wings open", 1),
    ],
)  # fmt: skip
def test_shapes(text: str, label: str, sign: int) -> None:
    value = changed(take_of(text, BIRDS)).get(label, 0.0)
    assert (value > 0) - (value < 0) == sign


def test_a_degree_scales_the_step() -> None:
    steps = [changed(take_of(f"{words} longer tail", BIRDS))["Long tail"] for words in ("a slightly", "a", "a much")]
    assert steps == sorted(steps) and len(set(steps)) == 3


def test_several_sentences_and_what_it_means() -> None:
    found = changed(take_of("The head is too big. Make it white. And the eyes? Bigger.", BIRDS))
    assert found["Head"] == WHITE and found["Big head"] < 0 < found["Big eyes"]


def test_a_later_sentence_counts() -> None:
    assert colors("Red wings. No, blue wings.") == {"Wing": BLUE}


def test_unknown_words_are_told() -> None:
    understood = parse("a blue bird with a smurky gizzard", BIRDS)
    assert understood.unknown == ("smurky", "gizzard")


def test_a_slip_of_the_pen_is_read_and_marked() -> None:
    (claim,) = parse("purpel wings", BIRDS).claims
    assert "read as purple" in claim.words and claim.certainty < 0.8


def test_doubt_shows_in_the_certainty() -> None:
    sure, doubtful = (parse(text, BIRDS).claims[0] for text in ("the wings are black", "black wings, yellow"))
    assert sure.certainty > 0.95 > doubtful.certainty


def test_what_is_not_certain_is_offered_and_changes_nothing() -> None:
    understood = parse("a blue quetzal with red wings", BIRDS)
    assert [one.target for one in understood.offered] == [""] and [one.target for one in understood.sure] == ["Wing"]
    assert colors("a blue quetzal with red wings") == {"Wing": RED}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("swap the colours of the wings and the tail", {"Wing": "#4c3a2a", "Tail": "#5b4632"}),
        ("the legs should be the same green as the tail", {"Leg": GREEN}),
        ("the colour of the wings should be red", {"Wing": RED}),
        ("red wings. Make them blue.", {"Wing": BLUE}),
        ("black and white bird", {"Body": BLACK, "Head": BLACK, "Wing": BLACK, "Tail": BLACK, "Breast": WHITE}),
        ("white wings, red tail and head", {"Wing": WHITE, "Tail": RED, "Head": RED}),
        ("wings black body yellow", {"Wing": BLACK, "Body": YELLOW}),
        ("くちばしが赤くて、足が黒い白い鳥", {"Beak": RED, "Leg": BLACK, **dict.fromkeys(PLUMAGE, WHITE)}),
    ],
)
def test_who_gets_the_colour(text: str, expected: dict[str, str]) -> None:
    assert colors(text) == expected


def test_much_longer_goes_on_with_what_was_said() -> None:
    found = changed(take_of("A longer beak. Much longer. And the tail slightly shorter.", BIRDS))
    assert set(found) == {"Long beak", "Long tail"} and found["Long beak"] > 0.5


def test_what_is_not_to_be_opened_stays() -> None:
    assert changed(take_of("don't open the wings; just turn the head crimson", BIRDS)) == {"Head": "#8c000f"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"), (" \n\t", "empty"), ("word " * 2048, "characters"), ("ideas sleep furiously", "nothing in the instruction"),
        ("птица с чёрными крыльями", "nothing in the instruction"), ("طائر أصفر صغير", "nothing"), ("🐦🟡", "nothing"),
        ("\x00\x07", "nothing"), ("42", "nothing"), ("please", "nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse(text, BIRDS)
    assert caught.value.remedy
    assert LIMIT < 10_000


PIECES = st.sampled_from(
    [
        "wings",
        "red",
        "not",
        "the",
        "翼",
        "を",
        "赤く",
        ",",
        ".",
        "and",
        "with",
        "it",
        "rest",
        "as",
        "of",
        "too",
        "twice",
        "no",
        "swap",
        "for",
        "bird",
        "長い",
        "か",
        "-",
    ]
)


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map(" ".join)))
def test_no_text_breaks_it(text: str) -> None:
    try:
        take = take_of(text, BIRDS)
    except InputError:
        return
    for change in take.changes:
        values = change.value if isinstance(change.value, list) else [change.value]
        low, high = (0.0, 1.0) if isinstance(change.value, list) else (change.property.low, max(change.property.high, 4.0))
        assert all(low - 1e-6 <= value <= high + 1e-6 for value in values)


def test_claims_travel_as_plain_data() -> None:
    for claim in parse("a much darker, long-tailed owl without a crest", BIRDS).claims:
        assert Claim.of(json.loads(json.dumps(claim.plain()))) == claim
        assert all(claim.describe())


def test_another_family_than_birds() -> None:
    take = take_of("a floor lamp with a dark red shade, a taller stem and a brass-free black base", LAMPS)
    found = changed(take)
    assert take.model.id == "Floor lamp" and found["Base"] == BLACK and found["Tall stem"] > 0 and "Stem" not in found


def test_any_model_is_describable() -> None:
    robot = model_of(
        [
            *surface("R2", "mat_Armor_L"), *surface("R2", "mat_Armor_R.001"), *surface("R2", "Visor.002"), key("R2", "AntennaLength"),
            key("R2", "Smile"),
        ],
        "R2", glossary="# mine\nplates, 装甲 = Armor\nsunny = #ffd21f\nnonsense = Nowhere\n",
    )  # fmt: skip
    found = changed(take_of("sunny plates, a blue visor, a much longer antenna and a smile", robot))
    assert found.pop("AntennaLength") > 0 < found.pop("Smile")
    assert found == {"Armor": "#ffd21f", "Visor": BLUE}
    assert colors_of(take_of("赤い装甲", robot)) == {"Armor": RED}


def colors_of(take) -> dict[str, str]:
    return {label: value for label, value in changed(take).items() if isinstance(value, str)}


def test_a_scene_that_names_nothing() -> None:
    with pytest.raises(InputError, match="no parts"):
        model_of([])


def test_the_set_it_was_developed_on_stays_right() -> None:
    written = json.loads((Path(text3d_score.__file__).with_name("text3d_dev.json")).read_text(encoding="utf-8"))
    cases = [(case, BIRDS) for case in (*written["birds"], *text3d_templates.cases(120, seed=11))] + [
        (case, LAMPS) for case in written["lamps"]
    ]
    wrong = []
    for case, base in cases:
        catalog = text3d_score.state(base, case.get("now"))
        try:
            take = take_of(case["say"], catalog)
        except InputError:
            continue
        values = {change.property.id: change.value for change in take.changes}
        counted = text3d_score.count(case, catalog, take.model.id, values)
        assert not counted.changed, case["say"]
        wrong += [] if counted.whole else [case["say"]]
    assert len(wrong) <= 0.02 * len(cases), wrong


def test_what_is_said_of_something_unknown_stays_with_it() -> None:
    understood = parse("orange gizzards and blue wings", BIRDS)
    assert [(one.target, one.value) for one in understood.claims] == [("Wing", BLUE)]
    assert understood.unknown == ("gizzards",) and "orange" in understood.notes[0]


def test_an_unknown_name_at_the_beginning_is_the_model_itself() -> None:
    understood = parse("a blue quetzal with red wings", BIRDS)
    assert understood.unknown == ("quetzal",) and understood.claims[0].target == "" and understood.claims[0].certainty < 0.7
