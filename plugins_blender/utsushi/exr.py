"""Reads the multilayer OpenEXR files that Blender writes without compression: one part, scan lines, half or 32-bit float channels.

Blender's Python has no module for this that every build carries. Layout: OpenEXR's "Technical Introduction" and "File Layout".
"""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = 20000630
MULTIPART, TILED, DEEP = 0x1000, 0x200, 0x800
SAMPLES = {0: "<u4", 1: "<f2", 2: "<f4"}
"""Pixel types by their number in the file."""


def read_exr(path: Path) -> dict[str, NDArray[np.float32]]:
    """Channels by their full name, such as "ViewLayer.Combined_Key.R", each (H, W) float32 with the first row at the top.

    Raises:
        ValueError: not such a file (compressed, tiled, of several parts, or cut off).
    """
    data = path.read_bytes()
    magic, version = struct.unpack_from("<II", data)
    if magic != MAGIC or version & (MULTIPART | TILED | DEEP):
        raise ValueError(f"{path.name} is not a single-part scan-line OpenEXR file")
    header, position = _header(data, 8)
    if header["compression"][0] != 0:
        raise ValueError(f"{path.name} is compressed")
    left, top, right, bottom = struct.unpack("<4i", header["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    channels = _channels(header["channels"])
    line = np.dtype([("y", "<i4"), ("size", "<i4"), *((name, kind, (width,)) for name, kind in channels)])
    position += 8 * height  # the table of line offsets: uncompressed lines follow each other
    if len(data) < position + height * line.itemsize:
        raise ValueError(f"{path.name} is cut off")
    lines = np.frombuffer(data, line, height, position)
    order = np.argsort(lines["y"], kind="stable")
    return {name: lines[name][order].astype(np.float32) for name, _ in channels}


def _header(data: bytes, position: int) -> tuple[dict[str, bytes], int]:
    """Attributes by name as raw bytes, and where the header ends."""
    found = {}
    while data[position]:
        name, position = _text(data, position)
        _, position = _text(data, position)
        (size,) = struct.unpack_from("<i", data, position)
        found[name] = data[position + 4 : position + 4 + size]
        position += 4 + size
    return found, position + 1


def _channels(data: bytes) -> list[tuple[str, str]]:
    """(name, numpy type) in the order in which each line holds them."""
    found, position = [], 0
    while data[position]:
        name, position = _text(data, position)
        (kind,) = struct.unpack_from("<i", data, position)
        found.append((name, SAMPLES[kind]))
        position += 16
    return found


def _text(data: bytes, position: int) -> tuple[str, int]:
    end = data.index(b"\0", position)
    return data[position:end].decode(), end + 1
