"""What a recording says about how it was processed: statistics that training and use share.

Nothing about the notes or the words enters by itself; what a single recording leaves of them is averaged away over several
references. A value that a recording cannot show (the air above 8 kHz in a 16 kHz recording) is NaN.
"""

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from shared_engine.metrics.log_mel import Resolution, frames, mel_power
from shared_engine.types import FloatArray, Media

WORKING_LEVEL = -22.0
"""dBFS RMS of the active parts. Everything is brought there before a chain and before it is looked at: it gives thresholds a meaning."""

PIECE_SECONDS = 4.0
"""Statistics are taken of pieces of about this length and averaged."""

REFERENCE_RATE = 16000
RESOLUTION = Resolution(0.032, 0.016, 40)
AIR = Resolution(0.032, 0.016, 6)
BANDS = RESOLUTION.bands + AIR.bands
LOW, HIGH, AIR_HIGH = 60.0, 7800.0, 16000.0
FLOOR = 1e-6
AIR_FLOOR = 1e-9
"""Mean power density above 7.8 kHz, in units of full scale, under which a recording says nothing about its air."""

ACTIVE_DB = 45.0
LEVELS = (1, 3, 6, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98)
CHANGES = (2, 10, 25, 50, 75, 90, 98)
LAGS = (1, 2, 4, 8, 16)
DECAYS = (1, 2, 4, 8, 16, 25)
AMPLITUDES = (30, 60, 80, 90, 95, 98, 99.5, 99.95)
ECHOES = 28
"""Lags, in bins of equal ratio between `ECHO_SECONDS`, at which a sound is looked for in itself."""

ECHO_SECONDS = (0.02, 1.0)
QUICK = Resolution(0.003, 0.003, 1)
QUICK_LAGS = (1, 2, 4, 8)
ZONES = ((0.0, 0.25), (0.4, 0.7), (0.88, 1.0))


