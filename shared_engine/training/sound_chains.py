"""Chains to train the sound proposer on: sparse, within taste, with the slopes now and then other than ours.

A chain is values by key; other orders and effects that the canonical chain does not have come from sound_foreign.py.
"""

from collections.abc import Callable, Mapping

import numpy as np

Chain = dict[str, float | str]

KEYS = (
    "gate.threshold", "highpass.frequency", "low-shelf.frequency", "low-shelf.gain", "low-bell.frequency", "low-bell.gain", "low-bell.q",
    "mid-bell.frequency", "mid-bell.gain", "mid-bell.q", "high-bell.frequency", "high-bell.gain", "high-bell.q", "high-shelf.frequency",
    "high-shelf.gain", "compressor.threshold", "compressor.ratio", "compressor.attack", "compressor.release", "saturation.drive",
    "lowpass.frequency", "delay.time", "delay.feedback", "delay.mix", "reverb.size", "reverb.damping", "reverb.wet", "limiter.ceiling",
)  # fmt: skip
"""What the proposer estimates, in this order. What else the tools have (slopes, mixes, chorus) stays at its default."""

UNTOUCHED = 0.2
"""Share of chains that do nothing: from these it learns how likely there is any processing."""

PROBABILITIES = {
    "gate": 0.07, "highpass": 0.5, "low-shelf": 0.42, "low-bell": 0.4, "mid-bell": 0.3, "high-bell": 0.4, "high-shelf": 0.48,
    "compressor": 0.55, "saturation": 0.18, "lowpass": 0.16, "delay": 0.18, "reverb": 0.5, "limiter": 0.14,
}  # fmt: skip


def random_chain(rng: np.random.Generator) -> Chain:
    """One chain by key; each effect is there with its own probability."""
    if rng.random() < UNTOUCHED:
        return {}
    chain: Chain = {}
    for tool, probability in PROBABILITIES.items():
        if rng.random() < probability:
            chain.update({f"{tool}.{name}": value for name, value in DRAWS[tool](rng).items()})
    return chain


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(low * (high / low) ** rng.random())


def _gain(rng: np.random.Generator, limit: float) -> float:
    """Both signs, seldom next to nothing."""
    return float(rng.choice((-1, 1)) * limit * (0.1 + 0.9 * rng.random()))


def _bell(low: float, high: float) -> Callable[[np.random.Generator], Mapping[str, float | str]]:
    return lambda rng: {"frequency": _log(rng, low, high), "gain": _gain(rng, 9), "q": _log(rng, 0.5, 3)}


def _slope(rng: np.random.Generator) -> str:
    return str(rng.choice(("6 dB/oct", "12 dB/oct", "24 dB/oct"), p=(0.35, 0.5, 0.15)))


def _compressor(rng: np.random.Generator) -> Mapping[str, float | str]:
    return {
        "threshold": float(rng.uniform(-50, -14)),
        "ratio": _log(rng, 1.3, 10),
        "attack": _log(rng, 1, 60),
        "release": _log(rng, 25, 500),
        "mix": 1.0 if rng.random() < 0.8 else float(rng.uniform(0.4, 1)),
    }


DRAWS: Mapping[str, Callable[[np.random.Generator], Mapping[str, float | str]]] = {
    "gate": lambda rng: {"threshold": float(rng.uniform(-62, -36)), "release": _log(rng, 40, 400)},
    "highpass": lambda rng: {"frequency": _log(rng, 35, 450), "slope": _slope(rng)},
    "low-shelf": lambda rng: {"frequency": _log(rng, 80, 400), "gain": _gain(rng, 9)},
    "low-bell": _bell(150, 900),
    "mid-bell": _bell(700, 3000),
    "high-bell": _bell(2000, 7000),
    "high-shelf": lambda rng: {"frequency": _log(rng, 2500, 9000), "gain": _gain(rng, 11)},
    "compressor": _compressor,
    "saturation": lambda rng: {"drive": float(rng.uniform(3, 26)), "mix": 1.0 if rng.random() < 0.6 else float(rng.uniform(0.3, 1))},
    "lowpass": lambda rng: {"frequency": _log(rng, 1800, 10000), "slope": _slope(rng)},
    "delay": lambda rng: {"time": _log(rng, 0.05, 0.6), "feedback": float(rng.uniform(0, 0.6)), "mix": float(rng.uniform(0.06, 0.45))},
    "reverb": lambda rng: {"size": float(rng.random()), "damping": float(rng.random()), "wet": float(0.01 + 0.5 * rng.beta(1, 1.5))},
    "limiter": lambda rng: {"ceiling": float(rng.uniform(-22, -8)), "release": _log(rng, 30, 300)},
}
