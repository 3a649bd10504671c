"""Waiting for the cable of a driver who has been authorized."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ocppkit.station.site import Site

__all__ = ["CableTimeout"]


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
