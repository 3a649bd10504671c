"""Hardware that cannot take the station down: late or raising methods are cut off and logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from ocppkit.station.hardware import Hardware, MeterReading, RebootReason, StationDescription

__all__ = ["GuardedHardware"]

_logger = logging.getLogger(__name__)
T = TypeVar("T")


class GuardedHardware:
    """The integrator's hardware behind a guard; each method says whether it worked."""

    def __init__(self, hardware: Hardware, *, timeout: float) -> None:
        """Guard a hardware.

        Args:
            hardware: the integrator's.
            timeout: how long one of its methods may take, in seconds.
        """
        self._hardware = hardware
        self._timeout = timeout
        self._last_readings: dict[int, MeterReading] = {}
        self.description: StationDescription = hardware.description

    async def allow_charging(self, evse: int, limit: float | None) -> bool:
        """Offer energy; whether that worked."""
        return await self._did("allow_charging", self._hardware.allow_charging(evse, limit))

    async def stop_charging(self, evse: int) -> bool:
        """Offer no more energy; whether that worked."""
        return await self._did("stop_charging", self._hardware.stop_charging(evse))

    async def meter(self, evse: int) -> MeterReading | None:
        """What the meter shows; its last reading where it cannot be read, None without one."""
        reading = await self._try("meter", self._hardware.meter(evse))
        if reading is None:
            return self._last_readings.get(evse)
        self._last_readings[evse] = reading
        return reading

    async def lock(self, evse: int, connector: int) -> bool:
        """Lock a cable, where there is something to lock; whether that worked."""
        if self.tethered(evse, connector):
            return True
        return await self._did("lock", self._hardware.lock(evse, connector))

    async def unlock(self, evse: int, connector: int) -> bool:
        """Release a cable, where there is something to release; whether that worked."""
        if self.tethered(evse, connector):
            return True
        return await self._did("unlock", self._hardware.unlock(evse, connector))

    async def reboot(self, reason: RebootReason) -> bool:
        """Start the equipment anew; whether that worked, if it returns at all."""
        return await self._did("reboot", self._hardware.reboot(reason))

    def tethered(self, evse: int, connector: int) -> bool:
        """Whether the cable of a connector is fixed to the station."""
        return self.description.evses[evse - 1].connectors[connector - 1].tethered

    async def _did(self, what: str, doing: Awaitable[None]) -> bool:
        async def done() -> bool:
            await doing
            return True

        return await self._try(what, done()) is True

    async def _try(self, what: str, doing: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(self._timeout):
                return await doing
        except TimeoutError:
            _logger.error("the hardware's %s did not return within %g s", what, self._timeout)  # noqa: TRY400  # no traceback of ours helps
        except Exception:
            _logger.exception("the hardware's %s failed", what)
        return None
