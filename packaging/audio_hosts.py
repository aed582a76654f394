"""What the audio host is tried in: Chromium (the window) and Ardour (the export) in a Debian root, JACK (the insert) unpacked beside it.

    python packaging/audio_hosts.py        gets what is missing (about 5 minutes and 1.5 GB; the root needs root, JACK only apt)

The root is made from GIMP's of the same suite. Its commands (`COMMANDS`) run inside it and can stand
wherever a path to such a program is asked for. What the machine itself has installed comes first.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from ctypes.util import find_library
from functools import cache
from pathlib import Path

from added_root import build_added_root
from gimp_root import RootError

from shared_engine.cache import hosts_folder

SUITE = "trixie"
PACKAGES = ("chromium", "ardour", "fonts-inter")
JACK_PACKAGES = ("jackd2", "libjack-jackd2-0", "libsamplerate0", "libdb5.3", "libasound2", "libopus0")
"""Of the machine's own suite, since our own process loads the library. Unpacked, never installed."""

COMMANDS = {
    "chromium": "chromium --no-sandbox --disable-gpu --disable-dev-shm-usage",
    "ardour-lua": "ardour8-lua",
    "ardour-export": "ardour8-export",
    "ardour-scan": "env LD_LIBRARY_PATH=/usr/lib/ardour8 /usr/lib/ardour8/ardour-vst3-scanner",
}
REASONS: list[str] = []
"""Why a program is missing, for the line that says what was skipped."""


@cache
def find_program(name: str) -> Path | None:
    """One of `COMMANDS`: this machine's own, else the root's; None with a reason in `REASONS`."""
    if found := shutil.which(name):
        return Path(found)
    try:
        return build_added_root(SUITE, "audio", PACKAGES, COMMANDS) / name
    except RootError as error:
        REASONS.append(f"{name}: {error}")
        return None


@cache
def find_jack() -> dict[str, str] | None:
    """The environment in which `jackd` and libjack are found: this machine's own, or with what was unpacked; None with a reason."""
    if shutil.which("jackd") and find_library("jack"):
        return dict(os.environ)
    place = hosts_folder() / "jack"
    libraries = place / "usr/lib" / f"{os.uname().machine}-linux-gnu"
    mark, wanted = place / "complete", " ".join(JACK_PACKAGES)
    if not mark.is_file() or mark.read_text() != wanted:
        place.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                for package in JACK_PACKAGES:
                    subprocess.run(["apt-get", "download", "-qq", package], check=True, cwd=folder, capture_output=True)
                for archive in Path(folder).glob("*.deb"):
                    subprocess.run(["dpkg", "-x", str(archive), str(place)], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            REASONS.append(f"jackd: {getattr(error, 'stderr', b'') or error}")
            return None
        mark.write_text(wanted)
    return {
        **os.environ, "PATH": f"{place / 'usr/bin'}:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(libraries),
        "JACK_DRIVER_DIR": str(libraries / "jack"), "UTSUSHI_LIBJACK": str(libraries / "libjack.so.0"),
    }  # fmt: skip


def main() -> int:
    for name in COMMANDS:
        sys.stdout.write(f"{name}: {find_program(name)}\n")
    sys.stdout.write(f"jackd: {'found' if find_jack() else None}\n")
    sys.stderr.writelines(f"{reason}\n" for reason in REASONS)
    return 1 if REASONS else 0


if __name__ == "__main__":
    sys.exit(main())
