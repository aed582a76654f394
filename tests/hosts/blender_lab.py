"""Where Blender's tests work: the hosts there are, and scenes made inside them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "packaging"))

import blender_hosts  # noqa: E402

from plugins_blender.blender import BlenderHost, Session  # noqa: E402
from plugins_blender.replica import BlenderReplica  # noqa: E402
from plugins_blender.shot import Shot, read_reference  # noqa: E402
from shared_engine.types import Media, Values  # noqa: E402

SERIES = ((4, 5), (5, 0))
SCENES = REPOSITORY / "tests/bench/blender_scenes.py"

PRELUDE = f"""
import sys
sys.path.insert(0, {str(SCENES.parent)!r})
import bpy
from blender_scenes import *
"""


def need(series: tuple[int, int]) -> BlenderHost:
    """The host of that series; skips the test where there is none."""
    found = next((host for host in blender_hosts.find_hosts() if host.version[:2] == series), None)
    if found is None:
        name = ".".join(map(str, series))
        pytest.skip(f"no Blender {name} can be had here: {'; '.join(blender_hosts.REASONS) or 'UTSUSHI_BLENDER names none'}")
    return found


def make(host: BlenderHost, file: Path, build: str) -> Path:
    """Runs `build`, Python source that may use blender_scenes, inside `host` and saves what it made as `file`."""
    script = file.with_suffix(".py")
    script.write_text(f"{PRELUDE}\n{build}\nbpy.ops.wm.save_as_mainfile(filepath={str(file)!r})\n", encoding="utf-8")
    host.run(script)
    return file


@contextmanager
def opened(host: BlenderHost, file: Path) -> Iterator[Session]:
    with host.session() as session:
        session.request("open", file=str(file))
        yield session


def render(session: Session, replica: BlenderReplica, values: Values, seed: int = 0) -> NDArray[np.uint8]:
    """Blender's own render of `values`, (H, W, 3)."""
    picture = session.folder / "picture.png"
    session.request("render", settings=replica.recipe(values), picture=str(picture), seed=seed)
    return read_reference(session, picture)


def replay(replica: BlenderReplica, content: Media, values: Values) -> NDArray[np.float32]:
    """The replica's render of `values` in levels, (H, W, 3), not rounded."""
    (picture,) = replica.stage(content).media({key: np.array([value]) for key, value in values.items()}, 1)
    return picture.data * 255


def take(session: Session, side: int = 64, samples: int = 8, looks: bool = False) -> tuple[Shot, BlenderReplica, Media]:
    shot = Shot.take(session, side, samples, looks=looks)
    replica = BlenderReplica(scene=shot.scene())
    return shot, replica, shot.content(replica)
