"""What EVSEs may draw now, of profiles, grid, equipment, and one another (K01-K07; 1.6 §3.13).

It brings the engine of smart charging with it, a megabyte: it is loaded once somebody may charge,
or the CSMS asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from ocppkit.smart_charging.balance import FairByPriority, Strategy
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.prepared import epoch
from ocppkit.smart_charging.terms import Unit
from ocppkit.station.charging_conditions import Grid, evse_offer, least_rate, station_limits
from ocppkit.station.charging_situation import Names, Situation
from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Offer
from ocppkit.station.installed_profiles import InstalledProfiles
from ocppkit.station.link import Link
from ocppkit.station.power_sharing import Amount, Capacity, Feed, Taker, offers, squeezed
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.settings.equipment import Limits
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.smart_charging.composition import Composite

__all__ = ["Plan", "Reckoning"]


@frozen(kw_only=True, eq=False, repr=False)
class Plan(Value):
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


class Reckoning:
    """Reckons what EVSEs are to be offered, and keeps account of what may flow.

    Attributes:
        situation: what limits depend on besides the profiles.
    """

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        hardware: GuardedHardware,
        link: Link,
        limits: Limits,
        settings: SmartCharging,
        names: Callable[[], Names],
        profiles: InstalledProfiles,
        priority: Callable[[Evse], int],
    ) -> None:
        """Nothing flows yet.

        Args:
            evses: by their number.
            hardware: says what it can give.
            link: knows the CSMS's time of day, and whether it is there.
            limits: what the station hangs on.
            settings: whether profiles count at all.
            names: of the version that is spoken now.
            profiles: those that are installed.
            priority: the chargingPriority of an EVSE's transaction.
        """
        described = hardware.description.evses
        self._grid = Grid.configured(limits)
        self._feeds = {number: self._grid.feed(described[number - 1]) for number in evses}
        self.situation = Situation(
            evses=evses,
            link=link,
            grid=self._grid,
            settings=settings,
            names=names,
            phases={number: feed.phases for number, feed in self._feeds.items()},
        )
        self._evses = evses
        self._link = link
        self._profiles = profiles
        self._priority = priority
        self._usual = FairByPriority()
        self._held: dict[int, Amount] = {}  # what may flow at most, whoever is told what meanwhile

    def composite(
        self,
        place: int,
        *,
        duration: int,
        unit: Unit,
        most: int | None = None,
        rated: bool = False,
    ) -> Composite:
        """What an EVSE, or with 0 the station, may draw from now on (K08; 1.6 §5.7).

        Args:
            place: the EVSE; the connector in 1.6.
            duration: in s.
            unit: that it is wanted in.
            most: how many periods at most, from 1; what comes after them is left out. As many as
                the engine makes unless told otherwise.
            rated: whether to say what the equipment can give where nothing else limits: messages
                have no word for no limit. With 0 each EVSE counts as the one that can give most.

        Raises:
            ValueError: there is no such place.
        """
        from ocppkit.smart_charging.composition import (  # noqa: PLC0415  # not for charging alone
            MOST_PERIODS,
            composite,
        )

        evse = self.situation.evse_at(place)
        supply = self._grid.supply if evse is None else self._grid.of(self._feeds[evse.id])
        conditions = self.situation.conditions()
        if evse is not None:  # a connector of 1.6 may be another than the one that is used
            conditions = evolve(conditions, evses=(place,))
        if rated:
            numbers = self._evses if evse is None else (evse.id,)
            conditions = self._rated(conditions, [self._feeds[number] for number in numbers])
        return composite(
            self._profiles.prepared(supply),
            conditions,
            evse=place,
            start=epoch(self._link.now()),
            duration=duration,
            unit=unit,
            most=MOST_PERIODS if most is None else most,
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

    def admit(self, evse: int, *, strategy: Strategy | None) -> Offer:
        """What an EVSE that begins to offer energy may offer at once; it counts as drawn then."""
        plan = self.plan(also=evse, strategy=strategy)
        taker, offer = plan.takers[evse], plan.offers[evse]
        room = self._room(plan, evse)
        if not room.holds(taker.feed.most(offer)):
            offer = squeezed(taker, offer, room)
        if not offer.nothing:
            self._held[evse] = taker.feed.most(offer)
        return offer

    def take(self, evse: int, offer: Offer) -> None:
        """An EVSE offers this and no more."""
        self._held[evse] = self._feeds[evse].most(offer)

    def release(self, evse: int) -> None:
        """An EVSE offers nothing."""
        self._held.pop(evse, None)

    def next_offer(self, taker: Taker, plan: Plan, *, failed: bool) -> Offer | None:
        """What to tell an EVSE now; None where there is nothing to tell, or no room yet.

        Args:
            taker: the EVSE.
            plan: what is to come of it.
            failed: whether it did not obey since something last changed.
        """
        evse, offer = self._evses[taker.evse], plan.offers[taker.evse]
        heeded = evse.energized or offer.nothing or failed
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

    def plan(self, *, also: int | None = None, strategy: Strategy | None) -> Plan:
        """Reckon it anew.

        Args:
            also: an EVSE that begins to draw.
            strategy: how EVSEs share; the usual one for None.
        """
        at = epoch(self._link.now())
        conditions = self.situation.conditions()
        prepared = self._profiles.prepared(self._grid.supply)
        station = station_limits(prepared, conditions, at)
        whole = station.capacity.less([self._grid.own])
        until = [station.allowed.until]
        takers: dict[int, Taker] = {}
        for number, evse in self._evses.items():
            if not (evse.draws or number == also):
                continue
            feed, place = self._feeds[number], self.situation.place(evse)
            prepared = self._profiles.prepared(self._grid.of(feed))
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
        left = whole.less(others)
        shares = offers(list(takers.values()), left, strategy=strategy or self._usual)
        changes = [each for each in until if each is not None]
        return Plan(whole=whole, takers=takers, offers=shares, until=min(changes, default=None))

    def _room(self, plan: Plan, evse: int) -> Capacity:
        """What the other EVSEs leave of the whole."""
        return plan.whole.less(amount for each, amount in self._held.items() if each != evse)
