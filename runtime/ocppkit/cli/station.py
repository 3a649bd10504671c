"""``ocppkit station``: a station that runs by itself, with its console or its control protocol."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, redirect_stdout, suppress
from pathlib import Path
from typing import NoReturn

import click
from attrs import frozen

from ocppkit.cli.station_file import NoHardware, equipment, lockless, read_settings, unheeded
from ocppkit.control.address import Address, Stdio, parse_address
from ocppkit.control.listeners import listening
from ocppkit.control.standalone import AttachFailed, Standalone
from ocppkit.errors import ConfigurationError
from ocppkit.message import Version
from ocppkit.station.hardware import Hardware
from ocppkit.station.settings.behaviour import OnReset
from ocppkit.station.settings.document import StationSettings
from ocppkit.store import StoreInUse

__all__ = ["command"]

_logger = logging.getLogger(__name__)
_LEVELS = ("debug", "info", "warning", "error")
_EPILOG = """\b
Exit codes: 0 after a clean end: quit, SIGTERM, SIGINT, the end of the standard
input, a Reset with on_reset = "exit"; 1 when the station failed, as where
another one uses its state; 2 when the command line or the file is wrong."""


class _RunByDefault(click.Group):
    """A group that takes what is not a subcommand for the arguments of ``run``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``run`` in front, where it was left out."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _address(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> Address | None:
    try:
        return None if value is None else parse_address(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@frozen(kw_only=True)
class _Run:
    settings: StationSettings
    hardware: Hardware
    address: Address | None
    console: bool


@click.group("station", cls=_RunByDefault, epilog=_EPILOG)
def command() -> None:
    """Run a charging station by itself: `ocppkit station station.toml`."""


@command.command("run", epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--hardware",
    metavar="NAME|MODULE:CLASS",
    help="The equipment, if it is not simulated: an entry point of the group ocppkit.hardware,"
    " or a class, also of the current folder; called with the station's description, if it takes"
    " one. Its method attach, if there is one, is called with the running station.",
)
@click.option("--console", is_flag=True, help="Take commands from the keyboard.")
@click.option(
    "--control",
    "address",
    callback=_address,
    metavar="stdio|unix:PATH|tcp:HOST:PORT",
    help="Take commands from programs.",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="What must survive a power cut; wins over the file's.",
)
@click.option(
    "--log-level",
    type=click.Choice(_LEVELS),
    help="What is logged to the standard error; info, or with --console warning, if left out.",
)
def run(
    file: Path,
    *,
    hardware: str | None,
    console: bool,
    address: Address | None,
    state_dir: Path | None,
    log_level: str | None,
) -> None:
    """Run the station of FILE until it is told to end."""
    if console and isinstance(address, Stdio):
        raise click.UsageError("--console and --control stdio both want the standard input")
    logging.basicConfig(
        stream=sys.stderr,
        level="WARNING",  # of others: at DEBUG, websockets writes passwords
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    level = log_level or ("warning" if console else "info")
    logging.getLogger("ocppkit").setLevel(level.upper())
    try:
        settings = read_settings(file, state_dir=state_dir)
        found = equipment(
            hardware,
            settings.description(),
            lockless=lockless(settings),
            simulation=settings.simulation,
        )
    except (ConfigurationError, NoHardware) as error:
        _refuse(str(error))
    for key, why in unheeded(settings, found):
        _logger.warning("%s in %s does not count: %s", key, file, why)
    asked = _Run(settings=settings, hardware=found, address=address, console=console)
    try:
        asyncio.run(_run(asked))
    except* (AttachFailed, OSError, StoreInUse) as failure:
        for reason in _leaves(failure):
            click.echo(f"the station failed: {reason}", err=True)
        raise SystemExit(1) from None
    except* Exception:
        _logger.exception("the station failed")
        raise SystemExit(1) from None


@command.command("init")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default="station.toml")
@click.option(
    "--version",
    "versions",
    type=click.Choice(["1.6", "2.0.1"]),
    multiple=True,
    help="What the station speaks, best first; both if left out.",
)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def init(file: Path, *, versions: tuple[str, ...], force: bool) -> None:
    """Write a commented FILE to start from; station.toml unless told otherwise."""
    from ocppkit.station.settings.writing import (  # noqa: PLC0415  # a station writes none
        initial_configuration,
    )

    spoken = tuple(Version(f"ocpp{each}") for each in dict.fromkeys(versions))
    try:
        with file.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(initial_configuration(versions=spoken))
    except FileExistsError:
        _refuse(f"{file} is there already; --force overwrites it")
    except OSError as error:
        _refuse(f"{file} cannot be written: {error.strerror}")
    click.echo(f"{file} is written; start with: ocppkit station {file}")


async def _run(asked: _Run) -> None:
    standalone = Standalone(
        asked.settings.config(),
        hardware=asked.hardware,
        exit_on_reset=asked.settings.storage.on_reset is OnReset.EXIT,
    )
    controller = standalone.controller
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows Ctrl-C is an exception
            loop.add_signal_handler(number, controller.quit)
    async with AsyncExitStack() as stack:
        if isinstance(asked.address, Stdio):  # what others print must not come between the lines
            stack.enter_context(redirect_stdout(sys.stderr))
        if asked.address is not None:
            bound = await stack.enter_async_context(listening(asked.address, controller))
            _logger.info("commands are taken at %s", bound)
        await stack.enter_async_context(standalone.running())
        if asked.console:
            from ocppkit.cli.console import run_console  # noqa: PLC0415  # prompt_toolkit is slow

            console = asyncio.ensure_future(run_console(controller))
            console.add_done_callback(lambda _: controller.quit())
            stack.push_async_callback(_finish, console)
        await controller.quitting()


async def _finish(console: asyncio.Task[None]) -> None:
    """Let the console go; what it raised, if anything, is raised."""
    if not console.done():
        console.cancel()
    with suppress(asyncio.CancelledError):
        await console


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """What was raised, out of its groups."""
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each


def _refuse(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(2)
