"""The study's state machine: whatever a host does in whatever order, the promises hold."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared_engine.errors import StateError
from shared_engine.journal import Journal
from shared_engine.study import Study
from shared_engine.types import Candidate, Parameter, Score, Tool

TOOLS = tuple(
    Tool(name, name.title(), (Parameter("amount", "Amount", -1, 1, 0),), frozenset({"tone"}), "Test.") for name in ("a", "b", "c")
)
BUDGET = 120


def score_of(candidate: Candidate) -> Score:
    return Score(sum((float(value) - 0.4) ** 2 for value in candidate.values.values()))


class StudyMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed):
        self.study = Study(TOOLS, budget=BUDGET, seed=seed)
        self.best = np.inf
        self.locked = {}
        self.told = 0

    @rule(share=st.floats(0.1, 1))
    @precondition(lambda self: self.study.state == "open")
    def ask_and_tell(self, share):
        candidates = self.study.ask()
        for candidate in candidates[: max(1, int(len(candidates) * share))]:
            for key, value in self.locked.items():
                assert candidate.values.get(key, 0.0) == value  # absent: at its default
            score = score_of(candidate)
            self.study.tell(candidate.id, score)
            self.study.tell(candidate.id, Score(-1.0))  # again: must change nothing
            self.told += 1
            self.best = min(self.best, score.total)

    @rule(name=st.sampled_from("abc"), value=st.floats(-1, 1))
    def lock(self, name, value):
        if len(self.locked.keys() | {f"{name}.amount"}) == len(TOOLS):
            return
        self.study.lock(name, value)
        self.locked[f"{name}.amount"] = value
        self.best = self.study.best[1].total if self.study.best else np.inf
        assert self.study.best is None or self.study.best[0].values.get(f"{name}.amount", 0.0) == value

    @rule(name=st.sampled_from("abc"))
    def unlock(self, name):
        self.study.unlock(name)
        self.locked.pop(f"{name}.amount", None)

    @rule()
    def pause_and_resume(self):
        before = self.study.state
        self.study.pause()
        if before == "open":
            with pytest.raises(StateError):
                self.study.ask()
        self.study.resume()
        assert self.study.state == before

    @rule()
    def nonsense_is_refused(self):
        with pytest.raises(StateError):
            self.study.tell("nobody asked", Score(0.0))

    @invariant()
    def the_best_is_the_lowest_that_was_told_and_keeps_the_locks(self):
        if not hasattr(self, "study"):
            return
        if self.study.best:
            assert self.study.best[1].total == self.best
            for key, value in self.locked.items():
                assert self.study.best[0].values.get(key, 0.0) == value

    @invariant()
    def the_budget_holds(self):
        if hasattr(self, "study"):
            assert self.told <= BUDGET


TestStudyMachine = StudyMachine.TestCase
TestStudyMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def run(study: Study) -> None:
    while study.state == "open":
        for candidate in study.ask():
            study.tell(candidate.id, score_of(candidate))


def test_it_finds_what_the_host_scores_best():
    study = Study(TOOLS, budget=400)
    run(study)
    assert study.state == "done"
    assert study.best[1].total < 1e-3


def test_a_journal_keeps_every_improvement_and_opens_in_optuna(tmp_path):
    study = Study(TOOLS, budget=60, journal=Journal(tmp_path / "journal.log"))
    run(study)
    again = Journal(tmp_path / "journal.log")
    assert len(again.history()) == study.evaluations
    candidate, score = again.best("host")
    assert (candidate, score.total) == (study.best[0], study.best[1].total)


def test_a_journal_that_was_cut_in_the_middle_of_a_line_is_still_read(tmp_path):
    path = tmp_path / "journal.log"
    study = Study(TOOLS, budget=40, journal=Journal(path))
    run(study)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert len(Journal(path).history()) >= study.evaluations - 1


def test_a_stopped_study_keeps_its_best_and_takes_no_more():
    study = Study(TOOLS, budget=100)
    for candidate in study.ask():
        study.tell(candidate.id, score_of(candidate))
    study.stop()
    assert study.best
    with pytest.raises(StateError, match="stopped"):
        study.ask()
