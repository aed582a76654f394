"""Starts an engine in the background, from whatever Python a host brings. Standard library only.

The engine runs in the Python in which Utsushi is installed: this one, where it is, else the one that ``engine.json`` names.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import connection
from .client.errors import EngineError

ALREADY_RUNNING = 75
"""Exit status of an engine that found another one at work (EX_TEMPFAIL of sysexits.h)."""

LOG_TAIL = 400
LOG_BYTES = 1_000_000
"""A log longer than this begins anew."""


HOST_VARIABLES = (
    "GI_TYPELIB_PATH",
    "GDK_PIXBUF_MODULE_FILE",
    "GDK_PIXBUF_MODULEDIR",
    "GIO_MODULE_DIR",
    "GTK_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONEXECUTABLE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "__PYVENV_LAUNCHER__",
)
"""Set by hosts (GIMP's bundles, AppImages, Blender) for their own libraries and Python; poison for another Python."""

HOST_PREFIXES = ("GIMP", "GEGL_", "BABL_", "BLENDER_")

_started: "list[subprocess.Popen[bytes]]" = []
"""Engines outlive their hosts; kept here so that Python does not warn about children that nobody waited for."""

SEE_LOG = "See {}, or run `utsushi doctor`."
INSTALL = (
    "Install Utsushi (`pip install utsushi`) and run `utsushi install gimp` (or blender), which notes where it is. Or run `utsushi serve`."
)


@dataclass(frozen=True)
class Starting:
    """An engine that is coming up."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def gave_way(self) -> bool:
        """Whether it has ended in favour of another engine, which may itself be about to end: look for that one, or start again.

        Raises:
            EngineError: ``start``, when it has ended with an error.
        """
        status = self.process.poll()
        if status in (None, 0, ALREADY_RUNNING):
            return status is not None
        raise EngineError("start", f"the engine ended at once (status {status}): {self._tail()}", SEE_LOG.format(self.log))

    def _tail(self) -> str:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:].strip().splitlines()
        except OSError:
            return "its log cannot be read"
        return lines[-1] if lines else "it said nothing"


def start() -> Starting:
    """Starts an engine and returns at once; it publishes its connection file when it is ready.

    Raises:
        EngineError: ``start``, when no installation is known, or nothing may be written.
    """
    if connection.in_flatpak():
        raise EngineError("start", "a flatpak may not start programs outside of it", "Start the engine in a terminal: `utsushi serve`.")
    python, folder = interpreter()
    log = connection.log_file()
    try:
        connection.make_private(log.parent)
        with open(log, "ab" if log.exists() and log.stat().st_size < LOG_BYTES else "wb", opener=_private) as output:
            process = subprocess.Popen(
                [python, "-m", "server"],
                cwd=folder,
                env=clean(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **_detached(),
            )
    except OSError as error:
        raise EngineError("start", f"the engine could not be started: {error}", f"Check {error.filename or python}. {INSTALL}") from error
    _started.append(process)
    return Starting(process, log)


def interpreter() -> tuple[str, str]:
    """The Python that has Utsushi, and the folder from which it is imported.

    ``$UTSUSHI_ENGINE`` (a Python) comes first, then this Python if it has what an engine needs, then ``engine.json``.

    Raises:
        EngineError: ``start``, when none is known.
    """
    here = str(Path(__file__).resolve().parent.parent)
    chosen = os.environ.get("UTSUSHI_ENGINE")
    if chosen:
        return chosen, str(connection.home())
    if __package__ == "server" and all(importlib.util.find_spec(name) for name in ("server.broker", "shared_engine", "zmq")):
        return sys.executable, here
    try:
        noted = connection.read_private(connection.engine_file())
        return str(noted["python"]), str(noted["folder"])
    except (connection.PrivateFileError, KeyError, TypeError) as error:
        raise EngineError("start", f"it is not known where Utsushi is installed ({error})", INSTALL) from error


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what hosts set for their own Python and libraries.

    PyInstaller and AppImage keep the user's own value under ``NAME_ORIG``; it is put back.
    """
    kept = {name: value for name, value in environment.items() if name not in HOST_VARIABLES and not name.startswith(HOST_PREFIXES)}
    for name in HOST_VARIABLES:
        if f"{name}_ORIG" in environment:
            kept[name] = environment[f"{name}_ORIG"]
    return kept


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _detached() -> dict[str, Any]:
    """So that the engine outlives the host that started it, and a Ctrl-C in the host's terminal is the host's alone."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
