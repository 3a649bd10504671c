"""An EVSE: what its equipment reports, and the transactions that come of it.

A transaction starts when one of the policy's start points comes true and ends when one of its stop
points ceases to be (2.0.1 E01, E06); in 1.6 both are the closed power path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from ocppkit.station.calling import event, refuse_inside
from ocppkit.station.connector import Connector, affected, connector_at, usable_among
from ocppkit.station.hardware import Fault, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.power import LOCK_FAILURE, PowerPath
from ocppkit.station.recorder import Recorder, Situation
from ocppkit.station.site import Site
from ocppkit.station.token import TokenOutcome, judge
from ocppkit.station.transaction import (
    Authorization,
    Cause,
    ChargingState,
    SavedTransaction,
    Transaction,
    TransactionPoint,
)
from ocppkit.station.waiting import CableTimeout

__all__ = ["Connector", "Evse", "TokenOutcome"]

_logger = logging.getLogger(__name__)


class Evse:
    """An EVSE; its methods are what the hardware reports, in the order in which it happens.

    Reports may be repeated or odd: what is known changes nothing, what cannot be is logged. One of
    a connector that does not exist is a `ValueError`. One from inside a method of the hardware
    takes effect once that has returned.

    Attributes:
        id: from 1.
        connectors: by their number.
        operative: whether the CSMS lets it be used.
        authorization: who may charge here now.
        state: how far charging is.
        finishing: whether a transaction has ended and its cable is still there.
    """

    def __init__(self, id: int, *, connectors: int, site: Site) -> None:
        self.id = id
        self.connectors = {number: Connector(id=number) for number in range(1, connectors + 1)}
        self.operative = True
        self.authorization: Authorization | None = None
        self.state = ChargingState.IDLE
        self.finishing = False
        self._site = site
        self._lock = asyncio.Lock()
        self._recorder = Recorder(evse=id, site=site, lock=self._lock, situation=self._situation)
        self._points: frozenset[TransactionPoint] = frozenset()
        self._power = PowerPath(evse=id, connectors=self.connectors, site=site)
        self._held_for: IdToken | None = None  # whose cable stays locked
        self._connector = 1
        self._timeout = CableTimeout(evse=id, site=site)
        self._presenting = asyncio.Lock()  # one token after another

    @property
    def transaction(self) -> Transaction | None:
        """The transaction under way."""
        return self._recorder.transaction

    @property
    def plugged(self) -> Connector | None:
        """The connector that an EV is connected to; of two, the first one."""
        return connector if (connector := self.connectors[self._connector]).plugged else None

    @property
    def in_use(self) -> int | None:
        """The number of the connector that is being used or about to be."""
        return self._connector if self.plugged or self.authorization or self.transaction else None

    @property
    def usable(self) -> bool:
        """Whether somebody may start to charge here, at any connector that is free for it."""
        return self._place(None) is not None

    def usable_at(self, connector: int) -> bool:
        """Whether somebody may start to charge at a connector."""
        return self._place(connector) == connector

    @event
    async def plugged_in(self, connector: int = 1) -> None:
        """A cable now connects the EV; where another does already, it has to wait."""
        async with self._lock:
            await self._plug(connector)

    @event
    async def unplugged(self, connector: int = 1) -> None:
        """The cable no longer connects the EV: whoever charged has to ask again (E09.FR.01)."""
        async with self._lock:
            await self._unplug(connector)

    async def look(self) -> None:
        """Ask the hardware how the connectors are, as at the start, and take that in."""
        for number, connector in self.connectors.items():
            async with self._lock:  # what is reported meanwhile comes after
                state = await self._site.hardware.connector_state(self.id, number)
                if state.plugged is not None:
                    await (self._plug(number) if state.plugged else self._unplug(number))
                if state.fault is not None:
                    connector.fails(state.fault)
                    self._site.changed(self.id)

    async def token_presented(self, token: IdToken) -> TokenOutcome:
        """A driver shows a token: to start, or to stop what this token or its group started.

        Tokens are judged one after another; each may take as long as the CSMS takes to answer.

        Raises:
            TokenFromInside: a method of the hardware waits for it, and would be waited for.
            TypeError: it is no `IdToken`.
        """
        if not isinstance(token, IdToken):
            msg = f"an IdToken is expected, as IdToken('04E1A2B3'), not {type(token).__name__}"
            raise TypeError(msg)
        refuse_inside()
        async with self._presenting:
            return await judge(token, evse=self, authorize=self._site.authorize)

    @event
    async def charging_state(self, state: ChargingState) -> None:
        """The EV draws energy, or does not, while energy is offered."""
        async with self._lock:
            if self.plugged is None or not self._power.energized or self._power.held_back:
                _logger.debug("EVSE %d reports %s but offers no energy", self.id, state)
                return
            if state is self.state:
                return
            self.state = state
            self._site.changed(self.id)
            await self._settle(Cause.CHARGING_STATE_CHANGED)

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
            self._power.paused = True
            await self._hold_back()

    @event
    async def station_resumed(self) -> None:
        """The station's own equipment lets energy flow again."""
        async with self._lock:
            self._power.paused = False
            await self._energize()

    @event
    async def fault(self, fault: Fault, *, connector: int | None = None) -> None:
        """Something is wrong, at all connectors for None: charging ends until it is cleared.

        Another fault of the same place takes its place.
        """
        async with self._lock:
            news = [each for each in affected(self.connectors, connector) if each.fault != fault]
            for each in news:
                each.fails(fault)
            if news:
                self._site.changed(self.id)
                if connector in {None, self.in_use}:
                    await self._end_session(Cause.FAULT, fault=fault)

    @event
    async def fault_cleared(self, *, connector: int | None = None) -> None:
        """What was wrong is right again, at all connectors for None."""
        async with self._lock:
            for each in affected(self.connectors, connector):
                each.fails(None)
            self._site.changed(self.id)

    def defer(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Do something as soon as the method of the hardware that is running has returned."""
        _ = self._site.spawn(work, name=f"EVSE {self.id}: {name}")

    async def limit(self, offer: Offer) -> None:
        """Offer no more than this from now on; nothing at all suspends (SuspendedEVSE)."""
        async with self._lock:
            await self._power.change(offer)
            await (self._hold_back() if offer.nothing else self._energize())

    async def authorize(
        self, authorization: Authorization, cause: Cause, *, connector: int | None = None
    ) -> bool:
        """Let somebody charge; whether that is possible by now."""
        async with self._lock:
            place = self._place(connector)
            if self.authorization is not None or place is None:
                return False
            if self.plugged is None:
                self._connector = place
                self._timeout.start(lambda: self._give_up(authorization))
            self.authorization = authorization
            self.finishing = False
            self._power.refused = False
            self._site.changed(self.id)
            await self._settle(cause, token=authorization.token)
            await self._hold_back()
            return self.authorization is authorization

    async def stop(self, cause: Cause) -> None:
        """End charging, and the transaction even where only charging would end."""
        async with self._lock:
            await self._end_session(cause)

    async def withdraw(
        self, cause: Cause, *, token: IdToken | None = None, only: Authorization | None = None
    ) -> bool:
        """End the permission to charge; the transaction where a stop point says so, or it had none.

        Where `only` one permission is meant and another is there, nothing happens; whether it did.
        """
        async with self._lock:
            if only is not None and self.authorization is not only:
                return False
            if self.authorization is None:
                await self._end_session(cause)
            else:
                await self._withdraw(cause, token=token)
            return True

    def holds_cable_of(self, token: IdToken) -> bool:
        """Whether a cable stays locked until this token is presented (E05.FR.11)."""
        return self._held_for == token

    async def release(self, token: IdToken) -> bool:
        """Release the cable that is held for a token's owner; whether there was one."""
        async with self._lock:
            if held := self.holds_cable_of(token):
                self._held_for = None
                await self._power.unlock(self.plugged)
            return held

    async def resume(self, saved: SavedTransaction) -> None:
        """Go on with a transaction that a power cut interrupted, as its EV is still there."""
        async with self._lock:
            self._connector = connector = saved.transaction.connector or 1
            self.connectors[connector].plugged = True
            self.authorization, self.state = saved.authorization, saved.state
            self._power.refused = saved.refused
            self._points = self._situation().points
            self._recorder.resume(saved.transaction)
            self.state = ChargingState.EV_CONNECTED
            self._site.changed(self.id)
            await self._settle(Cause.POWER_LOSS)
            await self._hold_back()

    async def refuse(self, transaction_id: str) -> None:
        """The CSMS refuses the driver of a transaction after all (E05; 1.6 §4.8)."""
        async with self._lock:
            ongoing = self.transaction and self.transaction.id == transaction_id
            if not ongoing or self.authorization is None:
                return
            if self._site.policy.stop_on_invalid_id:
                if self.plugged is not None:
                    self._held_for = self.authorization.token  # (E05.FR.11)
                await self._withdraw(Cause.DEAUTHORIZED)
                return
            self._power.refused = True
            await self._hold_back()

    async def sample_now(self, cause: Cause) -> None:
        """Record what the meter shows, if there is a transaction."""
        async with self._lock:
            await self._recorder.sample(cause)

    def sample_anew(self) -> None:
        """Take up another sample interval."""
        self._recorder.sample_anew()

    def _place(self, wanted: int | None) -> int | None:
        """The connector for somebody who starts now; None where that cannot be."""
        wanted = self._connector if self.plugged else wanted
        operative = self._site.operative and self.operative
        return usable_among(self.connectors, wanted) if operative else None

    async def _plug(self, connector: int) -> None:
        if connector_at(self.connectors, connector).plugged:
            return
        self.connectors[connector].plugged = True
        if self.plugged is None or self._connector == connector:
            await self._take_up(connector)
        else:
            _logger.warning("EVSE %d has an EV already: %d waits", self.id, connector)
            self._site.changed(self.id)

    async def _unplug(self, connector: int) -> None:
        gone = connector_at(self.connectors, connector)
        if not gone.plugged:
            return
        used = self.plugged is gone
        gone.plugged = False
        gone.forget_lock()
        if used:
            self.state = ChargingState.IDLE
            self.authorization = None
            await self._settle(Cause.EV_DISCONNECTED)
            self.finishing = False
            self._held_for = None
        self._site.changed(self.id)
        waiting = next((each.id for each in self.connectors.values() if each.plugged), None)
        if used and waiting is not None:
            await self._take_up(waiting)

    async def _take_up(self, connector: int) -> None:
        self._connector = connector
        self.state = ChargingState.EV_CONNECTED
        self._timeout.cancel()
        self._site.changed(self.id)
        await self._settle(Cause.CABLE_PLUGGED_IN)
        await self._hold_back()

    async def _hold_back(self) -> None:
        """Suspend, where the station's side lets no energy flow to somebody who may have it."""
        charging = self.authorization is not None and self.plugged is not None
        if charging and self._power.held_back and self.state is not ChargingState.SUSPENDED_EVSE:
            self.state = ChargingState.SUSPENDED_EVSE
            self._site.changed(self.id)
            await self._settle(Cause.CHARGING_STATE_CHANGED)

    async def _withdraw(self, cause: Cause, *, token: IdToken | None = None) -> None:
        self.authorization = None
        self._timeout.cancel()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        if self.transaction is not None:
            self.transaction.stop_cause = cause
        await self._settle(cause, token=token)
        if self._held_for is None:
            await self._power.unlock(self.plugged)
        self._site.changed(self.id)

    async def _end_session(self, cause: Cause, *, fault: Fault | None = None) -> None:
        self.authorization = None
        self._timeout.cancel()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        self._points = self._situation().points
        fault = await self._power.off() or fault
        if self.transaction is not None:
            await self._end(cause, fault=fault)
        await self._power.unlock(self.plugged)
        self._site.changed(self.id)

    async def _settle(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """Draw the consequences of what has just changed."""
        before, self._points = self._points, self._situation().points
        came, went = self._points - before, before - self._points
        if not self._wants_power():
            await self._power.off()  # before the meter is read for the last time
        elif not await self._power.lock(self._connector):  # (G05.FR.01)
            await self._end_session(Cause.FAULT, fault=LOCK_FAILURE)
            return
        policy = self._site.policy
        if self.transaction is None:
            if came & policy.start_points:
                await self._recorder.start(cause)
                self._site.changed(self.id)
        elif went & policy.stop_points or not self._points:
            await self._end(cause, token=token)
        else:
            await self._recorder.update(cause, token=token)
        await self._energize()

    async def _end(
        self, cause: Cause, *, token: IdToken | None = None, fault: Fault | None = None
    ) -> None:
        await self._recorder.end(cause, token=token, fault=fault)
        self._power.refused = False
        self.finishing = self.plugged is not None
        self._site.changed(self.id)

    def _situation(self) -> Situation:
        return Situation(
            connector=self.plugged.id if self.plugged else None,
            state=self.state,
            authorization=self.authorization,
            refused=self._power.refused,
        )

    def _wants_power(self) -> bool:
        connector = self.plugged
        permitted = self.authorization is not None and not self._power.held_back
        return permitted and connector is not None and connector.fault is None

    async def _energize(self) -> None:
        if self._wants_power() and await self._power.lock(self._connector):
            await self._power.on()

    async def _give_up(self, authorization: Authorization) -> None:
        async with self._lock:
            if self.authorization is authorization and self.plugged is None:
                await self._withdraw(Cause.EV_CONNECT_TIMEOUT)
