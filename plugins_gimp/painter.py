"""A GIMP without a window that renders candidates of a photo for the command line, as the plug-in does inside GIMP."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins_gimp.gimp import GimpError, GimpHost
from server.client import Blobs
from shared_engine.errors import InputError

POLL_SECONDS = 0.005
FIRST_SECONDS = 120.0
"""How long GIMP may take to come up and open the photo."""

# Jobs and pictures are files that appear whole, by renaming: the way that also leads into a chroot or a flatpak.
SCRIPT = """
import json, os, sys, time
sys.path.insert(0, arguments["modules"])
from gimpfu_compat import RequestError
from easel import Easel

def leave(name, data):
    with open(name + ".new", "wb") as file:
        file.write(data)
    os.replace(name + ".new", name)

box, answer = arguments["box"], ""
parent = os.getppid()
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(arguments["photo"]))
image.policy_rotate(False)  # as the camera was held
try:
    with Easel(image.get_layers()[0], [], arguments["side"]) as easel:
        leave(os.path.join(box, "size"), json.dumps([easel.width, easel.height]).encode())
        number = 0
        while not os.path.exists(os.path.join(box, "end")) and os.getppid() == parent:
            job = os.path.join(box, "job-%d" % number)
            if not os.path.exists(job):
                time.sleep(0.005)
                continue
            with open(job, encoding="utf-8") as file:
                leave(os.path.join(box, "picture-%d" % number), easel.render(json.load(file)))
            os.remove(job)
            number += 1
except RequestError as error:
    answer = str(error)
image.delete()
"""


class Painter:
    """Renders `photo` in `gimp`; use as a context manager. `mask` (H, W) uint8, of any size, takes the place of the photo's own alpha.

    Raises InputError where GIMP cannot open the photo or lacks a filter.
    """

    def __init__(self, gimp: GimpHost, photo: Path, side: int, mask: NDArray[np.uint8] | None = None) -> None:
        self.gimp = gimp
        self._mask = mask
        self._folder = tempfile.TemporaryDirectory(prefix="utsushi-")
        self._box = Path(self._folder.name).resolve()
        copy = shutil.copyfile(photo, self._box / f"photo{photo.suffix}")
        modules = shutil.copytree(Path(__file__).parent / "utsushi", self._box / "modules", ignore=shutil.ignore_patterns("__pycache__"))
        arguments = {"modules": str(modules), "photo": str(copy), "box": str(self._box), "side": side}
        self._pool = ThreadPoolExecutor(1, "utsushi-painter")
        self._session: Future[Any] = self._pool.submit(gimp.python, SCRIPT, self._box, arguments, timeout=24 * 3600.0)
        self._count = 0
        self._size: tuple[int, int] | None = None

    def render(self, recipe: Sequence[Mapping[str, Any]], side: int, blobs: Blobs) -> dict[str, Any]:
        """The photo with `recipe`; `side` is the one that the painter was made with. For `Engine.follow`."""
        if self._size is None:
            width, height = json.loads(self._awaited("size", FIRST_SECONDS))
            self._size = width, height
        name = f"job-{self._count}"
        draft = self._box / f"{name}.new"
        draft.write_text(json.dumps(list(recipe)), encoding="utf-8")
        draft.rename(self._box / name)
        data = self._awaited(f"picture-{self._count}", FIRST_SECONDS)
        self._count += 1
        if self._mask is not None:
            pixels = np.frombuffer(data, "<f4").reshape(*self._size[::-1], 4).copy()
            pixels[..., 3] = np.asarray(Image.fromarray(self._mask).resize(self._size, Image.Resampling.BOX), np.float32) / 255
            data = pixels.tobytes()
        return blobs.picture(data, *self._size, 4, "<f4", "sRGB")

    def close(self) -> None:
        (self._box / "end").touch()
        self._pool.shutdown()
        self._folder.cleanup()

    def _awaited(self, name: str, seconds: float) -> bytes:
        path, deadline = self._box / name, time.monotonic() + seconds
        while not path.exists():
            if self._session.done() or time.monotonic() > deadline:
                raise InputError(f"{self.gimp} cannot render the photo: {self._reason()}", "Try GIMP 3.2, or run `utsushi doctor`.")
            time.sleep(POLL_SECONDS)
        data = path.read_bytes()
        path.unlink()
        return data

    def _reason(self) -> str:
        if not self._session.done():
            return "it did not answer in time"
        try:
            return str(self._session.result())
        except GimpError as error:
            return str(error)

    def __enter__(self) -> "Painter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
