"""The plug-in's folder: what is in it, where it goes, and that nothing else is touched."""

import ast
import os
import stat
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from plugins_gimp import gimp, install
from plugins_gimp.install import InstallError, build_plug_in


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GIMP3_DIRECTORY", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path / "utsushi"))
    return tmp_path


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_plug_in_imports_nothing_but_the_standard_library_and_gi(tmp_path: Path) -> None:
    folder = build_plug_in(tmp_path / "utsushi")
    own = {path.stem for path in folder.glob("*.py")} | {"server"}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in (full.partition(".")[0] for full in names):
                if name == "gi":
                    assert path.name == "gimpfu_compat.py", f"{path.name} imports gi"
                elif name != "zmq" or path.name != "channel.py":
                    assert name in own | sys.stdlib_module_names, f"{path.relative_to(folder)} imports {name}"


def test_plug_in_can_be_run_and_has_one_name(tmp_path: Path) -> None:
    folder = build_plug_in(tmp_path / "utsushi")
    program = folder / f"{folder.name}.py"
    assert program.stat().st_mode & stat.S_IXUSR
    assert program.read_text(encoding="utf-8").startswith("#!/usr/bin/env python3\n")
    assert (folder / "server/client/engine.py").is_file()
    assert not list(folder.rglob("__pycache__"))


@pytest.mark.skipif(sys.platform != "linux", reason="these are the folders of Linux")
def test_every_gimp_that_was_started_gets_it(home: Path) -> None:
    flatpak = ".var/app/org.gimp.GIMP/config/GIMP/3.0"
    for config in (".config/GIMP/2.10", ".config/GIMP/3.0", ".config/GIMP/3.2/plug-ins/another", flatpak):
        (home / config).mkdir(parents=True)
    before = tree(home)
    done = install.install()
    assert len(done) == 4 and all("installed" in line for line in done[:3])
    for config in (".config/GIMP/3.0", ".config/GIMP/3.2", flatpak):
        assert os.access(home / config / "plug-ins/utsushi/utsushi.py", os.X_OK)
    assert not (home / ".config/GIMP/2.10/plug-ins").exists()
    assert (home / "utsushi/engine.json").is_file()
    assert all("renewed" in line for line in install.install()[:3])
    assert len(install.uninstall()) == 3
    assert {name for name in tree(home) - before if not name.startswith("utsushi") and not name.endswith("plug-ins")} == set()
    assert "nothing was changed" in install.uninstall()[0]


