"""Color management's curves inside the engine: what they do to scene-linear light, before white balance and exposure.

A channel's light goes through black and white level, its own curve, then the combined one. A curve is a cubic Bezier spline through its
points with automatic handles, which Blender walks in 32 steps a segment, reads at 257 places and goes on straight beyond its ends; the two
curves of a channel are joined place by place (source/blender/blenkernel/intern/colortools.cc: curvemap_make_table,
BKE_curvemapping_premultiply, BKE_curvemap_evaluateF). Proved against Blender by tests/hosts/test_blender_curves.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from plugins_blender.emitters import changed, column, same
from plugins_blender.parameters import HostTool, host_tool
from shared_engine.types import Tool, Value, Values

STEPS, PLACES = 32, 257
ROUND = 2.5614
"""By what Blender divides the length of an automatic handle: a quarter circle comes out round."""

THIN = 1e-5
COMBINED = 3


@dataclass(frozen=True)
class Sampled:
    """Curves (..., C) read at evenly spread places: `heights` (..., C, PLACES) from `low` to `high` (C, 1), and `slopes` (..., C, 2)
    before the first and after the last."""

    heights: Tensor
    slopes: Tensor
    low: Tensor
    high: Tensor

    def __call__(self, light: Tensor) -> Tensor:
        """What the curves make of light (..., C, N); one curve serves all channels."""
        shape = torch.broadcast_shapes(light.shape[:-1], self.heights.shape[:-1])
        light, heights = light.expand(*shape, -1), self.heights.expand(*shape, -1)
        place = (light - self.low) * (PLACES - 1) / (self.high - self.low)
        before = place.floor().clamp(0, PLACES - 2)
        first, second = (heights.gather(-1, at) for at in (before.long(), before.long() + 1))
        inside = torch.lerp(first, second, (place - before).clamp(0, 1))
        under, over = (light - self.low).clamp(max=0), (light - self.high).clamp(min=0)
        return inside + self.slopes[..., :1] * under + self.slopes[..., 1:] * over

    def then(self, other: "Sampled") -> "Sampled":
        """These curves and after them another one, as Blender joins them."""
        return Sampled(other(self.heights), self.slopes * other.slopes, self.low, self.high)


def beside(curves: Sequence[Sampled]) -> Sampled:
    """One curve for each channel."""
    count = max(len(one.heights) for one in curves)
    heights, slopes = (
        torch.cat([part.expand(count, -1, -1) for part in parts], 1)
        for parts in zip(*((one.heights, one.slopes) for one in curves), strict=True)
    )
    return Sampled(heights, slopes, torch.cat([one.low for one in curves]), torch.cat([one.high for one in curves]))


def sample(points: Tensor, clip: tuple[float, float] = (0.0, 1.0), extrapolated: bool = True) -> Sampled:
    """A curve through `points` (K, P, 2), from left to right -> sampled (K, 1)."""
    left, right = _handles(points)
    slopes = torch.stack([_slope(points[:, 0] - left[:, 0]), _slope(right[:, -1] - points[:, -1])], -1) * float(extrapolated)
    walked = _walked(points, left, right)
    ends = points[:1, (0, -1), 0].detach()
    low, high = ends[:, :1].clamp(max=clip[0]), ends[:, 1:].clamp(min=clip[1])
    places = (low + (high - low) * torch.linspace(0, 1, PLACES)).expand(len(points), -1).contiguous()
    along, height = walked[..., 0].contiguous(), walked[..., 1]
    after = torch.searchsorted(along.detach(), places, right=True).clamp(1, along.shape[1] - 1)
    (x0, x1), (y0, y1) = ((row.gather(1, after - 1), row.gather(1, after)) for row in (along, height))
    share = torch.where(x1 - x0 > 1e-7, (places - x0) / (x1 - x0).clamp(min=1e-7), torch.ones(()))
    inside = torch.lerp(y0, y1, share.clamp(0, 1))
    under, over = (places - ends[:, :1]).clamp(max=0), (places - ends[:, 1:]).clamp(min=0)
    heights = inside + slopes[:, :1] * under + slopes[:, 1:] * over
    return Sampled(heights[:, None], slopes[:, None], low, high)


def _handles(points: Tensor) -> tuple[Tensor, Tensor]:
    """The handles to the left and to the right of each point, (K, P, 2) each; those of the ends look at their neighbours' handles."""
    before = torch.cat([2 * points[:, :1] - points[:, 1:2], points[:, :-1]], 1)
    after = torch.cat([points[:, 1:], 2 * points[:, -1:] - points[:, -2:-1]], 1)
    to, fro = _length(points - before), _length(after - points)
    way = (after - points) / fro + (points - before) / to
    way = way / (_length(way) * ROUND)
    left, right = points - way * to, points + way * fro
    if points.shape[1] > 2:
        first = _turned(points[:, 0], right[:, 0], left[:, 1])
        last = _turned(points[:, -1], left[:, -1], right[:, -2])
        right = torch.cat([(points[:, 0] + first)[:, None], right[:, 1:-1], (points[:, -1] - last)[:, None]], 1)
        left = torch.cat([(points[:, 0] - first)[:, None], left[:, 1:-1], (points[:, -1] + last)[:, None]], 1)
    return left, right


