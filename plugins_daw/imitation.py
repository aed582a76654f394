"""One imitation as the window follows it: a thread that asks the engine, tells how far it is, and can be stopped at any time."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from plugins_daw import session
from plugins_daw.request import Example, open_study
from plugins_daw.session import Answer, Choice, Reason, Slot
from plugins_daw.tracks import Track
from server.client import EngineError, connect
from shared_engine.errors import UtsushiError


@dataclass(frozen=True)
class Standing:
    """How far it is. `fraction` 0..1, `eta` in seconds where it can be told; `drafted`: a first answer is there, and is being refined;
    `final`: the answer is there, and alternatives are looked for; `error` with its remedy when it failed."""

    state: str = "waiting"
    stage: str = ""
    fraction: float = 0.0
    eta: float | None = None
    score: float | None = None
    baseline: float | None = None
    restarts: int = 0
    drafted: bool = False
    final: bool = False
    error: tuple[str, str] | None = None


class Imitation:
    """`scene`: the effects that may be used, in order (None: all built-in ones). `report` is called from its thread with every new
    standing; `draft` with every chain on the way that is better than nothing, and `deliver` once, with the answer, each with the gain in dB
    before the chain."""

    def __init__(
        self,
        dry: Track,
        shown: Sequence[Example],
        options: Mapping[str, Any],
        scene: Mapping[str, Any] | None,
        report: Callable[[Standing], None],
        draft: Callable[[tuple[Slot, ...], float], None],
        deliver: Callable[[Answer, float], None],
    ) -> None:
        self.standing = Standing()
        self._report, self._draft, self._deliver = report, draft, deliver
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(dry, shown, options, scene), name="imitation", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive() and self.standing.state in ("waiting", "running")

    def stop(self) -> None:
        """Ends the search; its best so far is delivered."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self, dry: Track, shown: Sequence[Example], options: Mapping[str, Any], scene: Mapping[str, Any] | None) -> None:
        try:
            with connect() as engine:
                study, gain = open_study(engine, dry, shown, options, "audio host", scene, drafts=True)

                def tell(status: Mapping[str, Any]) -> bool:
                    known = {key: status[key] for key in ("stage", "fraction", "eta", "score", "baseline")}
                    # "done" is said when the answer is here, not before.
                    state = "running" if status["state"] in ("done", "stopped") else status["state"]
                    drafted, final = self.standing.drafted, self.standing.final
                    if draft := status["draft"]:
                        final = draft["final"]
                        if status["score"] < status["baseline"]:
                            self._draft(session.slots(draft["recipe"]), gain)
                            drafted = True
                    self._tell(Standing(state=state, restarts=engine.restarts, drafted=drafted, final=final, **known))
                    return not self._stop.is_set()

                engine.follow(study, tell, interval=0.1, drafts=True)
                answer, _ = engine.result(study)
                engine.forget(study)
            self._deliver(read(answer), gain)
            self._tell(Standing("done", fraction=1.0, restarts=self.standing.restarts))
        except (EngineError, UtsushiError) as error:
            self._tell(Standing("failed", error=(str(error), error.remedy)))

    def _tell(self, standing: Standing) -> None:
        if standing != self.standing:
            self.standing = standing
            self._report(standing)


def warm_up() -> None:
    """Starts the engine where none runs, and has it load what the first search would wait for; that search will say what is wrong."""
    with suppress(EngineError, UtsushiError), connect() as engine:
        engine.request("tools", {"renderer": "pedalboard"})


def read(answer: Mapping[str, Any]) -> Answer:
    """The engine's imitation as the session keeps it."""
    best = Choice("best", "the closest", answer["score"]["total"], session.slots(answer["recipe"]))
    others = [Choice(one["name"], one["reason"], one["score"]["total"], session.slots(one["recipe"])) for one in answer["alternatives"]]
    return Answer(
        proposer=answer["proposer"],
        baseline=answer["baseline"]["total"],
        choices=(best, *others),
        reasons=tuple(Reason(one["tool"], one["share"], one["sentence"]) for one in answer["effects"]),
        warnings=tuple(answer["warnings"]),
        evaluations=answer["evaluations"],
        seconds=round(answer["seconds"], 2),
    )
