"""`what-was-done.html`: one page without scripts that tells a colleague every setting, draws the curves, and proves the ports."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray

from plugins_daw import curves
from plugins_daw.chain import Spec, impulse_of, is_hosted
from plugins_daw.export.work import Port, Proof, Work

WIDTH, HEIGHT = 720, 240
HERTZ = np.geomspace(20.0, 20000.0, 300)
LEVELS = np.linspace(-60.0, 0.0, 121)
LIMIT_DB = -90.0
"""A filter counts as the same where what is left is below it."""

PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title><style>
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; max-width: 860px; margin: 40px auto; padding: 0 20px; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin-top: 34px; } h3 { font-size: 15px; margin: 22px 0 4px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } td, th { padding: 4px 18px 4px 0; text-align: left; }
td { vertical-align: top; } th { color: #59636e; font-weight: 500; } .number { white-space: nowrap; }
.dim { color: #59636e; } .good { color: #1a7f37; } .poor { color: #9a6700; }
svg { width: 100%; height: auto; background: #f6f8fa; border-radius: 6px; } svg text { font: 11px system-ui, sans-serif; fill: #59636e; }
@media (prefers-color-scheme: dark) { body { background: #131518; color: #d9dce1; } svg { background: #1b1e23; }
.dim, th, svg text { color: #8b929d; fill: #8b929d; } .good { color: #84bd93; } .poor { color: #e5a451; } }
</style></head><body>
<h1>$title</h1>
<p class="dim">$summary</p>
$sections
</body></html>
""")


def page(work: Work, proofs: Sequence[Proof], gain: float, loudness: tuple[float, float], notes: Sequence[str]) -> str:
    """The whole page. `gain`: dB after the chain; `loudness`: LUFS of the track and of the result."""
    references = f" after {', '.join(work.references)}" if work.references else ""
    summary = f"{work.track.path.name}{references}: {loudness[0]:.1f} LUFS before, {loudness[1]:.1f} LUFS after (ITU-R BS.1770). "
    summary += "The original file was not touched."
    sections = [_settings(work, gain)]
    linear = [spec for device in work.devices for spec in device.plugins if curves.coefficients(spec, work.track.rate) is not None]
    if any(spec["plugin"] != "Gain" for spec in linear):
        sections.append("<h2>All filters together</h2>" + _frequency_plot(linear, work.track.rate))
    for device in work.devices:
        drawn = _device_plot(device.plugins, work.track.rate)
        if drawn:
            sections.append(f"<h3>{escape(device.label)}</h3>{drawn}")
    sections.append(_proofs(proofs))
    if notes:
        sections.append("<h2>What to know</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>")
    return PAGE.substitute(title=f"What was done to {escape(work.track.path.name)}", summary=escape(summary), sections="\n".join(sections))


def _settings(work: Work, gain: float) -> str:
    rows = [("Input", "trim", f"{work.trim:+.2f} dB", "brings the track to the level at which the thresholds were found")]
    for device in work.devices:
        for index, (name, value) in enumerate(device.settings or (("", ""),)):
            rows.append((device.label if index == 0 else "", name, value, device.reason if index == 0 else ""))
    rows.append(("Output", "level", f"{gain:+.2f} dB", "as loud as the track, unless its peaks would clip"))
    cells = "".join(_row(f"<b>{escape(a)}</b>", escape(b), f"<span class=number>{escape(c)}</span>", escape(d)) for a, b, c, d in rows)
    return (
        f"<h2>Settings, in the order of the chain</h2><table><tr><th>Effect</th><th>Setting</th><th>Value</th><th></th></tr>{cells}</table>"
    )


