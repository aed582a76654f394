"""The user's own plug-ins and further effects on the command line: chosen, listed, tried, and states as files that other hosts read."""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from plugins_daw import chain, impulses
from plugins_daw.catalogue import search_order
from plugins_daw.effects import EFFECTS, USUAL
from plugins_daw.formats import SUFFIXES
from plugins_daw.renderer import PedalboardRenderer
from plugins_daw.vst3_library import Library
from plugins_daw.vst3_process import LOAD_SECONDS, Process
from shared_engine.errors import InputError
from shared_engine.types import Scene, Tool


def user_chain(
    wanted: Sequence[str], presets: Sequence[str], with_built_in: bool, console: Console, also: Sequence[str] = ()
) -> dict[str, Any] | None:
    """The chain that was asked for, as `PedalboardRenderer` reads it; None where it is the usual one. Tries plug-ins that are new.

    Raises InputError or PluginError for one that is not there or cannot be used.
    """
    if not wanted and (presets or with_built_in):
        raise InputError("--preset and --with-built-in say something about plug-ins, but there is no --plugin", "Name one.")
    built_in = with_usual(also) if also or with_built_in else []
    if not wanted:
        return {"chain": built_in, "states": {}} if also else None
    library = Library()
    found = [library.find(wish) for wish in wanted]
    for plugin in (library.probed(one) for one in found):
        if plugin.wobble:
            console.print(f"[dim]{plugin.label}: never the same twice ({plugin.wobble:.1f} dB); scores waver by as much[/dim]")
    ids = [one.id for one in found]
    if len(set(ids)) < len(ids):
        raise InputError("a plug-in is named twice", "Each can stand in the chain once.")
    states = {}
    for text in presets:
        name, _, path = text.partition("=")
        chosen = library.find(name)
        if chosen.id not in ids:
            raise InputError(f"--preset is for {chosen.name}, which is not in the chain", f"Add --plugin '{name}'.")
        states[chosen.id] = read_preset(chosen.file, chosen.name, Path(path))
    return {"chain": [*built_in, *ids], "states": states}


def with_usual(also: Sequence[str]) -> list[str]:
    """The usual effects, and at their places those of `also`: ids of optional effects, or impulse responses. InputError."""
    known = [effect.tool.id for effect in EFFECTS]
    ids = []
    for wish in also:
        ids.append(impulses.admit(Path(wish)).tool.id if Path(wish).suffix.lower() in SUFFIXES else wish)
        if ids[-1] == wish and wish not in known:
            optional = ", ".join(effect.tool.id for effect in EFFECTS if effect.tool.optional)
            raise InputError(f"there is no effect {wish!r}", f"Choose among {optional}, or name a WAV file with an impulse response.")
    places = [effect.tool.id for effect in impulses.built_in()]
    return search_order(sorted(set(ids), key=places.index), only_these=False) or [effect.tool.id for effect in USUAL]


def tools_of(scene: Mapping[str, Any] | None) -> Sequence[Tool]:
    return PedalboardRenderer(scene=None if scene is None else Scene(scene)).tools


def read_preset(file: Path, name: str, preset: Path) -> str:
    """The plug-in's raw state, base64, after it has loaded a .vstpreset file."""
    if not preset.is_file():
        raise InputError(f"there is no preset {preset}", "Write it as PLUGIN=FILE.vstpreset.")
    spec = {"plugin": chain.HOSTED, "file": str(file), "name": name}
    return base64.b64encode(_state(spec, preset.read_bytes(), as_preset=False)).decode()


def preset_of(spec: chain.Spec) -> bytes:
    """The bytes of a .vstpreset file for a plug-in as it stands in a chain."""
    return _state(spec, b"", as_preset=True)


def _state(spec: chain.Spec, payload: bytes, as_preset: bool) -> bytes:
    process = Process()
    try:
        return process.ask({"do": "state", "spec": dict(spec), "preset": as_preset}, payload, LOAD_SECONDS)[1]
    finally:
        process.close()


def write_presets(out: Path, plugins: Sequence[chain.Spec]) -> None:
    """`NAME.vstpreset` of every plug-in of the chain; the dry share beside it stands in the recipe."""
    for spec in plugins:
        if chain.is_hosted(spec):
            (out / f"{spec['id']}.vstpreset").write_bytes(preset_of(spec))


def list_all(as_json: bool) -> None:
    """Every plug-in that is installed; of those that were tried, what came of it."""
    library = Library()
    console = Console(stderr=as_json)
    with console.status("looking for plug-ins"):
        found = library.scan()
    if as_json:
        sys.stdout.write(json.dumps([{**asdict(one), "file": str(one.file)} for one in found], indent=2) + "\n")
        return
    table = Table(Column("id", no_wrap=True), "plug-in", "tried", title=f"{len(found)} VST3 plug-ins", title_justify="left")
    for one in found:
        kept = library.kept(one.id) if one.name else None
        tried = one.broken or ("" if kept is None else kept.refused or f"{len(kept.knobs)} settings")
        table.add_row(one.id, one.name or one.file.name, tried)
    console.print(table)


def list_one(wish: str, as_json: bool) -> None:
    """What a search can turn on one plug-in, which is tried now where it was not before."""
    library = Library()
    console = Console(stderr=as_json)
    found = library.find(wish)
    with console.status(f"trying {found.name}"):
        plugin = library.probed(found)
    if as_json:
        sys.stdout.write(json.dumps(plugin.described(), indent=2) + "\n")
        return
    channels = "mono, one of it a channel" if plugin.width == 1 else "stereo"
    table = Table("setting", "key", "from", "to", "stands at", "heard", title=f"{plugin.label}: {channels}", title_justify="left")
    for knob in plugin.knobs:
        ends = (f"{value:.4g} {knob.unit}".strip() for value in (knob.low, knob.high, knob.default))
        table.add_row(knob.label, f"{plugin.id}.{knob.key}", *ends, f"{knob.heard:.1f} dB")
    console.print(table)
    if plugin.wobble:
        console.print(f"Never the same twice: two renders of the same differ by {plugin.wobble:.1f} dB.")