def active_level(data: NDArray[np.float32], rate: int) -> float:
    """RMS in dBFS over the 32 ms frames within 40 dB of the loudest; -120 for silence."""
    window = max(1, min(round(0.032 * rate), data.shape[-1]))
    power = (frames(data, window, max(1, window // 2)).astype(np.float64) ** 2).mean(-1)
    power = power.reshape(-1, power.shape[-1]).mean(0)
    return float(10 * np.log10(power[power >= power.max() * 1e-4].mean() + 1e-12))


def at_working_level(data: NDArray[np.float32], rate: int) -> FloatArray:
    """The same sound with its active parts at `WORKING_LEVEL`; silence stays silence."""
    level = active_level(data, rate)
    return data if level < -100 else (data * np.float32(10 ** ((WORKING_LEVEL - level) / 20))).astype(np.float32)


def density(data: NDArray[np.float32], rate: int, resolution: Resolution = RESOLUTION, low: float = LOW, high: float = HIGH) -> FloatArray:
    """Mel power density (frames, bands), mean of the channels, independent of the sample rate."""
    return mel_power(data, rate, resolution, low, high).mean(0) * np.float32(REFERENCE_RATE / rate)


def band_density(data: NDArray[np.float32], rate: int) -> FloatArray:
    """Mel power density (frames, `BANDS`): forty bands, and six of air above them, NaN where the rate has none."""
    low = density(data, rate)
    air = density(data, rate, AIR, HIGH, AIR_HIGH) if rate >= 2 * AIR_HIGH else np.full((len(low), AIR.bands), np.nan, np.float32)
    return np.concatenate((low, air), 1)


def decibels(power: NDArray[np.floating]) -> FloatArray:
    return 10 * np.log10(power + FLOOR, dtype=np.float32)


def of_media(media: Media) -> FloatArray:
    """Statistics (F,) of a sound, brought to the working level first: the mean over its pieces, what no piece shows is NaN."""
    rate = int(media.rate or 0)
    data = at_working_level(media.data, rate)
    count = max(1, round(data.shape[1] / (PIECE_SECONDS * rate)))
    pieces = [of_piece(piece, rate) for piece in np.array_split(data, count, axis=1) if active_level(piece, rate) > WORKING_LEVEL - 20]
    return average(pieces or [of_piece(data, rate)])


def average(rows: list[FloatArray]) -> FloatArray:
    """Mean over rows of what each of them shows."""
    stacked = np.stack(rows)
    shown = np.isfinite(stacked)
    counts = shown.sum(0)
    total = np.where(shown, stacked, 0).sum(0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan).astype(np.float32)


def of_piece(data: NDArray[np.float32], rate: int) -> FloatArray:
    """Statistics (F,) of a few seconds (channels, samples) at the working level."""
    power = density(data, rate)
    mel, energy = decibels(power), decibels(power.mean(1))
    active = energy > energy.max() - ACTIVE_DB
    wide = np.concatenate((decibels(_banded(power, 8)), energy[:, None]), 1)
    wider = np.concatenate((decibels(_banded(power, 4)), energy[:, None]), 1)
    parts = (
        _spectrum(mel, power, energy, active),
        np.percentile(energy, LEVELS),
        _crest(data, rate, active),
        _changes(wide, active),
        *(_decay(curve) for curve in wider.T),
        *(_modulation(curve) for curve in wider.T),
        _amplitudes(data),
        _attacks(data, rate),
        _echoes(data, rate),
        _air(data, rate, energy, active),
    )
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])


def _banded(power: FloatArray, groups: int) -> FloatArray:
    """Mean power of `groups` equal groups of mel bands, (frames, groups)."""
    return power.reshape(len(power), groups, -1).mean(2)


def _spectrum(mel: FloatArray, power: FloatArray, energy: FloatArray, active: NDArray[np.bool_]) -> FloatArray:
    """Mean, spread and quantiles of each band, its mean at three zones of loudness, long-term power, and what lies in the pauses."""
    shown = mel[active]
    order = np.argsort(energy[active])
    zones = [shown[order[int(a * len(order)) : max(int(a * len(order)) + 1, int(b * len(order)))]].mean(0) for a, b in ZONES]
    tiers = np.percentile(shown, (10, 50, 90), axis=0)
    longterm, pauses = decibels(power[active].mean(0)), decibels(np.percentile(power, 5, axis=0))
    return np.stack((shown.mean(0), shown.std(0), *tiers, *zones, longterm, pauses))


def _crest(data: FloatArray, rate: int, active: NDArray[np.bool_]) -> list[float]:
    """Peaks over RMS of the whole piece and of its active frames, in dB, and how much of it is active."""
    peaks = np.abs(data)
    whole = [20 * np.log10(value + 1e-9) - WORKING_LEVEL for value in (peaks.max(), *np.percentile(peaks[:, ::3], (99.9, 99)))]
    cut = frames(data, round(RESOLUTION.window * rate), max(1, round(RESOLUTION.hop * rate)))[:, : len(active)][:, active]
    crest = 20 * np.log10(np.abs(cut).max(-1) / np.sqrt((cut**2).mean(-1) + 1e-9) + 1e-6)
    return [*whole, 10 * float(active.mean()), float(crest.mean()), float(crest.std()), float(np.percentile(crest, 90))]


def _changes(wide: FloatArray, active: NDArray[np.bool_]) -> FloatArray:
    """Quantiles of how much each wide band rises or falls over a few lags: attacks, releases, tails."""
    rows = []
    for lag in LAGS:
        steps = (wide[lag:] - wide[:-lag])[active[:-lag]]
        rows.append(np.percentile(steps, CHANGES, axis=0) if len(steps) else np.zeros((len(CHANGES), wide.shape[1])))
    return np.stack(rows)


def _decay(curve: FloatArray) -> FloatArray:
    """What follows a local peak of the level, in dB below it: the mean course, and its 10 % quantile."""
    peaks = np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])) + 1
    peaks = peaks[(peaks < len(curve) - DECAYS[-1] - 1) & (curve[peaks] > np.median(curve))]
    if not len(peaks):
        return np.zeros(10, np.float32)
    course = np.stack([curve[peaks + lag] - curve[peaks] for lag in DECAYS], 1)
    return np.concatenate((course.mean(0), np.percentile(course[:, 2:], 10, axis=0)))


