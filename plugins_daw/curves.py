"""What filters and dynamics do, as curves: for the window, for the export's report, and for the null tests.

pedalboard's filters are the biquads of R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter coefficients" and first-order
Butterworth filters by the bilinear transform; tests hold these equations to pedalboard's own output.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import freqz

from plugins_daw.chain import CUTOFF, NYQUIST_SHARE, Spec

Floats = NDArray[np.float64]

SHELVES = {"LowShelfFilter": 1.0, "HighShelfFilter": -1.0}
PASSES = {"LowpassFilter": 1.0, "HighpassFilter": -1.0}


def coefficients(spec: Spec, rate: float) -> tuple[Floats, Floats] | None:
    """Numerator and denominator of a linear plug-in, or None for one that is not linear."""
    name, settings = spec["plugin"], spec.get("settings", {})
    if name == "Gain":
        return np.array([10 ** (settings["gain_db"] / 20)]), np.array([1.0])
    if name in PASSES:
        k = math.tan(math.pi * min(settings[CUTOFF], NYQUIST_SHARE * rate / 2) / rate)
        b = [k, k] if name == "LowpassFilter" else [1.0, -1.0]
        return np.array(b) / (1 + k), np.array([1.0, (k - 1) / (1 + k)])
    if name != "PeakFilter" and name not in SHELVES:
        return None
    w = 2 * math.pi * min(settings[CUTOFF], NYQUIST_SHARE * rate / 2) / rate
    a, c = 10 ** (settings["gain_db"] / 40), math.cos(w)
    alpha = math.sin(w) / (2 * settings["q"])
    if name == "PeakFilter":
        numerator, denominator = [1 + alpha * a, -2 * c, 1 - alpha * a], [1 + alpha / a, -2 * c, 1 - alpha / a]
    else:
        c, root = SHELVES[name] * c, 2 * math.sqrt(a) * alpha
        numerator = [a * (a + 1 - (a - 1) * c + root), 2 * a * (a - 1 - (a + 1) * c), a * (a + 1 - (a - 1) * c - root)]
        denominator = [a + 1 + (a - 1) * c + root, -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - root]
        if SHELVES[name] < 0:
            numerator[1], denominator[1] = -numerator[1], -denominator[1]
    return np.array(numerator) / denominator[0], np.array(denominator) / denominator[0]


def response(specs: Sequence[Spec], rate: float, hertz: Floats) -> Floats:
    """Level in dB at `hertz` of the linear filters among `specs`, one after the other; gains, which only set a level, are left out."""
    total = np.zeros(len(hertz))
    for spec in specs:
        found = None if spec["plugin"] == "Gain" else coefficients(spec, rate)
        if found is not None:
            total += 20 * np.log10(np.abs(freqz(*found, worN=hertz, fs=rate)[1]) + 1e-9)
    return total


def transfer(spec: Spec, level: Floats) -> Floats | None:
    """Output level in dB for a steady input `level` in dB of a plug-in that works on levels; None for others."""
    name, settings = spec["plugin"], spec.get("settings", {})
    if name == "Compressor":
        return np.where(
            level < settings["threshold_db"], level, settings["threshold_db"] + (level - settings["threshold_db"]) / settings["ratio"]
        )
    if name == "NoiseGate":
        return np.where(
            level > settings["threshold_db"], level, settings["threshold_db"] + (level - settings["threshold_db"]) * settings["ratio"]
        )
    if name == "BrickwallLimiter":
        return np.minimum(level, settings["ceiling_db"])
    if name == "Distortion":
        return 20 * np.log10(np.tanh(10 ** ((settings["drive_db"] + level) / 20)) + 1e-9)
    return None
