"""The answer on the whole track, rendered as soon as the engine has it: it then still looks for alternatives."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from plugins_daw import chain
from plugins_daw.bounce import Bounce, bounce, suffix_for
from shared_engine.errors import Interrupted

REPORT_SECONDS = 0.1

Recipe = Sequence[Mapping[str, Any]]


class Rendition:
    """Writes `track` through the answer into `out`, with `trim` dB before the chain. Its thread ends with the block."""

    def __init__(self, track: Path, out: Path, trim: float) -> None:
        self.target = out / f"result{suffix_for(track)}"
        self.part, self._given_up = 0.0, False
        self._track, self._out, self._trim = track, out, trim
        self._thread = ThreadPoolExecutor(1, "rendition")
        self._begun: tuple[Recipe, Future[tuple[Bounce, list[chain.Spec]]]] | None = None

    def begin(self, recipe: Recipe) -> None:
        """Starts with an answer, unless it is the one that was begun."""
        recipe = list(recipe)
        if self._begun is None or self._begun[0] != recipe:
            self._begun = recipe, self._thread.submit(self._render, recipe)

    def result(self, recipe: Recipe, report: Callable[[float], None]) -> tuple[Bounce, list[chain.Spec]]:
        """What was made of the answer `recipe`, and the chain with the gains around it; `report` is told how much of it is there.

        Raises InputError, PluginError.
        """
        self.begin(recipe)
        assert self._begun is not None
        done = self._begun[1]
        while not done.done():
            report(self.part)
            wait([done], REPORT_SECONDS)
        return done.result()

    def _render(self, recipe: Recipe) -> tuple[Bounce, list[chain.Spec]]:
        plugins = [chain.plugin("Gain", gain_db=round(self._trim, 2)), *(spec for entry in recipe for spec in entry["plugins"])]
        made = bounce(self._track, self.target, plugins, report=self._reached)
        plugins.append(chain.plugin("Gain", gain_db=round(made.gain, 2)))
        chain.save(self._out / "chain.json", plugins)
        return made, plugins

    def _reached(self, part: float) -> None:
        self.part = part
        if self._given_up:
            raise Interrupted

    def __enter__(self) -> "Rendition":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._given_up = kind is not None
        self._thread.shutdown()
