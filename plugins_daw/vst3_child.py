"""The program of the child process that plug-ins live in: it may crash or hang, and nobody but the plug-in's own effect is the worse.

It is driven over its standard input and output: a frame is the length of a JSON header (4 bytes) and of a payload (8 bytes, little
endian), then both. Sounds travel as float32 in C order. Nothing is ever unpickled, in either direction.

| request | header | payload | replies |
|---|---|---|---|
| names | file | | names |
| inspect | spec | | what the plug-in says of itself, each parameter with its table of positions and texts |
| render | rate, channels, chains; samples a block | the sound | one a chain: error, or the payload |
| open | rate, channels, chain | | done: the chain, ready for blocks |
| block | | the block | its samples, fewer at first where a plug-in looks ahead |
| state | spec | | raw state; with `preset`, the bytes of a .vstpreset file |
"""

import base64
import json
import os
import struct
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pedalboard
from numpy.typing import NDArray

from plugins_daw import chain

SIZES = struct.Struct("<IQ")
Sound = NDArray[np.float32]
USUAL_RATE = 44100.0
"""At which a plug-in is tried, and asked about itself."""

WARM_SAMPLES = 16384
BLOCK = 8192
"""Samples that a plug-in gets at a time: pedalboard's own default."""


def send(stream: BinaryIO, header: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
    text = json.dumps(header).encode()
    stream.write(SIZES.pack(len(text), len(payload)))
    stream.write(text)
    stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The next frame. EOFError where the other side is gone."""
    sizes = stream.read(SIZES.size)
    if len(sizes) < SIZES.size:
        raise EOFError
    header, payload = SIZES.unpack(sizes)
    return json.loads(stream.read(header)), stream.read(payload)


class Instance:
    """One loaded plug-in. It remembers where its parameters stood, so that every chain starts from there.

    `rate`: the only one at which it is used. LSP's equaliser, run at 44.1 kHz and then at 16 kHz, crashes: nine times in fourteen,
    where one that was loaded for 16 kHz does not.
    """

    def __init__(self, spec: chain.Spec, rate: float = USUAL_RATE) -> None:
        self.plugin: Any = pedalboard.load_plugin(spec["file"], plugin_name=spec["name"])
        if not self.plugin.is_effect:
            raise ValueError(f"{spec['name']} is an instrument, not an effect")
        self.width = width(self.plugin, rate)
        if spec.get("state"):
            self.plugin.raw_state = base64.b64decode(spec["state"])
        self.parameters = dict(self.plugin.parameters)
        self.start = {key: float(one.raw_value) for key, one in self.parameters.items()}
        self.present = dict(self.start)

    def move(self, raw: Mapping[str, float]) -> None:
        """Every parameter to its position (0..1) in `raw`; those that an earlier chain moved and this one does not, back."""
        known = {key: float(value) for key, value in raw.items() if key in self.start}
        for key, value in {**{key: self.start[key] for key in self.moved()}, **known}.items():
            if self.present[key] != value:
                self.parameters[key].raw_value = value
                self.present[key] = value

    def moved(self) -> list[str]:
        return [key for key, value in self.present.items() if value != self.start[key]]


class HostedStage:
    """A plug-in in a chain: one instance for each group of channels that it takes at a time."""

    def __init__(self, spec: chain.Spec, rate: float, channels: int, instances: "Instances", place: int) -> None:
        self.mix = float(spec.get("mix", 1.0))
        first = instances.get(spec, (place, 0), rate)
        self.width = first.width
        self.groups = [list(range(at, min(at + self.width, channels))) for at in range(0, channels, self.width)]
        self.instances = [first, *(instances.get(spec, (place, number), rate) for number in range(1, len(self.groups)))]
        for instance in self.instances:
            instance.move(spec.get("raw", {}))
        self.waiting: Sound = np.empty((channels, 0), np.float32)

    def run(self, data: Sound, rate: float, reset: bool, block: int) -> Sound:
        wet = [self._group(group, instance, data, rate, reset, block) for group, instance in zip(self.groups, self.instances, strict=True)]
        length = min(part.shape[1] for part in wet)
        out = np.concatenate([part[:, :length] for part in wet])
        if self.mix >= 0.999:
            return out
        # What the plug-in holds back of the wet sound has to be held back of the dry one.
        dry = data if reset else np.concatenate((self.waiting, data), 1)
        self.waiting = dry[:, length:]
        return (dry[:, :length] * np.float32(1 - self.mix) + out * np.float32(self.mix)).astype(np.float32)

    def _group(self, group: Sequence[int], instance: Instance, data: Sound, rate: float, reset: bool, block: int) -> Sound:
        """A lone channel before a stereo plug-in is heard on both sides, and their mean comes out."""
        part = np.ascontiguousarray(data[list(group)])
        short = self.width - len(part)
        wide = np.concatenate((part, np.repeat(part[-1:], short, 0))) if short else part
        out: Sound = instance.plugin.process(wide, rate, block, reset)
        return out.mean(0, keepdims=True, dtype=np.float32) if short else out


class BuiltIn:
    """Neighbouring effects of pedalboard's own, as one board."""

    def __init__(self, specs: Sequence[chain.Spec], rate: float) -> None:
        self.board = chain.board(specs, rate)

    def run(self, data: Sound, rate: float, reset: bool, block: int) -> Sound:
        out: Sound = self.board(data, rate, block, reset)
        return out


class Instances:
    """Loaded plug-ins by file, name, state, place and sample rate; what a chain no longer needs stays for the next."""

    def __init__(self) -> None:
        self.loaded: dict[tuple[Any, ...], Instance] = {}

    def get(self, spec: chain.Spec, place: tuple[int, ...] = (-1,), rate: float = USUAL_RATE) -> Instance:
        key = (spec["file"], spec["name"], spec.get("state", ""), *place, rate)
        if key not in self.loaded:
            self.loaded[key] = Instance(spec, rate)
        return self.loaded[key]

    def stages(self, specs: Sequence[chain.Spec], rate: float, channels: int) -> list[HostedStage | BuiltIn]:
        found: list[HostedStage | BuiltIn] = []
        plain: list[chain.Spec] = []
        for place, spec in enumerate(specs):
            if not chain.is_hosted(spec):
                plain.append(spec)
                continue
            found += [BuiltIn(plain, rate)] if plain else []
            plain = []
            found.append(HostedStage(spec, rate, channels, self, place))
        return found + ([BuiltIn(plain, rate)] if plain else [])


def run(stages: Sequence[HostedStage | BuiltIn], data: Sound, rate: float, reset: bool, block: int = BLOCK) -> Sound:
    for stage in stages:
        if data.shape[1] or reset:
            data = stage.run(data, rate, reset, block)
    return data


def inspect(instance: Instance) -> dict[str, Any]:
    """What the plug-in says of itself. `table` holds (first position, last position, value or text) of each parameter, in order."""
    plugin = instance.plugin
    parameters = []
    for key, one in instance.parameters.items():
        table = [[low, high, told(value)] for (low, high), value in one.ranges.items()]
        now = {"raw": float(one.raw_value), "shown": told(getattr(plugin, key))}
        parameters.append({"key": key, "label": one.name, "unit": one.label or "", **now, "table": table})
    return {
        "name": plugin.name, "maker": plugin.manufacturer_name, "category": plugin.category, "version": plugin.version,
        "class": bytes(plugin.preset_data[8:40]).decode("ascii", "replace"), "parameters": parameters,
        "width": instance.width, "positions": instance.start,
    }  # fmt: skip


def told(value: Any) -> float | str:
    """What a parameter shows, as JSON can hold it."""
    return float(value) if isinstance(value, float) else str(value)


def width(plugin: Any, rate: float) -> int:
    """How many channels it takes at a time: 2 where it can, else 1. Raises what the plug-in raises where it takes neither.

    It is also its warming up: some fade in during the first tenth of a second after they were loaded, and never again.
    """
    silence = np.zeros((2, WARM_SAMPLES), np.float32)
    try:
        plugin.process(silence, rate)
        return 2
    except ValueError:
        plugin.process(silence[:1], rate)
        return 1


def preset(instance: Instance, payload: bytes) -> None:
    """Brings the instance to the state of a .vstpreset file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state.vstpreset")
        path.write_bytes(payload)
        instance.plugin.load_preset(str(path))


class Child:
    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self.source, self.sink = source, sink
        self.instances = Instances()
        self.opened: tuple[list[HostedStage | BuiltIn], float, int] | None = None

    def serve(self) -> None:
        while True:
            header, payload = receive(self.source)
            try:
                getattr(self, f"on_{header['do']}")(header, payload)
            except Exception as error:  # whatever a plug-in raises is an answer
                send(self.sink, {"error": f"{type(error).__name__}: {error}"})

    def on_names(self, header: Mapping[str, Any], payload: bytes) -> None:
        send(self.sink, {"names": pedalboard.VST3Plugin.get_plugin_names_for_file(header["file"])})

    def on_inspect(self, header: Mapping[str, Any], payload: bytes) -> None:
        send(self.sink, inspect(self.instances.get(header["spec"])))

    def on_positions(self, header: Mapping[str, Any], payload: bytes) -> None:
        """Where the parameters stand now: a meter has moved by itself."""
        plugin = self.instances.get(header["spec"], (0, 0)).plugin
        send(self.sink, {"positions": {key: float(one.raw_value) for key, one in plugin.parameters.items()}})

    def on_render(self, header: Mapping[str, Any], payload: bytes) -> None:
        """One reply a chain, so that the other side knows which of them a plug-in died of."""
        data = np.frombuffer(payload, np.float32).reshape(header["channels"], -1)
        for specs in header["chains"]:
            try:
                stages = self.instances.stages(specs, header["rate"], len(data))
                out = run(stages, data, header["rate"], True, header.get("block", BLOCK))
            except Exception as error:  # as above
                send(self.sink, {"error": f"{type(error).__name__}: {error}"})
            else:
                send(self.sink, {}, memoryview(fitted(out, data.shape[1])).cast("B"))

    def on_open(self, header: Mapping[str, Any], payload: bytes) -> None:
        stages = self.instances.stages(header["chain"], header["rate"], header["channels"])
        for stage in stages:
            for one in [stage.board] if isinstance(stage, BuiltIn) else [instance.plugin for instance in stage.instances]:
                one.reset()
        self.opened = stages, header["rate"], header["channels"]
        send(self.sink, {})

    def on_block(self, header: Mapping[str, Any], payload: bytes) -> None:
        if self.opened is None:
            raise RuntimeError("no chain was opened")
        stages, rate, channels = self.opened
        out = run(stages, np.frombuffer(payload, np.float32).reshape(channels, -1), rate, False)
        send(self.sink, {"samples": out.shape[1]}, np.ascontiguousarray(out).tobytes())

    def on_state(self, header: Mapping[str, Any], payload: bytes) -> None:
        """The state after the spec's settings; a payload is a preset file that it begins with."""
        instance = Instance(header["spec"])
        if payload:
            preset(instance, payload)
        instance.move(header["spec"].get("raw", {}))
        width(instance.plugin, USUAL_RATE)  # a plug-in learns of a parameter with the next block of sound, not before
        send(self.sink, {}, bytes(instance.plugin.preset_data if header.get("preset") else instance.plugin.raw_state))


def fitted(out: Sound, samples: int) -> Sound:
    """Exactly `samples` long: what a plug-in with a look-ahead leaves out at the end is silence."""
    out = out[:, :samples]
    return np.ascontiguousarray(np.pad(out, ((0, 0), (0, samples - out.shape[1]))), np.float32)


def main() -> None:
    """Takes the pipes for itself: what plug-ins print goes nowhere."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    if sys.platform == "win32":
        import msvcrt

        for stream in (source, sink):
            msvcrt.setmode(stream.fileno(), os.O_BINARY)
    send(sink, {"ready": True})
    try:
        Child(source, sink).serve()
    except EOFError:
        os._exit(0)  # plug-ins are known to crash when they are unloaded in order


if __name__ == "__main__":
    main()
