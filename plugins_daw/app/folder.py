"""What lies in a folder of this machine, for the page's own file dialog: a browser's dialog tells no paths, and a session keeps paths."""

from pathlib import Path
from typing import Any

from plugins_daw import impulses, session_file, tracks
from shared_engine.errors import InputError

KINDS = {"sound": tuple(tracks.SUFFIXES), "impulse": impulses.READABLE, "session": (session_file.SUFFIX,), "folder": ()}


def listing(path: Path, kind: str) -> dict[str, Any]:
    """{"path", "parent", "folders": names, "files": [{"name", "bytes"}]} of what `kind` may choose. InputError where it cannot be read.

    A path that is a file shows the folder in which it lies.
    """
    found = path.resolve()
    if found.is_file():
        found = found.parent
    folders, files = [], []
    try:
        for entry in sorted(found.iterdir(), key=lambda one: one.name.lower()):
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(entry.name)
            elif entry.name.lower().endswith(KINDS.get(kind, ())):
                files.append({"name": entry.name, "bytes": entry.stat().st_size})
    except OSError as error:
        raise InputError(f"{found} cannot be opened: {error.strerror}", "Choose another folder.") from error
    return {"path": str(found), "parent": str(found.parent), "folders": folders, "files": files}
