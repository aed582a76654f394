"""The decoder: whatever arrives, it answers with an envelope or a ProtocolError, and takes no memory beyond what arrived."""

import json
import mmap
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import KEY, header, message, open_body, picture, signed

from server.protocol import ProtocolError, Sequences, decode, encode, limits, messages, schema
from server.protocol.arrays import Array, Blobs, check

BLOBS = (bytes(24), bytes(range(24)))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def refuse(parts, code=None):
    with pytest.raises(ProtocolError) as caught:
        decode(KEY, parts)
    assert code is None or caught.value.code == code
    assert caught.value.what and caught.value.remedy


def read(type, body, blobs=()):
    return messages.parse(decode(KEY, signed(schema.dumps(header(type)), body, blobs)), messages.REQUESTS)


# --- frames ------------------------------------------------------------------------------------------------------------------


def test_what_is_encoded_comes_back():
    asked = header("open", re="b" * 32)
    envelope = decode(KEY, encode(KEY, asked, open_body(), BLOBS))
    assert envelope.header == asked
    assert json.loads(envelope.body) == open_body()
    assert [bytes(blob) for blob in envelope.blobs] == list(BLOBS)


@given(st.lists(st.binary(max_size=200), max_size=70))
def test_random_frames_are_refused(parts):
    refuse(parts)


@given(st.lists(st.binary(max_size=200), max_size=70))
def test_random_frames_behind_the_magic_are_refused(parts):
    refuse([b"IMIT/1", *parts])


@given(st.data())
def test_one_flipped_bit_anywhere_is_refused(data):
    parts = [bytearray(part) for part in message("open", open_body(), BLOBS)]
    part = data.draw(st.sampled_from([part for part in parts if part]))
    bit = data.draw(st.integers(0, 8 * len(part) - 1))
    part[bit // 8] ^= 1 << bit % 8
    refuse(parts)


@given(st.data())
def test_frames_that_are_cut_joined_lost_or_moved_are_refused(data):
    parts = [bytes(part) for part in message("open", open_body(), BLOBS)]
    changed = list(parts)
    index = data.draw(st.integers(0, len(parts) - 1))
    match data.draw(st.sampled_from(["cut", "join", "lose", "repeat", "move", "empty"])):
        case "cut":
            changed[index] = parts[index][: data.draw(st.integers(0, len(parts[index]) - 1))]
        case "join":
            changed[index : index + 2] = [b"".join(parts[index : index + 2])]
        case "lose":
            del changed[index]
        case "repeat":
            changed.insert(index, parts[index])
        case "move":
            changed.insert(data.draw(st.integers(0, len(parts) - 1)), changed.pop(index))
        case "empty":
            changed.append(b"")
    if changed != parts:
        refuse(changed)


def test_a_byte_cannot_move_from_one_frame_to_the_next():
    parts = [bytes(part) for part in message("open", open_body(), BLOBS)]
    parts[4], parts[5] = parts[4] + parts[5][:1], parts[5][1:]
    refuse(parts, "signature")


def test_another_key_is_refused():
    refuse(message(key=bytes(32)), "signature")


def test_another_major_version_is_refused():
    refuse([b"IMIT/2", *message()[1:]], "magic")
    foreign = json.dumps({"id": "a" * 32, "type": "ping", "session": "b" * 32, "seq": 1, "version": "2.0"}).encode()
    refuse(signed(foreign, b"{}"), "version")


@given(json_values)
def test_signed_headers_of_any_shape_are_refused(value):
    refuse(signed(json.dumps(value).encode(), b"{}"), "header")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../../etc/passwd"},
        {"id": "A" * 32},
        {"id": "a" * 32 + "\n"},
        {"session": ""},
        {"seq": 0},
        {"seq": True},
        {"seq": 1.5},
        {"seq": 2**63},
        {"seq": "1"},
        {"re": "x"},
        {"type": None},
        {"version": 1},
    ],
)
def test_headers_with_one_wrong_field_are_refused(change):
    whole = {"id": "a" * 32, "type": "ping", "session": "b" * 32, "seq": 1, "re": None, "version": "1.0"}
    decode(KEY, signed(json.dumps(whole).encode(), b"{}"))
    refuse(signed(json.dumps({**whole, **change}).encode(), b"{}"), "header")


