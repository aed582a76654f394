"""`utsushi live CHAIN`: the chain as an insert on live sound, through JACK or between two sound devices."""

import signal
import time
from pathlib import Path

import click
from rich.console import Console

from server.options import FILE
from shared_engine.errors import InputError

TICK = 0.1
"""Seconds between two looks at whether it shall end."""

TICKS_A_CHECK = 20
"""How many of them lie between two looks at whether the devices are still there."""


@click.command("live")
@click.argument("recipe", type=FILE)
@click.option("--jack", is_flag=True, help="Through JACK (also PipeWire's): connect the ports with your patch bay.")
@click.option("--connect", is_flag=True, help="With --jack: join the ports to the sound card's own.")
@click.option("--channels", default=2, type=click.IntRange(1, 8), help="With --jack: ports on each side.", show_default=True)
@click.option("--input", "source", help="Without --jack: the device to listen to.")
@click.option("--output", "sink", help="Without --jack: the device to play on.")
@click.option("--rate", default=48000, type=click.IntRange(8000, 192000), help="Without --jack: the sample rate.", show_default=True)
def live(recipe: Path, jack: bool, connect: bool, channels: int, source: str | None, sink: str | None, rate: int) -> None:
    """Puts the chain of RECIPE (recipe.json or chain.json) on live sound until Ctrl-C; goes along when the file is written anew."""
    from plugins_daw import chain
    from plugins_daw.insert import DeviceInsert, JackInsert

    console = Console()
    specs = chain.load(recipe)
    # Not an Event: set by a signal while this thread is on its way into its wait, which holds its lock, it would wait for itself.
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: stopped.append(number))
    if not jack:
        with DeviceInsert(specs, source, sink, rate) as insert:
            console.print(f"{insert.stream}. Ctrl-C ends it.", soft_wrap=True, highlight=False, markup=False)
            ticks = 0
            while not stopped:
                time.sleep(TICK)
                ticks += 1
                if ticks % TICKS_A_CHECK == 0:
                    insert.check()
        return
    with JackInsert(specs, channels, connect=connect) as insert:
        console.print(f"JACK ports: {', '.join(insert.ports)}. Ctrl-C ends it.", soft_wrap=True, highlight=False)
        written = recipe.stat().st_mtime
        while not insert.ended.wait(TICK) and not stopped:
            if recipe.exists() and recipe.stat().st_mtime != written:
                written = recipe.stat().st_mtime
                try:
                    insert.chain.change(chain.load(recipe))
                    console.print("the chain was changed")
                except InputError as error:
                    console.print(f"the chain stays as it was: {error}. {error.remedy}", soft_wrap=True)
        console.print(f"{insert.blocks} blocks, {insert.overruns} overruns" + (" (JACK has ended)" if insert.ended.is_set() else ""))
