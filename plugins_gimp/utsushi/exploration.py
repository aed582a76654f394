"""What the dialog is about, without a window: references, wishes, one study, and the look that is shown of its answer.

The engine is asked through a `Pump`; `turn` and what it calls run on the dialog's timer. `tell` is called with the name of what changed:
"progress", "preview", "gallery", "filters" or "failed".
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from drawing import Drawing
from locks import BY_ID, Wishes, asked_locks
from look import BEST, Look, Progress, Rendered, Shown
from strings import _, engine_words, name_of

from server.client import Blobs, EngineError, Pump
from server.protocol.errors import ProtocolError

ALTERNATIVES = 8
PICKS = 64
"""Choices that the engine listens to; the latest count."""

PATH = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0)
"""Likenesses that are answered beforehand, so that the dial moves without a new search."""

PREVIEW_SIDE, THUMB_SIDE = 768, 112
STATUS_SECONDS = 0.1


@dataclass
class Exploration:
    """One session with one layer. `open_body` holds what every study of this host begins with (host, versions, available tools)."""

    pump: Pump
    open_body: Mapping[str, Any]
    content: Any
    tell: Callable[[str], None]
    references: list[Shown] = field(default_factory=list)
    wishes: Wishes = field(default_factory=Wishes)
    start: dict[str, Any] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=list)
    study: str = ""
    imitation: dict[str, Any] | None = None
    progress: Progress = field(default_factory=Progress)
    look: Look = field(default_factory=Look)
    strength: float = 1.0
    off: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    solo: str = ""
    recipe: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    picture: Rendered | None = None
    caption: str = ""
    thumbs: dict[int, Rendered] = field(default_factory=dict)
    picks: list[dict[str, Any]] = field(default_factory=list)
    tried: bool = False
    warnings: list[str] = field(default_factory=list)
    error: EngineError | None = None
    stale: bool = False
    earlier: list[Look] = field(default_factory=list)
    drawing: Drawing | None = None
    _draft: str = ""
    _asked_at: float = 0.0
    _opening: int = 0
    _seen: tuple[Any, ...] = ()

    def ask_tools(self) -> None:
        """Learns which tools this host's renderer has, with their labels: what presets of locks and lists of filters speak of."""
        body = {"renderer": self.open_body["renderer"], "available": self.open_body["available"]}
        self.pump.ask("tools", body, self._learned, self.fail, slot="tools")

    def _learned(self, reply: dict[str, Any], blobs: Sequence[Any]) -> None:
        self.tools = list(reply["tools"])
        self.tell("filters")

    # --- the search

    def search(self) -> None:
        """Starts a new study of what stands now; the one before it is given up. Nothing happens without a reference."""
        self.note_choice()
        self.forget()
        self.error, self.stale, self.imitation = None, False, None
        if not self.references:
            self.progress = Progress()
            self.tell("progress")
            return
        self.progress = Progress("opening", running=True)
        blobs = Blobs()
        try:
            pictures = {"content": _send(blobs, self.content), "references": [self._reference(blobs, one) for one in self.references]}
        except ProtocolError as error:  # numbers that no picture has, such as 1e38
            self.fail(EngineError(error.code, error.what, error.remedy))
            return
        body = {
            **self.open_body,
            **pictures,
            "drafts": PREVIEW_SIDE,
            "renders": self.drawing is not None and BY_ID[self.wishes.preset].drawn,
            "options": {
                "likeness": self.wishes.likeness,
                "max_tools": self.wishes.max_tools,
                "alternatives": ALTERNATIVES,
                "path": list(PATH),
                "picks": self.picks[-PICKS:],
                **asked_locks(self.wishes.preset, self.tools, self.held(), self.off, self.start),
            },
        }
        self._opening += 1
        number = self._opening
        self.pump.ask("open", body, lambda reply, nothing: self._opened(number, reply["study"]), self.fail, blobs)
        self.tell("progress")

    def held(self) -> dict[str, Any]:
        """Values of the filters that the user locked, as they are shown now, what stands at its default included."""
        present, locked = self.values or self.start, [tool for tool in self.tools if tool["id"] in self.locked]
        defaults = {f"{tool['id']}.{one['id']}": one["default"] for tool in locked for one in tool["parameters"]}
        return {key: present.get(key, default) for key, default in defaults.items()}

    def stop(self) -> None:
        """Ends the search; its best so far becomes the answer."""
        if self.study and self.progress.running:
            self.pump.ask("stop", {"study": self.study}, _heard, self.fail)

    def forget(self) -> None:
        """Lets the engine forget the study: nothing of it is kept."""
        for slot in ("status", "result", "preview", *map(_thumb_slot, range(BEST, ALTERNATIVES))):
            self.pump.drop(slot)
        if self.study:
            self.pump.ask("close", {"study": self.study}, _heard, lambda error: None)
        if self.drawing is not None:
            self.drawing.forget()
        self.study, self._draft, self._seen, self._asked_at = "", "", (), 0.0
        self._opening += 1
        self.progress.running = False

    def turn(self) -> None:
        """One beat of the timer: replies that have come, and the next question about a running study."""
        while self.pump.turn():
            continue
        if self.drawing is not None:
            self.drawing.turn()
        if self.study and self.progress.running and time.monotonic() - self._asked_at > STATUS_SECONDS:
            self._asked_at = time.monotonic()
            self.pump.ask("status", {"study": self.study, "draft": self._draft}, self._status, self.fail, slot="status")

    def _reference(self, blobs: Blobs, one: Shown) -> dict[str, Any]:
        original = {} if one.original is None else {"original": _send(blobs, one.original)}
        return {"array": _send(blobs, one.picture), "weight": one.weight, **original}

    def _opened(self, number: int, study: str) -> None:
        if number != self._opening:
            self.pump.ask("close", {"study": study}, _heard, lambda error: None)
            return
        self.study = study

    def _status(self, status: dict[str, Any], blobs: Sequence[Any]) -> None:
        score, baseline = status["score"], status["baseline"]
        closer = max(0.0, 1 - score / baseline) if baseline and score is not None else None
        running = status["state"] in ("waiting", "running")
        self.progress = Progress(status["stage"] or status["state"], status["fraction"], status["eta"], closer, running)
        if status["state"] == "failed":
            self.fail(EngineError(**status["error"]))
            return
        if self.drawing is not None and status["asks"]:
            self.drawing.begin(self.study)
        if (draft := status["draft"]) is not None:
            self._draft = draft["id"]
            if not self.off and not self.solo:
                self.picture = _picture(draft["preview"], blobs)
                if draft["sketch"]:
                    self.caption = _("Sketch, the filters follow")
                else:
                    self.recipe, self.values, self.caption = draft["recipe"], {}, ""
                self.tell("preview")
        if not running:
            self.pump.ask("result", {"study": self.study}, self._answered, self.fail, slot="result")
        self.tell("progress")

    def _answered(self, reply: dict[str, Any], blobs: Sequence[Any]) -> None:
        imitation: dict[str, Any] = reply["imitation"]
        self.imitation, self.warnings = imitation, list(imitation["warnings"])
        self.look, self.earlier, self.thumbs, self._seen = Look(), [], {}, ()
        self.refresh()
        for index in range(BEST, len(imitation["alternatives"])):
            body = {"study": self.study, "alternative": index, "preview": True, "side": THUMB_SIDE, "strength": 1.0}
            self.pump.ask("result", body, self._thumb(index), self.fail, slot=_thumb_slot(index))
        self.tell("gallery")

    def _thumb(self, index: int) -> Callable[[dict[str, Any], Sequence[Any]], None]:
        study = self.study

        def came(reply: dict[str, Any], blobs: Sequence[Any]) -> None:
            if reply["study"] == study == self.study:
                self.thumbs[index] = _picture(reply["preview"], blobs)
                self.tell("gallery")

        return came

    def fail(self, error: EngineError) -> None:
        self.error = error
        self.progress.running = False
        self.tell("failed")

    # --- the look that is shown

    def choose(self, index: int) -> None:
        """Shows the answer itself (BEST) or an alternative: the one that is shown when the next search begins is what the user picked."""
        self.tried = True
        self.show(Look(index))

    def note_choice(self) -> None:
        """Keeps what the user picked of this study's answers, where any was tried: the next studies lean to it."""
        if self.imitation is None or not self.tried or self.look.values is not None:
            return
        shown = [self.imitation["best"]["values"], *(one["candidate"]["values"] for one in self.imitation["alternatives"])]
        look = self.look
        picked = look.other if look.other is not None and look.amount >= 0.5 else look.index
        self.picks.append({"shown": shown, "picked": picked - BEST})
        self.tried = False

    def forget_choices(self) -> None:
        """What was picked so far counts no more."""
        self.picks, self.tried = [], False
        self.stale = bool(self.references)
        self.tell("gallery")

    def mix(self, other: int) -> None:
        """Mixes what is shown with another alternative, half and half at first; the same one again ends the mixing."""
        if other in (self.look.index, self.look.other) or self.look.values is not None:
            self.choose(other)
        else:
            self.tried = True
            self.show(replace(self.look, other=other, amount=0.5))

    def blend(self, amount: float) -> None:
        """How much of the second one is in the mix, 0..1."""
        self.look = replace(self.look, amount=amount)
        self.refresh()

    def show(self, look: Look) -> None:
        self.earlier.append(self.look)
        self._show(look)

    def back(self) -> None:
        """Shows what was shown before, step by step as far back as this study's answer."""
        if self.earlier:
            self._show(self.earlier.pop())

    def _show(self, look: Look) -> None:
        self.look = look
        self.refresh()
        self.tell("gallery")

    def wish(self, **changed: Any) -> None:
        """Changes what the next search may do."""
        self.wishes = replace(self.wishes, **changed)
        self.stale = bool(self.references)
        self.tell("progress")

    def set_likeness(self, likeness: float) -> None:
        """Walks along the path that the study has answered; the next study begins there."""
        self.wishes.likeness = likeness
        self.refresh()

    def set_strength(self, strength: float) -> None:
        self.strength = strength
        self.refresh()

    def switch(self, tool: str, on: bool) -> None:
        """Leaves a filter out, or takes it in again."""
        (self.off.discard if on else self.off.add)(tool)
        self.refresh()

    def lock(self, tool: str, held: bool) -> None:
        """Holds a filter as it is shown now in the next search."""
        (self.locked.add if held else self.locked.discard)(tool)
        self.stale = True
        self.tell("progress")

    def set_solo(self, tool: str) -> None:
        """Shows one filter alone; "" shows all of them again. Only for the eye: what is applied does not change."""
        self.solo = tool
        self.refresh()

    def refresh(self, without: str = "") -> None:
        """Asks for the picture of what is shown; `without` one filter more for as long as the pointer rests on it."""
        if self.imitation is None or not self.study:
            return
        hidden = set(self.used()) - {self.solo} if self.solo else self.off | ({without} if without else set())
        eye = bool(self.solo or without)
        labels = {tool["id"]: name_of(tool) for tool in self.tools}
        caption = _("Without {filter}").format(filter=labels[without]) if without else ""
        caption = _("Only {filter}").format(filter=labels[self.solo]) if self.solo else caption
        body = {
            "study": self.study,
            "strength": self.strength,
            "without": sorted(hidden & {tool["id"] for tool in self.tools}),
            "preview": True,
            "side": PREVIEW_SIDE,
            **self.look.request(self.wishes.likeness),
        }
        if (key := (repr(body), eye)) == self._seen:
            return
        self._seen = key
        self.pump.ask("result", body, lambda reply, blobs: self._came(reply, blobs, eye, caption), self.fail, slot="preview", soon=True)

    def _came(self, reply: dict[str, Any], blobs: Sequence[Any], eye: bool, caption: str) -> None:
        self.picture, self.caption = _picture(reply["preview"], blobs), caption
        if not eye:
            found = reply["imitation"]
            self.recipe = found["recipe"]
            kept = {key: value for key, value in self.values.items() if tool_of(key) in self.off}
            self.values = {**kept, **found["values"]}
            self.tell("filters")
        self.tell("preview")

    def used(self) -> list[str]:
        """Ids of the filters that the look uses, those that are switched off included, in the order in which the host executes them."""
        by_label = {tool["label"]: tool["id"] for tool in self.tools}
        present = {by_label.get(entry.get("name"), "") for entry in self.recipe} | self.off
        return [tool["id"] for tool in self.tools if tool["id"] in present]

    def effects(self) -> dict[str, dict[str, Any]]:
        """Effects by filter: they were measured on the answer itself, so other looks have none."""
        if self.imitation is None or not self.look.is_answer:
            return {}
        return {effect["tool"]: effect for effect in self.imitation["effects"]}

    def applied(self) -> list[dict[str, Any]]:
        """The native settings of what is shown, switched-off filters left out."""
        off = {tool["label"] for tool in self.tools if tool["id"] in self.off}
        return [entry for entry in self.recipe if entry.get("name") not in off]

    def closer(self) -> float | None:
        """How much of the way to the reference the shown look goes, 0..1, at full strength; None where nobody has measured it."""
        if self.imitation is None or self.look.other is not None or self.look.values is not None:
            return None
        own = self.imitation if self.look.index == BEST else self.imitation["alternatives"][self.look.index]
        baseline = self.imitation["baseline"]["total"]
        return max(0.0, 1 - own["score"]["total"] / baseline) if baseline else None

    def title(self) -> str:
        """A short name for what is shown."""
        look = self.look
        if look.values is not None or self.imitation is None:
            return look.name
        names = [_("As found"), *(engine_words(one["name"]) for one in self.imitation["alternatives"])]
        parts = [names[index - BEST] for index in (look.index, look.other) if index is not None]
        text = " + ".join(parts) if not look.is_answer else self.description()
        return text[:1].upper() + text[1:]

    def description(self) -> str:
        """What the look does, in a few words, and how strongly."""
        words: list[str] = []
        for effect in self.imitation["effects"] if self.imitation else ():
            words += [engine_words(word) for word in effect.get("words", ()) if engine_words(word) not in words]
        strength = "" if self.strength == 1 else f" ({100 * self.strength:.0f} %)"
        text = ", ".join(words[:2]) + strength
        return text[:1].upper() + text[1:]

    def reset(self) -> None:
        """Clears references, wishes, locks and choices."""
        self.forget()
        self.references, self.wishes, self.start = [], Wishes(), {}
        self.look, self.earlier, self.strength = Look(), [], 1.0
        self.off, self.locked, self.solo = set(), set(), ""
        self.imitation, self.picture, self.recipe, self.values = None, None, [], {}
        self.thumbs, self.picks, self.tried, self.warnings, self.error = {}, [], False, [], None
        self.stale, self.progress = False, Progress()
        for what in ("gallery", "filters", "preview", "progress"):
            self.tell(what)


def _thumb_slot(index: int) -> str:
    return f"thumb {index}"


def tool_of(key: str) -> str:
    return key.partition(".")[0]


def without_keys(values: Mapping[str, Any], tools: Iterable[str]) -> dict[str, Any]:
    """`values` without those of some tools."""
    gone = set(tools)
    return {key: value for key, value in values.items() if tool_of(key) not in gone}


def _send(blobs: Blobs, picture: Any) -> dict[str, Any]:
    return blobs.picture(picture.data, picture.width, picture.height, 4, picture.dtype, "sRGB", picture.name)


def _picture(described: Mapping[str, Any], blobs: Sequence[Any]) -> Rendered:
    height, width = described["shape"][:2]
    return Rendered(bytes(blobs[described["blob"]]), width, height)


def _heard(reply: Mapping[str, Any], blobs: Sequence[Any]) -> None:
    """Takes note of a reply that says nothing."""
