"""An EVSE: what its equipment reports, and the transactions that come of it.

The same for every version. A transaction starts when one of the policy's start points comes true
and ends when one of its stop points ceases to be (2.0.1 E01, E06); 1.6 is the special case that
both are the closed power path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any

from ocppkit.station.calling import event, refuse_inside
from ocppkit.station.connector import Connector
from ocppkit.station.hardware import Fault, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.power import LOCK_FAILURE, PowerPath
from ocppkit.station.recorder import Recorder, Situation
from ocppkit.station.site import Site
from ocppkit.station.transaction import (
    Authorization,
    Cause,
    ChargingState,
    Transaction,
    TransactionPoint,
)

__all__ = ["Connector", "Evse", "TokenOutcome"]

_logger = logging.getLogger(__name__)


class TokenOutcome(StrEnum):
    """What came of a token that was presented: what the driver is to be shown."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    STOPPED = "stopped"


class Evse:
    """An EVSE; its methods are what the hardware reports, in the order in which it happens.

    Reports may be repeated and come in odd orders: what is known already changes nothing, and what
    cannot be is logged. A connector that does not exist is a `ValueError`. Reports from inside a
    method of the hardware take effect once it has returned.

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
        self._power = PowerPath(evse=id, site=site)
        self._held_for: IdToken | None = None  # whose cable stays locked
        self._connector = 1
        self._timeout: asyncio.Task[None] | None = None
        self._presenting = asyncio.Lock()  # one token after another

    @property
    def transaction(self) -> Transaction | None:
        """The transaction under way."""
        return self._recorder.transaction

    @property
    def plugged(self) -> Connector | None:
        """The connector that an EV is connected to."""
        return next((each for each in self.connectors.values() if each.plugged), None)

    @property
    def in_use(self) -> int | None:
        """The number of the connector that is being used or about to be."""
        plugged = self.plugged
        if plugged is not None:
            return plugged.id
        return self._connector if self.authorization or self.transaction else None

    @property
    def usable(self) -> bool:
        """Whether somebody may start to charge here."""
        connector = self.connectors[self.in_use or self._connector]
        operative = self._site.operative and self.operative and connector.operative
        return operative and connector.fault is None

    @event
    async def plugged_in(self, connector: int = 1) -> None:
        """A cable now connects the EV; where another does already, it has to wait."""
        async with self._lock:
            if self._connector_at(connector).plugged:
                return
            other = self.plugged
            self.connectors[connector].plugged = True
            if other is not None:
                _logger.warning("EVSE %d: an EV at two connectors; %d waits", self.id, connector)
                self._site.changed(self.id)
                return
            await self._take_up(connector)

    @event
    async def unplugged(self, connector: int = 1) -> None:
        """The cable no longer connects the EV: whoever charged has to ask again (E09.FR.01)."""
        async with self._lock:
            gone = self._connector_at(connector)
            if not gone.plugged:
                return
            used = self.plugged is gone
            gone.plugged = False
            if gone.lock_failed:
                gone.lock_failed, gone.fault = False, None
            if not used:
                self._site.changed(self.id)
                return
            self.state = ChargingState.IDLE
            self.authorization = None
            await self._settle(Cause.EV_DISCONNECTED)
            self.finishing = False
            self._held_for = None
            self._site.changed(self.id)

    async def token_presented(self, token: IdToken) -> TokenOutcome:
        """A driver shows a token: to start, or to stop what this token or its group started.

        Returns when it is decided; that may take as long as the CSMS takes to answer. Tokens are
        judged one after another.

        Raises:
            TokenFromInside: a method of the hardware waits for the verdict, which would wait for
                that method.
        """
        refuse_inside()
        async with self._presenting:
            return await self._judge(token)

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
            await self._power_up()

    @event
    async def fault(self, fault: Fault, *, connector: int | None = None) -> None:
        """Something is wrong: charging ends, and does not start until it is cleared.

        Args:
            fault: what; another one of the same place takes its place.
            connector: where; None for all of the EVSE.
        """
        async with self._lock:
            affected = [each for each in self._affected(connector) if each.fault != fault]
            for each in affected:
                each.fault, each.lock_failed = fault, False
            if affected:
                self._site.changed(self.id)
                if connector is None or connector == self.in_use:
                    await self._end_session(Cause.FAULT, fault=fault)

    @event
    async def fault_cleared(self, *, connector: int | None = None) -> None:
        """What was wrong is right again.

        Args:
            connector: where; None for all of the EVSE.
        """
        async with self._lock:
            for each in self._affected(connector):
                each.fault, each.lock_failed = None, False
            self._site.changed(self.id)

    def defer(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Do something as soon as the method of the hardware that is running has returned."""
        _ = self._site.spawn(work, name=f"EVSE {self.id}: {name}")

    async def look(self) -> None:
        """Ask the hardware how the connectors are, as at the start, and take that in."""
        for number in self.connectors:
            state = await self._site.hardware.connector_state(self.id, number)
            if state.fault is not None:
                await self.fault(state.fault, connector=number)
            if state.plugged is True:
                await self.plugged_in(number)
            elif state.plugged is False:
                await self.unplugged(number)

    async def limit(self, offer: Offer) -> None:
        """Offer no more than this from now on; nothing at all suspends (SuspendedEVSE)."""
        async with self._lock:
            await self._power.change(offer)
            if offer.nothing:
                await self._hold_back()
            else:
                await self._power_up()

    async def authorize(
        self, authorization: Authorization, cause: Cause, *, connector: int | None = None
    ) -> bool:
        """Let somebody charge; whether that is possible by now."""
        async with self._lock:
            if self.authorization is not None or not self.usable:
                return False
            if self.plugged is None:
                self._connector = connector or 1
                self._await_cable(authorization)
            self.authorization = authorization
            self.finishing = False
            self._suspended = False
            self._site.changed(self.id)
            await self._settle(cause, token=authorization.token)
            return True

    async def stop(self, cause: Cause) -> None:
        """End charging, and the transaction even where only charging would end."""
        async with self._lock:
            await self._end_session(cause)

    async def withdraw(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """End the permission to charge; the transaction too where a stop point says so.

        A transaction that nobody was permitted yet ends.
        """
        async with self._lock:
            if self.authorization is None:
                await self._end_session(cause)
                return
            await self._withdraw(cause, token=token)

    async def refuse(self, transaction_id: str) -> None:
        """The CSMS refuses the driver of a transaction after all (E05; 1.6 §4.8)."""
        async with self._lock:
            transaction = self.transaction
            if transaction is None or transaction.id != transaction_id:
                return
            if self.authorization is None:
                return
            if self._site.policy.stop_on_invalid_id:
                if self.plugged is not None:
                    self._held_for = self.authorization.token  # (E05.FR.11)
                await self._withdraw(Cause.DEAUTHORIZED)
                return
            self._suspended = True
            if self.plugged is not None:
                self.state = ChargingState.SUSPENDED_EVSE
            self._site.changed(self.id)
            await self._settle(Cause.CHARGING_STATE_CHANGED)

    async def sample_now(self, cause: Cause) -> None:
        """Record what the meter shows, if there is a transaction."""
        async with self._lock:
            await self._recorder.sample(cause)

    def sample_anew(self) -> None:
        """Take up another sample interval."""
        self._recorder.sample_anew()

    def _affected(self, connector: int | None) -> list[Connector]:
        if connector is None:
            return list(self.connectors.values())
        return [self.connectors[connector]]

    async def _stop_with(self, token: IdToken, current: Authorization) -> TokenOutcome:
        if token != current.token:  # (C09; 1.6 §4.1)
            answer = await self._site.authorize(token)
            same_group = answer.group_id is not None and answer.group_id == current.group_id
            if not (answer.accepted and same_group):
                return TokenOutcome.REFUSED
        async with self._lock:
            if self.authorization is not current:
                return TokenOutcome.REFUSED
            await self._withdraw(Cause.STOP_AUTHORIZED, token=token)
        return TokenOutcome.STOPPED

    async def _withdraw(self, cause: Cause, *, token: IdToken | None = None) -> None:
        self.authorization = None
        self._cancel_timeout()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        if self.transaction is not None:
            self.transaction.stop_cause = cause
        await self._settle(cause, token=token)
        if self._held_for is None:
            await self._unlock()
        self._site.changed(self.id)

    async def _end_session(self, cause: Cause, *, fault: Fault | None = None) -> None:
        self.authorization = None
        self._cancel_timeout()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        self._points = self._current_points()
        await self._power()
        if self.transaction is not None:
            await self._end(cause, fault=fault)
        await self._unlock()
        self._site.changed(self.id)

    async def _release(self) -> None:
        async with self._lock:
            self._held_for = None
            await self._unlock()

    def _current_points(self) -> frozenset[TransactionPoint]:
        points = set()
        if self.plugged is not None:
            points.add(TransactionPoint.EV_CONNECTED)
        if self.authorization is not None:
            points.add(TransactionPoint.AUTHORIZED)
        if len(points) == 2:
            points.add(TransactionPoint.POWER_PATH_CLOSED)
        if self.state is ChargingState.CHARGING:
            points.add(TransactionPoint.ENERGY_TRANSFER)
        return frozenset(points)

    async def _settle(self, cause: Cause, *, token: IdToken | None = None) -> None:
        """Draw the consequences of what has just changed."""
        before, self._points = self._points, self._current_points()
        came, went = self._points - before, before - self._points
        if not self._wants_power():
            await self._power()  # off before the meter is read for the last time
        policy = self._site.policy
        if self.transaction is None:
            if came & policy.start_points:
                await self._recorder.start(cause)
                self._site.changed(self.id)
        elif went & policy.stop_points or not self._points:
            await self._end(cause, token=token)
        else:
            await self._recorder.update(cause, token=token)
        await self._power()

    async def _end(
        self, cause: Cause, *, token: IdToken | None = None, fault: Fault | None = None
    ) -> None:
        await self._recorder.end(cause, token=token, fault=fault)
        self._suspended = False
        self.finishing = self.plugged is not None
        self._site.changed(self.id)

    def _situation(self) -> Situation:
        plugged = self.plugged
        return Situation(
            connector=plugged.id if plugged else None,
            state=self.state,
            authorization=self.authorization,
        )

    def _wants_power(self) -> bool:
        connector = self.plugged
        permitted = self.authorization is not None and not self._suspended
        return permitted and connector is not None and connector.fault is None

    async def _power(self) -> None:
        """Offer energy or stop to, as it should be now."""
        wanted, connector = self._wants_power(), self.plugged
        if wanted and not self._energized and connector is not None:
            await self._site.hardware.lock(self.id, connector.id)
            self._energized = await self._site.hardware.allow_charging(self.id, None)
        elif self._energized and not wanted:
            await self._site.hardware.stop_charging(self.id)
            self._energized = False

    async def _unlock(self) -> None:
        connector = self.plugged
        if connector is not None:
            await self._site.hardware.unlock(self.id, connector.id)

    def _await_cable(self, authorization: Authorization) -> None:
        async def give_up() -> None:
            await self._site.environment.sleep(self._site.policy.connection_timeout)
            async with self._lock:
                if self.authorization is authorization and self.plugged is None:
                    self._timeout = None
                    await self._withdraw(Cause.EV_CONNECT_TIMEOUT)

        self._timeout = self._site.spawn(give_up(), name=f"EVSE {self.id} awaits its cable")

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
