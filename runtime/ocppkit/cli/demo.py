"""``ocppkit demo``: a whole charging session over a real websocket, shown message by message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from attrs import Factory, define, frozen
from rich.console import Console
from rich.text import Text

from ocppkit import v16, v201
from ocppkit.clock import SystemClock
from ocppkit.connection import Direction, Kind, Passed
from ocppkit.csms import CsmsServer
from ocppkit.errors import OcppError
from ocppkit.message import Version
from ocppkit.message_log.summary import facts, registers_wh
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig, TokenOutcome

__all__ = ["command"]

_IDENTITY = "CS001"
_clock = SystemClock()
_TOKEN = IdToken("04E1A2B3")
_PATIENCE = 5.0  # seconds for what should take milliseconds
_VERSIONS = {"1.6": (Version.V16,), "2.0.1": (Version.V201,), "both": tuple(Version)}
_TITLES = {Version.V16: "OCPP 1.6", Version.V201: "OCPP 2.0.1"}

T = TypeVar("T")


class _Failed(Exception):
    """The demonstration did not go as it should; the text says what happened."""


@frozen(kw_only=True)
class _Summary:
    version: Version
    messages: int
    energy_wh: float
    duration: float


@define
class _Transcript:
    """Shows messages as they pass, and lets others wait for one."""

    console: Console
    began: float = Factory(_clock.monotonic)
    passed: list[Passed] = Factory(list)
    _more: asyncio.Event = Factory(asyncio.Event)

    def __call__(self, message: Passed) -> None:
        self.passed.append(message)
        self.console.print(
            _line(message, _clock.monotonic() - self.began), no_wrap=True, overflow="ellipsis"
        )
        self._more.set()

    async def wait(self, what: str, wanted: Callable[[Passed], bool], *, times: int = 1) -> None:
        """Wait until so many messages fit."""
        while sum(map(wanted, self.passed)) < times:
            self._more.clear()
            await self._more.wait()
            self._check()
        self._check()
        self.console.print(Text(f"      · {what}", style="dim"), no_wrap=True)

    def registers(self) -> list[float]:
        """What the meter was said to show, in order, in Wh."""
        calls = [message.payload for message in self.passed if message.kind is Kind.CALL]
        return [value for payload in calls for value in registers_wh(payload)]

    def _check(self) -> None:
        for message in self.passed:
            if message.kind in {Kind.CALLERROR, Kind.UNREADABLE}:
                said = message.code or message.description
                raise _Failed(f"{message.action or 'a message'} was answered with {said}")


def _line(message: Passed, at: float) -> Text:
    sent = message.direction is Direction.SENT
    answer = message.kind is not Kind.CALL
    arrow = ("→" if sent else "←") if not answer else ("⇢" if sent else "⇠")
    latency = "" if message.latency_s is None else f"{message.latency_s * 1000:.1f} ms"
    bad = message.kind in {Kind.CALLERROR, Kind.UNREADABLE}
    colour = "red" if bad else "cyan" if sent else "green"
    return Text.assemble(
        (f"{at:5.2f} ", "dim"),
        (f"{arrow} ", colour),
        (f"{message.action or '?':<18} ", f"dim {colour}" if answer and not bad else colour),
        (f"{latency:>7} ", "dim"),
        facts(message),
    )


def _is(action: str, kind: Kind = Kind.CALLRESULT, **wanted: str) -> Callable[[Passed], bool]:
    """Tells whether a message is of an action and says what is wanted at the top of its payload."""

    def fits(message: Passed) -> bool:
        if message.action != action or message.kind is not kind:
            return False
        inner = {**message.payload, **message.payload.get("transactionInfo", {})}
        return all(inner.get(key) == value for key, value in wanted.items())

    return fits


async def _in_time(what: str, doing: Awaitable[T], patience: float = _PATIENCE) -> T:
    try:
        async with asyncio.timeout(patience):
            return await doing
    except TimeoutError:
        raise _Failed(f"{what}: nothing happened within {patience:g} s") from None


async def _session(version: Version, seconds: int, console: Console) -> _Summary:
    """One charging session, from boot to the cable's going."""
    transcript = _Transcript(console)
    hardware = SimulatedHardware(step=0.25, meter_start_wh=12_000.0)
    old = version is Version.V16
    sampled = (
        _is("MeterValues")
        if old
        else _is("TransactionEvent", Kind.CALL, triggerReason="MeterValuePeriodic")
    )
    charging = (
        _is("StatusNotification", Kind.CALL, status="Charging")
        if old
        else _is("TransactionEvent", Kind.CALL, chargingState="Charging")
    )
    status = "status" if old else "connectorStatus"
    occupied = {status: "Preparing" if old else "Occupied"}
    told = 2 if old else 1  # 1.6 tells of the charge point, too

    async def step(what: str, wanted: Callable[[Passed], bool], times: int = 1) -> None:
        await _in_time(what, transcript.wait(what, wanted, times=times), _PATIENCE + times)

    async with CsmsServer(host="127.0.0.1", port=0) as csms:
        config = StationConfig(
            identity=_IDENTITY, csms_url=csms.url, versions=(version,), sample_interval=1
        )
        station = ChargingStation(config, hardware=hardware, observer=transcript)
        hardware.attach(station)
        async with station:
            await step("booted, and every status is told", _is("StatusNotification"), told)
            await _in_time("heartbeat", _trigger_heartbeat(csms, version))
            await step("heard its heart", _is("Heartbeat"))
            await hardware.arrive(SimulatedEv(start_delay=0.2, max_power_w=22_000.0))
            await step("the cable is in", _is("StatusNotification", Kind.CALL, **occupied))
            await _present(station, TokenOutcome.ACCEPTED)
            await step("the EV draws energy", charging)
            await step(f"{seconds} meter values", sampled, seconds)
            await _present(station, TokenOutcome.STOPPED)
            await _in_time("the end of the transaction", station.wait_delivered())
            await hardware.depart()
            available = _is("StatusNotification", Kind.CALL, **{status: "Available"})
            await step("the cable is out", available, told + 1)
            answers = sum(map(_is("StatusNotification", Kind.CALL), transcript.passed))
            await step("the CSMS knows everything", _is("StatusNotification"), answers)
    registers = transcript.registers()
    energy_wh = registers[-1] - registers[0]
    if energy_wh <= 0:
        raise _Failed("no energy was counted")
    return _Summary(
        version=version,
        messages=len(transcript.passed),
        energy_wh=energy_wh,
        duration=_clock.monotonic() - transcript.began,
    )


