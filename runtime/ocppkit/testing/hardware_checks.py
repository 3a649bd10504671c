"""What a hardware has to do right, check by check."""

from __future__ import annotations

import asyncio
import base64
import difflib
import inspect
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from attrs import frozen

from ocppkit.clock import SystemClock
from ocppkit.station.calling import Done, HardwareCalls
from ocppkit.station.capabilities import (
    METHODS,
    REQUIRED,
    Capability,
    ConnectorState,
    DisplayText,
    LogKind,
    Recovery,
    capabilities_of,
)
from ocppkit.station.hardware import (
    Hardware,
    MeterReading,
    Offer,
    RebootReason,
    StartReason,
    StationDescription,
)
from ocppkit.station.metering import Occasion, sound

__all__ = ["CHECKS", "Check", "Nonconformance", "Subject"]

_BLOCKED = 0.5  # seconds without a turn of the event loop
_LENGTHS = {"vendor": 20, "model": 20, "serial_number": 25, "firmware_version": 50}
_ARGUMENTS: Final[Mapping[str, tuple[tuple[object, ...], Mapping[str, object]]]] = {
    "allow_charging": ((1, Offer()), {}),
    "bay_occupied": ((1,), {}),
    "bring_up": (("Wired0",), {}),
    "choose_to_stop": (((1,),), {}),
    "collect_log": ((LogKind.DIAGNOSTICS, Path("log")), {"oldest": None, "latest": None}),
    "connector_state": ((1, 1), {}),
    "install_firmware": ((Path("image"), print), {}),
    "lock": ((1, 1), {}),
    "main_meter": ((), {}),
    "meter": ((1,), {}),
    "reboot": ((RebootReason.SOFT_RESET,), {}),
    "recover": ((1, "transaction"), {}),
    "reset_evse": ((1,), {}),
    "set_time": ((datetime(2026, 1, 1, tzinfo=UTC),), {}),
    "show": ((None,), {"evse": None}),
    "signed_meter": ((1, Occasion.BEGIN), {}),
    "speak": (("nl",), {"evse": None}),
    "start_reason": ((), {}),
    "stop_charging": ((1,), {}),
    "unlock": ((1, 1), {}),
}


class Nonconformance(AssertionError):
    """A hardware breaks the contract; the text says how."""


class Subject:
    """A hardware under test, whose methods are called as the station would.

    Attributes:
        hardware: the integrator's.
        evses: the numbers of its EVSEs.
    """

    def __init__(self, hardware: Hardware, *, timeout: float) -> None:
        self.hardware = hardware
        self._timeout = timeout
        self._calls = HardwareCalls()

    @property
    def evses(self) -> range:
        """The numbers of its EVSEs."""
        return range(1, len(self.hardware.description.evses) + 1)

    def can(self, capability: Capability) -> bool:
        """Whether it can do something."""
        return capability in capabilities_of(self.hardware)

    def sockets(self) -> list[tuple[int, int]]:
        """The connectors whose cables are not tethered, by EVSE and number."""
        return [
            (evse, number)
            for evse, described in enumerate(self.hardware.description.evses, start=1)
            for number, connector in enumerate(described.connectors, start=1)
            if not connector.tethered
        ]

    async def call(self, name: str, /, *args: Any, **named: Any) -> Any:
        """Call a method; raises `Nonconformance` where it raises, hangs or blocks."""
        words = ", ".join([*map(repr, args), *(f"{key}={value!r}" for key, value in named.items())])
        called = f"{name}({words})"
        loop = asyncio.get_running_loop()
        longest, last = 0.0, loop.time()

        async def tick() -> None:
            nonlocal longest, last
            while True:
                await asyncio.sleep(_BLOCKED / 10)
                longest, last = max(longest, loop.time() - last), loop.time()

        ticking = asyncio.create_task(tick())
        await asyncio.sleep(0)
        try:
            outcome = await self._calls.call(
                name, getattr(self.hardware, name), *args, timeout=self._timeout, **named
            )
        finally:
            ticking.cancel()
        if max(longest, loop.time() - last) > _BLOCKED:
            blocked = f"{called} blocks the event loop: put what blocks into asyncio.to_thread"
            raise Nonconformance(blocked)
        if isinstance(outcome, Done):
            return outcome.value
        if outcome.error is None:
            raise Nonconformance(f"{called} did not return within {self._timeout:g} s")
        error = outcome.error
        raise Nonconformance(f"{called} raised {type(error).__name__}: {error}") from error

    async def returns(self, wanted: type[Any], name: str, /, *args: Any) -> Any:
        """Call a method that returns something of a type."""
        value = await self.call(name, *args)
        _expect(isinstance(value, wanted), f"{name} returns {wanted.__name__}, not {value!r}")
        return value

    async def reading(self, name: str, /, *args: Any) -> MeterReading:
        """Read a meter that shows nothing but sense."""
        value = await self.call(name, *args)
        try:
            reading, problems = sound(value)
        except ValueError as error:
            raise Nonconformance(f"{name}: {error}") from None
        _expect(not problems, f"{name}: {'; '.join(problems)}")
        return reading


