"""The durable record of a study, in Optuna's journal format, so that its dashboard can open it and a killed engine loses nothing.

One improvement of the search is one finished trial: native values as its parameters, the parts of its score and its stage as
attributes. Values outside a tool's tasteful range cannot occur: the space has clamped them.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from shared_engine.space import parameters_by_key
from shared_engine.types import Candidate, Parameter, Score, Tool, Value

if TYPE_CHECKING:
    import optuna

NAME = "utsushi"


class Journal:
    """Opens or creates the journal at `path`. One process writes; any number may read."""

    def __init__(self, path: Path) -> None:
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.path = path
        # Optuna's own lock is a symbolic link, which Windows grants to administrators only.
        lock = JournalFileOpenLock(str(path)) if sys.platform == "win32" else None
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(path), lock))
        self.study = optuna.create_study(storage=storage, study_name=NAME, load_if_exists=True)

    def record(self, tools: tuple[Tool, ...], candidate: Candidate, score: Score, stage: str) -> None:
        """Adds one candidate; it is on disk when this returns."""
        import optuna

        known = parameters_by_key(tools)
        self.study.add_trial(
            optuna.trial.create_trial(
                params=dict(candidate.values),
                distributions={key: distribution(known[key], value) for key, value in candidate.values.items()},
                value=score.total,
                user_attrs={"id": candidate.id, "stage": stage, "parts": dict(score.parts)},
            )
        )

    def best(self, stage: str) -> tuple[Candidate, Score] | None:
        """The best candidate that was recorded in `stage`, or None."""
        told = [
            trial for trial in self.study.get_trials(deepcopy=False) if trial.user_attrs.get("stage") == stage and trial.value is not None
        ]
        if not told:
            return None
        trial = min(told, key=lambda t: t.value or 0.0)
        return Candidate(trial.user_attrs["id"], dict(trial.params)), Score(float(trial.value or 0.0), trial.user_attrs["parts"])

    def history(self) -> list[tuple[str, Mapping[str, Value], float]]:
        """(stage, values, score) of everything recorded, oldest first."""
        return [(t.user_attrs["stage"], dict(t.params), float(t.value or 0.0)) for t in self.study.get_trials(deepcopy=False)]


def distribution(parameter: Parameter, value: Value) -> "optuna.distributions.BaseDistribution":
    """A parameter in Optuna's words; a held value outside the tasteful range widens it."""
    import optuna

    if parameter.choices:
        return optuna.distributions.CategoricalDistribution(parameter.choices)
    return optuna.distributions.FloatDistribution(
        min(parameter.low, float(value)), max(parameter.high, float(value)), log=parameter.scale == "log"
    )
