"""Reads pickled checkpoints without running anything of them: nested dicts of float arrays, and not one word more.

Of the three names that numpy writes into a pickle each is answered by a class of this file that knows nothing but how to take
bytes; numpy's own unpickling is not called. Every other name, and every other kind of value, is refused.
"""

import io
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_engine.assets import Arrays
from shared_engine.errors import AssetError

TORCH = (b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
"""How PyTorch's checkpoints begin: a zip archive, or the pickled magic number of those before 1.6."""

REMEDY = "It is not a file of plain arrays; do not open it with anything that trusts it."


class _Float:
    """Stands for numpy.dtype: little-endian floats only."""

    def __init__(self, code: str, align: object = False, copy: object = False) -> None:
        if code not in ("f2", "f4", "f8"):
            raise AssetError(f"the checkpoint holds values of type {code!r}", REMEDY)
        self.type = np.dtype(f"<{code}")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] != "<":
            raise AssetError("the checkpoint is not little-endian", REMEDY)


class _Array:
    """Stands for numpy.ndarray and for the function that pickles make it with. The state is (version, shape, dtype, by columns, bytes)."""

    def __init__(self, *described: object) -> None:
        self.values: NDArray[np.float32] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, by_columns, data = state
        if not isinstance(kind, _Float) or not isinstance(data, bytes):
            raise AssetError("the checkpoint holds an array of objects", REMEDY)
        self.values = np.frombuffer(data, kind.type).reshape(shape, order="F" if by_columns else "C").astype(np.float32)


class _PlainUnpickler(pickle.Unpickler):
    ADMITTED = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Float,
    }

    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in self.ADMITTED:
            raise AssetError(f"the checkpoint asks for {module}.{name}", REMEDY)
        return self.ADMITTED[module, name]


def arrays(data: bytes) -> Arrays:
    """Arrays of a pickled checkpoint by their path in it, for example ``"AlexNet_0/Conv_0/kernel"``; float32. AssetError for all else.

    Checkpoints of PyTorch are read by its own loader of weights alone, which admits tensors and plain containers.
    """
    if data.startswith(TORCH):
        return _torch_arrays(data)
    try:
        tree = _PlainUnpickler(io.BytesIO(data)).load()
    except AssetError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged pickles raise nearly everything
        raise AssetError(f"the checkpoint cannot be read: {error}", REMEDY) from error
    return dict(_leaves(tree, ""))


def _torch_arrays(data: bytes) -> Arrays:
    import torch

    try:
        tree = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - the loader's errors have no common base
        raise AssetError(f"the checkpoint cannot be read as weights: {error}", REMEDY) from error
    if not isinstance(tree, dict) or not all(isinstance(one, torch.Tensor) and one.is_floating_point() for one in tree.values()):
        raise AssetError("the checkpoint holds something else than arrays of numbers", REMEDY)
    return {str(name): one.float().numpy() for name, one in tree.items()}


def _leaves(node: object, path: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _leaves(child, f"{path}/{name}" if path else str(name))
    elif isinstance(node, _Array) and node.values is not None:
        yield path, node.values
    else:
        raise AssetError(f"the checkpoint holds a {type(node).__name__} at {path or 'its root'}", REMEDY)
