"""What a user leans to: a belief about what is meant, which sharpens with every choice.

A point z of the belief is a vector of standard normal numbers: so many standard deviations along each direction in which the answer is
unsure. How it looks on the user's own content is told by features, to first order: f(z) = z @ slopes, relative to the belief's centre, in
a space where Euclidean distance is what the eye or ear sees. Who is shown several answers and picks one says that what is meant lies
nearer to it than to the others:

    P(i is picked | z) = exp(-|f_i - f(z)|^2 / N) / sum_j exp(-|f_j - f(z)|^2 / N),   N = NOISE * mean |f_i - mean f|^2

|f(z)|^2 cancels, so each choice is a multinomial logit that is linear in z (Bradley and Terry 1952; McFadden 1974): with the normal
prior the belief is log-concave, has one mode, and elliptical slice sampling (Murray, Adams, MacKay 2010) draws from it without a step to
tune.

Lineage: Koyama's sequential line search (2017) and sequential gallery (2020), and Optuna's preferential sampler, learn a free-form utility
of the parameters by a Gaussian process. Here what is meant is one point and its prior is known (a proposer measured how it errs), so that
the first choice already moves the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

NOISE = 0.25
"""How often a user errs: the share of the spread of what was shown that is overlooked."""

PARTICLES = 600
STEPS = 6
"""Moves of each particle, away from the normal distribution that it starts at."""

NEWTON, REACH = 12, 3.0
"""Newton's steps to the mode, each at most so many standard deviations long."""

ROUNDS = 25
FLOOR = 0.3
"""Share of the prior's distance below which a nearer answer is worth no more: it keeps one particle from pulling an answer onto itself."""


@dataclass(frozen=True)
class Seen:
    """One pick: the features (m, E) of what was shown, relative to the belief's centre, and the index of the one that was preferred."""

    features: Points
    picked: int


