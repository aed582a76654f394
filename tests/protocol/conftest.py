"""A real engine process with a home of its own, and pictures for it to work on."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zmq
from hypothesis import HealthCheck, settings

from server import connection
from server.client import Blobs, EngineError, connect
from shared_engine.journal import Journal

settings.register_profile("wire", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wire")

EXTENSION = Path(__file__).parent / "extension"
PATIENCE = 240.0
"""Seconds that a test waits for what must come; a loaded machine takes long to import torch."""


class EngineProcess:
    """One engine of its own `home`, started as a user or a host would start it."""

    def __init__(self, home, *options):
        self.home = home
        self.options = options
        self.process = None
        self.start()

    def environment(self):
        paths = [str(EXTENSION), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {**os.environ, "UTSUSHI_HOME": str(self.home), "PYTHONPATH": os.pathsep.join(paths)}

    def start(self):
        """Starts it and waits for its connection file."""
        before = self.session()
        with open(self.home / "test.log", "ab") as log:
            command = [sys.executable, "-m", "server", *self.options]
            self.process = subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: self.session() not in (None, before))

    def session(self):
        try:
            return connection.find().session
        except connection.PrivateFileError:
            return None

    def kill(self):
        """The real thing: SIGKILL, no goodbye."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)

    def log(self):
        return (self.home / "test.log").read_text()

    def workers(self):
        """Process ids of its workers."""
        return [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if _is_worker_of(pid, self.process.pid)]


def _is_worker_of(pid, parent):
    try:
        stat, command = Path(f"/proc/{pid}/stat").read_text(), Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return False
    return int(stat.rsplit(")", 1)[1].split()[1]) == parent and b"spawn_main" in command


def wait_for(true, seconds=PATIENCE):
    """Waits until `true()` is, and returns what it was."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)
    return value


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory):
    """A home for all tests of a module, known to this process too."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UTSUSHI_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def engine(shared_home):
    """An engine for all tests of a module."""
    running = EngineProcess(shared_home)
    yield running
    running.close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the test's own."""
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def own_engine(home):
    """An engine of the test's own, to be hurt."""
    running = EngineProcess(home)
    yield running
    running.close()


@pytest.fixture(params=[False, True], ids=["pyzmq", "stdlib"])
def client(request, engine):
    with connect(start=False, pure=request.param) as attached:
        yield attached


@pytest.fixture
def raw(engine):
    """A DEALER in the hands of an attacker, or of somebody who writes a client."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.connect(connection.find().address)
        yield socket


def study(renderer="gain", size=24, **options):
    """(body, blobs) of a study: a grey ramp that is to become the same ramp, brighter."""
    blobs = Blobs()
    ramp = bytes(min(255, 20 + 3 * (x + y) + channel) for y in range(size) for x in range(size) for channel in (0, 7, 15))
    bright = bytes(min(255, int(value * 1.8)) for value in ramp)
    body = {
        "renderer": renderer,
        "content": blobs.picture(ramp, size, size),
        "references": [{"array": blobs.picture(bright, size, size)}],
        "options": {"alternatives": 0, **options},
    }
    return body, blobs


def finished(client, identity):
    """Follows a study to its end -> every status that was seen."""
    seen = []
    client.follow(identity, lambda status: seen.append(status), 0.05)
    return seen


def running(client, identity):
    """Waits until a study runs; one that has failed never will."""

    def state():
        status = client.status(identity)
        assert status["error"] is None, status["error"]
        return status["state"] == "running"

    wait_for(state)


def recorded(home, identity):
    """What the journal says: (stage, values, score), oldest first."""
    path = home / "studies" / identity / "journal"
    return Journal(path).history() if path.exists() and path.stat().st_size else []


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


__all__ = ["EngineError", "EngineProcess", "finished", "mode", "recorded", "running", "study", "wait_for"]
