"""Hidden lights for Blender's bench: one that a scene has of its own, and one that falls on any scene alike.

What falls on a scene is measured as a photographer does, with a grey card: a copy of the scene in which everything is matt grey of 18 %
says how much light each emitter brings. So the same light is the same colours and the same amounts on another scene, whatever it shows.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plugins_blender.emitters import Emitter
from plugins_blender.replica import BlenderReplica
from plugins_blender.shot import Shot
from shared_engine.types import FloatArray, Value

LOOKS = ("AgX / None", "AgX / AgX - Punchy", "AgX / AgX - High Contrast", "Filmic / None", "Standard / None")
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
STRONGEST = 30.0
"""How many times a hidden light may be stronger or weaker than the scene's own: inside the search's range."""

Hidden = dict[str, Value]
"""Values by key."""


def mood(rng: np.random.Generator) -> dict[str, Any]:
    """A change of a scene's own light, in stops, and its picture; every emitter also differs by itself by up to `spread` stops."""
    warmth = rng.uniform(-2.5, 2.5)
    return {
        "lights": rng.uniform(-2, 1.5), "world": rng.uniform(-3, 1), "warmth": warmth, "world_warmth": warmth * 0.4 + rng.uniform(-1, 1),
        "tint": rng.uniform(-0.7, 0.7), "spread": rng.uniform(0, 2), "seed": int(rng.integers(1 << 30)), **_picture(rng),
    }  # fmt: skip


def weather(rng: np.random.Generator) -> dict[str, Any]:
    """A light that any scene can stand in: what lights and world bring to a grey card (scene linear), their colours, and its picture.

    All uniform: lights over four stops around a card well exposed, the world over five and a half below them; warmth (stops of red over
    blue) from a tungsten lamp's to its opposite, which gels and dusk give, the world following two fifths of it and a stop of its own;
    tint as fluorescent tubes and weak gels have it, to both sides; one of five views.
    """
    warmth = rng.uniform(-2.5, 2.5)
    return {
        "lights": 2 ** rng.uniform(-5.5, -1.5), "world": 2 ** rng.uniform(-8, -2.5), "warmth": warmth,
        "world_warmth": warmth * 0.4 + rng.uniform(-1, 1), "tint": rng.uniform(-0.7, 0.7), **_picture(rng),
    }  # fmt: skip


def _picture(rng: np.random.Generator) -> dict[str, Any]:
    return {"gamma": float(rng.uniform(0.85, 1.2)), "look": str(rng.choice(LOOKS))}


def changed(replica: BlenderReplica, drawn: Mapping[str, Any]) -> Hidden:
    """A mood as values of one scene."""
    rng = np.random.default_rng(drawn["seed"])
    values: Hidden = {}
    for one in replica.emitters:
        group = _group(one)
        own = rng.normal(0, drawn["spread"], 3)
        if one.strength:
            values[f"{one.tool.id}.strength"] = float(one.strength["value"] * 2 ** np.clip(drawn[group] + own[0], -4.5, 4.5))
        if one.color:
            warmth = drawn["world_warmth" if group == "world" else "warmth"]
            values[f"{one.tool.id}.warmth"] = float(np.clip(warmth + own[1], -5, 5))
            values[f"{one.tool.id}.tint"] = float(np.clip(drawn["tint"] + own[2] / 3, -2, 2))
    return values | _shown(replica, drawn)


def hidden_curves(replica: BlenderReplica, rng: np.random.Generator) -> Hidden:
    """Heights of curves and levels of black, each anywhere in its range."""
    assert replica.curves
    tool = replica.curves.tool
    return {tool.key(one): float(rng.uniform(one.low, one.high)) for one in tool.parameters}


def lit(replica: BlenderReplica, card: Shot, drawn: Mapping[str, Any]) -> Hidden:
    """A weather as values of one scene, whose grey copy is `card`."""
    values: Hidden = {}
    brought = {"lights": 0.0, "world": 0.0}
    for one, layer in zip(replica.emitters, card.layers, strict=False):
        group = _group(one)
        warmth = drawn["world_warmth" if group == "world" else "warmth"]
        color = _color(warmth, drawn["tint"])
        if one.color:
            own_warmth, own_tint = _stops(one.color["value"])
            values[f"{one.tool.id}.warmth"] = float(np.clip(warmth - own_warmth, -6, 6))
            values[f"{one.tool.id}.tint"] = float(np.clip(drawn["tint"] - own_tint, -5, 5))
        brought[group] += float((layer.mean((0, 1)) * (color if one.color else 1.0)) @ LUMINANCE)
    for one in replica.emitters:
        if one.strength:
            share = np.clip(drawn[_group(one)] / max(brought[_group(one)], 1e-9), 1 / STRONGEST, STRONGEST)
            values[f"{one.tool.id}.strength"] = float(one.strength["value"] * share)
    return values | _shown(replica, drawn)


def _group(one: Emitter) -> str:
    return "world" if "world" in one.tool.aspects else "lights"


def _shown(replica: BlenderReplica, drawn: Mapping[str, Any]) -> Hidden:
    return {f"{replica.view.tool.id}.{name}": drawn[name] for name in ("gamma", "look")}


def _color(warmth: float, tint: float) -> FloatArray:
    """The brightest colour of that warmth and tint, scene linear."""
    stops = np.array([warmth / 2 + tint / 2, -tint / 2, -warmth / 2 + tint / 2])
    return (2 ** (stops - stops.max())).astype(np.float32)


def _stops(color: list[float]) -> tuple[float, float]:
    """(warmth, tint) of a colour."""
    red, green, blue = np.log2(np.maximum(color, 0.02 * max(color)))
    return float(red - blue), float((red + blue) / 2 - green)
