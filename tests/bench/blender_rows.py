"""More rows of Blender's bench: what only renders can tell, searched in the host, and how long the real window waits for us."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins_blender.replica import BlenderReplica
from shared_engine.cache import hosts_folder
from shared_engine.imitate import imitate
from shared_engine.types import Candidate, Media, Reference, StudySpec, Values
from tests.hosts.blender_screen import PORTRAIT_IN_ANOTHER_LIGHT, ROOT, Screen

TRY_SIDE, TRY_SAMPLES = 80, 8
SURFACES = {"portrait": ("Skin", "Cloth"), "bird": ("Body", "Ground"), "product": ("Glass", "Clay")}
"""Which materials of a scene are hidden."""


def hidden_surfaces(replica: BlenderReplica, names: Sequence[str], seed: int) -> dict[str, float]:
    """Colours and roughness of the named materials, and a weaker or stronger first light."""
    rng = np.random.default_rng(seed)
    values: dict[str, float] = {}
    for tool in replica.host_tools:
        for one in tool.parameters if tool.id in names else ():
            if one.id.startswith("base_color"):
                values[tool.key(one)] = float(np.clip(float(one.default) + rng.uniform(-0.4, 0.4), 0.02, 0.9))
            elif one.id == "roughness":
                values[tool.key(one)] = float(rng.uniform(0.1, 0.9))
    light = replica.emitters[0]
    assert light.strength
    return values | {f"{light.tool.id}.strength": float(light.strength["value"] * 2 ** rng.uniform(-1, 1))}


def host_search(stages: Sequence[Any], apart: Callable[..., float], say: Callable[[str], None]) -> Iterator[dict[str, float]]:
    """The same scene with other surfaces and another light, searched with lights and materials, and with lights alone."""
    for stage in stages:
        if stage.name not in SURFACES:
            continue
        names = SURFACES[stage.name]
        true = hidden_surfaces(stage.replica, names, len(stage.name))
        truth, reference = stage.render(true), stage.render(true, 77)
        lights = stage.imitate(reference, ("lights",)).best.values
        drawing = Drawing(stage)
        spec = StudySpec(
            content=stage.content, references=[Reference(Media("image", reference.astype(np.float32) / 255))], renderer="blender",
            scene=stage.shot.scene(), only=frozenset({"lights", *names}), alternatives=0, max_tools=64,
        )  # fmt: skip
        answer = imitate(spec, draw=drawing.draw)
        nothing = apart(stage.untouched, truth)
        row = {
            "all": apart(stage.render(answer.best.values), truth) / nothing, "lights": apart(stage.render(lights), truth) / nothing,
            "renders": drawing.count, "seconds": answer.seconds,
        }  # fmt: skip
        say(f"{stage.name}, surfaces: {row['all']:.2f} (lights alone {row['lights']:.2f}), {drawing.count} renders, {answer.seconds:.0f} s")
        yield row


class Drawing:
    """Blender renders candidates, small and quick."""

    def __init__(self, stage: Any) -> None:
        self.stage = stage
        self.count = 0

    def draw(self, candidates: Sequence[Candidate]) -> list[Media]:
        return [self._one(candidate.values) for candidate in candidates]

    def _one(self, values: Values) -> Media:
        self.count += 1
        picture = self.stage.blender.folder / "try.png"
        recipe = self.stage.replica.recipe(values)
        self.stage.blender.request("render", settings=recipe, picture=str(picture), tries=[TRY_SIDE, TRY_SAMPLES])
        with Image.open(picture) as found:
            return Media("image", np.array(found.convert("RGB"), np.float32) / 255)


def photographed(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A render (H, W, 3) as a camera would have shown it: another frame, exposure and white balance a little off, its own contrast and
    color, a vignette, grain, JPEG. None of it belongs to the hidden light."""
    height, width = picture.shape[:2]
    top, left = (int(rng.uniform(0, 0.2) * length) for length in (height, width))
    framed = picture[top : top + int(0.8 * height), left : left + int(0.8 * width)].astype(np.float64) / 255
    rows, columns = np.mgrid[-1 : 1 : framed.shape[0] * 1j, -1 : 1 : framed.shape[1] * 1j]
    light = framed**2.2 * 2 ** rng.normal(0, 0.2) * 2 ** rng.normal(0, 0.1, 3) * (1 - 0.15 * (rows**2 + columns**2))[..., None]
    shown = np.clip(light, 0, 1) ** (1 / 2.2)
    shown += rng.uniform(0.1, 0.3) * (shown * shown * (3 - 2 * shown) - shown)
    grey = shown.mean(-1, keepdims=True)
    shown = grey + rng.uniform(0.9, 1.2) * (shown - grey) + rng.normal(0, 0.025, shown.shape)
    file = BytesIO()
    Image.fromarray(np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return np.array(Image.open(file))


def window() -> dict[str, Any]:
    """Plays the scenario of the tests in a real window; None where there is none here."""
    blender = hosts_folder() / ROOT / "blender"
    if not blender.exists():
        return {"ui_block_ms_max": None, "scene_same_after_cancel": None}
    folder = Path(tempfile.mkdtemp())
    try:
        screen = Screen(blender, folder)
        screen.command("install", "blender")
        screen.make("portrait()")
        screen.picture(PORTRAIT_IN_ANOTHER_LIGHT, "reference.png")
        found = screen.play(measured=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "ui_block_ms_max": max(most["clock"] for most in found["ours_ms"].values()),
        "ui_block_processor_ms_max": max(most["processor"] for most in found["ours_ms"].values()),
        "ui_block_by_call": {name: {kind: round(ms, 1) for kind, ms in most.items()} for name, most in found["ours_ms"].items()},
        "window_gap_ms": {"idle": found["idle_ms"], "search unseen": found["peace_ms"], "search": found["search_ms"]},
        "scene_same_after_cancel": found["same_after_cancel"],
        "window_host": "Blender 4.3 (software rendering, virtual screen)",
    }
