"""A real Blender with its window on a screen that nobody sees, with the extension installed by our own command and an engine outside."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
SCENES = REPOSITORY / "tests/bench/blender_scenes.py"
SCENARIO = Path(__file__).with_name("blender_scenario.py")
START_SECONDS = 180.0
ROOT, NEWEST = "trixie-blender", "sid-blender"
"""The roots: one with a window, and the newest Blender that Debian has."""

PORTRAIT_IN_ANOTHER_LIGHT = """
portrait()
for name, energy, color in (("Key", 60, (1, 0.45, 0.2)), ("Fill", 25, (0.3, 0.5, 1))):
    bpy.data.lights[name].energy, bpy.data.lights[name].color = energy, color
"""
"""A reference for the scene `portrait()`, built by blender_scenes."""

# A screen of its own, on a free number; what it started ends with this shell, since each root is a process namespace.
SHELL = """
rm -f display
Xvfb -displayfd 3 -screen 0 1280x1180x24 +extension GLX -nolisten tcp -noreset 3>display 2>screen.log &
until [ -s display ]; do sleep 0.1; done
export DISPLAY=:$(cat display)
openbox 2>/dev/null &
exec blender --window-geometry 0 0 1280 1180 scene.blend --python $UTSUSHI_SCENARIO
"""


class Screen:
    """`folder` has the same path inside and outside of the root: it holds the scene, Blender's settings, the engine's and the pictures."""

    def __init__(self, blender: Path, folder: Path) -> None:
        self.blender, self.folder = blender, folder
        self.home = folder / "home"
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ, "HOME": str(self.folder), "UTSUSHI_HOME": str(self.home), "UTSUSHI_BLENDER": str(self.blender),
            "BLENDER_USER_RESOURCES": str(self.folder / "config"), "TMPDIR": str(self.folder), "LIBGL_ALWAYS_SOFTWARE": "1",
            "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8", "UTSUSHI_ENGINE": "",
        }  # fmt: skip

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the `utsushi` command as a user of this Blender would."""
        (self.folder / "config").mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-c", "from server.cli import main; main()", *arguments], cwd=self.folder,
            env={**self.environment, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def make(self, build: str, name: str = "scene.blend") -> Path:
        """Saves a scene that `build`, Python that may use blender_scenes, makes in this Blender."""
        shutil.copy(SCENES, self.folder)
        script = self.folder / "make.py"
        target = self.folder / name
        script.write_text(
            f"import sys; sys.path.insert(0, {str(self.folder)!r})\nimport bpy\nfrom blender_scenes import *\n{build}\n"
            f"bpy.ops.wm.save_as_mainfile(filepath={str(target)!r})\n"
        )
        with chdir(self.folder):
            done = subprocess.run(
                [str(self.blender), "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(script)],
                env=self.environment, capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        return target

    def picture(self, build: str, name: str, samples: int = 32) -> Path:
        """Renders what `build` makes to a PNG."""
        target = self.folder / name
        shot = f"scene.cycles.samples = {samples}\nscene.cycles.use_denoising = False\nscene.render.filepath = {str(target)!r}\n"
        self.make(f"{build}\nscene = bpy.context.scene\n{shot}bpy.ops.render.render(write_still=True)", "reference.blend")
        return target

    def script(self, text: str, meanwhile: Callable[[subprocess.Popen[str]], None] = lambda process: None) -> str:
        """Runs Python in this Blender without its window, with the extension -> what it said. `meanwhile` is called when it has begun."""
        file = self.folder / "script.py"
        file.write_text(text)
        with subprocess.Popen(
            [str(self.blender), "--background", "--python-exit-code", "1", "--python", str(file)], cwd=self.folder, text=True,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            meanwhile(process)
            return process.communicate(timeout=300)[0]

    def play(self, seconds: float = 600.0, measured: bool = False, scenario: Path = SCENARIO) -> dict[str, Any]:
        """Opens the window and plays a scenario in it -> what that found. Its pictures lie in `folder`/pictures.

        `measured`: only up to the cancelled search, and another search tells what the window waits for without our panel.
        """
        for script in {SCENARIO, scenario}:
            shutil.copy(script, self.folder)
        (self.folder / "pictures").mkdir(exist_ok=True)
        deadline = time.monotonic() + seconds
        with ExitStack() as stack:
            engine = stack.enter_context(self.engine())
            log = stack.enter_context(open(self.folder / "window.log", "wb"))
            window = subprocess.Popen(
                [str(self.blender.parent / "enter"), "sh", "-c", SHELL], cwd=self.folder, stdout=log, stderr=log,
                env={**self.environment, "UTSUSHI_SCENARIO": scenario.name} | ({"UTSUSHI_MEASURED": "1"} if measured else {}),
            )  # fmt: skip
            stack.callback(window.wait)
            stack.callback(window.kill)
            while window.poll() is None:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the window was still open after {seconds:.0f} s")
                if (wish := self.folder / "kill-engine").exists():  # a scenario cannot reach what is outside of its root
                    engine.kill()
                    engine.wait()
                    wish.unlink()
                if (wish := self.folder / "start-engine").exists():
                    (self.home / "connection.json").unlink()
                    engine = stack.enter_context(self.engine())
                    wish.unlink()
                time.sleep(0.05)
        found: dict[str, Any] = json.loads((self.folder / "found.json").read_text())
        if "error" in found:
            raise RuntimeError(found["error"])
        return found

    @contextmanager
    def engine(self) -> Iterator[subprocess.Popen[bytes]]:
        """An engine outside of the root, as on a user's machine."""
        with open(self.folder / "engine.log", "wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "server"], cwd=REPOSITORY, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not (self.home / "connection.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "engine.log").read_text()[-2000:])
            time.sleep(0.05)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
            (self.home / "connection.json").unlink(missing_ok=True)  # one that was killed leaves it behind
