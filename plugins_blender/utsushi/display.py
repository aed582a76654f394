"""What the display shows of scene-linear light: view transforms and white balance sampled as tables, and pictures read from files.

Blender itself makes all of it, by saving small pictures, so it holds for any OpenColorIO configuration.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from . import curves, host

TABLE_SIDE, TABLE_BLACK, TABLE_WHITE, TABLE_OFFSET, TABLE_BELOW = 74, 9, 40, 1 / 256, 1.5
"""Lattice of a view table. Point TABLE_BLACK of a channel is 0. The i-th after it stands at linear
TABLE_OFFSET ((1 + 1 / TABLE_OFFSET)^(i / TABLE_WHITE) - 1): the TABLE_WHITE-th is exactly 1, where Standard has its kink, the last over 28.
The i-th before it stands at TABLE_OFFSET (1 - TABLE_BELOW^i): strong white balance makes light below 0 in a channel, which AgX shows as a
color beyond sRGB."""

MIREDS = 1e6 / 11000, 1e6 / 2500, 21
TINTS = -60.0, 80.0, 15
"""The lattice of white balance: first, last and number of points, evenly spread."""

DOT = 0.05
"""Light of the dots through which white balance is looked at: dark enough for its strongest matrix."""


def as_png(scene: bpy.types.Scene, depth: str) -> None:
    """What is saved from now on is a PNG of `depth` bits as the scene's display shows it."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth, settings.compression = "PNG", "RGB", depth, 0
    settings.color_management = "FOLLOW_SCENE"


def lattice() -> NDArray[np.float32]:
    """The lattice points of a view table as a picture (side * side, side, 3), red fastest."""
    below = 1 - TABLE_BELOW ** np.arange(TABLE_BLACK, 0, -1)
    above = (1 + 1 / TABLE_OFFSET) ** (np.arange(TABLE_SIDE - TABLE_BLACK) / TABLE_WHITE) - 1
    points = TABLE_OFFSET * np.concatenate([below, above])
    blue, green, red = np.meshgrid(points, points, points, indexing="ij")
    return np.stack([red, green, blue], -1).reshape(TABLE_SIDE * TABLE_SIDE, TABLE_SIDE, 3).astype(np.float32)


def view_table(scene: bpy.types.Scene, view_transform: str, look: str, folder: Path) -> NDArray[np.uint16]:
    """What the scene's display shows for each lattice point, (side * side, side, 3), at exposure 0 and gamma 1.

    Blender itself makes it, by saving a picture of the lattice, so it holds for any OpenColorIO configuration, white balance included.
    """
    path = folder / "table.png"
    try:
        with neutral(scene, view_transform=view_transform, look=look):
            as_png(scene, "16")
            return through_display(scene, lattice(), path)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def neutral(scene: bpy.types.Scene, **changed: Any) -> Iterator[None]:
    """The scene's view at exposure 0 and gamma 1 with `changed` settings, without curves that can be replayed, while the block lasts."""
    settings = scene.view_settings
    wanted = {**changed, "exposure": 0.0, "gamma": 1.0, "use_curve_mapping": curves.baked(scene)}
    before = {name: getattr(settings, name) for name in ("view_transform", "look", *wanted)}
    try:
        for name, value in wanted.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


def white_balance(scene: bpy.types.Scene, folder: Path) -> list[list[list[float]]]:
    """What white balance does to scene-linear light: a matrix (9 numbers, row by row) for each temperature and each tint of the lattice.

    Empty where Blender is older than 4.3 or its display is not sRGB.
    """
    settings = scene.view_settings
    if not hasattr(settings, "use_white_balance") or scene.display_settings.display_device != "sRGB":
        return []
    steps = ("use_white_balance", "white_balance_temperature", "white_balance_tint")
    before = [getattr(settings, name) for name in steps]
    found = []
    with neutral(scene, view_transform="Standard", look="None"):
        settings.use_white_balance = True
        try:
            for temperature in 1e6 / np.linspace(*MIREDS):
                settings.white_balance_temperature = temperature
                found.append([])
                for tint in np.linspace(*TINTS):
                    settings.white_balance_tint = tint
                    found[-1].append([float(part) for part in _matrix(scene, folder).ravel()])
        finally:
            for name, value in zip(reversed(steps), reversed(before), strict=True):
                setattr(settings, name, value)
    return found


def _matrix(scene: bpy.types.Scene, folder: Path) -> NDArray[np.float64]:
    """The 3 x 3 matrix that the present white balance is, from a grey and the grey with more of each primary; Standard view only."""
    dots = np.full((1, 4, 3), DOT, np.float32)
    dots[0, 1:] += DOT * np.eye(3, dtype=np.float32)
    as_png(scene, "16")
    shown = through_display(scene, dots, folder / "balance.png")[0] / 65535
    linear = np.where(shown > 0.04045, ((shown + 0.055) / 1.055) ** 2.4, shown / 12.92)  # IEC 61966-2-1
    return ((linear[1:] - linear[0]) / DOT).T


def through_display(scene: bpy.types.Scene, picture: NDArray[np.float32], path: Path) -> NDArray[np.uint16]:
    """Scene-linear (H, W, 3) as the display shows it."""
    height, width = picture.shape[:2]
    source = bpy.data.images.new("utsushi", width, height, alpha=False, float_buffer=True)
    source.pixels.foreach_set(np.concatenate([picture, np.ones((height, width, 1), np.float32)], -1).ravel())
    source.update()
    source.save_render(str(path), scene=scene)
    bpy.data.images.remove(source)
    shown = bpy.data.images.load(str(path))
    shown.colorspace_settings.name = "Non-Color"
    values = _pixels(shown)
    bpy.data.images.remove(shown)
    return np.rint(values * 65535).astype(np.uint16)


def _pixels(image: bpy.types.Image) -> NDArray[np.float32]:
    """(H, W, 3) in the order in which Blender keeps them, the bottom row first."""
    width, height = image.size
    values = np.empty(height * width * image.channels, np.float32)
    image.pixels.foreach_get(values)
    values = values.reshape(height, width, image.channels)
    return values[..., :3] if image.channels >= 3 else values[..., :1].repeat(3, -1)


REMEDY = "Give a PNG, JPEG, TIFF, WebP, EXR or HDR picture."


def read_picture(scene: bpy.types.Scene, path: Path, side: int, target: Path) -> list[int]:
    """Reads a picture of any kind that Blender knows and leaves it at `target`, 8 bit, the top row first -> [width, height]."""
    try:
        image = bpy.data.images.load(str(path))
        width, height = image.size
    except RuntimeError as error:
        raise host.SceneError(f"{path.name} cannot be read ({str(error).strip().rpartition(': ')[2]})", REMEDY) from error
    if not width or not height:
        raise host.SceneError(f"{path.name} is not a picture, or is damaged", REMEDY)
    linear = image.file_format in ("OPEN_EXR", "OPEN_EXR_MULTILAYER", "HDR")
    if not linear:
        image.colorspace_settings.name = "Non-Color"
    if max(width, height) > side:
        scale = side / max(width, height)
        image.scale(max(1, round(width * scale)), max(1, round(height * scale)))
    values = _pixels(image)
    bpy.data.images.remove(image)
    if linear:
        as_png(scene, "16")
        values = through_display(scene, np.nan_to_num(values, posinf=0.0, neginf=0.0), target.with_suffix(".png")) / np.float32(65535)
    shown = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)[::-1]
    shown.tofile(target)
    return [shown.shape[1], shown.shape[0]]
