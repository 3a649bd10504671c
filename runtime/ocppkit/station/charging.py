"""How an EVSE is used: who may charge, what is plugged in, and the transaction that comes of it.

A transaction starts when one of the policy's start points comes true and ends when one of its stop
points ceases to be (2.0.1 E01, E06); in 1.6 both are the closed power path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from ocppkit.station.beginning import Beginning, lapsed
from ocppkit.station.cables import Cables
from ocppkit.station.connector import Connector, connector_at
from ocppkit.station.hardware import Fault, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.power import LOCK_FAILURE, PowerPath
from ocppkit.station.recorder import Recorder, Situation
from ocppkit.station.refusal import Refusal
from ocppkit.station.site import Site
from ocppkit.station.supplying import Supplying
from ocppkit.station.transaction import (
    Authorization,
    Cause,
    ChargingState,
    SavedTransaction,
    Transaction,
    TransactionPoint,
)
from ocppkit.station.waiting import Waiting

__all__ = ["Charging"]

_logger = logging.getLogger(__name__)


class Charging:
    """The use of an EVSE; call its methods with the EVSE's lock held.

    Attributes:
        authorization: who may charge here now.
        state: how far charging is.
        finishing: whether a transaction has ended and its cable is still there.
        unclaimed: whether nobody has come for the cable that is there for too long.
        connector: which one is used, or was last.
        departures: how many EVs have gone since the start.
        ready_since: when energy could flow first in this use: somebody may charge, and the EV is
            there.
        recorder: writes down the transaction.
        power: the power path.
        cables: who holds them.
        supplying: how much energy is offered.
        bay_occupied: whether an EV stands in the parking bay, as far as anything can tell.
    """

    def __init__(
        self,
        *,
        evse: int,
        connectors: Mapping[int, Connector],
        site: Site,
        lock: asyncio.Lock,
        free: Callable[[int], bool],
        possible: Callable[[int], bool],
    ) -> None:
        """Let nobody charge yet.

        Args:
            evse: its number.
            connectors: of the EVSE, by their number.
            site: the station around it.
            lock: the EVSE's; taken for what happens at a time of its own.
            free: whether a connector is for whoever comes.
            possible: whether a transaction may begin at a connector.
        """
        self.authorization: Authorization | None = None
        self.state = ChargingState.IDLE
        self.finishing = False
        self.unclaimed = False
        self.connector = 1
        self.departures = 0
        self.ready_since: datetime | None = None
        self.recorder = Recorder(evse=evse, site=site, lock=lock, situation=self._situation)
        self._evse = evse
        self._connectors = connectors
        self._site = site
        self._lock = lock
        self._points: frozenset[TransactionPoint] = frozenset()
        self.power = PowerPath(evse=evse, connectors=connectors, site=site)
        self.cables = Cables(connectors=connectors, power=self.power)
        self.supplying = Supplying(self)
        self.bay_occupied = False
        self._beginning = Beginning(
            recorder=self.recorder, site=site, possible=lambda: possible(self.connector)
        )
        self._refusal = Refusal(self, evse=evse, site=site, lock=lock)
        self._waiting = Waiting(self, evse=evse, site=site, lock=lock, free=free)

    @property
    def transaction(self) -> Transaction | None:
        """The transaction under way."""
        return self.recorder.transaction

    @property
    def plugged(self) -> Connector | None:
        """The connector that an EV is connected to; of two, the first one."""
        return connector if (connector := self._connectors[self.connector]).plugged else None

    @property
    def deserted(self) -> bool:
        """Whether a transaction goes on whose EV has been unplugged (E10; 1.6 §4.10)."""
        transaction = self.transaction
        return transaction is not None and transaction.connector is not None and not self.plugged

    @property
    def offers_energy(self) -> bool:
        """Whether an EV may take energy now."""
        return self.plugged is not None and self.power.energized and not self.power.held_back

    @property
    def draws(self) -> bool:
        """Whether an EV may take energy, were there enough of it."""
        return self._permitted and not (self.power.refused or self.power.paused)

    async def plug(self, connector: int, *, cable_max_current_a: int | None = None) -> None:
        """A cable now connects the EV; where another does already, it has to wait."""
        if connector_at(self._connectors, connector).plugged:
            return
        self._connectors[connector].plugged = True
        self._connectors[connector].cable_max_current_a = cable_max_current_a
        if self.connector == connector or not (self.plugged or self.deserted):
            await self._take_up(connector)
        else:
            _logger.warning("EVSE %d has an EV already: %d waits", self._evse, connector)
            self._site.changed(self._evse)

    async def unplug(self, connector: int) -> None:
        """The cable no longer connects the EV."""
        gone = connector_at(self._connectors, connector)
        if not gone.plugged:
            return
        used = self.plugged is gone
        gone.plugged, gone.cable_max_current_a = False, None
        gone.forget_lock()
        if used:
            self.departures += 1
            await self._desert(gone)
        self._site.changed(self._evse)
        await self._take_up_next()

    async def bay(self, *, occupied: bool) -> None:
        """An EV has come into the parking bay, or has left it."""
        if occupied is self.bay_occupied:
            return
        self.bay_occupied = occupied
        await self._settle(Cause.EV_DETECTED if occupied else Cause.EV_DEPARTED)
        self._site.changed(self._evse)

    async def turn_to(self, state: ChargingState) -> None:
        """The EV draws energy, or does not."""
        if state is self.state:
            return
        self.state = state
        self._site.changed(self._evse)
        await self._settle(Cause.CHARGING_STATE_CHANGED)

    async def authorize(
        self, authorization: Authorization, cause: Cause, *, connector: int
    ) -> bool:
        """Let somebody charge where nobody may yet; whether that is possible by now.

        Args:
            authorization: of whom.
            cause: what made it happen.
            connector: where the EV is, or will be.
        """
        if self.plugged is None:
            self.connector = connector
            self._waiting.for_cable(authorization)
        self._waiting.cancel_driver()
        self.authorization = authorization
        self.finishing = self.unclaimed = False
        self.power.refused = False
        self.power.granted = Offer()  # what was left to those before says nothing of this one
        if self.transaction is not None:
            self.transaction.stop_cause = None  # it goes on, whoever stopped it before
        self._site.changed(self._evse)
        await self._settle(cause, token=authorization.token)
        await self.hold_back()
        return self.authorization is authorization

    async def withdraw(
        self, cause: Cause, *, token: IdToken | None = None, ends: bool = False
    ) -> None:
        """End the permission to charge, and the transaction where a stop point says so.

        Args:
            cause: what made it happen.
            token: whose, where one was presented.
            ends: whether the transaction ends whatever the stop points say.
        """
        self.authorization = None
        self._waiting.cancel_cable()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        if self.transaction is not None:
            self.transaction.stop_cause = cause
        await self._settle(cause, token=token, ends=ends)
        await self.cables.let_go(self.connector, held=False)
        self._site.changed(self._evse)
        await self._take_up_next()

    async def end(self, cause: Cause, *, fault: Fault | None = None) -> None:
        """End charging, and the transaction even where only charging would end."""
        self.authorization = None
        self._waiting.cancel_cable()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        self._points = self._situation().points
        fault = await self.power.off() or fault
        if self.transaction is not None:
            await self._end(cause, fault=fault)
        elif self.plugged is not None:
            self._waiting.for_driver()
        await self.cables.let_go(self.connector, held=True)
        self._site.changed(self._evse)
        await self._take_up_next()

    async def resume(self, saved: SavedTransaction) -> None:
        """Go on with a transaction that a power cut interrupted, as its EV is still there."""
        self.connector = connector = saved.transaction.connector or 1
        self._connectors[connector].plugged = True
        self.authorization, self.state = saved.authorization, saved.state
        self.power.refused = saved.refused
        self._points = self._situation().points
        self.ready_since = saved.transaction.ready_since
        self.recorder.resume(saved.transaction)
        self._refusal.resume(saved.transaction)
        self.state = self._state_after(saved.state)
        self._site.changed(self._evse)
        await self._settle(Cause.POWER_LOSS)
        await self.hold_back()

    async def reconsider(self) -> None:
        """Begin what has become possible by the end of a reset, or of being out of use."""
        plugged = self.plugged is not None
        if self.transaction is None and (plugged or self.bay_occupied):
            await self._settle(Cause.CABLE_PLUGGED_IN if plugged else Cause.EV_DETECTED)

    async def refuse(self) -> None:
        """The CSMS refuses the driver of the transaction after all (E05; 1.6 §4.8)."""
        await self._refusal.refuse()

    async def _take_up_next(self) -> None:
        """Take up an EV that had to wait for another, or for its owner."""
        waiting = next((each.id for each in self._connectors.values() if each.plugged), None)
        if waiting is not None and not (self.plugged or self.deserted):
            await self._take_up(waiting)

    async def _take_up(self, connector: int) -> None:
        self.connector = connector
        self.state = ChargingState.EV_CONNECTED
        self.unclaimed = False
        self._waiting.cancel_cable()
        self._waiting.for_driver()
        self._site.changed(self._evse)
        await self._settle(Cause.CABLE_PLUGGED_IN)
        await self.hold_back()

    async def _desert(self, gone: Connector) -> None:
        """The EV that was used has been unplugged at its own side, or was taken away."""
        policy = self._site.policy
        self._waiting.cancel_driver()
        self.state = ChargingState.IDLE
        self.unclaimed = False
        permitted, owner = self.authorization, self._refusal.owner()
        if policy.stop_on_ev_disconnect or self.transaction is None:
            self.authorization = None
            if permitted is not None and self.transaction is not None:
                self.transaction.stop_cause = Cause.EV_DISCONNECTED
        await self._settle(Cause.EV_DISCONNECTED)
        if self.transaction is None:
            self.authorization = None
        if permitted is not None and self.authorization is permitted:  # (E10, 1.6 §4.10)
            if policy.abandons_unlocked and not self.power.locks(gone.id):
                self._waiting.for_cable(permitted)  # (E10.FR.02)
            return
        self.finishing = False
        frees = policy.stop_on_ev_disconnect and policy.unlock_on_ev_disconnect
        await self.cables.left(gone.id, owner, frees=frees)

    async def hold_back(self) -> None:
        """Suspend, where the station's side lets no energy flow to somebody who may have it."""
        charging = self.authorization is not None and self.plugged is not None
        if charging and self.power.held_back:
            await self.turn_to(ChargingState.SUSPENDED_EVSE)
            await self.power.off()  # it may be so already, with an EV that was about to draw

    async def _settle(
        self, cause: Cause, *, token: IdToken | None = None, ends: bool = False
    ) -> None:
        """Draw the consequences of what has just changed.

        Args:
            cause: what it was.
            token: whose, where one was presented.
            ends: whether the transaction ends whatever the stop points say.
        """
        if self.authorization is not None and self.plugged is not None:
            self.ready_since = self.ready_since or self._site.now()
        elif self.transaction is None:
            self.ready_since = None
        before, self._points = self._points, self._situation().points
        came, went = self._points - before, lapsed(before, self._points)
        ends = ends or bool(went & self._site.policy.stop_points) or not self._points
        outlived = self.authorization if ends and self.transaction is not None else None
        if outlived is not None:
            self._cease()
        if not self._wants_power():
            await self.power.off()  # before the meter is read for the last time
        elif not await self.power.lock(self.connector):  # (G05.FR.01)
            await self.end(Cause.FAULT, fault=LOCK_FAILURE)
            return
        if self.transaction is None:
            if self._beginning.waits(came):
                self._points = before  # it begins later, see `reconsider`
            elif await self._beginning.begin(self._points, came=came, cause=cause):
                self._points = self._situation().points
                self._site.changed(self._evse)
        elif ends:
            await self._end(cause, token=token)
            if outlived is not None and self.plugged is not None:
                await self.cables.let_go(self.connector, held=False)  # (E06.FR.10)
        else:
            await self.recorder.update(cause, token=token)
        await self.energize()

    def _cease(self) -> None:
        """Let nobody charge any more, as the transaction ends: no energy flows outside of one."""
        if self.transaction is not None and self.transaction.stop_cause is None:
            if self.power.refused:
                self.transaction.stop_cause = Cause.DEAUTHORIZED
            elif self.state is ChargingState.SUSPENDED_EV:
                self.transaction.stop_cause = Cause.STOPPED_BY_EV
        self.authorization = None
        self._waiting.cancel_cable()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED

    async def _end(
        self, cause: Cause, *, token: IdToken | None = None, fault: Fault | None = None
    ) -> None:
        await self.recorder.end(cause, token=token, fault=fault)
        self.power.refused = self._beginning.signed = False
        self.ready_since = None
        self.finishing = self.plugged is not None
        self._site.changed(self._evse)

    def _state_after(self, before: ChargingState) -> ChargingState:
        """How far charging is after a power cut, until the equipment says more of its EV."""
        if self.authorization is None:
            return ChargingState.EV_CONNECTED
        if self.power.held_back:
            return ChargingState.SUSPENDED_EVSE
        charged = before is ChargingState.CHARGING
        return ChargingState.CHARGING if charged else ChargingState.SUSPENDED_EV

    def _situation(self) -> Situation:
        return Situation(
            connector=self.plugged.id if self.plugged else None,
            state=self.state,
            authorization=self.authorization,
            refused=self.power.refused,
            ready_since=self.ready_since,
            bay_occupied=self.bay_occupied,
            signed=self._beginning.signed,
            cable_max_current_a=self.plugged.cable_max_current_a if self.plugged else None,
        )

    @property
    def _permitted(self) -> bool:
        connector = self.plugged
        return self.authorization is not None and connector is not None and connector.fault is None

    def _wants_power(self) -> bool:
        begins = self.transaction is None and self._site.resets(self._evse)  # not before it is over
        return self._permitted and not (self.power.held_back or begins)

    async def energize(self) -> None:
        """Offer energy, where somebody may have it and nothing holds it back."""
        if self._wants_power() and await self.power.lock(self.connector):
            await self.power.on()
            await self.hold_back()  # where the others have to leave it something first
