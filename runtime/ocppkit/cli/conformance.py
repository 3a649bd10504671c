"""``ocppkit conformance``: plays Part 6's cases against a charging station."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NoReturn

import click
from attrs import evolve, frozen

from ocppkit.clock import SystemClock
from ocppkit.conformance.case import CASES
from ocppkit.conformance.cases import load
from ocppkit.conformance.facts import Facts
from ocppkit.conformance.kit import Kit
from ocppkit.conformance.page import page
from ocppkit.conformance.process import at_socket, in_process
from ocppkit.conformance.report import junit, summary, text
from ocppkit.conformance.runner import Runner, select
from ocppkit.conformance.serving import serve, shown
from ocppkit.conformance.settings import CaseSettings, read_settings
from ocppkit.conformance.verdict import Outcome, StationNotIdle, Verdict
from ocppkit.conformance.world import PromptWorld, World
from ocppkit.errors import ConfigurationError

__all__ = ["command"]

_EPILOG = """\b
Exit codes: 0 when no case failed; 1 when one did, or could not be judged;
2 when the command line, the settings or the station are wrong."""

_FILE = click.Path(dir_okay=False, path_type=Path)


@frozen(kw_only=True)
class _Run:
    station: str
    cases: Sequence[Facts]
    settings: CaseSettings
    host: str
    port: int
    trace: bool


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and int(port) < 65536):
        raise click.BadParameter(f"HOST:PORT is expected, not {value!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _which(profiles: tuple[str, ...], blocks: tuple[str, ...], ids: tuple[str, ...]) -> list[Facts]:
    load()
    try:
        chosen = select(profiles=profiles, blocks=blocks, ids=ids)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not chosen:
        raise click.UsageError("no case is of all that: profiles, blocks and cases are to agree")
    return chosen


_chosen = (
    click.option("--profile", "profiles", multiple=True, help="Of this profile; repeatable."),
    click.option("--block", "blocks", multiple=True, help="Of this block; repeatable."),
    click.option("--case", "ids", multiple=True, metavar="ID", help="This one; repeatable."),
)


@click.group("conformance")
def command() -> None:
    """Play the specification's cases for 2.0.1 charging stations."""


@command.command("list")
@_chosen[0]
@_chosen[1]
@_chosen[2]
def list_command(profiles: tuple[str, ...], blocks: tuple[str, ...], ids: tuple[str, ...]) -> None:
    """Show the cases, their profiles and what they need."""
    for facts in _which(profiles, blocks, ids):
        note = facts.condition and f" [{facts.condition}]"
        if facts.withdrawn:
            note = f" (withdrawn by {facts.withdrawn})"
        elif facts.id not in CASES:
            note += " (not written yet)"
        click.echo(f"{facts.id:<12}{facts.mark}  {facts.profile}: {facts.name}{note}")


