"""Renders the scene once, split into what each light adds: what the engine needs to replay its light.

Light is additive, so a render is the sum of its light groups, each proportional to its lights' power and colour. That holds in Cycles
when nothing else depends on the light: no light tree (it chooses lights by their power), no clamping, no threshold, no denoising, no
adaptive sampling, a fixed seed. Everything here changes the scene in memory, in a background Blender that never saves it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from . import host
from .display import as_png
from .exr import read_exr

WORLD_GROUP = "utsushi_world"

WORLD_MAP = 1024
"""Width of the map by which Cycles samples a picture around the scene, made anew whenever the world changes: left to itself it takes up to
4096, which costs 2 s of processor time where the render of a try costs 0.04 s. A sun of half a degree still covers a point of it."""

NEW = bpy.app.version >= (5, 0)
DIRECT, MATT, GLOW = ("Diffuse Direct", "Diffuse Color", "Emission") if NEW else ("DiffDir", "DiffCol", "Emit")
"""Passes, as the file calls them: the light that comes straight to each surface, as matt white would show it; what share of it the surface
gives back as something matt; and what it sends out by itself."""

PASSES = ("diffuse_direct", "diffuse_color", "emit")
GREY, DARK = 0.18, 0.01
"""Reflectance of a grey card, and that below which nothing of a surface is matt."""


def prepare(scene: bpy.types.Scene, side: int, samples: int, seed: int = 0) -> list[str]:
    """Makes the scene render small, repeatable and linear -> notes on what that leaves out."""
    if scene.camera is None:
        raise host.SceneError(f"the scene {scene.name} has no camera", "Add a camera (Shift-A > Camera) and look through it.")
    notes = []
    if scene.render.engine != "CYCLES":
        notes.append(f"{scene.render.engine} cannot split light into layers: Cycles searches, and its shadows and bounces may differ")
        scene.render.engine = "CYCLES"
    editor = scene.sequence_editor
    if scene.render.use_sequencer and editor and (editor.strips if hasattr(editor, "strips") else editor.sequences):
        notes.append("the video sequencer is left out of the search")
    render, cycles = scene.render, scene.cycles
    render.use_compositing = render.use_sequencer = render.use_border = render.use_multiview = False
    _resize(scene, side)
    render.resolution_percentage = 100
    render.use_persistent_data = True
    render.dither_intensity = 0
    cycles.samples, cycles.seed, cycles.use_animated_seed = samples, seed, False
    cycles.use_adaptive_sampling = cycles.use_denoising = cycles.use_light_tree = False
    cycles.light_sampling_threshold = cycles.sample_clamp_direct = cycles.sample_clamp_indirect = cycles.time_limit = 0
    if scene.world and scene.world.cycles.sampling_method == "AUTOMATIC":
        scene.world.cycles.sampling_method, scene.world.cycles.sample_map_resolution = "MANUAL", WORLD_MAP
        scene.world.update_tag()
    scene.update_tag()
    return notes


def _resize(scene: bpy.types.Scene, side: int) -> None:
    render = scene.render
    scale = side / max(render.resolution_x, render.resolution_y)
    render.resolution_x, render.resolution_y = (max(1, round(length * scale)) for length in (render.resolution_x, render.resolution_y))


@contextmanager
def smaller(scene: bpy.types.Scene, side: int, samples: int) -> Iterator[None]:
    """The scene at `side` pixels, if it is larger, and `samples` (0: as it is) for as long as the block lasts."""
    before = scene.render.resolution_x, scene.render.resolution_y, scene.cycles.samples
    _resize(scene, min(side, max(before[:2])))
    scene.cycles.samples = samples or before[2]
    try:
        yield
    finally:
        scene.render.resolution_x, scene.render.resolution_y, scene.cycles.samples = before


def render_layers(
    scene: bpy.types.Scene, emitters: Sequence[Mapping[str, Any]], folder: Path
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """One render -> (layers (emitters + 1, H, W, 3) scene linear, alpha (H, W), card (emitters + 1, 3)).

    Each layer is what one emitter gives at its present strength in white light (where its colour may change; in its own colour
    otherwise). The last layer is the light of everything else. `card` is what each gives to a grey card, see `on_card`.
    """
    shown = next((layer for layer in scene.view_layers if layer.use), None)
    if shown is None:
        raise host.SceneError("no view layer of this scene is rendered", "Tick Use for Rendering in View Layer > View Layer.")
    for layer in scene.view_layers:
        layer.use = layer == shown
    while shown.lightgroups:
        shown.active_lightgroup_index = 0
        with bpy.context.temp_override(scene=scene, view_layer=shown):
            bpy.ops.scene.view_layer_remove_lightgroup()
    for thing in scene.objects:
        thing.lightgroup = ""
    groups = []
    for index, one in enumerate(emitters):
        groups.append(WORLD_GROUP if one["kind"] == "world" else f"utsushi_{index}")
        shown.lightgroups.add(name=groups[-1])
        for name in one["objects"]:
            scene.objects[name].lightgroup = groups[-1]
    if scene.world:
        scene.world.lightgroup = WORLD_GROUP if WORLD_GROUP in groups else ""
    for name in PASSES:
        setattr(shown, f"use_pass_{name}", True)
    colors = [one["color"] for one in emitters if one["color"]]
    host.write({**color, "value": [1.0, 1.0, 1.0]} for color in colors)
    try:
        channels = _render_channels(scene, folder / "layers.exr")
    finally:
        host.write(colors)
    combined = _pick(channels, "Combined")
    layers = [_pick(channels, f"Combined_{group}") for group in groups]
    rest = combined - sum(layers, np.zeros_like(combined))
    alpha = next(value for name, value in channels.items() if name.endswith(".Combined.A"))
    stacked = np.stack([*layers, rest])
    straight, matt, glow = (_pick(channels, name) for name in (DIRECT, MATT, GLOW))
    return stacked, alpha, on_card(stacked, straight, matt.max(-1) > DARK, (alpha > 0) & ~glow.any(-1))


def on_card(
    layers: NDArray[np.float32], straight: NDArray[np.float32], matt: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """What a grey card would show of each layer (L, H, W, 3), its mean over what is `seen` (H, W), (L, 3).

    `straight` (H, W, 3) is the light on what is `matt` (H, W) and whose it is the layers tell. A wall's colour in the light that it throws
    on has no part in it. What is not matt, a sky, a mirror, counts as the average thing does, as for a light meter.
    """
    whole = layers.sum(0)
    card = np.where(matt[..., None], GREY * straight, whole)
    where = seen if seen.any() else ~seen
    split: NDArray[np.float32] = (layers * (card / np.maximum(whole, 1e-9)))[:, where].mean(1)
    return split


def _pick(channels: Mapping[str, NDArray[np.float32]], layer: str) -> NDArray[np.float32]:
    return np.stack([next(value for name, value in channels.items() if name.endswith(f".{layer}.{band}")) for band in "RGB"], -1)


def _render_channels(scene: bpy.types.Scene, path: Path) -> dict[str, NDArray[np.float32]]:
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    settings.color_depth, settings.exr_codec = "32", "NONE"
    if hasattr(settings, "use_exr_interleave"):
        settings.use_exr_interleave = True
    _render(scene, path)
    try:
        return read_exr(path)
    finally:
        path.unlink()


def render_picture(scene: bpy.types.Scene, path: Path) -> None:
    """Renders to an 8-bit PNG as the scene's colour management shows it."""
    as_png(scene, "8")
    _render(scene, path)


def _render(scene: bpy.types.Scene, path: Path) -> None:
    scene.render.filepath = str(path)
    scene.render.use_file_extension = False
    scene.update_tag()
    bpy.ops.render.render(write_still=True, scene=scene.name)
