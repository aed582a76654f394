"""The session file: a State as JSON. Paths below the file's folder are kept relative, so that a project folder can be moved."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from plugins_daw.catalogue import Effects
from plugins_daw.impulses import Impulse
from plugins_daw.session import Answer, Catalogue, Choice, Reason, Shown, Slot, State, Take, Wishes, effect_of, fitted, share
from shared_engine.errors import InputError, ParameterError

FORMAT, VERSION = "utsushi-session", 1
SUFFIX = ".utsushi.json"

Kind = TypeVar("Kind")


def save(path: Path, state: State, catalogue: Catalogue) -> None:
    """Writes the file in one step: nobody ever reads half of it. InputError where it cannot be written."""
    document = {"format": FORMAT, "version": VERSION, **asdict(state)}
    effects = {slot.tool: catalogue.get(slot.tool) for chain in _chains(state) for slot in chain}
    document["impulses"] = {tool: _shortened(str(one.file), path) for tool, one in effects.items() if isinstance(one, Impulse)}
    document["wishes"]["aspects"] = sorted(state.wishes.aspects)
    document["track"] = _shortened(state.track, path)
    for entry in document["references"]:
        entry["path"], entry["original"] = _shortened(entry["path"], path), _shortened(entry["original"], path)
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "Is the disk full? Choose another folder.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: Path, catalogue: Effects) -> State:
    """The state of a session file. InputError where it is none, or names effects or files that are not there."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT or document["version"] > VERSION:
            raise KeyError("format")
        for tool, name in document.get("impulses", {}).items():
            if catalogue.admit(str(_full(name, path))) != tool:
                raise InputError(f"{path.name}: {name} is another impulse response than it was", "Put the old file back.")
        state = _state(document, path, catalogue)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist", "Check the name.") from error
    except ParameterError as error:
        raise InputError(f"{path.name}: {error}", error.remedy) from error
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path.name} is not a session of the audio host", f"Choose a file that ends in {SUFFIX}.") from error
    files = [state.track, *(one.path for one in state.references), *(one.original for one in state.references)]
    for name in filter(None, files):
        if not Path(name).is_file():
            raise InputError(f"{path.name} works on {name}, which is not there", "Put the file back, then open the session again.")
    return state


def _chains(state: State) -> list[tuple[Slot, ...]]:
    """Every chain that a state holds."""
    return [state.chain, *(one.chain for one in state.takes), *(one.chain for one in (state.answer.choices if state.answer else ()))]


def _state(document: Mapping[str, Any], path: Path, catalogue: Catalogue) -> State:
    def chain(entries: Any) -> tuple[Slot, ...]:
        return tuple(_slot(entry, catalogue) for entry in entries)

    answer = document["answer"]
    if answer:
        choices = tuple(replace(_made(Choice, one), chain=chain(one["chain"])) for one in answer["choices"])
        reasons = tuple(_made(Reason, one) for one in answer["reasons"])
        answer = replace(_made(Answer, answer), choices=choices, reasons=reasons, warnings=tuple(map(str, answer["warnings"])))
    shown = tuple(
        Shown(_full(one["path"], path) or "", share(one["weight"], 4.0), _full(one["original"], path)) for one in document["references"]
    )
    wishes = _made(Wishes, document["wishes"])
    return State(
        track=_full(document["track"], path),
        trim=float(document["trim"]),
        references=shown,
        chain=chain(document["chain"]),
        strength=share(document["strength"]),
        takes=tuple(Take(str(one["name"]), chain(one["chain"]), share(one["strength"])) for one in document["takes"]),
        answer=answer or None,
        chosen=int(document["chosen"]),
        wishes=replace(wishes, aspects=frozenset(wishes.aspects)),
    )


def _slot(entry: Mapping[str, Any], catalogue: Catalogue) -> Slot:
    effect = effect_of(catalogue, entry["tool"])
    values = {one.id: fitted(effect, one, entry["values"].get(one.id, one.default)) for one in effect.tool.parameters}
    return Slot(effect.tool.id, values, bool(entry["bypass"]), bool(entry["lock"]), share(entry["amount"]))


def _made(kind: type[Kind], entry: Mapping[str, Any]) -> Kind:
    """A dataclass from what is known of `entry`; what a later version added is left alone."""
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in entry.items() if name in known})


def _shortened(name: str | None, path: Path) -> str | None:
    if name is None:
        return None
    folder = path.resolve().parent
    full = Path(name).resolve()
    return full.relative_to(folder).as_posix() if full.is_relative_to(folder) else str(full)


def _full(name: str | None, path: Path) -> str | None:
    return None if name is None else str((path.resolve().parent / name).resolve())
