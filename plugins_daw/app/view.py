"""What the page shows, as plain JSON: a function of the host, made anew after every change."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from plugins_daw import curves, session
from plugins_daw.effects import Effect
from plugins_daw.host import AudioHost
from plugins_daw.recording import BANDS, CHUNK
from plugins_daw.session import Answer, Slot
from plugins_daw.vst3 import AMOUNT, HostedEffect
from shared_engine.types import Parameter

HEADROOM_DB = -0.3
"""Level-matched sources are brought to a loudness at which none of them peaks beyond it."""

JSON = dict[str, Any]


def whole(host: AudioHost) -> JSON:
    """Everything but the samples."""
    with host.lock:
        return _whole(host)


def _whole(host: AudioHost) -> JSON:
    work = host.session
    state = work.state
    return {
        "type": "view",
        "file": {"name": host.file.name if host.file else None, "path": str(host.file) if host.file else None, "dirty": work.dirty},
        "folder": str(_folder(host)),
        "undo": work.can_undo,
        "redo": work.can_redo,
        "track": _track(host),
        "sources": sources(host),
        "references": [_reference(host, one.path, one.weight, one.original) for one in state.references],
        "chain": [_card(host, slot) for slot in state.chain],
        "available": [
            {"tool": e.tool.id, "label": e.tool.label, "help": e.tool.help}
            for e in host.catalogue.values()
            if all(slot.tool != e.tool.id for slot in state.chain)
        ],
        "trim": state.trim,
        "strength": state.strength,
        "takes": [{"name": one.name, "current": one.chain == state.chain and one.strength == state.strength} for one in state.takes],
        "answer": _answer(state.answer, state.chosen, session.standing(state)) if state.answer else None,
        "wishes": {
            "aspects": {name: name in state.wishes.aspects for name in session.ASPECTS},
            "likeness": state.wishes.likeness, "effects": state.wishes.effects, "seed": state.wishes.seed, "within": state.wishes.within,
        },
        "curve": _curve(host),
        "job": job(host),
    }  # fmt: skip


def job(host: AudioHost) -> JSON:
    """What is going on: reading a file, or the search."""
    found: JSON = {"busy": host.busy, "running": bool(host.job and host.job.running)}
    if host.job:
        standing = host.job.standing
        found.update(
            state=standing.state, stage=standing.stage, fraction=standing.fraction, eta=standing.eta, score=standing.score,
            baseline=standing.baseline, restarts=standing.restarts, drafted=standing.drafted, final=standing.final, kept=host.took_over,
            error={"what": standing.error[0], "remedy": standing.error[1]} if standing.error else None,
        )  # fmt: skip
    return found


def sources(host: AudioHost) -> list[JSON]:
    """What can be listened to, level-matched: the track, its result, every reference.

    `gain` in dB brings a source to the loudness at which all are compared.
    """
    if not host.track or not host.preview:
        return []
    names = ["track", "result", *(one.path for one in host.session.state.references)]
    found = []
    for name in names:
        recording = host.recording(name)
        stamps = host.preview.stamps.tolist() if name == "result" else []
        loudness = host.preview.loudness if name == "result" else recording.analysis.loudness
        found.append(
            {
                "id": name,
                "label": host.track.path.name if name == "track" else Path(name).name,
                "frames": recording.frames,
                "rate": recording.rate,
                "loudness": _finite(loudness),
                "peak": _decibels(recording.analysis.peak),
                "stamps": stamps,
                "spectrum": np.round(recording.analysis.spectrum, 1).tolist(),
                "complete": name != "result" or host.preview.complete,
            }
        )
    heard = [one for one in found if one["loudness"] is not None]
    common = min((one["loudness"] + min(0.0, HEADROOM_DB - (one["peak"] or 0.0)) for one in heard), default=0.0)
    track = found[0]["loudness"]
    level = min(track, common) if track is not None else common
    for one in found:
        one["gain"] = 0.0 if one["loudness"] is None else round(level - one["loudness"], 2)
    return found


def _folder(host: AudioHost) -> Path:
    """Where a dialog begins."""
    if host.file:
        return host.file.parent
    return Path(host.session.state.track).parent if host.session.state.track else Path.cwd()


def _track(host: AudioHost) -> JSON | None:
    track = host.track
    if track is None:
        return None
    return {
        "name": track.path.name, "path": str(track.path), "rate": track.rate, "channels": track.channels, "seconds": track.seconds,
        "frames": track.frames, "chunk": CHUNK, "notes": list(track.notes),
    }  # fmt: skip


def _reference(host: AudioHost, path: str, weight: float, original: str | None) -> JSON:
    track = host.files[path]
    return {
        "path": path, "name": track.path.name, "weight": weight, "original": Path(original).name if original else None,
        "rate": track.rate, "channels": track.channels, "seconds": track.seconds, "notes": list(track.notes),
    }  # fmt: skip


def _card(host: AudioHost, slot: Slot) -> JSON:
    effect = host.catalogue[slot.tool]
    state = host.session.state
    values = session.heard(effect, slot, state.strength)
    best = session.standing(state) == 0 or (session.standing(state) is None and state.chosen == 0)
    reasons = state.answer.reasons if state.answer and best else ()
    reason = next(({"share": one.share, "sentence": one.sentence} for one in reasons if one.tool == slot.tool), None)
    # A plug-in of the user's own has an amount among its settings; one of the two sliders is enough.
    own = isinstance(effect, HostedEffect)
    shown = [one for one in effect.tool.parameters if not (own and effect.flat and one.id == AMOUNT.id)]
    return {
        "tool": slot.tool, "label": effect.tool.label, "help": effect.tool.help, "bypass": slot.bypass, "lock": slot.lock,
        "amount": None if own and not effect.flat else slot.amount, "rests": effect.rests(values), "reason": reason,
        "parameters": [_knob(effect, one, slot.values[one.id], values[one.id]) for one in shown],
    }  # fmt: skip


def _knob(effect: Effect, parameter: Parameter, value: Any, heard: Any) -> JSON:
    return {
        "id": parameter.id, "label": parameter.label, "unit": parameter.unit, "low": parameter.low, "high": parameter.high,
        "scale": parameter.scale, "default": parameter.default, "choices": list(parameter.choices), "help": parameter.help,
        "value": value, "heard": heard, "amount": parameter.id == effect.amount,
    }  # fmt: skip


def _answer(answer: Answer, chosen: int, standing: int | None) -> JSON:
    return {
        "proposer": answer.proposer, "baseline": answer.baseline, "evaluations": answer.evaluations, "seconds": answer.seconds,
        "warnings": list(answer.warnings), "chosen": chosen if standing is None else standing, "edited": standing is None,
        "choices": [{"name": one.name, "reason": one.reason, "score": one.score} for one in answer.choices],
    }  # fmt: skip


def _curve(host: AudioHost) -> JSON | None:
    """The sum of all filters, over the frequencies of the spectrum."""
    if not host.track:
        return None
    usable = BANDS[0.48 * host.track.rate > BANDS]
    return {"hertz": np.round(BANDS, 1).tolist(), "decibels": np.round(curves.response(host.plugins, host.track.rate, usable), 2).tolist()}


def _decibels(value: float) -> float | None:
    return round(20 * math.log10(value), 2) if value > 0 else None


def _finite(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
