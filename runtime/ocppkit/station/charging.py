"""How an EVSE is used: who may charge, what is plugged in, and the transaction that comes of it.

A transaction starts when one of the policy's start points comes true and ends when one of its stop
points ceases to be (2.0.1 E01, E06); in 1.6 both are the closed power path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from ocppkit.station.cables import Cables
from ocppkit.station.connector import Connector, connector_at
from ocppkit.station.hardware import Fault, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.power import LOCK_FAILURE, PowerPath
from ocppkit.station.recorder import Recorder, Situation
from ocppkit.station.refusal import Refusal
from ocppkit.station.site import Site
from ocppkit.station.transaction import (
    Authorization,
    Cause,
    ChargingState,
    SavedTransaction,
    Transaction,
    TransactionPoint,
)
from ocppkit.station.waiting import CableTimeout, DriverTimeout

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
        ready_since: when energy could flow first in this use: somebody may charge, and the EV is
            there.
        recorder: writes down the transaction.
        power: the power path.
        cables: who holds them.
    """

    def __init__(
        self,
        *,
        evse: int,
        connectors: Mapping[int, Connector],
        site: Site,
        lock: asyncio.Lock,
        free: Callable[[int], bool],
    ) -> None:
        """Let nobody charge yet.

        Args:
            evse: its number.
            connectors: of the EVSE, by their number.
            site: the station around it.
            lock: the EVSE's; taken for what happens at a time of its own.
            free: whether a connector is for whoever comes.
        """
        self.authorization: Authorization | None = None
        self.state = ChargingState.IDLE
        self.finishing = False
        self.unclaimed = False
        self.connector = 1
        self.ready_since: datetime | None = None
        self.recorder = Recorder(evse=evse, site=site, lock=lock, situation=self._situation)
        self._evse = evse
        self._connectors = connectors
        self._site = site
        self._lock = lock
        self._points: frozenset[TransactionPoint] = frozenset()
        self.power = PowerPath(evse=evse, connectors=connectors, site=site)
        self.cables = Cables(connectors=connectors, power=self.power)
        self._refusal = Refusal(self, evse=evse, site=site, lock=lock)
        self._timeout = CableTimeout(evse=evse, site=site)
        self._driver = DriverTimeout(evse=evse, site=site)
        self._free = free

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
        offers = self.power.energized and not self.power.held_back
        return self.plugged is not None and offers

    @property
    def draws(self) -> bool:
        """Whether an EV may take energy, were there enough of it."""
        return self._permitted and not (self.power.refused or self.power.paused)

    async def plug(self, connector: int) -> None:
        """A cable now connects the EV; where another does already, it has to wait."""
        if connector_at(self._connectors, connector).plugged:
            return
        self._connectors[connector].plugged = True
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
        gone.plugged = False
        gone.forget_lock()
        if used:
            await self._desert(gone)
        self._site.changed(self._evse)
        await self._take_up_next()

    async def look(self, connector: int) -> None:
        """Ask the hardware how a connector is, and take that in."""
        state = await self._site.hardware.connector_state(self._evse, connector)
        if state.plugged:
            await self.plug(connector)
        elif state.plugged is not None:
            await self.unplug(connector)
        if state.fault is not None:
            self._connectors[connector].fails(state.fault)
            self._site.changed(self._evse)

    async def turn_to(self, state: ChargingState) -> None:
        """The EV draws energy, or does not."""
        if state is self.state:
            return
        self.state = state
        self._site.changed(self._evse)
        await self._settle(Cause.CHARGING_STATE_CHANGED)

    async def pause(self, *, paused: bool) -> None:
        """The station's own equipment lets no energy flow, or does again."""
        self.power.paused = paused
        await (self.hold_back() if paused else self._energize())

    async def limit(self, ceiling: Offer) -> None:
        """Offer no more than this from now on; nothing at all suspends (SuspendedEVSE)."""
        energized = self.power.energized
        await self.power.limit(ceiling)
        await self._take_offer(energized=energized)

    async def grant(self, offer: Offer) -> None:
        """As `limit`, on behalf of profiles and the other EVSEs; both hold."""
        energized = self.power.energized
        await self.power.grant(offer)
        await self._take_offer(energized=energized)

    async def _take_offer(self, *, energized: bool) -> None:
        """Begin or cease to offer energy, as the offer by now has it.

        Args:
            energized: whether energy was offered before; where the equipment refused to go on, it
                is not asked again at once.
        """
        if self.power.offer.nothing:
            await self.hold_back()
        elif not energized:
            await self._energize()

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
            self._timeout.start(lambda: self._give_up(authorization))
        self._driver.cancel()
        self.authorization = authorization
        self.finishing = self.unclaimed = False
        self.power.refused = False
        self.power.granted = Offer()  # what was left to those before says nothing of this one
        self._site.changed(self._evse)
        await self._settle(cause, token=authorization.token)
        await self.hold_back()
        return self.authorization is authorization

    async def withdraw(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """End the permission to charge, and the transaction where a stop point says so."""
        self.authorization = None
        self._timeout.cancel()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        if self.transaction is not None:
            self.transaction.stop_cause = cause
        await self._settle(cause, token=token)
        await self.cables.let_go(self.connector, held=False)
        self._site.changed(self._evse)
        await self._take_up_next()

    async def end(self, cause: Cause, *, fault: Fault | None = None) -> None:
        """End charging, and the transaction even where only charging would end."""
        self.authorization = None
        self._timeout.cancel()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        self._points = self._situation().points
        fault = await self.power.off() or fault
        if self.transaction is not None:
            await self._end(cause, fault=fault)
        await self.cables.let_go(self.connector, held=True)
        self._site.changed(self._evse)
        await self._take_up_next()

    async def unlock(self, connector: int) -> bool:
        """Release a cable, whomever it is held for; whether it is free now."""
        free = await self.cables.unlock(connector)
        self._site.changed(self._evse)
        return free

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
        self.state = ChargingState.EV_CONNECTED
        self._site.changed(self._evse)
        await self._settle(Cause.POWER_LOSS)
        await self.hold_back()

    async def reconsider(self) -> None:
        """Begin what has become possible by the end of a reset."""
        if self.transaction is None and self.plugged is not None:
            await self._settle(Cause.CABLE_PLUGGED_IN)

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
        self._timeout.cancel()
        self._driver.start(lambda: self._leave_unclaimed(connector))
        self._site.changed(self._evse)
        await self._settle(Cause.CABLE_PLUGGED_IN)
        await self.hold_back()

    async def _desert(self, gone: Connector) -> None:
        """The EV that was used has been unplugged at its own side, or was taken away."""
        policy = self._site.policy
        self._driver.cancel()
        self.state = ChargingState.IDLE
        self.unclaimed = False
        permitted, owner = self.authorization, self._refusal.owner()
        if policy.stop_on_ev_disconnect or self.transaction is None:
            self.authorization = None
        await self._settle(Cause.EV_DISCONNECTED)
        if self.transaction is None:
            self.authorization = None
        if permitted is not None and self.authorization is permitted:  # (E10, 1.6 §4.10)
            if policy.abandons_unlocked and not self.power.locks(gone.id):
                self._timeout.start(lambda: self._give_up(permitted))  # (E10.FR.02)
            return
        self.finishing = False
        frees = policy.stop_on_ev_disconnect and policy.unlock_on_ev_disconnect
        await self.cables.left(gone.id, owner, frees=frees)

    async def hold_back(self) -> None:
        """Suspend, where the station's side lets no energy flow to somebody who may have it."""
        charging = self.authorization is not None and self.plugged is not None
        if charging and self.power.held_back and self.state is not ChargingState.SUSPENDED_EVSE:
            await self.turn_to(ChargingState.SUSPENDED_EVSE)

    async def _settle(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """Draw the consequences of what has just changed."""
        if self.authorization is not None and self.plugged is not None:
            self.ready_since = self.ready_since or self._site.now()
        elif self.transaction is None:
            self.ready_since = None
        before, self._points = self._points, self._situation().points
        came, went = self._points - before, before - self._points
        if not self._wants_power():
            await self.power.off()  # before the meter is read for the last time
        elif not await self.power.lock(self.connector):  # (G05.FR.01)
            await self.end(Cause.FAULT, fault=LOCK_FAILURE)
            return
        policy = self._site.policy
        if self.transaction is None:
            if came & policy.start_points and self._site.awaits_reset:
                self._points = before  # it begins after the reset, see `reconsider`
            elif came & policy.start_points:
                await self.recorder.start(cause)
                self._site.changed(self._evse)
        elif went & policy.stop_points or not self._points:
            await self._end(cause, token=token)
        else:
            await self.recorder.update(cause, token=token)
        await self._energize()

    async def _end(
        self, cause: Cause, *, token: IdToken | None = None, fault: Fault | None = None
    ) -> None:
        await self.recorder.end(cause, token=token, fault=fault)
        self.power.refused = False
        self.ready_since = None
        self.finishing = self.plugged is not None
        self._site.changed(self._evse)

    def _situation(self) -> Situation:
        return Situation(
            connector=self.plugged.id if self.plugged else None,
            state=self.state,
            authorization=self.authorization,
            refused=self.power.refused,
            ready_since=self.ready_since,
        )

    @property
    def _permitted(self) -> bool:
        connector = self.plugged
        return self.authorization is not None and connector is not None and connector.fault is None

    def _wants_power(self) -> bool:
        return self._permitted and not self.power.held_back

    async def _energize(self) -> None:
        if self._wants_power() and await self.power.lock(self.connector):
            await self.power.on()
            await self.hold_back()  # where the others have to leave it something first

    async def _leave_unclaimed(self, connector: int) -> bool:
        """Give the cable up that nobody came for; whether there is nothing more to wait for."""
        async with self._lock:
            used = self.authorization is not None or self.transaction is not None
            if used or self.finishing or self.plugged is not self._connectors[connector]:
                return True
            self.unclaimed = self._free(connector)
            if self.unclaimed:
                self._site.changed(self._evse)
            return self.unclaimed

    async def _give_up(self, authorization: Authorization) -> None:
        async with self._lock:
            if self.authorization is authorization and self.plugged is None:
                gone = Cause.EV_DISCONNECTED if self.deserted else Cause.EV_CONNECT_TIMEOUT
                await self.withdraw(gone)
