"""Where what can be made or fetched again is kept: weights, test hosts, warm configurations. Standard library only."""

import os
from pathlib import Path


def cache_home() -> Path:
    """The user's cache: $UTSUSHI_CACHE, else ``utsushi`` below the user's cache folder."""
    return Path(os.environ.get("UTSUSHI_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "utsushi"))


def hosts_folder() -> Path:
    """Where test hosts are kept."""
    return cache_home() / "hosts"
