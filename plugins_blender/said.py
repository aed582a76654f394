"""One instruction in one .blend file: understood, proposed, rendered, kept. What say.py's command and the benchmark do."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from plugins_blender.blender import BlenderHost, Session
from shared_engine.errors import InputError
from shared_engine.metrics.text_image import TextImagePair
from shared_engine.types import FloatArray
from shared_engine.words.catalog import Catalog, Property, glossary_faults
from shared_engine.words.parse import Instruction, parse
from shared_engine.words.propose import Take, propose
from shared_engine.words.refine import refine

SESSION = Path(__file__).parent / "utsushi" / "say_session.py"
"""What a background Blender runs to answer `say`."""


@dataclass(frozen=True)
class Said:
    """What an instruction came to in one scene."""

    catalog: Catalog
    instruction: Instruction
    takes: Sequence[Take]
    notes: Sequence[str]
    seconds: float

    def kept(self, take: Take) -> dict[str, Any]:
        """The take as the extension keeps it in the file (utsushi/takes.py)."""
        reasons = [f"{part_of(change.property)}: {change.why}" for change in take.changes]
        settings = [one for one in take.settings(self.catalog) if one["value"] != one["before"]]
        return {"name": take.model.name, "settings": settings, "score": round(-take.score, 3), "reasons": reasons}


def understand(
    session: Session, text: str, scene_file: Path, scene: str, strength: float, locks: Sequence[str], unsure: bool = False
) -> Said:  # fmt: skip
    """Reads the scene, the instruction, and proposes what was understood with certainty; `unsure`: also what was perhaps meant.

    InputError where nothing fits.
    """
    opened = session.request("open", file=str(scene_file.resolve()), scene=scene)
    described = session.request("describe")
    began = time.perf_counter()
    catalog = Catalog.read(described)
    instruction = parse(text, catalog)
    takes = propose(instruction.claims if unsure else instruction.sure, catalog, strength, held(catalog, locks))
    faults = [f"the glossary's {word!r} is nothing in this scene" for word in glossary_faults(catalog)]
    left = ", ".join(f"{what}: {one.words}" for one in instruction.offered for what, *_ in [one.describe()])
    asked = [f"perhaps meant, but left alone: {left} (say it more plainly, or add --unsure)"] if left and not unsure else []
    notes = [*opened["notes"], *described["notes"], *faults, *asked]
    return Said(catalog, instruction, takes, notes, time.perf_counter() - began)


def held(catalog: Catalog, locks: Sequence[str]) -> frozenset[str]:
    """The user's locks as parts and ids of properties. InputError for one that is neither."""
    found = set()
    for lock in locks:
        name = lock.strip().lower()
        parts = {part for part in (*catalog.parts(), *catalog.sides()) if part.lower() == name}
        keys = {one.id for model in catalog.models for one in model.properties if one.label.lower() == name and one.kind != "color"}
        if not parts | keys:
            raise InputError(f"there is no part or key {lock!r} to lock", f"Choose among {', '.join(catalog.parts())}.")
        found |= parts | keys
    return frozenset(found)


def part_of(one: Property) -> str:
    return f"{one.part} {one.kind}" if one.kind in ("color", "gloss", "metal") else one.label


def render(
    session: Session, said: Said, takes: Sequence[Take], out: Path, options: Mapping[str, Any], tell: Callable[[str], None]
) -> list[str]:
    """Renders what stood there and every take -> names of the takes' files."""
    jobs = [("before", []), *((f"take-{number + 1}", take.settings(said.catalog)) for number, take in enumerate(takes))]
    for number, (name, settings) in enumerate(jobs):
        tell(f"rendering {name} ({number + 1} of {len(jobs)})")
        session.request("portrait", settings=settings, picture=str((out / f"{name}.png").resolve()), **options)
    return [f"{name}.png" for name, _ in jobs[1:]]


def look_closer(
    session: Session, said: Said, takes: list[Take], files: list[str], out: Path, pair: TextImagePair, refined: bool,
    options: Mapping[str, Any],
) -> tuple[list[Take], list[str], list[str]]:  # fmt: skip
    """Ranks the takes by the user's own encoders; `refined`: goes on from the best of them behind the guard -> takes, files, notes."""
    text = said.instruction.text
    scores = pair.score(text, [picture(out / file) for file in files])
    order = sorted(range(len(takes)), key=lambda number: -scores[number])
    takes, files = [takes[number] for number in order], [files[number] for number in order]
    told = (f"{take.model.name} {scores[number]:.3f}" for take, number in zip(takes, order, strict=True))
    notes = [f"ranked by your encoders: {', '.join(told)}"]
    if refined:

        def score(tried: Sequence[Take], second: bool) -> list[float]:
            shown = []
            for take in tried:
                file = session.folder / "tried.png"
                session.request("portrait", settings=take.settings(said.catalog), picture=str(file), seed=int(second), **options)
                shown.append(picture(file)[:, ::-1] if second else picture(file))
            return [float(value) for value in pair.score(text, shown)]

        found = refine(takes[0], score)
        notes.append(found.verdict)
        if found.take is not takes[0]:
            takes[0] = found.take
            where = str((out / files[0]).resolve())
            session.request("portrait", settings=found.take.settings(said.catalog), picture=where, **options)
    return takes, files, notes


def explained(said: Said) -> dict[str, Any]:
    """How the instruction was understood."""
    described = ((claim, claim.describe()) for claim in said.instruction.claims)
    return {
        "instruction": said.instruction.text,
        "parse": [{**claim.plain(), "what": what, "says": says} for claim, (what, _, says) in described],
        "not_understood": list(said.instruction.unknown),
    }


def describe(
    said: Said, takes: Sequence[Take], files: Sequence[str], scene_file: Path, host: BlenderHost, notes: Sequence[str]
) -> dict[str, Any]:
    """The recipe file: the instruction, how it was understood, and the native settings of each take."""
    return {
        "format": "utsushi-recipe",
        "version": 1,
        "host": str(host),
        "scene": scene_file.name,
        **explained(said),
        "takes": [
            {
                "model": take.model.name,
                "score": round(take.score, 3),
                "picture": file,
                "missed": list(take.missed),
                "settings": [one for one in take.settings(said.catalog) if one["value"] != one["before"]],
            }
            for take, file in zip(takes, files, strict=True)
        ],
        "notes": [*said.instruction.notes, *said.notes, *notes],
        "seconds": round(said.seconds, 4),
    }


def picture(path: Path) -> FloatArray:
    """(H, W, 3) sRGB."""
    with Image.open(path) as opened:
        pixels: FloatArray = np.asarray(opened.convert("RGB"), np.float32) / np.float32(255)
    return pixels
