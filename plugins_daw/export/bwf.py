"""Broadcast Wave: 24-bit WAV with a `bext` chunk (EBU Tech 3285, version 1) and an `iXML` chunk, written into an existing WAV file.

A DAW shows where the file comes from and puts it where it belongs on the time line; the chain travels along in iXML.
"""

import struct
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

from shared_engine.errors import InputError

ORIGINATOR = "Utsushi"


def bext(description: str, when: datetime, rate: int, channels: int, position: int = 0) -> bytes:
    """The chunk's content: description of at most 256 characters, originator, time reference in samples, coding history."""
    mode = {1: "mono", 2: "stereo"}.get(channels, "multitrack")
    history = f"A=PCM,F={rate},W=24,M={mode},T={ORIGINATOR}\r\n"

    def text(value: str, length: int) -> bytes:
        return value.encode("ascii", "replace")[:length].ljust(length, b"\0")

    fixed = text(description, 256) + text(ORIGINATOR, 32) + text(f"UTSUSHI{when:%Y%m%d%H%M%S}", 32)
    fixed += text(f"{when:%Y-%m-%d}", 10) + text(f"{when:%H:%M:%S}", 8) + struct.pack("<QH", position, 1)
    return fixed + bytes(64 + 10 + 180) + history.encode("ascii")


def ixml(project: str, name: str, note: str, rate: int, channels: int) -> bytes:
    """The chunk's content. `note` is text for people and programs: what was done."""
    root = Xml.Element("BWFXML")
    Xml.SubElement(root, "IXML_VERSION").text = "1.61"
    for tag, value in (("PROJECT", project), ("TAPE", name), ("NOTE", note)):
        Xml.SubElement(root, tag).text = value
    speed = Xml.SubElement(root, "SPEED")
    Xml.SubElement(speed, "FILE_SAMPLE_RATE").text = str(rate)
    Xml.SubElement(speed, "AUDIO_BIT_DEPTH").text = "24"
    tracks = Xml.SubElement(root, "TRACK_LIST")
    Xml.SubElement(tracks, "TRACK_COUNT").text = str(channels)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="utf-8")


def add_chunks(path: Path, chunks: dict[bytes, bytes]) -> None:
    """Appends RIFF chunks to a WAV file in place and corrects its length; what of these was there already is not looked for.

    Raises InputError for what is no RIFF file: RF64, which files over 4 GB are, keeps its lengths elsewhere.
    """
    with open(path, "r+b") as file:
        if file.read(4) != b"RIFF":
            raise InputError(f"{path.name} is no RIFF file", "Chunks can be added to WAV files below 4 GB.")
        file.seek(0, 2)
        if file.tell() % 2:
            file.write(b"\0")
        for name, content in chunks.items():
            file.write(name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2))
        length = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", length))
