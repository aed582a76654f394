"""The contract of metrics: a distance of renders to a target that shows the *same* content.

A metric answers in the array kind it is given (numpy in, numpy out; torch in, torch out with gradients where `differentiable`),
must be >= 0, 0 for equal input, finite for finite input, and must not change its arguments.
"""

from abc import ABC, abstractmethod

from shared_engine.renderer import Array
from shared_engine.types import Kind


class Metric(ABC):
    name: str
    kind: Kind
    unit: str = ""
    differentiable: bool = False
    separable: bool = False
    """True: the distance is a mean of norms, and `residuals` tells them apart for optimisers that use it."""

    @abstractmethod
    def distance(self, renders: Array, target: Array) -> Array:
        """Distances of `renders` (K, ...) to `target` (...) -> (K,), in `unit`."""

    def residuals(self, renders: Array, target: Array) -> Array:
        """Signed differences (K, groups, size): the distance is the mean over the groups of their Euclidean norms."""
        raise TypeError(f"{self.name} is not separable")

    def norm(self, residuals: Array) -> Array:
        """The distance of renders whose `residuals` are known already -> (K,)."""
        distance: Array = ((residuals**2).sum(-1) ** 0.5).mean(-1)
        return distance