# --- counts and sizes ----------------------------------------------------------------------------------------------------------


def test_too_many_frames_are_refused():
    refuse([b""] * (limits.PARTS + 1), "parts")
    refuse([b""] * 10_000, "parts")


def test_a_message_of_a_gigabyte_is_refused_on_both_sides_without_reading_it():
    with mmap.mmap(-1, 1 << 30) as gigabyte:
        tracemalloc.start()
        with pytest.raises(ProtocolError) as caught:
            message("open", open_body(), [gigabyte])
        refuse([b"IMIT/1", bytes(32), b"{}", b"{}", gigabyte], "size")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert caught.value.code == "size"
    assert peak < 1_000_000


def test_long_headers_and_bodies_are_refused():
    refuse(signed(b" " * (limits.HEADER_BYTES + 1), b"{}"), "size")
    refuse(signed(schema.dumps(header()), b" " * (limits.BODY_BYTES + 1)), "size")


@given(st.lists(st.integers(0, 2 * limits.MESSAGE_BYTES), max_size=80))
def test_the_counter_lets_through_exactly_what_the_limits_allow(sizes):
    counter, allowed = limits.Counter(), True
    for count, size in enumerate(sizes, 1):
        allowed = count <= limits.PARTS and sum(sizes[:count]) <= limits.MESSAGE_BYTES
        if not allowed:
            with pytest.raises(ProtocolError):
                counter.add(size)
            break
        counter.add(size)


@pytest.mark.parametrize("shape", [[32768, 2048, 3], [2**40, 1, 3], [1, 2**62, 4], [2**31, 2**31, 3]])
def test_announced_sizes_take_no_memory(shape):
    body = schema.dumps(open_body(content=picture() | {"shape": shape}))
    tracemalloc.start()
    with pytest.raises(ProtocolError) as caught:
        read("open", body, BLOBS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code == "array"
    assert peak < 200_000


# --- bodies ----------------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(messages.REQUESTS)), json_values)
def test_signed_bodies_of_any_shape_become_messages_or_errors(type, value):
    try:
        read(type, json.dumps(value).encode(), BLOBS)
    except ProtocolError as error:
        assert error.code in ("body", "array", "finite")


@given(st.sampled_from(sorted(messages.REQUESTS)), st.binary(max_size=100))
def test_signed_bodies_of_any_bytes_become_messages_or_errors(type, raw):
    try:
        read(type, raw)
    except ProtocolError as error:
        assert error.code == "body"


@given(st.data())
def test_an_open_with_any_one_value_replaced_becomes_a_message_or_an_error(data):
    body = open_body(options={"likeness": 1.0, "locks": {"a.b": 1}, "only": ["x"], "seed": 3}, available=["gegl:exposure"])
    places = list(_places(body))
    place = data.draw(st.sampled_from(places))
    owner = body
    for step in place[:-1]:
        owner = owner[step]
    owner[place[-1]] = data.draw(json_values)
    try:
        read("open", json.dumps(body).encode(), BLOBS)
    except ProtocolError as error:
        assert error.code in ("body", "array", "finite")


def _places(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "[" * 100_000, '"\\ud800"', "\xff", "{", ""]
)
def test_numbers_that_are_none_and_text_that_is_not_json_are_refused(text):
    with pytest.raises(ProtocolError) as caught:
        read("open", b'{"renderer":"r","content":{},"references":[],"options":{"likeness":' + text.encode("latin-1") + b"}}")
    assert caught.value.code == "body"


def test_nan_cannot_be_sent():
    with pytest.raises(ProtocolError):
        message("open", open_body(options={"likeness": float("nan")}), BLOBS)


