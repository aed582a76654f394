"""Copies the half of this package that hosts carry (standard library only) next to a plug-in."""

import shutil
from pathlib import Path

SOURCE = Path(__file__).parent

CARRIED = ("__init__.py", "connection.py", "launcher.py", "client", "protocol")
"""Protocol and client, and what starts an engine."""


def vendor(destination: Path) -> Path:
    """Puts a fresh copy into `destination`/server -> its path."""
    target = destination / "server"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in CARRIED:
        source = SOURCE / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.md"))
        else:
            shutil.copy2(source, target / name)
    return target
