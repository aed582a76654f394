"""Finding and starting the engine: whoever comes first, whatever lies around, whichever Python the host brings."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import PATIENCE, EngineProcess, wait_for

from server import connection, launcher
from server.client import EngineError, connect
from server.vendor import vendor


@pytest.fixture
def started(home):
    """Ends whatever engine a test has started in its home."""
    yield
    try:
        with connect(start=False) as engine:
            engine.request("shutdown")
    except EngineError:
        return
    wait_for(lambda: not connection.connection_file().exists())


def refuse(code, **options):
    with pytest.raises(EngineError) as caught:
        connect(**options)
    assert caught.value.code == code and caught.value.remedy
    return caught.value


def test_nothing_is_started_that_was_not_asked_for(home):
    assert "utsushi serve" in refuse("absent", start=False).remedy
    assert not list(home.iterdir())


def test_several_hosts_at_once_share_one_engine(home, started):
    sessions = []

    def attach():
        with connect() as engine:
            sessions.append(engine.request("ping")[0]["session"])

    hosts = [threading.Thread(target=attach) for _ in range(4)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join()
    assert len(sessions) == 4 and len(set(sessions)) == 1


def test_of_several_engines_started_at_once_one_stays(home):
    environment = {**os.environ, "UTSUSHI_HOME": str(home)}
    command = [sys.executable, "-m", "server"]
    engines = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(4)]
    wait_for(lambda: sum(engine.poll() is not None for engine in engines) == 3)
    assert sorted(engine.poll() for engine in engines if engine.poll() is not None) == [launcher.ALREADY_RUNNING] * 3
    (stayed,) = (engine for engine in engines if engine.poll() is None)
    wait_for(connection.connection_file().exists)
    with connect(start=False) as client:
        client.request("ping")
        assert connection.find().pid == stayed.pid
        client.request("shutdown")
    assert stayed.wait(PATIENCE) == 0


def test_a_stale_connection_file_is_replaced(home, started):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stale = connection.Connection("127.0.0.1", port, "00" * 32, "a" * 32, 999_999, "0")
    connection.publish(stale)
    refuse("absent", start=False)
    with connect() as engine:
        assert engine.session != stale.session
        assert connection.find().session == engine.session


def test_a_stale_connection_file_whose_port_another_program_has_is_replaced(home, started, monkeypatch):
    monkeypatch.setattr("server.client.engine.GREET_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        connection.publish(connection.Connection("127.0.0.1", stranger.getsockname()[1], "00" * 32, "a" * 32, 1, "0"))
        for pure in (True, False):
            refuse("absent" if pure else "silent", start=False, pure=pure)
        with connect() as engine:
            assert engine.session == connection.find().session != "a" * 32


def test_a_wrong_key_is_said_so_and_the_engine_repairs_its_file(own_engine):
    true = connection.find()
    wrong = connection.Connection(**{**vars(true), "key": "ff" * 32})
    connection.publish(wrong)
    error = refuse("signature", start=False)
    assert "key" in error.what
    wait_for(lambda: own_engine.session() and connection.find() == true)
    connection.connection_file().unlink()
    wait_for(connection.connection_file().exists)
    with connect(start=False) as client:
        assert client.session == true.session


def test_an_engine_that_hangs_is_an_error_in_time(own_engine, monkeypatch):
    monkeypatch.setattr("server.client.engine.GREET_SECONDS", 0.3)
    own_engine.process.send_signal(signal.SIGSTOP)
    try:
        refuse("silent", start=False)
        refuse("absent", start=False, pure=True)
        assert "doctor" in refuse("start", timeout=1.5).remedy
    finally:
        own_engine.process.send_signal(signal.SIGCONT)


def test_a_second_host_goes_on_when_the_first_has_gone(own_engine):
    first, second = connect(start=False), connect(start=False, pure=True)
    first.close()
    with second:
        assert second.request("ping")[0]["session"] == first.session


def test_sigterm_ends_it_in_order(home):
    engine = EngineProcess(home)
    engine.close()
    assert engine.process.returncode == 0
    assert not connection.connection_file().exists()


# --- from inside a host ------------------------------------------------------------------------------------------------------------

FROM_A_HOST = """
import sys, json
sys.path.insert(0, {folder!r})
from server.client import connect, EngineError, channel
assert channel.zmq is None and "site" not in sys.modules, "a host's Python knows nothing of ours"
try:
    with connect() as engine:
        print(json.dumps([engine.request("ping")[0]["session"], ""]))
