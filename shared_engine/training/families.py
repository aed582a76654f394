"""Model families whose vocabulary the binding of words to parts is learned from. Birds are not among them: they are for measuring.

A family is what a host would describe: slots with their areas, keys, and tags. Names are those that artists give.
"""

from typing import Any

from ..words.catalog import Catalog

FAMILIES = {
    "Car": (
        "car, vehicle, 車", "Paint 9, Glass 2, Tire 2, Rim 1, Headlight 1, Bumper 1, Seat 1",
        "Wide body, Long hood, Tall roof, Big wheels, Spoiler",
    ),
    "Chair": (
        "chair, seat, 椅子", "Seat 3, Backrest 3, Leg 2, Armrest 1, Cushion 2",
        "Seat thickness, Back height, Leg length, Wide armrest, Number of slats",
    ),
    "Lamp": (
        "lamp, floor lamp, ランプ", "Shade 3, Pole 1, Base 2, Bulb 1",
        "Shade radius, Shade height, Tall pole, Base width, Curved pole",
    ),
    "Woman": (
        "woman, girl, character, 女性", "Skin 4, Hair 3, Shirt 3, Trousers 3, Shoe 1, Eye 1, Mouth 1",
        "Long hair, Big eyes, Fat body, Open mouth, Smile",
    ),
    "Lizard": (
        "lizard, animal, creature, トカゲ", "Skin 6, Belly 3, Tail 2, Leg 2, Eye 1, Claw 1, Horn 1",
        "Long tail, Thin legs, Big head, Long neck, Sharp horn",
    ),
    "House": (
        "house, building, 家", "Wall 9, Roof 5, Door 1, Window 2, Chimney 1, Frame 1",
        "Tall chimney, Wide door, Roof height, Wall thickness, Big windows",
    ),
    "Robot": (
        "robot, droid, ロボット", "Body 6, Arm 2, Hand 1, Head 2, Leg 3, Screen 1",
        "Long arms, Thick legs, Big head, Wide body, Antenna",
    ),
    "Flower": (
        "flower, plant, 植物", "Petal 3, Stem 1, Leaf 2, Pot 3",
        "Long stem, Open petals, Wide leaf, Pot size, Curved stem",
    ),
}  # fmt: skip
"""Name -> tags, "slot area" pairs, keys."""


def family(name: str) -> Catalog:
    tags, slots, keys = (text.split(", ") for text in FAMILIES[name])
    properties: list[dict[str, Any]] = []
    for slot, area in (one.split() for one in slots):
        for kind, value in (("color", [0.2, 0.2, 0.2]), ("gloss", 0.5), ("metal", 0.0)):
            properties.append({"kind": kind, "name": slot, "value": value, "area": float(area), "setting": _place(slot, kind)})
    properties += [{"kind": "amount", "name": key, "value": 0.0, "low": -1.0, "high": 1.0, "setting": _place("keys", key)} for key in keys]
    properties.append({"kind": "size", "name": "Size", "value": 1.0, "neutral": 1.0, "setting": _place("objects", "scale")})
    return Catalog.read({"models": [{"id": name, "name": name, "tags": tags, "properties": properties}]})


def _place(name: str, path: str) -> dict[str, str]:
    return {"collection": "", "name": name, "path": path}
