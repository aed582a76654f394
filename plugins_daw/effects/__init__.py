"""The effects that the search may use: ranges, scales, units, order and help are owned here, since pedalboard checks few of them.

Order of the chain: clean up, colour, hold together, dirty up, place in space, catch the peaks. Each effect turns its values into
plug-ins of pedalboard; at rest it is no plug-in at all, so an unused effect costs nothing and is bit-transparent. Optional ones are used
where somebody names them or puts them into a chain: what they do is either there or not, and no recording of another sound says it.
"""

from plugins_daw.effects.dirt import BITCRUSH, CLIP, SATURATION
from plugins_daw.effects.dynamics import COMPRESSOR, GATE, LIMITER
from plugins_daw.effects.effect import Effect, Numbers, blended, complete, decibels, mix
from plugins_daw.effects.filters import HIGH_BELL, HIGH_SHELF, HIGHPASS, LADDER, LOW_BELL, LOW_SHELF, LOWPASS, MID_BELL
from plugins_daw.effects.space import CHORUS, DELAY, PHASER, REVERB

EFFECTS: tuple[Effect, ...] = (
    GATE, HIGHPASS, LOW_SHELF, LOW_BELL, MID_BELL, HIGH_BELL, HIGH_SHELF, COMPRESSOR, SATURATION, CLIP, BITCRUSH, LOWPASS, LADDER, PHASER,
    CHORUS, DELAY, REVERB, LIMITER,
)  # fmt: skip

USUAL: tuple[Effect, ...] = tuple(effect for effect in EFFECTS if not effect.tool.optional)
"""What a search uses that was not told what to use."""

__all__ = ["EFFECTS", "USUAL", "Effect", "Numbers", "blended", "complete", "decibels", "mix"]