def _modulation(curve: FloatArray) -> FloatArray:
    """Spectrum of the level itself in nine bands of its modulation frequency, dB: syllables, echoes, pumping."""
    level = np.maximum(curve, curve.max() - 60)
    spectrum = np.abs(np.fft.rfft((level - level.mean()) * np.hanning(len(level)), 512)) ** 2 / len(level)
    edges = np.unique(np.round(np.geomspace(1, len(spectrum), 10)).astype(int))
    return 10 * np.log10(np.array([spectrum[a:b].mean() for a, b in zip(edges[:-1], edges[1:], strict=True)]) + 0.01)


def _amplitudes(data: FloatArray) -> FloatArray:
    """Quantiles of the magnitude of the samples, in dB over the working level: what clipping and limiting leave of the peaks."""
    return 20 * np.log10(np.percentile(np.abs(data[:, ::3]), AMPLITUDES) + 1e-5) - WORKING_LEVEL


def _attacks(data: FloatArray, rate: int) -> FloatArray:
    """Quantiles of how much the level rises within 3 to 24 ms while the sound is active: what a fast compressor takes from a transient."""
    size = round(QUICK.window * rate)
    count = data.shape[1] // size
    level = decibels((data[:, : count * size].reshape(len(data), count, size) ** 2).mean((0, 2)))
    active = level > level.max() - ACTIVE_DB
    steps = [(level[lag:] - level[:-lag])[active[lag:]] for lag in QUICK_LAGS]
    return np.stack([np.percentile(step, CHANGES) if len(step) else np.zeros(len(CHANGES)) for step in steps])


def _echoes(data: FloatArray, rate: int) -> FloatArray:
    """How much the sound repeats itself: greatest autocorrelation of the whitened sound (phase transform; Knapp, Carter 1976) in each bin
    of lags. An echo is an exact copy whatever the voice is; so are the first reflections of an artificial room."""
    size = scipy.fft.next_fast_len(data.shape[1], real=True)
    spectrum = scipy.fft.rfft(data.mean(0), size)
    spectrum = spectrum[: int(len(spectrum) * min(1.0, 2 * HIGH / rate))]
    power = spectrum.real**2 + spectrum.imag**2
    power /= uniform_filter1d(power, max(1, len(power) // 400)) + 1e-9 * power.max() + 1e-12
    repeated = np.abs(scipy.fft.irfft(power, scipy.fft.next_fast_len(2 * len(power), real=True)))
    edges = np.geomspace(*ECHO_SECONDS, ECHOES + 1) * len(repeated) * rate / size
    places = np.minimum(np.round(edges).astype(int), len(repeated) // 2)
    found = [repeated[a : max(b, a + 1)].max() for a, b in zip(places[:-1], places[1:], strict=True)]
    return 20 * np.log10(np.array(found) / max(float(repeated[0]), 1e-12) + 1e-3)


def _air(data: FloatArray, rate: int, energy: FloatArray, active: NDArray[np.bool_]) -> FloatArray:
    """The six bands above 7.8 kHz, or NaN where the recording has none."""
    unknown = np.full((4, AIR.bands), np.nan, np.float32)
    if rate < 2 * AIR_HIGH:
        return unknown
    power = density(data, rate, AIR, HIGH, AIR_HIGH)[: len(active)][active]
    if power.mean() < AIR_FLOOR:
        return unknown
    air = decibels(power)
    return np.stack((air.mean(0), air.std(0), *np.percentile(air, (10, 90), axis=0)))
