"""What the audio host is tried in: a Debian root with Chromium (the window), Ardour (the export) and JACK (the insert).

    python packaging/audio_hosts.py        builds it when it is missing (about 5 minutes and 1.5 GB; needs root)

Made from GIMP's root of the same suite and kept beside it. Its commands `chromium`, `ardour-lua`, `ardour-export` and `jackd` run inside
the root and can stand wherever a path to such a program is asked for. What the machine itself has installed comes first.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from gimp_root import MARK, RootError, build_root, why_not

from shared_engine.cache import hosts_folder

SUITE = "trixie"
PACKAGES = ("chromium", "ardour", "jackd2", "libjack-jackd2-0", "fonts-inter")
COMMANDS = {
    "chromium": "chromium --no-sandbox --disable-gpu --disable-dev-shm-usage",
    "ardour-lua": "ardour8-lua",
    "ardour-export": "ardour8-export",
    "jackd": "jackd",
}
REASONS: list[str] = []
"""Why a program is missing, for the line that says what was skipped."""


def build_audio_root() -> Path:
    """Returns the finished root; builds it first when it is missing. Of two builders at once the second waits. Raises RootError."""
    if reason := why_not():
        raise RootError(reason)
    folder = hosts_folder()
    folder.mkdir(parents=True, exist_ok=True)
    root, part, log = (folder / f"{SUITE}-audio{end}" for end in ("", ".part", ".log"))
    with open(folder / f"{SUITE}-audio.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / MARK).is_file():
            with open(log, "w") as output:
                try:
                    _install(build_root(SUITE), part, output.fileno())
                except subprocess.CalledProcessError as error:
                    raise RootError(f"installing Chromium and Ardour failed at {error.cmd[-1]!r}; see {log}") from error
            shutil.rmtree(root, ignore_errors=True)
            part.rename(root)
        _write_commands(root)
        return root


def _install(source: Path, part: Path, output: int) -> None:
    """A copy of GIMP's root with the programs beside GIMP; the mark is put back last."""

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    shutil.rmtree(part, ignore_errors=True)
    run("cp", "-a", "--reflink=auto", str(source), str(part))
    mark = (part / MARK).read_text()
    (part / MARK).unlink()
    (part / "gimp-console").unlink()
    for step in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES], ["clean"]):
        run(str(part / "enter"), "apt-get", *step)
    shutil.rmtree(part / "var/lib/apt/lists", ignore_errors=True)
    (part / MARK).write_text(mark)


def _write_commands(root: Path) -> None:
    for name, command in COMMANDS.items():
        file = root / name
        file.write_text(f'#!/bin/sh\nexec "$(dirname "$0")/enter" {command} "$@"\n')
        file.chmod(0o755)


@cache
def find_program(name: str) -> Path | None:
    """`chromium`, `ardour-lua`, `ardour-export` or `jackd`: this machine's own, else the root's; None with a reason in `REASONS`."""
    if found := shutil.which(name):
        return Path(found)
    try:
        return build_audio_root() / name
    except RootError as error:
        REASONS.append(f"{name}: {error}")
        return None


def main() -> int:
    for name in COMMANDS:
        sys.stdout.write(f"{name}: {find_program(name)}\n")
    sys.stderr.writelines(f"{reason}\n" for reason in REASONS)
    return 1 if REASONS else 0


if __name__ == "__main__":
    sys.exit(main())
