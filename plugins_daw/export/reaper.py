"""A REAPER project: the dry track through our JSFX, whose parameters are plain text, and the rendered one, muted.

REAPER finds the JSFX in the project's own folder `Effects`, which it calls <Project>; every value is where a person can read and change it.
The state of a VST3 stands in a project behind a header that others worked out (ProjectConverter, VstChunkHandler.java) and a number that
nobody did (CharlesHolbrow/vst-chunk-inspector, issue 2): the user's plug-ins are left out, and the project's notes say where they belong.
"""

import uuid
from collections.abc import Sequence
from pathlib import Path

from plugins_daw.export.ported import Port

SLIDERS = 64


def write(
    path: Path,
    name: str,
    rate: int,
    channels: int,
    seconds: float,
    ports: Sequence[Port],
    dry: str,
    wet: str,
    notes: Sequence[str] = (),
) -> list[Path]:
    """The project file, and the JSFX beside it -> what was written.

    `dry` and `wet` are paths relative to the project; `notes` become the project's notes.
    """
    effects = path.parent / "Effects"
    effects.mkdir(exist_ok=True)
    written = [path]
    for effect in {port.effect.name: port.effect for port in ports}.values():
        file = effects / f"utsushi-{effect.name}.jsfx"
        file.write_text(effect.text, encoding="utf-8")
        written.append(file)
    lines = ['<REAPER_PROJECT 0.1 "7.0/utsushi" 0']
    if notes:
        lines += ["  <NOTES 0 2", *(f"    |{one}" for one in notes), "  >"]
    lines += [f"  SAMPLERATE {rate} 1 0", "  TEMPO 120 4 4"]
    lines += _track(f"{name} (chain)", channels, seconds, dry, ports, muted=False)
    lines += _track(f"{name} (rendered)", channels, seconds, wet, (), muted=True)
    path.write_text("\n".join([*lines, ">"]) + "\n", encoding="utf-8")
    return written


def _track(name: str, channels: int, seconds: float, file: str, ports: Sequence[Port], muted: bool) -> list[str]:
    # REAPER's tracks have an even number of channels.
    lines = ["  <TRACK", f"    NAME {_quoted(name)}", f"    MUTESOLO {int(muted)} 0 0", f"    NCHAN {max(2, channels + channels % 2)}"]
    if ports:
        lines += ["    <FXCHAIN", "      SHOW 0", "      LASTSEL 0", "      DOCKED 0"]
        for port in ports:
            lines += _effect(port)
        lines += ["    >"]
    lines += ["    <ITEM", "      POSITION 0", f"      LENGTH {seconds:.9f}", "      LOOP 0", f"      NAME {_quoted(file)}"]
    lines += ["      <SOURCE WAVE", f"        FILE {_quoted(file)}", "      >", "    >", "  >"]
    return lines


def _effect(port: Port) -> list[str]:
    values = [f"{port.values.get(one.name, one.default):.9g}" for one in port.effect.sliders]
    values += ["-"] * (SLIDERS - len(values))
    identity = "{" + str(uuid.uuid4()).upper() + "}"
    return [
        "      BYPASS 0 0 0",
        f'      <JS "<Project>/utsushi-{port.effect.name}.jsfx" {_quoted(port.effect.title)}',
        f"        {' '.join(values)}",
        "      >",
        f"      FXID {identity}",
    ]


def _quoted(text: str) -> str:
    """A string as REAPER writes it: in whichever quotation mark it does not hold."""
    mark = next((one for one in "\"'`" if one not in text), '"')
    return mark + text.replace("\n", " ").replace(mark, "'") + mark