def test_true_is_not_the_number_one():
    with pytest.raises(ProtocolError, match="seed must be int, not bool"):
        read("open", json.dumps(open_body(options={"seed": True})).encode(), BLOBS)


def test_unknown_fields_are_ignored_and_unknown_types_refused():
    assert read("ping", b'{"since": "1.7"}') == messages.Ping()
    with pytest.raises(ProtocolError) as caught:
        read("dance", b"{}")
    assert caught.value.code == "type"


@pytest.mark.parametrize("study", ["../../home", "", "a" * 31, "A" * 32, "a" * 32 + "/..", "a" * 32 + "\n"])
@pytest.mark.parametrize("type", ["status", "result", "stop", "close"])
def test_a_study_id_is_never_a_path(type, study):
    with pytest.raises(ProtocolError):
        read(type, json.dumps({"study": study}).encode())


@pytest.mark.parametrize("count", [0, limits.REFERENCES + 1])
def test_no_reference_or_too_many_are_refused(count):
    with pytest.raises(ProtocolError, match="references"):
        read("open", json.dumps(open_body(references=[{"array": picture(blob=1)}] * count)).encode(), BLOBS)


# --- arrays ----------------------------------------------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(["image", "audio"]),
    dtype=st.sampled_from(["|u1", "<u2", "<f4"]),
    shape=st.lists(st.integers(-2, 50) | st.integers(), max_size=4),
    rate=st.none() | st.integers(-1, 10**6),
    blob=st.integers(-2, 3),
    size=st.integers(0, 3000),
)
def test_a_descriptor_passes_only_with_exactly_its_bytes(kind, dtype, shape, rate, blob, size):
    try:
        array = Array(blob, kind, dtype, tuple(shape), rate=rate)
        check(array, [bytes(size)])
    except ProtocolError as error:
        assert error.code == "array"
    else:
        assert blob == 0 and size == array.size > 0
        assert len(shape) == (3 if kind == "image" else 2)


@given(st.lists(st.floats(width=32), min_size=12, max_size=12))
def test_floats_that_are_not_numbers_are_found_wherever_they_are(values):
    data = struct.pack("<12f", *values)
    usable = all(abs(value) < 2.0**127 for value in values)
    try:
        Blobs().picture(data, 2, 2, 3, "<f4")
    except ProtocolError as error:
        assert error.code == "finite" and not usable
    else:
        assert usable


def test_blobs_number_themselves_and_refuse_what_does_not_fit():
    blobs = Blobs()
    assert blobs.picture(bytes(24), 4, 2)["blob"] == 0
    with pytest.raises(ProtocolError):
        blobs.picture(bytes(23), 4, 2)
    assert blobs.sound(bytes(80), 2, 48_000)["shape"] == [2, 10]
    assert len(blobs) == 2


# --- sequences -------------------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 20)), max_size=60))
def test_a_session_is_heard_only_forwards(said):
    sequences, last = Sequences(own="f" * 32), {}
    for name, seq in said:
        words = header(session=name * 32, seq=seq)
        if seq > last.get(name, 0):
            sequences.accept(words)
            last[name] = seq
        else:
            with pytest.raises(ProtocolError):
                sequences.accept(words)


def test_own_words_are_not_heard_and_sessions_are_never_forgotten(monkeypatch):
    monkeypatch.setattr(Sequences, "SESSIONS", 3)
    sequences = Sequences(own="f" * 32)
    with pytest.raises(ProtocolError):
        sequences.accept(header(session="f" * 32))
    for name in "abc":
        sequences.accept(header(session=name * 32, seq=5))
    with pytest.raises(ProtocolError, match="too many"):
        sequences.accept(header(session="d" * 32))
    with pytest.raises(ProtocolError, match="before"):
        sequences.accept(header(session="a" * 32, seq=5))
    sequences.accept(header(session="a" * 32, seq=6))
