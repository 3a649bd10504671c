"""What is wrong at an EVSE, and that charging ends of it."""

from __future__ import annotations

from collections.abc import Mapping

from ocppkit.station.charging import Charging
from ocppkit.station.connector import Connector, affected
from ocppkit.station.hardware import Fault, FaultKind
from ocppkit.station.site import Site
from ocppkit.station.transaction import Cause

__all__ = ["Faults"]


class Faults:
    """Takes faults in; call it with the EVSE's lock held."""

    def __init__(
        self, *, evse: int, connectors: Mapping[int, Connector], site: Site, charging: Charging
    ) -> None:
        """Know of no fault.

        Args:
            evse: its number.
            connectors: of the EVSE, by their number.
            site: the station around it.
            charging: ends of faults.
        """
        self._evse = evse
        self._connectors = connectors
        self._site = site
        self._charging = charging

    async def occurred(self, fault: Fault, *, connector: int | None, used: int | None) -> None:
        """Something is wrong.

        Args:
            fault: what.
            connector: where; None for all of them.
            used: which connector is being used.
        """
        places = affected(self._connectors, connector)
        news = [each for each in places if fault not in each.faults]
        for each in news:
            each.fails(fault)
        if news:
            await self._end(fault, [each for each in news if connector is None or each.id == used])

    async def occurred_at_station(self, fault: Fault) -> None:
        """Something is wrong with the station as a whole, which its connectors know by now."""
        await self._end(fault, list(self._connectors.values()))

    def cleared(self, kind: FaultKind | None, *, connector: int | None) -> None:
        """It is right again: all faults, or one kind, at all connectors or at one."""
        for each in affected(self._connectors, connector):
            each.recovers(kind)
        if kind in {None, FaultKind.POWER_SWITCH_FAILURE}:
            self._site.hardware.maybe_closed.discard(self._evse)
        self._site.supplied(self._evse)
        self._site.changed(self._evse)

    async def _end(self, fault: Fault, places: list[Connector]) -> None:
        self._site.changed(self._evse)
        if any(each.fault is fault for each in places):
            await self._charging.end(Cause.FAULT, fault=fault)
