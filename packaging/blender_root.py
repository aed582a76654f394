"""A Debian root that holds a real Blender with its window: trixie has Blender 4.3. Made from GIMP's root of that suite, kept beside it.

    python packaging/blender_root.py        builds it when it is missing (about 3 minutes and 1.2 GB more; needs root)

Its command `blender` is Blender inside the root and can stand wherever a path to a Blender is asked for (UTSUSHI_BLENDER).
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gimp_root import MARK, RootError, build_root, why_not

from shared_engine.cache import hosts_folder

SUITE = "trixie"
PACKAGES = ("blender", "libgl1-mesa-dri", "libegl-mesa0", "libglx-mesa0", "libgl1")
BLENDER = '#!/bin/sh\nexec "$(dirname "$0")/enter" env LIBGL_ALWAYS_SOFTWARE=1 blender "$@"\n'


def build_blender_root() -> Path:
    """Returns the finished root; builds it first when it is missing. Of two builders at once the second waits. Raises RootError."""
    if reason := why_not():
        raise RootError(reason)
    folder = hosts_folder()
    folder.mkdir(parents=True, exist_ok=True)
    root, part, log = (folder / f"{SUITE}-blender{end}" for end in ("", ".part", ".log"))
    with open(folder / f"{SUITE}-blender.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / MARK).is_file():
            with open(log, "w") as output:
                try:
                    _install(build_root(SUITE), part, output.fileno())
                except subprocess.CalledProcessError as error:
                    raise RootError(f"installing Blender failed at {error.cmd[-1]!r}; see {log}") from error
            shutil.rmtree(root, ignore_errors=True)
            part.rename(root)
        return root


def _install(source: Path, part: Path, output: int) -> None:
    """A copy of GIMP's root with Blender beside GIMP; the mark is put back last."""

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
    command = part / "blender"
    command.write_text(BLENDER)
    command.chmod(0o755)
    (part / MARK).write_text(mark)


def main() -> int:
    try:
        sys.stdout.write(f"{build_blender_root()}\n")
    except RootError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
