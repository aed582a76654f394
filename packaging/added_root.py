"""Debian roots that hold more than GIMP: a copy of GIMP's root with packages added, and commands that can stand wherever a program can."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gimp_root import MARK, RootError, build_root, why_not

from shared_engine.cache import hosts_folder


def build_added_root(suite: str, name: str, packages: Sequence[str], commands: Mapping[str, str]) -> Path:
    """The finished root `suite`-`name`; builds it first when it is missing. Of two builders at once the second waits. Raises RootError.

    `commands`: by name, what each runs inside the root.
    """
    if reason := why_not():
        raise RootError(reason)
    folder = hosts_folder()
    folder.mkdir(parents=True, exist_ok=True)
    root, part, log = (folder / f"{suite}-{name}{end}" for end in ("", ".part", ".log"))
    with open(folder / f"{suite}-{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / MARK).is_file():
            with open(log, "w") as output:
                try:
                    _install(build_root(suite), part, packages, output.fileno())
                except subprocess.CalledProcessError as error:
                    raise RootError(f"installing {', '.join(packages)} failed at {error.cmd[-1]!r}; see {log}") from error
            shutil.rmtree(root, ignore_errors=True)
            part.rename(root)
        for command, inside in commands.items():
            file = root / command
            file.write_text(f'#!/bin/sh\nexec "$(dirname "$0")/enter" {inside} "$@"\n')
            file.chmod(0o755)
        return root


def _install(source: Path, part: Path, packages: Sequence[str], output: int) -> None:
    """A copy of GIMP's root with the packages beside GIMP; the mark is put back last."""

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    shutil.rmtree(part, ignore_errors=True)
    run("cp", "-a", "--reflink=auto", str(source), str(part))
    mark = (part / MARK).read_text()
    (part / MARK).unlink()
    (part / "gimp-console").unlink()
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages], ["clean"]):
        run(str(part / "enter"), "apt-get", *step)
    shutil.rmtree(part / "var/lib/apt/lists", ignore_errors=True)
    (part / MARK).write_text(mark)
