"""One more MeterValues at a time, an energy, a power or a status (triggerMeterValue)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from attrs import define, evolve

from ocppkit.station.core import StationCore
from ocppkit.station.v16.connectors import Connectors
from ocppkit.station.v16.cost_messages import Triggers
from ocppkit.v16 import ChargePointStatus

__all__ = ["MeterTriggers", "Watched"]

_LOOK: Final = 1.0  # seconds between two looks at the meter
_LONGEST: Final = 60.0  # seconds, before the time is looked at again: the CSMS may set the clock
_BAND: Final = 0.05  # of the power, that it has to fall below to count as below: noise triggers not


@define(kw_only=True, eq=False)
class Watched:
    """A transaction that is watched.

    Attributes:
        evse: where.
        connector: the number that 1.6 gives it.
        transaction_id: the station's own.
        number: the CSMS's.
        triggers: what to watch for, without what has come already.
        status: how the connector was last.
        watching: the meter and the time.
    """

    evse: int
    connector: int
    transaction_id: str
    number: int
    triggers: Triggers
    status: ChargePointStatus
    watching: asyncio.Task[None] | None = None


class MeterTriggers:
    """Watches transactions."""

    def __init__(
        self,
        *,
        core: StationCore,
        connectors: Connectors,
        tell: Callable[[Watched], Awaitable[None]],
    ) -> None:
        """Watch nothing yet.

        Args:
            core: the station.
            connectors: as 1.6 counts them.
            tell: sends what the meter shows.
        """
        self._core = core
        self._connectors = connectors
        self._tell = tell
        self._watched: dict[int, Watched] = {}

    def watch(
        self, *, evse: int, connector: int, transaction_id: str, number: int, triggers: Triggers
    ) -> None:
        """Watch a transaction for this from now on, and no more for what was told before."""
        self.forget(evse)
        if triggers == Triggers():
            return
        watched = Watched(
            evse=evse,
            connector=connector,
            transaction_id=transaction_id,
            number=number,
            triggers=triggers,
            status=self._connectors.conditions()[connector].status,
        )
        self._watched[evse] = watched
        if triggers.at or triggers.energy_wh is not None or triggers.power_w is not None:
            name = f"meter triggers of EVSE {evse}"
            watched.watching = self._core.spawn(self._watch(watched), name=name)

    def forget(self, evse: int) -> None:
        """Watch an EVSE no more."""
        watched = self._watched.pop(evse, None)
        if watched is not None and watched.watching is not None:
            watched.watching.cancel()

    def note(self, evse: int) -> None:
        """Look at the status of an EVSE's connector, after a change."""
        watched = self._watched.get(evse)
        if watched is None:
            return
        status = self._connectors.conditions()[watched.connector].status
        if status is not watched.status:
            watched.status = status
            if status in watched.triggers.statuses:
                self._fire(watched)

    def _fire(self, watched: Watched) -> None:
        name = f"triggered meter values of EVSE {watched.evse}"
        _ = self._core.spawn(self._send(watched), name=name)

    async def _send(self, watched: Watched) -> None:
        await self._tell(watched)

    async def _watch(self, watched: Watched) -> None:
        """Look until there is nothing more to come; at the meter until the transaction is over."""
        at, energy = watched.triggers.at, watched.triggers.energy_wh
        level = watched.triggers.power_w
        high: bool | None = None
        while self._watched.get(watched.evse) is watched:
            if not self._goes_on(watched):
                energy = level = None
            if at is None and energy is None and level is None:
                return
            if at is not None and self._core.now() >= at:
                at = None
                watched.triggers = evolve(watched.triggers, at=None)
                self._fire(watched)
            if energy is not None or level is not None:
                reading = await self._core.hardware.meter(watched.evse)
                if not self._goes_on(watched):
                    continue
                if energy is not None and reading is not None and reading.energy_wh >= energy:
                    energy = None
                    watched.triggers = evolve(watched.triggers, energy_wh=None)
                    self._fire(watched)
                if level is not None and reading is not None and reading.power_w is not None:
                    before, high = high, _above(reading.power_w, level, before=high)
                    if before is not None and before is not high:
                        self._fire(watched)
            meter = energy is not None or level is not None
            wait = _LOOK if meter else _LONGEST
            if at is not None:
                wait = min(wait, max(0.001, (at - self._core.now()).total_seconds()))
            await self._core.environment.sleep(wait)

    def _goes_on(self, watched: Watched) -> bool:
        transaction = self._core.evses[watched.evse].transaction
        return transaction is not None and transaction.id == watched.transaction_id


def _above(power_w: float, level: float, *, before: bool | None) -> bool:
    """Whether power counts as above a level; within the band it counts as before."""
    if before:
        return power_w > 0 and power_w >= level * (1 - _BAND)
    return power_w > 0 and power_w >= level
