"""Builds the extension's zips into DIST and has Blender's own tool validate them.

    python packaging/build_blender.py [DIST]             utsushi-blender.zip: no wheels, serves every Blender from 4.2 on
    python packaging/build_blender.py --wheels [DIST]    also one with pyzmq for Python 3.11 (Blender 4.2 to 5.0) and one for 3.12 and later

The extension talks to the engine with the standard library where pyzmq is missing; it needs no wheel. One zip cannot hold both kinds of
wheels: Blender refuses an extension whose wheels name another Python than its own.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from plugins_blender.install import build_extension, zip_folder
from shared_engine.cache import hosts_folder

PLATFORMS = {
    "linux-x64": "manylinux_2_28_x86_64",
    "windows-x64": "win_amd64",
    "macos-arm64": "macosx_11_0_arm64",
    "macos-x64": "macosx_10_15_x86_64",
}
"""Blender's names, and those of wheels."""

KINDS = {
    "py311": (("--python-version", "3.11", "--abi", "cp311"), 'blender_version_max = "5.1.0"'),
    "abi3": (("--python-version", "3.13", "--abi", "abi3"), 'blender_version_min = "5.1.0"'),
}
"""By name: what pip is asked for, and the line of the manifest that says for which Blenders."""


def fetch(folder: Path, wanted: Sequence[str]) -> list[Path]:
    """Downloads pyzmq's wheels of one kind for all platforms -> the files."""
    for platform in PLATFORMS.values():
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "pyzmq", "--no-deps", "--only-binary=:all:", *wanted,
             "--implementation", "cp", "--platform", platform, "--dest", str(folder)],
            check=True,
        )  # fmt: skip
    return sorted(folder.glob("*.whl"))


def build_with_wheels(target: Path, kind: str) -> Path:
    """The extension with pyzmq inside -> `target`."""
    wanted, versions = KINDS[kind]
    with tempfile.TemporaryDirectory() as box:
        folder = build_extension(Path(box) / "utsushi")
        (folder / "wheels").mkdir()
        names = ", ".join(f'"./wheels/{wheel.name}"' for wheel in fetch(folder / "wheels", wanted))
        platforms = ", ".join(f'"{name}"' for name in PLATFORMS)
        manifest = folder / "blender_manifest.toml"
        lines = [line for line in manifest.read_text().splitlines() if not line.startswith(versions.split(" ")[0])]
        place = next(index for index, line in enumerate(lines) if line.startswith("license"))
        lines[place:place] = [versions, f"platforms = [{platforms}]", f"wheels = [{names}]"]
        manifest.write_text("\n".join(lines) + "\n")
        return zip_folder(folder, target)


def validate(archive: Path) -> str:
    """What Blender's own tool says of a zip; a note where no Blender here has it. Raises CalledProcessError where it is not valid."""
    tools = sorted(hosts_folder().glob("bpy-*/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not tools:
        return "not validated: no bpy in the cache of test hosts"
    python = next(folder for folder in tools[-1].parents if folder.name.startswith("bpy-")) / "bin/python"
    subprocess.run([str(python), str(tools[-1]), "validate", str(archive)], check=True, capture_output=True)
    return "valid"


def main(arguments: list[str]) -> None:
    folder = Path(next((one for one in arguments if not one.startswith("-")), "dist"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as box:
        made = [zip_folder(build_extension(Path(box) / "utsushi"), folder / "utsushi-blender.zip")]
    if "--wheels" in arguments:
        made += [build_with_wheels(folder / f"utsushi-blender-{kind}.zip", kind) for kind in KINDS]
    for archive in made:
        sys.stdout.write(f"{archive}: {archive.stat().st_size // 1024} KB, {validate(archive)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