@command.command("run", epilog=_EPILOG)
@_chosen[0]
@_chosen[1]
@_chosen[2]
@click.option(
    "--station",
    required=True,
    metavar="COMMAND|tcp:HOST:PORT|unix:PATH|person",
    help="What starts a station that takes commands with --control stdio; or where a station takes"
    " commands; or a person at the keyboard.",
)
@click.option(
    "--listen",
    "address",
    default="127.0.0.1:9201",
    show_default=True,
    callback=_address,
    metavar="HOST:PORT",
    help="Where the station finds the kit; the second endpoint is a port higher.",
)
@click.option("--settings", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--junit", "junit_file", type=_FILE, help="Write the verdicts as JUnit's XML.")
@click.option("--html", "html_file", type=_FILE, help="Write the verdicts as a page.")
@click.option("--trace", is_flag=True, help="Show what passed in the cases that failed.")
def run_command(
    *,
    profiles: tuple[str, ...],
    blocks: tuple[str, ...],
    ids: tuple[str, ...],
    station: str,
    address: tuple[str, int],
    settings: Path | None,
    junit_file: Path | None,
    html_file: Path | None,
    trace: bool,
) -> None:
    """Play cases against a station, and judge it."""
    cases = _which(profiles, blocks, ids)
    try:
        told = CaseSettings() if settings is None else read_settings(settings)
    except (ConfigurationError, OSError) as error:
        _refuse(str(error))
    asked = _Run(
        station=station,
        cases=cases,
        settings=told,
        host=address[0],
        port=address[1],
        trace=trace,
    )
    try:
        verdicts = asyncio.run(_run(asked))
    except KeyboardInterrupt:
        raise SystemExit(1) from None
    except (OSError, StationNotIdle, ValueError) as error:
        _refuse(str(error))
    click.echo(summary(verdicts))
    if junit_file is not None:
        _write(junit_file, junit(verdicts, cases))
    if html_file is not None:
        _write(html_file, page(verdicts, cases, title=f"Conformance of {station}"))
    bad = any(each.outcome in (Outcome.FAILED, Outcome.ERROR) for each in verdicts)
    raise SystemExit(1 if bad else 0)


@command.command("certificates")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--identity", required=True, help="The station's.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The name or address at which the station finds the kit.",
)
@click.option("--serial-number", help="In the station's certificate; the identity if left out.")
@click.option("--organization", help="In all certificates.")
def certificates_command(
    *, folder: Path, identity: str, host: str, serial_number: str | None, organization: str | None
) -> None:
    """Write what the station and the kit need for security profiles 2 and 3."""
    try:
        from ocppkit.conformance.certificates import lay_out  # noqa: PLC0415  # an extra
        from ocppkit.conformance.pki import ORGANIZATION  # noqa: PLC0415  # an extra
    except ImportError:
        _refuse("certificates need ocppkit[security]")
    try:
        made = lay_out(
            folder,
            identity=identity,
            host=host,
            now=SystemClock().utc_now(),
            serial_number=serial_number,
            organization=organization or ORGANIZATION,
        )
    except (OSError, ValueError) as error:
        _refuse(str(error))
    click.echo("for the station:")
    for kind, path in made.roots.items():
        click.echo(f"  {kind + ' root':<18}{path}")
    click.echo(f"  {'certificate, key':<18}{made.chain}, {made.key}")
    click.echo(f"  {'station.toml':<18}{made.station}: the table of a station of this library")
    click.echo("for the kit:")
    for profile, path in made.settings.items():
        click.echo(f"  {f'profile {profile}':<18}--settings {path}")


async def _run(asked: _Run) -> list[Verdict]:
    known = {each.id: each for each in asked.cases}

    def tell(verdict: Verdict) -> None:
        click.echo(text(verdict, known[verdict.id], trace=asked.trace))

    async with _kit(asked) as kit:
        runner = Runner(kit)
        await runner.begin()
        return await runner.run(asked.cases, told=tell)


@asynccontextmanager
async def _kit(asked: _Run) -> AsyncIterator[Kit]:
    """The kit, listening, and the station on its way to it."""
    async with AsyncExitStack() as stack:
        kit = Kit(settings=asked.settings, world=_Nowhere(), clock=SystemClock())
        shown(kit, asked.host)
        ports = (asked.port, asked.port + 1 if asked.port else 0)
        urls = [
            await stack.enter_async_context(serve(endpoint, host=asked.host, port=port))
            for endpoint, port in zip((kit.first, kit.second), ports, strict=True)
        ]
        kit.settings = evolve(
            asked.settings,
            csms_url=asked.settings.csms_url or urls[0],
            csms_url2=asked.settings.csms_url2 or urls[1],
        )
        click.echo(f"the kit listens at {urls[0]}", err=True)
        kit.world = await _world(asked.station, stack)
        yield kit


async def _world(station: str, stack: AsyncExitStack) -> World:
    if station == "person":
        return PromptWorld(_prompt)
    if station.startswith(("tcp:", "unix:")):
        return await stack.enter_async_context(at_socket(station))
    return await stack.enter_async_context(in_process(station))


class _Nowhere:
    """The world until the station is there."""

    def can(self, action: str) -> bool:  # noqa: ARG002  # a World
        """Nothing."""
        return False

    async def perform(self, action: str, **args: object) -> None:
        """Nobody asks that."""
        raise NotImplementedError(action, args)


async def _prompt(question: str) -> str:
    click.echo(question, nl=False)
    return await asyncio.to_thread(sys.stdin.readline)


def _write(path: Path, content: str) -> None:
    try:
        _ = path.write_text(content, encoding="utf-8")
    except OSError as error:
        _refuse(f"{path}: {error.strerror or error}")


def _refuse(why: str) -> NoReturn:
    click.echo(why, err=True)
    raise SystemExit(2)
