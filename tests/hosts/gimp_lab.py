"""Where GIMP's tests work: a folder that GIMP sees, with the built plug-in, photos and an engine of its own outside."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

REPOSITORY = Path(__file__).parents[2]
PHOTOS = REPOSITORY / "tests/data/photos"
sys.path.insert(0, str(REPOSITORY / "packaging"))

import gimp_hosts  # noqa: E402

from plugins_gimp.gimp import GimpHost, warm_config  # noqa: E402
from plugins_gimp.install import build_plug_in  # noqa: E402

ENGINE_SECONDS = 180.0

SESSION_SECONDS = 1200.0
"""On two idle cores a session takes about a minute."""

FADED_WARM = (0.66, 0.3, 0.04, 34.0, 0.14, 0.72, 0.04, 20.0, 0.14, 0.2, 0.36, 40.0)
"""The look of the references, as PIL's 3 x 4 colour matrix: warm, with lifted shadows and little colour, so that curves alone do not do."""


def series_marks(series: str) -> list[pytest.MarkDecorator]:
    """One group a GIMP, so that one worker starts it once; time for the roots to be built, and for the whole session in GIMP."""
    marks = [pytest.mark.xdist_group(f"gimp-{series}"), pytest.mark.timeout(1500)]
    reason = gimp_hosts.why_none(series)
    return [*marks, pytest.mark.skip(reason=f"no GIMP {series} can be had here: {reason}")] if reason else marks


SERIES = [pytest.param(series, marks=series_marks(series)) for series in ("3.2", "3.0")]


def host_of(series: str) -> GimpHost:
    """The GIMP of a series; its root is built first where it is missing. Skips the test where that fails."""
    for host in gimp_hosts.find_hosts():
        if host.series == series:
            return host
    pytest.skip(f"no GIMP {series} can be had here: {'; '.join(gimp_hosts.REASONS)}")


class Lab:
    """`folder` has the same path inside and outside of GIMP's root; `home` is the engine's folder in it."""

    def __init__(self, host: GimpHost, folder: Path) -> None:
        self.host, self.folder = host, folder
        self.home, self.config = folder / "home", warm_config(host, folder / "config")
        build_plug_in(self.config / "plug-ins/utsushi")
        for name, photo in (("photo.png", "kodak_0015"), ("reference.png", "kodak_0003"), ("second.png", "kodak_0022")):
            picture = Image.open(PHOTOS / f"{photo}.jpg").convert("RGB")
            (picture if name == "photo.png" else picture.convert("RGB", FADED_WARM)).save(folder / name)

    def inside(self, arguments: Mapping[str, Any], only: tuple[str, ...] = ()) -> dict[str, Any]:
        """Runs gimp_inside.py in GIMP -> what each check found; `only` names some of them."""
        script = (Path(__file__).parent / "gimp_inside.py").read_text()
        answer: dict[str, Any] = self.host.python(
            script, self.folder, {**arguments, "folder": str(self.folder), "only": only}, self.config, 600
        )
        return answer

    @property
    def environment(self) -> dict[str, str]:
        return {"UTSUSHI_HOME": str(self.home), "OMP_NUM_THREADS": "1", "UTSUSHI_ENGINE": ""}

    def engine(self) -> "subprocess.Popen[bytes]":
        """Starts an engine outside of GIMP and waits until it answers for itself in the connection file."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        (self.home / "connection.json").unlink(missing_ok=True)
        with open(self.folder / "engine.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "server"], cwd=REPOSITORY, env={**os.environ, **self.environment}, stdout=log, stderr=log
            )
        deadline = time.monotonic() + ENGINE_SECONDS
        while not (self.home / "connection.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "engine.log").read_text()[-2000:])
            time.sleep(0.05)
        return process

    @contextmanager
    def engines(self) -> Iterator[list[float]]:
        """Keeps an engine running and obeys GIMP's script: at a file `kill` it kills the engine (SIGKILL) in the middle of a search and
        starts another, at a file `stop` it ends the engine. Each file goes away when that was done. Yields the moments of killing.
        """
        running, killed, over = [self.engine()], [], threading.Event()
        kill, stop = self.folder / "kill", self.folder / "stop"

        def end(how: signal.Signals) -> None:
            running[-1].send_signal(how)
            running[-1].wait()

        def obey() -> None:
            while not over.wait(0.02):
                if kill.exists() and self._searching():
                    end(signal.SIGKILL)
                    killed.append(time.monotonic())
                    kill.unlink()
                    running.append(self.engine())
                if stop.exists():
                    end(signal.SIGTERM)
                    stop.unlink()

        watcher = threading.Thread(target=obey)
        watcher.start()
        try:
            yield killed
        finally:
            over.set()
            watcher.join()
            end(signal.SIGTERM)

    def _searching(self) -> bool:
        """Whether a study has been opened, has not ended, and its search has left a first trace."""
        return any(
            (study / "journal").exists() and not (study / "outcome.json").exists()
            for study in (self.home / "studies").glob("*")
            if study.is_dir()
        )
