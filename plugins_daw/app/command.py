"""`utsushi daw [TRACK] [--like REFERENCE ...]`: the audio host's window, in the user's browser."""

import asyncio
import signal
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from server.options import FILE


@click.command("daw")
@click.argument("track", type=FILE, required=False)
@click.option("--like", "references", multiple=True, type=FILE, help="A recording with the sound. Several say more than one.")
@click.option("--session", "session", type=FILE, help="Go on with a saved session.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="A fixed port instead of a free one.")
@click.option("--no-browser", is_flag=True, help="Only print the address of the window.")
def daw(track: Path | None, references: tuple[Path, ...], session: Path | None, port: int, no_browser: bool) -> None:
    """Opens the audio host: tweak a chain of effects, listen level-matched, imitate, export into a DAW."""
    asyncio.run(_serve(track, references, session, port, no_browser))


async def _serve(track: Path | None, references: Sequence[Path], session: Path | None, port: int, no_browser: bool) -> None:
    from plugins_daw.app.server import Window
    from plugins_daw.imitation import warm_up

    console = Console()
    window = Window()
    loop = asyncio.get_running_loop()
    address = await window.start(port)
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    try:
        if session:
            window.host.do("open_session", {"path": str(session)})
        if track:
            window.host.do("open_track", {"path": str(track)})
        for path in references:
            window.host.do("add_reference", {"path": str(path)})
        window.host.session.forget_history()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, window.shut.set)
        console.print(f"The audio host is at {address}", soft_wrap=True, highlight=False)
        console.print("[dim]Only this address, on this machine, gets in. Ctrl-C ends it.[/dim]")
        if not no_browser:
            webbrowser.open(address)
        await window.shut.wait()
    finally:
        await window.stop()
