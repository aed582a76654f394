"""What filters are given: the settings of a batch, the light itself in lazily converted encodings, and what is known of its place."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from plugins_gimp import color
from plugins_gimp.recipe import ROUNDING, Filter


@lru_cache(maxsize=256)
def _constant(value: float) -> Tensor:
    return torch.full((1, 1, 1), value)


class Settings:
    """The values of one filter for the candidates of a batch. `names`: the parameters given, `values` (K, names): theirs."""

    def __init__(self, filter: Filter, names: Sequence[str], values: Tensor) -> None:
        self.filter = filter
        self.values = values
        self.column = {name: index for index, name in enumerate(names)}
        self.planes = values[:, :, None, None]

    def __getitem__(self, name: str) -> Tensor:
        """(K, 1, 1), or (1, 1, 1) where the batch does not name it."""
        index = self.column.get(name)
        return _constant(self.filter.defaults[name]) if index is None else self.planes[:, index]

    def joined(self, axis: int, *names: str) -> Tensor:
        """Several of them side by side along `axis`: (K, n, 1) or (K, 1, n)."""
        columns = [self.column.get(name, -1) for name in names]
        stride = columns[1] - columns[0]
        if min(columns) < 0 or columns != list(range(columns[0], columns[0] + len(columns) * stride, stride)):
            return torch.cat(torch.broadcast_tensors(*(self[name] for name in names)), axis)
        found = self.values[:, columns[0] : columns[-1] + 1 : stride]
        return found.unsqueeze(3 - axis)

    def has(self, *names: str) -> bool:
        return any(name in self.column for name in names)

    def rows(self, index: list[int] | None) -> "Settings":
        """The same filter for some of the candidates; all of them where `index` is None."""
        return self if index is None else Settings(self.filter, list(self.column), self.values[index])

    def moved(self) -> Tensor | None:
        """(K, 1, 1), 1 where the filter is at work and 0 where the candidate has it at its defaults; None where all are at work."""
        defaults, rounding = _rest(self.filter, tuple(self.column))
        away = (self.values.detach() - defaults).abs_().sub_(rounding).amax(1)
        return None if float(away.min()) > 0 else (away > 0).float().view(-1, 1, 1)


@lru_cache(maxsize=256)
def _rest(filter: Filter, names: tuple[str, ...]) -> tuple[Tensor, Tensor]:
    """Defaults of the parameters `names` and how far from them still counts as there, (names,) each; modifiers are always there."""
    found = {one.id: one for one in filter.tool.parameters}
    rounding = [torch.inf if name in filter.modifiers else ROUNDING * (found[name].high - found[name].low) for name in names]
    return torch.tensor([filter.defaults[name] for name in names]), torch.tensor(rounding)


class Site:
    """What a filter may know of the picture besides the pixels that it is given: planes (1, 1, N) of the same pixels, made on demand."""

    def __init__(self, distance: Callable[[], Tensor], surroundings: Callable[[], Tensor], noise: Callable[[], Tensor], side: int) -> None:
        self._distance, self._surroundings, self._noise = distance, surroundings, noise
        self.side = side
        """The longer side of the picture, in pixels."""

    @cached_property
    def distance(self) -> Tensor:
        """From the picture's centre; 1 at the middle of each side."""
        return self._distance()

    @cached_property
    def surroundings(self) -> Tensor:
        """L* of the content's blurred luminance."""
        return self._surroundings()

    @cached_property
    def noise(self) -> Tensor:
        """Normal, of deviation 1, the same whenever these pixels are rendered."""
        return self._noise()


class Light:
    """Planes on their way through the chain, kept in whichever encoding the last filter left them, converted only on demand.

    At least one of `linear` and `encoded` is given. An affine map in linear light that has not been applied yet waits in `matrix`
    (K, 3, 3) and `offset` (K, 3, 1).
    """

    def __init__(self, linear: Tensor | None, encoded: Tensor | None) -> None:
        self._linear, self._encoded = linear, encoded
        self._matrix: Tensor | None = None
        self._offset: Tensor | None = None

    def map(self, matrix: Tensor, offset: Tensor | None) -> "Light":
        """The light after an affine map in linear light, which is only noted down."""
        after = Light(self._linear if self._linear is not None else self.linear(), None)
        if self._matrix is None:
            after._matrix, after._offset = matrix, offset
            return after
        after._matrix = torch.matmul(matrix, self._matrix)
        after._offset = None if self._offset is None else torch.matmul(matrix, self._offset)
        if offset is not None:
            after._offset = offset if after._offset is None else after._offset + offset
        return after

    def rows(self, index: list[int] | None) -> "Light":
        """Some of the candidates' planes, each as often as `index` names it; planes that are common to all stay one."""
        if index is None:
            return self
        chosen = Light(None, None)
        for name, planes in vars(self).items():
            setattr(chosen, name, planes[index] if planes is not None and len(planes) > 1 else planes)
        return chosen

    def linear(self) -> Tensor:
        if self._linear is None:
            self._linear = color.decode(self.encoded())
        if self._matrix is not None:
            self._linear = torch.matmul(self._matrix, self._linear)
            if self._offset is not None:
                self._linear = self._linear + self._offset
            self._matrix = self._offset = None
        return self._linear

    def encoded(self) -> Tensor:
        if self._encoded is None:
            self._encoded = color.encode(self.linear())
        return self._encoded
