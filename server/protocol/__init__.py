"""IMIT/1, the protocol between a host and the engine (see SPEC.md). Standard library only."""

from .arrays import Array, Blobs
from .errors import ProtocolError
from .frames import Envelope, Header, Sequences, decode, encode
from .version import MAGIC, VERSION

__all__ = ["MAGIC", "VERSION", "Array", "Blobs", "Envelope", "Header", "ProtocolError", "Sequences", "decode", "encode"]
