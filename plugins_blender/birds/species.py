"""The bird family as data: what the four birds are called, which parts and keys they have, and in which colours they start."""

from dataclasses import dataclass

SLOTS = ("Body", "Head", "Breast", "Wing", "Tail", "Beak", "Leg", "Eye")
WHOLE = ("Body", "Breast", "Head", "Wing", "Tail")
"""What "a yellow bird" colours; of "a black and white bird" the second part is white."""

KEYS = {
    "Long beak": (-0.4, 1.0), "Slim body": (-1.0, 1.0), "Wings open": (0.0, 1.0), "Big head": (-0.45, 1.0), "Long neck": (-0.35, 1.0),
    "Long tail": (-0.7, 1.0), "Long legs": (-0.6, 1.0), "Crest": (0.0, 1.0), "Big eyes": (-0.5, 1.0),
}  # fmt: skip
"""Range of each key; at 0 the bird is as it was made."""

COMMON = ("bird", "birdie", "鳥", "とり")


@dataclass(frozen=True)
class Species:
    """One bird: its name, asset tags (names that people call it by, and traits), and the sRGB colours of its slots."""

    name: str
    tags: tuple[str, ...]
    colors: dict[str, str]


FAMILY = (
    Species(
        "Songbird",
        (
            "songbird", "song bird", "perching bird", "sparrow", "finch", "goldfinch", "robin",
            "wren", "tit", "chickadee", "canary",
            "bluebird", "swallow", "starling", "thrush", "blackbird", "lark", "nightingale",
            "warbler", "bunting", "crow", "raven",
            "magpie", "jay", "cardinal", "pigeon", "dove", "小鳥", "ことり",
            "スズメ", "雀", "カラス", "ツバメ", "カナリア", "コマドリ", "ハト",
        ),
        {
            "Body": "#7a6248", "Head": "#6b5238", "Breast": "#cdb89a", "Wing": "#5b4632",
            "Tail": "#4c3a2a", "Beak": "#d0a050",
            "Leg": "#a8764e", "Eye": "#101010",
        },
    ),
    Species(
        "Wader",
        (
            "wader", "wading bird", "shorebird", "heron", "egret", "stork", "crane", "flamingo",
            "ibis", "spoonbill", "avocet",
            "sandpiper", "curlew", "long legs", "long neck", "サギ", "鷺", "コウノトリ", "ツル", "鶴", "フラミンゴ", "シギ",
        ),
        {
            "Body": "#7d8a96", "Head": "#e8e8e2", "Breast": "#d6d9d8", "Wing": "#55616d",
            "Tail": "#4a545e", "Beak": "#c9a13c",
            "Leg": "#8a7a4a", "Eye": "#e8c020",
        },
    ),
    Species(
        "Waterbird",
        (
            "waterbird", "water bird", "waterfowl", "duck", "mallard", "drake", "duckling",
            "goose", "geese", "gosling", "swan",
            "cygnet", "gull", "seagull", "カモ", "鴨", "アヒル", "ガチョウ", "ハクチョウ", "白鳥", "カモメ", "水鳥",
        ),
        {
            "Body": "#9a938a", "Head": "#54606a", "Breast": "#7c5640", "Wing": "#6f6a64",
            "Tail": "#3c3a38", "Beak": "#d8a828",
            "Leg": "#d8782c", "Eye": "#101010",
        },
    ),
    Species(
        "Owl",
        (
            "owl", "owlet", "barn owl", "tawny owl", "eagle owl", "フクロウ", "ふくろう", "梟", "ミミズク",
        ),
        {
            "Body": "#7d6446", "Head": "#8a7052", "Breast": "#d8c6a4", "Wing": "#5f4a32",
            "Tail": "#5a4630", "Beak": "#3c3428",
            "Leg": "#cbb48a", "Eye": "#e89a20",
        },
    ),
)  # fmt: skip

GLOSSARY = """# Other words for the parts, a line each: word, word = Part
wingtips, wing tips, flight feathers, primaries, secondaries, coverts = Wing
tail feathers, tailfeathers, rump, rectrices, retrices = Tail
cheeks, cheek, hood, mask = Head
mantle, flanks = Body
bib, waistcoat = Breast
"""
