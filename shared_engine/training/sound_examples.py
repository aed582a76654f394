"""The sound proposer's grid as tensors: what it is asked, and how an answer sounds beside the truth."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shared_engine.training.sound_grid import CHAINS, WET
from shared_engine.training.sound_proxy import Proxy
from shared_engine.training.task import Grid
from shared_engine.types import FloatArray

HEEDED = {"low-shelf": "gain", "low-bell": "gain", "mid-bell": "gain", "high-bell": "gain", "high-shelf": "gain", "compressor": "ratio",
          "delay": "mix", "reverb": "wet"}  # fmt: skip
"""A setting of these tools only counts as far as this one is moved: the frequency of a bell of 0 dB is meaningless."""


@dataclass(frozen=True)
class Scene:
    """Dry sounds `power` (B, T, bands) to listen on, `shown` (B, 1, bands) 1 where such a sound has anything, `target` (B, T, bands) in dB,
    `nothing` (B,) distance of the dry sound to it, `own` (B,) the reference that may be the very recording which is heard."""

    power: Tensor
    shown: Tensor
    target: Tensor
    nothing: Tensor
    own: Tensor


class Examples:
    """A grid as tensors. `standard`: mean and deviation (F,) of another grid's statistics, instead of its own."""

    def __init__(self, grid: Grid, proxy: Proxy, device: torch.device, standard: tuple[FloatArray, FloatArray] | None = None) -> None:
        rows = grid["rows"].reshape(-1, *grid["rows"].shape[2:])
        flat = rows.reshape(-1, rows.shape[-1])
        self.mean, self.deviation = standard or (np.nanmean(flat, 0), np.nanstd(flat, 0) + 1e-3)
        self.rows, self.known = _known(np.clip((rows - self.mean) / self.deviation, -5, 5), device)
        self.units = torch.from_numpy(grid["settings"]).flatten(0, 1).to(device)
        self.dry, self.shown = _known(grid["dry"], device)
        self.shown = self.shown[:, :, :1]
        self.wet, _ = _known(grid["wet"], device)
        self.proxy = proxy
        self.neutral = torch.from_numpy(proxy.space.neutral.astype(np.float32)).to(device)
        self.others = torch.arange(len(self.units), device=device) % CHAINS == CHAINS - 1
        """Chains with effects that are not ours: what they were drawn from is not what they sound like."""

        self.processed = (((self.units - self.neutral).abs().amax(1) > 1e-4) | self.others).float()
        self.heed = self._heed() * ~self.others[:, None]

    def __len__(self) -> int:
        return len(self.units)

    def _heed(self) -> Tensor:
        """How much each setting of each chain counts, (chains, keys)."""
        heed = torch.ones_like(self.units)
        keys = self.proxy.space.keys
        for column, key in enumerate(keys):
            tool, name = key.split(".")
            amount = HEEDED.get(tool)
            if amount and name != amount:
                lead = keys.index(f"{tool}.{amount}")
                heed[:, column] = (2 * (self.units[:, lead] - self.neutral[lead]).abs()).clamp(max=1)
        return heed

    def question(self, chains: Tensor, counts: Tensor, apart_from: Tensor | None = None, strange: Tensor | None = None) -> Tensor:
        """Averaged statistics (B, F) of `counts` random references of each chain, never of the one that `apart_from` (B,) names.

        `strange` (B,): by how much of the deviation of such an average its contents go on in a random direction. What tells two recordings
        of a chain from each other is content; another mixture of that is a voice which nobody recorded.
        """
        there = torch.ones(len(chains), self.rows.shape[1], device=self.rows.device)
        if apart_from is not None:
            there = there.scatter(1, apart_from[:, None], 0.0)
        order = torch.rand_like(there) + 2 * (1 - there)
        rows, known = self.rows[chains], self.known[chains]
        chosen = (order.argsort(1).argsort(1) < counts[:, None])[..., None] * known
        several = chosen.sum(1)
        average = (rows * chosen).sum(1) / several.clamp(min=1)
        if strange is None:
            return average
        away = torch.randn_like(there) * there
        away = (away - away.sum(1, keepdim=True) / there.sum(1, keepdim=True)) * there
        away = (strange / counts.sqrt())[:, None] * away / away.norm(dim=1, keepdim=True).clamp(min=1e-6)
        mean = (rows * known).sum(1) / known.sum(1).clamp(min=1)
        return average + (((rows - mean[:, None]) * known) * away[..., None]).sum(1) * (several > 0)

    def scene(self, chains: Tensor) -> Scene:
        """Random material for each chain, and what the chain makes of it: ours by the proxy, the others as they were rendered."""
        others = self.others[chains]
        own = torch.randint(WET, chains.shape, device=chains.device)
        block = torch.where(others, chains // CHAINS, torch.randint(len(self.dry), chains.shape, device=chains.device))
        place = torch.where(others, own, torch.randint(self.dry.shape[1], chains.shape, device=chains.device))
        power, shown = self.dry[block, place], self.shown[block, place]
        with torch.no_grad():
            rendered = self.proxy.decibels(self.wet[block, own])
            target = torch.where(others[:, None, None], rendered, self.proxy(power, self.units[chains]))
            nothing = _apart(self.proxy.decibels(power), target, shown)
        return Scene(power, shown, target, nothing, own)

    def heard(self, units: Tensor, scene: Scene) -> Tensor:
        """Distance (B,) in dB of what an estimate makes of the scene to what it should be."""
        return _apart(self.proxy(scene.power, units), scene.target, scene.shown)


def _known(values: NDArray[np.floating], device: torch.device) -> tuple[Tensor, Tensor]:
    """The values, 0 where there are none, and 1 where there are."""
    return (
        torch.from_numpy(np.nan_to_num(values).astype(np.float32)).to(device),
        torch.from_numpy(np.isfinite(values).astype(np.float32)).to(device),
    )


def _apart(a: Tensor, b: Tensor, shown: Tensor) -> Tensor:
    return ((a - b).abs() * shown).sum((1, 2)) / (shown.sum((1, 2)) * a.shape[1])
