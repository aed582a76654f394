"""Small pictures for the panel: the reference and the takes, as icons that Blender loads in its own time."""

import shutil
import tempfile
import uuid
from pathlib import Path

import bpy
import bpy.utils.previews

_icons: bpy.utils.previews.ImagePreviewCollection | None = None


def keep(path: str) -> str:
    """Copies a render out of a search's folder, which goes away with it -> where it lies now."""
    folder = Path(bpy.utils.extension_path_user(__package__, path="takes", create=True)) if __package__.count(".") else _scratch()
    target = folder / f"{uuid.uuid4().hex}.png"
    shutil.copyfile(path, target)
    return str(target)


def _scratch() -> Path:
    folder = Path(tempfile.gettempdir()) / "utsushi-takes"
    folder.mkdir(exist_ok=True)
    return folder


def icon(path: str) -> int:
    """The icon of a picture file, 0 where there is none."""
    if _icons is None or not path or not Path(path).is_file():
        return 0
    key = f"{path}:{Path(path).stat().st_mtime_ns}"
    found = _icons.get(key) or _icons.load(key, path, "IMAGE")
    return int(found.icon_id)


def register() -> None:
    global _icons
    _icons = bpy.utils.previews.new()


def unregister() -> None:
    global _icons
    if _icons is not None:
        bpy.utils.previews.remove(_icons)
    _icons = None