async def _trigger_heartbeat(csms: CsmsServer, version: Version) -> None:
    """Have the CSMS ask for a heartbeat: the station's own is minutes away."""
    station = csms.station(_IDENTITY)
    if version is Version.V16:
        wanted = v16.MessageTrigger.HEARTBEAT
        old = await station.call(v16.TriggerMessageRequest(requested_message=wanted))
        accepted = old.status is v16.TriggerMessageStatus.ACCEPTED
    else:
        asked = v201.MessageTriggerEnumType.HEARTBEAT
        new = await station.call(v201.TriggerMessageRequest(requested_message=asked))
        accepted = new.status is v201.TriggerMessageStatusEnumType.ACCEPTED
    if not accepted:
        raise _Failed("the station will not send a heartbeat")


async def _present(station: ChargingStation, wanted: TokenOutcome) -> None:
    presented = station.evse(1).token_presented(_TOKEN)
    outcome = await _in_time("the token", presented)
    if outcome is not wanted:
        raise _Failed(f"the token was {outcome}, not {wanted}")


async def _demonstrate(versions: tuple[Version, ...], seconds: int, console: Console) -> None:
    summaries = []
    for version in versions:
        title = f"{_TITLES[version]}: {_IDENTITY} (→) and its CSMS (←), dashed for answers"
        console.print(Text(title, style="bold"))
        summaries.append(await _session(version, seconds, console))
        console.print()
    for summary in summaries:
        console.print(
            Text(
                f"{_TITLES[summary.version]:<10}  {summary.messages} messages, "
                f"{summary.energy_wh / 1000:.3f} kWh, {summary.duration:.1f} s"
            )
        )


def _reasons(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [reason for inner in error.exceptions for reason in _reasons(inner)]
    return [str(error) or type(error).__name__]


@click.command("demo")
@click.option(
    "--seconds",
    type=click.IntRange(1, 60),
    default=5,
    show_default=True,
    help="How long the EV charges.",
)
@click.option(
    "--version",
    type=click.Choice(list(_VERSIONS)),
    default="both",
    show_default=True,
    help="Which protocol version to show.",
)
def command(seconds: int, version: str) -> None:
    """Show a charging session: a simulated station, a CSMS, and every message between them."""
    console = Console(highlight=False)
    try:
        asyncio.run(_demonstrate(_VERSIONS[version], seconds, console))
    except* (_Failed, OcppError, OSError) as failure:
        for reason in _reasons(failure):
            click.echo(f"the demonstration failed: {reason}", err=True)
        raise SystemExit(1) from None
