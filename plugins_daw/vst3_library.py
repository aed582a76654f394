"""Which VST3 plug-ins there are: the platform's folders, what each file holds, and what a probe has found out about a plug-in.

What was found is kept in the user's Utsushi folder (``plugins/``), because loading takes seconds. The engine looks plug-ins up there by
their id: no peer can name it a file to load.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins_daw.vst3 import Hosted
from plugins_daw.vst3_process import LOAD_SECONDS, PluginError, Process
from server.connection import PrivateFileError, home, read_private, write_private
from shared_engine.errors import InputError

PATH = "UTSUSHI_VST3_PATH"
"""More folders to look in, separated as in PATH."""

SUFFIX = ".vst3"
MOST = 10_000_000
VERSION = 3
"""Of what is kept: another version is probed again."""


@dataclass(frozen=True)
class Found:
    """One plug-in of a file; `broken` says why the file cannot be loaded (it then has no name)."""

    file: Path
    name: str
    id: str
    broken: str = ""


def folders() -> list[Path]:
    """Where plug-ins are installed on this platform."""
    if sys.platform == "win32":
        usual = [Path(os.environ.get("COMMONPROGRAMFILES", r"C:\Program Files\Common Files"), "VST3")]
    elif sys.platform == "darwin":
        usual = [Path.home() / "Library/Audio/Plug-Ins/VST3", Path("/Library/Audio/Plug-Ins/VST3")]
    else:
        usual = [Path.home() / ".vst3", Path("/usr/local/lib/vst3"), Path("/usr/lib/vst3")]
    more = [Path(one) for one in os.environ.get(PATH, "").split(os.pathsep) if one]
    return [*more, *usual]


def files(places: Sequence[Path]) -> Iterator[Path]:
    """Every plug-in file or bundle, none of what lies inside a bundle."""
    for place in places:
        for folder, inside, names in os.walk(place):
            bundles = [name for name in inside if name.lower().endswith(SUFFIX)]
            yield from (Path(folder, name) for name in sorted([*bundles, *(name for name in names if name.lower().endswith(SUFFIX))]))
            inside[:] = [name for name in inside if name not in bundles]


def stamp(file: Path) -> tuple[int, int]:
    """Changes when the file does: time and size of it, or of the newest file in a bundle."""
    parts = [file] if file.is_file() else [one for one in file.rglob("*") if one.is_file()]
    found = [one.stat() for one in parts]
    return max((int(one.st_mtime) for one in found), default=0), sum(one.st_size for one in found)


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


class Library:
    """The plug-ins of this machine. `folder`: where what was found is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or home() / "plugins"

    def scan(self, places: Sequence[Path] | None = None) -> list[Found]:
        """Every plug-in in `places` (None: the platform's). A file that was looked into before is not loaded again."""
        known = self._read(self.folder / "files.json") or {}
        found, process = [], Process()
        try:
            for file in files(folders() if places is None else places):
                key, mark = str(file), list(stamp(file))
                if known.get(key, {}).get("stamp") != mark:
                    known[key] = {"stamp": mark, **_names(process, file)}
                found += _of_file(file, known[key]["names"], known[key]["broken"])
        finally:
            process.close()
        write_private(self.folder / "files.json", {**known, "format": VERSION})
        return found

    def find(self, wish: str) -> Found:
        """A plug-in by what a user calls it: a file (with `#NAME` where it holds several), an id, or a name. InputError."""
        path, _, name = wish.partition("#")
        if Path(path).suffix.lower() == SUFFIX:
            if not Path(path).exists():
                raise InputError(f"there is no plug-in {path}", "Check the path, or choose one of `utsushi plugins`.")
            inside = self.scan([Path(path).resolve().parent])
            found = [one for one in inside if one.file == Path(path).resolve() and (not name or slug(one.name) == slug(name))]
        else:
            found = [one for one in self.scan() if slug(wish) in (one.id, slug(one.name))]
        if not found:
            raise InputError(f"there is no plug-in {wish!r}", "`utsushi plugins` lists those that there are.")
        if found[0].broken:
            raise InputError(f"{found[0].file.name} cannot be loaded: {found[0].broken}", "Install it again, or what it needs.")
        if len(found) > 1:
            some = ", ".join(repr(one.name) for one in found[:4])
            raise InputError(f"{wish} holds {len(found)} plug-ins", f"Add #NAME, such as {path}#{found[0].name}; it has {some} ...")
        return found[0]

    def probed(self, found: Found) -> Hosted:
        """What the plug-in can do; it is tried now where that has not been done. PluginError where it cannot be used."""
        from plugins_daw.vst3_probe import probe

        mark = stamp(found.file)
        plugin = self.kept(found.id)
        if plugin is None or plugin.stamp != mark or plugin.file != str(found.file) or plugin.refused:
            process = Process()
            try:
                plugin = probe(process, found.file, found.name, found.id, mark)
            finally:
                process.close()
            write_private(self.folder / f"{found.id}.json", {"format": VERSION, **plugin.described()})
        if plugin.refused:
            raise PluginError(f"{plugin.name} cannot be used: {plugin.refused}", "Leave it out, or try another version of it.")
        return plugin

    def kept(self, identity: str) -> Hosted | None:
        """What an earlier probe found out; None where there was none."""
        content = self._read(self.folder / f"{slug(identity)}.json")
        return None if content is None else Hosted.read(content)

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            content = read_private(path, MOST)
        except PrivateFileError:
            return None
        return content if content.pop("format", None) == VERSION else None


def _names(process: Process, file: Path) -> dict[str, object]:
    try:
        told, _ = process.ask({"do": "names", "file": str(file)}, seconds=LOAD_SECONDS)
    except PluginError as error:
        return {"names": [], "broken": str(error)}
    return {"names": told["names"], "broken": "" if told["names"] else "there is no plug-in in it for this machine"}


def _of_file(file: Path, names: Sequence[str], broken: str) -> list[Found]:
    """Ids say the file too where a name alone ("Compressor Stereo") would not say whose it is."""
    stem = slug(file.stem)
    if broken:
        return [Found(file, "", stem, broken)]
    return [
        Found(file, name, slug(name) if slug(name).replace("-", "") == stem.replace("-", "") else f"{stem}-{slug(name)}") for name in names
    ]
