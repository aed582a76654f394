"""Processes that are really killed: the engine, its worker, and what each leaves half done."""

import json
import os
import resource
import signal
import threading
import time

import pytest
from conftest import EXTENSION, PATIENCE, EngineProcess, finished, recorded, running, study, wait_for

from server import broker, connection, studies
from server.client import Blobs, EngineError, connect
from server.store import KEEP_SECONDS, Folder, Store
from shared_engine.journal import Journal
from shared_engine.types import Candidate, Parameter, Score, Tool

TOOL = Tool("gain", "Gain", (Parameter("gain", "Gain", 0.25, 4.0, 1.0),))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"


def answered(records):
    """The records once an answer stands among them, and not only drafts of it."""
    return records if any(stage == "best" for stage, _, _ in records or ()) else None


def test_a_study_goes_on_after_its_engine_was_killed_and_nothing_is_lost(own_engine, home):
    with connect(start=False, pure=True) as client:
        identity = client.open(*study("slow", alternatives=3))
        running(client, identity)
        told = wait_for(lambda: answered(recorded(home, identity)))
        workers = own_engine.workers()
        assert workers and client.status(identity)["state"] == "running"

        own_engine.kill()
        with pytest.raises(EngineError) as caught:
            client.status(identity)
        assert caught.value.code == "absent" and "utsushi serve" in caught.value.remedy
        wait_for(lambda: not any(alive(worker) for worker in workers))

        own_engine.start()
        assert client.request("ping")[0]["studies"] == 0, "nobody has asked about it yet"
        seen = finished(client, identity)
        assert seen[0]["state"] in ("waiting", "running") and seen[-1]["state"] == "done"
        assert client.restarts == 1 and client.session == own_engine.session()
        after = recorded(home, identity)
        assert after[: len(told)] == told and len(after) > len(told)
        imitation, _ = client.result(identity)
        assert imitation["score"]["total"] <= min(score for stage, _, score in told if stage == "best")


def test_a_host_that_may_starts_the_next_engine_itself(own_engine, home, monkeypatch):
    python = home / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{own_engine.environment()["PYTHONPATH"]}" exec "{own_engine.process.args[0]}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("UTSUSHI_ENGINE", str(python))
    with connect() as client:
        identity = client.open(*study("slow"))
        running(client, identity)
        before = client.session
        own_engine.kill()
        assert finished(client, identity)[-1]["state"] == "done"
        assert client.session != before and client.restarts == 1
        assert client.result(identity)[0]["recipe"]
        client.request("shutdown")
    wait_for(lambda: not connection.connection_file().exists())


def test_a_killed_worker_fails_its_own_study_and_is_replaced(own_engine):
    with connect(start=False) as client:
        identity = client.open(*study("slow"))
        waits = client.open(*study())
        running(client, identity)
        (worker,) = own_engine.workers()
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(EngineError, match="killed by signal 9") as caught:
            finished(client, identity)
        assert caught.value.code == "worker" and caught.value.remedy
        assert finished(client, waits)[-1]["state"] == "done"
        assert client.status(identity)["state"] == "failed"
        assert client.request("ping")[0]["session"] == own_engine.session()
        assert worker not in own_engine.workers()


def test_an_engine_that_ends_takes_its_workers_along_and_withdraws_its_file(own_engine, home):
    with connect(start=False) as client:
        identity = client.open(*study("slow"))
        running(client, identity)
        workers = own_engine.workers()
        client.request("shutdown")
    assert own_engine.process.wait(PATIENCE) == 0
    assert not connection.connection_file().exists()
    assert not any(alive(worker) for worker in workers)


# --- what a killed writer leaves -----------------------------------------------------------------------------------------------


def test_a_torn_journal_is_mended_and_goes_on(tmp_path):
    folder = Folder(tmp_path)
    Journal(folder.journal).record((TOOL,), Candidate("a", {"gain.gain": 2.0}), Score(3.0, {"lab": 3.0}), "best")
    whole = folder.journal.read_bytes()
    for cut in (1, 20, len(whole.splitlines()[-1])):
        folder.journal.write_bytes(whole + whole.splitlines()[-1][:cut])
        (tmp_path / "journal.lock").symlink_to(folder.journal)
        folder.mend()
        assert folder.journal.read_bytes() == whole
        Journal(folder.journal).record((TOOL,), Candidate("b", {"gain.gain": 1.5}), Score(2.0, {"lab": 2.0}), "best")
        assert [score for _, _, score in Journal(folder.journal).history()] == [3.0, 2.0]
    folder.journal.unlink()
    folder.mend()


def test_half_a_study_is_never_found_and_swept_with_what_is_old(tmp_path):
    store = Store(tmp_path)
    identity = store.create(b"{}", [b"blob"])
    draft = tmp_path / ("d" * 32 + ".new")
    draft.mkdir()
    stranger = tmp_path / "my notes"
    stranger.mkdir()
    assert store.find(identity) and not store.find("d" * 32) and not store.find("d" * 32 + ".new") and not store.find("../" + tmp_path.name)
    assert store.sweep() == 0
    assert store.sweep(time.time() + KEEP_SECONDS + 60) == 2
    assert list(tmp_path.iterdir()) == [stranger]


def test_a_study_that_could_not_be_written_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(TypeError):
        store.create(b"{}", [b"first", object()])
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
def test_a_full_disk_is_an_error_and_leaves_nothing(own_engine, home):
    with connect(start=False) as client:
        engine = own_engine.process.pid
        wait_for(own_engine.workers)
        resource.prlimit(engine, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        blobs = Blobs()
        content, reference = (blobs.picture(bytes(3 * 700 * 700), 700, 700) for _ in range(2))
        with pytest.raises(EngineError) as caught:
            client.open({"renderer": "gain", "content": content, "references": [{"array": reference}]}, blobs)
        assert caught.value.code == "disk" and caught.value.remedy
        assert not list((home / "studies").iterdir())

        resource.prlimit(engine, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        identity = client.open(*study("broken"))
        resource.prlimit(engine, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for ask in (lambda: finished(client, identity), lambda: client.result(identity)):
            with pytest.raises(EngineError, match="a third party's mistake"):
                ask()
        assert not (home / "studies" / identity / "outcome.json").exists()


# --- leases and idleness ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_process(home, monkeypatch):
    """A broker on a thread of this process, so that its constants can be shortened."""
    monkeypatch.syspath_prepend(EXTENSION)
    running_brokers = []

    def start(**options):
        one = broker.Broker(**options)
        thread = threading.Thread(target=one.run)
        thread.start()
        running_brokers.append((one, thread))
        wait_for(connection.connection_file().exists)
        return thread

    yield start
    for one, thread in running_brokers:
        one.loop.post(one.loop.end)
        thread.join(PATIENCE)


def test_a_study_that_its_host_forgot_is_stopped_and_then_the_idle_engine_ends(in_process, home, monkeypatch):
    monkeypatch.setattr(studies, "LEASE_SECONDS", 0.1)
    thread = in_process(idle_minutes=0.001)
    with connect(start=False) as client:
        identity = client.open(*study("slow"))
    thread.join(PATIENCE)
    assert not thread.is_alive() and not connection.connection_file().exists()
    outcome = json.loads((home / "studies" / identity / "outcome.json").read_text())
    assert outcome["state"] == "stopped" and outcome["imitation"]["best"], "it was not idle before the study had ended"


def test_an_idle_engine_process_ends_with_status_zero(home):
    process = EngineProcess(home, "--idle", "0.005")
    assert process.process.wait(PATIENCE) == 0
    assert "idle" in process.log() and not connection.connection_file().exists()
