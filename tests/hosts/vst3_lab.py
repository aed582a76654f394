"""Where the tests of plug-ins work: Debian's VST3s, and an environment in which they load."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging"))

import vst3_plugins  # noqa: E402


def need() -> Path:
    """The folder that holds the plug-ins; skips the test where they cannot be had."""
    try:
        return vst3_plugins.build_plugins()
    except vst3_plugins.PluginsError as error:
        pytest.skip(f"no VST3 plug-ins can be had here: {error}")


def environment(home: Path, folder: Path, names: Sequence[str]) -> dict[str, str]:
    """What makes the plug-ins `names` found (as links in `folder`) and loaded, with an Utsushi folder of its own."""
    place = need()
    for name in names:
        (folder / f"{name}.vst3").symlink_to(place / f"usr/lib/vst3/{name}.vst3")
    return {
        "UTSUSHI_HOME": str(home),
        "UTSUSHI_VST3_PATH": str(folder),
        "UTSUSHI_VST3_LAUNCHER": str(place / "launch"),
    }
