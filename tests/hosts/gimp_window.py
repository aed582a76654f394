"""A real GIMP window on a screen that nobody sees. Runs inside a test root (standard library, Xvfb, openbox, xdotool, ImageMagick)."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCREEN = "1280x800"
PATIENCE = 240.0
QUIET = 8.0

# GIMP's batch interpreter goes on answering while its window is open: one can look at images as a plug-in sees them.
LOOP = """
import json, os, time, traceback
import gi
gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio
box = {box!r}
count = 0
while True:
    path = os.path.join(box, "%d.py" % count)
    if not os.path.exists(path):
        time.sleep(0.05)
        continue
    names = dict(Gimp=Gimp, Gio=Gio, answer=None)
    try:
        exec(open(path).read(), names)
        reply = dict(answer=names["answer"])
    except Exception:
        reply = dict(error=traceback.format_exc())
    with open(os.path.join(box, "part"), "w") as file:
        json.dump(reply, file)
    os.rename(os.path.join(box, "part"), os.path.join(box, "%d.json" % count))
    count += 1
"""

# No first-run windows in front of the picture.
GIMPRC = '(show-welcome-dialog no)\n(check-updates no)\n(color-profile-policy keep)\n(config-version "{version}")\n(toolbox-wilber no)\n'


class Window:
    """GIMP with one picture open. A context manager; everything it started ends with it."""

    def __init__(self, photo: Path, config: Path, version: str, pictures: Path) -> None:
        self.photo, self.config, self.version, self.pictures = photo, config, version, pictures
        pictures.mkdir(parents=True, exist_ok=True)
        (config / "gimprc").write_text(GIMPRC.format(version=version))
        self.box = Path(tempfile.mkdtemp())
        self.asked = 0
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Window":
        runtime = Path(tempfile.mkdtemp())
        os.environ.update(XDG_RUNTIME_DIR=str(runtime), GIMP3_DIRECTORY=str(self.config), HOME="/root")
        number, told = os.pipe()
        self._start("Xvfb", "-displayfd", str(told), "-screen", "0", f"{SCREEN}x24", "-nolisten", "tcp", "-noreset", keep=told)
        os.environ["DISPLAY"] = ":" + os.read(number, 16).decode().strip()
        self.until(lambda: xdotool("getdisplaygeometry"), "the screen")
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={runtime}/bus"
        self._start("dbus-daemon", "--session", "--nofork", "--address", os.environ["DBUS_SESSION_BUS_ADDRESS"])
        self.until((runtime / "bus").exists, "the message bus")
        self._start("openbox")
        xdotool("mousemove", "640", "5")  # out of the way of tooltips
        loop = self.box / "loop.py"
        loop.write_text(LOOP.format(box=str(self.box)))
        gimp = ("gimp", "--no-splash", "--no-data", "--no-fonts", "--new-instance", "--batch-interpreter=python-fu-eval")
        self._start(*gimp, "-b", f"exec(open({str(loop)!r}).read())", str(self.photo))
        self.until(lambda: self.find(f"{self.photo.stem}.*GIMP"), "GIMP's window")
        if welcome := self.find("Welcome to GIMP"):
            self.key("Escape", welcome)
        self.inside("answer = True")
        main = self.find(f"{self.photo.stem}.*GIMP")
        xdotool("windowsize", main, "1280", "775")  # leaves room for the title, so that the status bar is seen
        xdotool("windowmove", main, "0", "0")
        time.sleep(2.0)
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.started):
            process.kill()
            process.wait()

    def _start(self, *command: str, keep: int | None = None) -> None:
        log = open(self.pictures / f"{command[0]}.log", "wb")  # noqa: SIM115 - the process keeps it
        self.started.append(
            subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, pass_fds=() if keep is None else (keep,))
        )

    def until(self, true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Waits until `true` says so -> what it said."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            if time.monotonic() > deadline:
                self.shot("gave-up")
                raise TimeoutError(f"{what} did not come within {seconds:g} s")
            time.sleep(0.1)
        return found

    def inside(self, script: str) -> Any:
        """Runs `script` inside GIMP -> its `answer`."""
        draft, question, reply = (self.box / name for name in ("draft", f"{self.asked}.py", f"{self.asked}.json"))
        draft.write_text(script)
        draft.rename(question)
        self.asked += 1
        self.until(reply.exists, f"an answer to {script!r}")
        said = json.loads(reply.read_text())
        if "error" in said:
            raise RuntimeError(said["error"])
        return said["answer"]

    def find(self, title: str) -> str:
        """The id of the newest visible window whose title matches, "" if there is none."""
        return (xdotool("search", "--onlyvisible", "--name", title).split() or [""])[-1]

    def key(self, keys: str, window: str = "") -> None:
        if window:
            xdotool("windowactivate", "--sync", window)
        xdotool("key", "--delay", "40", *keys.split())
        time.sleep(0.3)

    def type(self, text: str) -> None:
        xdotool("type", "--delay", "5", text)
        time.sleep(0.3)

    def click(self, x: int, y: int) -> None:
        xdotool("mousemove", str(x), str(y), "click", "1")
        time.sleep(0.5)

    def shot(self, name: str) -> None:
        """Writes what is on the screen to `name`.png."""
        subprocess.run(["import", "-window", "root", str(self.pictures / f"{name}.png")], check=True)

    def quiet(self, seconds: float = QUIET) -> None:
        """Waits until the screen has not changed for a moment; something that never rests (a cursor) is not waited for."""
        before, deadline = b"", time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = subprocess.run(["import", "-window", "root", "-depth", "8", "rgb:-"], capture_output=True, check=True).stdout
            if now == before:
                return
            before = now
            time.sleep(0.3)


def xdotool(*arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=False).stdout.strip()
