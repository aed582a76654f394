"""Settings that would say the same light in two ways: one of them is held, so that an answer has only one form."""

from collections.abc import Collection, Mapping
from typing import Any

REST = 1e-3
"""Below this share, light that belongs to no emitter does not count."""


def locks(described: Mapping[str, Any], only: Collection[str], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The user's locks `wanted` and those that follow from them.

    Where every light may change its power and nothing else shines, exposure says the same as all powers together; where every light may
    change its colour, white balance says almost the same as all colours together.
    """
    found = dict(wanted)
    settings, present, view = (described["view"][name] for name in ("settings", "present", "id"))
    emitters = described["emitters"]
    if described["rest"] >= REST or not emitters or not {"color", view} & set(only):
        return found
    free = [one["id"] not in wanted and bool({_group(one), one["id"]} & set(only)) for one in emitters]
    for setting, names in (("strength", {"exposure": "exposure"}), ("color", BALANCE)):
        if all(one[setting] and is_free for one, is_free in zip(emitters, free, strict=True)):
            found |= {
                f"{view}.{short}": present[name] for short, name in names.items() if name in settings and f"{view}.{short}" not in found
            }
    return found


BALANCE = {"temperature": "white_balance_temperature", "tint": "white_balance_tint"}


def _group(one: Mapping[str, Any]) -> str:
    return "world" if one["kind"] == "world" else "lights"