class Belief:
    """`slopes` (D, E): how the features change with each of D directions, a standard deviation of the prior each."""

    def __init__(self, slopes: Points, picks: Sequence[Seen] = (), noise: float = NOISE, seed: int = 0) -> None:
        self.slopes = np.asarray(slopes, np.float64)
        self.rng = np.random.default_rng(seed)
        logits = [_logit(self.slopes, seen, noise) for seen in picks]
        self.starts = np.cumsum([0, *(len(offsets) for _, offsets in logits)], dtype=int)[: len(logits)]
        self.picked = self.starts + np.array([seen.picked for seen in picks], int)
        self.weights = np.concatenate([weights for weights, _ in logits] or [np.zeros((len(self.slopes), 0))], axis=1)
        self.offsets = np.concatenate([offsets for _, offsets in logits] or [np.zeros(0)])
        # Distances between features of D directions need D axes, however many pixels they were seen on.
        strengths, axes = np.linalg.eigh(self.slopes @ self.slopes.T)
        self.axes = axes * np.sqrt(np.maximum(strengths, 0.0))
        self.particles = self._sampled(PARTICLES)

    @property
    def mean(self) -> Points:
        """What is meant, on average, (D,): zeros before the first choice."""
        if not len(self.starts):
            return np.zeros(len(self.slopes))
        mean: Points = self.particles.mean(0)
        return mean

    def likelihood(self, points: Points) -> Points:
        """The logarithm of how likely the choices were, (N, D) -> (N,)."""
        utilities = points @ self.weights + self.offsets
        top = utilities.max(1, keepdims=True)
        sums = np.log(np.add.reduceat(np.exp(np.maximum(utilities - top, -600.0)), self.starts, axis=1)) + top
        likely: Points = (utilities[:, self.picked] - sums).sum(1)
        return likely

    def distances(self, points: Points, others: Points) -> Points:
        """Distances of features, (N, D) and (M, D) -> (N, M)."""
        a, b = points @ self.axes, others @ self.axes
        squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
        return np.sqrt(np.maximum(squared, 0.0))

    def gallery(self, count: int, apart: float = 0.0) -> Points:
        """`count` points (count, D) such that what is meant lies near one of them, or near the mean, in expectation; most likely first.

        Not draws: in many directions two draws lie farther from each other, and from what is meant, than the mean does. These are the
        centres that minimise the expected logarithm of the distance to the nearest (k-means, with weights 1 / distance^2), the mean being
        one of them that stays. They are pushed outwards until they look at least `apart` from each other.
        """
        centres = np.concatenate([self.mean[None], self._seeds(count)])
        scale = float(np.median(self.distances(self.particles, centres[:1])))
        for _ in range(ROUNDS):
            reach = self.distances(self.particles, centres)
            owner = reach.argmin(1)
            worth = 1 / (reach.min(1) ** 2 + (FLOOR * scale) ** 2 + 1e-30)
            for index in range(1, len(centres)):
                mine = owner == index
                if mine.any():
                    centres[index] = np.average(self.particles[mine], axis=0, weights=worth[mine])
        size = np.bincount(self.distances(self.particles, centres).argmin(1), minlength=len(centres))[1:]
        ordered = centres[1:][np.argsort(-size, kind="stable")]
        return self._pushed(ordered, apart)

    def _seeds(self, count: int) -> Points:
        """Particles far from the mean and from each other."""
        reach = self.distances(self.particles, self.mean[None])[:, 0]
        chosen: list[int] = []
        for _ in range(count):
            chosen.append(int(np.argsort(reach)[int(0.9 * len(reach))]))
            reach = np.minimum(reach, self.distances(self.particles, self.particles[chosen[-1:]])[:, 0])
        return self.particles[chosen]

    def _pushed(self, points: Points, apart: float) -> Points:
        centre = self.mean
        every = np.concatenate([centre[None], points])
        between = self.distances(every, every)[np.triu_indices(len(every), 1)]
        nearest = float(between.min())
        stretch = max(1.0, apart / nearest) if nearest > 0 else 1.0
        return centre + stretch * (points - centre)

    def _mode(self) -> tuple[Points, Points]:
        """The most likely point, by Newton's method, and the covariance of the normal distribution that fits there (Laplace)."""
        size = len(self.slopes)
        point, group = np.zeros(size), np.repeat(np.arange(len(self.starts)), np.diff([*self.starts, len(self.offsets)]))
        for _ in range(NEWTON):
            utilities = point @ self.weights + self.offsets
            shares = np.exp(utilities - np.maximum.reduceat(utilities, self.starts)[group])
            shares /= np.add.reduceat(shares, self.starts)[group]
            means = np.add.reduceat(self.weights * shares, self.starts, axis=1)
            slope = (self.weights[:, self.picked] - means).sum(1) - point
            curvature = np.eye(size) + (self.weights * shares) @ self.weights.T - means @ means.T
            step = np.linalg.solve(curvature, slope)
            point = point + step * min(1.0, REACH / (np.linalg.norm(step) + 1e-12))
        return point, np.linalg.inv(curvature)

    def _sampled(self, count: int) -> Points:
        """Starts at the fitted normal distribution, then elliptical slice sampling, all chains at once."""
        drawn = self.rng.standard_normal((count, len(self.slopes)))
        if not len(self.starts):
            return drawn
        mode, covariance = self._mode()
        points: Points = mode + drawn @ np.linalg.cholesky(covariance).T
        current = self.likelihood(points)
        for _ in range(STEPS):
            other = self.rng.standard_normal(points.shape)
            level = current + np.log(self.rng.random(count))
            angle = self.rng.uniform(0, 2 * np.pi, count)
            low, high = angle - 2 * np.pi, angle.copy()
            waiting = np.arange(count)
            while len(waiting):
                turn = angle[waiting, None]
                tried = points[waiting] * np.cos(turn) + other[waiting] * np.sin(turn)
                worth = self.likelihood(tried)
                taken = worth >= level[waiting]
                points[waiting[taken]], current[waiting[taken]] = tried[taken], worth[taken]
                waiting = waiting[~taken]
                below = angle[waiting] < 0
                low[waiting[below]], high[waiting[~below]] = angle[waiting[below]], angle[waiting[~below]]
                angle[waiting] = self.rng.uniform(low[waiting], high[waiting])
        return points


def _logit(slopes: Points, seen: Seen, noise: float) -> tuple[Points, Points]:
    """A choice as utilities z @ weights + offsets: weights (D, m), offsets (m,)."""
    features = np.asarray(seen.features, np.float64)
    spread = float(((features - features.mean(0)) ** 2).sum(1).mean())
    scale = 1 / (noise * spread) if spread > 1e-12 else 0.0  # of what all looks alike nothing is learned
    return 2 * scale * slopes @ features.T, -scale * (features**2).sum(1)
