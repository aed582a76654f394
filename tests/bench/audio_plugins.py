"""Cases of the audio benchmark whose hidden chain, and whose tools, are plug-ins: Dragonfly Plate, LSP's compressor and equaliser."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from plugins_daw import rack
from plugins_daw.renderer import PedalboardRenderer
from plugins_daw.vst3 import Hosted
from plugins_daw.vst3_library import Found, Library
from shared_engine.space import from_unit
from shared_engine.types import Scene
from tests.bench.audio_cases import Process, jittered, read_recipes, set_to

PACKAGING = Path(__file__).parents[2] / "packaging"
PLUGINS = (
    Found(Path("lsp-plugins.vst3"), "Parametric Equalizer x8 Stereo", "lsp-equaliser"),
    Found(Path("lsp-plugins.vst3"), "Compressor Stereo", "lsp-compressor"),
    Found(Path("DragonflyPlateReverb.vst3"), "Dragonfly Plate Reverb", "dragonfly-plate-reverb"),
)
SCENE = Scene({"chain": [one.id for one in PLUGINS]})
RECIPES = read_recipes("audio_plugin_recipes.json")


class MissingError(Exception):
    """The plug-ins cannot be had here; the text says why."""


@contextmanager
def installed() -> Iterator[list[Hosted]]:
    """The plug-ins, fetched where they are missing and tried, in a library of their own."""
    sys.path.insert(0, str(PACKAGING))
    import vst3_plugins

    try:
        place = vst3_plugins.build_plugins()
    except vst3_plugins.PluginsError as error:
        raise MissingError(str(error)) from error
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"UTSUSHI_HOME": home, "UTSUSHI_VST3_LAUNCHER": str(place / "launch")}
        library = Library()
        yield [library.probed(replace(one, file=place / "usr/lib/vst3" / one.file)) for one in PLUGINS]
        rack.rack().close()
        rack.rack.cache_clear()


def by_recipe(index: int, rng: np.random.Generator) -> tuple[str, Process]:
    """A named sound, as somebody sets it on these plug-ins: what is turned is moved a little, what is not named rests."""
    name = list(RECIPES)[index % len(RECIPES)]
    return name, jittered(RECIPES[name], PedalboardRenderer(scene=SCENE), rng)


def by_knobs(plugins: list[Hosted], index: int, rng: np.random.Generator) -> tuple[str, Process]:
    """A drawn setting: every knob of all three within the middle of its way, the plate's share within taste."""
    values: dict[str, float] = {}
    for plugin in plugins:
        values[f"{plugin.id}.amount"] = 1.0 if plugin.id != PLUGINS[2].id else float(rng.uniform(0.08, 0.4))
        for knob in plugin.knobs:
            values[f"{plugin.id}.{knob.key}"] = float(from_unit(knob.parameter, np.array([rng.uniform(0.15, 0.85)]))[0])
    return "drawn", set_to(PedalboardRenderer(scene=SCENE), values)
