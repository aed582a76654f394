"""The GIMPs that tests run in: what is installed here, and the cached Debian roots, built first where that is allowed.

python packaging/gimp_hosts.py        lists them, building what is missing
"""

import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from gimp_root import SUITES, RootError, build_root, cache_folder

from plugins_gimp import gimp
from plugins_gimp.gimp import GimpHost

REASONS: list[str] = []
"""Why a root is missing, for the line that says what was skipped."""


@cache
def find_hosts(build: bool = True) -> tuple[GimpHost, ...]:
    """One GIMP a version, the newest first. `build`: make roots that are missing ($UTSUSHI_GIMP: only what it names, nothing is built).

    Empty where none can be had; `REASONS` then says why.
    """
    consoles = []
    for suite in () if os.environ.get("UTSUSHI_GIMP") else SUITES:
        try:
            root = build_root(suite) if build else cache_folder() / suite
            consoles.append(root / "gimp-console")
        except RootError as error:
            REASONS.append(f"{suite}: {error}")
    return tuple(gimp.find_hosts([console for console in consoles if console.is_file()]))


def find_host(series: tuple[int, ...]) -> GimpHost | None:
    """The newest GIMP of a series, e.g. (3, 2)."""
    return next((host for host in find_hosts() if host.version[: len(series)] == series), None)


def warm_config(host: GimpHost, config: Path) -> Path:
    """Fills the folder `config` with a configuration in which GIMP has already asked all its own plug-ins (saves 20 s a start)."""
    template = cache_folder() / f"config-{'.'.join(map(str, host.version))}"
    if not template.is_dir():
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="config-", dir=cache_folder()) as folder:
            host.python("answer = True", Path(folder), config=Path(folder) / "config")
            try:
                (Path(folder) / "config").rename(template)
            except OSError:  # another test run was first
                if not template.is_dir():
                    raise
    shutil.copytree(template, config, dirs_exist_ok=True)
    return config


def main() -> int:
    for host in find_hosts():
        sys.stdout.write(f"{host.label}: {' '.join(host.command)}\n")
    sys.stderr.writelines(f"{reason}\n" for reason in REASONS)
    return 0 if find_hosts() else 1


if __name__ == "__main__":
    sys.exit(main())
