"""What text3d.py compares with: a rule that looks colour words up and gives each to the next noun, and chance."""

import random
import re
from typing import Any

from shared_engine.words import color
from shared_engine.words.catalog import Catalog

ADJECTIVES = {"long": 1, "longer": 1, "short": -1, "shorter": -1, "big": 1, "bigger": 1, "large": 1, "small": -1, "smaller": -1, "tiny": -1}
REACH = 3
"""Words between a colour and its noun."""


def by_rule(text: str, catalog: Catalog, seed: int) -> tuple[str, dict[str, Any]]:
    """The longest colour names, each given to the next part within reach, else to the last part, else to the whole."""
    words = re.findall(r"[a-z]+", text.lower())
    model, said, at = catalog.shown.id, [], 0
    while at < len(words):
        for length in (3, 2, 1):
            phrase = " ".join(words[at : at + length])
            meaning = catalog.vocabulary.get(phrase) or catalog.vocabulary.get(phrase.removesuffix("s"))
            if meaning and meaning.kind in ("part", "model"):
                said.append((meaning.kind, meaning.value, at))
                break
            if phrase in color.names():
                said.append(("color", color.names()[phrase], at))
                break
            if phrase in ADJECTIVES:
                said.append(("adjective", phrase, at))
                break
        at += length
    model = next((value[0] for kind, value, _ in said if kind == "model"), model)
    chosen, values = catalog.model(model), {}
    for number, (kind, value, place) in enumerate(said):
        following = next((one for one in said[number + 1 :] if one[0] in ("part", "model")), None)
        before = next((one for one in reversed(said[:number]) if one[0] == "part"), None)
        near = following if following and following[2] - place <= REACH else before
        parts = near[1] if near and near[0] == "part" else ()
        if kind == "color":
            for part in parts or chosen.whole:
                values.update({one.id: [*color.to_linear(color.from_hex(value))] for one in chosen.of(part, "color")})
        elif kind == "adjective":
            sign = ADJECTIVES[value]
            for one in chosen.properties:
                if one.kind == "amount" and one.part in parts and value[:3] in (one.label.lower()[:3], "sho", "sma", "tin", "lar"):
                    values[one.id] = (one.high if sign * one.sign > 0 else one.low) * 0.75
                if one.kind == "size" and not parts:
                    values[one.id] = one.value * 1.5**sign
    return model, values


def by_chance(text: str, catalog: Catalog, seed: int) -> tuple[str, dict[str, Any]]:
    """Any model, any values for a third of what it has."""
    chance = random.Random(f"{seed} {text}")
    chosen = chance.choice(catalog.models)
    values: dict[str, Any] = {}
    for one in chosen.properties:
        if one.kind in ("gloss", "metal") or chance.random() > 1 / 3:
            continue
        values[one.id] = [chance.random() for _ in range(3)] if one.kind == "color" else chance.uniform(one.low, one.high)
    return chosen.id, values
