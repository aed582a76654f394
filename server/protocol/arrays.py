"""Pictures and sounds as raw blobs beside the body: descriptors, and the checks that stand between a peer and an allocation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import limits
from .errors import ProtocolError

Buffer = bytes | bytearray | memoryview

ITEM_BYTES = {"|u1": 1, "<u2": 2, "<f4": 4}


@dataclass(frozen=True)
class Array:
    """Describes the blob at index `blob`: raw, C order, little endian.

    Pictures have the shape (height, width, 3) or (height, width, 4), the fourth channel being alpha, that is the mask; integer types
    span 0..1 and `space` says the encoding. Sounds have the shape (channels, samples) as ``<f4`` with `rate` in Hz.
    """

    blob: int
    kind: Literal["image", "audio"]
    dtype: Literal["|u1", "<u2", "<f4"]
    shape: tuple[int, ...]
    space: Literal["sRGB", "linear-sRGB"] = "sRGB"
    rate: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if any(side < 1 for side in self.shape):
            raise ProtocolError("array", f"a blob of shape {list(self.shape)} is empty", "Choose one that has content.")
        if self.kind == "image":
            self._check_image()
        else:
            self._check_audio()
        if self.size > limits.MESSAGE_BYTES:
            raise ProtocolError("array", f"a blob of shape {list(self.shape)} is over the limit", limits.SMALLER)

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]

    def _check_image(self) -> None:
        if len(self.shape) != 3 or self.shape[2] not in (3, 4):
            raise ProtocolError(
                "array", f"a picture must be (height, width, 3 or 4), not {list(self.shape)[:8]}", "Convert it to RGB first."
            )
        height, width, _ = self.shape
        if max(height, width) > limits.IMAGE_SIDE or height * width > limits.IMAGE_PIXELS:
            raise ProtocolError("array", f"a picture of {width} x {height} pixels is over the limit", limits.SMALLER)

    def _check_audio(self) -> None:
        if len(self.shape) != 2 or self.shape[0] > limits.AUDIO_CHANNELS or self.dtype != "<f4":
            raise ProtocolError("array", f"a sound must be (channels, samples) as <f4, not {list(self.shape)[:8]} as {self.dtype}")
        low, high = limits.AUDIO_RATES
        if self.rate is None or not low <= self.rate <= high:
            raise ProtocolError("array", f"a sound needs a sample rate in {low}..{high} Hz", "Say its sample rate.")


def check(array: Array, blobs: Sequence[Buffer]) -> None:
    """Compares a descriptor with its blob.

    Raises:
        ProtocolError: ``array`` when the blob is missing or has another size, ``finite`` when it holds NaN, infinities or numbers
            beyond 1.7e38.
    """
    if not 0 <= array.blob < len(blobs):
        raise ProtocolError("array", f"blob {array.blob} does not exist")
    blob = memoryview(blobs[array.blob]).cast("B")
    if blob.nbytes != array.size:
        raise ProtocolError("array", f"blob {array.blob} has {blob.nbytes} bytes, its shape needs {array.size}")
    if array.dtype == "<f4":
        # The sign and the upper seven bits of the exponent are the fourth byte of a little-endian float (IEEE 754). All seven set
        # means |x| >= 2**127, infinite or NaN, so that two searches for a byte check millions of samples without unpacking one.
        top = bytes(blob[3::4])
        if b"\x7f" in top or b"\xff" in top:
            raise ProtocolError(
                "finite",
                f"{array.name or f'the {array.kind}'} holds values that are not numbers (NaN or infinite)",
                "Repair it first: in GIMP flatten a copy and convert it to 16-bit; in a DAW render it again.",
            )


class Blobs(list[Buffer]):
    """Collects the blobs of one request: each method appends one and returns its descriptor, ready for the body."""

    def picture(
        self, data: Buffer, width: int, height: int, channels: int = 3, dtype: str = "|u1", space: str = "sRGB", name: str = ""
    ) -> dict[str, Any]:
        """`data`: height x width x channels raw samples, rows from the top; with four channels the last is alpha."""
        return self._add(
            data, {"kind": "image", "dtype": dtype, "shape": [height, width, channels], "space": space, "rate": None, "name": name}
        )

    def sound(self, data: Buffer, channels: int, rate: int, name: str = "") -> dict[str, Any]:
        """`data`: 32-bit float samples, one channel after the other; `rate` in Hz."""
        samples = len(memoryview(data).cast("B")) // (4 * max(channels, 1))
        return self._add(data, {"kind": "audio", "dtype": "<f4", "shape": [channels, samples], "space": "sRGB", "rate": rate, "name": name})

    def _add(self, data: Buffer, described: dict[str, Any]) -> dict[str, Any]:
        from .schema import read

        descriptor = {"blob": len(self), **described}
        array = read(Array, descriptor, "array")
        self.append(data)
        try:
            check(array, self)
        except ProtocolError:
            self.pop()
            raise
        return descriptor
