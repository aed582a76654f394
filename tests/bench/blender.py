"""How close a scene comes to hidden lighting, on five scenes made by script. `make bench-blender` runs all rows.

Distances are mean CIEDE2000 between Blender's own renders: found values against the true ones, over untouched against the true ones. The
reference is rendered with another seed than everything else, so that its noise cannot help.

    recovery_ratio         the reference shows the same scene under hidden lights, world, view and look (recovery_worst: the worst case)
    tier_a_seconds         the search after its one render, mean (tier_a_worst: the slowest; tier_a_processor: processor time, which
                           other work on the machine does not stretch); layers_seconds: that render
    replay_error_levels    replay against re-render, mean absolute difference in levels of 255 (_p99, _max: of all samples)
    other_better_share     the reference shows another scene in the same hidden light, one for each case (blender_light.weather): share of
    other_ratio            cases that come closer to the truth than doing nothing, and the distance left; grading_only_*: where only color
                           management may move; photo_*: the reference as a camera would have shown it (blender_rows.photographed)
    curves_ratio           the same scene under hidden light and hidden curves, with curves ticked (curves_unticked: without;
                           curves_needless: ticked although none are hidden, beside curves_needless_unticked)
    renders_saved_factor   candidates that CMA-ES renders until it is as close as the answer, over the renders that the answer cost
                           (counted on the replay; where CMA-ES never gets there, its limit counts)
    host_search_ratio      other surfaces and another light, searched by renders (host_search_lights: with lights alone)
    ui_block_ms_max        longest call of the extension inside the event loop of a real window while a search runs
                           (ui_block_processor_ms_max: the longest by processor time)
    window_gap_ms          how long that event loop was away: idle, in a search that no panel shows, in a search
    scene_same_after_cancel  whether every value of the scene is the same after a search that was cancelled
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from plugins_blender.blender import Session, one_blender
from plugins_blender.replica import BlenderReplica
from plugins_blender.shot import Shot, read_reference
from shared_engine.extensions import load
from shared_engine.imitate import SAMPLE, imitate
from shared_engine.metrics.lab import ciede2000, srgb_to_lab
from shared_engine.objective import Objective
from shared_engine.optimizers.cma import CMA
from shared_engine.space import Space
from shared_engine.types import Imitation, Media, Reference, StudySpec, Values
from tests.bench.blender_light import changed, hidden_curves, lit, mood, weather
from tests.bench.blender_rows import host_search, photographed, window

SCENES = Path(__file__).with_name("blender_scenes.py")
OTHER_SEED = 77
ROWS = ("same", "other", "curves", "surfaces", "window")
CMA_LIMIT = 6000
CARD = 48, 64
"""Longer side and samples of the render of the grey copy, of which only means count."""

ANSWER_RENDERS = 3
"""The layers of light, and a render before and after."""

EVERYTHING = ("lights", "world", "color")

CURVES = {
    "curves ticked": "curves_ratio", "curves unticked": "curves_unticked",
    "plain ticked": "curves_needless", "plain unticked": "curves_needless_unticked",
}  # fmt: skip
SURFACES = {"all": "host_search_ratio", "lights": "host_search_lights", "renders": "host_search_renders", "seconds": "host_search_seconds"}

CLEAN = 96, 128
"""Longer side and samples of a reference from another scene: what people show is no quick render."""

Say = Callable[[str], None]


@dataclass
class Stage:
    """One scene, open in Blender, with its layers and those of its grey copy; `untouched` (H, W, 3) is its render."""

    name: str
    blender: Session
    shot: Shot
    card: Shot
    replica: BlenderReplica
    content: Media
    seconds: float
    untouched: NDArray[np.uint8]

    @classmethod
    def open(cls, blender: Session, file: Path, side: int, samples: int) -> "Stage":
        blender.request("open", file=str(file.parent / "grey" / file.name))
        card = Shot.take(blender, *CARD, looks=False)
        blender.request("open", file=str(file))
        began = time.monotonic()
        shot = Shot.take(blender, side, samples)
        seconds = time.monotonic() - began
        replica = BlenderReplica(scene=shot.scene())
        stage = cls(file.stem, blender, shot, card, replica, shot.content(replica), seconds, np.empty(0, np.uint8))
        stage.untouched = stage.render({})
        return stage

    def render(self, values: Values, seed: int = 0, tries: tuple[int, ...] = ()) -> NDArray[np.uint8]:
        picture = self.blender.folder / "picture.png"
        self.blender.request("render", settings=self.replica.recipe(values), picture=str(picture), seed=seed, tries=tries)
        return read_reference(self.blender, picture)

    def imitate(self, reference: NDArray[np.uint8], change: tuple[str, ...] = EVERYTHING) -> Imitation:
        spec = StudySpec(
            content=self.content,
            references=[Reference(Media("image", reference.astype(np.float32) / 255))],
            renderer="blender",
            scene=self.shot.scene(),
            only=frozenset(change),
            locks=self.blender.request("choose", only=list(change), wanted={})["locks"],
            alternatives=0,
            max_tools=64,
        )
        return imitate(spec)


def apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean CIEDE2000."""
    one, other = (srgb_to_lab(torch.from_numpy(picture.astype(np.float32) / 255)) for picture in (a, b))
    return float(ciede2000(one, other).mean())


