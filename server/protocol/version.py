"""The protocol's own version: the major number stands in the first frame, the minor one in every header."""

MAGIC = b"IMIT/1"
VERSION = "1.0"
