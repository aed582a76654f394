"""The host itself as a renderer: candidates go out, pixels or samples come back. Works for every tool, also ones nobody foresaw."""

from collections.abc import Callable, Sequence

import numpy as np

from shared_engine.errors import InputError
from shared_engine.renderer import Array, Batch, Stage
from shared_engine.types import Candidate, FloatArray, Media, Values

Draw = Callable[[Sequence[Candidate]], Sequence[Media]]
"""Has the host render the content with each candidate's values, small -> in their order, all of one size.

Raises:
    Interrupted: the search was stopped, or the host has gone.
"""


class HostStage(Stage):
    """The host bound to its content.

    The first thing it renders is the content as it is: what the host shows, in the host's own colours, is what every candidate is
    compared with. `render` answers (K, H, W, 3) as sRGB-encoded tensors, or (K, channels, samples); what lies outside of the mask stays.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._count = 0
        self._shape: tuple[int, ...] = ()
        (self.content,) = self.draw([{}])

    def draw(self, states: Sequence[Values]) -> list[Media]:
        """The content in each of `states`; one rendering for all of them together."""
        candidates = [Candidate(f"h{self._count + index:06d}", dict(values)) for index, values in enumerate(states)]
        self._count += len(candidates)
        drawn = list(self._draw(candidates)) if candidates else []
        for media in drawn:
            self._shape = self._shape or media.data.shape
            if media.data.shape != self._shape:
                raise InputError(
                    f"the host rendered {media.data.shape} where it had rendered {self._shape}", "This is a fault of the host's plug-in."
                )
        return drawn

    def render(self, batch: Batch, count: int) -> Array:
        return self._array(np.stack([self._kept(media) for media in self.media(batch, count)]))

    def target(self, media: Media) -> Array:
        return self._array(self._kept(media))

    def media(self, batch: Batch, count: int) -> list[Media]:
        columns = {key: np.broadcast_to(np.asarray(column), (count,)).tolist() for key, column in batch.items()}
        return self.draw([{key: column[index] for key, column in columns.items()} for index in range(count)])

    def _kept(self, media: Media) -> FloatArray:
        """The media's data, with the content's own outside of the mask."""
        mask = self.content.mask
        if mask is None:
            return media.data
        return self.content.data + mask[..., None] * (media.data - self.content.data)

    def _array(self, data: FloatArray) -> Array:
        if self.content.kind != "image":
            return data
        import torch

        return torch.from_numpy(np.ascontiguousarray(data))
