"""GIMPs on this machine, and how to run a script inside one without a window. Standard library only."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared_engine.cache import hosts_folder

NAMES = ("gimp-console-3.2", "gimp-console-3.0", "gimp-console-3", "gimp-console")
FLATPAK = ("flatpak", "run", "--command=gimp-console", "--filesystem=host", "org.gimp.GIMP")
APPLICATIONS = Path("/Applications")
"""Where macOS keeps the programs of all users."""

# GIMP's exit code says nothing about a batch script and its standard output is lost when it dies, so the answer goes into a file.
RUNNER = """
import json, traceback
import gi
gi.require_version("Gimp", "3.0"); gi.require_version("Gegl", "0.4")
from gi.repository import Gimp, Gegl, Gio, GLib, GObject
Gegl.init(None)
with open({job!r}, encoding="utf-8") as file:
    job = json.load(file)
names = dict(Gimp=Gimp, Gegl=Gegl, Gio=Gio, GLib=GLib, GObject=GObject, arguments=job["arguments"], answer=None, __name__="utsushi_batch")
try:
    exec(compile(job["script"], job["name"], "exec"), names)
    reply = json.dumps({{"answer": names["answer"]}})
except BaseException:
    reply = json.dumps({{"error": traceback.format_exc()}})
with open({reply!r}, "w", encoding="utf-8") as file:
    file.write(reply)
"""


class GimpError(Exception):
    """A script failed inside GIMP, or GIMP itself did. The text holds what GIMP said."""


@dataclass(frozen=True)
class GimpHost:
    """One GIMP 3: `command` starts its console, `version` is what it says of itself, e.g. (3, 2, 6)."""

    command: tuple[str, ...]
    version: tuple[int, ...]

    def __str__(self) -> str:
        return "GIMP " + ".".join(map(str, self.version))

    @property
    def has_all(self) -> bool:
        """Whether a plug-in can make all of its filters: levels, curves and colour balance came with 3.2."""
        return self.version >= (3, 2)

    @property
    def series(self) -> str:
        """What its configuration folder is called, e.g. "3.2"."""
        return ".".join(map(str, self.version[:2]))

    def run_batch(self, script: Path, folder: Path, config: Path | None = None, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Runs the file `script` inside GIMP's own Python, in `folder` (all files it works on lie there), then ends GIMP.

        `config` is the configuration folder that GIMP uses (plug-ins included) in place of the user's own; default `folder`/gimp-config,
        which is made. Raises GimpError after `timeout` seconds.
        """
        config = config or warm_config(self, folder / "gimp-config")
        code = f"exec(compile(open({str(script)!r}, encoding='utf-8').read(), {script.name!r}, 'exec'))"
        # no interface, no brushes and fonts (3 s faster)
        options = ("-i", "-d", "-f", "--quit", "--batch-interpreter=python-fu-eval", "-b", code)
        environment = clean_environment() | {"GIMP3_DIRECTORY": str(config)}
        try:
            return subprocess.run(
                [*self.command, *options], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise GimpError(f"{self} did not finish within {timeout:g} s") from error

    def python(
        self, script: str, folder: Path, arguments: Mapping[str, Any] | None = None, config: Path | None = None, timeout: float = 300.0
    ) -> Any:
        """Runs `script` (source text) inside GIMP and returns what it left in its global `answer` (JSON-able).

        The script finds `Gimp, Gegl, Gio, GLib, GObject` and `arguments` (JSON-able) as globals. Files it reads and writes lie in
        `folder`, which has the same path inside. Raises GimpError with the traceback, or with GIMP's last words if it died.
        """
        folder = folder.resolve()
        with tempfile.TemporaryDirectory(prefix="batch-", dir=folder) as box:
            job, reply, runner = (Path(box) / name for name in ("job.json", "reply.json", "runner.py"))
            job.write_text(json.dumps({"script": script, "name": "script", "arguments": dict(arguments or {})}), encoding="utf-8")
            runner.write_text(RUNNER.format(job=str(job), reply=str(reply)), encoding="utf-8")
            done = self.run_batch(runner, folder, config, timeout)
            try:
                answer = json.loads(reply.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise GimpError(f"{self} ended without an answer:\n{done.stdout[-1500:]}{done.stderr[-1500:]}") from error
        if "error" in answer:
            raise GimpError(f"in {self}: {answer['error']}")
        return answer["answer"]


def clean_environment() -> dict[str, str]:
    """This process's environment without what would disturb GIMP's own Python, and without a display."""
    unwanted = re.compile(r"PYTHON.*|VIRTUAL_ENV.*|GIMP3_DIRECTORY|DISPLAY|WAYLAND_DISPLAY|LC_ALL")
    kept = {name: value for name, value in os.environ.items() if not unwanted.fullmatch(name)}
    return kept | {"LANG": "C.UTF-8"}


def warm_config(host: GimpHost, config: Path) -> Path:
    """Makes the configuration folder `config`, if it is not there, so that GIMP need not ask all of its own plug-ins again (10 s).

    The answers are kept in the cache once for every version of GIMP.
    """
    template = hosts_folder() / f"config-{'.'.join(map(str, host.version))}"
    if not config.exists():
        if not template.is_dir():
            hosts_folder().mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="config-", dir=hosts_folder()) as folder:
                first = Path(folder) / "config"
                first.mkdir()
                host.python("answer = True", Path(folder), config=first)
                with suppress(OSError):  # another process was first
                    first.rename(template)
        shutil.copytree(template, config)
    return config


def find_gimps() -> list[GimpHost]:
    """Every GIMP 3 found: $UTSUSHI_GIMP alone when it is set (paths to a console or to a test root), else PATH, the usual places of
    application bundles, flatpak, and test roots in the cache. One host for a version, the newest first; each is asked for its version.
    """
    hosts: dict[tuple[int, ...], GimpHost] = {}
    for command in _commands():
        version = _version(command)
        if version >= (3, 0):
            hosts.setdefault(version, GimpHost(command, version))
    return [hosts[version] for version in sorted(hosts, reverse=True)]


def _commands() -> Iterator[tuple[str, ...]]:
    if chosen := os.environ.get("UTSUSHI_GIMP"):
        for place in chosen.split(os.pathsep):
            yield (str(Path(place, "gimp-console") if Path(place).is_dir() else place),)
        return
    for name in NAMES:
        if found := shutil.which(name):
            yield (found,)
    yield from ((str(console),) for console in _bundled())
    if shutil.which("flatpak") and subprocess.run(["flatpak", "info", FLATPAK[-1]], capture_output=True, check=False).returncode == 0:
        yield FLATPAK
    yield from ((str(console),) for console in sorted(hosts_folder().glob("*/gimp-console")))


def _bundled() -> Iterator[Path]:
    """Consoles in the application bundles of macOS and the folders of Windows, of all users and of this one."""
    if sys.platform == "darwin":
        for applications in (APPLICATIONS, Path.home() / "Applications"):
            yield from sorted(applications.glob("GIMP*.app/Contents/MacOS/gimp-console"))
    elif sys.platform == "win32":
        for folder in (
            os.environ.get("PROGRAMFILES"),
            os.environ.get("LOCALAPPDATA") and str(Path(os.environ["LOCALAPPDATA"], "Programs")),
        ):
            if folder:
                yield from sorted(Path(folder).glob("GIMP 3*/bin/gimp-console-3*.exe"))


def _version(command: tuple[str, ...]) -> tuple[int, ...]:
    """What a console says of itself, () when it does not answer as a GIMP."""
    quiet = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    try:
        said = subprocess.run(
            [*command, "--version"], env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False, **quiet,
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()
