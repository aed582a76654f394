"""What else one could do with a track and a reference: the same chain for everybody, match EQ, matchering, ST-ITO's search."""

import tempfile
import warnings
from pathlib import Path

import cmaes
import numpy as np
import scipy.signal
import soundfile

from shared_engine.extensions import load
from shared_engine.proposers.sound import combined, network
from shared_engine.proposers.sound_statistics import at_working_level, of_media
from shared_engine.space import Space
from shared_engine.types import Media

TAPS = 4097


def mean_chain(track: Media, units: np.ndarray, space: Space) -> Media:
    """The one chain that is least wrong for everybody: it looks at no reference."""
    renderer = load("renderers", "pedalboard")()
    (out,) = renderer.stage(track).media(space.decode(units[None].astype(np.float64)), 1)
    return out


def match_eq(track: Media, shown: list[Media], amount: float) -> Media:
    """Long-term spectrum of the references in third octaves, as a linear-phase filter at `amount` of its dB."""
    rate = int(track.rate or 0)
    grid = np.geomspace(40, 0.45 * rate, 120)
    wanted = np.mean([spectrum(one, grid) for one in shown], axis=0)
    change = amount * np.clip(wanted - spectrum(track, grid), -12, 12)
    frequencies = np.concatenate(([0.0], grid, [rate / 2]))
    gains = 10 ** (np.concatenate((change[:1], change, change[-1:])) / 20)
    taps = scipy.signal.firwin2(TAPS, frequencies, gains, fs=rate)
    out = scipy.signal.fftconvolve(track.data, taps[None], axes=1)[:, TAPS // 2 :][:, : track.data.shape[1]]
    return Media("audio", np.ascontiguousarray(out, np.float32), rate=rate)


def spectrum(media: Media, grid: np.ndarray) -> np.ndarray:
    """Mean power in third octaves around `grid`, in dB; what lies beyond the recording's own band is held."""
    rate = int(media.rate or 0)
    frequencies, power = scipy.signal.welch(media.data, rate, nperseg=4096)
    total = power.mean(0)
    inside = np.minimum(grid, 0.45 * rate)
    low, high = (np.searchsorted(frequencies, inside * 2**side) for side in (-1 / 6, 1 / 6))
    return 10 * np.log10([total[a : max(a + 1, b)].mean() + 1e-12 for a, b in zip(low, high, strict=True)])


def matchering(track: Media, shown: Media) -> Media:
    """matchering without its limiter; it wants stereo, so mono is doubled, and some length, so both are played twice."""
    import matchering as mg

    rate = int(track.rate or 0)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = [str(Path(folder, name)) for name in ("track.wav", "reference.wav", "result.wav")]
        for name, media in zip(names[:2], (track, shown), strict=True):
            stereo = np.repeat(media.data, 2, 0) if len(media.data) == 1 else media.data
            soundfile.write(name, np.tile(stereo, (1, 3)).T, int(media.rate or 0), "FLOAT")
        mg.process(names[0], names[1], [mg.Result(names[2], "FLOAT", use_limiter=False, normalize=False)])
        out, found = soundfile.read(names[2], dtype="float32", always_2d=True)
    if found != rate:
        out = scipy.signal.resample_poly(out, rate, found, axis=0)
    length = track.data.shape[1]
    middle = out[length : 2 * length].T
    return Media("audio", np.ascontiguousarray(middle[: len(track.data)], np.float32), rate=rate)


def st_ito(track: Media, shown: list[Media], generations: int, seed: int) -> Media:
    """The search of ST-ITO's script (population 32, sigma 0.33, a whole-chain search without a prior) on our statistics as features.

    Its own features need weights that cannot be fetched everywhere; its published budget is some ten times this one.
    """
    renderer = load("renderers", "pedalboard")()
    space = Space([tool for tool in renderer.tools if not tool.optional and tool.id not in ("gate", "chorus")])
    stage = renderer.stage(track)
    rows = np.stack([of_media(one) for one in shown])
    wanted = combined(list(rows), [1.0] * len(rows))
    scale = network().arrays["deviation"]
    search = cmaes.CMA(np.full(space.dimension, 0.5), 0.33, np.tile([0.0, 1.0], (space.dimension, 1)), seed=seed, population_size=32)
    best, lowest = space.neutral, np.inf
    for _ in range(generations):
        points = np.stack([search.ask() for _ in range(search.population_size)])
        renders = stage.render(space.decode(points), len(points))
        costs = [_apart(one, int(track.rate or 0), wanted, scale) for one in renders]
        search.tell(list(zip(points, costs, strict=True)))
        if min(costs) < lowest:
            lowest, best = min(costs), points[int(np.argmin(costs))]
    (out,) = stage.media(space.decode(best[None]), 1)
    return out


def _apart(render: np.ndarray, rate: int, wanted: np.ndarray, scale: np.ndarray) -> float:
    if not np.isfinite(render).all():
        return 1e3
    found = of_media(Media("audio", at_working_level(render, rate), rate=rate))
    return float(np.nanmean(np.clip(np.abs(found - wanted) / scale, 0, 5)))
