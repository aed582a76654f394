"""What artists type about other things than birds: a car, a chair, a lamp of geometry nodes, a character. Names are as in their files."""

import pytest

from shared_engine.errors import InputError
from shared_engine.words.catalog import Catalog
from shared_engine.words.parse import parse
from tests.words import changed, key, model_of, size, surface, take_of


def thing(name: str, slots: str, keys: list[dict]) -> Catalog:
    """Slots with their areas: "Paint 9, Rim 1"."""
    named = (slot.rpartition(" ") for slot in slots.split(", "))
    surfaces = [one for slot, _, area in named for one in surface(name, slot, area=float(area))]
    return model_of([*surfaces, *keys, size(name)], name, [name.lower()])


CAR = thing(
    "Car", "Paint 9, Glass 2, Tire 2, Rim 1, Headlight 1, Bumper 1, Seats 1",
    [key("Car", "Lowered"), key("Car", "Wide body"), key("Car", "Spoiler"), key("Car", "Big wheels", -0.5)],
)  # fmt: skip
CHAIR = thing(
    "Chair", "mat_Seat 3, Backrest.002 3, M_Leg_L 1, M_Leg_R 1, Armrest 1",
    [key("Chair", "Seat thickness", 0, 1, 0.2), key("Chair", "Back height", 0, 2, 1.0), key("Chair", "Number of slats", 0, 12, 5)],
)  # fmt: skip
LAMP = thing(
    "Lamp", "Lampshade 3, Pole 1, Base 1, Bulb 1",
    [
        {**key("Lamp", "Shade radius", 0.1, 1, 0.4), "neutral": 0.4}, {**key("Lamp", "Shade height", 0.1, 1, 0.4), "neutral": 0.4},
        {**key("Lamp", "Pole Height", 0.5, 3, 1.5), "neutral": 1.5}, {**key("Lamp", "Base Width", 0.1, 1, 0.3), "neutral": 0.3},
        key("Lamp", "Tilt"),
    ],
)  # fmt: skip
GIRL = thing(
    "Girl", "Skin 4, Hair 3, Shirt 3, Pants 3, Shoes 1, Eyes 1, Lips 1",
    [key("Girl", "Smile"), key("Girl", "Eyes closed"), key("Girl", "Long hair"), key("Girl", "Chubby", -1), key("Girl", "Big nose", -1)],
)  # fmt: skip

BLACK, WHITE, RED, BLUE, GREEN, YELLOW = "#000000", "#ffffff", "#e50000", "#0343df", "#15b01a", "#ffff14"


@pytest.mark.parametrize(
    ("catalog", "text", "expected"),
    [
        (CAR, "a matte black car with gold rims", {"Paint": BLACK, "Paint gloss": 0.9, "Rim": "#dbb40c"}),
        (CAR, "white car, black roof", {"Paint": WHITE}),
        (CAR, "I want tan seats and chrome rims", {"Seats": "#d1b26f", "Rim metal": 1.0}),
        (CAR, "shiny metallic blue paint, no spoiler", {"Paint": BLUE, "Paint gloss": 0.15, "Paint metal": 1.0}),
        (CAR, "yellow headlights, everything else stays the same", {"Headlight": YELLOW}),
        (CAR, "lower it a bit and give it bigger wheels", {"Lowered": 0.16, "Big wheels": 0.4}),
        (CAR, "rims: black, bumper: red", {"Rim": BLACK, "Bumper": RED}),
        (CAR, "a blue car with white stripes", {"Paint": BLUE}),
        (CAR, "tires: #333333; rims: silver; paint: #f80", {"Tire": "#333333", "Rim": "#c5c9c7", "Paint": "#ff8800"}),
        (CAR, "paint the rims the colour of the bumper, white headlights", {"Headlight": WHITE}),
        (CAR, "no red. blue paint instead", {"Paint": BLUE}),
        (CHAIR, "the seat black, the legs and armrests the same colour as the seat", {"Seat": BLACK, "Leg": BLACK, "Armrest": BLACK}),
        (CHAIR, "dark legs and armrests, seat in black", {"Leg": "#5b5b5b", "Armrest": "#5b5b5b", "Seat": BLACK}),
        (CHAIR, "the seat and back white, legs black", {"Seat": WHITE, "Backrest": WHITE, "Leg": BLACK}),
        (CHAIR, "more slats", {"Number of slats": 9.8}),
        (CHAIR, "8 slats and a black seat", {"Number of slats": 8.0, "Seat": BLACK}),
        (CHAIR, "only change the seat: make it white", {"Seat": WHITE}),
        (CHAIR, "座面を白に、脚は黒", {"Seat": WHITE, "Leg": BLACK}),
        (LAMP, "taller pole with a wider shade", {"Pole Height": 2.1, "Shade radius": 0.64}),
        (LAMP, "bigger lampshade", {"Shade radius": 0.64, "Shade height": 0.64}),
        (LAMP, "reduce the base width by half", {"Base Width": 0.15}),
        (LAMP, "increase shade radius to 0.8", {"Shade radius": 0.8}),
        (LAMP, "pole height 2.0", {"Pole Height": 2.0}),
        (LAMP, "pole height 99", {"Pole Height": 3.0}),
        (LAMP, "tilt the shade", {"Tilt": 0.75}),
        (GIRL, "blonde hair, blue eyes, red lipstick", {"Hair": "#e3c27a", "Eyes": BLUE, "Lips": RED}),
        (GIRL, "give her a green t-shirt and black boots", {"Shirt": GREEN, "Shoes": BLACK}),
        (GIRL, "she should be smiling with her eyes closed", {"Smile": 0.75, "Eyes closed": 0.75}),
        (GIRL, "shoes white pants black shirt red", {"Shoes": WHITE, "Pants": BLACK, "Shirt": RED}),
        (GIRL, "pink hair but keep everything else", {"Hair": "#ff81c0"}),
        (GIRL, "her eyes should be the same green as her shirt", {"Eyes": GREEN}),
        (GIRL, "swap the colours of the shirt and the pants", {}),
        (GIRL, "髪を黒に、目を青く", {"Hair": BLACK, "Eyes": BLUE}),
    ],
)  # fmt: skip
def test_what_an_artist_types(catalog: Catalog, text: str, expected: dict[str, object]) -> None:
    found = changed(take_of(text, catalog))
    assert found == {label: pytest.approx(value, abs=0.011) if isinstance(value, float) else value for label, value in expected.items()}


def test_what_has_no_room_left_is_told() -> None:
    assert take_of("white skin, shorter hair", GIRL).missed == ("shorter (Long hair is at its end)",)


@pytest.mark.parametrize("text", ["undo the last thing", "make it nicer", "un oiseau jaune", "kein roter Vogel", "wheels wheels wheels"])
def test_what_says_nothing_here_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="nothing in the instruction"):
        parse(text, CAR)
