"""A background Blender that works on one scene: requests come as JSON lines on standard input, each is answered by a JSON file.

Started as ``blender --background --python session.py -- FOLDER`` or, with the bpy module, ``python session.py -- FOLDER``. Whatever Blender
prints goes to standard output too, so the only line there that counts is ``utsushi-reply N``: answer N lies in FOLDER/reply-N.json.
Who cannot wait on a pipe looks for that file, which appears whole.
It never saves over the file that it opened.
"""

import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import bpy
import numpy as np

if __package__:
    from . import curves, display, host, joined, layers, lights, parameters, takes, view
else:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from utsushi import curves, display, host, joined, layers, lights, parameters, takes, view

REPLY = "utsushi-reply"
DEATH_SECONDS = 0.3
REFERENCE_SIDE = 768
"""Longer side of what is shown to the engine, in pixels."""

ACTS = ("open", "layers", "choose", "reference", "render", "imitate", "save")
"""What can be asked for: these methods of `Session`."""

VIEWS = ("Standard", "AgX", "Filmic")
"""View transforms offered besides the scene's own, each without a look."""


class Session:
    """The requests, one method each; `folder` takes the pictures and arrays that answers name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = Path()
        self.scene: bpy.types.Scene = bpy.context.scene
        self.described: dict[str, Any] = {}
        self.composited = False

    def open(self, file: str, scene: str = "") -> dict[str, Any]:
        """Opens a .blend file; `scene` names one of its scenes (default: the one that was active)."""
        self.file = Path(file)
        try:
            bpy.ops.wm.open_mainfile(filepath=file, load_ui=False, use_scripts=False)
        except RuntimeError as error:
            raise host.SceneError(f"{file} cannot be opened: {str(error).strip()}", "Open it in Blender and save it again.") from error
        if scene and scene not in bpy.data.scenes:
            raise host.SceneError(f"there is no scene {scene!r} in {self.file.name}", f"Choose one of {', '.join(bpy.data.scenes.keys())}.")
        self.scene = bpy.data.scenes[scene] if scene else bpy.context.scene
        if bpy.context.window:
            bpy.context.window.scene = self.scene
        gone = sorted(image.name for image in bpy.data.images if image.source == "FILE" and not image.packed_file and not _exists(image))
        return {
            "version": bpy.app.version_string,
            "scene": self.scene.name,
            "engine": self.scene.render.engine,
            "notes": [f"missing pictures: {', '.join(gone)}; what they cover renders pink"] if gone else [],
        }

    def layers(self, side: int, samples: int, seed: int = 0, looks: bool = True, added: Sequence[str] = ()) -> dict[str, Any]:
        """One render, split into layers -> the scene's description; layers.f4, alpha.f4 and tables.u2 lie in the folder, raw.

        `added`: full paths of properties that the user chose to be searched.
        """
        self.composited = bool(self.scene.render.use_compositing and parameters.compositor_tree(self.scene)[0])
        notes = layers.prepare(self.scene, side, samples, seed)
        emitters, stay = lights.emitters(self.scene)
        settings, fixed = view.settings(self.scene)
        light, alpha, card = layers.render_layers(self.scene, emitters, self.folder)
        if not light.any():
            raise host.SceneError(f"the render of {self.scene.name} is black: nothing in it gives light", "Add a light, or switch one on.")
        light.astype("<f4").tofile(self.folder / "layers.f4")
        alpha.astype("<f4").tofile(self.folder / "alpha.f4")
        present = view.present(self.scene)
        states = self._states(present) if looks and {"look", "view_transform"} <= settings.keys() else [_state(present)]
        with open(self.folder / "tables.u2", "wb") as file:
            for state in states:
                display.view_table(self.scene, *state, self.folder).astype("<u2").tofile(file)
        taken = {one["id"] for one in emitters}
        name = host.identifier("color", taken)
        bent, unbent = curves.describe(self.scene, taken)
        tools, left = parameters.tools(self.scene, added, taken)
        self.described = {
            "size": [light.shape[2], light.shape[1]],
            "emitters": emitters,
            "view": {"id": name, "settings": settings, "present": present, "balance": self._balance(settings) if looks else None},
            "card": card.tolist(),
            "rest": float(np.abs(light[-1]).mean() / max(light.sum(0).mean(), 1e-9)),
            "tables": [{"view_transform": transform, "look": look} for transform, look in states],
            "curves": bent,
            "tools": tools,
            "notes": [*notes, *stay, *unbent, *fixed, *left],
        }
        return self.described

    def _balance(self, settings: dict[str, Any]) -> dict[str, Any] | None:
        """White balance as a lattice of matrices, where it may be searched."""
        matrices = display.white_balance(self.scene, self.folder) if settings.keys() >= view.BALANCE else []
        return {"mireds": display.MIREDS, "tints": display.TINTS, "matrices": matrices} if matrices else None

    def _states(self, present: dict[str, Any]) -> list[tuple[str, str]]:
        """View transforms and looks worth trying: what the scene has, the looks of its view transform, and the usual view transforms."""
        settings = self.scene.view_settings
        own = [(present["view_transform"], look) for look in host.choices(settings, "look")]
        others = [(name, "None") for name in host.choices(settings, "view_transform") if name in VIEWS]
        return list(dict.fromkeys([_state(present), *own, *others]))

    def choose(self, only: list[str], wanted: dict[str, Any]) -> dict[str, Any]:
        """Says what may change, by ids and kinds -> locks (the user's and those that follow), ids of tools that must be rendered, notes."""
        tools = [one for one in self.described["tools"] if {one["id"], one["kind"]} & set(only)]
        composited = any(one["kind"] == "compositor" for one in tools)
        self.scene.render.use_compositing = composited
        notes = ["the compositor is left out of the search"] if self.composited and not composited else []
        return {"locks": joined.locks(self.described, only, wanted), "tools": [one["id"] for one in tools], "notes": notes}

    def reference(self, file: str, side: int) -> dict[str, Any]:
        """Reads a picture, at most `side` long -> its size; reference.u1 lies in the folder, raw RGB. EXR and HDR go through the view."""
        return {"size": display.read_picture(self.scene, Path(file), side, self.folder / "reference.u1")}

    def render(self, settings: list[dict[str, Any]], picture: str, seed: int = 0, tries: Sequence[int] = ()) -> dict[str, Any]:
        """Renders the scene with `settings` and puts back what stood there; under the conditions of `layers`, or smaller (`tries`: longer
        side, samples a pixel)."""
        before = host.read(settings)
        self.scene.cycles.seed = seed
        try:
            host.write(settings)
            with layers.smaller(self.scene, *tries) if tries else nullcontext():
                layers.render_picture(self.scene, Path(picture))
        finally:
            host.write(before)
        return {}

    def imitate(
        self, references: list[str], options: dict[str, Any], side: int, samples: int, tries: list[int], added: list[str]
    ) -> dict[str, Any]:
        """The whole study, for Blender's panel: see conversation.study. `tries`: longer side and samples of each render of a candidate."""
        from utsushi import conversation

        shown = []
        for file in references:  # before anything is rendered, so that one that cannot be read is told at once
            width, height = self.reference(file, REFERENCE_SIDE)["size"]
            shown.append((width, height, (self.folder / "reference.u1").read_bytes()))
        conversation.tell(self.folder, "rendering the layers of light", 0.05)
        described = self.layers(side, samples, options["seed"], "color" in options["only"], added)
        conversation.tell(self.folder, "asking the engine", 0.25)
        return conversation.study(self, described, shown, options, tries)

    def save(self, settings: list[dict[str, Any]], file: str, take: dict[str, Any]) -> dict[str, Any]:
        """Writes a copy of the opened file with `settings` applied and the take noted down in it."""
        name = self.scene.name
        bpy.ops.wm.open_mainfile(filepath=str(self.file), load_ui=False, use_scripts=False)
        self.scene = bpy.data.scenes[name]
        host.write(settings)
        takes.after_load()
        takes.add(take)
        bpy.ops.wm.save_as_mainfile(filepath=file, copy=True, relative_remap=True)
        return {}


def _state(present: dict[str, Any]) -> tuple[str, str]:
    return present["view_transform"], present["look"]


def _exists(image: bpy.types.Image) -> bool:
    return Path(bpy.path.abspath(image.filepath, library=image.library)).exists()


def answer(act: Callable[..., dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
    """What a request came to, as JSON: its result, or the error with its remedy."""
    try:
        return {"result": act(**arguments)}
    except host.SceneError as error:
        return {"error": {"what": str(error), "remedy": error.remedy}}
    except Exception as error:  # noqa: BLE001 - the other side is told, and decides
        traceback.print_exc()
        return {"error": {"what": f"{type(error).__name__}: {error}", "remedy": "This is a fault of the extension; please report it."}}


def main(folder: Path, kind: type[Session] = Session, acts: Sequence[str] = ACTS) -> None:
    """Answers until standard input ends. `kind`, `acts`: a session that can be asked for more.

    When who asked died in the middle, nobody else removes the folder.
    """
    session, asker = kind(folder), os.getppid()
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        reply = answer(getattr(session, acts[acts.index(request.pop("do"))]), request)
        part = folder / "reply.part"
        part.write_text(json.dumps(reply), encoding="utf-8")
        part.replace(folder / f"reply-{number}.json")
        sys.stdout.write(f"\n{REPLY} {number}\n")
        sys.stdout.flush()
    # A process that dies lets go of its pipes a moment before its children get another parent.
    until = time.monotonic() + DEATH_SECONDS
    while os.getppid() == asker and time.monotonic() < until:
        time.sleep(0.02)
    if os.getppid() != asker:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[sys.argv.index("--") + 1]))
