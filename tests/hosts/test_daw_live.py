"""The live insert: between the ports of a real JACK server (its dummy driver), and between sound devices (ALSA's null device)."""

import os
import signal
import subprocess
import sys
import time

import pytest
from daw_lab import REPOSITORY, audio_hosts

from plugins_daw import chain
from plugins_daw.chain import plugin

SERVER = f"utsushi-test-{os.getpid()}"


@pytest.fixture
def environment():
    """A JACK server of our own, and the environment in which it is found."""
    found = audio_hosts.find_jack()
    if found is None:
        pytest.skip(audio_hosts.REASONS[-1])
    found |= {"JACK_DEFAULT_SERVER": SERVER, "PYTHONUNBUFFERED": "1"}
    command = ["jackd", "--name", SERVER, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "1024"]
    server = subprocess.Popen(command, env=found, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.0)
    assert server.poll() is None
    yield found | {"SERVER_PID": str(server.pid)}
    server.terminate()
    server.wait(20)


@pytest.fixture
def live():
    """Starts `utsushi live` on chain.json of a folder; what is left of it ends with the test."""
    started = []

    def start(folder, environment, options=("--jack", "--connect")):
        started.append(_live(folder, environment, options))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


def _live(folder, environment, options):
    command = [sys.executable, "-c", "from server.cli import main; main()", "live", "chain.json", *options]
    environment = {**environment, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_the_insert_plays_follows_the_file_and_ends(tmp_path, environment, live):
    chain.save(tmp_path / "chain.json", [plugin("PeakFilter", cutoff_frequency_hz=1000.0, gain_db=6.0, q=1.0)])
    process = live(tmp_path, environment)
    said = process.stdout.readline()
    assert "utsushi:in_1, utsushi:in_2, utsushi:out_1, utsushi:out_2" in said
    ports = subprocess.run(["jack_lsp", "-c", "-s", SERVER], env=environment, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "system:playback_1\n   utsushi:out_1\n" in ports and "system:capture_2\n   utsushi:in_2\n" in ports
    time.sleep(1.1)
    chain.save(tmp_path / "chain.json", [plugin("Gain", gain_db=-6.0)])
    assert "changed" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    blocks = int(rest.split(" blocks")[0].split()[-1])
    assert process.returncode == 0 and blocks > 40, rest


def test_a_server_that_goes_away_is_said(tmp_path, environment, live):
    chain.save(tmp_path / "chain.json", [])
    process = live(tmp_path, environment)
    process.stdout.readline()
    os.kill(int(environment["SERVER_PID"]), signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert "JACK has ended" in rest and "Traceback" not in rest


def test_no_server_is_an_error_with_a_remedy(tmp_path, environment, live):
    chain.save(tmp_path / "chain.json", [])
    process = live(tmp_path, environment | {"JACK_DEFAULT_SERVER": "nobody-home"})
    rest, _ = process.communicate(timeout=60)
    assert process.returncode != 0 and "no JACK server" in rest and "jackd" in rest and "Traceback" not in rest


NULL_DEVICE = 'pcm.!default {\n type null\n hint { show on\n  description "Nothing" } }\nctl.!default { type hw\n card 0 }\n'
INTERFACE = 'pcm.box {\n type null\n hint { show on\n  description "Interface" } }\n'


@pytest.mark.skipif(sys.platform != "linux", reason="ALSA's null device is Linux's")
def test_the_insert_runs_between_sound_devices(tmp_path, live):
    chain.save(tmp_path / "chain.json", [plugin("Gain", gain_db=-6.0)])
    (tmp_path / "asound.conf").write_text(NULL_DEVICE)
    process = live(tmp_path, {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"), "PYTHONUNBUFFERED": "1"}, [])
    assert "running" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="ALSA reads its list of devices anew when the file changes")
def test_a_sound_device_that_goes_away_is_said(tmp_path, live):
    chain.save(tmp_path / "chain.json", [plugin("Gain", gain_db=-6.0)])
    before = (tmp_path / "chain.json").read_bytes()
    devices = tmp_path / "asound.conf"
    devices.write_text(NULL_DEVICE + INTERFACE)
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(devices), "PYTHONUNBUFFERED": "1"}
    process = live(tmp_path, environment, ["--input", "Nothing", "--output", "Interface"])
    assert "running" in process.stdout.readline()
    devices.write_text(NULL_DEVICE)
    os.utime(devices, (time.time() + 10,) * 2)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "'Interface' is gone" in rest and "Plug it in" in rest and "Traceback" not in rest
    assert (tmp_path / "chain.json").read_bytes() == before
