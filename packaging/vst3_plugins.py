"""Real VST3 plug-ins for tests: four packages of Debian trixie with the libraries that they need, unpacked into the cache, never installed.

    python packaging/vst3_plugins.py        fetches what is missing (about 150 MB and a minute; needs apt, not root)

The folder holds `usr/lib/vst3` and a command `launch`, which runs a program of this machine on trixie's C library: half of the plug-ins
need a newer one than Debian 12 has. It is what UTSUSHI_VST3_LAUNCHER names.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gimp_root import RootError, mirror

from shared_engine.cache import hosts_folder

SUITE, ARCHITECTURE = "trixie", "amd64"
PACKAGES = ("dragonfly-reverb-vst3", "zam-plugins", "lsp-plugins-vst3", "dpf-plugins-vst3")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
MARK = "complete"
"""Written last: a folder without it is not complete."""

LAUNCH = f"""#!/bin/sh
# launch PROGRAM ...: runs PROGRAM on this folder's C library; what is not here comes from the machine.
here=$(cd "$(dirname "$0")" && pwd -P)/{LIBRARIES}
program=$1; shift
exec "$here/ld-linux-x86-64.so.2" --library-path "$here:$here/lapack:$here/blas:/{LIBRARIES}:/lib/x86_64-linux-gnu" \\
    --argv0 "$program" "$(readlink -f "$program")" "$@"
"""


class PluginsError(Exception):
    """The plug-ins cannot be had here; the text says why."""


def why_not() -> str | None:
    """Why they cannot be had here, or None when they can."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "the plug-ins of the tests are Debian's for Linux on x86-64"
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return "there is no apt here to fetch Debian packages with"
    return None


def build_plugins() -> Path:
    """Returns the folder with the plug-ins; fills it first when it is missing. Of two builders at once the second waits."""
    folder = hosts_folder()
    place, part, log = (folder / f"vst3-{SUITE}{end}" for end in ("", ".part", ".log"))
    if (place / MARK).is_file():
        return place
    if reason := why_not():
        raise PluginsError(reason)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"vst3-{SUITE}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / MARK).is_file():
            shutil.rmtree(part, ignore_errors=True)
            try:
                with open(log, "w") as output:
                    _fetch(part, output.fileno())
            except (subprocess.CalledProcessError, RootError) as error:
                raise PluginsError(f"fetching the plug-ins failed: {error}; see {log}") from error
            shutil.rmtree(place, ignore_errors=True)
            part.rename(place)
    return place


def _fetch(part: Path, output: int) -> None:
    """Downloads the packages and their dependencies with an apt whose state is all in `part`, and unpacks them."""
    state, archives = part / "apt", part / "apt/archives"
    for one in (state / "lists/partial", archives / "partial"):
        one.mkdir(parents=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb {mirror()} {SUITE} main\n")
    settings = {
        "Dir::State": state, "Dir::State::Lists": state / "lists", "Dir::State::status": state / "status", "Dir::Cache": state,
        "Dir::Cache::archives": archives, "Dir::Etc::SourceList": state / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
        "APT::Architecture": ARCHITECTURE, "APT::Architectures": ARCHITECTURE, "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true", "APT::Sandbox::User": "",
    }  # fmt: skip
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    for step in (["update"], ["install", "--yes", "--download-only", *PACKAGES]):
        _run(["apt-get", *options, *step], output)
    for package in sorted(archives.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(part)], output)
    shutil.rmtree(state)
    for name in ("usr/share", "usr/bin", "usr/sbin", "etc", "var"):
        shutil.rmtree(part / name, ignore_errors=True)
    launch = part / "launch"
    launch.write_text(LAUNCH)
    launch.chmod(0o755)
    (part / MARK).touch()


def _run(command: Sequence[str], output: int) -> None:
    subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def main() -> int:
    try:
        place = build_plugins()
    except PluginsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{path}\n" for path in sorted((place / "usr/lib/vst3").glob("*.vst3")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
