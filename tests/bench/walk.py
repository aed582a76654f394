"""A simulated user before the readings of one proposal: they know the true answer, and pick what lies nearest to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import gmean

from shared_engine.meaning import SAMPLE, Eye, visible
from shared_engine.preferences import Belief, Seen
from shared_engine.proposers.proposer import Proposal
from shared_engine.renderer import Renderer
from shared_engine.senses import Senses, senses
from shared_engine.types import Media

ALTERNATIVES = 8

User = Callable[[Sequence[float]], int]
"""Distances of what is shown to what the user means -> which one they pick."""

Distance = Callable[[Media, Media], float]


@dataclass(frozen=True)
class Walk:
    """One case: distances to the truth of the answer before and after each choice, of the first alternatives, and between these."""

    answers: Sequence[float]
    alternatives: Sequence[float]
    pairs: Sequence[float]


def nearest(distances: Sequence[float]) -> int:
    return int(np.argmin(distances))


def dice(seed: int) -> User:
    rng = np.random.default_rng(seed)
    return lambda distances: int(rng.integers(len(distances)))


def between(shown: Sequence[Media], distance: Distance) -> list[float]:
    return [distance(a, b) for a, b in combinations(shown, 2)]


def bare_walk(proposal: Proposal, content: Media, truth: Media, renderer: Renderer, distance: Distance, user: User, choices: int) -> Walk:
    """Readings as they are proposed, before any tool transcribes them."""
    sense = senses(content)
    eye = Eye(proposal, content, renderer.stage(content, SAMPLE), sense, 1.0)
    slopes, seen = eye.slopes(), list[Seen]()
    answers, first, pairs = [], [], []
    for turn in range(choices + 1):
        belief = Belief(slopes, seen)
        answer = proposal.varied(belief.mean).render(content)
        answers.append(distance(answer, truth))
        if turn == choices and turn > 0:
            break
        shown = [answer, *apart(eye, belief, sense, distance)]
        far = [distance(one, truth) for one in shown]
        if turn == 0:
            first, pairs = far[1:], between(shown[1:], distance)
        seen = [*seen, Seen(np.stack([eye.features(one) for one in shown]), user(far))]
    return Walk(answers, first, pairs)


def apart(eye: Eye, belief: Belief, sense: Senses, distance: Distance) -> list[Media]:
    """The alternatives that are shown: as many as differ from the answer and from each other."""
    kept = [eye.proposal.varied(belief.mean).render(eye.content)]
    for point in visible(eye, belief, ALTERNATIVES, sense):
        shown = eye.proposal.varied(point).render(eye.content)
        if min(distance(shown, other) for other in kept) >= sense.apart:
            kept.append(shown)
    return kept[1:]


def best_rows(walks: Sequence[Walk], unit: str) -> dict[str, Any]:
    """What the first alternatives are worth; their distances from each other in `unit`."""
    showing = [walk for walk in walks if walk.alternatives]
    pairs = [walk.pairs for walk in showing if walk.pairs]
    return {
        "best_of_8": float(gmean([min(walk.alternatives) / walk.answers[0] for walk in showing])),
        "best_of_8_or_answer": float(gmean([min((*walk.alternatives, walk.answers[0])) / walk.answers[0] for walk in walks])),
        f"gallery_mean_{unit}": float(np.mean([np.mean(one) for one in pairs])),
        f"gallery_min_{unit}": float(min(min(one) for one in pairs)),
        "gallery_size": float(np.mean([len(walk.alternatives) for walk in walks])),
    }


def after_rows(walks: Sequence[Walk], name: str) -> dict[str, Any]:
    """What is left of the answer's distance after each choice."""
    return {
        f"after_{turn}_{name}": float(gmean([walk.answers[turn] / walk.answers[0] for walk in walks]))
        for turn in range(1, len(walks[0].answers))
    }
