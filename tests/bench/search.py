"""How fast the search is, as ratios of one run: against TPE one by one, against the machine's limit, and on a 24-megapixel photo.

tpe_speedup            how many times sooner the search reaches what Optuna's TPE has after 300 one-by-one trials (geometric mean)
candidates_per_second  candidates rendered and scored, batched, on one core
limit_fraction         share of the rate at which one core multiplies cached float32 numbers, every element of every operation counted
photo_24mp_seconds     one imitation of a 24-megapixel photo with a warm engine: reading, search, answer
photo_24mp_peak_mb     the most memory that the command's process held meanwhile, the full-size render included
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
import torch
from PIL import Image
from torch.utils._python_dispatch import TorchDispatchMode

from plugins_gimp.replica import GimpReplica
from shared_engine.imitate import SAMPLE
from shared_engine.objective import Objective
from shared_engine.optimizers.lm import LevenbergMarquardt
from shared_engine.optimizers.optimizer import Optimizer
from shared_engine.optimizers.tpe import OptunaTPE
from shared_engine.proxy import shrink
from shared_engine.senses import senses
from shared_engine.space import Space, choose_tools
from shared_engine.types import Media

TRIALS = 300
PHOTOS = ("astronaut", "coffee", "chelsea")
HIDDEN = ("hue-chroma", "sepia", "linear-contrast", "shadows-highlights")


COMMAND = """
import json, sys, time
from pathlib import Path
from typing import Any
from plugins_gimp import pictures
from plugins_gimp.command import PROXY_SIDE, send
from server.client import Blobs, connect

def once():
    began = time.monotonic()
    blobs = Blobs()
    photo, like = (pictures.read(Path(path), PROXY_SIDE) for path in sys.argv[1:3])
    options = {"alternatives": 0}
    body = {"renderer": "gimp", "content": send(blobs, photo), "references": [{"array": send(blobs, like)}], "options": options}
    study = engine.open(body, blobs)
    engine.follow(study, lambda status: None, interval=0.02)
    answer, _ = engine.result(study)
    engine.forget(study)
    return time.monotonic() - began, answer

with connect() as engine:
    once()
    seconds, answer = min((once() for _ in range(3)), key=lambda pair: pair[0])
    began = time.monotonic()
    from plugins_gimp.render import render_full
    pictures.write(Path(sys.argv[3]), render_full(pictures.read(Path(sys.argv[1])).pixels, answer["recipe"]))
    render = time.monotonic() - began
    engine.request("shutdown")
peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
print(json.dumps({"seconds": seconds, "render": render, "peak": peak / 1024}))
"""
"""What the photo command does, timed from inside a process of its own. Its peak is that of its own memory map: getrusage would begin at
what the process that started it held.
"""


def problem(photo: str, seed: int) -> tuple[Objective, Space]:
    """A photo, and as its target the photo under hidden settings of filters that the search may not use: it cannot be met exactly."""
    renderer = GimpReplica()
    content = shrink(Media("image", getattr(skimage.data, photo)()[..., :3].astype(np.float32) / 255), 384)
    hidden = Space([tool for tool in renderer.tools if tool.id in HIDDEN])
    wander = np.random.default_rng(seed).normal(0, 0.2, hidden.dimension)
    batch = hidden.decode(np.clip(hidden.neutral + wander, 0, 1)[None])
    (target,) = renderer.stage(content).media(batch, 1)
    stage = renderer.stage(content, SAMPLE)
    return Objective(stage, stage.target(target), senses(content).metrics, True), Space(choose_tools(renderer.tools, ()))


def run(optimizer: Optimizer, objective: Objective, space: Space, enough: Callable[[Optimizer], bool]) -> float:
    """Processor seconds until `enough` or done."""
    began = time.process_time()
    while not (optimizer.done or enough(optimizer)):
        points = optimizer.ask()
        optimizer.tell(points, objective.evaluate(space, points, needs=optimizer.needs))
    return time.process_time() - began


def against_tpe() -> dict[str, float]:
    speedups, shares = [], []
    for seed, photo in enumerate(PHOTOS):
        objective, space = problem(photo, seed)
        tpe = OptunaTPE(space.dimension, space.neutral, seed, TRIALS)
        slow = run(tpe, objective, space, lambda o: o.evaluations >= TRIALS)
        search = LevenbergMarquardt(space.dimension, space.neutral, seed, 3000)
        fast = run(search, objective, space, lambda o, goal=tpe.best_value: o.best_value <= goal)
        if search.best_value > tpe.best_value:
            raise RuntimeError(f"{photo}: the search never reached {tpe.best_value:.3f}")
        run(search, objective, space, lambda o: False)
        speedups.append(slow / max(fast, 1e-3))
        shares.append(search.best_value / tpe.best_value)
    return {"tpe_speedup": geometric_mean(speedups), "final_over_tpe": geometric_mean(shares)}


class Elements(TorchDispatchMode):
    """Counts the elements that torch operations write."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, torch.Tensor):
                self.count += tensor.numel()
        return result


def throughput(batch: int = 64) -> dict[str, float]:
    objective, space = problem(PHOTOS[0], 0)
    points = np.clip(space.neutral + np.random.default_rng(0).normal(0, 0.05, (batch, space.dimension)), 0, 1)
    with Elements() as elements:
        objective.evaluate(space, points)
    seconds = best_of(lambda: objective.evaluate(space, points))
    cached = torch.rand(1 << 14)
    factor = torch.rand(1 << 14)
    out = torch.empty(1 << 14)
    repeats = 200
    limit = repeats * cached.numel() / best_of(lambda: [torch.mul(cached, factor, out=out) for _ in range(repeats)])
    return {"candidates_per_second": batch / seconds, "limit_fraction": elements.count / seconds / limit}


def best_of(work: Callable[[], object], times: int = 7) -> float:
    """The least processor time of a few runs: the others were disturbed."""
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def large_photo() -> dict[str, float]:
    """The command on a 24-megapixel JPEG; the engine is warm because it has just answered the same question."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        Image.fromarray(skimage.data.astronaut()).resize((6000, 4000), Image.Resampling.BICUBIC).save(photo, quality=92)
        reference = Path(folder) / "reference.jpg"
        Image.fromarray(skimage.data.coffee()).save(reference)
        environment = {**os.environ, "UTSUSHI_HOME": str(Path(folder) / "home")}
        arguments = [sys.executable, "-c", COMMAND, str(photo), str(reference), str(Path(folder) / "result.jpg")]
        done = subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True, timeout=600)
        found = json.loads(done.stdout.splitlines()[-1])
    return {"photo_24mp_seconds": found["seconds"], "photo_24mp_render_seconds": found["render"], "photo_24mp_peak_mb": found["peak"]}


def replica_errors() -> dict[str, float]:
    """The largest error of each filter of the replica against GEGL and GIMP, in 1/255; empty where neither can be had."""
    script = Path(__file__).parents[1] / "hosts" / "replica_trials.py"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "errors.json"
        subprocess.run([sys.executable, str(script), str(path)], check=True, capture_output=True, timeout=1800)
        rows = json.loads(path.read_text(encoding="utf-8"))
    return {f"{row['filter']} ({row['judge']})": row["judged"] for row in rows}


def geometric_mean(values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


def measure() -> dict[str, Any]:
    """All figures of this page, and `replica_max_error_255` by filter."""
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return {**against_tpe(), **throughput(), **large_photo(), "replica_max_error_255": replica_errors()}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
