"""What the tests of this folder share: messages made by hand, and the golden ones."""

import json
from pathlib import Path

from server.protocol import Header, encode, frames

KEY = bytes(range(32))
GOLDEN = Path(__file__).parent / "golden"


def header(type="ping", seq=1, session=None, **fields):
    return Header(**{"id": frames.new_id(), "type": type, "session": session or frames.new_id(), "seq": seq, **fields})


def message(type="ping", body=None, blobs=(), key=KEY, **fields):
    return encode(key, header(type, **fields), {} if body is None else body, blobs)


def signed(header_json, body_json, blobs=(), key=KEY):
    """A message with a true signature around whatever bytes are given."""
    rest = [header_json, body_json, *blobs]
    return [b"IMIT/1", frames.sign(key, rest), *rest]


def picture(width=4, height=2, channels=3, dtype="|u1", blob=0, **fields):
    described = {
        "blob": blob,
        "kind": "image",
        "dtype": dtype,
        "shape": [height, width, channels],
        "space": "sRGB",
        "rate": None,
        "name": "",
    }
    return {**described, **fields}


def open_body(**fields):
    return {"renderer": "gimp", "content": picture(), "references": [{"array": picture(blob=1)}], **fields}


def golden():
    """(key, frames) of every golden message, by its file's name and its own."""
    for path in sorted(GOLDEN.glob("*.json")):
        kept = json.loads(path.read_text(encoding="ascii"))
        for name, parts in kept["messages"].items():
            yield path.stem, name, bytes.fromhex(kept["key"]), [bytes.fromhex(part) for part in parts]
