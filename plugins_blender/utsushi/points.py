"""The points of a curve as one value: a flat list x, y, x, y ... from left to right."""

from collections.abc import Sequence

import bpy

NEAR = 1e-6


def flat(points: Sequence[bpy.types.CurveMapPoint]) -> list[float]:
    return [float(part) for point in points for part in point.location]


def refined(value: list[float], places: Sequence[float]) -> list[float]:
    """A straight curve of two points with further ones at `places` along: the same curve."""
    left, low, right, high = value
    inside = [part for place in places for part in (place, low + (place - left) * (high - low) / (right - left))]
    return [left, low, *inside, right, high]


def straight(value: Sequence[float]) -> bool:
    """Whether all points lie on one line."""
    bare = [*value[:2], *value[-2:]]
    return all(abs(a - b) < NEAR for a, b in zip(value, refined(bare, value[2:-2:2]), strict=True))


def write(mapping: bpy.types.CurveMapping, curve: bpy.types.CurveMap, value: Sequence[float]) -> None:
    """Gives a curve these points; others go."""
    points = curve.points
    pairs = [(value[at], value[at + 1]) for at in range(0, len(value), 2)]
    while len(points) > len(pairs):
        points.remove(points[1])
    while len(points) < len(pairs):
        points.new(*pairs[1])
    for point, pair in zip(points, pairs, strict=True):
        point.location = pair
    mapping.update()  # else Blender goes on with the curve that was
