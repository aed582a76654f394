"""Two estimators in one file: a newly trained one, and one that read fewer statistics.

The shipped weights are the mean of two networks, of which the older (the file that was shipped until then) was trained before the
statistics had amplitudes, attacks and echoes. What those tell has no weight in it, and its first layer takes
the newer network's standardisation:
W ((x - m1) / d1) + b = (W d2 / d1) ((x - m2) / d2) + b + W ((m2 - m1) / d1).

    python -m shared_engine.training.sound_join NEW OLDER OUT
"""

import json
import sys
from pathlib import Path

import numpy as np

from shared_engine import assets
from shared_engine.errors import InputError
from shared_engine.proposers.sound_statistics import AIR, AMPLITUDES, CHANGES, ECHOES, QUICK_LAGS

ADDED = len(AMPLITUDES) + len(QUICK_LAGS) * len(CHANGES) + ECHOES
"""Statistics that the older network does not know; they stand before those of the air."""

AIR_STATISTICS = 4 * AIR.bands

DEAD_ZONE = 0.9
"""Where the newer network alone moves the tracks of ``dev`` by less than 0.3 dB when their reference is unprocessed. The older one was
trained on those voices, and is surer there than it may be."""


def join(new: Path, older: Path, out: Path) -> str:
    """Writes the mean of both -> its pin (SHA-256). InputError where they do not estimate the same settings."""
    (arrays, metadata), (others, told) = assets.read(new), assets.read(older)
    if json.loads(metadata["parameters"]) != json.loads(told["parameters"]) or metadata["layers"] != told["layers"]:
        raise InputError(f"{older.name} does not estimate what {new.name} does", "Join weights of the same settings and layers.")
    features = len(arrays["mean"])
    known = np.r_[: features - ADDED - AIR_STATISTICS, features - AIR_STATISTICS : features]
    first, joined, count = int(metadata["networks"]), dict(arrays), int(told["networks"])
    shift = (arrays["mean"][known].astype(np.float64) - others["mean"]) / others["deviation"]
    for number in range(count):
        for index in range(int(told["layers"])):
            for name in ("weight", "bias"):
                joined[f"{first + number}.{index}.{name}"] = others[f"{number}.{index}.{name}"]
        weight = others[f"{number}.0.weight"].astype(np.float64)
        wider = np.zeros((len(weight), features + 1))
        wider[:, known] = weight[:, :-1] * (arrays["deviation"][known] / others["deviation"])
        wider[:, -1] = weight[:, -1]
        joined[f"{first + number}.0.weight"] = wider.astype(np.float32)
        joined[f"{first + number}.0.bias"] = (others[f"{number}.0.bias"] + weight[:, :-1] @ shift).astype(np.float32)
    return assets.write(out, joined, metadata | {"networks": str(first + count), "dead_zone": str(DEAD_ZONE)})


if __name__ == "__main__":
    sys.stdout.write(join(*map(Path, sys.argv[1:4])) + "\n")
