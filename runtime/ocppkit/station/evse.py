"""An EVSE: what its equipment reports, and what others want of it, one after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from ocppkit.station.admission import Admission
from ocppkit.station.calling import event, unbroken
from ocppkit.station.capabilities import Capability
from ocppkit.station.charging import Charging
from ocppkit.station.connector import Connector
from ocppkit.station.contract import Contract, ContractOutcome
from ocppkit.station.evse_view import EvseView
from ocppkit.station.faults import Faults
from ocppkit.station.hardware import Fault, FaultKind, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.local_stop import CAUSES, LocalStop
from ocppkit.station.presenting import Presenting
from ocppkit.station.site import Site
from ocppkit.station.token import TokenOutcome
from ocppkit.station.token_refusal import TokenRefusal
from ocppkit.station.transaction import (
    OUTLASTS_DRIVER,
    Authorization,
    Cause,
    ChargingState,
    Sample,
    SavedTransaction,
)
from ocppkit.station.unlocking import unlock

__all__ = ["Connector", "Evse", "TokenOutcome"]

_logger = logging.getLogger(__name__)


class Evse(EvseView):
    """An EVSE; its methods are what the hardware reports, in the order in which it happens.

    Reports may be repeated or odd: what is known changes nothing, what cannot be is logged. One of
    a connector that does not exist is a `ValueError`. One from inside a method of the hardware
    takes effect once that has returned.

    Attributes:
        id: from 1.
        connectors: by their number.
        operative: whether the CSMS lets it be used.
    """

    def __init__(self, id: int, *, connectors: int, site: Site) -> None:
        self.id = id
        self.connectors = {
            number: Connector(id=number, station_faults=site.faults)
            for number in range(1, connectors + 1)
        }
        self.operative = True
        self._site = site
        self._lock = asyncio.Lock()
        charging = Charging(
            evse=id,
            connectors=self.connectors,
            site=site,
            lock=self._lock,
            free=lambda place: self.usable_at(place) and not site.reservations.holds(id, place),
            possible=lambda: self._admission.possible,
        )
        super().__init__(charging)
        self._admission = Admission(
            evse=id,
            connectors=self.connectors,
            charging=charging,
            site=site,
            operative=lambda: self.operative,
        )
        self._faults = Faults(evse=id, connectors=self.connectors, site=site, charging=charging)
        self._presenting = Presenting(evse=self, site=site)

    @property
    def last_refusal(self) -> TokenRefusal | None:
        """Why the last token that was presented here was refused; None where it was not."""
        return self._presenting.last_refusal

    @property
    def usable(self) -> bool:
        """Whether somebody may start to charge here, at any connector that is free for it."""
        return self._admission.place(None) is not None

    def usable_at(self, connector: int) -> bool:
        """Whether somebody may start to charge at a connector."""
        return self._admission.place(connector) == connector

    @event
    async def plugged_in(
        self, connector: int = 1, *, cable_max_current_a: int | None = None
    ) -> None:
        """A cable now connects the EV; where another does already, it has to wait.

        Args:
            connector: where.
            cable_max_current_a: what the cable can carry, in A, where that is known.
        """
        async with self._lock:
            await self._charging.plugging.plug(connector, cable_max_current_a=cable_max_current_a)

    @event
    async def unplugged(self, connector: int = 1) -> None:
        """The cable no longer connects the EV.

        Whoever charged has to ask again (E09.FR.01), unless the CSMS wants it otherwise (E10).
        """
        async with self._lock:
            await self._charging.plugging.unplug(connector)

    async def look(self) -> None:
        """Ask the hardware how connectors and bay are, as at the start, and take that in."""
        hardware = self._site.hardware
        for number in self.connectors:
            async with self._lock:  # what is reported meanwhile comes after
                state = await hardware.connector_state(self.id, number)
                if state.plugged:
                    cable = state.cable_max_current_a
                    await self._charging.plugging.plug(number, cable_max_current_a=cable)
                elif state.plugged is not None:
                    await self._charging.plugging.unplug(number)
                if state.locked and self.authorization is None:
                    await self._charging.cables.let_go_of_nobodys(number)
                if state.fault is not None:
                    await self._faults.occurred(state.fault, connector=number, used=self.in_use)
        if hardware.can(Capability.PARKING_BAY):
            async with self._lock:
                await self._charging.bay(occupied=await hardware.bay_occupied(self.id))

    async def token_presented(self, token: IdToken) -> TokenOutcome:
        """A driver shows a token: to start, or to stop what this token or its group started.

        Tokens are judged one after another; each may take as long as the CSMS takes to answer.

        Raises:
            TokenFromInside: a method of the hardware waits for it, and would be waited for.
            TypeError: it is no `IdToken`.
        """
        return await self._presenting.token(token)

    async def ev_identified(
        self, identifier: str, *, plug_and_charge: bool = False
    ) -> TokenOutcome | None:
        """The EV's own identifier is known: it stands for a token, where Autocharge is on.

        It only ever starts; call it once for each EV, before anybody else is authorized.

        Args:
            identifier: its EVCCID, or its MAC address as SLAC shows it.
            plug_and_charge: whether the EV authenticates by Plug & Charge: then it does nothing.

        Returns:
            What came of it; None where it is not used.

        Raises:
            TokenFromInside: as `token_presented`.
            ValueError: it is no such identifier.
        """
        return await self._presenting.vehicle(identifier, plug_and_charge=plug_and_charge)

    async def contract_presented(self, contract: Contract) -> ContractOutcome:
        """The EV presents its contract (C07; Plug & Charge of 1.6): it only ever starts.

        It may take as long as the CSMS takes to answer.

        Raises:
            TokenFromInside: as `token_presented`.
        """
        return await self._presenting.contract(contract)

    @event
    async def bay_occupied(self) -> None:
        """An EV stands in the parking bay now (E01.FR.01)."""
        async with self._lock:
            await self._charging.bay(occupied=True)

    @event
    async def bay_free(self) -> None:
        """No EV stands in the parking bay any more (E06.FR.01)."""
        async with self._lock:
            await self._charging.bay(occupied=False)

    @event
    async def stopped_locally(self, stop: LocalStop) -> None:
        """Somebody or something ends charging on site, by no token and no fault.

        It ends the permission to charge, and the transaction where a stop point says so.
        """
        async with self._lock:
            if stop is LocalStop.EMERGENCY_STOP:
                await self._charging.end(CAUSES[stop])
            elif self.authorization is not None:  # else that has been told already (E15.FR.04)
                await self._charging.withdraw(CAUSES[stop])

    @event
    async def charging_state(self, state: ChargingState) -> None:
        """The EV draws energy, or does not, while energy is offered."""
        async with self._lock:
            if self._charging.offers_energy:
                await self._charging.turn_to(state)
            else:
                _logger.debug("EVSE %d reports %s but offers no energy", self.id, state)

    async def ev_suspended(self) -> None:
        """The EV takes no energy for now."""
        await self.charging_state(ChargingState.SUSPENDED_EV)

    async def ev_resumed(self) -> None:
        """The EV takes energy, for the first time or again."""
        await self.charging_state(ChargingState.CHARGING)

    @event
    async def station_suspended(self) -> None:
        """The station's own equipment lets no energy flow for now."""
        async with self._lock:
            await self._charging.supplying.pause(paused=True)

    @event
    async def station_resumed(self) -> None:
        """The station's own equipment lets energy flow again."""
        async with self._lock:
            await self._charging.supplying.pause(paused=False)

    @event
    async def fault(self, fault: Fault, *, connector: int | None = None) -> None:
        """Something is wrong, at all connectors for None: charging ends until it is cleared.

        It counts besides other faults of the same place, and instead of one of its own kind. That
        an EV cannot be talked to is no fault of the station's: nothing ends (1.6 §7.6).
        """
        async with self._lock:
            await self._faults.occurred(fault, connector=connector, used=self.in_use)

    @event
    async def fault_cleared(
        self, *, connector: int | None = None, kind: FaultKind | None = None
    ) -> None:
        """What was wrong is right again, at all connectors for None; all faults, or one kind."""
        async with self._lock:
            self._faults.cleared(kind, connector=connector)
            await self._charging.reconsider()

    async def station_fault(self, fault: Fault) -> None:
        """Something is wrong with the station as a whole: charging ends until it is cleared."""
        async with self._lock:
            await self._faults.occurred_at_station(fault)

    def defer(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Do something as soon as the method of the hardware that is running has returned."""
        _ = self._site.spawn(work, name=f"EVSE {self.id}: {name}")

    async def limit(self, offer: Offer) -> None:
        """The equipment can give no more than this now; nothing at all suspends (SuspendedEVSE).

        Charging profiles and what other EVSEs leave may hold it lower.
        """
        async with self._lock:
            await self._charging.supplying.limit(offer)

    async def grant(self, offer: Offer, *, outdated: Callable[[], bool]) -> None:
        """Offer no more on behalf of others, unless that is outdated once it could be heeded."""
        async with self._lock:
            if not outdated():
                await self._charging.supplying.grant(offer)

    def clock_set(self, by: timedelta) -> None:
        """The time of day was set: what began keeps its age."""
        if self._charging.ready_since is not None:
            self._charging.ready_since += by

    @unbroken
    async def authorize(
        self,
        authorization: Authorization,
        cause: Cause,
        *,
        connector: int | None = None,
        departures: int | None = None,
    ) -> bool:
        """Let somebody charge; whether that is possible by now.

        Args:
            authorization: of whom.
            cause: what made it happen.
            connector: where they want to; None for wherever they can.
            departures: how many EVs may have gone, where it is only for one of them.
        """
        async with self._lock:
            place = self._admission.place(connector)
            if place is None or departures not in {None, self.departures}:
                return False
            if self.others(authorization.token) or not self._admission.admits(authorization):
                return False
            return await self._charging.authorize(authorization, cause, connector=place)

    @unbroken
    async def stop(self, cause: Cause) -> None:
        """End charging, and the transaction even where only charging would end."""
        async with self._lock:
            await self._charging.end(cause)

    @unbroken
    async def withdraw(
        self,
        cause: Cause,
        *,
        token: IdToken | None = None,
        only: Authorization | None = None,
        transaction_id: str | None = None,
    ) -> bool:
        """End the permission to charge, and the transaction where a stop point says so.

        Where `only` one permission, or one transaction, is meant that is gone, nothing happens;
        whether it did.
        """
        async with self._lock:
            if only is not None and self.authorization is not only:
                return False
            if transaction_id is not None and not self.runs(transaction_id):
                return False
            nobody = self.authorization is None
            if nobody and not self._site.policy.stop_points <= OUTLASTS_DRIVER:  # (F03.FR.02)
                await self._charging.end(cause)
            else:
                await self._charging.withdraw(cause, token=token)
            return True

    @unbroken
    async def release(self, token: IdToken, *, group_id: str | None = None) -> bool:
        """Release the cable that is held for a token's owner, or group; whether there was one."""
        async with self._lock:
            held = self._charging.cables.held(token, group_id)
            for number in held:
                await self._unlock(number)
            return bool(held)

    @unbroken
    async def unlock(self, connector: int) -> bool:
        """Release a cable because the CSMS wants it, whosever it is; whether it is free."""
        async with self._lock:
            return await unlock(self, self._charging, connector, self._unlock)

    async def resume(self, saved: SavedTransaction) -> None:
        """Go on with a transaction that a power cut interrupted, as its EV is still there."""
        async with self._lock:
            await self._charging.resume(saved)

    async def refuse(self, transaction_id: str) -> None:
        """The CSMS refuses the driver of a transaction after all (E05; 1.6 §4.8)."""
        async with self._lock:
            if self.runs(transaction_id) and self.authorization is not None:
                await self._charging.refuse()

    async def sample_now(self, cause: Cause) -> None:
        """Record what the meter shows, if there is a transaction."""
        async with self._lock:
            await self._charging.recorder.sample(cause)

    async def sample_aligned(self, *, told: bool, kept: bool) -> Sample | None:
        """Read the meter at a fixed time of the day (J01; 1.6 §3.16.2).

        Args:
            told: whether the CSMS is to learn of it now.
            kept: whether the end of the transaction tells it.

        Returns:
            What the meter shows, where there is no transaction that it went into.
        """
        async with self._lock:
            return await self._charging.recorder.sample_aligned(told=told, kept=kept)

    async def reconsider(self) -> None:
        """Take up what could not begin while the station was reset, or it was not to be used."""
        async with self._lock:
            await self._charging.reconsider()

    def sample_anew(self) -> None:
        """Take up another sample interval."""
        self._charging.recorder.sample_anew()

    async def _unlock(self, connector: int) -> bool:
        free = await self._charging.cables.unlock(connector)
        self._site.changed(self.id)
        return free
