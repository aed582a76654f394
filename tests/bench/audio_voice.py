"""Whose voice a sound is in: Resemblyzer's speaker embedding (generalised end-to-end loss, Wan et al. 2018), its weights read as data.

They lie in the package Resemblyzer 0.1.4 (Apache-2.0), of which nothing is imported (it wants a compiler for what is not needed here):
``pip install --no-deps Resemblyzer==0.1.4``.
"""

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import scipy.signal
import torch
from torch import Tensor, nn

from shared_engine.types import FloatArray, Media

RATE = 16000
WINDOW, HOP, BANDS, FRAMES = 400, 160, 40, 160
"""25 and 10 ms; 1.6 s are looked at in one go."""

SIZE = 256
LEVEL = -30.0
"""dBFS RMS of what the network has learned on."""


def weights() -> Path | None:
    """Where they are; None where the package is not installed."""
    found = importlib.util.find_spec("resemblyzer")
    return Path(found.submodule_search_locations[0], "pretrained.pt") if found and found.submodule_search_locations else None


class Speaker(nn.Module):
    """Mel power (B, 160, 40) -> embedding (B, 256) of length 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, SIZE, 3, batch_first=True)
        self.linear = nn.Linear(SIZE, SIZE)

    def forward(self, mels: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(mels)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)


@cache
def speaker() -> Speaker:
    place = weights()
    if place is None:
        raise FileNotFoundError("Resemblyzer is not installed")
    network = Speaker()
    network.load_state_dict(torch.load(place, map_location="cpu", weights_only=True)["model_state"], strict=False)
    return network.eval()


@cache
def slaney() -> FloatArray:
    """Triangles of unit area (201, 40) on Slaney's mel scale: linear to 1 kHz, then 27 to a factor of 6.4 (Auditory Toolbox, 1998)."""
    mels = np.linspace(0, 15 + 27 * np.log(RATE / 2 / 1000) / np.log(6.4), BANDS + 2)
    hertz = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    left, centre, right = hertz[:-2], hertz[1:-1], hertz[2:]
    weights = np.clip(np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)), 0, None)
    return (weights * 2 / (right - left)).astype(np.float32)


def embedding(media: Media) -> FloatArray:
    """(256,) of a sound of any rate: the mean over stretches of 1.6 s that overlap by half."""
    mono = scipy.signal.resample_poly(media.data.mean(0), RATE, int(media.rate or RATE))
    mono = mono * 10 ** (LEVEL / 20) / max(float(np.sqrt((mono**2).mean())), 1e-9)
    padded = np.pad(mono, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * np.hanning(WINDOW + 1)[:-1]
    mels = (np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ slaney()).astype(np.float32)
    starts = range(0, max(1, len(mels) - FRAMES + 1), FRAMES // 2)
    with torch.no_grad():
        found = speaker()(torch.from_numpy(np.stack([mels[start : start + FRAMES] for start in starts]))).mean(0)
    return nn.functional.normalize(found, dim=0).numpy()


def alike(a: Media, b: Media) -> float:
    """Cosine of two sounds' speaker embeddings, 0..1."""
    return float(embedding(a) @ embedding(b))
