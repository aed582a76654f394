"""Blenders that are found, and what becomes of an installation where one of them refuses."""

from pathlib import Path

import pytest

from plugins_blender import blender, install
from plugins_blender.blender import BlenderHost
from shared_engine.errors import InputError

BLENDER = '#!/bin/sh\n[ "$1" = --version ] && echo "Blender {version}" && exit 0\n{then}\n'


def fake(folder: Path, version: str, then: str = "exit 0") -> Path:
    """A program that answers as a Blender does."""
    folder.mkdir(parents=True)
    program = folder / "blender"
    program.write_text(BLENDER.format(version=version, then=then))
    program.chmod(0o755)
    return program


def test_a_blender_unpacked_at_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path / "blender-4.5.1-linux-x64", "4.5.1")
    fake(tmp_path / "blender-2.93.0-linux-x64", "2.93.0")
    monkeypatch.delenv("UTSUSHI_BLENDER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(blender, "hosts_folder", lambda: tmp_path / "none")
    found = [host.command[0] for host in blender.find_blenders()]
    assert str(tmp_path / "blender-4.5.1-linux-x64" / "blender") in found
    assert not any("2.93" in place for place in found)


def test_a_blender_that_refuses_keeps_no_other_from_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = fake(tmp_path / "broken", "5.0.1", 'echo "the repository is locked"; exit 1')
    fine = fake(tmp_path / "fine", "4.5.1", f'echo "$@" >> {tmp_path / "said"}')
    hosts = [BlenderHost((str(broken),), (5, 0, 1)), BlenderHost((str(fine),), (4, 5, 1))]
    monkeypatch.setattr(install, "find_blenders", lambda: hosts)
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path / "home"))
    with pytest.raises(InputError) as error:
        install.install()
    assert "the repository is locked" in str(error.value) and "Blender 4.5.1: install-file done" in str(error.value)
    assert "--enable" in (tmp_path / "said").read_text()
