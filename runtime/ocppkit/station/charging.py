"""How an EVSE is used: who may charge, what is plugged in, and the transaction that comes of it.

A transaction starts when one of the policy's start points comes true and ends when one of its stop
points ceases to be (2.0.1 E01, E06); in 1.6 both are the closed power path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from ocppkit.station.beginning import Beginning, lapsed, resumed
from ocppkit.station.cables import Cables
from ocppkit.station.connector import Connector
from ocppkit.station.hardware import Fault, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.plugging import Plugging
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
        plugging: which EV is served.
        refusal: ends what a driver began whom the CSMS refuses.
        waiting: gives up what nobody comes for.
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
        possible: Callable[[], bool],
    ) -> None:
        """Let nobody charge yet.

        Args:
            evse: its number.
            connectors: of the EVSE, by their number.
            site: the station around it.
            lock: the EVSE's; taken for what happens at a time of its own.
            free: whether a connector is for whoever comes.
            possible: whether a transaction may begin.
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
        self._beginning = Beginning(recorder=self.recorder, site=site, possible=possible)
        self.refusal = Refusal(self, evse=evse, site=site, lock=lock)
        self.waiting = Waiting(self, evse=evse, site=site, lock=lock, free=free)
        self.plugging = Plugging(self, evse=evse, connectors=connectors, site=site)

    @property
    def transaction(self) -> Transaction | None:
        """The transaction under way."""
        return self.recorder.transaction

    @property
    def plugged(self) -> Connector | None:
        """The connector of the EV that is served: of two, the first one that can be used."""
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

    async def bay(self, *, occupied: bool) -> None:
        """An EV has come into the parking bay, or has left it."""
        if occupied is self.bay_occupied:
            return
        self.bay_occupied = occupied
        await self.settle(Cause.EV_DETECTED if occupied else Cause.EV_DEPARTED)
        self._site.changed(self._evse)

    async def turn_to(self, state: ChargingState) -> None:
        """The EV draws energy, or does not."""
        if state is self.state:
            return
        self.state = state
        self._site.changed(self._evse)
        await self.settle(Cause.CHARGING_STATE_CHANGED)

    def turn_to_connector(self, connector: int) -> None:
        """Use a connector from now on; what was at another says nothing of this one."""
        if connector != self.connector:
            self.connector, self.state, self.finishing = connector, ChargingState.IDLE, False
            self._points -= {TransactionPoint.EV_CONNECTED}

    async def authorize(
        self, authorization: Authorization, cause: Cause, *, connector: int
    ) -> bool:
        """Let somebody charge where nobody may yet; whether that is possible by now.

        Args:
            authorization: of whom.
            cause: what made it happen.
            connector: where the EV is, or will be.
        """
        if self.plugged is None or self.connector != connector:
            self.turn_to_connector(connector)
            self.waiting.for_cable(authorization)
        self.waiting.cancel_driver()
        self.authorization = authorization
        self.finishing = self.unclaimed = False
        self.power.refused = False
        self.power.granted = Offer()  # what was left to those before says nothing of this one
        if self.transaction is not None:
            self.transaction.stop_cause = None  # it goes on, whoever stopped it before
            self.transaction.energy_ends_at_wh = None  # and whoever was refused before
        self._site.changed(self._evse)
        await self.settle(cause, token=authorization.token)
        await self.hold_back()
        return self.authorization is authorization

    async def withdraw(
        self,
        cause: Cause,
        *,
        token: IdToken | None = None,
        ends: bool = False,
        stays: bool = False,
    ) -> None:
        """End the permission to charge, and the transaction where a stop point says so.

        Args:
            cause: what made it happen.
            token: whose, where one was presented.
            ends: whether the transaction ends whatever the stop points say.
            stays: whether it goes on even where nothing is left of it: until a cable that comes
                yet is gone again, or none has come in time (E03.FR.05).
        """
        self.authorization = None
        self.waiting.cancel_cable()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        if self.transaction is not None:
            self.transaction.stop_cause = cause
        await self.settle(cause, token=token, ends=ends, stays=stays)
        if stays and self.transaction is not None and self.plugged is None:
            self.waiting.for_cable(None)
        await self.cables.let_go(self.connector, held=False)
        self._site.changed(self._evse)
        await self.plugging.take_up_next()

    async def end(self, cause: Cause, *, fault: Fault | None = None) -> None:
        """End charging, and the transaction even where only charging would end."""
        self.authorization = None
        self.waiting.cancel_cable()
        if self.plugged is not None:
            self.state = ChargingState.EV_CONNECTED
        self._points = self._situation().points
        await self.power.off()
        if self.transaction is not None:
            await self._end(cause, fault=fault)
        elif self.plugged is not None:
            self.waiting.for_driver()
        await self.cables.let_go(self.connector, held=True)
        self._site.changed(self._evse)
        await self.plugging.take_up_next()

    async def resume(self, saved: SavedTransaction) -> None:
        """Go on with a transaction that a power cut interrupted, as its EV is still there."""
        self.connector = connector = saved.transaction.connector or 1
        self._connectors[connector].plugged = True
        self.authorization, self.state = saved.authorization, saved.state
        self.power.refused = saved.refused
        self._points = self._situation().points
        self.ready_since = saved.transaction.ready_since
        self.recorder.resume(saved.transaction)
        self.refusal.resume(saved.transaction)
        self.state = resumed(saved, held_back=self.power.held_back)
        self._site.changed(self._evse)
        await self.settle(Cause.POWER_LOSS)
        await self.hold_back()

    async def reconsider(self) -> None:
        """Begin what the end of a reset, of a fault, or of being out of use makes possible."""
        if self.authorization is None:
            await self.plugging.take_up_next()
        plugged = self.plugged is not None
        if self.transaction is None and (plugged or self.bay_occupied):
            await self.settle(Cause.CABLE_PLUGGED_IN if plugged else Cause.EV_DETECTED)
            await self.hold_back()

    async def refuse(self) -> None:
        """The CSMS refuses the driver of the transaction after all (E05; 1.6 §4.8)."""
        await self.refusal.refuse()

    async def hold_back(self) -> None:
        """Suspend, where the station's side lets no energy flow to somebody who may have it."""
        charging = self.authorization is not None and self.plugged is not None
        if charging and self.power.held_back:
            await self.turn_to(ChargingState.SUSPENDED_EVSE)
            await self.power.off()  # it may be so already, with an EV that was about to draw

    async def settle(
        self,
        cause: Cause,
        *,
        token: IdToken | None = None,
        ends: bool = False,
        stays: bool = False,
    ) -> None:
        """Draw the consequences of what has just changed.

        Args:
            cause: what it was.
            token: whose, where one was presented.
            ends: whether the transaction ends whatever the stop points say.
            stays: whether it goes on even where nothing is left of it.
        """
        if self.authorization is not None and self.plugged is not None:
            self.ready_since = self.ready_since or self._site.now()
        elif self.transaction is None:
            self.ready_since = None
        before, self._points = self._points, self._situation().points
        came, went = self._points - before, lapsed(before, self._points)
        ends = ends or bool(went & self._site.policy.stop_points)
        ends = ends or not (self._points or stays)
        outlived = self.authorization if ends and self.transaction is not None else None
        if outlived is not None:
            self._cease()
            self._points = self._situation().points
        if not self._wants_power():
            await self.power.off()  # before the meter is read for the last time
        elif not await self.power.lock(self.connector):  # (G05.FR.01)
            if token is not None:  # the CSMS learns of the driver all the same (F01.FR.25)
                await self.recorder.update(cause, token=token)
            await self.end(Cause.FAULT, fault=LOCK_FAILURE)
            return
        if self.transaction is None:
            if self._beginning.waits(self._points, came):
                self._points = before  # it begins later, see `reconsider`
                self.state = ChargingState.EV_CONNECTED if self.plugged else ChargingState.IDLE
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
        self.waiting.cancel_cable()
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
        waits = self.transaction is None and not self._beginning.possible()  # none flows outside
        return self._permitted and not (self.power.held_back or waits)

    async def energize(self) -> None:
        """Offer energy, where somebody may have it and nothing holds it back."""
        if self._wants_power() and await self.power.lock(self.connector):
            await self.power.on()
            await self.hold_back()  # where the others have to leave it something first
