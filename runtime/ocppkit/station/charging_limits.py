"""What EVSEs may draw, told to the hardware in the second in which it changes (K01-K07; 1.6 §3.13).

Nothing is polled: what happens wakes the driver, and a timer rings when a schedule goes on. What is
lowered is told before what is raised, so that at no time more may flow than the station is allowed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from ocppkit.clock import JumpDetector
from ocppkit.smart_charging.balance import FairByPriority, Strategy
from ocppkit.smart_charging.composite import MOST_PERIODS, Composite, composite
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import Unit
from ocppkit.smart_charging.prepared import epoch
from ocppkit.station.charging_conditions import Grid, evse_offer, least_rate, station_limits
from ocppkit.station.charging_situation import Names, Situation
from ocppkit.station.environment import Environment
from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Offer
from ocppkit.station.installed_profiles import InstalledProfiles
from ocppkit.station.link import Link
from ocppkit.station.pausing import pause
from ocppkit.station.power_sharing import Amount, Capacity, Feed, Taker, offers, squeezed
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.store import ChargingProfiles

__all__ = ["ChargingLimits"]

_LONGEST: Final = 60.0
"""Seconds after which the clock is looked at all the same: somebody may have set the machine's, and
so long may flow what may flow no more."""


@frozen(kw_only=True)
class _Plan:
    """What everybody is to be offered.

    Attributes:
        whole: what may flow together, without what the station itself uses.
        takers: those that may draw, by EVSE.
        offers: theirs, by EVSE.
        until: when it may be another, in epoch s; None for never.
    """

    whole: Capacity
    takers: Mapping[int, Taker]
    offers: Mapping[int, Offer]
    until: int | None


class ChargingLimits:
    """Keeps what EVSEs are offered in line with profiles, grid, equipment, and one another.

    Attributes:
        situation: what limits depend on besides the profiles.
        profiles: those that are installed.
        strategy: how EVSEs share; another one holds from the next `wake` on.
    """

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        hardware: GuardedHardware,
        link: Link,
        environment: Environment,
        grid: Grid,
        settings: SmartCharging,
        rows: ChargingProfiles,
        names: Callable[[], Names],
        spawn: Callable[..., asyncio.Task[None]],
        strategy: Strategy | None = None,
    ) -> None:
        """Limit EVSEs.

        Args:
            evses: by their number.
            hardware: says what it can give.
            link: knows the CSMS's time of day, and whether it is there.
            environment: for the waits.
            grid: what the station hangs on.
            settings: whether profiles count at all.
            rows: where profiles outlast a restart.
            names: of the version that is spoken now.
            spawn: runs something for as long as the station runs.
            strategy: how EVSEs share; the usual one for None.
        """
        described = hardware.description.evses
        self._feeds = {number: grid.feed(described[number - 1]) for number in evses}
        self.situation = Situation(
            evses=evses,
            link=link,
            grid=grid,
            settings=settings,
            names=names,
            phases={number: feed.phases for number, feed in self._feeds.items()},
        )
        self.profiles = InstalledProfiles(
            rows=rows,
            transaction=self.situation.transaction_at,
            changed=self.wake,
            now=link.now,
        )
        self.strategy: Strategy = strategy or FairByPriority()
        self._evses = evses
        self._hardware = hardware
        self._link = link
        self._environment = environment
        self._grid = grid
        self._spawn = spawn
        self._held: dict[int, Amount] = {}  # what may flow at most, whoever is told what meanwhile
        self._busy: set[int] = set()  # those being told
        self._failed: set[int] = set()  # those that did not obey since something last changed
        self._admissions: Counter[int] = Counter()  # what was reckoned before one counts no more
        self._priorities: dict[str, int] = {}
        self._woken = asyncio.Event()
        self._jumps = self._look_at_clock()
        link.on_clock_set(self._clock_set)

    def wake(self) -> None:
        """Take note that something is different: of profiles, EVSEs, connection or settings."""
        self._failed.clear()
        self._woken.set()

    def prioritise(self, transaction_id: str, priority: int) -> None:
        """Take over the chargingPriority of a transaction (K03.FR.05)."""
        going_on = {each.transaction.id for each in self._evses.values() if each.transaction}
        self._priorities = {key: it for key, it in self._priorities.items() if key in going_on}
        self._priorities[transaction_id] = priority
        self.wake()

    def composite(
        self,
        place: int,
        *,
        duration: int,
        unit: Unit,
        most: int = MOST_PERIODS,
        rated: bool = False,
    ) -> Composite:
        """What an EVSE, or with 0 the station, may draw from now on (K08; 1.6 §5.7).

        Args:
            place: the EVSE; the connector in 1.6.
            duration: in s.
            unit: that it is wanted in.
            most: how many periods at most, from 1; what comes after them is left out.
            rated: whether to say what the equipment can give where nothing else limits: messages
                have no word for no limit. With 0 each EVSE counts as the one that can give most.

        Raises:
            ValueError: there is no such place.
        """
        evse = self.situation.evse_at(place)
        supply = self._grid.supply if evse is None else self._grid.of(self._feeds[evse.id])
        conditions = self.situation.conditions()
        if evse is not None:  # a connector of 1.6 may be another than the one that is used
            conditions = evolve(conditions, evses=(place,))
        if rated:
            numbers = self._evses if evse is None else (evse.id,)
            conditions = self._rated(conditions, [self._feeds[number] for number in numbers])
        return composite(
            self.profiles.prepared(supply),
            conditions,
            evse=place,
            start=epoch(self._link.now()),
            duration=duration,
            unit=unit,
            most=most,
        )

    @staticmethod
    def _rated(conditions: Conditions, feeds: Sequence[Feed]) -> Conditions:
        most = [feed.most(Offer()) for feed in feeds]
        # The amperes of direct current follow from the power: its own are none of the grid's.
        amperes = None if any(feed.dc for feed in feeds) else max(it.amperes for it in most)
        return evolve(
            conditions,
            default_a=None if amperes is None else Decimal(amperes) / 10,
            default_w=Decimal(max(it.watts for it in most)) / 10,
        )

    def admit(self, evse: int) -> Offer:
        """What an EVSE that begins to offer energy may offer at once; nothing where it has to wait.

        From now on that counts as drawn, until `supplied` says otherwise.
        """
        plan = self._plan(also=evse)
        taker, offer = plan.takers[evse], plan.offers[evse]
        room = self._room(plan, evse)
        if not room.holds(taker.feed.most(offer)):
            offer = squeezed(taker, offer, room)
        if not offer.nothing:
            self._held[evse] = taker.feed.most(offer)
        self._admissions[evse] += 1
        self._woken.set()
        return offer

    def supplied(self, evse: int) -> None:
        """Take note of what the hardware made of what it was told."""
        it = self._evses[evse]
        if it.energized:
            # Not what is offered: where the equipment can give less now, it may give more at once.
            self._held[evse] = self._feeds[evse].most(it.granted)
        else:
            if evse not in self._hardware.maybe_closed:
                self._held.pop(evse, None)
            if it.draws and not it.offer.nothing:
                self._failed.add(evse)
        self._woken.set()

    async def run(self) -> None:
        """Drive for ever."""
        while True:
            self._notice_jump()
            until = self._drive()
            if until is None and not self.profiles.all:  # then no clock matters
                await self._woken.wait()
                self._woken.clear()
                continue
            left = _LONGEST
            if until is not None:
                left = min(left, max(0.0, until - self._link.now().timestamp()))
            await pause(left, self._woken, sleep=self._environment.sleep)

    def _drive(self) -> int | None:
        """Tell whoever is to be told something else; until when nothing changes by itself."""
        plan = self._plan()
        for evse, taker in plan.takers.items():
            if evse not in self._busy:
                offer = self._next_offer(taker, plan)
                if offer is not None:
                    self._busy.add(evse)
                    work = self._tell(self._evses[evse], offer, self._admissions[evse])
                    _ = self._spawn(work, name=f"EVSE {evse} is offered another amount")
        return plan.until

    def _next_offer(self, taker: Taker, plan: _Plan) -> Offer | None:
        """What to tell an EVSE now; None where there is nothing to tell, or no room yet."""
        evse, offer = self._evses[taker.evse], plan.offers[taker.evse]
        heeded = evse.energized or offer.nothing or taker.evse in self._failed
        if offer == evse.granted and heeded:
            return None
        before = self._held.get(taker.evse, Amount(0, 0))
        after = taker.feed.most(offer)
        if after.exceeds(before) and not self._room(plan, taker.evse).holds(after):
            if not before.exceeds(after):
                return None  # it comes once the others have been lowered
            offer = taker.feed.at_watts(taker.feed.at_amperes(offer, before.amperes), before.watts)
            after = taker.feed.most(offer)
            if offer == evse.granted:
                return None
        if evse.energized:
            self._held[taker.evse] = Amount(*map(max, before, after))
        return offer

    async def _tell(self, evse: Evse, offer: Offer, admissions: int) -> None:
        try:
            await evse.grant(offer, outdated=lambda: self._admissions[evse.id] != admissions)
        finally:
            self._busy.discard(evse.id)
            self._woken.set()

    def _plan(self, *, also: int | None = None) -> _Plan:
        """Reckon it anew.

        Args:
            also: an EVSE that begins to draw.
        """
        at = epoch(self._link.now())
        conditions = self.situation.conditions()
        station = station_limits(self.profiles.prepared(self._grid.supply), conditions, at)
        whole = station.capacity.less([self._grid.own])
        until = [station.allowed.until]
        takers: dict[int, Taker] = {}
        for number, evse in self._evses.items():
            if not (evse.draws or number == also):
                continue
            feed, place = self._feeds[number], self.situation.place(evse)
            prepared = self.profiles.prepared(self._grid.of(feed))
            own, ends = evse_offer(prepared, conditions, feed, place=place, at=at)
            until.append(ends)
            takers[number] = Taker(
                evse=number,
                feed=feed,
                own=own.lowest(station.offer(feed)).lowest(evse.ceiling),
                least_rate=least_rate(prepared, conditions, place=place, at=at),
                priority=self._priority(evse),
                since=evse.ready_since.timestamp() if evse.ready_since else float(at),
            )
        others = [amount for number, amount in self._held.items() if number not in takers]
        shares = offers(list(takers.values()), whole.less(others), strategy=self.strategy)
        changes = [each for each in until if each is not None]
        return _Plan(whole=whole, takers=takers, offers=shares, until=min(changes, default=None))

    def _room(self, plan: _Plan, evse: int) -> Capacity:
        """What the other EVSEs leave of the whole."""
        return plan.whole.less(amount for each, amount in self._held.items() if each != evse)

    def _priority(self, evse: Evse) -> int:
        known = self._priorities.get(evse.transaction.id) if evse.transaction else None
        if known is not None:
            return known
        return evse.authorization.priority if evse.authorization else 0

    def _look_at_clock(self) -> JumpDetector:
        environment = self._environment
        return JumpDetector(wall=environment.utc_now(), monotonic=environment.monotonic())

    def _notice_jump(self) -> None:
        environment = self._environment
        jump = self._jumps.look(wall=environment.utc_now(), monotonic=environment.monotonic())
        if jump is not None and self._link.follows_machine:
            self._clock_set(jump)

    def _clock_set(self, by: timedelta) -> None:
        """What went on for an hour has gone on for an hour, whatever the clock shows now."""
        for evse in self._evses.values():
            evse.clock_set(by)
        self.wake()