PLATFORMS = {
    "win32": ("AppData/Roaming/GIMP/3.0", "AppData/Roaming/GIMP/3.2"),
    "darwin": ("Library/Application Support/GIMP/3.2",),
    "linux": (".config/GIMP/3.2", ".var/app/org.gimp.GIMP/config/GIMP/3.0", "snap/gimp/current/.config/GIMP/3.0"),
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_folders_of_every_platform(home: Path, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(install, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.delenv("APPDATA", raising=False)
    for folders in PLATFORMS.values():
        for folder in folders:
            (home / folder).mkdir(parents=True)
    (home / PLATFORMS[platform][0]).with_name("2.10").mkdir()
    expected = [home / folder for folder in PLATFORMS[platform]]
    assert install.config_folders() == expected
    done = install.install()
    assert len(done) == len(expected) + 1
    assert all((folder / "plug-ins/utsushi/utsushi.py").is_file() for folder in expected)
    assert len(list(home.glob("**/utsushi/utsushi.py"))) == len(expected)
    install.uninstall()
    assert not list(home.glob("**/utsushi/utsushi.py"))


def test_windows_and_linux_may_keep_settings_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "moved/GIMP/3.2").mkdir(parents=True)
    for platform, variable in (("win32", "APPDATA"), ("linux", "XDG_CONFIG_HOME")):
        with monkeypatch.context() as patch:
            patch.setattr(install, "sys", SimpleNamespace(platform=platform))
            patch.setenv(variable, str(home / "moved"))
            assert install.config_folders() == [home / "moved/GIMP/3.2"]


def program(path: Path, says: str) -> None:
    """A program that says the same to whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


MAC = "GIMP{}.app/Contents/MacOS/gimp-console"
GIMPS = {
    "win32": {"Programs/GIMP 3/bin/gimp-console-3.exe": "3.0.4", "Local/Programs/GIMP 3.2/bin/gimp-console-3.2.exe": "3.2.6"},
    "darwin": {f"Applications/{MAC.format('')}": "3.0.4", f"home/Applications/{MAC.format(' 3.2')}": "3.2.6"},
    "linux": {"bin/gimp-console-3.2": "3.2.6", "bin/flatpak": "3.0.4"},
}


@pytest.mark.skipif(sys.platform == "win32", reason="the programs of this test are shell scripts")
@pytest.mark.parametrize("platform", GIMPS)
def test_the_gimps_of_every_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    """What stands in the usual places is asked for its version; a GIMP 2 is none."""
    for place, version in GIMPS[platform].items():
        program(tmp_path / place, f"GNU Image Manipulation Program version {version}")
    program(tmp_path / "bin/gimp-console", "GNU Image Manipulation Program version 2.10.38")
    monkeypatch.setattr(gimp, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setattr(gimp, "APPLICATIONS", tmp_path / "Applications")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(gimp, "hosts_folder", lambda: tmp_path / "no-roots")
    monkeypatch.delenv("UTSUSHI_GIMP", raising=False)
    for variable, folder in (("PATH", "bin"), ("PROGRAMFILES", "Programs"), ("LOCALAPPDATA", "Local")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setattr(gimp, "clean_environment", lambda: {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
    found = gimp.find_gimps()
    assert [host.version for host in found] == [(3, 2, 6), (3, 0, 4)]
    if platform == "linux":
        assert found[1].command == gimp.FLATPAK


def test_the_folder_that_was_named_is_the_only_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".config/GIMP/3.2").mkdir(parents=True)
    (home / "elsewhere").mkdir()
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "elsewhere"))
    install.install()
    assert (home / "elsewhere/plug-ins/utsushi/utsushi.py").is_file()
    assert not (home / ".config/GIMP/3.2/plug-ins").exists()


def test_without_gimp_it_says_what_to_do_and_makes_no_folder(home: Path) -> None:
    with pytest.raises(InstallError) as caught:
        install.install()
    assert "start it once" in caught.value.remedy
    assert tree(home) == set()


def test_a_folder_of_the_same_name_that_is_not_ours_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home))
    theirs = home / "plug-ins/utsushi/utsushi.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    for action in (install.install, install.uninstall):
        with pytest.raises(InstallError, match="not put there by Utsushi"):
            action()
    assert theirs.read_text() == "theirs"
    assert not list(home.glob(".utsushi-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_removed_and_not_what_it_points_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "config"))
    source = build_plug_in(home / "source")
    (home / "config/plug-ins").mkdir(parents=True)
    (home / "config/plug-ins/utsushi").symlink_to(source)
    install.uninstall()
    assert (source / "utsushi.py").is_file() and not (home / "config/plug-ins/utsushi").is_symlink()


def test_a_folder_that_cannot_be_written_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config").mkdir()
    (home / "config/plug-ins").write_text("a file in the way")
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "config"))
    with pytest.raises(InstallError, match="cannot be written"):
        install.install()


def test_doctor_says_what_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config").mkdir()
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "config"))
    monkeypatch.setenv("UTSUSHI_GIMP", str(home / "no-gimp-here"))
    missing = {finding.what: finding for finding in install.findings()}
    assert not any(finding.ok for finding in missing.values()) and all(finding.remedy for finding in missing.values())
    install.install()
    assert [finding.ok for finding in install.findings()] == [False, True]


def test_zip_carries_the_run_bit_and_is_the_same_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "packaging"))
    from build_gimp import build

    build(tmp_path / "one")
    build(tmp_path / "two")
    one, two = (tmp_path / name / "utsushi-gimp.zip" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        program = archive.getinfo("utsushi/utsushi.py")
        assert (program.external_attr >> 16) & stat.S_IXUSR
