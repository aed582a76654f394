"""What the replica is tried on, and by whom it is judged: real photos, random settings, GEGL and GIMP as oracles.

python tests/hosts/replica_trials.py ERRORS.json     runs all trials and writes the table of errors
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from plugins_gimp.gimp import GimpHost, find_gimps
from plugins_gimp.recipe import Filter, resolved
from plugins_gimp.replica import GimpReplica
from shared_engine.types import Media, Parameter

torch.set_num_threads(1)  # on small pictures a second thread only waits for the first

Picture = NDArray[np.float32]
HERE = Path(__file__).parent
PHOTOS = sorted((HERE.parent / "data/photos").glob("*.jpg"))
SETTINGS = 20
"""Random settings for each photo."""

SIDE = 160
"""Filters that see one pixel are tried on the middle of each photo, this many pixels a side."""

BORDER = 2.5
"""What counts as the border for Shadows-Highlights, in radii: GEGL's recursive blur starts one pixel off there."""

REPLICA = GimpReplica()
FILTERS = {one.tool.id: one for one in REPLICA.filters}


@cache
def photo(path: Path, side: int | None = None) -> Picture:
    """(H, W, 3) R'G'B' 0..1; `side`: the middle of that many pixels a side."""
    picture = np.asarray(Image.open(path).convert("RGB"), np.float32) / 255
    if side:
        top, left = ((length - side) // 2 for length in picture.shape[:2])
        picture = np.ascontiguousarray(picture[top : top + side, left : left + side])
    return picture


def random_value(parameter: Parameter, random: np.random.Generator) -> float:
    if parameter.scale == "log":
        return float(parameter.low * (parameter.high / parameter.low) ** random.random())
    return float(random.uniform(parameter.low, parameter.high))


def random_values(filters: Iterable[Filter], random: np.random.Generator, share: float = 1.0) -> dict[str, float]:
    """Values for all parameters of the filters; with `share` < 1 some stay at their default, as in real settings."""
    return {
        one.tool.key(parameter): random_value(parameter, random)
        for one in filters
        for parameter in one.tool.parameters
        if random.random() < share
    }


def replicated(picture: Picture, values: Mapping[str, float]) -> Picture:
    stage = REPLICA.stage(Media("image", picture[..., :3]))
    (media,) = stage.media({key: np.array([value]) for key, value in values.items()}, 1)
    return media.data


@dataclass(frozen=True)
class Trial:
    picture: Picture
    values: Mapping[str, float]

    @cached_property
    def recipe(self) -> list[dict[str, Any]]:
        height, width = self.picture.shape[:2]
        return resolved(REPLICA.recipe(self.values), width, height)


@dataclass(frozen=True)
class Row:
    """Errors of one filter or chain over all its trials, in steps of 1/255: the largest of all, and of the pixels that are judged."""

    judge: str
    filter: str
    trials: int
    mean: float
    largest: float
    judged: float


def compare(judge: str, name: str, trials: Sequence[Trial], truths: Iterable[Picture], border: float = 0.0, chain: bool = False) -> Row:
    """Chains are compared as a screen shows them, 0..1. Not judged: the `border`, a share of the longer side; in chains exact greys, whose
    hue is what rounding in the filters before makes of it, and by which GIMP's hue-saturation then chooses a range.
    """
    largest = judged = total = 0.0
    for trial, truth in zip(trials, truths, strict=True):
        render = replicated(trial.picture, trial.values)
        visible = truth[..., 3:] > 0 if truth.shape[2] == 4 else 1.0
        truth = truth[..., :3]
        if chain:
            truth, render = truth.clip(0, 1), render.clip(0, 1)
        error = np.abs(truth - render) * 255 * visible
        edge = round(border * max(error.shape))
        coloured = np.ptp(trial.picture[..., :3], axis=-1, keepdims=True) > 0 if chain else 1.0
        inner = (error * coloured)[edge:-edge, edge:-edge] if edge else error * coloured
        largest, judged, total = max(largest, error.max()), max(judged, inner.max()), total + error.mean()
    return Row(judge, name, len(trials), float(total / len(trials)), float(largest), float(judged))


class Gegl:
    """Pure GEGL in a process of its own. `version` is None where it cannot be had."""

    version: str | None = None

    def __init__(self, python: Sequence[str] = ("/usr/bin/python3",)) -> None:
        command = [*python, str(HERE / "gegl_oracle.py")]
        if not shutil.which(command[0]):
            return
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=HERE, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        if hello := self.process.stdout.readline():
            self.version = json.loads(hello)["gegl"]
        else:
            self.close()

    def render(self, picture: Picture, recipe: Sequence[Mapping[str, Any]]) -> Picture:
        height, width, channels = picture.shape
        request = {"width": width, "height": height, "channels": channels, "recipe": recipe}
        self.process.stdin.write(json.dumps(request).encode() + b"\n" + np.ascontiguousarray(picture).tobytes())
        self.process.stdin.flush()
        data = self.process.stdout.read(picture.size * 4)
        return np.frombuffer(data, np.float32).reshape(picture.shape)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=10)


def pure_gegl() -> Gegl:
    """GEGL of the system's Python, else of the Python in a GIMP's test root, which sees the folder that it is started in."""
    roots = (Path(host.command[0]).with_name("enter") for host in find_gimps())
    gegl = Gegl()
    for enter in roots:
        if gegl.version:
            break
        gegl = Gegl((str(enter), "python3"))
    return gegl


def gimp_with_all() -> GimpHost | None:
    """A GIMP that can make every filter from a plug-in: 3.2 or later."""
    return next((host for host in find_gimps() if host.version >= (3, 2)), None)


