"""The engine from the attacker's side: somebody on this machine who can reach the port but does not have the key."""

import json
import os
import pickle
import socket
import struct

import pytest
import zmq
from conftest import mode
from wire import header, message, open_body, picture, signed

from server import connection
from server.client import EngineError, connect
from server.connection import PrivateFileError
from server.protocol import decode, schema

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


@pytest.fixture
def key(engine):
    return bytes.fromhex(connection.find().key)


@pytest.fixture
def say(raw, key):
    """Sends frames and returns the reply's header and body, its signature checked."""

    def exchange(parts):
        raw.send_multipart(parts)
        assert raw.poll(10_000), "every message gets a reply"
        reply = decode(key, raw.recv_multipart())
        return reply.header, json.loads(reply.body)

    return exchange


@pytest.fixture(autouse=True)
def still_serving(engine):
    """Whatever a test did, the engine goes on with the same session and serves a new host."""
    yield
    assert engine.process.poll() is None
    with connect(start=False) as client:
        assert client.request("ping")[0]["session"] == engine.session()


def port():
    return connection.find().port


def test_a_true_message_is_answered(say, key):
    asked = message(key=key)
    reply, body = say(asked)
    assert reply.type == "pong" and reply.re == decode(key, asked).header.id
    assert reply.session == body["session"] == connection.find().session


def test_forged_signatures_are_refused_and_nothing_of_them_is_repeated(say):
    reply, body = say(message(type="shutdown", key=os.urandom(32)))
    assert (reply.type, reply.re, body["code"]) == ("error", None, "signature")
    assert "shutdown" not in json.dumps(body)


def test_a_replayed_message_is_refused(say, key):
    once = message(key=key, session="1" * 32)
    assert say(once)[0].type == "pong"
    reply, body = say(once)
    assert (reply.type, reply.re, body["code"]) == ("error", None, "replay")


def test_an_older_message_that_was_held_back_is_refused(say, key):
    first, second = (message(key=key, session="2" * 32, seq=seq) for seq in (1, 2))
    assert say(second)[0].type == "pong"
    assert say(first)[1]["code"] == "replay"


def test_the_engines_own_words_are_refused_when_they_come_back(raw, say, key):
    raw.send_multipart(message(key=key, session="3" * 32))
    assert raw.poll(10_000)
    assert say(raw.recv_multipart())[1]["code"] == "replay"


def test_a_forged_message_does_not_make_the_true_one_invalid(say, key):
    true = message(key=key, session="4" * 32, seq=7)
    for forged in ([*true[:3], b'{"a":1}'], [*true[:2], schema.dumps(header(session="4" * 32, seq=2**62)), true[3]], [*true, b"blob"]):
        assert say(forged)[1]["code"] == "signature"
    assert say(true)[0].type == "pong"


def test_a_tampered_blob_is_refused(say, key, shared_home):
    parts = message("open", open_body(), (bytes(24), bytes(24)), key=key)
    assert say([*parts[:5], bytes(23) + b"\1"])[1]["code"] == "signature"
    assert not list((shared_home / "studies").iterdir())


def test_a_message_for_another_engine_is_refused_after_a_restart(say, key):
    old = connection.find()
    elsewhere = message(key=bytes(reversed(key)))
    assert say(elsewhere)[1]["code"] == "signature"
    assert connection.find() == old


@pytest.mark.parametrize("study", ["../" * 8 + "etc/passwd", "/etc/passwd", "a" * 31 + "/"])
def test_no_path_is_taken_from_a_peer(say, key, study):
    for type in ("status", "result", "stop", "close"):
        reply, body = say(message(type, {"study": study}, key=key))
        assert (reply.type, body["code"]) == ("error", "body")