def recovery(stages: list[Stage], moods: list[dict[str, Any]], say: Say) -> Iterator[dict[str, Any]]:
    """Hidden lighting of the same scene."""
    for stage in stages:
        for number, drawn in enumerate(moods):
            true = changed(stage.replica, drawn)
            truth, reference = stage.render(true), stage.render(true, OTHER_SEED)
            (replayed,) = stage.replica.stage(stage.content).media({key: np.array([value]) for key, value in true.items()}, 1)
            began, cost = time.monotonic(), time.process_time()
            answer = stage.imitate(reference)
            seconds, processor = time.monotonic() - began, time.process_time() - cost
            found = stage.render(answer.best.values)
            row = {
                "scene": stage.name,
                "untouched": apart(stage.untouched, truth),
                "found": apart(found, truth),
                "noise": apart(reference, truth),
                "seconds": seconds,
                "processor": processor,
                "proposer": answer.proposer,
                "error": np.abs(np.rint(replayed.data * 255) - truth).ravel(),
                "saved": renders_saved(stage, truth, answer) if number == 0 else None,
            }
            say(f"{stage.name} {number}: {row['found']:.2f} of {row['untouched']:.2f} in {seconds:.1f} s, saved {row['saved']}")
            yield row


def bent(stages: list[Stage], moods: list[dict[str, Any]], say: Say) -> Iterator[dict[str, float]]:
    """Hidden lighting of the same scene with and without hidden curves, searched with and without curves; a mood for each scene."""
    for number, stage in enumerate(stages):
        plain = changed(stage.replica, moods[number % len(moods)])
        curved = plain | hidden_curves(stage.replica, np.random.default_rng(number))
        row = {}
        for hidden, true in (("curves", curved), ("plain", plain)):
            truth, reference = stage.render(true), stage.render(true, OTHER_SEED)
            for ticked, change in (("ticked", (*EVERYTHING, "curves")), ("unticked", EVERYTHING)):
                found = stage.render(stage.imitate(reference, change).best.values)
                row[f"{hidden} {ticked}"] = apart(found, truth) / apart(stage.untouched, truth)
        say(f"{stage.name}: {', '.join(f'{name} {ratio:.3f}' for name, ratio in row.items())}")
        yield row


def renders_saved(stage: Stage, truth: NDArray[np.uint8], answer: Imitation) -> float:
    """How many candidates CMA-ES renders until it is as close to the truth as the answer, over the renders that the answer cost."""
    bound = stage.replica.stage(stage.content, SAMPLE, 1)
    objective = Objective(bound, bound.target(Media("image", truth.astype(np.float32) / 255)), [(load("metrics", "lab")(), 1.0)], True)
    look = f"{stage.replica.view.tool.id}.look"
    goal = objective.score(Space(stage.replica.tools), answer.best.values).total
    space = Space(stage.replica.tools, {look: answer.best.values.get(look, stage.replica.view.tool.parameters[-1].default)})
    search = CMA(space.dimension, space.neutral, 0, CMA_LIMIT)
    while search.evaluations < CMA_LIMIT and search.best_value > goal:
        points = search.ask()
        search.tell(points, objective.evaluate(space, points))
    return search.evaluations / ANSWER_RENDERS


def other_scenes(stages: list[Stage], cases: int, say: Say) -> Iterator[dict[str, Any]]:
    """The same hidden light on another scene; no two of the `cases` of each scene share one."""
    rng = np.random.default_rng(0)
    for index, stage in enumerate(stages):
        for number in range(cases):
            drawn = weather(rng)
            shown = stages[(index + 1 + number % (len(stages) - 1)) % len(stages)]
            reference = shown.render(lit(shown.replica, shown.card, drawn), OTHER_SEED, CLEAN)
            truth = stage.render(lit(stage.replica, stage.card, drawn))
            nothing = apart(stage.untouched, truth)
            photo = photographed(reference, np.random.default_rng(cases * index + number))
            asked = {"ratio": (reference, EVERYTHING), "grading": (reference, ("color",)), "photo": (photo, EVERYTHING)}
            row = {name: apart(stage.render(stage.imitate(*one).best.values), truth) / nothing for name, one in asked.items()}
            say(f"{stage.name} after {shown.name}: {', '.join(f'{name} {ratio:.2f}' for name, ratio in row.items())}")
            yield row


