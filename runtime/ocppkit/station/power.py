"""The power path of an EVSE: what the hardware is told to offer, and what holds it back."""

from __future__ import annotations

from collections.abc import Mapping

from ocppkit.station.connector import Connector
from ocppkit.station.hardware import Fault, FaultKind, Offer
from ocppkit.station.site import Site

__all__ = ["LOCK_FAILURE", "SWITCH_FAILURE", "PowerPath"]

LOCK_FAILURE = Fault(kind=FaultKind.CONNECTOR_LOCK_FAILURE, info="the cable cannot be locked")
SWITCH_FAILURE = Fault(kind=FaultKind.POWER_SWITCH_FAILURE, info="the power path does not open")


class PowerPath:
    """Offers energy or does not; call it with the EVSE's lock held.

    Attributes:
        energized: whether energy is offered.
        ceiling: how much the equipment can give now.
        granted: how much profiles and the other EVSEs leave it.
        refused: whether the CSMS suspends charging, as it refused the driver after all.
        paused: whether the equipment suspends charging.
    """

    def __init__(self, *, evse: int, connectors: Mapping[int, Connector], site: Site) -> None:
        self.energized = False
        self.ceiling = Offer()
        self.granted = Offer()
        self.refused = False
        self.paused = False
        self._locked: int | None = None
        self._kept: set[int] = set()  # cables that were locked and not released since
        self._evse = evse
        self._connectors = connectors
        self._site = site

    @property
    def offer(self) -> Offer:
        """How much may be offered."""
        return self.ceiling.lowest(self.granted)

    @property
    def held_back(self) -> bool:
        """Whether the station's side keeps energy from flowing."""
        return self.refused or self.paused or self.offer.nothing

    async def lock(self, connector: int) -> bool:
        """Lock the cable before energy flows; whether it may (G05.FR.01).

        A connector whose cable cannot be locked is faulted, until the cable is gone.
        """
        if self._locked == connector:
            return True
        if await self._site.hardware.lock(self._evse, connector):
            self._locked = connector
            self._kept.add(connector)
            return True
        self._connectors[connector].fails(LOCK_FAILURE, lock=True)
        self._site.changed(self._evse)
        return False

    def locks(self, connector: int) -> bool:
        """Whether a connector has a lock at all."""
        return self._site.hardware.locks(self._evse, connector)

    def feeds(self, connector: int) -> bool:
        """Whether energy is offered at a connector."""
        return self.energized and self._locked == connector

    def may_be_locked(self, connector: int) -> bool:
        """Whether a cable was locked and has not been released since."""
        return connector in self._kept

    async def unlock(self, connector: Connector | None) -> bool:
        """Release a cable, if there is one; whether it is free now."""
        self._locked = None
        if connector is None:
            return True
        self._kept.discard(connector.id)
        return await self._site.hardware.unlock(self._evse, connector.id)

    async def on(self) -> None:
        """Offer energy, if it is not offered yet."""
        if not self.energized:
            self.granted = self._site.admit(self._evse)
            if not self.offer.nothing:
                await self._allow()

    async def off(self) -> None:
        """Offer no more; where the power path stays closed, all is faulted."""
        self._locked = None
        if not self.energized:
            return
        self.energized = False
        opened = await self._site.hardware.stop_charging(self._evse)
        self._site.supplied(self._evse)
        if opened:
            return
        for connector in self._connectors.values():
            connector.fails(SWITCH_FAILURE)
        self._site.changed(self._evse)

    async def limit(self, ceiling: Offer) -> None:
        """Offer no more than this from now on, whatever is granted."""
        before, self.ceiling = self.offer, ceiling
        await self._change(before)

    async def grant(self, offer: Offer) -> None:
        """Offer no more than this from now on, whatever the equipment can give."""
        before, self.granted = self.offer, offer
        await self._change(before)

    async def _change(self, before: Offer) -> None:
        if self.energized and not self.offer.nothing and self.offer != before:
            await self._allow()
        else:
            self._site.supplied(self._evse)

    async def _allow(self) -> None:
        try:
            self.energized = await self._site.hardware.allow_charging(self._evse, self.offer)
        finally:
            self._site.supplied(self._evse)
