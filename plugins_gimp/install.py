"""Puts the plug-in into the GIMPs of this machine, and takes it away again. Nothing else in GIMP's folders is touched."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from plugins_gimp.gimp import find_gimps
from server.connection import remember_engine
from server.hosts import Finding
from server.vendor import vendor
from shared_engine.errors import InputError

NAME = "utsushi"
"""The plug-in's folder and file: GIMP wants both to have one name."""

CATALOGUES = Path(__file__).with_name("locale")
"""Translations of the plug-in's words, one file a language; its own language is English."""

MARK = "VERSION"
"""A file in the folder that says that the folder is ours, and which version."""


class InstallError(InputError):
    code = "install"


def build_plug_in(folder: Path) -> Path:
    """Writes the plug-in as GIMP loads it into `folder`, which must not exist: our files, the engine's client, the run bit -> `folder`."""
    shutil.copytree(Path(__file__).parent / NAME, folder, ignore=shutil.ignore_patterns("__pycache__"))
    vendor(folder)
    compile_catalogues(folder / "locale")
    (folder / MARK).write_text(version(NAME) + "\n", encoding="utf-8")
    (folder / f"{NAME}.py").chmod(0o755)
    return folder


def compile_catalogues(target: Path) -> None:
    """Writes the translations as gettext reads them: `target`/LANGUAGE/LC_MESSAGES/utsushi.mo."""
    for source in CATALOGUES.glob("*.po"):
        compiled = target / source.stem / "LC_MESSAGES" / f"{NAME}.mo"
        compiled.parent.mkdir(parents=True)
        with source.open("rb") as words, compiled.open("wb") as file:
            write_mo(file, read_po(words, locale=source.stem))


def config_folders() -> list[Path]:
    """The configuration folder of every GIMP 3 that has been started here at least once; $GIMP3_DIRECTORY alone when it is set.

    Folders are not made: GIMP takes an existing one for its own and would then not bring over the settings of the version before it.
    """
    if chosen := os.environ.get("GIMP3_DIRECTORY"):
        return [Path(chosen)] if Path(chosen).is_dir() else []
    return [folder for base in _bases() for folder in sorted(base.glob("3.*")) if folder.is_dir()]


def _bases() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "GIMP"
    elif sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "GIMP"
    else:
        yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "GIMP"
        yield home / ".var/app/org.gimp.GIMP/config/GIMP"  # flatpak
        yield home / "snap/gimp/current/.config/GIMP"


def install() -> list[str]:
    """Installs or renews the plug-in in every GIMP found, and notes this Python as the one that has the engine -> what was done.

    Raises InstallError where there is no GIMP, or one's folder cannot be written.
    """
    folders = config_folders()
    if not folders:
        raise InstallError(
            "no GIMP 3 has been started here yet",
            "Install GIMP 3 and start it once, then run `utsushi install gimp` again; or set GIMP3_DIRECTORY to its folder.",
        )
    done = []
    for config in folders:
        target = config / "plug-ins" / NAME
        try:
            renewed = _replace(target)
        except OSError as error:
            raise InstallError(f"{target} cannot be written: {error.strerror}", "Check who owns that folder, then try again.") from error
        done.append(f"GIMP {config.name}: {'renewed' if renewed else 'installed'} in {target}")
    remember_engine()
    done.append("Start GIMP again; then choose Filters > Imitate Reference... in an RGB image.")
    return done


def uninstall() -> list[str]:
    """Takes the plug-in out of every GIMP found -> what was done. Layers keep the filters that it made."""
    done = []
    for config in config_folders():
        target = config / "plug-ins" / NAME
        if _remove(target):
            done.append(f"GIMP {config.name}: removed from {target}")
    return done or ["The plug-in was in no GIMP; nothing was changed."]


def findings() -> list[Finding]:
    """What `utsushi doctor` says of GIMP: the programs found, and the plug-in in each configuration folder."""
    gimps = find_gimps()
    found = [Finding(f"{gimp} ({' '.join(gimp.command)})", True) for gimp in gimps]
    if not gimps:
        found.append(Finding("no GIMP 3 was found", False, "Install GIMP 3, or set UTSUSHI_GIMP to its gimp-console."))
    for config in config_folders():
        mark = config / "plug-ins" / NAME / MARK
        there = mark.read_text(encoding="utf-8").strip() if mark.is_file() else "not installed"
        found.append(Finding(f"plug-in in {config}: {there}", there == version(NAME), "Run `utsushi install gimp`."))
    return found


def _replace(target: Path) -> bool:
    """Puts a newly built folder in the place of `target` -> whether there was one. GIMP never meets half of it."""
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".utsushi-", dir=target.parent.parent) as draft:
        built = build_plug_in(Path(draft) / NAME)
        renewed = _remove(target)
        built.rename(target)
    return renewed


def _remove(target: Path) -> bool:
    """Removes `target` if it is ours -> whether it was there. A link (a developer's) is removed, not what it points to."""
    if target.is_symlink():
        target.unlink()
        return True
    if not target.exists():
        return False
    if not (target / MARK).is_file():
        raise InstallError(f"{target} was not put there by Utsushi", "Move it away, then try again.")
    shutil.rmtree(target)
    return True
