"""The audio host without a window: what is loaded, the session's changes, the preview that follows them, the search, the export.

A window calls `do` with the name of an action and shows `view`. Nothing here knows of a page; whatever is refused leaves all as it was.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from plugins_daw import session, session_file, tracks
from plugins_daw.catalogue import Effects, search_order
from plugins_daw.chain import Spec, plugin
from plugins_daw.history import Session
from plugins_daw.imitation import Imitation
from plugins_daw.playback import Preview, Rendered
from plugins_daw.recording import Recording, decode
from plugins_daw.request import Example, at_working_level, refuse_the_track_itself
from plugins_daw.session import Answer, Catalogue, Slot, State
from plugins_daw.tracks import Track
from plugins_daw.vst3 import AMOUNT
from shared_engine.errors import ParameterError, StateError, UtsushiError

Event = Mapping[str, Any]


class AudioHost:
    """One user's work. `tell` is called, from any thread, with {"type": "changed" | "rendered" | "job" | "error", ...}."""

    def __init__(self, tell: Callable[[Event], None] = lambda event: None, catalogue: Effects | None = None) -> None:
        self.catalogue = catalogue or Effects()
        self.session = Session()
        self.file: Path | None = None
        self.files: dict[str, Track] = {}
        self.recordings: dict[str, Recording] = {}
        self.preview: Preview | None = None
        self.job: Imitation | None = None
        self.busy = ""
        self._sketched: tuple[Slot, ...] | None = None
        self.playhead = 0.0
        self._tell = tell
        self.lock = threading.RLock()
        self._temporary = tempfile.TemporaryDirectory(prefix="utsushi-daw-")
        self._actions = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}

    def do(self, action: str, arguments: Mapping[str, Any], gesture: str | None = None) -> None:
        """Carries out one action of the user. Raises UtsushiError; the session is then what it was."""
        if action not in self._actions:
            raise ParameterError(f"there is no action {action!r}", "Reload the page.")
        with self.lock:
            before = self.session.state
            try:
                changed = self._actions[action](**arguments)
            except TypeError as error:
                raise ParameterError(f"{action}: {error}", "Reload the page.") from error
            if isinstance(changed, State):
                self.session.change(changed, gesture)
            try:
                self._follow(before)
            except UtsushiError:
                if isinstance(changed, State):
                    self.session.take_back()
                raise
        self._tell({"type": "changed"})

    def close(self) -> None:
        if self.job:
            self.job.stop()
            self.job.join(10.0)
        if self.preview:
            self.preview.close()
        for recording in self.recordings.values():
            recording.close()
        self._temporary.cleanup()

    # -- files

    def do_open_track(self, path: str) -> State:
        """A new track. The chain and the references stay; locks, too: the same chain on another track is a usual wish."""
        track = self._load(path)
        content, gain = at_working_level(tracks.excerpt(track, tracks.places(track)))
        return replace(self.session.state, track=str(track.path), trim=round(gain, 2))

    def do_add_reference(self, path: str) -> State:
        shown = self._load(path)
        if self.track:
            refuse_the_track_itself(self.track, [shown])
        return session.add_reference(self.session.state, str(shown.path))

    def do_change_reference(self, path: str, **changes: Any) -> State:
        if changes.get("original"):
            changes["original"] = str(self._load(changes["original"]).path)
        return session.change_reference(self.session.state, path, **changes)

    def do_remove_reference(self, path: str) -> State:
        return session.remove_reference(self.session.state, path)

    def do_open_session(self, path: str) -> None:
        """Another session in place of this one, with an undo history of its own."""
        found = Path(path).expanduser().resolve()
        state = session_file.load(found, self.catalogue)
        for name in filter(None, (state.track, *(one.path for one in state.references), *(one.original for one in state.references))):
            self._load(name)
        self.session, self.file = Session(state), found

    def do_save_session(self, path: str | None = None) -> None:
        target = Path(path).expanduser().resolve() if path else self.file
        if target is None:
            raise StateError("the session has no file yet", "Choose a name for it.")
        if not target.name.endswith(".json"):
            target = target.with_name(target.name + session_file.SUFFIX)
        session_file.save(target, self.session.state, self.catalogue)
        self.file, self.session.saved = target, self.session.state

    # -- the chain

    def do_value(self, tool: str, parameter: str, value: Any) -> State:
        return session.set_value(self.session.state, self.catalogue, tool, parameter, value)

    def do_bypass(self, tool: str, on: bool) -> State:
        return session.set_bypass(self.session.state, tool, on)

    def do_lock(self, tool: str, on: bool) -> State:
        return session.set_lock(self.session.state, tool, on)

    def do_amount(self, tool: str, amount: float) -> State:
        return session.set_amount(self.session.state, tool, amount)

    def do_strength(self, strength: float) -> State:
        return session.set_strength(self.session.state, strength)

    def do_move(self, tool: str, place: int) -> State:
        return session.move(self.session.state, tool, place)

    def do_add(self, tool: str) -> State:
        return session.add(self.session.state, self.catalogue, tool)

    def do_add_plugin(self, wish: str) -> State:
        """What is the user's own: a VST3 plug-in, tried once in a process of its own, or the file of an impulse response."""
        with self._occupied(f"trying {wish}"):
            tool = self.catalogue.admit(wish)
        state = session.add(self.session.state, self.catalogue, tool)
        if any(parameter.id == AMOUNT.id for parameter in self.catalogue[tool].tool.parameters):
            # Where a plug-in is not heard is where a search begins; who adds it by hand wants to hear it.
            state = session.set_value(state, self.catalogue, tool, AMOUNT.id, 1.0)
        return state

    def do_remove(self, tool: str) -> State:
        return session.remove(self.session.state, tool)

    def do_reset(self, tool: str) -> State:
        return session.reset(self.session.state, self.catalogue, tool)

    def do_clear(self) -> State:
        """An empty chain, but for what is locked."""
        return replace(self.session.state, chain=tuple(slot for slot in self.session.state.chain if slot.lock), strength=1.0)

    def do_undo(self) -> None:
        self.session.undo()

    def do_redo(self) -> None:
        self.session.redo()

    # -- takes and answers

    def do_keep_take(self, name: str) -> State:
        return session.keep_take(self.session.state, name)

    def do_recall_take(self, name: str) -> State:
        return session.recall_take(self.session.state, name)

    def do_drop_take(self, name: str) -> State:
        return session.drop_take(self.session.state, name)

    def do_choose(self, index: int) -> State:
        return session.choose(self.session.state, index)

    def do_wish(self, **changes: Any) -> State:
        return session.wish(self.session.state, **changes)

    # -- the search

    def do_imitate(self) -> None:
        state = self.session.state
        if not self.track:
            raise StateError("there is no track", "Open the recording that you are working on.")
        if not state.references:
            raise StateError("there is no reference", "Add a recording that sounds as the track should.")
        if self.job and self.job.running:
            raise StateError("an imitation is running", "Stop it first.")
        if not state.wishes.aspects:
            raise StateError("every aspect is switched off", "Switch at least one of tone, dynamics, space, loudness on.")
        shown = [
            Example(self.files[one.path], one.weight, self.files.get(one.original or "")) for one in state.references if one.weight > 0
        ]
        if not shown:
            raise StateError("every reference has the weight 0", "Give one of them some weight.")
        wishes = state.wishes
        only = [] if wishes.aspects == set(session.ASPECTS) else sorted(wishes.aspects)
        options = {
            "only": only, "locks": session.locks(state, self.catalogue), "likeness": wishes.likeness, "alternatives": 6,
            "max_tools": wishes.effects, "seed": wishes.seed,
        }  # fmt: skip
        order = search_order([slot.tool for slot in state.chain], wishes.within)
        if order == []:
            raise StateError("the chain is empty, and only its effects may be used", "Add effects, or let the search use all.")
        scene = None if order is None else {"chain": order, "states": {}}
        self._sketched = None
        self.job = Imitation(self.track, shown, options, scene, lambda standing: self._tell({"type": "job"}), self._sketch, self._adopt)

    def do_stop(self) -> None:
        if self.job:
            self.job.stop()

    def _sketch(self, chain: tuple[Slot, ...], gain: float) -> None:
        """The first answer of a search, and every better one; not over what the user has changed since."""
        with self.lock:
            if not self.took_over:
                self._found(replace(session.sketch(self.session.state, chain), trim=round(gain, 2)))

    def _adopt(self, answer: Answer, gain: float) -> None:
        with self.lock:
            if self.took_over:
                self._found(replace(self.session.state, answer=answer))
            else:
                self._found(replace(session.adopt(self.session.state, answer), trim=round(gain, 2)))

    @property
    def took_over(self) -> bool:
        """Whether the user changed the chain after the search's first answer: it then is theirs."""
        return self._sketched is not None and self.session.state.chain != self._sketched

    def _found(self, state: State) -> None:
        before = self.session.state
        if not self.took_over:
            self._sketched = state.chain
        # All that one search puts there is taken back in one step.
        self.session.change(state, f"search {id(self.job)}")
        self._follow(before)
        self._tell({"type": "changed"})

    # -- what is heard

    @property
    def track(self) -> Track | None:
        return self.files.get(self.session.state.track or "")

    @property
    def plugins(self) -> list[Spec]:
        """The whole chain as pedalboard takes it, from the trim on; what comes after it is the level match."""
        return plugins_of(self.session.state, self.catalogue)

    def do_playhead(self, seconds: float) -> None:
        """Where the page plays: changes are rendered from there first."""
        self.playhead = max(0.0, float(seconds))

    def recording(self, source: str) -> Recording:
        """`track`, `result`, or the path of a reference."""
        found = self.preview.recording if source == "result" and self.preview else self.recordings.get(source)
        if source == "track" and self.session.state.track:
            found = self.recordings.get(self.session.state.track)
        if found is None:
            raise StateError(f"there is no sound {source!r}", "Reload the page.")
        return found

    def _load(self, path: str) -> Track:
        """Reads a file, or remembers that it was read."""
        found = Path(path).expanduser().resolve()
        if str(found) not in self.files:
            with self._occupied(f"reading {found.name}"):
                self.files[str(found)] = tracks.scan(found)
        return self.files[str(found)]

    @contextmanager
    def _occupied(self, what: str) -> Iterator[None]:
        """Says what takes a while."""
        self.busy = what
        self._tell({"type": "job"})
        try:
            yield
        finally:
            self.busy = ""
            self._tell({"type": "job"})

    def _follow(self, before: State) -> None:
        """Brings recordings and preview to the state that is there now."""
        state = self.session.state
        wanted = [name for name in (state.track, *(one.path for one in state.references)) if name]
        for name in wanted:
            if name not in self.files:
                self._load(name)
        rate = self.track.rate if self.track else 0
        new_track = self.track is not None and (self.preview is None or self.preview.track != self.track)
        if new_track:
            if self.preview:
                self.preview.close()
            assert self.track is not None
            self.preview = Preview(self.track, Path(self._temporary.name), self._rendered, self._failed)
        for name in wanted if rate else []:
            if name not in self.recordings or self.recordings[name].rate != rate:
                old = self.recordings.pop(name, None)
                if old:
                    old.close()
                self.recordings[name] = decode(self.files[name], rate, Path(self._temporary.name))
        if self.preview and (new_track or plugins_of(before, self.catalogue) != self.plugins):
            self.preview.source_loudness = self.recording("track").analysis.loudness
            self.preview.ask(self.plugins, self.playhead)

    def _rendered(self, part: Rendered) -> None:
        self._tell({"type": "rendered", "first": part.first, "last": part.last, "stamp": part.stamp, "done": part.done})

    def _failed(self, error: UtsushiError) -> None:
        self._tell({"type": "error", "what": str(error), "remedy": error.remedy})


def plugins_of(state: State, catalogue: Catalogue) -> list[Spec]:
    """The trim and every effect that is heard; nothing at all where none is."""
    found = [spec for effect, values in session.sounding(state, catalogue) for spec in effect.plugins(values)]
    return [plugin("Gain", gain_db=state.trim), *found] if found else []
