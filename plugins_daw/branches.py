"""Many chains over one sound: what chains begin with in common is rendered once, and so are chains that are equal.

The candidates of a Jacobian differ from each other in one setting. All that stands before it sounds the same in each of them, and a
setting of an effect that rests changes nothing at all. So a batch is a tree (a radix tree of plug-ins): a branch renders the plug-ins that
all its chains go on with, then hands its sound to the branches that part there.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from plugins_daw.chain import Spec, board
from shared_engine.cores import cores
from shared_engine.types import FloatArray

Chain = Sequence[Spec]


def distinct(chains: Sequence[Chain]) -> tuple[list[Chain], list[int]]:
    """The chains that differ from each other, and for each chain which of them it is."""
    places: dict[str, int] = {}
    rows = [places.setdefault(repr(one), len(places)) for one in chains]
    return [chains[rows.index(place)] for place in places.values()], rows


def render(data: FloatArray, rate: int, chains: Sequence[Chain]) -> list[NDArray[np.float32]]:
    """`data` (channels, samples) of `rate` Hz through each chain of built-in effects -> a render (channels, samples) for each.

    They are pedalboard's own arrays: one array of all would be another 40 MB to fill at every batch. Equal chains share theirs.
    """
    out = [data] * len(chains)

    def branch(sound: FloatArray, rows: Sequence[int], depth: int) -> list[Future]:
        """Renders the chains `rows`, of which the first `depth` plug-ins made `sound` -> what was begun and has to be waited for."""
        first = chains[rows[0]]
        end = len(first) if len(rows) == 1 else depth + common([chains[row][depth:] for row in rows])
        if end > depth:
            sound = board(first[depth:end], rate)(sound, rate)
        parted: dict[str, list[int]] = {}
        for row in rows:
            if len(chains[row]) == end:
                out[row] = sound if end else data.copy()
            else:
                parted.setdefault(repr(chains[row][end]), []).append(row)
        # The longest way first: what parts from it is then there for all threads.
        return [cores().submit(branch, sound, group, end) for group in sorted(parted.values(), key=len, reverse=True)]

    begun = deque([cores().submit(branch, data, range(len(chains)), 0)])
    while begun:
        begun.extend(begun.popleft().result())
    return out


def common(chains: Sequence[Chain]) -> int:
    """With how many equal plug-ins the chains begin."""
    return sum(1 for _ in takewhile(lambda specs: all(one == specs[0] for one in specs), zip(*chains, strict=False)))
