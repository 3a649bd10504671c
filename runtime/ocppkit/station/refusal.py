"""A driver whom the CSMS refuses after all, once charging has begun (E05; 1.6 §4.8)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import evolve

from ocppkit.station.last_energy import LastEnergy
from ocppkit.station.site import Site
from ocppkit.station.transaction import (
    OUTLASTS_DRIVER,
    Authorization,
    Cause,
    ChargingState,
    Transaction,
)

if TYPE_CHECKING:
    from ocppkit.station.charging import Charging

__all__ = ["Refusal"]


class Refusal:
    """Ends what such a driver has begun; call its methods with the EVSE's lock held."""

    def __init__(self, charging: Charging, *, evse: int, site: Site, lock: asyncio.Lock) -> None:
        """Refuse nobody yet.

        Args:
            charging: the use of the EVSE.
            evse: its number.
            site: the station around it.
            lock: the EVSE's; taken for what happens at a time of its own.
        """
        self._charging = charging
        self._site = site
        self._last_energy = LastEnergy(
            evse=evse,
            site=site,
            lock=lock,
            current=lambda: charging.transaction,
            spent=self._cut_off,
        )

    def resume(self, transaction: Transaction) -> None:
        """Go on with the last energy of a transaction after a restart."""
        self._last_energy.watch(transaction)

    async def refuse(self) -> None:
        """The CSMS refuses the driver of the transaction under way."""
        transaction = self._charging.transaction
        if transaction is None or transaction.energy_ends_at_wh is not None:
            return
        if not self._charging.power.refused and await self._last_energy.allow(transaction):
            await self._charging.recorder.keep()  # (E05.FR.03 has nothing to tell yet)
        else:
            await self._cut_off()

    def owner(self) -> Authorization | None:
        """Who may charge, with the group that the CSMS told of when it learned of the start."""
        authorization, transaction = self._charging.authorization, self._charging.transaction
        if authorization is None or transaction is None:
            return authorization
        return evolve(authorization, group_id=transaction.group_id or authorization.group_id)

    async def _cut_off(self) -> None:
        """End the energy of a driver whom the CSMS refuses, or the transaction altogether.

        Where the transaction is to stay (StopTxOnInvalidId is false) it ends all the same with the
        energy that flowed, if that is a stop point: E05.FR.02 leaves this to E06.FR.07. Where none
        flowed yet there is no such end, and it is suspended.
        """
        charging = self._charging
        if self._site.policy.stop_on_invalid_id:
            owner, plugged = self.owner(), charging.plugged
            if plugged is not None and owner is not None:
                # The first one's cable it stays (E05.FR.11; 1.6 errata §3.5).
                plugged.held_for = plugged.held_for or owner
            stays = self._site.policy.stop_points <= OUTLASTS_DRIVER  # (E05.FR.09)
            await charging.withdraw(Cause.DEAUTHORIZED, stays=stays)
            return
        if charging.power.refused:
            return
        before, charging.power.refused = charging.state, True
        await charging.hold_back()
        if charging.state is ChargingState.SUSPENDED_EVSE and charging.state is before:
            await charging.recorder.update(Cause.CHARGING_STATE_CHANGED)  # (E05.FR.02)
        elif charging.state is before:  # there is no EV yet whose energy could end
            await charging.recorder.keep()
