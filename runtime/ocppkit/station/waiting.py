"""Waiting for the cable of a driver who has been authorized, and for the driver of a cable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ocppkit.station.site import Site
from ocppkit.station.transaction import Authorization, Cause, TransactionPoint

if TYPE_CHECKING:
    from ocppkit.station.charging import Charging

__all__ = ["CableTimeout", "DriverTimeout", "Waiting"]


class CableTimeout:
    """How long an authorized driver may take to plug in (EVConnectionTimeOut)."""

    def __init__(self, *, evse: int, site: Site) -> None:
        """Wait for an EVSE's cable.

        Args:
            evse: its number.
            site: the station around it.
        """
        self._evse = evse
        self._site = site
        self._waiting: asyncio.Task[None] | None = None

    def start(self, give_up: Callable[[], Awaitable[None]]) -> None:
        """Have something done once the time is over, unless `cancel` comes first."""
        self.cancel()

        async def wait() -> None:
            await self._site.environment.sleep(self._site.policy.connection_timeout)
            if self._waiting is asyncio.current_task():
                self._waiting = None  # giving up cancels the timeout, and must not end itself
                await give_up()

        self._waiting = self._site.spawn(wait(), name=f"EVSE {self._evse} awaits its cable")

    def cancel(self) -> None:
        """Wait no longer."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class DriverTimeout:
    """How long a cable may wait for its driver, where that is limited (1.6 errata 3.20)."""

    def __init__(self, *, evse: int, site: Site) -> None:
        """Wait for the driver of an EVSE.

        Args:
            evse: its number.
            site: the station around it.
        """
        self._evse = evse
        self._site = site
        self._waiting: asyncio.Task[None] | None = None

    def start(self, give_up: Callable[[], Awaitable[bool]]) -> None:
        """Have something done each time that the time is over, until it says that it is done."""
        self.cancel()
        if self._site.policy.limits_wait_for_driver:
            name = f"EVSE {self._evse} awaits its driver"
            self._waiting = self._site.spawn(self._wait(give_up), name=name)

    def cancel(self) -> None:
        """Wait no longer."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def _wait(self, give_up: Callable[[], Awaitable[bool]]) -> None:
        done = False
        while not done:
            await self._site.environment.sleep(self._site.policy.connection_timeout)
            done = await give_up()


class Waiting:
    """Gives up what nobody comes for; call its methods with the EVSE's lock held."""

    def __init__(
        self,
        charging: Charging,
        *,
        evse: int,
        site: Site,
        lock: asyncio.Lock,
        free: Callable[[int], bool],
    ) -> None:
        """Wait for nobody yet.

        Args:
            charging: the use of the EVSE.
            evse: its number.
            site: the station around it.
            lock: the EVSE's; taken for what happens at a time of its own.
            free: whether a connector is for whoever comes.
        """
        self._charging = charging
        self._evse = evse
        self._site = site
        self._lock = lock
        self._free = free
        self._timeout = CableTimeout(evse=evse, site=site)
        self._driver = DriverTimeout(evse=evse, site=site)

    def for_cable(self, authorization: Authorization | None) -> None:
        """Wait for the cable of somebody who may charge; for None, of one who may not any more."""
        self._timeout.start(lambda: self._give_up(authorization))

    def for_driver(self) -> None:
        """Wait for whoever has plugged in."""
        connector = self._charging.connector
        self._driver.start(lambda: self._leave_unclaimed(connector))

    def cancel_cable(self) -> None:
        """Wait for no cable any more."""
        self._timeout.cancel()

    def cancel_driver(self) -> None:
        """Wait for no driver any more."""
        self._driver.cancel()

    async def _leave_unclaimed(self, connector: int) -> bool:
        """Give the cable up that nobody came for; whether there is nothing more to wait for."""
        async with self._lock:
            charging = self._charging
            used = charging.authorization is not None or charging.transaction is not None
            plugged = charging.plugged
            gone = plugged is None or plugged.id != connector
            if used or charging.finishing or gone:
                return True
            charging.unclaimed = self._free(connector)
            if charging.unclaimed:
                self._site.changed(self._evse)
            return charging.unclaimed

    async def _give_up(self, authorization: Authorization | None) -> None:
        """End the permission of somebody whose cable never came, or is gone for too long.

        The transaction goes with it, unless the EV still has to leave its bay (E03.FR.05, FR.15).
        """
        async with self._lock:
            charging = self._charging
            if charging.authorization is authorization and charging.plugged is None:
                stays = TransactionPoint.PARKING_BAY_OCCUPANCY in self._site.policy.stop_points
                await charging.withdraw(Cause.EV_CONNECT_TIMEOUT, ends=not stays)