Run: TypeAlias = Callable[[Subject], Awaitable[None]]


@frozen
class Check:
    """One thing that a hardware has to do right.

    Attributes:
        name: what is checked.
        run: checks it; raises `Nonconformance`.
        capability: that it takes.
        disturbing: whether it disturbs the machine.
    """

    name: str
    run: Run
    capability: Capability | None = None
    disturbing: bool = False


def _expect(right: bool, message: str) -> None:  # as assert takes it
    if not right:
        raise Nonconformance(message)


async def _describes_itself(it: Subject) -> None:
    description = it.hardware.description
    right = isinstance(description, StationDescription)
    _expect(right, f"description is a StationDescription, not {description!r}")
    for name, most in _LENGTHS.items():
        text = getattr(description, name)
        _expect(
            text is None or (isinstance(text, str) and 0 < len(text) <= most),
            f"description.{name} is a text of 1 to {most} characters, not {text!r}",
        )
    _expect(it.hardware.description == description, "description changes from call to call")


async def _has_the_methods(it: Subject) -> None:
    hardware: Any = it.hardware
    known = {*REQUIRED, *(name for names in METHODS.values() for name in names)}
    own = {name for name in dir(hardware) if not name.startswith("_")} - known
    for name in sorted(own):
        meant = difflib.get_close_matches(name, known - set(dir(hardware)), n=1, cutoff=0.8)
        if meant and callable(getattr(hardware, name)):
            raise Nonconformance(f"there is a method {name}: is {meant[0]} meant?")
    try:
        capabilities = capabilities_of(hardware)
    except TypeError as error:
        raise Nonconformance(str(error)) from None
    for name in (*REQUIRED, *(each for one in capabilities for each in METHODS[one])):
        args, named = _ARGUMENTS[name]
        method = getattr(hardware, name)
        try:
            inspect.signature(method).bind(*args, **named)
        except TypeError as error:
            raise Nonconformance(f"{name} takes other arguments: {error}") from None
        _expect(inspect.iscoroutinefunction(method), f"{name} is no async method")


async def _reads_its_meters(it: Subject) -> None:
    for evse in it.evses:
        first = await it.reading("meter", evse)
        second = await it.reading("meter", evse)
        text = f"the register of EVSE {evse} goes back: {first.energy_wh} to {second.energy_wh} Wh"
        _expect(second.energy_wh >= first.energy_wh, text)
    _ = await asyncio.gather(*(it.reading("meter", evse) for evse in it.evses))


async def _can_be_cancelled(it: Subject) -> None:
    async def read() -> None:
        with suppress(Exception, SystemExit):  # what it raises otherwise, another check says
            _ = await it.hardware.meter(1)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()
    _, late = await asyncio.wait({reading}, timeout=1)
    _expect(not late, "meter goes on after it was cancelled")
    _ = await it.reading("meter", 1)


async def _offers_and_stops(it: Subject) -> None:
    for evse in it.evses:
        await it.call("stop_charging", evse)
        for offer in (Offer(), Offer(power_w=3000.0), Offer(current_a=6.0, phases=1), Offer()):
            await it.call("allow_charging", evse, offer)
        await it.call("allow_charging", evse, Offer(power_w=0.0))
        await it.call("stop_charging", evse)
        await it.call("stop_charging", evse)
        reading = await it.reading("meter", evse)
        _expect(not reading.power_w, f"EVSE {evse}: {reading.power_w} W flow after stop_charging")