def test_nothing_is_unpickled(say, key, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    payload = pickle.dumps(Bomb())
    body = open_body(content=picture(dtype="|u1") | {"shape": [1, 1, 3]})
    assert say(message("open", body, (payload, bytes(24)), key=key))[1]["code"] == "array"
    assert say(signed(schema.dumps(header(session="5" * 32)), payload, key=key))[1]["code"] == "body"
    assert not (tmp_path / "executed").exists()


def test_ten_thousand_parts_and_no_parts_are_refused(say):
    assert say([b"IMIT/1"] + [b""] * 10_000)[1]["code"] == "parts"
    assert say([b""])[1]["code"] == "parts"


def test_a_flood_of_forgeries_does_not_fill_the_log(raw, engine):
    forged = message(key=bytes(32))
    for _ in range(3000):
        raw.send_multipart(forged)
        if raw.poll(0):
            raw.recv_multipart()
    with connect(start=False) as client:
        client.request("ping")
    assert engine.log().count("refused") < 100


def test_a_peer_that_never_reads_holds_up_nobody(key, raw):
    for seq in range(1, 5001):
        raw.send_multipart(message(key=key, session="6" * 32, seq=seq))
    with connect(start=False) as client:
        assert client.request("ping")[0]


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + b"IMIT/1" * 20,
        os.urandom(4096),
        GREETING[:12] + b"PLAIN".ljust(20, b"\0") + bytes(32),
        GREETING + READY + b"\x07" * 100,
        b"",
    ],
    ids=["GET", "POST", "random", "PLAIN", "frames", "nothing"],
)
def test_other_protocols_on_the_port_do_no_harm(engine, junk):
    with socket.create_connection(("127.0.0.1", port())) as visitor:
        visitor.sendall(junk)


def test_half_a_message_that_never_ends_holds_up_nobody(engine):
    with socket.create_connection(("127.0.0.1", port())) as slow:
        slow.sendall(GREETING + READY + b"\x01\x06IMIT/1" + b"\x03" + struct.pack(">Q", 1_000_000) + b"x" * 1000)
        with connect(start=False) as client:
            for _ in range(20):
                assert client.request("ping")[0]


def test_an_announced_gigabyte_is_hung_up_on(engine):
    before = resident(engine.process.pid)
    with socket.create_connection(("127.0.0.1", port())) as visitor:
        visitor.sendall(GREETING + READY + b"\x01\x06IMIT/1" + b"\x02" + struct.pack(">Q", 1 << 30) + b"x" * 1000)
        visitor.settimeout(10)
        assert _hung_up(visitor)
    assert resident(engine.process.pid) - before < 50e6


def _hung_up(visitor):
    try:
        while visitor.recv(4096):
            continue
    except ConnectionResetError:
        return True
    return True  # the stream has ended; a peer that went on listening would have run into the timeout


def resident(pid):
    """Bytes of memory that a process has."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_keys_and_files_are_the_users_alone(engine, shared_home):
    assert mode(connection.connection_file()) == 0o600
    assert mode(shared_home / "engine.lock") == 0o600
    assert len(bytes.fromhex(connection.find().key)) == 32


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("permissions", [0o640, 0o604, 0o666])
def test_a_connection_file_that_others_may_read_is_not_used(home, permissions):
    connection.publish(connection.Connection("127.0.0.1", 9, "00" * 32, "a" * 32, 1, "0"))
    connection.connection_file().chmod(permissions)
    with pytest.raises(PrivateFileError, match="another user"):
        connection.find()
    with pytest.raises(EngineError) as caught:
        connect(start=False)
    assert caught.value.code == "file" and "Delete" in caught.value.remedy


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_a_connection_file_of_another_user_is_not_used(home):
    connection.publish(connection.Connection("127.0.0.1", 9, "00" * 32, "a" * 32, 1, "0"))
    os.chown(connection.connection_file(), 12345, 12345)
    with pytest.raises(PrivateFileError, match="another user"):
        connection.find()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"host": "127.0.0.1"}', json.dumps({"host": 1, "port": "x", "key": "", "session": "", "pid": 0, "version": ""})],
)
def test_a_damaged_connection_file_is_an_error_with_a_remedy(home, content):
    connection.write_private(connection.connection_file(), {})
    connection.connection_file().write_text(content)
    with pytest.raises(EngineError) as caught:
        connect(start=False)
    assert caught.value.code == "file"


def test_the_port_is_on_loopback_alone(engine):
    with pytest.raises(zmq.ZMQError), zmq.Context() as context, context.socket(zmq.ROUTER) as other:
        other.bind(f"tcp://127.0.0.1:{port()}")
    outside = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    for address in {one for one in outside if not one.startswith("127.")}:
        with pytest.raises(OSError):
            socket.create_connection((address, port()), 1).close()
