"""Instructions from templates, with their truth by construction: for figures on many sentences, and for finding faults."""

import random
from typing import Any

COLORS = {
    "red": "#e50000", "dark blue": "#00035b", "yellow": "#ffff14", "emerald": "#01a049", "black": "#000000", "white": "#ffffff",
    "light brown": "#ad8150", "turquoise": "#06c2ac", "crimson": "#8c000f", "olive": "#6e750e", "salmon": "#ff796c", "charcoal": "#343837",
    "lavender": "#c79fef", "orange": "#f97306", "bright green": "#01ff07", "ivory": "#ffffcb", "magenta": "#c20078", "navy": "#01153e",
    "tan": "#d1b26f", "grey": "#929591", "mustard yellow": "#d2bd0a", "sky blue": "#75bbfd", "maroon": "#650021", "peach": "#ffb07c",
}  # fmt: skip
COLORS_JA = {
    "赤い": "#e50000", "青い": "#0343df", "黄色い": "#ffff14", "緑の": "#15b01a", "黒い": "#000000", "白い": "#ffffff", "茶色い": "#653700",
    "紫の": "#7e1e9c", "オレンジ色の": "#f97306", "灰色の": "#929591", "ピンクの": "#ff81c0", "水色の": "#95d0fc",
}  # fmt: skip

PARTS = {
    "Wing": ("wings", "翼"), "Tail": ("tail", "尾"), "Beak": ("beak", "くちばし"), "Leg": ("legs", "脚"), "Head": ("head", "頭"),
    "Breast": ("breast", "胸"), "Eye": ("eyes", "目"),
}  # fmt: skip

SHAPES = {
    ("Long beak", 1): ("a long beak", "くちばしが長い"), ("Long beak", -1): ("a short beak", "くちばしが短い"),
    ("Long tail", 1): ("a very long tail", "尾がとても長い"), ("Long legs", -1): ("short legs", "脚が短い"),
    ("Long neck", 1): ("a long neck", "首が長い"), ("Big head", 1): ("a big head", "頭が大きい"),
    ("Big head", -1): ("a tiny head", "頭が小さい"),
    ("Big eyes", 1): ("huge eyes", "目がとても大きい"), ("Wings open", 1): ("spread wings", "翼を広げた"),
}  # fmt: skip

NOUNS = {
    "Songbird": (("sparrow", "robin", "crow", "songbird"), ("スズメ", "カラス")), "Wader": (("heron", "stork", "crane"), ("サギ", "ツル")),
    "Waterbird": (("duck", "goose", "swan"), ("カモ", "アヒル")), "Owl": (("owl",), ("フクロウ",)), "": (("bird",), ("鳥",)),
}  # fmt: skip

SIZES = {1: ("big", "large", "huge"), -1: ("small", "tiny", "little")}


def a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def said(chance: random.Random, parts: dict[str, str]) -> list[str]:
    """The coloured parts as noun phrases."""
    return [f"{a(color) if PARTS[part][0][-1] != 's' else color} {PARTS[part][0]}" for part, color in parts.items()]


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def case(chance: random.Random) -> dict[str, Any]:
    """One instruction with its truth."""
    if chance.random() < 0.25:
        return japanese(chance)
    model = chance.choice(list(NOUNS))
    noun = chance.choice(NOUNS[model][0])
    body, *others = chance.sample(list(COLORS), 4)
    parts = dict(zip(chance.sample(list(PARTS), chance.choice((1, 1, 2, 2, 3))), others, strict=False))
    key, words = chance.choice(list(SHAPES.items()))
    shape = words[0] if chance.random() < 0.5 and not _clash(key[0], parts) else ""
    size = chance.choice((0, 0, 1, -1))
    adjective = f"{chance.choice(SIZES[size])} " if size else ""
    things = said(chance, parts)
    frames = (
        f"{a(adjective + body + ' ' + noun)} with {listed([*things, *([shape] if shape else [])])}",
        f"{a(adjective + noun)}, {body}, with {listed([*things, *([shape] if shape else [])])}",
        f"make {a(adjective + noun)} that is {body} and has {listed([*things, *([shape] if shape else [])])}",
        f"I want {listed(things)} on {a(adjective + body + ' ' + noun)}{' with ' + shape if shape else ''}",
        f"{a(adjective + body + ' ' + noun)}. " + " ".join(f"The {PARTS[p][0]} should be {c}." for p, c in parts.items())
        + (f" It has {shape}." if shape else ""),
        f"{adjective}{noun}: {body}; " + "; ".join(f"{PARTS[p][0]} {c}" for p, c in parts.items()) + (f"; {shape}" if shape else ""),
        f"{a(adjective + noun)} whose {' and whose '.join(f'{PARTS[p][0]} {_is(p)} {c}' for p, c in parts.items())}, {body} otherwise"
        + (f", with {shape}" if shape else ""),
        f"please give the {adjective}{body} {noun} {listed([*things, *([shape] if shape else [])])}",
    )  # fmt: skip
    found: dict[str, Any] = {"say": chance.choice(frames), "models": [model] if model else None}
    found["colors"] = {"whole": COLORS[body], **{part: COLORS[color] for part, color in parts.items()}}
    if shape:
        found["shapes"] = {key[0]: key[1]}
    if size:
        found["size"] = size
    return found


def japanese(chance: random.Random) -> dict[str, Any]:
    model = chance.choice(list(NOUNS))
    noun = chance.choice(NOUNS[model][1])
    body, *others = chance.sample(list(COLORS_JA), 3)
    parts = dict(zip(chance.sample(list(PARTS), chance.choice((1, 2))), others, strict=False))
    key, words = chance.choice([(key, words) for key, words in SHAPES.items() if not _clash(key[0], parts)])
    shape = words[1] if chance.random() < 0.5 else ""
    things = [f"{color}{PARTS[part][1]}" for part, color in parts.items()]
    plain = {part: color.removesuffix("の").removesuffix("い") for part, color in parts.items()}
    frames = (
        f"{shape}{'と'.join(things)}の{body}{noun}",
        f"{'、'.join(f'{PARTS[p][1]}が{c}' for p, c in plain.items())}の{body}{noun}" + (f"、{shape}" if shape else ""),
        f"{body}{noun}。" + "。".join(f"{PARTS[p][1]}は{c}" for p, c in plain.items()) + (f"。{shape}" if shape else "") + "。",
        f"{body}{noun}にして、" + "、".join(f"{PARTS[p][1]}を{c}に" for p, c in plain.items()) + "してください",
    )  # fmt: skip
    chosen = chance.randrange(len(frames))
    found: dict[str, Any] = {"say": frames[chosen], "models": [model] if model else None}
    found["colors"] = {"whole": COLORS_JA[body], **{part: COLORS_JA[color] for part, color in parts.items()}}
    if shape and chosen < 3:
        found["shapes"] = {key[0]: key[1]}
    return found


def _is(part: str) -> str:
    return "are" if PARTS[part][0].endswith("s") else "is"


def _clash(key: str, parts: dict[str, str]) -> bool:
    """Whether a key speaks of a part that is coloured too: "a red head and a big head" nobody says."""
    return any(word in key.lower() for part in parts for word in (PARTS[part][0].rstrip("s"),))


def cases(count: int, seed: int = 0) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [case(chance) for _ in range(count)]
