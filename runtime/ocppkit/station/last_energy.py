"""The energy that a driver gets whom the CSMS refuses after all, to drive away (1.6 §3.5.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ocppkit.station.site import Site
from ocppkit.station.transaction import Transaction

__all__ = ["LastEnergy"]

_INTERVAL: Final = 1.0  # seconds between looks at the meter: 100 Wh at the strongest charger


class LastEnergy:
    """Watches the meter of an EVSE until a transaction has had its last energy."""

    def __init__(
        self,
        *,
        evse: int,
        site: Site,
        lock: asyncio.Lock,
        current: Callable[[], Transaction | None],
        spent: Callable[[], Awaitable[None]],
    ) -> None:
        """Watch an EVSE.

        Args:
            evse: its number.
            site: the station around it.
            lock: the EVSE's; held while something is done.
            current: the transaction under way.
            spent: is called once the energy is used up.
        """
        self._evse = evse
        self._site = site
        self._lock = lock
        self._current = current
        self._spent = spent

    async def allow(self, transaction: Transaction) -> bool:
        """Let some more energy flow, if any is allowed; call it with the lock held.

        Where the meter shows nothing, none is: nobody could tell when it is used up.
        """
        energy_wh = self._site.policy.last_energy_wh
        if energy_wh <= 0:
            return False
        reading = await self._site.hardware.meter(self._evse)
        if reading is None:
            return False
        transaction.energy_ends_at_wh = reading.energy_wh + energy_wh
        self.watch(transaction)
        return True

    def watch(self, transaction: Transaction) -> None:
        """Watch a transaction that some more was allowed to, also after a restart."""
        if transaction.energy_ends_at_wh is not None:
            work = self._watch(transaction, transaction.energy_ends_at_wh)
            _ = self._site.spawn(work, name=f"EVSE {self._evse} gives its last energy")

    async def _watch(self, transaction: Transaction, end_wh: float) -> None:
        while True:
            await self._site.environment.sleep(_INTERVAL)
            async with self._lock:
                if self._current() is not transaction or transaction.energy_ends_at_wh != end_wh:
                    return
                reading = await self._site.hardware.meter(self._evse)
                if reading is None or reading.energy_wh >= end_wh:
                    transaction.energy_ends_at_wh = None
                    await self._spent()
                    return
