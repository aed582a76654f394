"""A search as the window sees it: a background Blender that is asked and looked after from a timer, by files, without ever waiting."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import bpy

SCRIPT = Path(__file__).with_name("session.py")


class JobError(Exception):
    """The search failed; `remedy` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Job:
    """One search on a saved copy of the open scene. Call `poll` from a timer until it answers; `close` in any case."""

    def __init__(self, scene: bpy.types.Scene, wishes: dict[str, Any], script: Path = SCRIPT) -> None:
        """`wishes`: the arguments of session.Session.imitate, or of the request that they name as "do" to another `script`.

        Raises OSError, RuntimeError where the copy cannot be made.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="utsushi-"))
        copy = self.folder / "scene.blend"
        with no_preview():
            bpy.ops.wm.save_as_mainfile(filepath=str(copy), copy=True, relative_remap=True, compress=False)
        self._log = open(self.folder / "blender.log", "wb")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [bpy.app.binary_path, "--background", "--disable-autoexec", "--python", str(script), "--", str(self.folder)],
            stdin=subprocess.PIPE, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        requests = ({"do": "open", "file": str(copy), "scene": scene.name}, {"do": "imitate", **wishes})
        assert self._process.stdin
        self._process.stdin.write("".join(json.dumps(request) + "\n" for request in requests).encode())
        self._process.stdin.flush()
        self.progress: dict[str, Any] = {"stage": "starting a background Blender", "fraction": 0.0}
        self.stopping = False

    def stop(self) -> None:
        """Ends the search soon; its best so far is the answer."""
        (self.folder / "stop").touch()
        self.stopping = True

    def poll(self) -> dict[str, Any] | None:
        """The answer, or None while there is none. Raises JobError."""
        with suppress(FileNotFoundError):
            self.progress = json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))
        for number in (0, 1):
            path = self.folder / f"reply-{number}.json"
            if not path.exists():
                break
            reply = json.loads(path.read_text(encoding="utf-8"))
            if "error" in reply:
                raise JobError(reply["error"]["what"], reply["error"]["remedy"])
            if number == 1:
                found: dict[str, Any] = reply["result"]
                return found
        if self._process.poll() is not None:
            raise JobError("The background Blender ended in the middle of its work", f"What it said last: {self._last_words()}")
        return None

    def _last_words(self) -> str:
        lines = (self.folder / "blender.log").read_text(encoding="utf-8", errors="replace").split("\n")
        return "; ".join([line for line in lines if line.strip()][-2:]) or "nothing"

    def close(self) -> None:
        """Ends the background Blender and removes its files."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def no_preview() -> Iterator[None]:
    """Files saved in this block get no thumbnail, which Blender would render first while its window waits."""
    preferences = bpy.context.preferences
    before, dirty = preferences.filepaths.file_preview_type, preferences.is_dirty
    preferences.filepaths.file_preview_type = "NONE"
    try:
        yield
    finally:
        preferences.filepaths.file_preview_type = before
        preferences.is_dirty = dirty
