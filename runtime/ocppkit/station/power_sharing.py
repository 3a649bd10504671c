"""What each EVSE is offered, so that none draws too much, nor all of them together (K04)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from attrs import frozen

from ocppkit.smart_charging.balance import Demand, FairByPriority, Strategy, is_sound
from ocppkit.smart_charging.instant import Allowed
from ocppkit.smart_charging.terms import Unit
from ocppkit.station.hardware import Offer
from ocppkit.value import Value

__all__ = ["Amount", "Capacity", "Feed", "Taker", "offers", "squeezed"]

_logger = logging.getLogger(__name__)

_LEAST_A: Final = 6
"""No EV charges with less than 6 A of alternating current (IEC 61851-1)."""

_NOTHING: Final = Offer(power_w=0.0)
_USUAL: Final = FairByPriority()


class Amount(NamedTuple):
    """What flows at most, in tenths: A on each phase of the grid, and W."""

    amperes: int
    watts: int

    def exceeds(self, other: Amount) -> bool:
        """Whether more of anything flows than there."""
        return self.amperes > other.amperes or self.watts > other.watts


@frozen(kw_only=True, eq=False, repr=False)
class Capacity(Value):
    """What may flow together, in tenths as `Amount`; None for no limit."""

    amperes: int | None = None
    watts: int | None = None

    def less(self, used: Iterable[Amount]) -> Capacity:
        """What is left of it."""
        amounts = list(used)
        amperes, watts = self.amperes, self.watts
        if amperes is not None:
            amperes -= sum(each.amperes for each in amounts)
        if watts is not None:
            watts -= sum(each.watts for each in amounts)
        return Capacity(amperes=amperes, watts=watts)

    def holds(self, amount: Amount) -> bool:
        """Whether there is as much."""
        fits = self.amperes is None or amount.amperes <= max(0, self.amperes)
        return fits and (self.watts is None or amount.watts <= max(0, self.watts))


@frozen(kw_only=True, eq=False, repr=False)
class Feed(Value):
    """How an EVSE hangs on the grid.

    Attributes:
        voltage: of a phase against neutral, in V.
        grid_phases: how many there are.
        phases: how many it is fed with; 0 for DC.
        max_power_w: what it can give, in W.
        dc_voltage: of direct current, in V; None where it is not known.
    """

    voltage: Fraction
    grid_phases: int
    phases: int
    max_power_w: float
    dc_voltage: Fraction | None = None

    @property
    def dc(self) -> bool:
        """Whether it gives direct current, whose amperes are none of the grid's."""
        return self.phases == 0

    def offer(self, allowed: Allowed) -> Offer:
        """What profiles allow, as the hardware is told."""
        current = allowed.current
        if self.dc:
            if allowed.power is not None:  # then the current only follows from the power
                derived = int(Fraction(allowed.power) * 10 / self.voltage)
                current = None if current == Decimal(derived) / 10 else current
            return Offer(power_w=_float(allowed.power), current_a=_float(current))
        return Offer(
            power_w=_float(allowed.power),
            current_a=_float(current),
            phases=allowed.phases or None,
            phase_to_use=allowed.phase_to_use,
        )

    def most(self, offer: Offer) -> Amount:
        """The most that flows under an offer: the equipment's own limit counts as well."""
        watts = ceil(self.max_power_w * 10)
        if offer.power_w is not None:
            watts = min(watts, _tenths(offer.power_w))
        if self.dc:
            return Amount(ceil(watts / (self.voltage * self.grid_phases)), watts)
        # A rating in W stands for one in whole A: 22 kW for 32 A.
        amperes = 10 * ceil(Fraction(self.max_power_w) / (self.voltage * self.phases))
        if offer.current_a is not None:
            amperes = min(amperes, _tenths(offer.current_a))
        by_current = ceil(amperes * self.voltage * self._used(offer))
        if offer.nothing:
            return Amount(0, 0)
        return Amount(amperes, min(watts, by_current))

    def at_amperes(self, offer: Offer, tenths: int) -> Offer:
        """An offer that draws no more than this from each phase of the grid."""
        if self.dc:
            return self.at_watts(offer, int(tenths * self.voltage * self.grid_phases))
        return offer.lowest(Offer(current_a=tenths / 10))

    def at_watts(self, offer: Offer, tenths: int) -> Offer:
        """An offer of no more power than this."""
        return offer.lowest(Offer(power_w=tenths / 10))

    def least(self, offer: Offer, rate: tuple[Unit, Decimal] | None) -> Amount:
        """Below what charging makes no sense under an offer.

        Args:
            offer: says on how many phases.
            rate: the minChargingRate.
        """
        each = self.voltage * (self.grid_phases if self.dc else self._used(offer))
        amperes = Fraction(0 if self.dc else _LEAST_A)
        watts = amperes * each
        if rate is not None:
            unit, number = rate
            asked = Fraction(number) if unit is Unit.W else Fraction(number) * each
            watts = max(watts, asked)
            amperes = max(amperes, asked / each)
        return Amount(ceil(amperes * 10), ceil(watts * 10))

    def _used(self, offer: Offer) -> int:
        if offer.phase_to_use is not None:
            return 1
        return min(self.phases, offer.phases or self.phases)


