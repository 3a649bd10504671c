"""The EVs that are plugged in at an EVSE: one of them is served, and others wait."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ocppkit.station.connector import Connector, connector_at, next_in_line
from ocppkit.station.site import Site
from ocppkit.station.transaction import Cause, ChargingState

if TYPE_CHECKING:
    from ocppkit.station.charging import Charging

__all__ = ["Plugging"]

_logger = logging.getLogger(__name__)


class Plugging:
    """Serves an EV, then the next; call its methods with the EVSE's lock held."""

    def __init__(
        self, charging: Charging, *, evse: int, connectors: Mapping[int, Connector], site: Site
    ) -> None:
        """Serve none yet.

        Args:
            charging: the use of the EVSE.
            evse: its number.
            connectors: of the EVSE, by their number.
            site: the station around it.
        """
        self._charging = charging
        self._evse = evse
        self._connectors = connectors
        self._site = site

    @property
    def engaged(self) -> bool:
        """Whether others have to wait for the EV that is served.

        By a connector that cannot be used nobody begins to charge: it leaves the EVSE to others.
        """
        charging = self._charging
        served = charging.plugged
        busy = charging.authorization is not None or charging.transaction is not None
        return served is not None and (busy or served.usable)

    async def plug(self, connector: int, *, cable_max_current_a: int | None = None) -> None:
        """A cable now connects the EV; where another does already, it has to wait."""
        place = connector_at(self._connectors, connector)
        if place.plugged:
            return
        place.plugged = True
        place.cable_max_current_a = cable_max_current_a
        charging = self._charging
        free = charging.plugged is None or (place.usable and not self.engaged)
        if charging.connector == connector or (free and not charging.deserted):
            await self._take_up(connector)
        else:
            _logger.warning("EVSE %d has an EV already: %d waits", self._evse, connector)
            self._site.changed(self._evse)

    async def unplug(self, connector: int) -> None:
        """The cable no longer connects the EV."""
        gone = connector_at(self._connectors, connector)
        if not gone.plugged:
            return
        used = self._charging.plugged is gone
        gone.plugged, gone.cable_max_current_a = False, None
        gone.forget_lock()
        if used:
            self._charging.departures += 1
            await self._desert(gone)
        self._site.changed(self._evse)
        await self.take_up_next()

    async def take_up_next(self) -> None:
        """Take up an EV that had to wait for another, or for its owner."""
        charging, waiting = self._charging, next_in_line(self._connectors)
        if waiting is None or charging.deserted or self.engaged:
            return
        idle = charging.plugged is None and charging.authorization is None
        if idle or self._connectors[waiting].usable:
            await self._take_up(waiting)

    async def _take_up(self, connector: int) -> None:
        charging = self._charging
        charging.turn_to_connector(connector)
        charging.state = ChargingState.EV_CONNECTED
        charging.unclaimed = False
        charging.waiting.cancel_cable()
        charging.waiting.for_driver()
        self._site.changed(self._evse)
        await charging.settle(Cause.CABLE_PLUGGED_IN)
        await charging.hold_back()

    async def _desert(self, gone: Connector) -> None:
        """The EV that was used has been unplugged at its own side, or was taken away."""
        charging, policy = self._charging, self._site.policy
        charging.waiting.cancel_driver()
        charging.state = ChargingState.IDLE
        charging.unclaimed = False
        permitted, owner = charging.authorization, charging.refusal.owner()
        if policy.stop_on_ev_disconnect or charging.transaction is None:
            charging.authorization = None
            if permitted is not None and charging.transaction is not None:
                charging.transaction.stop_cause = Cause.EV_DISCONNECTED
        await charging.settle(Cause.EV_DISCONNECTED)
        if charging.transaction is None:
            charging.authorization = None
        if permitted is not None and charging.authorization is permitted:  # (E10, 1.6 §4.10)
            if policy.abandons_unlocked and not charging.power.locks(gone.id):
                charging.waiting.for_cable(permitted)  # (E10.FR.02)
            return
        charging.finishing = False
        frees = policy.stop_on_ev_disconnect and policy.unlock_on_ev_disconnect
        await charging.cables.left(gone.id, owner, frees=frees)
