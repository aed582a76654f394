"""The learned look: what do these references have in common that is not their subject?

Networks trained on photos x looks (shared_engine/training/look.py) read the statistics of one or more references, averaged, and answer
coefficients of the directions in which looks differ. The answer is the mean of what could be meant, so it is shy with one
reference and grows surer with more. Data, terms and figures: look.md beside the weights.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from shared_engine import assets
from shared_engine.proposers.look_doubt import remembered
from shared_engine.proposers.look_statistics import statistics
from shared_engine.proposers.lut import SIZE, LutProposal
from shared_engine.proposers.lut_fit import Basis
from shared_engine.proposers.neighbourhoods import sample
from shared_engine.proposers.proposer import Proposal, Proposer, effective_number
from shared_engine.types import FloatArray, Media, Reference

WEIGHTS = Path(__file__).with_name("look.safetensors")
CONFIDENCE = 0.35, 0.7
"""The share of the way from doing nothing to the true look that such answers went, within these: above what paints (0.3) even where it is
a guess, below what has seen the content itself under the look (0.8)."""

GUESS = 0.15
"""Where less than this share of the way is expected, it is called a guess: across the
folds of look_doubt.py one in four of such answers was worse than nothing."""

SURE, SHY, MILD = 0.4, 0.1, 0.7
"""Where the first share of the way is expected of one reference the answer is given whole, where the second is at the third strength.
Across the folds of look_doubt.py that costs nothing in the mean, and 13 % of the answers to one reference are worse than nothing where 18 %
were. Of several references as much surer an answer is whole: there, from two on, whole answers left least whatever was expected (of
two, where a tenth to a fifth was, 0.835 whole and 0.855 at MILD; 87 % for 91 % are better than nothing)."""

MOST = 8
"""References that training shows together. The statistics of more are averaged as well, but make the networks no surer."""


@dataclass(frozen=True)
class LookModel:
    """M networks of the same shape and the basis they speak in. Layer arrays carry the network as first axis.

    `hidden`: weight (M, out, in), bias, gain and shift (M, out) of each hidden layer (Linear, LayerNorm, SiLU); `last`: weight and bias.
    """

    basis: Basis
    feature_mean: FloatArray
    feature_scale: FloatArray
    hidden: Sequence[tuple[FloatArray, ...]]
    last: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, arrays: assets.Arrays) -> "LookModel":
        tensors = {name: array.astype(np.float32) for name, array in arrays.items()}
        depth = sum(name.startswith("gain") for name in tensors)
        hidden = [tuple(tensors[f"{part}{layer}"] for part in ("weight", "bias", "gain", "shift")) for layer in range(depth)]
        last = tensors[f"weight{depth}"], tensors[f"bias{depth}"]
        return cls(Basis(tensors["mean"], tensors["directions"]), tensors["feature_mean"], tensors["feature_scale"], hidden, last)

    def coefficients(self, features: FloatArray) -> FloatArray:
        """Statistics and the logarithm of the number of references (F + 1,) -> what each network answers (M, K)."""
        weight, bias = self.last
        signal = np.broadcast_to((features - self.feature_mean) / self.feature_scale, (len(weight), len(features)))
        for layer_weight, layer_bias, gain, shift in self.hidden:
            signal = np.einsum("moi,mi->mo", layer_weight, signal) + layer_bias
            signal = signal - signal.mean(1, keepdims=True)
            signal = signal / np.sqrt((signal**2).mean(1, keepdims=True) + 1e-5) * gain + shift
            signal = signal / (1 + np.exp(-signal))
        return np.einsum("moi,mi->mo", weight, signal) + bias

    def residual(self, features: FloatArray) -> tuple[FloatArray, float]:
        """The networks' mean answer as a residual table (17, 17, 17, 3), and how far they disagree (norm of their deviations)."""
        answers = self.coefficients(features)
        flat = self.basis.mean + answers.mean(0) @ self.basis.directions
        return flat.reshape(SIZE, SIZE, SIZE, 3), float(np.linalg.norm(answers.std(0)))


@cache
def load(path: Path) -> LookModel:
    """A model from its file; AssetError where that is missing or not the pinned one."""
    arrays, _ = assets.read(path)
    return LookModel.of(arrays)


def model() -> LookModel:
    """The shipped model, or the one that the environment variable UTSUSHI_LOOK names: one's own, from `utsushi train look`."""
    return load(Path(os.environ.get("UTSUSHI_LOOK", WEIGHTS)))


def describe(references: Sequence[Media], weights: Sequence[float]) -> FloatArray:
    """Averaged statistics of the references and the logarithm of their effective number, at most `MOST`, (F + 1,)."""
    counted = np.asarray(weights, np.float64)
    averaged = counted / counted.sum() @ statistics(np.stack([sample(reference) for reference in references]))
    return np.append(averaged, np.log(min(effective_number(counted), MOST))).astype(np.float32)


class LookProposer(Proposer):
    name = "look"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        shown = [reference for reference in references if reference.weight > 0]
        if not shown:
            return None
        features = describe([reference.media for reference in shown], [reference.weight for reference in shown])
        residual, disagreement = model().residual(features)
        number = float(np.exp(features[-1]))
        doubt = remembered().near(residual, number, disagreement)
        expected = 1 - doubt.left
        strength = np.float32(np.interp(number * expected, (SHY, SURE), (MILD, 1.0)))
        directions = np.concatenate((doubt.directions, (1 - strength) * residual[None]))
        confidence = float(np.clip(expected, *CONFIDENCE))
        return LutProposal(self.name, confidence, _reason(len(shown), expected), strength * residual, directions)


def _reason(count: int, expected: float) -> str:
    """For the user; `expected`: the share of the way to the true look that answers like this went."""
    said = "The look that one reference suggests" if count == 1 else f"The look that {count} references suggest"
    guess = ", though it is a guess" if expected < GUESS else ""
    advice = "; add photos with the same look to make it surer" if count < 4 else ""
    return said + guess + advice
