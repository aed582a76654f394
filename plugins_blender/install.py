"""Puts the extension into Blender: a folder as Blender loads it, a zip of it, and its installation into every Blender found."""

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import shared_engine
from plugins_blender.blender import BlenderHost, find_blenders
from server.connection import remember_engine
from server.hosts import Finding
from server.vendor import vendor
from shared_engine.errors import InputError

NAME = "utsushi"
REPOSITORY = "user_default"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Zip's earliest date, on every entry: the same sources give the same bytes."""


def build_extension(folder: Path) -> Path:
    """Writes the extension into `folder`, which must not exist: our files and the engine's client, no wheels -> `folder`."""
    shutil.copytree(Path(__file__).parent / NAME, folder, ignore=shutil.ignore_patterns("__pycache__"))
    vendor(folder)
    carry_words(folder)
    return folder


def carry_words(folder: Path) -> None:
    """Puts the engine's words, which need nothing but the standard library, into `folder`/engine, and the birds into `folder`/birds."""
    source, target = Path(shared_engine.__file__).parent, folder / "engine"
    shutil.copytree(source / "words", target / "words", ignore=shutil.ignore_patterns("__pycache__", "*.onnx"))
    for name in ("__init__.py", "errors.py"):
        shutil.copy2(source / name, target / name)
    shutil.copytree(Path(__file__).parent / "birds", folder / "birds", ignore=shutil.ignore_patterns("__pycache__"))


def zip_folder(folder: Path, target: Path) -> Path:
    """Zips an extension's folder -> `target`. Without wheels it serves every Blender from 4.2 on: it holds Python and nothing else."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return target


def windows() -> list[BlenderHost]:
    """The Blenders that have a window: bpy in a Python has none, and no place for extensions."""
    return [host for host in find_blenders() if not Path(host.command[0]).stem.startswith("python")]


def install() -> list[str]:
    """Installs and enables the extension in every Blender found -> what was done, a line each. Raises InputError."""
    remember_engine()
    with tempfile.TemporaryDirectory() as box:
        archive = zip_folder(build_extension(Path(box) / NAME), Path(box) / f"{NAME}.zip")
        return _each("install-file", "--repo", REPOSITORY, "--enable", str(archive))


def uninstall() -> list[str]:
    return _each("remove", f"{REPOSITORY}.{NAME}")


def _each(*command: str) -> list[str]:
    """Runs a command of Blender's extensions in every Blender -> a line each. One that fails keeps no other from its turn."""
    said, failed = [], []
    for host in _found():
        try:
            said.append(_run(host, *command))
        except InputError as error:
            failed.append(error)
    if failed:
        raise InputError("; ".join([*said, *map(str, failed)]), failed[0].remedy)
    return said


def _found() -> list[BlenderHost]:
    found = windows()
    if not found:
        raise InputError("no Blender 4.2 or newer was found", "Install Blender from blender.org, or set UTSUSHI_BLENDER to it.")
    return found


def _run(host: BlenderHost, *command: str) -> str:
    done = subprocess.run([host.command[0], "--command", "extension", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
        raise InputError(
            f"{host} did not take it: {said[-1]}", "Close Blender and try again, or use Preferences > Get Extensions > Install from Disk."
        )
    return f"{host}: {command[0]} done; the panel is in the sidebar (N) under Utsushi"


def findings() -> list[Finding]:
    """Which Blenders there are, for `utsushi doctor`."""
    found = find_blenders()
    if not found:
        return [Finding("no Blender 4.2 or newer was found", False, "Install Blender from blender.org, or set UTSUSHI_BLENDER to it.")]
    return [Finding(f"{host} ({host.command[0]})", True) for host in found]
