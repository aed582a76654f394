"""The client for hosts that may never wait, against a real engine that is killed and started again."""

import pytest
from conftest import PATIENCE, EngineProcess, study, wait_for

from server.client import Pump


class Heard:
    """What a pump told."""

    def __init__(self):
        self.replies, self.errors = [], []

    def done(self, reply, blobs):
        self.replies.append(reply)

    def failed(self, error):
        self.errors.append(error)


def pumped(pump, true):
    """Turns the pump as a host's timer would, until it is so."""

    def once():
        pump.turn()
        return true()

    return wait_for(once)


@pytest.fixture(params=[False, True], ids=["pyzmq", "standard library"])
def pump(request):
    found = Pump(start=False, pure=request.param, patience=PATIENCE)
    yield found
    found.close()


def test_requests_are_answered_in_order_and_without_waiting(engine, pump):
    heard = Heard()
    for _ in range(5):
        pump.ask("ping", {}, heard.done, heard.failed)
    assert pump.busy and not heard.replies
    pumped(pump, lambda: len(heard.replies) == 5)
    assert not pump.busy and not heard.errors and heard.replies[0]["session"] == engine.session()


def test_of_a_sliders_positions_only_the_last_one_counts(engine, pump):
    heard, last = Heard(), Heard()
    pump.ask("ping", {}, heard.done, heard.failed)
    for _ in range(4):
        pump.ask("ping", {}, heard.done, heard.failed, slot="slider")
    pump.ask("ping", {}, last.done, last.failed, slot="slider")
    pumped(pump, lambda: last.replies)
    assert len(heard.replies) == 1 and not pump.busy


def test_what_is_wanted_soon_overtakes_what_waits(engine, pump):
    order = []
    for name, soon in (("first", False), ("second", False), ("soon", True)):
        pump.ask("ping", {}, lambda reply, blobs, name=name: order.append(name), order.append, soon=soon)
        if name == "first":
            pumped(pump, lambda: pump.attached)
            pump.turn()
    pumped(pump, lambda: len(order) == 3)
    assert order.index("soon") < order.index("second")


def test_what_was_sent_and_taken_back_is_not_told(engine, pump):
    heard, other = Heard(), Heard()
    pump.ask("ping", {}, other.done, other.failed)
    pumped(pump, lambda: other.replies)
    other.replies.clear()
    for _ in range(100):  # until the engine is slower than the one turn in which a request is sent and its reply looked for
        heard.replies.clear()
        pump.ask("tools", {"renderer": "gain"}, heard.done, heard.failed, slot="tools")
        pump.turn()
        if not heard.replies:
            break
    pump.drop("tools")
    pump.ask("ping", {}, other.done, other.failed)
    pumped(pump, lambda: other.replies)
    assert not heard.replies and not heard.errors


def test_an_error_of_the_engine_is_told_with_its_remedy(engine, pump):
    heard = Heard()
    pump.ask("status", {"study": "0" * 32}, heard.done, heard.failed)
    pump.ask("ping", {}, heard.done, heard.failed)
    pumped(pump, lambda: heard.replies)
    assert [error.code for error in heard.errors] == ["unknown"] and heard.errors[0].remedy


def test_a_killed_engine_is_found_again_and_the_request_repeated(tmp_path, monkeypatch, pump):
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path))
    running = EngineProcess(tmp_path)
    try:
        heard = Heard()
        body, blobs = study("slow")
        pump.ask("open", body, heard.done, heard.failed, blobs)
        pumped(pump, lambda: heard.replies)
        identity = heard.replies[0]["study"]
        running.kill()
        pump.ask("status", {"study": identity}, heard.done, heard.failed)
        pumped(pump, lambda: pump.trouble)
        running.start()
        pumped(pump, lambda: len(heard.replies) == 2)
        assert heard.replies[1]["study"] == identity and pump.restarts == 1 and pump.trouble is None and not heard.errors
    finally:
        running.close()


def test_an_engine_that_does_not_come_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path))
    pump, heard = Pump(start=False, patience=0.5), Heard()
    pump.ask("ping", {}, heard.done, heard.failed)
    pumped(pump, lambda: heard.errors)
    assert heard.errors[0].code == "absent" and heard.errors[0].remedy and not pump.busy
    pump.close()
