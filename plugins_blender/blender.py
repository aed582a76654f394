"""Blenders on this machine, and conversations with one that works in the background (utsushi/session.py)."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared_engine.cache import hosts_folder
from shared_engine.errors import InputError, UtsushiError

SCRIPT = Path(__file__).parent / "utsushi" / "session.py"
REPLY = "utsushi-reply"
BUNDLES = (
    "/Applications/Blender.app/Contents/MacOS/Blender",
    "/snap/bin/blender",
    *(
        rf"C:\Program Files\Blender Foundation\Blender {version}\blender.exe"
        for version in ("5.2", "5.1", "5.0", "4.5", "4.4", "4.3", "4.2")
    ),
)
UNPACKED = (
    ("~", "blender-*/blender"),
    ("~/Downloads", "blender-*/blender"),
    ("/opt", "blender*/blender"),
    ("~/.local/share/Steam/steamapps/common/Blender", "blender"),
    ("/var/lib/flatpak/exports/bin", "org.blender.Blender"),
)
"""Where people who took Blender from its site, from Steam or as a Flatpak have it: folders, each with what to look for in it."""

OLDEST = (4, 2)

QUESTION = """
from importlib.metadata import PackageNotFoundError, version
try:
    print("Blender", version("bpy"))
except PackageNotFoundError:  # built from source
    import bpy
    print("Blender", bpy.app.version_string)
"""
"""What a Python is asked for the version of its bpy, if possible without importing it, which takes seconds."""


class BlenderError(UtsushiError):
    """Blender could not be run, died, or failed at what it was asked."""

    code = "blender"


@dataclass(frozen=True)
class BlenderHost:
    """One Blender: `command` runs a Python script inside it without a window when the script's path is appended."""

    command: tuple[str, ...]
    version: tuple[int, ...]

    def __str__(self) -> str:
        return "Blender " + ".".join(map(str, self.version))

    def run(self, script: Path, *arguments: str) -> str:
        """Runs a Python script inside this Blender to its end -> what it said. Raises BlenderError where it fails."""
        done = subprocess.run([*self.command, str(script), "--", *arguments], capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            raise BlenderError(f"{script.name} failed in {self}: {(done.stdout + done.stderr)[-1500:]}", "See what it says.")
        return done.stdout

    @contextmanager
    def session(self, script: Path = SCRIPT) -> Iterator["Session"]:
        """A background Blender for as long as the block lasts; `script`: one that answers more than utsushi/session.py."""
        with tempfile.TemporaryDirectory(prefix="utsushi-") as folder:
            talk = Session(self, Path(folder), script)
            try:
                yield talk
            finally:
                talk.close()


class Session:
    """Requests to one background Blender. `folder` is where it leaves arrays and pictures."""

    def __init__(self, host: BlenderHost, folder: Path, script: Path = SCRIPT) -> None:
        self.host = host
        self.folder = folder
        self._asked = 0
        self._heard: deque[str] = deque(maxlen=20)
        self._process = subprocess.Popen(
            [*host.command, str(script), "--", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip

    def request(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Asks for one of utsushi/session.py's requests and waits for its answer.

        Raises:
            InputError: the scene cannot be used as it is.
            BlenderError: Blender died.
        """
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._died() from error
        for line in self._process.stdout:
            if line.strip() == f"{REPLY} {self._asked}":
                reply = json.loads((self.folder / f"reply-{self._asked}.json").read_text(encoding="utf-8"))
                self._asked += 1
                if "error" in reply:
                    raise InputError(reply["error"]["what"], reply["error"]["remedy"])
                answer: dict[str, Any] = reply["result"]
                return answer
            self._heard.append(line.rstrip())
        raise self._died()

    def _died(self) -> BlenderError:
        said = "; ".join(line for line in list(self._heard)[-4:] if line) or "it said nothing"
        return BlenderError(f"{self.host} ended in the middle of its work ({said})", "Open the file in Blender and render it once there.")

    def close(self) -> None:
        """Lets Blender end; kills it where it does not."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def find_blenders() -> list[BlenderHost]:
    """Every Blender from 4.2 on: $UTSUSHI_BLENDER alone when it is set (paths to Blenders, or to Pythons that have bpy), else PATH, the
    usual places, and bpy in the cache of test hosts. One for a version, the newest first; each is asked for its version.
    """
    hosts: dict[tuple[int, ...], BlenderHost] = {}
    for place in _places():
        host = _ask(place)
        if host and host.version >= OLDEST:
            hosts.setdefault(host.version, host)
    return [hosts[version] for version in sorted(hosts, reverse=True)]


def one_blender(wanted: str = "") -> BlenderHost:
    """The newest Blender, or the newest whose version starts with `wanted`. Raises InputError where there is none."""
    found = find_blenders()
    for host in found:
        if f"{host}.".startswith(f"Blender {wanted}".rstrip(".") + ("." if wanted else "")):
            return host
    have = ", ".join(map(str, found)) or "none was found"
    raise InputError(
        f"there is no Blender {wanted or '4.2 or newer'} here ({have})",
        "Install Blender from blender.org, or set UTSUSHI_BLENDER to it; `pip install bpy` in a Python of its own works too.",
    )


def _places() -> Iterator[Path]:
    if chosen := os.environ.get("UTSUSHI_BLENDER"):
        yield from map(Path, chosen.split(os.pathsep))
        return
    if found := shutil.which("blender"):
        yield Path(found)
    yield from (path for path in map(Path, BUNDLES) if path.is_file())
    for place, pattern in UNPACKED:
        yield from sorted(Path(place).expanduser().glob(pattern))
    yield from sorted(hosts_folder().glob("bpy-*/bin/python"))


def _ask(place: Path) -> BlenderHost | None:
    """What a program says of itself; None when it does not answer as a Blender."""
    python = place.stem.startswith("python")
    question = [str(place), "-c", QUESTION] if python else [str(place), "--version"]
    try:
        said = subprocess.run(question, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Blender (\d+)\.(\d+)\.(\d+)", said)
    if not found:
        return None
    command = (str(place),) if python else (str(place), "--background", "--python-exit-code", "1", "--python")
    return BlenderHost(command, tuple(map(int, found.groups())))
