"""Studies on disk: what was asked, the journal of the search, and how it ended. A killed engine loses nothing that is here.

<home>/studies/<id>/open.json       the body of the `open` message, as it came
                    blob-00 ...     its blobs, raw as on the wire: nothing to unpickle
                    painted-*.npy   what networks painted, where a proposer is one
                    journal         the search's own record (shared_engine.journal)
                    outcome.json    {state, imitation, error}, once it has ended
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.connection import make_private, write_private
from server.protocol.arrays import Buffer
from server.protocol.frames import IDENTIFIER, new_id

KEEP_SECONDS = 24 * 3600
"""How long a study stays after anything was last written to it."""

DRAFT = ".new"


class Folder:
    """One study's folder. The engine creates and removes it, one worker at a time writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def journal(self) -> Path:
        return self.path / "journal"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    def request(self) -> bytes:
        return (self.path / "open.json").read_bytes()

    def blob(self, index: int) -> Path:
        return self.path / f"blob-{index:02d}"

    def painted(self, proposer: str) -> Path:
        """What a proposer's network painted, (H, W, 3) uint8 sRGB in numpy's own format."""
        return self.path / f"painted-{proposer}.npy"

    def outcome(self) -> dict[str, Any] | None:
        """How it ended, or None while it has not."""
        try:
            ended: dict[str, Any] = json.loads((self.path / "outcome.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return ended

    def end(self, outcome: Mapping[str, Any]) -> None:
        write_private(self.path / "outcome.json", outcome)

    def mend(self) -> None:
        """Clears away what a writer that was killed may have left in the journal. Only for who holds `lock`.

        Optuna appends to a half-written last line, which makes both unreadable, and waits 30 s for the lock file of a dead process.
        """
        self.path.joinpath("journal.lock").unlink(missing_ok=True)
        try:
            with self.journal.open("rb+") as file:
                whole = file.read().rfind(b"\n") + 1
                file.truncate(whole)
        except FileNotFoundError:
            return

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class Store:
    """All studies of one user."""

    def __init__(self, root: Path) -> None:
        self._root = make_private(root)

    def create(self, body: bytes, blobs: Sequence[Buffer]) -> str:
        """Keeps a study -> its id. It is on disk, whole, when this returns. Raises OSError."""
        study = new_id()
        draft = Folder(make_private(self._root / f"{study}{DRAFT}"))
        try:
            _write(draft.path / "open.json", body)
            for index, blob in enumerate(blobs):
                _write(draft.blob(index), blob)
            draft.path.rename(self._root / study)
        except BaseException:
            draft.remove()
            raise
        return study

    def find(self, study: str) -> Folder | None:
        path = self._root / study
        return Folder(path) if IDENTIFIER.fullmatch(study) and path.is_dir() else None

    def sweep(self, now: float | None = None) -> int:
        """Removes what has not been written to for a day -> how many."""
        limit = (time.time() if now is None else now) - KEEP_SECONDS
        old = [path for path in self._folders() if _age(path) < limit]
        for path in old:
            Folder(path).remove()
        return len(old)

    def _folders(self) -> Iterator[Path]:
        for path in self._root.iterdir():
            if IDENTIFIER.fullmatch(path.name.removesuffix(DRAFT)):
                yield path


def _age(path: Path) -> float:
    try:
        return max(entry.stat().st_mtime for entry in (path, *path.iterdir()))
    except OSError:
        return time.time()


def _write(path: Path, data: Buffer) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
