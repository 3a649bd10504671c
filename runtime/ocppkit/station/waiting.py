"""Waiting for the cable of a driver who has been authorized, and for the driver of a cable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ocppkit.station.site import Site

__all__ = ["CableTimeout", "DriverTimeout"]


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
