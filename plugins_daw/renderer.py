"""The audio host's tools as a renderer: candidates -> sound, on boards of their own, on as many threads as there are cores.

pedalboard releases the interpreter's lock while it processes (two boards on two threads: no loss in renders a CPU second), and a
board costs 10 microseconds to build, so a candidate is never anything but its chain, built and thrown away (branches.py). All of it
happens in the engine's worker process, which may die; a chain with plug-ins of the user's own is rendered in children of that (rack.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins_daw import branches, rack
from plugins_daw.chain import board
from plugins_daw.effects import Effect, complete
from plugins_daw.impulses import built_in
from plugins_daw.vst3_library import Library
from shared_engine.errors import ParameterError
from shared_engine.renderer import Batch, Renderer, Stage
from shared_engine.types import FloatArray, Media, Scene, Tool, Value, Values

ELEMENT_SECONDS = 0.005
"""One element of a sound, as `Renderer.stage` counts them: 768 are 3.8 s."""

RUN_IN = 0.75
"""Seconds before a stretch that are rendered and thrown away, so that compressors and rooms are in the state in which they would be."""

WAVES = frozenset({"Phaser"})
"""Plug-ins with a wave that runs freely. It begins where the sound does: a stretch of it is rendered from there."""

RUNAWAY = 100.0
"""A sample beyond 40 dB over full scale is a broken filter, not a sound."""


def active_crop(data: FloatArray, rate: int, samples: int, seed: int) -> slice:
    """A stretch of `samples` in which the sound is active: one of those with at least 90 % of the most active one's energy in dB."""
    if samples >= data.shape[1]:
        return slice(0, data.shape[1])
    hop = max(1, rate // 20)
    frames = data[:, : data.shape[1] // hop * hop].reshape(len(data), -1, hop)
    level = 10 * np.log10((frames.astype(np.float64) ** 2).mean((0, 2)) + 1e-9)
    share = np.cumsum(np.concatenate(([0.0], np.clip(level - (level.max() - 40), 0, None))))
    width = max(1, samples // hop)
    activity = share[width:] - share[:-width]
    starts = np.flatnonzero(activity >= 0.9 * activity.max())
    start = int(np.random.default_rng(seed).choice(starts)) * hop
    start = min(start, data.shape[1] - samples)
    return slice(start, start + samples)


def chosen(scene: Scene) -> list[Effect]:
    """The effects of a chain by id; what stands there is wanted, none is optional. ParameterError for one that nobody knows."""
    known = {effect.tool.id: effect for effect in built_in()}
    states, library, found = scene.description.get("states", {}), Library(), []
    for identity in scene.description.get("chain", ()):
        effect = known.get(str(identity))
        if effect is None:
            plugin = library.kept(str(identity))
            if plugin is None or plugin.refused:
                raise ParameterError(
                    f"there is no effect or plug-in {identity!r}", f"`utsushi plugins` lists plug-ins; built in are {', '.join(known)}."
                )
            effect = plugin.effect(str(states.get(identity, "")))
        found.append(replace(effect, tool=replace(effect.tool, optional=False)))
    return found


class PedalboardStage(Stage):
    """Renders (channels, samples) of a stretch of the content; a candidate whose output is not sound is all NaN."""

    def __init__(self, content: Media, effects: Sequence[Effect], stretch: slice) -> None:
        self.content = content
        self.effects = effects
        self.stretch = stretch
        self.rate = int(content.rate or 0)
        self.run_in = min(stretch.start, round(RUN_IN * self.rate))
        self.data = np.ascontiguousarray(content.data[:, stretch.start - self.run_in : stretch.stop])

    def render(self, batch: Batch, count: int) -> list[FloatArray]:
        chains = self._chains(batch, count)
        waving = [any(spec["plugin"] in WAVES for spec in specs) for specs in chains]
        length = self.stretch.stop - self.stretch.start
        found: dict[int, FloatArray] = {}
        for waves in set(waving):
            data = self.content.data[:, : self.stretch.stop] if waves else self.data
            group = [index for index, has in enumerate(waving) if has == waves]
            renders = through(data, self.rate, [chains[index] for index in group])
            found |= {index: render[:, -length:] for index, render in zip(group, renders, strict=True)}
        return [found[index] for index in range(count)]

    def target(self, media: Media) -> FloatArray:
        return np.ascontiguousarray(media.data[:, self.stretch])

    def media(self, batch: Batch, count: int) -> list[Media]:
        return [replace(self.content, data=data) for data in through(self.content.data, self.rate, self._chains(batch, count))]

    def _chains(self, batch: Batch, count: int) -> list[list[dict[str, Any]]]:
        return [native(self.effects, {key: column[index] for key, column in batch.items()}) for index in range(count)]


def through(data: FloatArray, rate: int, chains: Sequence[Sequence[Mapping[str, Any]]]) -> list[FloatArray]:
    """`data` (channels, samples) through each chain -> a render (channels, samples) for each; NaN throughout where one is no sound."""
    if any(rack.hosts(specs) for specs in chains):
        different, rows = branches.distinct(chains)
        renders = hosted(data, rate, different)
        return [renders[row] for row in rows]
    return [checked(render) for render in branches.render(data, rate, chains)]


def native(effects: Sequence[Effect], values: Values) -> list[dict[str, Any]]:
    """The plug-ins of every effect that is not at rest, in order."""
    return [spec for effect in effects if not effect.rests(found := complete(effect.tool, values)) for spec in effect.plugins(found)]


def process(data: FloatArray, rate: int, specs: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
    """`data` (channels, samples) through a fresh chain; NaN throughout where the chain ran away."""
    if not specs:
        return data.copy()
    if rack.hosts(specs):
        return hosted(data, rate, [specs])[0]
    return checked(board(specs, rate)(data, rate))


def hosted(data: FloatArray, rate: int, chains: Sequence[Sequence[Mapping[str, Any]]]) -> list[FloatArray]:
    """Renders (channels, samples) of chains with plug-ins of the user's own. What ran away is tried once more: some plug-ins fail once
    after their settings jumped, and not again."""
    found = list(rack.rack().render(data, rate, chains))
    again = [index for index, render in enumerate(found) if not is_sound(render) and not np.isnan(render).all()]
    if again:
        for index, render in zip(again, rack.rack().render(data, rate, [chains[index] for index in again]), strict=True):
            found[index] = render
    return [checked(render) for render in found]


def is_sound(render: FloatArray) -> bool:
    return max(-float(render.min()), float(render.max())) < RUNAWAY


def checked(render: FloatArray) -> FloatArray:
    """The render itself, NaN throughout where it ran away."""
    if not is_sound(render):
        render[:] = np.nan
    return render


class PedalboardRenderer(Renderer):
    """pedalboard's effects as they sound in pedalboard. `available`: tool ids to keep, None for all.

    `scene`, where there is one, describes the user's own chain: ``{"chain": [ids of effects and plug-ins in order], "states": {id: base64
    of a plug-in's state to start from}}``. Plug-ins are those that `utsushi plugins` knows.
    """

    name = "pedalboard"
    kind = "audio"

    def __init__(self, available: frozenset[str] | None = None, scene: Scene | None = None) -> None:
        effects = built_in() if scene is None else chosen(scene)
        self.effects = [effect for effect in effects if available is None or effect.tool.id in available]
        self.begin = {f"{effect.tool.id}.{key}": value for effect in self.effects for key, value in effect.begin.items()}

    @property
    def tools(self) -> Sequence[Tool]:
        return [effect.tool for effect in self.effects]

    def stage(self, content: Media, sample: int | None = None, seed: int = 0) -> PedalboardStage:
        rate = int(content.rate or 0)
        samples = content.data.shape[1] if sample is None else int(sample * ELEMENT_SECONDS * rate)
        return PedalboardStage(content, self.effects, active_crop(content.data, rate, samples, seed))

    def recipe(self, values: Values) -> list[dict[str, Any]]:
        """One entry for each effect that is not at its defaults: ``{"tool", "name", "values" by parameter id, "plugins"}``.

        `plugins` are pedalboard's, none where the effect is not heard.
        """
        entries = []
        for effect in self.effects:
            found = complete(effect.tool, values)
            if found != complete(effect.tool, {}):
                plugins = [] if effect.rests(found) else effect.plugins(found)
                entries.append({"tool": effect.tool.id, "name": effect.tool.label, "values": found, "plugins": plugins})
        return entries

    def noticed(self, values: Values) -> dict[str, Value]:
        resting = {effect.tool.id for effect in self.effects if effect.rests(complete(effect.tool, values))}
        return {key: value for key, value in values.items() if key.split(".")[0] not in resting}

    def values(self, recipe: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
        known = {effect.tool.id: effect.tool for effect in self.effects}
        found: dict[str, Value] = {}
        for entry in recipe:
            if entry.get("tool") not in known:
                raise ParameterError(f"there is no effect {entry.get('tool')!r}", f"Choose among {', '.join(known)}.")
            tool = known[entry["tool"]]
            found.update({tool.key(p): entry["values"][p.id] for p in tool.parameters if p.id in entry["values"]})
        return found
