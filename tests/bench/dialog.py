"""How long the dialog in a real GIMP lets one wait: out/bench/dialog.json.

python -m tests.bench.dialog --out out/bench

A photo and a reference of 24 megapixels each (JPEG, the tests' photos enlarged) in the newest GIMP that has a test root, under Xvfb. The
engine is warm from the second round on. Seconds by the clock, and of the processors in the plug-in; a busy clock says little.

    dialog          from the menu to the dialog with the layer read
    first_picture   from the reference chosen to the first picture, the sketch of what was proposed (bar: 1 s)
    answer          from there until the answer does not change any more (bar: 3 s from the choice)
    alternatives    from there until all alternatives, reasons and the likeness path are there
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from PIL import Image
from rich.console import Console
from rich.table import Table

HOSTS = Path(__file__).parents[1] / "hosts"
sys.path.insert(0, str(HOSTS))

from gimp_lab import FADED_WARM, PHOTOS, Lab, gimp_hosts  # noqa: E402

SIZE = 6000, 4000
SECONDS = 1800


def measure(rounds: int, pictures: Path) -> dict[str, dict[str, dict[str, float]]]:
    """The waits of each round, see dialog_inside.py."""
    host = next(host for host in gimp_hosts.find_hosts() if (Path(host.command[0]).parent / "enter").exists())
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        lab = Lab(host, Path(folder))
        large(PHOTOS / "kodak_0015.jpg").save(lab.folder / "photo.jpg", quality=92)
        large(PHOTOS / "kodak_0003.jpg").convert("RGB", FADED_WARM).save(lab.folder / "reference.jpg", quality=92)
        for name in ("window", "hand", "session"):
            shutil.copy(HOSTS / f"gimp_{name}.py", lab.folder)
        shutil.copy(Path(__file__).with_name("dialog_inside.py"), lab.folder)
        version = ".".join(map(str, host.version))
        command = [str(Path(host.command[0]).parent / "enter"), "python3", "dialog_inside.py", folder, version, str(rounds)]
        with lab.engines():
            environment = {**os.environ, **lab.environment, "LANG": "C.UTF-8"}
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
        if (lab.folder / "pictures").exists():
            shutil.copytree(lab.folder / "pictures", pictures, dirs_exist_ok=True)
        if done.returncode:
            raise click.ClickException(done.stderr[-2000:])
        found: dict[str, dict[str, dict[str, float]]] = json.loads((lab.folder / "waits.json").read_text())
        return found


def large(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)


@click.command()
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--rounds", default=4, show_default=True, help="The first one warms GIMP and the engine up and does not count.")
def main(out: Path, rounds: int) -> None:
    found = measure(max(2, rounds), out / "dialog")
    out.mkdir(parents=True, exist_ok=True)
    (out / "dialog.json").write_text(json.dumps(found, indent=1) + "\n")
    table = Table("wait", "clock", "plug-in", title=f"medians of {len(found) - 1} rounds, seconds")
    warm = list(found.values())[1:]
    for name in warm[0]:
        table.add_row(name, *(f"{statistics.median(one[name][of] for one in warm):.2f}" for of in ("wall", "plug_in")))
    Console().print(table)


if __name__ == "__main__":
    main()
