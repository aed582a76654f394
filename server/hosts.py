"""What a host brings to the `utsushi` command. A host registers one `Host` under the entry point group ``utsushi.hosts``."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

import click

log = logging.getLogger("utsushi")

GROUP = "utsushi.hosts"


@dataclass(frozen=True)
class Finding:
    """One line of `utsushi doctor`: what was looked at and found; `remedy` says how to mend what is not `ok`."""

    what: str
    ok: bool
    remedy: str = ""


@dataclass(frozen=True)
class Host:
    """One creative tool, as the command line sees it.

    `imitate` takes the user's file first and is chosen by its suffix (`suffixes`: lower case, with the dot). `commands` are added beside
    it. `install` and `uninstall` put the plug-in into the host's own folders and take it out again; they return what they did, a line each.
    """

    name: str
    suffixes: frozenset[str]
    imitate: click.Command
    commands: tuple[click.Command, ...] = ()
    doctor: Callable[[], list[Finding]] = list
    install: Callable[[], list[str]] | None = None
    uninstall: Callable[[], list[str]] | None = None


@dataclass(frozen=True)
class Hosts:
    """The hosts that could be loaded, by name, and findings about those that could not."""

    loaded: dict[str, Host]
    broken: tuple[Finding, ...]


@cache
def installed() -> Hosts:
    """Every registered host. One that cannot be imported is reported and does not take the others with it."""
    loaded: dict[str, Host] = {}
    broken = []
    for point in sorted(entry_points(group=GROUP)):
        try:
            loaded[point.name] = point.load()
        except Exception as error:  # other people's code is imported here
            log.debug("host %s", point.name, exc_info=True)
            remedy = f"Install what it needs, for example `pip install 'utsushi[{point.name}]'`."
            broken.append(Finding(f"{point.name}: {type(error).__name__}: {error}", False, remedy))
    return Hosts(loaded, tuple(broken))
