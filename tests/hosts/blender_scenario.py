"""What a lighting artist does, in a real Blender window; leaves what it found in found.json, and pictures. Runs inside that Blender.

The scenario is a generator: between two of its steps Blender's own event loop runs for as many seconds as it yields.
"""

import hashlib
import json
import os
import subprocess
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

FOLDER = Path.cwd()
PULSE = 0.01
PATIENCE = 240.0
TAB, IMAGE_TAB, BUTTON = (1043, 273), (1043, 200), (905, 230)
"""Where, before a reference is shown: the tab in the sidebars of viewport and image editor, and the button."""
MEASURED = "UTSUSHI_MEASURED" in os.environ
"""Whether a search is also run with the window left in peace, to be compared with one that the panel shows."""

found: dict[str, Any] = {"values": {}, "said": {}}


class Pulse:
    """How long Blender's event loop was away, at most: a timer that should come every hundredth of a second."""

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.gaps: list[float] | None = None

    def __call__(self) -> float:
        now = time.perf_counter()
        if self.gaps is not None:
            self.gaps.append(now - self.last)
        self.last = now
        return PULSE

    def begin(self) -> None:
        self.last, self.gaps = time.perf_counter(), []

    def end(self) -> dict[str, float]:
        """In milliseconds."""
        gaps = sorted(self.gaps or [0.0])
        self.gaps = None
        return {"max": gaps[-1] * 1e3, "p99": gaps[int(0.99 * (len(gaps) - 1))] * 1e3, "median": gaps[len(gaps) // 2] * 1e3}


pulse = Pulse()


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def area(kind: str = "VIEW_3D") -> bpy.types.Area:
    return next(one for one in window().screen.areas if one.type == kind)


def do(operator: Any, *arguments: Any, **options: Any) -> set[str]:
    """Calls an operator as from the viewport."""
    place = area()
    region = next(one for one in place.regions if one.type == "WINDOW")
    with bpy.context.temp_override(window=window(), area=place, region=region):
        result: set[str] = operator(*arguments, **options)
        return result


def tool(*arguments: object) -> None:
    subprocess.run(["xdotool", *map(str, arguments)], check=False)


def click(x: int, y: int) -> None:
    tool("mousemove", x, y, "click", 1)


def shot(name: str) -> None:
    measured, pulse.gaps = pulse.gaps, None
    subprocess.run(["import", "-window", "root", str(FOLDER / "pictures" / f"{name}.png")], check=False)
    pulse.last, pulse.gaps = time.perf_counter(), measured


def choices() -> Any:
    return window().scene.utsushi


def said() -> Any:
    return bpy.context.window_manager.utsushi


def takes() -> list[dict[str, Any]]:
    from bl_ext.user_default.utsushi import takes as module

    return module.every()


def values() -> list[Any]:
    """The powers and colours of all lights."""
    return [[light.name, round(light.energy, 4), [round(part, 4) for part in light.color]] for light in bpy.data.lights]


def fingerprint() -> str:
    """Of every number, switch and choice of every data-block but our own notes."""
    lines = []
    for collection in ("lights", "materials", "worlds", "objects", "cameras", "scenes", "meshes", "node_groups"):
        for block in getattr(bpy.data, collection):
            lines += describe(f"{collection}/{block.name}", block)
            for tree in filter(None, [getattr(block, "node_tree", None)]):
                for node in tree.nodes:
                    lines += describe(f"{collection}/{block.name}/{node.name}", node)
                    for socket in node.inputs:
                        lines += describe(f"{collection}/{block.name}/{node.name}/{socket.identifier}", socket)
    for scene in bpy.data.scenes:
        for name in ("render", "cycles", "view_settings", "display_settings", "eevee"):
            lines += describe(f"{scene.name}/{name}", getattr(scene, name))
    lines += [f"{text.name}: {text.as_string()}" for text in bpy.data.texts]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def describe(where: str, block: Any) -> list[str]:
    lines = []
    for one in block.bl_rna.properties:
        if one.type in ("FLOAT", "INT", "BOOLEAN", "ENUM", "STRING") and one.identifier not in ("name_full", "filepath"):
            value = getattr(block, one.identifier, None)
            lines.append(f"{where}.{one.identifier}={list(value) if hasattr(value, '__len__') and not isinstance(value, str) else value}")
    return lines


class Watch:
    """What the extension's own functions cost Blender's event loop, and how often its panel was drawn."""

    def __init__(self) -> None:
        self.drawn = 0
        self.spent: dict[str, dict[str, float]] = {}
        """The longest call of each, in milliseconds: on the clock, which a busy machine stretches, and of processor time."""
        from bl_ext.user_default.utsushi import operators, panel

        for part in (panel.Main, panel.Change, panel.Takes, panel.Why):
            self._watch_draw(part)
        for name in ("invoke", "modal"):
            self._watch_event(operators.UTSUSHI_OT_imitate, name)

    def _watch_draw(self, owner: Any) -> None:
        own = owner.draw

        def draw(part: Any, context: Any) -> None:  # Blender looks at how many arguments a method has
            self._time(f"{owner.__name__}.draw", own, part, context)
            self.drawn += 1

        owner.draw = draw

    def _watch_event(self, owner: Any, name: str) -> None:
        own = getattr(owner, name)

        def act(operator: Any, context: Any, event: Any) -> Any:
            return self._time(f"{owner.__name__}.{name}", own, operator, context, event)

        setattr(owner, name, act)

    def _time(self, where: str, own: Any, *arguments: Any) -> Any:
        began, cost = time.perf_counter(), time.thread_time()
        try:
            return own(*arguments)
        finally:
            most = self.spent.setdefault(where, {"clock": 0.0, "processor": 0.0})
            most["clock"] = max(most["clock"], (time.perf_counter() - began) * 1e3)
            most["processor"] = max(most["processor"], (time.thread_time() - cost) * 1e3)


def unfold() -> Watch:
    """Has the part stand open that users unfold themselves: where it would have to be clicked depends on the screen."""
    from bl_ext.user_default import utsushi
    from bl_ext.user_default.utsushi import panel

    utsushi.unregister()
    next(one for one in panel.CLASSES if one.bl_idname == "UTSUSHI_PT_view_change").bl_options = set()
    watch = Watch()
    utsushi.register()
    return watch


def sidebar(kind: str = "VIEW_3D") -> bpy.types.Region:
    return next(one for one in area(kind).regions if one.type == "UI")


def until(condition: Any, most: float = PATIENCE) -> Iterator[float]:
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > most:
            raise TimeoutError(f"it went on for {most:.0f} s: {said().text} {said().error} {said().remedy}")
        yield 0.1


def redrawn(watch: Watch, kind: str = "VIEW_3D") -> Iterator[float]:
    """Until the panel shows what is true now."""
    before = watch.drawn
    sidebar(kind).tag_redraw()
    yield from until(lambda: watch.drawn > before)
    yield 0.2  # drawn is not yet on the screen


def opened(watch: Watch, kind: str, tab: tuple[int, int]) -> Iterator[float]:
    """The sidebar, with our tab in front."""
    area(kind).spaces.active.show_region_ui = True
    before = watch.drawn
    while watch.drawn == before:
        click(*tab)
        yield 0.5


def search(watch: Watch, shots: bool = False) -> Iterator[float]:
    """From the button to the end, with pictures on the way."""
    assert do(bpy.ops.utsushi.imitate, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    if shots:
        yield from redrawn(watch)
        shot("05-starting")
        yield from until(lambda: said().picture or not said().running)
        yield from redrawn(watch)
        shot("06-running")
    yield from until(lambda: not said().running)
    yield from redrawn(watch)


def escaped() -> Iterator[float]:
    """Esc, until the search has ended."""
    for _ in range(20):  # a busy machine may lose a key
        if said().running:
            tool("mousemove", 500, 500, "key", "Escape")
            yield 0.5
    yield from until(lambda: not said().running)


def without_an_engine(watch: Watch) -> Iterator[float]:
    """The engine is killed in the middle of a search, which is then cancelled; another engine is there for the next search."""
    untouched = fingerprint()
    assert do(bpy.ops.utsushi.imitate, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: "tried" in said().detail or not said().running)
    (FOLDER / "kill-engine").touch()
    yield from until(lambda: "engine has stopped" in said().text or not said().running)
    yield from redrawn(watch)
    shot("15-engine-gone")
    found["said"]["gone"] = [said().text, said().detail]
    yield from escaped()
    found["same_without_an_engine"] = fingerprint() == untouched
    (FOLDER / "start-engine").touch()
    yield from until(lambda: not (FOLDER / "start-engine").exists())


def in_peace() -> Iterator[float]:
    """The same search, polled as the operator does but without one and without a panel that shows it."""
    from bl_ext.user_default.utsushi import job, operators

    running = job.Job(window().scene, operators.wishes(bpy.context))
    while running.poll() is None:
        yield 0.1
    running.close()


def scenario() -> Iterator[float]:
    watch = unfold()
    yield from opened(watch, "VIEW_3D", TAB)
    yield from redrawn(watch)
    shot("01-nothing-shown")
    tool("mousemove", *BUTTON)
    yield 2.0  # a tip comes when the mouse rests
    shot("02-why-greyed")
    choices().toggle("locks", "Fill")
    for name in ("kind:materials", "Skin"):
        choices().toggle("open", name)
    choices().toggle("more", "Skin")
    tool("mousemove", 500, 880)
    yield from redrawn(watch)
    shot("03-locks-and-more")
    choices().toggle("locks", "Fill")
    choices().toggle("more", "Skin")
    choices().toggle("open", "kind:materials")
    do(bpy.ops.utsushi.show, directory=str(FOLDER), files=[{"name": "reference.png"}])
    wanted = choices()
    wanted.size, wanted.samples, wanted.alternatives = 128, 24, 3
    yield from redrawn(watch)
    shot("04-reference")
    before = values()
    do(bpy.ops.ed.undo_push, message="Before")  # what a script changed, as if a user had

    if MEASURED:
        pulse.begin()
        for _ in range(50):
            sidebar().tag_redraw()
            yield 0.1
        found["idle_ms"] = pulse.end()
        pulse.begin()
        yield from in_peace()
        found["peace_ms"] = pulse.end()
    watch.spent.clear()
    pulse.begin()
    yield from search(watch, shots=not MEASURED)
    found["search_ms"], found["ours_ms"] = pulse.end(), watch.spent.copy()
    found["said"]["done"] = [said().text, said().error, said().detail]
    found["values"] |= {"before": before, "after": values()}
    found["takes"] = [[take["name"], take["score"], bool(take.get("picture"))] for take in takes()]
    shot("07-done")

    wanted.strength = 0.5
    yield from redrawn(watch)
    found["values"]["half"] = values()
    shot("08-half-strength")
    wanted.strength = 1.0
    do(bpy.ops.ed.undo)
    yield from redrawn(watch)
    found["values"]["undone"] = values()
    found["takes_after_undo"] = len(takes())
    shot("09-undone")
    do(bpy.ops.utsushi.apply, index=0)
    found["values"]["applied"] = values()
    do(bpy.ops.utsushi.reset)
    found["values"]["reset"] = values()

    print_before = fingerprint()
    choices().size, choices().samples, choices().alternatives = 64, 8, 1
    assert do(bpy.ops.utsushi.imitate, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: said().fraction > 0.04)
    yield from escaped()
    yield from redrawn(watch)
    found["same_after_cancel"] = fingerprint() == print_before
    found["said"]["cancelled"] = said().text
    shot("10-cancelled")
    if MEASURED:
        return

    assert do(bpy.ops.utsushi.imitate, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: said().fraction > 0.4 or not said().running)
    do(bpy.ops.utsushi.stop)
    yield from redrawn(watch)
    shot("11-stopping")
    yield from until(lambda: not said().running)
    found["said"]["stopped"] = [said().text, said().error]
    found["values"]["stopped"] = values()

    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "saved.blend"))
    kept = len(takes())
    bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "saved.blend"))
    yield from redrawn(watch)
    found["takes_after_load"] = [kept, len(takes())]
    shot("12-opened-again")

    choices().references.add().path = "//gone.png"
    yield from redrawn(watch)
    shot("13-reference-gone")
    (FOLDER / "gone.png").write_text("no picture")
    yield from search(watch)
    found["said"]["error"] = [said().error, said().remedy]
    shot("14-error")
    do(bpy.ops.utsushi.hide, index=1)

    said().error = said().remedy = ""
    choices().toggle("more", "Skin")
    choices().try_size, choices().try_samples = 32, 2
    yield from without_an_engine(watch)
    yield from search(watch)
    found["said"]["rendered"] = [said().text, said().error]
    found["rendered"] = [one["path"] for one in takes()[-1]["settings"] if one["collection"] == "materials"]
    shot("16-with-a-material")

    area().type = "IMAGE_EDITOR"
    yield from opened(watch, "IMAGE_EDITOR", IMAGE_TAB)
    yield from redrawn(watch, "IMAGE_EDITOR")
    shot("17-image-editor")
    area("IMAGE_EDITOR").type = "VIEW_3D"
    do(bpy.ops.screen.userpref_show, "INVOKE_DEFAULT")
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Utsushi"
    bpy.ops.preferences.addon_expand(module="bl_ext.user_default.utsushi")
    bpy.ops.utsushi.doctor()
    yield 2.0  # another window comes up
    shot("18-preferences")

    assert do(bpy.ops.utsushi.imitate, "INVOKE_DEFAULT") == {"RUNNING_MODAL"}  # and the window is closed in the middle
    yield from until(lambda: said().fraction > 0.04)


def start(steps: Iterator[float]) -> None:
    """Plays a scenario, leaves what it found, and closes Blender."""

    def play() -> float | None:
        try:
            return next(steps)
        except StopIteration:
            pass
        except Exception:
            found["error"] = traceback.format_exc()
            shot("99-broken")
        found["load"] = os.getloadavg()[0]
        (FOLDER / "found.json").write_text(json.dumps(found, indent=1))
        bpy.ops.wm.quit_blender()
        return None

    bpy.app.timers.register(pulse, first_interval=1.0, persistent=True)
    bpy.app.timers.register(play, first_interval=2.0, persistent=True)


if __name__ == "__main__":
    start(scenario())