def gimp_renders(host: GimpHost, trials: Sequence[Trial]) -> list[Picture]:
    """All trials in one start of GIMP."""
    with tempfile.TemporaryDirectory(prefix="utsushi-oracle-") as name:
        folder, jobs = Path(name), []
        for index, trial in enumerate(trials):
            picture, result = folder / f"{index}.in", folder / f"{index}.out"
            picture.write_bytes(np.ascontiguousarray(trial.picture).tobytes())
            height, width, channels = trial.picture.shape
            jobs.append(
                {
                    "picture": str(picture), "result": str(result), "width": width, "height": height, "channels": channels,
                    "recipe": trial.recipe,
                }
            )  # fmt: skip
        host.python((HERE / "gimp_oracle.py").read_text(encoding="utf-8"), folder, {"jobs": jobs}, timeout=900)
        return [np.fromfile(job["result"], np.float32).reshape(trial.picture.shape) for job, trial in zip(jobs, trials, strict=True)]


def filter_trials(name: str, seed: int, side: int | None = None, count: int = SETTINGS, alpha: bool = False) -> list[Trial]:
    """`count` random settings of one filter on each photo; `alpha` adds a transparency that runs from side to side."""
    random = np.random.default_rng(seed)
    pictures = [with_alpha(photo(path, side)) if alpha else photo(path, side) for path in PHOTOS]
    share = 1.0 if len(FILTERS[name].tool.parameters) < 5 else 0.6
    return [Trial(picture, random_values([FILTERS[name]], random, share)) for picture in pictures for _ in range(count)]


def with_alpha(picture: Picture) -> Picture:
    ramp = np.broadcast_to(np.linspace(0.1, 1, picture.shape[1], dtype=np.float32)[None, :, None], (*picture.shape[:2], 1))
    return np.concatenate((picture, ramp), 2)


def chain_trials(filters: Sequence[Filter], seed: int, side: int | None = None, count: int = SETTINGS, length: int = 5) -> list[Trial]:
    """Chains of `length` filters drawn at random, a third of the way out in their ranges, as answers of a search are."""
    random = np.random.default_rng(seed)
    trials = []
    for path in PHOTOS:
        for _ in range(count):
            chosen = [filters[i] for i in sorted(random.choice(len(filters), length, replace=False))]
            far = random_values(chosen, random, 0.7)
            defaults = {one.tool.key(parameter): float(parameter.default) for one in chosen for parameter in one.tool.parameters}
            trials.append(Trial(photo(path, side), {key: defaults[key] + (value - defaults[key]) / 3 for key, value in far.items()}))
    return trials


def table(rows: Sequence[Row]) -> str:
    lines = [f"{'judge':14s} {'filter':26s} {'trials':>6s} {'mean':>9s} {'largest':>9s} {'judged':>9s}   (1/255)"]
    lines += [f"{row.judge:14s} {row.filter:26s} {row.trials:6d} {row.mean:9.5f} {row.largest:9.4f} {row.judged:9.4f}" for row in rows]
    return "\n".join(lines)


def gegl_rows(gegl: Gegl) -> list[Row]:
    """The `gegl:` filters one by one, chains of them, and pictures with alpha."""
    judge = f"GEGL {gegl.version}"
    filters = [one for one in REPLICA.filters if one.operation.startswith("gegl:")]

    def row(name: str, trials: list[Trial], border: float = 0.0, chain: bool = False) -> Row:
        return compare(judge, name, trials, (gegl.render(trial.picture, trial.recipe) for trial in trials), border, chain)

    local = FILTERS["shadows-highlights"]
    border = BORDER * local.constants["radius"]
    point = [one for one in filters if one is not local]
    rows = [row(local.tool.id, filter_trials(local.tool.id, 99), border)]
    rows += [row(one.tool.id, filter_trials(one.tool.id, seed, SIDE)) for seed, one in enumerate(point)]
    rows.append(row("chains of 5", chain_trials(point, 100, SIDE), chain=True))
    rows.append(row("chains, with local", chain_trials([local, *point], 101, SIDE, length=6), border, chain=True))
    # With alpha a vignette paints its colour on transparent pixels too, and gegl:over is not how GIMP blends by opacity.
    opaque = [one for one in point if one.tool.id not in ("vignette", "mono-mixer")]
    rows += [row(f"{one.tool.id}, alpha", filter_trials(one.tool.id, seed, 96, 2, alpha=True)) for seed, one in enumerate(opaque)]
    return rows


def gimp_rows(host: GimpHost) -> list[Row]:
    """The `gimp:` filters one by one, chains of all filters, and pictures with alpha."""
    filters = [one for one in REPLICA.filters if one.operation.startswith("gimp:")]
    point = [one for one in REPLICA.filters if one.tool.id != "shadows-highlights"]
    groups = {one.tool.id: filter_trials(one.tool.id, seed, SIDE) for seed, one in enumerate(filters)}
    groups["chains of 5"] = chain_trials(point, 200, SIDE)
    layered = [*filters, FILTERS["mono-mixer"]]
    groups |= {f"{one.tool.id}, alpha": filter_trials(one.tool.id, seed, 96, 2, alpha=True) for seed, one in enumerate(layered)}
    renders = iter(gimp_renders(host, [trial for trials in groups.values() for trial in trials]))
    return [
        compare(str(host), name, trials, [next(renders) for _ in trials], chain=name.startswith("chains"))
        for name, trials in groups.items()
    ]


def main(path: Path) -> None:
    gegl, host = pure_gegl(), gimp_with_all()
    rows = gegl_rows(gegl) if gegl.version else []
    rows += gimp_rows(host) if host else []
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