def _proofs(proofs: Sequence[Proof]) -> str:
    rows = []
    for proof in proofs:
        if isinstance(proof.port, Port):
            level = "no difference" if proof.residual <= -179 else f"{proof.residual:.1f} dB"
            kind = "good" if proof.residual <= LIMIT_DB else "poor"
            values = ", ".join(f"{name} {value:.4g}" for name, value in proof.port.values.items())
            said = f"<span class='number {kind}'>{level}</span>"
            rows.append(_row(f"<b>{escape(proof.port.effect.title)}</b>", said, f"<span class=dim>{escape(values)}</span>"))
        else:
            impulse = impulse_of(proof.port)
            named = f"Convolution with {Path(impulse).name}" if impulse else str(proof.port.get("name", proof.port["plugin"]))
            said = "itself, by its state" if is_hosted(proof.port) else "no port: only in the rendered track"
            rows.append(_row(f"<b>{escape(named)}</b>", f"<span class=dim>{said}</span>", ""))
    return (
        "<h2>Null tests of the ports</h2><p>The built-in effects in the REAPER project and in the Ardour session are the texts of JSFX. "
        "Each text was run on noise and tones with these settings, and pedalboard's output taken away from its own; this is what is left, "
        "below the signal.</p>"
        f"<table><tr><th>Port</th><th>Residual</th><th>Settings</th></tr>{''.join(rows)}</table>"
    )


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _device_plot(specs: Sequence[Spec], rate: int) -> str:
    """The curve of one device: over frequency for filters, over level for dynamics; "" for others."""
    if all(spec["plugin"] != "Gain" and curves.coefficients(spec, rate) is not None for spec in specs):
        return _frequency_plot(specs, rate)
    for spec in specs:
        drawn = curves.transfer(spec, LEVELS)
        if drawn is not None:
            return _level_plot(drawn)
    return ""


def _frequency_plot(specs: Sequence[Spec], rate: int) -> str:
    usable = HERTZ[0.48 * rate > HERTZ]
    level = curves.response(specs, rate, usable)
    span = max(6.0, math.ceil(min(float(np.abs(level).max()), 36.0) / 6) * 6)

    def x(hertz: float) -> float:
        return math.log(hertz / 20) / math.log(1000) * WIDTH

    def y(decibels: float) -> float:
        return HEIGHT / 2 - max(-1.05, min(1.05, decibels / span)) * (HEIGHT / 2 - 18)

    marks = [
        _line(x(f), 0, x(f), HEIGHT, f"{f:g}" if f < 1000 else f"{f / 1000:g}k", x(f) + 3, HEIGHT - 5)
        for f in (50, 100, 200, 500, 1000, 2000, 5000, 10000)
    ]
    marks += [_line(0, y(db), WIDTH, y(db), f"{db:+g} dB", 4, y(db) - 3) for db in (-span, -span / 2, 0.0, span / 2, span)]
    return _plot(marks, [(x(f), y(db)) for f, db in zip(usable, level, strict=True)])


def _level_plot(output: NDArray[np.float64]) -> str:
    def x(decibels: float) -> float:
        return (decibels + 60) / 60 * WIDTH

    def y(decibels: float) -> float:
        return HEIGHT - (max(-60.0, min(0.0, decibels)) + 60) / 60 * HEIGHT

    marks = [_line(x(db), 0, x(db), HEIGHT, f"{db:g} dB in", x(db) + 3, HEIGHT - 5) for db in (-48, -36, -24, -12)]
    marks += [_line(0, y(db), WIDTH, y(db), f"{db:g} dB out", 4, y(db) - 3) for db in (-48, -36, -24, -12)]
    diagonal = f'<path d="M 0 {HEIGHT} L {WIDTH} 0" stroke="#8b929d" stroke-dasharray="3 4" fill="none"/>'
    return _plot([*marks, diagonal], [(x(a), y(b)) for a, b in zip(LEVELS, output, strict=True)])


def _line(x1: float, y1: float, x2: float, y2: float, text: str, at: float, base: float) -> str:
    line = f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8b929d" stroke-opacity=".25"/>'
    return line + f'<text x="{at:.1f}" y="{base:.1f}">{text}</text>'


def _plot(marks: Sequence[str], points: Sequence[tuple[float, float]]) -> str:
    path = "M " + " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    curve = f'<path d="{path}" stroke="#d08a2c" stroke-width="2" fill="none"/>'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(marks)}{curve}</svg>'
