"""What one message may hold. Counted by whoever receives, before anything is allocated for it."""

from .errors import ProtocolError

MIB = 1 << 20

PARTS = 64
"""Frames of a message, the routing id not counted."""

MESSAGE_BYTES = 256 * MIB
"""All frames together: a 24-megapixel picture with 16-bit RGBA is 192 MB, and references are sent small."""

HEADER_BYTES = 4096
BODY_BYTES = 4 * MIB

REFERENCES = 12
PICKS = 64
PREVIEW_SIDE = 1600
"""Longer side, in pixels, of a picture that the engine renders for a host to look at."""

IMAGE_SIDE = 32_768
IMAGE_PIXELS = 1 << 26
AUDIO_CHANNELS = 64
AUDIO_RATES = (1_000, 768_000)
"""Lowest and highest sample rate in Hz."""

SMALLER = "Send a smaller copy: a search needs no more than about two megapixels, or some seconds of sound."


class Counter:
    """Counts the frames and bytes of one message while it arrives."""

    def __init__(self) -> None:
        self.parts = 0
        self.bytes = 0

    def add(self, size: int) -> None:
        """Takes the *announced* size of the next frame.

        Raises:
            ProtocolError: ``parts`` or ``size``, when the message would grow beyond the limits.
        """
        self.parts += 1
        self.bytes += size
        if self.parts > PARTS:
            raise ProtocolError("parts", f"a message has more than {PARTS} frames")
        if self.bytes > MESSAGE_BYTES:
            raise ProtocolError("size", f"a message is larger than {MESSAGE_BYTES // MIB} MiB", SMALLER)
