"""The scene's colour management as a tool: exposure, gamma, look with view transform, white balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from plugins_blender.emitters import changed, column, moved, same
from shared_engine.types import Parameter, Tool, Value, Values

EXPOSURE, GAMMA = 4.0, 2.0
EXPOSURE_LIMIT = 10.0

BALANCE = {"temperature": "white_balance_temperature", "tint": "white_balance_tint"}
"""Parameters of white balance, each with its setting's name."""

ORDER = ("view_transform", "look", "exposure", "gamma", "use_white_balance", *BALANCE.values())
"""Settings in the order in which they must be written: a look exists only in its view transform."""

COLDEST, WARMEST = 11000.0, 2500.0
PALEST, RICHEST = -60.0, 80.0

HELP = "How the render's light becomes a picture: Render > Color Management."

SEPARATOR = " / "
"""Between view transform and look: together they are one choice, since each view transform has looks of its own."""


@dataclass(frozen=True)
class WhiteBalance:
    """Matrices for scene-linear light on a lattice of temperature and tint, read in between (utsushi/display.py makes them).

    `lattice` (temperatures + 2, tints + 2, 3, 3) with a border for the cubic, relative to the scene's own white balance; `mireds` and
    `tints`: the lattice's ends.
    """

    lattice: Tensor
    mireds: tuple[float, float]
    tints: tuple[float, float]

    @classmethod
    def of(cls, described: Mapping[str, Any], present: Mapping[str, Any]) -> "WhiteBalance":
        (cold, warm, rows), (low, high, columns) = described["mireds"], described["tints"]
        sampled = torch.tensor(described["matrices"], dtype=torch.float64).reshape(rows, columns, 3, 3)
        found = cls(_bordered(_bordered(sampled).transpose(0, 1)).transpose(0, 1), (cold, warm), (low, high))
        (own,) = found.matrices(*(torch.tensor([present[name]], dtype=torch.float64) for name in BALANCE.values()))
        return cls((found.lattice @ torch.linalg.inv(own)).float(), found.mireds, found.tints)

    def matrices(self, temperature: Tensor, tint: Tensor) -> Tensor:
        """(K,) kelvin and (K,) tint -> (K, 3, 3), bicubic in mired and tint (Catmull and Rom 1974)."""
        rows, columns = self.lattice.shape[:2]
        row, down = _taps((1e6 / temperature - self.mireds[0]) / (self.mireds[1] - self.mireds[0]), rows)
        column_, along = _taps((tint - self.tints[0]) / (self.tints[1] - self.tints[0]), columns)
        return torch.einsum("ka,kb,kabij->kij", down, along, self.lattice[row[:, :, None], column_[:, None, :]])

    @staticmethod
    def parameters(present: Mapping[str, Any]) -> list[Parameter]:
        kelvin, tint = (float(present[name]) for name in BALANCE.values())
        if not (WARMEST <= kelvin <= COLDEST and PALEST <= tint <= RICHEST):
            return []
        return [
            Parameter("temperature", "Temperature", WARMEST, COLDEST, kelvin, "K", "log", help="White balance: which light looks white."),
            Parameter("tint", "Tint", PALEST, RICHEST, tint, "", help="White balance: against green, or against magenta."),
        ]


def _bordered(lattice: Tensor) -> Tensor:
    """The lattice with one more point before and behind along its first axis, straight on."""
    return torch.cat([2 * lattice[:1] - lattice[1:2], lattice, 2 * lattice[-1:] - lattice[-2:-1]])


