"""For whom an engine that is away is waited, and for how long."""

import pytest

from server.client import EngineError, Patience

GONE = EngineError("start", "the engine ended at once", "See its log.")


def asked(*errors):
    """A request that fails with each of `errors`, then is answered."""
    left = list(errors)

    def request():
        if left:
            raise left.pop(0)
        return "answer"

    return request


def test_a_request_is_repeated_until_the_engine_is_back():
    missed = []
    patience = Patience(lambda error: missed.append(error) or True)
    assert patience.until(asked(GONE, EngineError("silent", "the engine went away", "Try again."))) == "answer"
    assert [error.code for error in missed] == ["start", "silent"]


def test_it_is_given_up_after_a_while():
    patience = Patience(lambda error: True, seconds=0.0)
    with pytest.raises(EngineError, match="ended at once") as caught:
        patience.until(asked(GONE, GONE, GONE))
    assert caught.value.remedy == "See its log."


def test_nobody_waits_for_what_nobody_wants():
    with pytest.raises(EngineError, match="ended at once"):
        Patience(lambda error: False).until(asked(GONE))


def test_what_the_engine_itself_refuses_is_not_asked_again():
    missed = []
    with pytest.raises(EngineError, match="no study"):
        Patience(missed.append).until(asked(EngineError("study", "there is no study 7", "Open one.")))
    assert missed == []
