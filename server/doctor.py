"""Looks at everything that has to be right, and says how to mend what is not."""

import os
import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from server import connection, hosts
from server.client import Engine, EngineError
from server.hosts import Finding
from shared_engine import extensions
from shared_engine.errors import AssetError
from shared_engine.fetch import read


def examine() -> Iterator[Finding]:
    """Findings, as they are made: this installation, the user's folder, the engine, every host."""
    yield from packages()
    yield folder()
    yield engine()
    yield from weights()
    yield from hosts.installed().broken
    for name, host in hosts.installed().loaded.items():
        try:
            for finding in host.doctor():
                yield Finding(f"{name}: {finding.what}", finding.ok, finding.remedy)
        except Exception as error:  # a host that cannot even be examined is a finding, not the end of the examination
            yield Finding(f"{name}: {type(error).__name__}: {error}", False, "This is a fault of the host's extension.")


def packages() -> Iterator[Finding]:
    """The installed versions of what Utsushi needs."""
    try:
        yield Finding(f"utsushi {version('utsushi')}, Python {platform.python_version()}, {platform.platform(terse=True)}", True)
        needed = [line for line in requires("utsushi") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        yield Finding("utsushi is not installed", False, "Run `pip install utsushi`.")
        return
    found, missing = [], []
    for line in needed:
        name = re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    yield Finding(", ".join(found), True)
    if missing:
        yield Finding(f"not installed: {', '.join(missing)}", False, f"Run `pip install {' '.join(missing)}`.")


def folder() -> Finding:
    """Whether the user's folder can be written to."""
    home = connection.home()
    probe = home / f"probe-{os.getpid()}"
    try:
        connection.make_private(home)
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding(f"{home} cannot be written: {error.strerror}", False, "Give yourself the right to write there, or set UTSUSHI_HOME.")
    return Finding(f"{home} can be written to", True)


def engine() -> Finding:
    """Whether an engine answers. None running is fine: hosts start one."""
    try:
        with Engine(start=False, timeout=5.0) as found:
            pong, _ = found.request("ping")
            return Finding(f"engine {pong['version']} answers on {found.address}, {pong['studies']} studies at work", True)
    except EngineError as error:
        if error.code == "absent" and not running():
            return Finding("no engine is running; a host starts one when it needs it", True)
        return Finding(f"the engine does not answer: {error.what}", False, f"End it and start another with `utsushi serve`; see {_log()}.")


def weights() -> Iterator[Finding]:
    """Whether the weights that are fetched, not shipped, are there and whole. Absent ones are fine: nothing needs them unasked."""
    for name in sorted(extensions.installed("weights")):
        wanted = extensions.load("weights", name)
        if not wanted.path.is_file():
            yield Finding(f"the weights {name} are not fetched; `utsushi fetch {name}` gets them ({wanted.megabytes} MB)", True)
            continue
        try:
            read(wanted)
            yield Finding(f"the weights {name} are in {wanted.path}", True)
        except AssetError as error:
            yield Finding(str(error), False, error.remedy)


def running() -> bool:
    """Whether some engine of this user is alive, reachable or not."""
    with connection.hold(connection.home() / "engine.lock") as free:
        return not free


def _log() -> Path:
    return connection.log_file()
