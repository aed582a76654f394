"""A study that outlives its engine: what is asked for while no engine is there is asked again, since the next one goes on with the study.

patience = Patience(lambda error: show(error.remedy))
patience.until(lambda: engine.follow(study, report))
"""

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import EngineError

PATIENCE = 60.0
"""Seconds for which an engine that is away is waited for: so long may starting one take, or its user to start it by hand."""

AWAY = frozenset({"absent", "file", "silent", "start"})
"""Errors that say that the engine is not there, not that it could not do something."""

AGAIN_SECONDS = 0.2

Answer = TypeVar("Answer")


class Patience:
    """Waits for an engine for at most `seconds` after it was last `heard`; once it is given up, its last error is raised."""

    def __init__(self, missed: Callable[[EngineError], bool], seconds: float = PATIENCE) -> None:
        """`missed` is told each time why there is no engine -> whether to go on waiting."""
        self._missed, self._seconds = missed, seconds
        self._heard = 0.0

    def heard(self) -> None:
        """The engine has just answered: from now on it may be away for `seconds` again."""
        self._heard = time.monotonic()

    def until(self, request: Callable[[], Answer]) -> Answer:
        """What `request` returns, which is called again as long as the engine is away. Raises EngineError."""
        self.heard()
        while True:
            try:
                return request()
            except EngineError as error:
                if error.code not in AWAY or time.monotonic() > self._heard + self._seconds or not self._missed(error):
                    raise
                time.sleep(AGAIN_SECONDS)
