"""Weights that are shipped: read only if they are the pinned ones. Beside ``name.safetensors`` stands ``name.sha256``."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared_engine.errors import AssetError

Arrays = dict[str, NDArray[np.float32]]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path) -> tuple[Arrays, dict[str, str]]:
    """Arrays and metadata of a safetensors file. AssetError where it is missing or not the pinned one."""
    from safetensors import safe_open

    pin = path.with_suffix(".sha256")
    if not path.is_file() or not pin.is_file():
        raise AssetError(f"the weights {path.name} are missing", "Install Utsushi again, or train them with `utsushi train`.")
    if digest(path) != pin.read_text(encoding="ascii").split()[0]:
        raise AssetError(f"the weights {path.name} are not the ones that were shipped", "Install Utsushi again.")
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118 - not a mapping


def write(path: Path, arrays: Arrays, metadata: dict[str, str]) -> str:
    """Writes weights and their pin -> the digest."""
    from safetensors.numpy import save_file

    save_file(arrays, path, metadata)
    path.chmod(0o644)
    found = digest(path)
    path.with_suffix(".sha256").write_text(f"{found}  {path.name}\n", encoding="ascii")
    return found