def _taps(share: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The four points of a bordered axis around a place (K,) in 0..1, (K, 4), and their weights, (K, 4)."""
    place = share.clamp(0, 1) * (count - 3)
    first = place.floor().clamp(max=count - 4)
    t = (place - first)[:, None]
    weights = torch.cat([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3], 1) / 2
    return first.long()[:, None] + torch.arange(4), weights


@dataclass(frozen=True)
class View:
    """The scene's colour management. `settings` by name: those that the search may turn; `present` is what stands in the scene."""

    tool: Tool
    settings: Mapping[str, Mapping[str, Any]]
    present: Mapping[str, Any]
    balance: WhiteBalance | None = None

    def exposure(self, values: Mapping[str, Tensor]) -> Tensor:
        return column(values, f"{self.tool.id}.exposure", self.present["exposure"])

    def balanced(self, linear: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Light (K, N, 3) after white balance."""
        if self.balance is None or not any(f"{self.tool.id}.{name}" in values for name in BALANCE):
            return linear
        wanted = [column(values, f"{self.tool.id}.{short}", self.present[name])[:, 0] for short, name in BALANCE.items()]
        return torch.einsum("kij,knj->kni", self.balance.matrices(*torch.broadcast_tensors(*wanted)), linear)

    def gamma(self, values: Mapping[str, Tensor]) -> Tensor:
        return column(values, f"{self.tool.id}.gamma", self.present["gamma"])

    def states(self, values: Mapping[str, Any], count: int) -> list[tuple[str, str]]:
        """(view transform, look) of each candidate."""
        chosen = values.get(f"{self.tool.id}.look")
        if chosen is None:
            return [(self.present["view_transform"], self.present["look"])] * count
        return [tuple(str(state).split(SEPARATOR)) for state in (chosen if len(chosen) == count else [*chosen] * count)]  # type: ignore[misc]

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        wanted = {name: values.get(f"{self.tool.id}.{name}", self.present[name]) for name in ("exposure", "gamma")}
        balance = {name: values.get(f"{self.tool.id}.{short}", self.present[name]) for short, name in BALANCE.items()}
        if any(moved(value, self.present[name]) for name, value in balance.items()):
            wanted |= {**balance, "use_white_balance": True}
        look = values.get(f"{self.tool.id}.look")
        if look is not None:
            wanted["view_transform"], wanted["look"] = str(look).split(SEPARATOR)
        return [
            changed(self.settings[name], wanted[name], self.tool)
            for name in ORDER
            if name in wanted and name in self.settings and moved(wanted[name], self.settings[name]["value"])
        ]

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        """The inverse of `recipe`."""
        given = {name: entry["value"] for entry in recipe for name, one in self.settings.items() if same(entry, one)}
        found: dict[str, Value] = {f"{self.tool.id}.{name}": given[name] for name in ("exposure", "gamma") if name in given}
        found |= {f"{self.tool.id}.{short}": given[name] for short, name in BALANCE.items() if name in given}
        if "view_transform" in given or "look" in given:
            state = [given.get(name, self.present[name]) for name in ("view_transform", "look")]
            found[f"{self.tool.id}.look"] = SEPARATOR.join(state)
        return found


def view_of(description: Mapping[str, Any]) -> View:
    settings, present = description["view"]["settings"], description["view"]["present"]
    parameters = []
    if "exposure" in settings:
        now = present["exposure"]
        low, high = max(now - EXPOSURE, -EXPOSURE_LIMIT), min(now + EXPOSURE, EXPOSURE_LIMIT)
        parameters.append(Parameter("exposure", "Exposure", low, high, now, "EV"))
    if "gamma" in settings:
        now = present["gamma"]
        parameters.append(Parameter("gamma", "Gamma", now / GAMMA, now * GAMMA, now, "", "log"))
    balance = WhiteBalance.of(description["view"]["balance"], present) if description["view"].get("balance") else None
    if balance:
        parameters += balance.parameters(present)
    states = tuple(f"{entry['view_transform']}{SEPARATOR}{entry['look']}" for entry in description["tables"])
    if len(states) > 1 and "look" in settings and "view_transform" in settings:
        parameters.append(Parameter("look", "Look", default=f"{present['view_transform']}{SEPARATOR}{present['look']}", choices=states))
    aspects = frozenset({"color", "tone"})
    return View(Tool(description["view"]["id"], "Color Management", tuple(parameters), aspects, HELP), settings, present, balance)
