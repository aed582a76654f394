"""What is exported: a track, the effects as they are heard, and what each of them can be in a DAW."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins_daw import chain, session
from plugins_daw.chain import Spec, plugin
from plugins_daw.export.ported import Port, ports, residual
from plugins_daw.session import Catalogue, State
from plugins_daw.tracks import Track
from shared_engine.errors import InputError
from shared_engine.types import Parameter


@dataclass(frozen=True)
class Device:
    """One effect as it is heard: `settings` are (name, value with its unit), `plugins` what pedalboard takes, `reason` why it is there."""

    label: str
    settings: tuple[tuple[str, str], ...]
    plugins: tuple[Spec, ...]
    reason: str = ""


@dataclass(frozen=True)
class Work:
    """`trim`: gain in dB before the devices; `references`: the names of what was imitated."""

    track: Track
    trim: float
    devices: tuple[Device, ...]
    references: tuple[str, ...] = ()

    @classmethod
    def of_session(cls, track: Track, state: State, catalogue: Catalogue) -> "Work":
        """What is heard of a session, with amounts and strength applied."""
        reasons = {one.tool: one.sentence for one in state.answer.reasons} if state.answer and state.chosen == 0 else {}
        devices = tuple(
            Device(
                effect.tool.label,
                tuple((one.label, value_text(one, values[one.id])) for one in effect.tool.parameters),
                tuple(effect.plugins(values)),
                _said(reasons.get(effect.tool.id, "")),
            )
            for effect, values in session.sounding(state, catalogue)
        )
        return cls(track, state.trim if devices else 0.0, devices, tuple(Path(one.path).name for one in state.references))

    @classmethod
    def of_file(cls, track: Track, path: Path) -> "Work":
        """What a recipe or a chain file says. Raises InputError where it is neither."""
        specs = chain.load(path)
        document = json.loads(path.read_text(encoding="utf-8"))
        trim = specs.pop(0)["settings"]["gain_db"] if specs and specs[0]["plugin"] == "Gain" else 0.0
        if specs and specs[-1]["plugin"] == "Gain":
            # The level that matched another render; the export measures its own.
            specs.pop()
        reasons = {one["sentence"].split(":")[0]: _said(one["sentence"]) for one in document.get("effects", ())}
        try:
            entries = [entry for entry in document["chain"] if entry["plugins"]] if "chain" in document else []
            texts = _recipe_texts(document.get("settings", ()))
            devices = [
                Device(entry["name"], texts.get(entry["name"], ()), tuple(entry["plugins"]), reasons.get(entry["name"], ""))
                for entry in entries
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path.name} is not a recipe of the audio host", "Choose recipe.json or chain.json.") from error
        if [spec for device in devices for spec in device.plugins] != specs:
            devices = [Device(_name(spec), _plain(spec), (spec,)) for spec in specs]
        return cls(track, trim if devices else 0.0, tuple(devices), tuple(document.get("references", ())))

    @property
    def plugins(self) -> list[Spec]:
        """The chain without the gain that matches its level in the end."""
        trim = [plugin("Gain", gain_db=self.trim)] if self.devices else []
        return [*trim, *(spec for device in self.devices for spec in device.plugins)]


def value_text(parameter: Parameter, value: Any) -> str:
    """A setting with its unit, as the window shows it."""
    if parameter.choices:
        return str(value)
    if not parameter.unit and parameter.low >= 0 and parameter.high <= 1:
        return f"{100 * value:.0f} %"
    return with_unit(float(value), parameter.unit)


def with_unit(value: float, unit: str) -> str:
    if unit == "dB":
        return f"{value:+.2f} dB"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}".strip()


def _recipe_texts(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        value = row["value"]
        text = value if isinstance(value, str) else with_unit(float(value), row["unit"])
        found.setdefault(row["effect"], []).append((row["setting"], text))
    return {effect: tuple(settings) for effect, settings in found.items()}


def _name(spec: Spec) -> str:
    impulse = chain.impulse_of(spec)
    return f"Convolution {Path(impulse).stem}" if impulse else str(spec.get("name", spec["plugin"]))


def _plain(spec: Spec) -> tuple[tuple[str, str], ...]:
    given = {**spec.get("settings", {}), **spec.get("raw", {})}
    return tuple((name.replace("_", " "), value if isinstance(value, str) else f"{value:.4g}") for name, value in given.items())


def _said(sentence: str) -> str:
    """A reason without the name of the effect, which stands beside it."""
    return sentence.split(": ", 1)[-1]


@dataclass(frozen=True)
class Proof:
    """A port and its null test: what is left, in dB below pedalboard's output. A plug-in without a port stands for itself."""

    port: Port | Spec
    residual: float = 0.0


def prove(specs: Sequence[Spec], rate: int) -> list[Proof]:
    """Runs every port of a chain against pedalboard, with its own values."""
    return [Proof(port, residual(port, rate)) if isinstance(port, Port) else Proof(port) for port in ports(specs)]
