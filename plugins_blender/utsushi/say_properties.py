"""What the user says, and how it was understood: kept with the scene, a row a claim, each of them correctable."""

import json
from collections.abc import Iterator
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, FloatVectorProperty, IntProperty, PointerProperty, StringProperty

from .engine.words import color
from .engine.words.parse import SECOND, Claim


class Row(bpy.types.PropertyGroup):
    """One claim. `data` is the claim as it was read; the other fields are what the user may change about it."""

    bl_idname = "UTSUSHI_PG_claim"

    data: StringProperty()
    use: BoolProperty(name="Use", description="Untick what was not meant, tick what was; what is not certain waits unticked", default=True)
    color: FloatVectorProperty(name="Color", description="The color that was understood", subtype="COLOR_GAMMA", size=3, min=0, max=1)
    factor: FloatProperty(name="How Much", description="1 is the usual step", default=1, min=0, max=3, soft_max=2, precision=1)
    opposite: BoolProperty(name="Turn Round", description="The other way: less instead of more", default=False)
    target: StringProperty(name="Part", description="The part that this is said of")

    def fill(self, claim: Claim) -> None:
        self.data = json.dumps(claim.plain())
        self.factor, self.target, self.use = claim.factor, claim.target, claim.sure
        if claim.property == "color":
            self.color = color.from_hex(claim.value)

    @property
    def read(self) -> Claim:
        """The claim as it was understood."""
        return Claim.of(json.loads(self.data))

    @property
    def claim(self) -> Claim:
        """The claim as the user has corrected it."""
        plain: dict[str, Any] = {**json.loads(self.data), "factor": self.factor, "target": self.target}
        if plain["property"] == "color":
            plain["value"] = color.to_hex(self.color)
        elif self.opposite and isinstance(plain["value"], dict):
            plain["value"] = {name: -steps for name, steps in plain["value"].items()}
        elif self.opposite and plain["property"] not in ("model", "keep", "tint"):
            plain["value"] = -plain["value"]
        return Claim.of(plain)


def _said(say: "Say", context: bpy.types.Context) -> None:
    """An instruction is read as soon as it was typed."""
    bpy.ops.utsushi.say_read()


class Say(bpy.types.PropertyGroup):
    """The instruction of one scene."""

    bl_idname = "UTSUSHI_PG_say"

    text: StringProperty(
        name="Instruction", description="Say what should change: a small yellow bird with black wings",
        update=_said,
    )  # fmt: skip
    rows: CollectionProperty(type=Row)
    parts: StringProperty(description="What can be named here, one a line", options={"HIDDEN"})
    unknown: StringProperty()
    notes: StringProperty()
    missed: StringProperty(description="What the best take has nothing for")
    error: StringProperty()
    remedy: StringProperty()
    locks: StringProperty(description="Parts that stay as they are, one a line", options={"HIDDEN"})
    step: IntProperty(description='How often "more like this one" was chosen', options={"HIDDEN"})
    size: IntProperty(
        name="Gallery Size", description="Longer side of the gallery's renders", default=160, min=32, max=1024, subtype="PIXEL"
    )
    samples: IntProperty(name="Gallery Samples", description="Samples a pixel of the gallery's renders", default=16, min=1, max=4096)

    def claims(self) -> Iterator[Claim]:
        """What is ticked, as corrected."""
        yield from (row.claim for row in self.rows if row.use)

    def targets(self) -> list[tuple[str, str]]:
        """What a claim can be said of, and how the panel calls it."""
        general = [("", "The whole"), ("*", "Everything"), ("…", "The rest"), (SECOND, "A part of it")]
        return [*general, *((part, part) for part in self.parts.splitlines())]

    def locked(self) -> frozenset[str]:
        return frozenset(self.locks.splitlines())


def saying(context: bpy.types.Context) -> Any:
    return context.scene.utsushi_say


CLASSES = (Row, Say)


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)
    bpy.types.Scene.utsushi_say = PointerProperty(type=Say)


def unregister() -> None:
    del bpy.types.Scene.utsushi_say
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
