"""An engine that is really killed in the middle of a search in a real Blender: the study goes on from its journal."""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from blender_lab import SERIES, make, need

from plugins_blender.install import build_extension
from server import connection

SECONDS = 240.0

HIDDEN = """
portrait()
scene = bpy.context.scene
bpy.data.materials["Skin"].node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.2, 0.5, 0.25, 1)
scene.cycles.samples = 16
scene.render.resolution_percentage = 25
scene.render.filepath = {path!r}
bpy.ops.render.render(write_still=True)
"""
WISHES = {"only": ["Skin"], "locks": {}, "likeness": 1.0, "alternatives": 0, "seed": 0}


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of their own for the engines that Blender starts -> their connection file."""
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("UTSUSHI_ENGINE", raising=False)
    connection.remember_engine()
    yield connection.connection_file()
    with suppress(connection.PrivateFileError, ProcessLookupError):
        os.kill(connection.find().pid, signal.SIGTERM)


def told(folder: Path) -> dict[str, Any]:
    """What the panel would show."""
    try:
        found: dict[str, Any] = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def test_the_search_goes_on_with_the_next_engine(engines: Path, tmp_path: Path) -> None:
    host = need(SERIES[-1])
    scene, reference = tmp_path / "portrait.blend", tmp_path / "reference.png"
    make(host, tmp_path / "hidden.blend", HIDDEN.format(path=str(reference)))
    make(host, scene, "portrait()")
    extension = build_extension(tmp_path / "utsushi")
    with host.session(extension / "session.py") as blender, ThreadPoolExecutor(1) as pool:
        blender.request("open", file=str(scene))
        asked = pool.submit(
            blender.request, "imitate", references=[str(reference)], options=WISHES, side=32, samples=8, tries=[32, 2], added=[]
        )
        until = time.monotonic() + SECONDS
        while not (told(blender.folder).get("evaluations") and list(blender.folder.glob("try-*"))):
            assert not asked.done(), f"it ended before it could be interrupted: {asked.result()}"
            assert time.monotonic() < until
            time.sleep(0.02)
        killed = connection.find()
        os.kill(killed.pid, signal.SIGKILL)
        found = asked.result(SECONDS)
        assert connection.find().session != killed.session
    assert found["notes"][0].startswith("The engine had stopped in the middle of the search")
    (skin,) = [one["value"] for one in found["answer"]["recipe"] if one["label"] == "Base Color"]
    assert skin[1] > skin[0], "the skin of the reference is green"
