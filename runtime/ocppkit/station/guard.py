"""Hardware that cannot take the station down: late, raising or nonsensical methods are cut off."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve

from ocppkit.station.calling import Done, Failed, HardwareCalls
from ocppkit.station.capabilities import (
    Capability,
    ConnectorState,
    DisplayText,
    InstallOutcome,
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

__all__ = ["GuardedHardware"]

_logger = logging.getLogger(__name__)

_INSTALL_SILENCE = 600.0  # seconds without progress
_LOG_TIMEOUT = 600.0
_CHOOSING_TIMEOUT = 60.0
_NETWORK_TIMEOUT = 60.0


class GuardedHardware:
    """The integrator's hardware behind a guard; each method says whether it worked.

    No two methods of an EVSE run at once. What the hardware cannot do at all does not work either:
    ask `can` first where that makes a difference.

    Attributes:
        description: what the station is; its firmware may be another one after a reboot.
        capabilities: what the hardware can do.
        maybe_closed: the EVSEs whose power path did not open when it was told to.
    """

    def __init__(
        self,
        hardware: Hardware,
        *,
        timeout: float,
        now: Callable[[], datetime],
        serial_number: str | None = None,
    ) -> None:
        """Guard a hardware.

        Args:
            hardware: the integrator's.
            timeout: how long one of its methods may take, in seconds.
            now: the time of day, which a reading bears that is told later.
            serial_number: the station's, where the hardware's description has none.

        Raises:
            TypeError: it lacks methods.
        """
        self.capabilities = capabilities_of(hardware)
        self.description = _numbered(hardware.description, serial_number)
        self._hardware: Any = hardware  # its optional methods are in no type
        self.maybe_closed: set[int] = set()
        self._timeout = timeout
        self._now = now
        self._calls = HardwareCalls()
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last_readings: dict[int, MeterReading] = {}

    def can(self, capability: Capability) -> bool:
        """Whether the hardware can do something."""
        return capability in self.capabilities

    async def allow_charging(self, evse: int, offer: Offer) -> bool:
        """Offer energy; whether that worked. Where it did not, nothing is offered."""
        if await self._did(evse, "allow_charging", evse, offer):
            self.maybe_closed.discard(evse)
            return True
        await self._opened(evse)
        return False

    async def stop_charging(self, evse: int) -> bool:
        """Offer no more energy, by a second attempt if need be; whether that worked."""
        return await self._opened(evse) or await self._opened(evse)

    async def meter(self, evse: int, *, occasion: Occasion | None = None) -> MeterReading | None:
        """What the meter shows; its last reading where it cannot be read, None without one.

        The last reading says when it was taken.

        Args:
            evse: whose; 0 for that of the whole station.
            occasion: of a signed reading, where the meter can sign; None for an unsigned one.
        """
        reading, at = None, self._now()
        if evse == 0:
            if not self.can(Capability.MAIN_METER):
                return None
            reading = await self._reading("main_meter")
        elif occasion is not None and self.can(Capability.SIGNED_METER):
            reading = await self._reading("signed_meter", evse, occasion)
        if reading is None and evse != 0:
            reading = await self._reading("meter", evse)
        last = self._last_readings.get(evse)
        if reading is None:
            # What was signed then was for another occasion.
            return None if last is None else evolve(last, signed=None)
        if last is not None and reading.energy_wh < last.energy_wh:
            _logger.warning(
                "the register of EVSE %d goes back from %g to %g Wh",
                evse,
                last.energy_wh,
                reading.energy_wh,
            )
        self._last_readings[evse] = evolve(reading, at=reading.at or at)
        return reading

    async def lock(self, evse: int, connector: int) -> bool:
        """Lock a cable, where there is something to lock; whether charging may begin."""
        return not self.locks(evse, connector) or await self._true(evse, "lock", evse, connector)

    async def unlock(self, evse: int, connector: int) -> bool:
        """Release a cable, where there is something to release; whether that worked."""
        if not self.locks(evse, connector):
            return True
        return await self._true(evse, "unlock", evse, connector)

    async def connector_state(self, evse: int, connector: int) -> ConnectorState:
        """How a connector is; unknown where that cannot be told."""
        outcome = await self._try(
            Capability.CONNECTOR_STATE, evse, "connector_state", evse, connector
        )
        state = self._of_type(outcome, "connector_state", ConnectorState)
        return state or ConnectorState()

    async def bay_occupied(self, evse: int) -> bool:
        """Whether an EV stands in a bay; none does where that cannot be told."""
        outcome = await self._try(Capability.PARKING_BAY, evse, "bay_occupied", evse)
        return isinstance(outcome, Done) and outcome.value is True

    async def recover(self, evse: int, transaction_id: str) -> Recovery:
        """What became of a transaction while the station was away; unknown where nothing tells."""
        outcome = await self._try(Capability.RECOVERY, evse, "recover", evse, transaction_id)
        return self._of_type(outcome, "recover", Recovery) or Recovery()

    async def reboot(self, reason: RebootReason, *, retries: int = 0) -> bool:
        """Start the equipment anew; whether that worked, if it returns at all.

        Args:
            reason: why.
            retries: how often it is tried again where it fails.

        Raises:
            SystemExit: the hardware ends the process in this way.
        """
        for _ in range(1 + retries if self.can(Capability.REBOOT) else 0):
            outcome = await self._try(Capability.REBOOT, 0, "reboot", reason)
            if isinstance(outcome, Failed) and isinstance(outcome.error, SystemExit):
                raise outcome.error
            if isinstance(outcome, Done):
                version = self._hardware.description.firmware_version
                self.description = evolve(self.description, firmware_version=version)
                return True
        return False

    async def reset_evse(self, evse: int, *, retries: int = 0) -> bool:
        """Start an EVSE anew; whether that worked.

        Args:
            evse: which.
            retries: how often it is tried again where it fails.
        """
        for _ in range(1 + retries):
            outcome = await self._try(Capability.EVSE_RESET, evse, "reset_evse", evse)
            if isinstance(outcome, Done):
                return True
        return False

    async def start_reason(self) -> StartReason | None:
        """Why the equipment started this time; None where it cannot tell."""
        outcome = await self._try(Capability.START_REASON, 0, "start_reason")
        reason: StartReason | None = self._of_type(outcome, "start_reason", StartReason)
        return reason

    async def install_firmware(
        self, path: Path, progress: Callable[[float | None], None]
    ) -> InstallOutcome:
        """Install a firmware; failed where it cannot.

        Args:
            path: of the file.
            progress: told the percentage, if known; what makes no sense is left out.
        """
        loop = asyncio.get_running_loop()
        heard = loop.time()

        def report(percent: float | None = None) -> None:
            nonlocal heard
            heard = loop.time()
            number = isinstance(percent, int | float) and 0 <= percent <= 100
            progress(percent if number else None)

        outcome = await self._try(
            Capability.FIRMWARE,
            0,
            "install_firmware",
            path,
            report,
            timeout=_INSTALL_SILENCE,
            clock=lambda: heard,
        )
        result = self._of_type(outcome, "install_firmware", InstallOutcome)
        return result or InstallOutcome.FAILED

    async def collect_log(
        self,
        kind: LogKind,
        path: Path,
        *,
        oldest: datetime | None = None,
        latest: datetime | None = None,
    ) -> bool:
        """Write a log into a file; whether it is there now."""
        outcome = await self._try(
            Capability.LOGS,
            0,
            "collect_log",
            kind,
            path,
            timeout=_LOG_TIMEOUT,
            oldest=oldest,
            latest=latest,
        )
        if isinstance(outcome, Done) and not await asyncio.to_thread(path.is_file):
            _logger.error("the hardware's collect_log returned without writing %s", path)
            return False
        return isinstance(outcome, Done)

    async def set_time(self, now: datetime) -> bool:
        """Set the system's clock; whether that worked."""
        return isinstance(await self._try(Capability.CLOCK, 0, "set_time", now), Done)

    async def show(self, text: DisplayText | None, *, evse: int | None = None) -> bool:
        """Show something; whether that worked."""
        return isinstance(await self._try(Capability.DISPLAY, 0, "show", text, evse=evse), Done)

    async def speak(self, language: str | None, *, evse: int | None = None) -> bool:
        """Have a display speak a language; whether it can."""
        outcome = await self._try(Capability.LANGUAGES, 0, "speak", language, evse=evse)
        return self._of_type(outcome, "speak", bool) is True

    async def choose_to_stop(self, evses: Sequence[int]) -> frozenset[int]:
        """What somebody with a master pass chooses to stop; everything, where nobody can choose."""
        if not self.can(Capability.MASTER_PASS):
            return frozenset(evses)
        outcome = await self._call(0, "choose_to_stop", tuple(evses), timeout=_CHOOSING_TIMEOUT)
        chosen = self._of_type(outcome, "choose_to_stop", Collection)
        return frozenset(evses) & frozenset(chosen or ())

    async def bring_up(self, interface: str) -> bool:
        """Bring a network interface up; whether that worked, or nothing has to be done for it."""
        if not self.can(Capability.NETWORK):
            return True
        outcome = await self._try(
            Capability.NETWORK, 0, "bring_up", interface, timeout=_NETWORK_TIMEOUT
        )
        return isinstance(outcome, Done)

    def tethered(self, evse: int, connector: int) -> bool:
        """Whether the cable of a connector is fixed to the station."""
        return self.description.evses[evse - 1].connectors[connector - 1].tethered

    def locks(self, evse: int, connector: int) -> bool:
        """Whether a cable can be locked there."""
        return not self.tethered(evse, connector) and self.can(Capability.CABLE_LOCK)

    @property
    def any_locks(self) -> bool:
        """Whether a cable can be locked anywhere."""
        return any(
            self.locks(evse, connector)
            for evse, described in enumerate(self.description.evses, start=1)
            for connector in range(1, len(described.connectors) + 1)
        )

    async def _reading(self, what: str, *args: Any) -> MeterReading | None:
        outcome = await self._call(args[0] if args else 0, what, *args)
        if isinstance(outcome, Failed):
            return None
        try:
            reading, problems = sound(outcome.value)
        except ValueError as error:
            _logger.error("the hardware's %s returned nonsense: %s", what, error)  # noqa: TRY400  # no traceback of ours helps
            return None
        for problem in problems:
            _logger.warning("the hardware's %s returned nonsense, left out: %s", what, problem)
        return reading

    async def _opened(self, evse: int) -> bool:
        opened = await self._did(evse, "stop_charging", evse)
        (self.maybe_closed.discard if opened else self.maybe_closed.add)(evse)
        return opened

    async def _did(self, evse: int, what: str, *args: Any) -> bool:
        return isinstance(await self._call(evse, what, *args), Done)

    async def _true(self, evse: int, what: str, *args: Any) -> bool:
        outcome = await self._call(evse, what, *args)
        return self._of_type(outcome, what, bool) is True

    async def _try(
        self, capability: Capability, at: int, what: str, /, *args: Any, **named: Any
    ) -> Done[Any] | Failed:
        if not self.can(capability):
            return Failed()
        return await self._call(at, what, *args, **named)

    async def _call(
        self,
        at: int,
        what: str,
        /,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109  # handed on
        **named: Any,
    ) -> Done[Any] | Failed:
        """Call a method once no other of the EVSE runs; EVSE 0 is the station, which has none."""
        method = getattr(self._hardware, what)
        limit = timeout or self._timeout
        if at == 0:
            return await self._calls.call(what, method, *args, timeout=limit, **named)
        async with self._locks[at]:
            return await self._calls.call(what, method, *args, timeout=limit, **named)

    def _of_type(self, outcome: Done[Any] | Failed, what: str, wanted: type[Any]) -> Any:
        if isinstance(outcome, Failed):
            return None
        if not isinstance(outcome.value, wanted):
            _logger.error(
                "the hardware's %s returned nonsense: %r, not of type %s",
                what,
                outcome.value,
                wanted.__name__,
            )
            return None
        return outcome.value


def _numbered(description: StationDescription, number: str | None) -> StationDescription:
    if number is None or description.serial_number is not None:
        return description
    return evolve(description, serial_number=number)
