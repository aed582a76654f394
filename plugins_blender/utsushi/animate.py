"""A take as animation: from the original to the take, as two keyframes a setting, or as two NLA tracks a data-block."""

from collections.abc import Iterator

import bpy

from . import host
from .takes import Take, between

ORIGINAL = "Original"


def keyframes(take: Take, first: int, last: int) -> None:
    """Keys every setting that can be animated at `first` (as it stood before) and at `last` (as in the take)."""
    for one, owner, path in _animatable(take):
        for frame, strength in ((first, 0.0), (last, 1.0)):
            host.write([{**one, "value": between(one, strength)}])
            owner.keyframe_insert(path, frame=frame)


def strips(take: Take, first: int, last: int) -> None:
    """Two NLA tracks a data-block: the original, and above it the take, whose influence goes from 0 at `first` to 1 at `last`.

    The original needs a track of its own: below the lowest track lies a property's default, not its value.
    """
    owners: dict[bpy.types.ID, list[tuple[host.Setting, str]]] = {}
    for one, owner, path in _animatable(take):
        owners.setdefault(owner, []).append((one, path))
    for owner, settings in owners.items():
        for name, strength in ((ORIGINAL, 0.0), (take["name"], 1.0)):
            strip = _strip(owner, name, (first, last), [({**one, "value": between(one, strength)}, path) for one, path in settings])
            if strength:
                strip.use_animated_influence = True
                for frame, influence in ((first, 0.0), (last, 1.0)):
                    strip.influence = influence
                    strip.keyframe_insert("influence", frame=frame)


def _strip(owner: bpy.types.ID, name: str, frames: tuple[int, int], settings: list[tuple[host.Setting, str]]) -> bpy.types.NlaStrip:
    """A new track on top with one held strip that keys the settings at both `frames`: an influence moves within its strip only."""
    data = owner.animation_data or owner.animation_data_create()
    before = data.action
    data.action = bpy.data.actions.new(f"{owner.name} {name}")
    for one, path in settings:
        host.write([one])
        for frame in frames:
            owner.keyframe_insert(path, frame=frame)
    action = data.action
    data.action = before
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(name, frames[0], action)
    if hasattr(strip, "action_slot") and strip.action_slot is None:  # Blender 4.4 and later
        strip.action_slot = action.slots[0]
    strip.extrapolation = "HOLD"
    return strip


def _animatable(take: Take) -> Iterator[tuple[host.Setting, bpy.types.ID, str]]:
    """(setting, who owns its animation, the path there); what cannot be animated (choices, switches, curves) is written once."""
    for one in take["settings"]:
        if isinstance(one["value"], (str, bool)) or "curve" in one:
            host.write([one])
            continue
        owner = getattr(bpy.data, one["collection"])[one["name"], None]
        path = one["path"]
        if path.startswith("node_tree."):
            owner, path = owner.node_tree, path.removeprefix("node_tree.")
        yield one, owner, path
