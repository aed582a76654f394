"""Small pictures for the panel: references, takes and what a search is at, as icons."""

import shutil
import tempfile
import uuid
from pathlib import Path

import bpy
import bpy.utils.previews

_icons: bpy.utils.previews.ImagePreviewCollection | None = None
_shown: dict[str, int] = {}
"""When each picture had last been written, as it was read."""


def place(name: str) -> str:
    """Where a picture of ours is kept."""
    installed = __package__.count(".")
    folder = Path(bpy.utils.extension_path_user(__package__, path="pictures", create=True)) if installed else _scratch()
    return str(folder / name)


def keep(path: str) -> str:
    """Copies a render out of a search's folder, which goes away with it -> where it lies now."""
    target = place(f"{uuid.uuid4().hex}.png")
    shutil.copyfile(path, target)
    return target


def _scratch() -> Path:
    folder = Path(tempfile.gettempdir()) / "utsushi-pictures"
    folder.mkdir(exist_ok=True)
    return folder


def icon(path: str) -> int:
    """The icon of a picture file, 0 where there is none."""
    if _icons is None or not path or not Path(path).is_file():
        return 0
    changed = Path(path).stat().st_mtime_ns
    if _shown.get(path) != changed:
        if path in _icons:
            del _icons[path]
        _icons.load(path, path, "IMAGE").image_size[:]  # Blender reads the file now, not some time after the panel was drawn
        _shown[path] = changed
    return int(_icons[path].icon_id)


def register() -> None:
    global _icons
    _icons = bpy.utils.previews.new()


def unregister() -> None:
    global _icons
    if _icons is not None:
        bpy.utils.previews.remove(_icons)
    _icons = None
    _shown.clear()
