"""The GIMPs that tests run in: what is installed here, and the cached Debian roots, built first where that is allowed.

python packaging/gimp_hosts.py        lists them, building what is missing
"""

import os
import sys
from functools import cache

from gimp_root import SUITES, RootError, build_root, why_not

from plugins_gimp.gimp import GimpHost, find_gimps

REASONS: list[str] = []
"""Why a root is missing, for the line that says what was skipped."""


@cache
def find_hosts(build: bool = True) -> tuple[GimpHost, ...]:
    """One GIMP a version, the newest first. `build`: make roots that are missing ($UTSUSHI_GIMP: only what it names, nothing is built).

    Empty where none can be had; `REASONS` then says why.
    """
    for suite in SUITES if build and not os.environ.get("UTSUSHI_GIMP") else ():
        try:
            build_root(suite)
        except RootError as error:
            REASONS.append(f"{suite}: {error}")
    return tuple(find_gimps())


def why_none(series: str) -> str:
    """Why no GIMP of a series, e.g. "3.2", can be had here, "" when one stands here or can be built. Builds nothing."""
    if any(host.series == series for host in find_gimps()):
        return ""
    if chosen := os.environ.get("UTSUSHI_GIMP"):
        return f"UTSUSHI_GIMP={chosen} is none"
    return why_not() or ""


def main() -> int:
    for host in find_hosts():
        sys.stdout.write(f"{host}: {' '.join(host.command)}\n")
    sys.stderr.writelines(f"{reason}\n" for reason in REASONS)
    return 0 if find_hosts() else 1


if __name__ == "__main__":
    sys.exit(main())