def _turned(point: Tensor, handle: Tensor, neighbour: Tensor) -> Tensor:
    """The handle (K, 2) of an end, relative to it: as long as it was, towards the neighbour's handle where that lies inside."""
    inside = torch.sign(handle[:, :1] - point[:, :1])
    way = neighbour - point
    way = torch.cat([torch.where(way[:, :1] * inside < 0, torch.zeros(()), way[:, :1]), way[:, 1:]], 1)
    return way / _length(way) * _length(handle - point)


def _walked(points: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """(K, (P - 1) STEPS, 2): the way along the spline; handles that cross each other are shortened until they touch."""
    start, end = points[:, :-1], points[:, 1:]
    out, back = right[:, :-1] - start, end - left[:, 1:]
    both = out[..., :1].abs() + back[..., :1].abs()
    fit = ((end - start)[..., :1] / both.clamp(min=1e-9)).clamp(max=1)
    one, two = (start + fit * out)[:, :, None], (end - fit * back)[:, :, None]
    start, end = start[:, :, None], end[:, :, None]
    t = torch.linspace(0, 1, STEPS)[:, None]
    way = (1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * one + 3 * t**2 * (1 - t) * two + t**3 * end
    return way.flatten(1, 2)


def _length(vectors: Tensor) -> Tensor:
    return vectors.square().sum(-1, keepdim=True).clamp(min=1e-18).sqrt()


def _slope(way: Tensor) -> Tensor:
    return way[:, 1] / way[:, 0].clamp(min=THIN)


@dataclass(frozen=True)
class Curves:
    """The curves of one scene. `points` (P, 2) by curve: red, green, blue, combined; `black`, `white` (3,)."""

    host: HostTool
    switch: Mapping[str, Any]
    points: Sequence[Tensor]
    black: Tensor
    white: Tensor
    clip: tuple[float, float]
    extrapolated: bool

    @property
    def tool(self) -> Tool:
        return self.host.tool

    @property
    def on(self) -> bool:
        return bool(self.switch["value"])

    def applied(self, linear: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Scene-linear light (K, N, 3) after the curves."""
        if not self.on and not any(f"{self.tool.id}.{name}" in values for name in self.host.axes):
            return linear
        black = self._numbers(values, None, self.black)
        levelled = (linear - black[:, None]) / (self.white - black).clamp(min=THIN)[:, None]
        *own, combined = (sample(self._through(number, values), self.clip, self.extrapolated) for number in range(COMBINED + 1))
        return beside(own).then(combined)(levelled.transpose(1, 2)).transpose(1, 2)

    def _through(self, number: int, values: Mapping[str, Tensor]) -> Tensor:
        """The points (K or 1, P, 2) of one curve."""
        points = self.points[number]
        heights = self._numbers(values, number, points.flatten())[:, 1::2]
        return torch.stack([points[:, 0].expand_as(heights), heights], -1)

    def _numbers(self, values: Mapping[str, Tensor], number: int | None, present: Tensor) -> Tensor:
        """The numbers of one setting (K or 1, ...): of a curve, or (None) the levels of black."""
        columns = [torch.full((1, 1), float(part)) for part in present]
        for name, axis in self.host.axes.items():
            if axis.setting.get("curve") == number:
                assert axis.index is not None
                columns[axis.index] = column(values, f"{self.tool.id}.{name}", axis.present)
        return torch.cat(torch.broadcast_tensors(*columns), 1)

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        """The settings that change, and before them the switch: a curve is there only when it is on."""
        found = self.host.recipe(values)
        return [changed(self.switch, True, self.tool), *found] if found and not self.on else found

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `recipe`. A curve with another number of points is another curve."""
        lengths = {axis.place: len(axis.setting["value"]) for axis in self.host.axes.values()}
        mine = [one for one in recipe if not same(one, self.switch)]
        return self.host.values([one for one in mine if lengths.get((one["collection"], one["name"], one["path"])) == _count(one["value"])])


def _count(value: Any) -> int | None:
    return len(value) if isinstance(value, list) else None


def curves_of(description: Mapping[str, Any]) -> Curves | None:
    """The curves of a scene, None where they stay as they are and are part of what the display shows."""
    found = description.get("curves")
    if not found:
        return None
    points = [torch.tensor(one, dtype=torch.float32).reshape(-1, 2) for one in found["points"]]
    levels = (torch.tensor(found[name], dtype=torch.float32) for name in ("black", "white"))
    return Curves(host_tool(found["tool"]), found["switch"], points, *levels, tuple(found["clip"]), found["extrapolated"])
