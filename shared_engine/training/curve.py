"""The learning curve: what the loss and the held-out figures did as time went by, as a table and as a picture."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 760, 200
"""Of one figure's panel."""

MARGIN = 70, 34, 20, 40
"""Left, above, right, below."""

COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8a5a9e", "#c98a1b")
INK, FAINT = "#222222", "#dddddd"
SCALE = 2
"""Drawn so many times larger, then averaged down: Pillow's lines have no soft edges of their own."""


@dataclass(frozen=True)
class Point:
    """One look: which network, in which stage, after how many steps and CPU seconds of that stage, and its figures."""

    network: int
    stage: str
    step: int
    seconds: float
    figures: Mapping[str, float]

    def row(self) -> dict[str, Any]:
        return {"network": self.network, "stage": self.stage, "step": self.step, "seconds": self.seconds, "figures": dict(self.figures)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Point":
        return cls(**row)


def write(points: Sequence[Point], path: Path) -> None:
    """`path` (.csv), a row a point, and beside it what changes of it as a picture (.png)."""
    names = list(dict.fromkeys(name for point in points for name in point.figures))
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["network", "stage", "step", "seconds", *names])
        for point in points:
            figures = [f"{point.figures[name]:.6g}" if name in point.figures else "" for name in names]
            table.writerow([point.network + 1, point.stage, point.step, f"{point.seconds:.2f}", *figures])
    draw(points, [name for name in names if len({point.figures.get(name) for point in points}) > 1]).save(path.with_suffix(".png"))


def draw(points: Sequence[Point], names: Sequence[str]) -> Image.Image:
    """A panel for each figure over CPU minutes, a line for each network and stage (stages of one network follow each other)."""
    lines = _lines(points)
    sheet = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE * max(1, len(names))), "white")
    pen = ImageDraw.Draw(sheet)
    for index, name in enumerate(names):
        shown = {
            key: [(x, point.figures[name]) for x, point in line if np.isfinite(point.figures.get(name, np.nan))]
            for key, line in lines.items()
        }
        _panel(pen, index * HEIGHT * SCALE, name, shown, last=index == len(names) - 1)
    return sheet.resize((WIDTH, sheet.height // SCALE), Image.Resampling.LANCZOS)


def _lines(points: Sequence[Point]) -> dict[tuple[int, str], list[tuple[float, Point]]]:
    """The points of each network and stage with their minutes since that network began."""
    lines: dict[tuple[int, str], list[tuple[float, Point]]] = {}
    ends: dict[int, float] = {}
    for point in points:
        key = point.network, point.stage
        if key not in lines:
            lines[key] = []
            ends[point.network] = max((x for (network, _), line in lines.items() for x, _ in line if network == point.network), default=0.0)
        lines[key].append((ends[point.network] + point.seconds / 60, point))
    return lines


def _panel(pen: ImageDraw.ImageDraw, top: int, name: str, lines: Mapping[tuple[int, str], list[tuple[float, float]]], last: bool) -> None:
    left, above, right, below = (size * SCALE for size in MARGIN)
    box = left, top + above, WIDTH * SCALE - right, top + HEIGHT * SCALE - below
    font = ImageFont.load_default(13 * SCALE)
    every = np.array([point for line in lines.values() for point in line] or [(0.0, 0.0)])
    x_ticks, y_ticks = ticks(0.0, every[:, 0].max()), ticks(every[:, 1].min(), every[:, 1].max())
    x_span, y_span = (0.0, max(every[:, 0].max(), 1e-6)), (min(y_ticks[0], every[:, 1].min()), max(y_ticks[-1], every[:, 1].max()))

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = (x - x_span[0]) / (x_span[1] - x_span[0]), (y - y_span[0]) / (y_span[1] - y_span[0])
        return box[0] + across * (box[2] - box[0]), box[3] - up * (box[3] - box[1])

    pen.text((box[0], top + 8 * SCALE), name.replace("_", " "), INK, font)
    for tick in y_ticks:
        height = place(0, tick)[1]
        pen.line([(box[0], height), (box[2], height)], FAINT, SCALE)
        pen.text((box[0] - 8 * SCALE, height), f"{tick:g}", INK, font, anchor="rm")
    for tick in x_ticks:
        if tick <= x_span[1]:
            pen.text((place(tick, 0)[0], box[3] + 6 * SCALE), f"{tick:g}", INK, font, anchor="ma")
    if last:
        pen.text((box[2], box[3] + 20 * SCALE), "CPU minutes", INK, font, anchor="ra")
    for index, ((network, stage), line) in enumerate(lines.items()):
        colour, dots = COLOURS[index % len(COLOURS)], [place(*point) for point in line]
        pen.line(dots, colour, 2 * SCALE, joint="curve")
        for x, y in dots:
            pen.ellipse((x - 3 * SCALE, y - 3 * SCALE, x + 3 * SCALE, y + 3 * SCALE), colour)
        label = f"{network + 1} {stage}" if len({stage for _, stage in lines}) > 1 else f"network {network + 1}"
        pen.text((box[2] - 110 * SCALE * (len(lines) - 1 - index), top + 8 * SCALE), label, colour, font, anchor="ra")


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers, about `count` of them, the first at or below `low` and the last at or above `high`."""
    span = max(high - low, 1e-6 * max(abs(high), 1.0))
    raw = span / count
    step = min((m * 10 ** np.floor(np.log10(raw)) for m in (1, 2, 2.5, 5, 10)), key=lambda one: abs(one - raw))
    first, last = np.floor(low / step), np.ceil(high / step)
    return [float(round(index * step, 10)) for index in np.arange(first, last + 1)]
