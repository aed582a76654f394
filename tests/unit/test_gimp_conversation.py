"""A study that is followed in a thread of its own: given up, it is forgotten by the engine too."""

import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "plugins_gimp/utsushi"))

from conversation import Conversation  # noqa: E402

from server.client import EngineError  # noqa: E402

SECONDS = 60.0


class Engine:
    """A study that runs until it is stopped, and wants something rendered all the time."""

    restarts = 0

    def __init__(self):
        self.did, self.followed = [], threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def open(self, body, blobs):
        return "s1"

    def follow(self, study, report, interval, draw):
        while True:
            self.followed.set()
            if report({"state": "running", "stage": "searching"}) is False:
                self.did.append("stop")
                return
            if draw:
                draw([], 1, [])

    def result(self, study):
        self.did.append("result")
        return {"recipe": []}, ()

    def forget(self, study):
        self.did.append("forget")


@pytest.fixture
def talk():
    engine = Engine()
    conversation = Conversation({}, (), lambda: engine)
    conversation.start()
    assert engine.followed.wait(SECONDS)
    yield engine, conversation
    conversation.abandon()
    conversation.join(SECONDS)


def test_what_is_given_up_is_forgotten(talk):
    engine, conversation = talk
    conversation.abandon()
    conversation.join(SECONDS)
    assert not conversation.is_alive() and engine.did == ["forget"]


def test_the_best_so_far_is_fetched_and_nothing_rendered_for_it(talk):
    engine, conversation = talk
    conversation.keep_best()
    conversation.join(SECONDS)
    assert engine.did == ["stop", "result", "forget"] and conversation.answer() == {"recipe": []}


def test_a_fault_is_told_and_not_lost():
    def broken():
        raise ValueError("no engine like that")

    conversation = Conversation({}, (), broken)
    conversation.start()
    conversation.join(SECONDS)
    with pytest.raises(EngineError, match="no engine like that"):
        conversation.answer()
