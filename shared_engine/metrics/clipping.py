"""How much more of a render lies outside the displayable range than of its target: a guard against burnt whites and crushed blacks."""

from torch import Tensor

from shared_engine.metrics.metric import Metric


class ClippingMetric(Metric):
    """Mean excursion of R'G'B' outside 0..1 beyond the target's own, in percent of the range."""

    name = "clipping"
    kind = "image"
    unit = "%"
    differentiable = True

    def distance(self, renders: Tensor, target: Tensor) -> Tensor:
        """`renders` (K, N, 3), `target` (N, 3), sRGB-encoded -> (K,)."""
        allowed_low, allowed_high = target.clamp(max=0.0), target.clamp(min=1.0)
        return 100 * ((renders - allowed_high).clamp(min=0) + (allowed_low - renders).clamp(min=0)).mean((-1, -2))
