"""Neighbouring words that make one colour: "light" + "grey", "charcoal" + "blue", "reddish" + "brown"."""

from collections.abc import Sequence

from . import color
from .items import Item, Modifier

BASIC = ("black", "white", "red", "green", "yellow", "blue", "brown", "orange", "pink", "purple", "grey", "gray")
"""Two of these in a row are a list, not a shade."""


def merged(items: Sequence[Item]) -> list[Item]:
    """Neighbouring modifiers that make one colour made one: "light" + "grey", "charcoal" + "blue", "reddish" + "brown"."""
    found: list[Item] = []
    for item in items:
        last = found[-1] if found else None
        if isinstance(last, Modifier) and isinstance(item, Modifier) and item.kind == "color" and not last.te:
            code = _together(last, item) if (last.old, last.negated) == (item.old, item.negated) else ""
            if code:
                item.value, item.text = code, f"{last.text} {item.text}"
                item.certainty = min(item.certainty, last.certainty)
                found.pop()
        found.append(item)
    return found


def _together(first: Modifier, second: Modifier) -> str:
    base = color.from_hex(second.value)
    if first.kind == "tone":
        lightness = first.value.get("lightness", 0.0)
        called = "dark" if lightness <= -1 else "light" if lightness >= 1 else first.text
        named = color.names().get(f"{called} {color.nearest_name(base)}") if first.factor == 1 and not first.relative else None
        return named or color.to_hex(color.shifted(base, {name: step * first.factor for name, step in first.value.items()}))
    listed = first.text in BASIC or first.text.endswith(("い", "く"))
    if first.kind == "tint" and not first.relative or first.kind == "color" and not listed:
        return color.to_hex(color.mixed(base, color.from_hex(first.value), 0.5 if first.kind == "color" else 0.3))
    return ""
