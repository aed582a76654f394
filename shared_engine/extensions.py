"""Finds renderers, proposers, metrics and optimisers by entry point, so that a new one never edits the engine."""

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from shared_engine.errors import AssetError, ParameterError
from shared_engine.types import Kind

log = logging.getLogger("utsushi")

_missing: set[str] = set()
"""Proposers that could not be loaded: tried again for every study, since weights may have been fetched meanwhile, but told of once."""


@cache
def installed(group: str) -> dict[str, EntryPoint]:
    """Entry points of ``utsushi.<group>`` by name."""
    return {point.name: point for point in entry_points(group=f"utsushi.{group}")}


def load(group: str, name: str) -> Any:
    """The class that is registered as `name` in ``utsushi.<group>``; ParameterError where there is none."""
    known = installed(group)
    if name not in known:
        raise ParameterError(f"there is no {name!r} among the installed {group}", f"Choose one of {', '.join(sorted(known)) or 'none'}.")
    return known[name].load()


def proposers(kind: Kind) -> list[Any]:
    """One instance of every proposer for this kind of media: the installed ones, and models of the user's own.

    One that cannot be loaded is left out, and logged the first time.
    """
    from shared_engine.proposers.own_models import own_models

    found = []
    for name in installed("proposers"):
        try:
            found.append(instance("proposers", name))
        except (ImportError, AssetError):
            if name not in _missing:
                log.warning("the proposer %r cannot be loaded and is left out", name, exc_info=True)
            _missing.add(name)
    return [proposer for proposer in (*found, *own_models()) if proposer.kind == kind]


@cache
def instance(group: str, name: str) -> Any:
    """The one shared instance of a class that takes no arguments (weights are read once a process)."""
    return load(group, name)()
