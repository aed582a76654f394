"""The `utsushi` command: hosts by entry point, one line of what and one of remedy, exit statuses that scripts can trust."""

import os
import socket
import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from conftest import EXTENSION, PATIENCE, EngineProcess, wait_for

from server import cli, connection, hosts


class Said:
    """How one call of the command ended."""

    def __init__(self, returncode, stdout, stderr):
        self.returncode, self.stdout, self.stderr = returncode, stdout, stderr


@pytest.fixture
def utsushi(home, monkeypatch, capsys):
    """The command in this process, with the hosts of a third party."""
    monkeypatch.syspath_prepend(EXTENSION)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(
        hosts, "entry_points", lambda group: [point for point in entry_points(group=group) if "utsushi_tests" in point.value]
    )
    hosts.installed.cache_clear()

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        return Said(ended.value.code, *capsys.readouterr())

    yield call
    hosts.installed.cache_clear()


def refused(said, status, what, remedy=""):
    assert said.returncode == status
    assert what in said.stderr and remedy in said.stderr


def test_the_suffix_chooses_the_host(utsushi):
    for arguments in (["SONG.GAIN", "--like", "other.gain"], ["--like", "other.gain", "SONG.GAIN"]):
        done = utsushi("imitate", *arguments)
        assert (done.returncode, done.stdout) == (0, "SONG.GAIN like other.gain\n"), done.stderr


def test_help_and_version(utsushi):
    overview = utsushi("imitate")
    assert overview.returncode == 0 and "tests" in overview.stdout and ".gain" in overview.stdout
    assert "--like" in utsushi("imitate", "a.gain", "--help").stdout
    assert utsushi("--version").stdout.startswith("utsushi")
    listed = utsushi("--help").stdout
    assert all(name in listed for name in ("imitate", "serve", "stop", "install", "uninstall", "doctor", "gain-info"))
    assert utsushi("gain-info").stdout == "gain: 1\n"


def test_errors_say_what_and_how_to_mend_it(utsushi):
    refused(utsushi("imitate", "a.gain", "--like", "b", "--fail", "input"), 1, "utsushi: a.gain is empty\n", "  Fill it.\n")
    refused(utsushi("imitate", "a.gain", "--like", "b", "--fail", "missing"), 1, "No such file", "Check that the file")
    refused(utsushi("imitate", "a.gain", "--like", "b", "--fail", "interrupt"), 130, "interrupted")
    refused(utsushi("imitate", "a.gain"), 2, "--like")
    refused(utsushi("imitate", "a.unheard-of", "--like", "b"), 1, "no installed host works on a.unheard-of", ".gain")
    refused(utsushi("imitate", "--like"), 1, "no file was named")
    refused(utsushi("dance"), 2, "No such command")
    refused(utsushi("serve", "--idle", "0"), 2, "--idle")


def test_plug_ins_are_installed_by_name_and_what_is_missing_is_named(utsushi):
    done = utsushi("install", "tests")
    assert (done.returncode, done.stdout) == (0, "put the plug-in into /somewhere\n")
    assert connection.engine_file().exists()
    refused(utsushi("uninstall", "tests"), 1, "nothing to install")
    refused(utsushi("install", "nobody"), 1, "there is no host 'nobody'", "tests")
    refused(utsushi("install", "absent"), 1, "utsushi_tests_missing", "pip install")


def test_the_doctor_names_everything_and_fails_when_something_is_wrong(own_engine, home, utsushi, monkeypatch):
    done = utsushi("doctor")
    assert done.returncode == 1
    said = done.stdout
    assert "no  tests: its knob is loose\n    -> Tighten it." in said
    assert "ok  tests: a gain was found" in said
    assert "no  absent: ModuleNotFoundError" in said
    assert "pyzmq" in said and f"{home} can be written to" in said
    assert f"answers on {connection.find().address}" in said
    own_engine.close()
    assert "no engine is running" in utsushi("doctor").stdout
    monkeypatch.setenv("UTSUSHI_HOME", "/dev/null/utsushi")
    assert "cannot be written" in utsushi("doctor").stdout


def test_serve_refuses_what_cannot_be_and_stop_ends_it(home, utsushi, monkeypatch):
    refused(utsushi("stop"), 1, "no engine", "utsushi serve")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused(utsushi("serve", "--port", port), 1, f"port {port} cannot be used", "Choose another")
    refused(utsushi("serve", "--host", "0.0.0.0"), 1, "outside of this machine", "ssh")
    engine = EngineProcess(home)
    refused(utsushi("serve"), 1, "already running", "utsushi stop")
    assert utsushi("stop").returncode == 0
    assert engine.process.wait(PATIENCE) == 0
    monkeypatch.setenv("UTSUSHI_HOME", "/dev/null/utsushi")
    refused(utsushi("serve"), 1, "Not a directory", "Check")


@pytest.mark.skipif(os.name != "posix", reason="a terminal's Ctrl-C")
def test_ctrl_c_ends_serve_in_order(home):
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve"]
    process = subprocess.Popen(command, env={**os.environ, "UTSUSHI_HOME": str(home)}, stderr=subprocess.PIPE, text=True)
    wait_for(connection.connection_file().exists)
    process.send_signal(2)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and "Traceback" not in said
    assert not connection.connection_file().exists()