def same_scene(rows: list[dict[str, Any]], stages: list[Stage]) -> dict[str, Any]:
    ratios = [row["found"] / row["untouched"] for row in rows]
    errors = np.concatenate([row["error"] for row in rows])
    by_scene = {stage.name: [ratio for ratio, row in zip(ratios, rows, strict=True) if row["scene"] == stage.name] for stage in stages}
    return {
        "recovery_ratio": float(np.mean(ratios)),
        "recovery_worst": float(np.max(ratios)),
        "recovery_cases": len(ratios),
        "recovery_by_scene": {name: round(float(np.mean(found)), 3) for name, found in by_scene.items()},
        "reference_noise": float(np.mean([row["noise"] / row["untouched"] for row in rows])),
        "tier_a_seconds": float(np.mean([row["seconds"] for row in rows])),
        "tier_a_processor": float(np.mean([row["processor"] for row in rows])),
        "tier_a_worst": float(np.max([row["seconds"] for row in rows])),
        "layers_seconds": float(np.mean([stage.seconds for stage in stages])),
        "replay_error_levels": float(errors.mean()),
        "replay_error_p99": float(np.percentile(errors, 99)),
        "replay_error_max": float(errors.max()),
        "renders_saved_factor": float(np.mean([row["saved"] for row in rows if row["saved"] is not None])),
    }


def another_scene(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"other_cases": len(rows)}
    for name, figure in {"ratio": "other", "grading": "grading_only", "photo": "photo"}.items():
        ratios = np.array([row[name] for row in rows])
        found |= {f"{figure}_better_share": float(np.mean(ratios < 1)), f"{figure}_ratio": float(np.exp(np.log(ratios).mean()))}
    return found


def means(rows: list[dict[str, float]], names: Mapping[str, str]) -> dict[str, Any]:
    """Figures: the mean of what the rows call by the names before."""
    return {figure: float(np.mean([row[name] for row in rows])) for name, figure in names.items()}


@dataclass
class Findings:
    """What was measured so far, on disk after every row: a run that is broken off keeps it."""

    path: Path
    figures: dict[str, Any]

    def add(self, figures: dict[str, Any]) -> None:
        self.figures |= figures
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.figures, indent=2) + "\n", encoding="utf-8")


@click.command()
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--cases", default=3, show_default=True, help="Hidden lights a scene, each shown by the scene itself.")
@click.option("--others", default=12, show_default=True, help="Hidden lights a scene, each shown by another scene.")
@click.option("--side", default=96, show_default=True, help="Longer side of the renders, in pixels.")
@click.option("--samples", default=32, show_default=True)
@click.option("--blender", default="", help="Which version of Blender.")
@click.option("--row", "rows", multiple=True, type=click.Choice(ROWS), default=ROWS, help="What to measure.  [default: everything]")
def main(out: Path, cases: int, others: int, side: int, samples: int, blender: str, rows: tuple[str, ...]) -> None:
    torch.set_num_threads(1)
    console = Console(stderr=True)
    host = one_blender(blender)
    rng = np.random.default_rng(4)
    moods = [mood(rng) for _ in range(cases)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host.run(SCENES, str(folder))
        stages = [Stage.open(stack.enter_context(host.session()), file, side, samples) for file in sorted(folder.glob("*.blend"))]
        say = console.print
        found = Findings(out / "blender.json", {"host": str(host), "side": side, "samples": samples})
        if "same" in rows:
            found.add(same_scene(list(recovery(stages, moods, say)), stages))
        if "other" in rows:
            found.add(another_scene(list(other_scenes(stages, others, say))))
        if "curves" in rows:
            found.add(means(list(bent(stages, moods, say)), CURVES))
        if "surfaces" in rows:
            found.add(means(list(host_search(stages, apart, say)), SURFACES))
    if "window" in rows:
        found.add(window())
    found.add({"load_average": os.getloadavg()[0]})
    table = Table("figure", "value", title="Blender", title_justify="left")
    for name, value in found.figures.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else json.dumps(value))
    Console().print(table)


if __name__ == "__main__":
    main()
