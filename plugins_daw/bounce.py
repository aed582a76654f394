"""A whole file through a chain, in constant memory: the first pass processes and measures, the second sets the level and writes."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from plugins_daw import chain
from plugins_daw.formats import LOSSLESS
from plugins_daw.loudness import Meter
from plugins_daw.rack import Player
from plugins_daw.tracks import READ_SECONDS, blocks, opened
from shared_engine.errors import InputError
from shared_engine.types import FloatArray

CEILING_DB = -0.3
"""No sample of a written file goes beyond it."""

BIT_DEPTH = "PCM_24"
KEPT_DEPTHS = frozenset({"PCM_16", "PCM_24", "PCM_32", "FLOAT"})
"""What a file is written in again where it had it and the container takes it; anything else becomes 24 bits."""

LOOK_AHEAD_SECONDS = 20
"""No effect looks further ahead."""

WAV_BYTES = 4_000_000_000
TAGS = ("title", "artist", "album", "date", "genre", "tracknumber", "comment", "copyright", "software", "license")


@dataclass(frozen=True)
class Bounce:
    """What came out: loudness of the source and of the chain's output in LUFS, and the gain in dB that was put after it."""

    path: Path
    before: float
    after: float
    gain: float
    limited: bool


def suffix_for(source: Path) -> str:
    """Lossless containers are kept; what was compressed becomes WAV."""
    return source.suffix.lower() if source.suffix.lower() in LOSSLESS else ".wav"


def depth_for(source: soundfile.SoundFile, target: Path) -> str:
    """The source's own sample format where the target's container takes it."""
    kept = source.subtype in KEPT_DEPTHS and soundfile.check_format(LOSSLESS[target.suffix.lower()], source.subtype)
    return source.subtype if kept else BIT_DEPTH


def bounce(
    source: Path,
    target: Path,
    plugins: Sequence[chain.Spec],
    match: bool = True,
    report: Callable[[float], None] = lambda part: None,
    ceiling: float = CEILING_DB,
    keep_depth: bool = False,
) -> Bounce:
    """Writes `source` through `plugins` as `target`, same rate, channels, length and tags; in 24 bits, or as the source (`keep_depth`).

    `match`: as loud as the source (BS.1770), unless its peaks would go beyond `ceiling`. Raises InputError where the output is no sound or
    the disk is full, PluginError where a plug-in failed; the target is then not written.
    """
    try:
        return _bounce(source, target, plugins, match, report, ceiling, keep_depth)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}", "Is the disk full? Choose another folder with --out.") from error


def _bounce(
    source: Path,
    target: Path,
    plugins: Sequence[chain.Spec],
    match: bool,
    report: Callable[[float], None],
    ceiling: float,
    keep_depth: bool,
) -> Bounce:
    with opened(source) as file, tempfile.TemporaryFile(dir=target.parent) as cache:
        before, after = Meter(file.samplerate, file.channels), Meter(file.samplerate, file.channels)
        peak, done = 0.0, 0
        for dry, wet in processed(file, plugins):
            if not np.isfinite(wet).all() or (wet.size and float(np.abs(wet).max()) > 1e3):
                raise InputError(f"the chain makes {source.name} run away", "Take the last change back, or leave the effect out.")
            before.add(dry)
            after.add(wet)
            peak = max(peak, float(np.abs(wet).max(initial=0.0)))
            cache.write(np.ascontiguousarray(wet.T).tobytes())
            done += dry.shape[1]
            report(0.8 * done / file.frames)
        wanted = before.integrated - after.integrated if match and np.isfinite(after.integrated) and np.isfinite(before.integrated) else 0.0
        room = ceiling - 20 * np.log10(peak + 1e-12)
        gain = float(min(wanted, room))
        tags = {name: getattr(file, name) for name in TAGS}
        depth = depth_for(file, target) if keep_depth else BIT_DEPTH
        _write(cache, target, file.samplerate, file.channels, 10 ** (gain / 20), tags, file.frames, depth)
        report(1.0)
        return Bounce(target, before.integrated, after.integrated, gain, bool(wanted > room))


def processed(
    file: soundfile.SoundFile, plugins: Sequence[chain.Spec], seconds: float = READ_SECONDS
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Blocks before and after the chain. A plug-in that looks ahead holds samples back; silence at the end pushes them out."""
    given = got = 0
    with Player(plugins, file.samplerate, file.channels) as player:
        for block in blocks(file, seconds):
            wet = player(block) if plugins else block
            given, got = given + block.shape[1], got + wet.shape[1]
            yield block, wet
        for _ in range(LOOK_AHEAD_SECONDS):
            if got >= given:
                return
            rest = player(np.zeros((file.channels, file.samplerate), np.float32))[:, : given - got]
            got += rest.shape[1]
            yield np.empty((file.channels, 0), np.float32), rest
    if got < given:
        raise InputError(f"the chain keeps {(given - got) / file.samplerate:.1f} s of the sound to itself", "Leave the last plug-in out.")


def _write(cache: BinaryIO, target: Path, rate: int, channels: int, gain: float, tags: dict[str, str], frames: int, depth: str) -> None:
    cache.seek(0)
    rng = np.random.default_rng(0)
    container = LOSSLESS[target.suffix.lower()]
    if container == "WAV" and frames * channels * 3 > WAV_BYTES:
        container = "RF64"
    unfinished = target.with_name(f".{target.name}.part")
    try:
        with soundfile.SoundFile(unfinished, "w", rate, channels, depth, format=container) as out:
            for name, text in tags.items():
                if text:
                    setattr(out, name, text)
            while chunk := cache.read(4 * channels * rate):
                block = np.frombuffer(chunk, np.float32).reshape(-1, channels) * np.float32(gain)
                if depth == "PCM_16":
                    block += (rng.random(block.shape, np.float32) - rng.random(block.shape, np.float32)) * np.float32(2**-15)
                out.write(block)
        unfinished.replace(target)
    except soundfile.LibsndfileError as error:
        raise InputError(f"{target} cannot be written: {error}", "Is the disk full? Choose another folder with --out.") from error
    finally:
        unfinished.unlink(missing_ok=True)
