"""Looks without end, to train on: film tables mixed and varied, random curves and matrices, presets of a host's own filters.

Every look is a table (17, 17, 17, 3): what it does to place (vignette, blur, grain) is not learned.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from shared_engine.proposers.lut import SIZE, interpolate, lattice
from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.types import FloatArray, Media

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
SHARES = (0.5, 0.2, 0.3)
"""Film, curves, the host's presets. Real film counts most; recombining films and 358 presets of camera raw gained nothing."""


def curves(count: int, rng: np.random.Generator) -> FloatArray:
    """Random looks (count, 17, 17, 17, 3): a colour matrix that keeps grey, saturation, then one monotone curve a channel."""
    points = lattice().reshape(-1, 3).astype(np.float64)
    knots = np.linspace(0.0, 1.0, 6)
    tables = np.empty((count, len(points), 3), np.float32)
    for table in tables:
        strength = rng.uniform(0.3, 1.4)
        crosstalk = rng.normal(0.0, 0.06, (3, 3)) * strength
        np.fill_diagonal(crosstalk, 0.0)
        matrix = np.eye(3) + crosstalk
        matrix /= matrix.sum(1, keepdims=True)
        saturation = np.clip(rng.normal(0.95, 0.3), 0.0, 1.6)
        matrix = matrix @ (saturation * np.eye(3) + (1 - saturation) * LUMINANCE)
        shared = rng.normal(0.0, 0.06, len(knots)) * strength
        shared[0] = abs(rng.normal(0.0, 0.05)) * strength * (rng.random() < 0.6)
        shared[-1] = -abs(rng.normal(0.0, 0.04)) * strength * (rng.random() < 0.5)
        mixed = np.clip(points @ matrix.T, 0.0, 1.0)
        for channel in range(3):
            heights = np.maximum.accumulate(knots + shared + rng.normal(0.0, 0.035, len(knots)) * strength)
            table[:, channel] = PchipInterpolator(knots, np.clip(heights, 0.0, 1.0))(mixed[:, channel])
    return tables.clip(0.0, 1.0).reshape(count, SIZE, SIZE, SIZE, 3)


def varied(film: FloatArray, others: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """`count` variations of film tables: most at other strengths, some mixed with a second film, some with a curve on top.

    Recombining the tone of one film with the tint and colours of others was tried and is worse: films are looks because these fit.
    """
    identity = lattice()
    tables = film[rng.integers(len(film), size=count)].copy()
    for table in tables:
        if rng.random() < 0.65:
            table[:] = identity + (table - identity) * np.float32(rng.uniform(0.3, 1.2))
        if rng.random() < 0.25:
            table += (film[rng.integers(len(film))] - table) * np.float32(rng.random())
        if rng.random() < 0.25:
            curve = identity + (others[rng.integers(len(others))] - identity) * np.float32(rng.uniform(0.2, 0.8))
            table[:] = interpolate(curve, table)
    return tables.clip(0.0, 1.0)


def settings(space: Space, rng: np.random.Generator) -> NDArray[np.float64]:
    """A point of the space as a person would set it: two to five filters, one to four settings of each moved.

    A filter that paints over everything (it has an opacity) is drawn four times more rarely, and then shows.
    """
    point = space.neutral.copy()
    order = [
        tool for tool in rng.permutation(np.array(space.tools, object)) if f"{tool.id}.opacity" not in space.keys or rng.random() < 0.25
    ]
    for tool in order[: rng.integers(2, 6)]:
        axes = rng.permutation(space.axes[tool.id])[: rng.integers(1, 5)]
        point[axes] += rng.normal(0.0, 0.22, len(axes))
        if f"{tool.id}.opacity" in space.keys:
            point[space.keys.index(f"{tool.id}.opacity")] = rng.choice((0.4, 0.7, 1.0))
    return np.clip(point, 0.0, 1.0)


def presets(renderer: Renderer, count: int, rng: np.random.Generator) -> FloatArray:
    """Random settings of the renderer's point filters, as tables: the lattice is rendered as if it were a picture."""
    space = Space([tool for tool in renderer.tools if "local" not in tool.aspects])
    stage = renderer.stage(Media("image", lattice().reshape(SIZE, SIZE * SIZE, 3)))
    points = np.stack([settings(space, rng) for _ in range(count)])
    rendered = [media.data for part in np.array_split(points, max(1, count // 32)) for media in stage.media(space.decode(part), len(part))]
    return np.stack(rendered).reshape(count, SIZE, SIZE, SIZE, 3).clip(0.0, 1.0)


def generate(film: FloatArray, renderer: Renderer | None, count: int, rng: np.random.Generator) -> FloatArray:
    """`count` looks in random order, mixed by `SHARES`; without a renderer its share goes to film."""
    by_curves, by_presets = (round(count * share) for share in SHARES[1:])
    if renderer is None:
        by_presets = 0
    others = curves(max(by_curves, 1), rng)
    parts = [varied(film, others, count - by_curves - by_presets, rng), others[:by_curves]]
    if renderer is not None:
        parts.append(presets(renderer, by_presets, rng))
    return np.concatenate(parts)[rng.permutation(count)]
