"""Frames <-> envelope. Whatever arrives is counted first, then authenticated, and only then read.

0   magic          b"IMIT/1"
1   signature      HMAC-SHA256(key, for each frame 2..n: its length as 8 bytes big endian, then its bytes)
2   header JSON    {id, re, type, session, seq, version}
3   body JSON      one dataclass a type, see messages.py
4.. blobs          raw C order, described in the body
"""

import hashlib
import hmac
import re
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from . import limits, schema
from .arrays import Buffer
from .errors import ProtocolError
from .version import MAGIC, VERSION

IDENTIFIER = re.compile(r"[0-9a-f]{32}")
"""What message, session and study ids look like. Study ids become folder names, so nothing else may pass."""

SIGNATURE_BYTES = hashlib.sha256().digest_size


def new_id() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Header:
    """`re` is the id of the request that this answers. `seq` counts up within a `session`, which is one per process and start."""

    id: str
    type: str
    session: str
    seq: int
    re: str | None = None
    version: str = VERSION

    def __post_init__(self) -> None:
        for identifier in (self.id, self.session) + ((self.re,) if self.re is not None else ()):
            if not IDENTIFIER.fullmatch(identifier):
                raise ProtocolError("header", "an id must be 32 hexadecimal digits")
        if not 1 <= self.seq < 2**63:
            raise ProtocolError("header", "seq must count up from 1")
        if self.version.split(".")[0] != VERSION.split(".")[0]:
            raise ProtocolError("version", f"the peer speaks version {self.version[:16]!r}, this side {VERSION}", "Update the older side.")


@dataclass(frozen=True)
class Envelope:
    """One authenticated message; the body is still JSON text."""

    header: Header
    body: bytes
    blobs: Sequence[Buffer] = ()


class Sequences:
    """The last sequence number of every session that a receiver has heard: what was said once cannot be played again.

    Sessions are never forgotten while the key lives, or forgetting one would let its messages in a second time.
    """

    SESSIONS = 1 << 16

    def __init__(self, own: str) -> None:
        """`own` is the receiver's session: its own words, reflected, are refused."""
        self._own = own
        self._last: dict[str, int] = {}

    def accept(self, header: Header) -> None:
        """Call after the signature has held.

        Raises:
            ProtocolError: ``replay``.
        """
        if header.session == self._own or header.seq <= self._last.get(header.session, 0):
            raise ProtocolError("replay", "this message was said before")
        if header.session not in self._last and len(self._last) >= self.SESSIONS:
            raise ProtocolError("replay", "too many sessions for one key", "Restart the engine: it then makes a new key.")
        self._last[header.session] = header.seq


def sign(key: bytes, frames: Sequence[Buffer]) -> bytes:
    """32 bytes over `frames`, each with its length before it, so that no byte can move from one frame to the next."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for frame in frames:
        view = memoryview(frame).cast("B")
        mac.update(struct.pack(">Q", view.nbytes))
        mac.update(view)
    return mac.digest()


def encode(key: bytes, header: Header, body: object, blobs: Sequence[Buffer] = ()) -> list[Buffer]:
    """The frames of one message; `body` is plain values or a dataclass.

    Raises:
        ProtocolError: when it would be over the receiver's limits.
    """
    signed = [schema.dumps(header, "header"), schema.dumps(body), *blobs]
    _count([MAGIC, bytes(SIGNATURE_BYTES), *signed])
    return [MAGIC, sign(key, signed), *signed]


def decode(key: bytes, frames: Sequence[Buffer]) -> Envelope:
    """Checks in this order: part count, total bytes, magic, signature (constant time), header.

    Raises:
        ProtocolError: the first check that failed. Nothing was kept, nothing beyond `frames` was allocated before the signature held.
    """
    _count(frames)
    if len(frames) < 4:
        raise ProtocolError("parts", "a message has at least four frames")
    magic, signature, header, body = (memoryview(frame).cast("B") for frame in frames[:4])
    if magic != MAGIC:
        raise ProtocolError("magic", "the peer does not speak IMIT/1")
    if not hmac.compare_digest(signature, sign(key, frames[2:])):
        raise ProtocolError(
            "signature", "the message is not signed with this engine's key", "Attach again: the engine may have been restarted."
        )
    if header.nbytes > limits.HEADER_BYTES or body.nbytes > limits.BODY_BYTES:
        raise ProtocolError("size", "the header or body is over its limit", limits.SMALLER)
    try:
        parsed = schema.read(Header, schema.loads(bytes(header), "header"), "header")
    except ProtocolError as error:
        raise ProtocolError("header" if error.code == "body" else error.code, error.what, error.remedy) from error
    return Envelope(parsed, bytes(body), tuple(frames[4:]))


def _count(frames: Sequence[Buffer]) -> None:
    counter = limits.Counter()
    for frame in frames:
        counter.add(memoryview(frame).nbytes)