@frozen(kw_only=True, eq=False, repr=False)
class Taker(Value):
    """An EVSE that may draw.

    Attributes:
        evse: its number.
        feed: how it hangs on the grid.
        own: what it is allowed by itself.
        least_rate: the minChargingRate of the schedule that holds.
        priority: the transaction's chargingPriority.
        since: when it began, in epoch s.
    """

    evse: int
    feed: Feed
    own: Offer
    least_rate: tuple[Unit, Decimal] | None = None
    priority: int = 0
    since: float = 0.0


def offers(
    takers: Sequence[Taker], capacity: Capacity, *, strategy: Strategy = _USUAL
) -> dict[int, Offer]:
    """What each is offered, EVSE → offer; in sum never more than the capacity.

    Amperes of different EVSEs are added as if they used the same phases.
    """
    found = {each.evse: each.own for each in takers}
    if capacity.amperes is not None:
        shares = _share(strategy, capacity.amperes, _demands(takers, found, 0))
        for each in takers:
            share = shares.get(each.evse, 0)
            found[each.evse] = each.feed.at_amperes(found[each.evse], share)
    if capacity.watts is not None:
        shares = _share(strategy, capacity.watts, _demands(takers, found, 1))
        for each in takers:
            share = shares.get(each.evse, 0)
            found[each.evse] = each.feed.at_watts(found[each.evse], share)
    return found


def squeezed(taker: Taker, offer: Offer, room: Capacity) -> Offer:
    """What there is room for, nothing where that is too little to charge."""
    feed, wanted = taker.feed, taker.feed.most(offer)
    least = feed.least(offer, taker.least_rate)
    if room.amperes is not None:
        offer = feed.at_amperes(offer, max(0, room.amperes))
    if room.watts is not None:
        offer = feed.at_watts(offer, max(0, room.watts))
    needed = Amount(*map(min, wanted, least))
    return offer.lowest(_NOTHING) if needed.exceeds(feed.most(offer)) else offer


def _demands(takers: Sequence[Taker], offered: Mapping[int, Offer], unit: int) -> list[Demand]:
    """In A for 0, in W for 1."""
    return [
        Demand(
            evse=each.evse,
            wants=each.feed.most(offered[each.evse])[unit],
            minimum=each.feed.least(offered[each.evse], each.least_rate)[unit],
            priority=each.priority,
            since=each.since,
            phases=None if each.feed.dc else offered[each.evse].phases or each.feed.phases,
        )
        for each in takers
    ]


def _share(strategy: Strategy, capacity: int, demands: Sequence[Demand]) -> Mapping[int, int]:
    capacity = max(0, capacity)
    try:
        shares = dict(strategy.share(capacity, demands))
    except Exception:
        _logger.exception("the strategy of load balancing failed; the usual one is used")
    else:
        if is_sound(shares, capacity, demands):
            return shares
        _logger.error("the strategy of load balancing gives what there is not: %s", shares)
    return _USUAL.share(capacity, demands)


def _tenths(amount: float) -> int:
    """Rounded up: for what may flow at most."""
    return ceil(Fraction(str(amount)) * 10)


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
