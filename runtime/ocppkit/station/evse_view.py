"""An EVSE as others see it."""

from __future__ import annotations

from datetime import datetime

from ocppkit.station.charging import Charging
from ocppkit.station.connector import Connector
from ocppkit.station.hardware import Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.transaction import Authorization, ChargingState, Transaction

__all__ = ["EvseView"]


class EvseView:
    """How an EVSE is used; nothing here changes that."""

    def __init__(self, charging: Charging) -> None:
        """Look at the use of an EVSE."""
        self._charging = charging

    @property
    def transaction(self) -> Transaction | None:
        """The transaction under way."""
        return self._charging.transaction

    def runs(self, transaction_id: str) -> bool:
        """Whether a transaction is under way here; ids are of any case (Part 2 §2.1.4)."""
        ongoing = self.transaction
        return ongoing is not None and ongoing.id.lower() == transaction_id.lower()

    def others(self, token: IdToken) -> bool:
        """Whether a transaction is under way whose driver is, or was, another one (C01.FR.23)."""
        ongoing = self.transaction
        return ongoing is not None and ongoing.token not in {None, token}

    @property
    def authorization(self) -> Authorization | None:
        """Who may charge here now."""
        return self._charging.authorization

    @property
    def state(self) -> ChargingState:
        """How far charging is."""
        return self._charging.state

    @property
    def finishing(self) -> bool:
        """Whether a transaction has ended and its cable is still there, or it is `unclaimed`."""
        return self._charging.finishing or self.unclaimed

    @property
    def unclaimed(self) -> bool:
        """Whether nobody has come for the cable that is there for too long (1.6 errata 3.20)."""
        return self._charging.unclaimed

    @property
    def deserted(self) -> bool:
        """Whether a transaction goes on whose EV has been unplugged (E10; 1.6 §4.10)."""
        return self._charging.deserted

    @property
    def plugged(self) -> Connector | None:
        """The connector that an EV is connected to; of two, the first one."""
        return self._charging.plugged

    def holds_cable_of(self, token: IdToken) -> bool:
        """Whether a cable stays locked until this token is presented (E05.FR.11, E09.FR.03)."""
        return bool(self._charging.cables.held(token))

    @property
    def departures(self) -> int:
        """How many EVs have gone since the start."""
        return self._charging.departures

    @property
    def in_use(self) -> int | None:
        """The number of the connector that is being used or about to be."""
        used = self.plugged or self.authorization or self.transaction
        return self._charging.connector if used else None

    @property
    def draws(self) -> bool:
        """Whether an EV may take energy, were there enough of it."""
        return self._charging.draws

    @property
    def energized(self) -> bool:
        """Whether energy is offered."""
        return self._charging.power.energized

    @property
    def offer(self) -> Offer:
        """How much may be offered."""
        return self._charging.power.offer

    @property
    def granted(self) -> Offer:
        """How much profiles and the other EVSEs leave it."""
        return self._charging.power.granted

    @property
    def ceiling(self) -> Offer:
        """How much the equipment can give now."""
        return self._charging.power.ceiling

    @property
    def ready_since(self) -> datetime | None:
        """When energy could flow first in this use, in the CSMS's time (K01.FR.42)."""
        return self._charging.ready_since