except EngineError as error:
    print(json.dumps([error.code, error.remedy]))
"""


def host(folder, **variables):
    """What a host's own Python, with the vendored half of the package and a poisoned environment, gets to hear."""
    poison = {"PYTHONPATH": "/nonexistent", "PYTHONHOME": "", "LD_LIBRARY_PATH": "/nonexistent", "GI_TYPELIB_PATH": "/nonexistent"}
    environment = {**os.environ, **poison, **variables}
    script = FROM_A_HOST.format(folder=str(folder))
    done = subprocess.run([sys.executable, "-S", "-c", script], env=environment, capture_output=True, text=True, cwd="/", check=True)
    return json.loads(done.stdout)


def test_a_host_with_another_python_starts_the_installed_engine(home, tmp_path_factory, started):
    folder = tmp_path_factory.mktemp("plug-in")
    vendor(folder)
    assert not list(folder.rglob("broker.py"))
    code, remedy = host(folder)
    assert code == "start" and "utsushi install gimp" in remedy
    connection.remember_engine()
    session, _ = host(folder)
    assert session == connection.find().session
    assert host(folder)[0] == session


def test_a_host_is_told_when_the_installation_has_gone(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plug-in")
    vendor(folder)
    connection.write_private(connection.engine_file(), {"python": "/nonexistent/python", "folder": str(home)})
    assert host(folder)[0] == "start"
    connection.engine_file().write_text("{")
    assert host(folder)[0] == "start"


def test_a_user_may_name_the_engines_python(home, tmp_path_factory, started):
    folder = tmp_path_factory.mktemp("plug-in")
    vendor(folder)
    assert host(folder, UTSUSHI_ENGINE=sys.executable)[0] == connection.find().session
    assert json.loads(connection.engine_file().read_text())["python"] == sys.executable, "an engine notes where it was started from"


def test_a_flatpak_is_told_to_ask_its_user(home, monkeypatch):
    monkeypatch.setenv("FLATPAK_ID", "org.gimp.GIMP")
    assert "utsushi serve" in refuse("start").remedy


def test_a_folder_that_cannot_be_written_is_an_error(monkeypatch):
    monkeypatch.setenv("UTSUSHI_HOME", "/dev/null/utsushi")
    assert refuse("start").what


def test_folders_follow_the_platform(monkeypatch, tmp_path):
    monkeypatch.delenv("UTSUSHI_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("HOST_XDG_DATA_HOME", str(tmp_path / "outside"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert connection.home() == tmp_path / "own" / "utsushi"
    monkeypatch.setenv("FLATPAK_ID", "org.gimp.GIMP")
    assert connection.home() == tmp_path / "outside" / "utsushi"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert connection.home() == Path.home() / "Library" / "Application Support" / "utsushi"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert connection.home() == tmp_path / "local" / "utsushi"


def test_the_engines_environment_is_the_users_not_the_hosts():
    hosts = {
        "PYTHONPATH": "/gimp",
        "LD_LIBRARY_PATH": "/snap",
        "GIMP3_DIRECTORY": "/x",
        "BABL_PATH": "/y",
        "HOME": "/home/u",
        "PATH": "/bin",
    }
    assert launcher.clean(hosts) == {"HOME": "/home/u", "PATH": "/bin"}
    assert launcher.clean({"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/mine"})["LD_LIBRARY_PATH"] == "/mine"


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o755)
    connection.make_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert connection.make_private(tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_write_that_fails_leaves_the_old_file(home):
    path = home / "kept.json"
    connection.write_private(path, {"a": 1})
    with pytest.raises(TypeError):
        connection.write_private(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1} and list(home.iterdir()) == [path]
