"""Where Blender's tests work: the hosts there are, and scenes made inside them."""

import atexit
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from unittest.mock import patch

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

WORKSHOP = Path(__file__).with_name("blender_workshop.py")
_open = ExitStack()


@cache
def workshop(host: BlenderHost) -> Session:
    """The background Blender of this version that the tests of this process share: to start one takes longer than most of them."""
    return _open.enter_context(host.session(WORKSHOP))


atexit.register(_open.close)


def need(series: tuple[int, int]) -> BlenderHost:
    """The host of that series; skips the test where there is none."""
    found = next((host for host in blender_hosts.find_hosts() if host.version[:2] == series), None)
    if found is None:
        name = ".".join(map(str, series))
        pytest.skip(f"no Blender {name} can be had here: {'; '.join(blender_hosts.REASONS) or 'UTSUSHI_BLENDER names none'}")
    return found


def make(host: BlenderHost, file: Path, build: str) -> Path:
    """Runs `build`, Python source that may use blender_scenes, inside `host` and saves what it made as `file`."""
    workshop(host).request("build", source=build, file=str(file))
    return file


def opened(host: BlenderHost, file: Path) -> Session:
    """The shared Blender with `file` open in it, until the next one is opened or made."""
    workshop(host).request("open", file=str(file))
    return workshop(host)


def shared(host: BlenderHost) -> AbstractContextManager[object]:
    """Within this block a command of ours that asks for a background Blender gets the shared one."""
    session = workshop(host)  # started before it takes the place of what starts it
    return patch.object(BlenderHost, "session", lambda *_: nullcontext(session))


@contextmanager
def alone(host: BlenderHost, file: Path) -> Iterator[Session]:
    """A Blender that nobody else uses, with `file` open in it."""
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


def assert_replayed(session: Session, replica: BlenderReplica, content: Media, values: Values) -> None:
    """One level of 255 is what rounding costs; where a view transform bends at the border of its gamut, a few pixels lie further off."""
    difference = np.abs(np.rint(replay(replica, content, values)) - render(session, replica, values))
    assert np.percentile(difference, 99) <= 1
    assert difference.max() <= 12
    assert difference.mean() < 0.15


def take(session: Session, side: int = 64, samples: int = 8, looks: bool = False) -> tuple[Shot, BlenderReplica, Media]:
    shot = Shot.take(session, side, samples, looks=looks)
    replica = BlenderReplica(scene=shot.scene())
    return shot, replica, shot.content(replica)
