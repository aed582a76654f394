"""The Blenders that tests run in: what is installed here, Blender as a Python module (bpy wheels), and Debian's with its window.

python packaging/blender_hosts.py            lists them, making the environments that are missing (about 1 GB each)
python packaging/blender_hosts.py --window   also trixie's 4.3 in a root with a window (4 minutes, 1.4 GB); --forward: sid's newest (2)
"""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from added_root import build_added_root
from gimp_root import RootError

from plugins_blender.blender import BlenderHost, find_blenders
from shared_engine.cache import hosts_folder

WHEELS = {"4.5": "bpy>=4.5,<4.6", "5.0": "bpy>=5.0,<5.1"}
"""The long-term release and the newest that a Python 3.11 can load."""

PACKAGES = ("blender", "libgl1-mesa-dri", "libegl-mesa0", "libglx-mesa0", "libgl1")
COMMANDS = {"blender": "env LIBGL_ALWAYS_SOFTWARE=1 blender"}
WINDOW, FORWARD = "trixie", "sid"

REASONS: list[str] = []
"""Why a host is missing, for the line that says what was skipped."""


class HostError(Exception):
    """A host cannot be had here; the text says why."""


def build_environment(series: str) -> None:
    """Makes the environment with Blender `series` as a module, unless it is there. Raises HostError. Of two at once the second waits."""
    folder = hosts_folder()
    folder.mkdir(parents=True, exist_ok=True)
    place, part = folder / f"bpy-{series}", folder / f"bpy-{series}.part"
    with open(folder / f"bpy-{series}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.is_dir():
            return
        python = shutil.which("python3.11") or (sys.executable if sys.version_info[:2] == (3, 11) else "")
        if not python:
            raise HostError("bpy needs a Python 3.11")
        shutil.rmtree(part, ignore_errors=True)
        for command in ([python, "-m", "venv", str(part)], [str(part / "bin/python"), "-m", "pip", "install", "--quiet", WHEELS[series]]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                shutil.rmtree(part, ignore_errors=True)
                raise HostError(f"{' '.join(command[-2:])} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        part.rename(place)


def build_window(suite: str = WINDOW) -> Path:
    """A root whose `blender` has a window, drawn by software -> that command. Raises RootError."""
    return build_added_root(suite, "blender", PACKAGES, COMMANDS) / "blender"


@cache
def find_hosts(build: bool = True) -> tuple[BlenderHost, ...]:
    """One Blender a version, the newest first. `build`: make what is missing ($UTSUSHI_BLENDER: only what it names, nothing is made).

    Empty where none can be had; `REASONS` then says why.
    """
    for series in WHEELS if build and not os.environ.get("UTSUSHI_BLENDER") else ():
        try:
            build_environment(series)
        except HostError as error:
            REASONS.append(f"bpy {series}: {error}")
    return tuple(find_blenders())


def main(options: list[str]) -> int:
    for option, suite in (("--window", WINDOW), ("--forward", FORWARD)):
        if option in options:
            try:
                build_window(suite)
            except RootError as error:
                REASONS.append(f"{suite}: {error}")
    for host in find_hosts():
        sys.stdout.write(f"{host}: {' '.join(host.command)}\n")
    sys.stderr.writelines(f"{reason}\n" for reason in REASONS)
    return 0 if find_hosts() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
