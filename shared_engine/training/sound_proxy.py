"""A cheap differentiable model of the canonical chain on mel frames: lets the proposer learn what is heard, not what the knobs say.

Filters are exact at the band centres; dynamics act on frame levels; echoes and rooms are convolutions of frame power. Against real
renders it is crude (the research notes measured a third of the effect as error), and enough: the verdict is always the real chain's.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad, softplus

from shared_engine.metrics.log_mel import mel_of
from shared_engine.proposers.sound_statistics import (
    AIR,
    AIR_HIGH,
    BANDS,
    FLOOR,
    HIGH,
    LOW,
    REFERENCE_RATE,
    RESOLUTION,
    WORKING_LEVEL,
    band_density,
)
from shared_engine.renderer import Renderer
from shared_engine.space import Space
from shared_engine.types import FloatArray, Media

TAIL = 64
"""Frames of a tail that are convolved: one second."""

SIZES, DAMPINGS = 7, 5
FOLLOWED = 24
"""Frames that the level follower looks back."""


def edges() -> tuple[FloatArray, FloatArray]:
    """Centres (bands,) in Hz and half of the widths (bands,) in Hz."""
    ranges = ((LOW, HIGH, RESOLUTION.bands), (HIGH, AIR_HIGH, AIR.bands))
    mels = [np.linspace(mel_of(low), mel_of(high), bands + 2) for low, high, bands in ranges]
    hertz = [700 * (10 ** (row / 2595) - 1) for row in mels]
    centres = np.concatenate([row[1:-1] for row in hertz])
    widths = np.concatenate([(row[2:] - row[:-2]) / 2 for row in hertz])
    return centres.astype(np.float32), widths.astype(np.float32)


def tails(renderer: Renderer) -> FloatArray:
    """Mel power of the room's impulse response at wet 1, (sizes, dampings, TAIL, bands), against that of the untouched impulse."""
    rate = 44100
    impulse = np.zeros((1, rate * 2), np.float32)
    impulse[0, rate // 4] = 1.0
    media = Media("audio", impulse, rate=rate)
    wanted = [(size / (SIZES - 1), damping / (DAMPINGS - 1)) for size in range(SIZES) for damping in range(DAMPINGS)]
    wet = 0.3
    batch = {
        "reverb.size": np.array([size for size, _ in wanted]),
        "reverb.damping": np.array([damping for _, damping in wanted]),
        "reverb.wet": np.full(len(wanted), wet),
    }
    dry = band_density(impulse, rate)
    hit = int(dry.sum(1).argmax())
    found = []
    for out in renderer.stage(media).media(batch, len(wanted)):
        power = band_density(out.data - impulse, rate)[hit : hit + TAIL] / wet**2
        found.append(power / dry.sum(0))
    return np.stack(found).reshape(SIZES, DAMPINGS, TAIL, BANDS)


class Proxy:
    """`decode` turns units into settings; `__call__` turns dry mel density and settings into the log-mel of the processed sound."""

    def __init__(self, renderer: Renderer, space: Space, device: torch.device) -> None:
        self.space = space
        centres, widths = edges()
        self.frequencies = torch.from_numpy(centres).to(device)
        self.widths = torch.from_numpy(widths / (REFERENCE_RATE / 2)).to(device)
        self.tails = torch.from_numpy(tails(renderer)).to(device)

    def __call__(self, power: Tensor, units: Tensor) -> Tensor:
        """`power` (B, T, bands), nothing where there is no air, `units` (B, keys) -> dB (B, T, bands) at the working level."""
        v = {key: column[:, None] for key, column in self.space.decode(units).items() if not isinstance(column, np.ndarray)}
        level = self._level(power)
        power = power * from_db(-3 * softplus(v["gate.threshold"] - level))[..., None]
        power = power * from_db(self._equalised(v))[:, None]
        power = power * from_db(self._compressed(power, v))[..., None]
        power = power * from_db(self._saturated(power, v))[..., None]
        corner = v["lowpass.frequency"]
        power = power * from_db(-20 * torch.log10(1 + (self.frequencies / corner) ** 2))[:, None]
        power = self._in_space(power, self._echo(v), self._room(v))
        power = power * from_db(-softplus(self._level(power) + 10 - v["limiter.ceiling"]))[..., None]
        return self.decibels(power)

    def decibels(self, power: Tensor) -> Tensor:
        """Density (B, T, bands) at the working level, in dB."""
        return 10 * torch.log10(at_level(power, self.widths) + FLOOR)

    def _level(self, power: Tensor) -> Tensor:
        """dBFS RMS of each frame, (B, T)."""
        return 10 * torch.log10((power * self.widths).sum(2) + 1e-9)

    def _equalised(self, v: Mapping[str, Tensor]) -> Tensor:
        """Magnitude in dB at the band centres (B, bands): analogue prototypes of the cookbook filters (R. Bristow-Johnson)."""
        total = -20 * torch.log10(1 + (v["highpass.frequency"] / self.frequencies) ** 2)
        for name in ("low-bell", "mid-bell", "high-bell"):
            w = self.frequencies / v[f"{name}.frequency"]
            a = 10 ** (v[f"{name}.gain"] / 40)
            real, q = (1 - w**2) ** 2, v[f"{name}.q"]
            total = total + 10 * torch.log10((real + (w * a / q) ** 2 + 1e-9) / (real + (w / (a * q)) ** 2 + 1e-9))
        for name, flip in (("low-shelf", 1), ("high-shelf", -1)):
            w = (self.frequencies / v[f"{name}.frequency"]) ** flip
            a = 10 ** (v[f"{name}.gain"] / 40)
            cross = 2 * a * w**2
            total = total + 10 * torch.log10(a**2 * ((a - w**2) ** 2 + cross) / ((1 - a * w**2) ** 2 + cross))
        return total

    def _compressed(self, power: Tensor, v: Mapping[str, Tensor]) -> Tensor:
        """Gain in dB (B, T). The follower is the greatest past level less what its release forgot (a smoothed level misses half)."""
        release, attack = v["compressor.release"] / 1000, v["compressor.attack"] / 1000
        forgotten = 8.686 * torch.arange(FOLLOWED, device=power.device) * RESOLUTION.hop / release
        past = pad(self._level(power), (FOLLOWED - 1, 0), value=-80.0).unfold(1, FOLLOWED, 1).flip(2) - forgotten[:, None]
        level = torch.logsumexp(past * 0.5, 2) / 0.5 + 0.7 * torch.log(release / attack)
        return -(1 - 1 / v["compressor.ratio"]) * softplus((level - v["compressor.threshold"]) / 2) * 2

    def _saturated(self, power: Tensor, v: Mapping[str, Tensor]) -> Tensor:
        """Gain in dB (B, T) of tanh at the frame's peaks; harmonics are not modelled."""
        driven = 10 ** ((v["saturation.drive"] + self._level(power) + 6) / 20) + 1e-4
        return 20 * torch.log10(torch.tanh(driven) / driven)

    def _echo(self, v: Mapping[str, Tensor]) -> Tensor:
        """Power kernel (B, TAIL, 1) of untouched sound and up to eight echoes, each shared between its two nearest frames."""
        mix, feedback = v["delay.mix"], v["delay.feedback"]
        frame = torch.arange(TAIL, device=mix.device)
        kernel = (1 - mix) ** 2 * (frame == 0)
        for echo in range(1, 9):
            place = echo * v["delay.time"] / RESOLUTION.hop
            kernel = kernel + mix**2 * (feedback**2) ** (echo - 1) * (1 - (frame - place).abs()).clamp(min=0)
        return kernel[..., None]

    def _room(self, v: Mapping[str, Tensor]) -> Tensor:
        """Power kernel (B, TAIL, bands), bilinear in the table of tails."""
        size, damping = v["reverb.size"][:, 0] * (SIZES - 1), v["reverb.damping"][:, 0] * (DAMPINGS - 1)
        i, j = size.detach().floor().clamp(0, SIZES - 2).long(), damping.detach().floor().clamp(0, DAMPINGS - 2).long()
        a, b = (size - i)[:, None, None], (damping - j)[:, None, None]
        table = self.tails
        low = table[i, j] * (1 - b) + table[i, j + 1] * b
        high = table[i + 1, j] * (1 - b) + table[i + 1, j + 1] * b
        return (low * (1 - a) + high * a) * (v["reverb.wet"] ** 2)[..., None]

    def _in_space(self, power: Tensor, echo: Tensor, room: Tensor) -> Tensor:
        """Convolved along time with the echoes, and these with the room beside themselves; transposed first, since an FFT along a strided
        axis costs three times as much."""
        size = power.shape[1] + 2 * TAIL
        sound, echoes, rooms = (torch.fft.rfft(one.transpose(1, 2).contiguous(), size) for one in (power, echo, room))
        return torch.fft.irfft(sound * (echoes * (1 + rooms)), size)[..., : power.shape[1]].clamp(min=0).transpose(1, 2)


def from_db(decibels: Tensor) -> Tensor:
    return 10 ** (decibels / 10)


def at_level(power: Tensor, widths: Tensor) -> Tensor:
    """Mel power with its active frames (within 40 dB of the loudest) at the working level."""
    energy = (power * widths).sum(2)
    active = (energy >= energy.amax(1, keepdim=True) * 1e-4).float()
    level = (energy * active).sum(1) / active.sum(1)
    return power * (math.pow(10, WORKING_LEVEL / 10) / level.clamp(min=1e-12))[:, None, None]
