"""In what light a picture was taken, as far as it tells a scene that shows something else: how bright it is, and in which colour.

Whoever asks for a picture's light means the light, not its mean colour: a white cat in the dark is no black one in the sun.
Of the content Blender knows the light itself: what a grey card in it would show. Of the reference there is only the picture. Its mean
colour is held against that of a typical picture, which normal light made: what is left is light in part, and in part what happens to be
shown. How much of it is light, scenes tell of which it is known, as in Bayes' rule with a normal light for what was known before; a part of
the way from the one light to the other is then gone, since a light that is misjudged costs more than one that is left.

Chosen on forty scenes thrown together (tests/bench/blender_heaps.py) after close-ups of each other, 400 cases with a light each: 0.64 of
doing nothing is left and 93 % are better than nothing. Medians, quantiles, the brightest or greyest pixels instead of the mean told no
more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared_engine.proposers.color import encoded, srgb_to_linear
from shared_engine.proposers.neighbourhoods import sample
from shared_engine.proposers.proposer import Proposal, Proposer, effective_number
from shared_engine.types import FloatArray, Media, Reference

CONFIDENCE = 0.75
"""Above the learned look, below all that knows the content."""

AXES = np.array([[1.0, 1.0, 1.0], [0.5, 0.0, -0.5], [1 / 3, -2 / 3, 1 / 3]])
"""Brightness, warmth (red over blue) and tint (magenta over green): a stop of each in stops of the primaries."""

GREY = 0.18
"""Reflectance of a grey card."""

TYPICAL = np.array([-2.95, 0.4, -0.18])
"""Mean colour of a picture, in stops of linear light on each axis: half way between 300 photos and the scenes thrown together."""

NORMAL = np.array([-0.9, 0.0, 0.0])
"""The light that makes a scene look so, in stops over the one that shows a grey card as 18 %."""

SLOPE = np.array([0.72, 0.95, 0.6])
"""Stops of light, as likely as not, behind a stop of the mean colour. Less than one: the rest is what is shown. More warmth than seems
just, since a view transform pales colours."""

TINTED = 0.25
"""Stops of tint that each reference can say at most: more is a leaf or a petal that fills the picture."""

PRIOR = np.array([0.8, 0.33, 0.33])
"""References that the light in the scene is worth, on each axis: one is followed five ninths of the way in brightness, three quarters in
colour."""

DOUBT = np.array([0.9, 0.6, 0.4])
"""What one reference leaves open on each axis, in stops: 1.48 times the median of what was missing, as a normal distribution has it."""

STOPS = 8.0
"""At most so much more or less of a primary."""

FAINTEST = 2.0**-9
"""Linear light that counts as none."""

Relight = Callable[[Media, NDArray[np.floating]], FloatArray]
"""The scene at the size of a content in so many stops (K, 3) more light of each primary -> (K, H, W, 3) sRGB."""


@dataclass(frozen=True)
class LightProposal(Proposal):
    """The scene in `stops` (3,) more light of each primary. `doubt` (R, 3) holds the directions in which they may be wrong."""

    proposer: str
    confidence: float
    reason: str
    relight: Relight
    stops: NDArray[np.floating]
    doubt: NDArray[np.floating]

    @property
    def unsure(self) -> int:  # type: ignore[override]
        return len(self.doubt)

    def varied(self, point: NDArray[np.float64]) -> "LightProposal":
        return replace(self, stops=self.stops + point @ self.doubt, doubt=self.doubt[:0])

    def render(self, content: Media, likeness: float = 1.0) -> Media:
        before, after = self.relight(content, np.stack([np.zeros(3), likeness * self.stops]))
        return replace(content, data=np.clip(encoded(content) + after - before, 0, 1), space="sRGB")


class LightProposer(Proposer):
    """`card` (3,): a grey card in the content's light as the content's display shows it, sRGB."""

    name = "light"
    kind = "image"

    def __init__(self, relight: Relight, card: FloatArray) -> None:
        self.relight, self.card = relight, card

    def propose(self, content: Media, references: Sequence[Reference]) -> Proposal | None:
        weights = np.array([reference.weight for reference in references], np.float64)
        if not weights.any():
            return None
        number = effective_number(weights)
        shown = np.average([sample(reference.media)[:, 0].mean(0) for reference in references], axis=0, weights=weights)
        stops = number / (number + PRIOR) * (estimated(shown, number) - _axes(self.card, GREY))
        doubt = DOUBT[:, None] / np.sqrt(number) * AXES
        what = "the reference's light" if len(references) == 1 else "the references' light"
        reason = f"Brightness and colour of {what}, as far as another scene tells them"
        return LightProposal(self.name, CONFIDENCE, reason, self.relight, np.clip(stops @ AXES, -STOPS, STOPS), doubt)


def estimated(shown: NDArray[np.floating], number: float = 1.0) -> NDArray[np.float64]:
    """The light of `number` references whose mean is `shown` (3,), sRGB: stops of brightness, warmth and tint over a grey card at 18 %."""
    told = SLOPE * (_axes(shown) - TYPICAL)
    told[2] = np.clip(told[2], -TINTED * number, TINTED * number)
    found: NDArray[np.float64] = NORMAL + told
    return found


def _axes(shown: NDArray[np.floating], white: float = 1.0) -> NDArray[np.float64]:
    """A colour (3,), sRGB, as stops of linear light over `white` on each axis."""
    stops: NDArray[np.float64] = np.log2(np.maximum(srgb_to_linear(shown.astype(np.float32)), FAINTEST) / white) @ np.linalg.inv(AXES)
    return stops
