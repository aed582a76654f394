"""The two clients: large messages over the real engine, and the small ZMTP client against peers that do not keep to the rules."""

import contextlib
import os
import socket
import struct
import threading
import tracemalloc

import pytest
import zmq

from server.client.zmtp import GREETING, Dealer, LostConnectionError
from server.protocol import Blobs, ProtocolError, limits

READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06ROUTER"


@contextlib.contextmanager
def peer(*sent, greeting=GREETING + READY):
    """A peer that says `greeting` and what is `sent`, whatever it hears -> its port."""
    server = socket.create_server(("127.0.0.1", 0))
    closing = threading.Event()

    def serve():
        visitor, _ = server.accept()
        with visitor:
            visitor.sendall(greeting + b"".join(sent))
            closing.wait(30)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        closing.set()
        thread.join()
        server.close()


@contextlib.contextmanager
def dealing(port, timeout=10.0):
    dealer = Dealer("127.0.0.1", port, timeout)
    try:
        yield dealer
    finally:
        dealer.close()


def long_frame(size, flags=0):
    return struct.pack(">BQ", 2 | flags, size)


def test_pictures_of_many_sizes_go_through_whole(client):
    for size in (1, 16, 200, 1500):
        blobs = Blobs()
        content, reference = (blobs.picture(os.urandom(3 * size * size), size, size) for _ in range(2))
        body = {"renderer": "nowhere", "content": content, "references": [{"array": reference}]}
        identity = client.open(body, blobs)
        kept = os.path.join(os.environ["UTSUSHI_HOME"], "studies", identity)
        for index, blob in enumerate(blobs):
            with open(os.path.join(kept, f"blob-{index:02d}"), "rb") as file:
                assert file.read() == blob
        client.forget(identity)


def test_frames_of_every_length_pass_both_ways():
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.linger = 0
        port = router.bind_to_random_port("tcp://127.0.0.1")
        with dealing(port) as dealer:
            for size in (0, 1, 254, 255, 256, 257, 65_535, 65_536, 1 << 18, (1 << 18) + 1, 3_000_000):
                sent = [b"", os.urandom(size), b"last"]
                dealer.send(sent, 10)
                identity, *heard = router.recv_multipart()
                assert heard == sent
                router.send_multipart([identity, *sent])
                assert dealer.receive(10) == sent


def test_heartbeats_of_a_router_are_answered():
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.linger = 0
        router.heartbeat_ivl, router.heartbeat_timeout = 50, 500
        port = router.bind_to_random_port("tcp://127.0.0.1")
        with dealing(port) as dealer:
            dealer.send([b"first"], 10)
            identity, _ = router.recv_multipart()
            assert dealer.receive(1.5) is None
            router.send_multipart([identity, b"still there?"])
            assert dealer.receive(10) == [b"still there?"]


def test_a_ping_is_answered_with_its_own_context():
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = []

        def serve():
            visitor, _ = server.accept()
            with visitor:
                visitor.sendall(GREETING + READY + b"\x04\x0a\x04PING\x00\x05abc" + b"\x00\x02hi")
                visitor.settimeout(10)
                while b"PONG" not in b"".join(heard):
                    heard.append(visitor.recv(4096))

        thread = threading.Thread(target=serve)
        thread.start()
        with dealing(server.getsockname()[1]) as dealer:
            assert dealer.receive(10) == [b"hi"]
            thread.join()
    assert b"".join(heard).endswith(b"\x04\x08\x04PONGabc")


def test_what_was_half_received_is_kept_for_the_next_call():
    with socket.create_server(("127.0.0.1", 0)) as server:
        go_on = threading.Event()

        def serve():
            visitor, _ = server.accept()
            with visitor:
                visitor.sendall(GREETING + READY + b"\x01\x03one" + b"\x00\x05tw")
                go_on.wait(10)
                visitor.sendall(b"o!!")
                visitor.recv(4096)

        thread = threading.Thread(target=serve)
        thread.start()
        with dealing(server.getsockname()[1]) as dealer:
            assert dealer.receive(0.1) is None
            go_on.set()
            assert dealer.receive(10) == [b"one", b"two!!"]
        thread.join()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ([long_frame(1 << 30)], "size"),
        ([long_frame(2**63)], "size"),
        ([long_frame(100, 1), bytes(100), long_frame(limits.MESSAGE_BYTES)], "size"),
        ([b"\x01\x00" * (limits.PARTS + 1)], "parts"),
    ],
    ids=["1 GB", "8 EB", "in two frames", "65 frames"],
)
def test_announced_sizes_over_the_limit_are_refused_before_anything_is_allocated(sent, code):
    with peer(*sent) as port, dealing(port) as dealer:
        tracemalloc.start()
        with pytest.raises(ProtocolError) as caught:
            dealer.receive(10)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert caught.value.code == code
    assert peak < 2_000_000


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(64),
        b"\xff" + bytes(8) + b"\x7f\x01" + bytes(53),
        GREETING[:12] + b"CURVE".ljust(20, b"\0") + bytes(32),
        GREETING + b"\x04\x0b\x05ERROR\x04nope",
        GREETING + b"\x00\x05hello",
        GREETING[:30],
        GREETING,
        b"",
    ],
    ids=["HTTP", "ZMTP 1", "CURVE", "ERROR", "no READY", "half a greeting", "only a greeting", "silence"],
)
def test_peers_that_are_no_engine_are_refused(greeting):
    with peer(greeting=greeting) as port, pytest.raises(LostConnectionError):
        Dealer("127.0.0.1", port, 0.3)


def test_a_peer_that_goes_away_is_noticed():
    with peer() as port:
        dealer = Dealer("127.0.0.1", port, 10)
    with pytest.raises(LostConnectionError):
        dealer.receive(10)
    dealer.close()
    with pytest.raises(LostConnectionError):
        Dealer("127.0.0.1", port, 1)


def test_a_command_that_is_too_long_is_refused():
    with peer(struct.pack(">BQ", 6, 1 << 20)) as port, dealing(port) as dealer, pytest.raises(LostConnectionError):
        dealer.receive(10)


def test_blobs_describe_what_they_hold():
    blobs = Blobs()
    described = blobs.picture(bytes(2 * 3 * 4 * 2), 3, 2, 4, "<u2", "linear-sRGB", "beach")
    assert described == {
        "blob": 0,
        "kind": "image",
        "dtype": "<u2",
        "shape": [2, 3, 4],
        "space": "linear-sRGB",
        "rate": None,
        "name": "beach",
    }
