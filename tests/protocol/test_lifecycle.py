"""Any order of opening, asking, stopping, closing, reconnecting and killing: the promises of the protocol hold."""

import pytest
from conftest import EngineProcess, study, wait_for
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from server.client import EngineError, connect

ORDER = {"waiting": 0, "running": 1, "done": 2, "stopped": 2, "failed": 2}


def lifecycle(engine):
    """A state machine over this engine process."""
    kills = iter(range(2))  # of all examples together: each new worker has to import torch

    class Lifecycle(RuleBasedStateMachine):
        studies = Bundle("studies")

        def __init__(self):
            super().__init__()
            self.client = connect(start=False)
            wait_for(lambda: not self.client.request("ping")[0]["studies"])
            self.last = {}
            self.scores = {}
            self.closed = 0

        @rule(target=studies, renderer=st.sampled_from(["gain", "slow", "broken"]))
        def open(self, renderer):
            identity = self.client.open(*study(renderer, size=8, budget=60))
            self.last[identity] = "waiting"
            return identity

        @rule(identity=studies)
        def status(self, identity):
            status = self.client.status(identity)
            assert 0 <= status["fraction"] <= 1
            assert (status["error"] is None) == (status["state"] != "failed")
            if status["score"] is not None:
                assert status["score"] <= self.scores.get(identity, float("inf")) + 1e-9, "the best never gets worse"
            self._moved(identity, status["state"])

        @rule(identity=studies)
        def stop(self, identity):
            self.client.stop(identity)
            assert self.client.status(identity)["state"] in ("running", "stopped", "done", "failed")

        @rule(identity=studies, strength=st.none() | st.floats(0, 2))
        def result(self, identity, strength):
            try:
                imitation, _ = self.client.result(identity, strength=strength)
            except EngineError as error:
                assert error.code in ("state", "internal")
            else:
                assert imitation["score"]["total"] <= imitation["baseline"]["total"]
                self._moved(identity, self.client.status(identity)["state"])
                assert self.last[identity] in ("done", "stopped")

        @rule(identity=consumes(studies))
        def close(self, identity):
            self.client.forget(identity)
            self.closed += 1
            del self.last[identity]
            for ask in (self.client.status, self.client.result, self.client.stop):
                with pytest.raises(EngineError, match="there is no study"):
                    ask(identity)

        @rule(pure=st.booleans())
        def reconnect(self, pure):
            self.client.close()
            self.client = connect(start=False, pure=pure)

        @rule()
        def kill(self):
            if next(kills, None) is not None:
                engine.kill()
                engine.start()
                # What had not ended begins again from its journal; what had ended stays so.
                self.last = {identity: state if ORDER[state] == 2 else "waiting" for identity, state in self.last.items()}

        @invariant()
        def ping_is_answered_and_counts_what_is_at_work(self):
            pong, _ = self.client.request("ping")
            assert pong["session"] == engine.session() == self.client.session
            # What was closed while it ran is counted until its worker has let go of it.
            assert pong["studies"] <= len(self.last) + self.closed

        def _moved(self, identity, state):
            assert ORDER[state] >= ORDER[self.last[identity]], f"{self.last[identity]} -> {state}"
            assert ORDER[self.last[identity]] < 2 or state == self.last[identity], "what has ended stays as it ended"
            self.last[identity] = state

        def teardown(self):
            for identity in self.last:
                self.client.forget(identity)
            self.client.close()

    return Lifecycle


def test_any_order_of_requests_keeps_the_promises(home):
    engine = EngineProcess(home)
    try:
        run_state_machine_as_test(
            lambda: lifecycle(engine)(),
            settings=settings(
                max_examples=8,
                stateful_step_count=14,
                deadline=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        engine.close()