async def _locks_and_unlocks(it: Subject) -> None:
    for evse, connector in it.sockets():
        for name, wanted in (("lock", True), ("lock", True), ("unlock", False), ("unlock", False)):
            done = await it.returns(bool, name, evse, connector)
            if not it.can(Capability.CONNECTOR_STATE):
                continue
            state = await it.returns(ConnectorState, "connector_state", evse, connector)
            told = f"{name}({evse}, {connector}) returned {done}, but locked is {state.locked}"
            _expect(state.locked is None or (state.locked is wanted) is done, told)


async def _knows_its_connectors(it: Subject) -> None:
    for evse, described in enumerate(it.hardware.description.evses, start=1):
        for connector in range(1, len(described.connectors) + 1):
            _ = await it.returns(ConnectorState, "connector_state", evse, connector)


async def _signs(it: Subject) -> None:
    for occasion in Occasion:
        signed = (await it.reading("signed_meter", 1, occasion)).signed
        if signed is None:
            raise Nonconformance(f"signed_meter(1, {occasion!r}) returned a reading unsigned")
        for name in ("encoding_method", "signing_method"):
            text = getattr(signed, name)
            _expect(0 < len(text) <= 50, f"signed.{name} has 1 to 50 characters, not {text!r}")
        for name in ("data", "public_key"):
            size = len(base64.b64encode(getattr(signed, name)))
            _expect(size <= 2500, f"signed.{name} takes {size} characters in Base64: over 2500")
        _expect(bool(signed.data), "signed.data is empty")


async def _recovers(it: Subject) -> None:
    for evse in it.evses:
        _ = await it.returns(Recovery, "recover", evse, "a transaction of another life")


async def _knows_why_it_started(it: Subject) -> None:
    _ = await it.returns(StartReason, "start_reason")


async def _collects_logs(it: Subject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for kind in LogKind:
            path = Path(folder) / kind.value
            await it.call("collect_log", kind, path, oldest=None, latest=SystemClock().utc_now())
            there = await asyncio.to_thread(path.is_file)
            _expect(there, f"collect_log({kind!r}) returned without writing its file")


async def _shows(it: Subject) -> None:
    for evse in (None, *it.evses):
        await it.call("show", DisplayText(content="ocppkit"), evse=evse)
        await it.call("show", None, evse=evse)
        await it.call("show", None, evse=evse)


async def _sets_the_time(it: Subject) -> None:
    await it.call("set_time", SystemClock().utc_now())


async def _brings_up(it: Subject) -> None:
    await it.call("bring_up", "Wired0")
    await it.call("bring_up", "Wired0")


async def _reboots(it: Subject) -> None:
    for reason in RebootReason:
        await it.call("reboot", reason)


CHECKS: Final = (
    Check("describes_itself", _describes_itself),
    Check("has_the_methods", _has_the_methods),
    Check("reads_its_meters", _reads_its_meters),
    Check("can_be_cancelled", _can_be_cancelled),
    Check("offers_and_stops", _offers_and_stops),
    Check("locks_and_unlocks", _locks_and_unlocks, Capability.CABLE_LOCK),
    Check("knows_its_connectors", _knows_its_connectors, Capability.CONNECTOR_STATE),
    Check("signs", _signs, Capability.SIGNED_METER),
    Check("recovers", _recovers, Capability.RECOVERY),
    Check("knows_why_it_started", _knows_why_it_started, Capability.START_REASON),
    Check("collects_logs", _collects_logs, Capability.LOGS),
    Check("shows", _shows, Capability.DISPLAY),
    Check("sets_the_time", _sets_the_time, Capability.CLOCK, disturbing=True),
    Check("brings_up", _brings_up, Capability.NETWORK, disturbing=True),
    Check("reboots", _reboots, Capability.REBOOT, disturbing=True),
)
"""All checks, in the order in which they are run."""
