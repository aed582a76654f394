"""The recipe file of the audio host: what was asked, which settings were found, what they are worth, and the chain itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from plugins_daw import chain
from plugins_daw.bounce import Bounce
from plugins_daw.tracks import Track
from shared_engine.types import Tool, Value


def describe(
    answer: Mapping[str, Any],
    plugins: Sequence[chain.Spec],
    made: Bounce,
    tools: Sequence[Tool],
    track: Track,
    references: Sequence[Track],
    original: Track | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """`answer` is the engine's imitation; `plugins` the complete chain with its gains, as `chain.load` reads it again."""
    warnings = list(answer["warnings"])
    if made.limited:
        warnings.append(f"It is {made.before - made.after - made.gain:.1f} dB softer than the track: louder, its peaks would clip.")
    return {
        "format": "utsushi-recipe",
        "version": 1,
        "host": "daw",
        "track": track.path.name,
        "references": [one.path.name for one in references],
        "original": original.path.name if original else None,
        "options": dict(options),
        "proposer": answer["proposer"],
        "score": answer["score"]["total"],
        "score_unit": "dB of log-mel distance to the proposal",
        "score_of_doing_nothing": answer["baseline"]["total"],
        "settings": settings(answer["recipe"], tools),
        "chain": answer["recipe"],
        "plugins": list(plugins),
        "loudness_lufs": round(made.after + made.gain, 2),
        "effects": answer["effects"],
        "warnings": warnings,
        "alternatives": [
            {
                "name": one["name"], "reason": one["reason"], "score": one["score"]["total"], "dB_to_best": one["distance_to_best"],
                "settings": settings(one["recipe"], tools), "chain": one["recipe"],
                "plugins": [plugins[0], *(spec for entry in one["recipe"] for spec in entry["plugins"])],
            } for one in answer["alternatives"]
        ],
        "evaluations": answer["evaluations"],
        "seconds": round(answer["seconds"], 2),
    }  # fmt: skip


def settings(entries: Sequence[Mapping[str, Any]], tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Effect, setting, value, unit and default of every effect that is heard, in the order of the chain."""
    known: dict[str, Tool] = {tool.id: tool for tool in tools}
    rows: list[dict[str, Any]] = []
    for entry in (one for one in entries if one["plugins"]):
        for parameter in known[entry["tool"]].parameters:
            value: Value = entry["values"][parameter.id]
            rows.append(
                {"effect": entry["name"], "setting": parameter.label, "value": value, "unit": parameter.unit, "default": parameter.default}
            )
    return rows
