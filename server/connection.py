"""Where things lie on this machine, and the connection file through which a host finds the running engine. Standard library only.

The file holds the key that lets a program give the engine work, so it is readable by its owner alone (0600 in a 0700 folder), and is
replaced in one step so that no reader meets half of it.
"""

import json
import os
import secrets
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MAX_CHARACTERS = 10_000
KEY_BYTES = 32


class PrivateFileError(Exception):
    """A file of ours is missing (`missing`), damaged, or somebody else could have read or written it."""

    def __init__(self, what: str, missing: bool = False) -> None:
        super().__init__(what)
        self.missing = missing


@dataclass(frozen=True)
class Connection:
    """What a host needs to reach the engine. `key` and `session` are hexadecimal."""

    host: str
    port: int
    key: str
    session: str
    pid: int
    version: str

    @property
    def address(self) -> str:
        return f"tcp://{self.host}:{self.port}"


def home() -> Path:
    """The user's Utsushi folder: ``$UTSUSHI_HOME``, or the platform's place for application data."""
    chosen = os.environ.get("UTSUSHI_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "utsushi"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "utsushi"
    # A flatpak has its own XDG_DATA_HOME; the engine lives outside of it, and so does its folder.
    variable = "HOST_XDG_DATA_HOME" if in_flatpak() else "XDG_DATA_HOME"
    return Path(os.environ.get(variable) or Path.home() / ".local" / "share") / "utsushi"


def models_folder() -> Path:
    """Where the user's own style-transfer models are kept."""
    return home() / "proposers"


def in_flatpak() -> bool:
    return "FLATPAK_ID" in os.environ


def connection_file() -> Path:
    return home() / "connection.json"


def engine_file() -> Path:
    """Names the Python and the folder of the installation that is to be started; written by `remember_engine`."""
    return home() / "engine.json"


def log_file() -> Path:
    return home() / "engine.log"


def make_private(folder: Path) -> Path:
    """Creates `folder` for the user alone; one that is there already stays as it is. Raises OSError where that cannot be."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """JSON for the user's eyes only, durable, in one step: a reader finds the old file or the new one."""
    make_private(path.parent)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def publish(connection: Connection) -> None:
    write_private(connection_file(), asdict(connection))


def withdraw(connection: Connection) -> None:
    """Removes the connection file if it is still the one of `connection`."""
    try:
        if find() == connection:
            connection_file().unlink(missing_ok=True)
    except PrivateFileError:
        pass


def read_private(path: Path, most: int = MAX_CHARACTERS) -> Any:
    """What `write_private` wrote; of a file with more than `most` characters nothing is taken.

    Raises:
        PrivateFileError: it does not exist, is damaged, or is not the user's alone.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if os.name == "posix":
                status = os.fstat(file.fileno())
                if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                    raise PrivateFileError(f"{path} can be read or was written by another user")
            return json.loads(file.read(most))
    except FileNotFoundError as error:
        raise PrivateFileError(f"{path} does not exist", missing=True) from error
    except (OSError, ValueError) as error:
        raise PrivateFileError(f"{path} cannot be used: {error}") from error


def find() -> Connection:
    """Reads the connection file. Raises PrivateFileError."""
    found = read_private(connection_file())
    try:
        connection = Connection(**found)
        typed = all(isinstance(getattr(connection, name), kind) for name, kind in Connection.__annotations__.items())
        if not typed or len(bytes.fromhex(connection.key)) < KEY_BYTES:
            raise ValueError("a field has the wrong type, or the key is short")
    except (ValueError, TypeError) as error:
        raise PrivateFileError(f"{connection_file()} is damaged: {error}") from error
    return connection


def remember_engine() -> None:
    """Notes the Python that runs now as the one that starts engines, for hosts that bring another Python."""
    write_private(engine_file(), {"python": sys.executable, "folder": str(Path(__file__).resolve().parent.parent)})


@contextmanager
def hold(path: Path) -> Iterator[bool]:
    """Holds the lock file `path` while the block runs; yields False at once when another process holds it.

    The operating system lets go of the lock when its process dies, however it dies.
    """
    make_private(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
