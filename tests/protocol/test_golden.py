"""Messages of every released version stay readable, byte for byte."""

import pytest
from wire import golden

from server.protocol import VERSION, decode, encode, messages, schema

KEPT = list(golden())


@pytest.mark.parametrize(("version", "name", "key", "parts"), KEPT, ids=[f"{version}-{name}" for version, name, *_ in KEPT])
def test_a_golden_message_is_read_as_what_it_was(version, name, key, parts):
    envelope = decode(key, parts)
    kinds = messages.REQUESTS if envelope.header.re is None else messages.REPLIES
    read = messages.parse(envelope, kinds)
    assert type(read) is kinds[envelope.header.type]
    # Writing what was read says the same again: no field was lost or took another meaning.
    again = decode(key, encode(key, envelope.header, read, envelope.blobs))
    assert messages.parse(again, kinds) == read
    original, written = schema.loads(envelope.body, "body"), schema.loads(again.body, "body")
    assert holds(written, original)


def holds(written, original):
    """Whether everything of `original` stands in `written`, which may have fields that came later."""
    if isinstance(original, dict):
        return all(name in written and holds(written[name], value) for name, value in original.items())
    if isinstance(original, list):
        return len(written) == len(original) and all(map(holds, written, original))
    return written == original


def test_every_type_of_this_version_is_kept():
    kept = {
        (envelope.header.type, envelope.header.re is None)
        for version, _, key, parts in KEPT
        if version == VERSION
        for envelope in [decode(key, parts)]
    }
    assert kept == {(name, True) for name in messages.REQUESTS} | {(name, False) for name in messages.REPLIES}
