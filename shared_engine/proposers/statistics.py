"""A control that knows nothing of style: a mild linear colour transfer towards the references.

At full strength it copies the reference's content (a blue sky turns coffee brown); blended at a seventh it is the best of the simple
methods that were measured, and what every learned proposer must beat.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.lut import LutProposal, lattice
from shared_engine.proposers.neighbourhoods import sample
from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.types import FloatArray, Media, Reference

SHARE = 0.15
JITTER = 1e-4
"""Variance added to every colour axis, so that a monochrome or a one-colour picture still has an inverse."""


class StatisticsProposer(Proposer):
    name = "statistics"
    kind = "image"

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        mean, covariance = moments(sample(content)[:, 0])
        weights = np.array([reference.weight for reference in references], np.float64)
        shown = [moments(sample(reference.media)[:, 0]) for reference in references]
        goal_mean = np.average([one[0] for one in shown], axis=0, weights=weights)
        goal_covariance = np.average([one[1] for one in shown], axis=0, weights=weights)
        matrix = monge_kantorovich(covariance, goal_covariance)
        points = lattice()
        moved = np.clip((points - mean) @ matrix.T + goal_mean, 0.0, 1.0)
        residual = (SHARE * (moved - points)).astype(np.float32)
        return LutProposal(self.name, 0.1, "A little of the references' own colours", residual)


def moments(colors: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (3,) and covariance (3, 3) of colours (P, 3)."""
    return colors.mean(0, dtype=np.float64), np.cov(colors.T.astype(np.float64)) + JITTER * np.eye(3)


def root(matrix: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 1e-12) ** power) @ vectors.T


def monge_kantorovich(source: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The linear map between two Gaussians that moves colours least (Pitie and Kokaram 2007): S^-1/2 (S^1/2 G S^1/2)^1/2 S^-1/2."""
    half, inverse_half = root(source, 0.5), root(source, -0.5)
    return inverse_half @ root(half @ goal @ half, 0.5) @ inverse_half
