"""Load balancing: how EVSEs share what they may draw together (K04, K03.FR.04, K01.FR.21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Protocol

from attrs import frozen

__all__ = ["Demand", "FairByPriority", "Strategy", "is_sound"]


@frozen(kw_only=True)
class Demand:
    """What an EVSE would draw, were there enough; amounts in tenths of A on each phase, or of W.

    Attributes:
        evse: which.
        wants: the most that it can use.
        minimum: below this charging is impossible or inefficient (minChargingRate); who wants less
            is content with that.
        priority: the transaction's chargingPriority; 0 where none is known (K03.FR.06).
        since: when it began; those that were here first stay longest.
        phases: on how many it charges; None where that is not known.
    """

    evse: int
    wants: int
    minimum: int = 0
    priority: int = 0
    since: float = 0.0
    phases: int | None = None


class Strategy(Protocol):
    """Decides who gets how much; an integrator may bring another.

    It must not wait, nor keep anything of what it was asked before: the same question has the same
    answer, or what is offered never comes to rest.
    """

    def share(self, capacity: int | None, demands: Sequence[Demand]) -> Mapping[int, int]:
        """Share a capacity.

        Args:
            capacity: what all may draw together, in the unit of the demands; None for no limit.
            demands: at most one for each EVSE.

        Returns:
            EVSE → what it may draw, in tenths: at most what it wants, in sum at most the capacity;
            0 suspends, and so does an EVSE that is missing.
        """
        ...


class FairByPriority:
    """The usual strategy: the higher priority first, fairly among equals.

    A higher priority gets all that it wants, even if others are suspended for it (K03.FR.04). Among
    equals, where not everybody can have his minimum, who came last is suspended first; the others
    have their minimum, and the rest raises whoever has least (max-min fairness).
    """

    def share(self, capacity: int | None, demands: Sequence[Demand]) -> Mapping[int, int]:
        """As `Strategy.share`; nothing is left over that somebody who is not suspended wants."""
        if capacity is None:
            return {each.evse: max(0, each.wants) for each in demands}
        shares = {each.evse: 0 for each in demands}
        left = max(0, capacity)
        ranked = sorted(demands, key=lambda each: (-each.priority, each.since, each.evse))
        for _, equals in groupby(ranked, key=lambda each: each.priority):
            given = _fair(left, [each for each in equals if each.wants > 0])
            shares.update(given)
            left -= sum(given.values())
        return shares


def is_sound(shares: Mapping[int, int], capacity: int | None, demands: Sequence[Demand]) -> bool:
    """Whether somebody's strategy keeps its word."""
    wants = {each.evse: each.wants for each in demands}
    fits = all(
        type(share) is int and 0 <= share <= max(0, wants.get(evse, 0))
        for evse, share in shares.items()
    )
    return fits and (capacity is None or sum(shares.values()) <= max(0, capacity))


def _floor(demand: Demand) -> int:
    return max(0, min(demand.minimum, demand.wants))


def _fair(capacity: int, demands: Sequence[Demand]) -> dict[int, int]:
    """Share among equals, who come in the order in which they began."""
    served: list[Demand] = []
    promised = 0
    for demand in demands:
        if promised + _floor(demand) <= capacity:
            served.append(demand)
            promised += _floor(demand)

    def at(level: int) -> dict[int, int]:
        return {each.evse: max(_floor(each), min(level, each.wants)) for each in served}

    low, high = 0, max((each.wants for each in served), default=0)
    while low < high:  # the highest level that all can have
        middle = (low + high + 1) // 2
        if sum(at(middle).values()) <= capacity:
            low = middle
        else:
            high = middle - 1
    shares, above = at(low), at(low + 1)
    left = capacity - sum(shares.values())
    for evse, share in above.items():  # tenths that do not go round
        if left > 0 and share > shares[evse]:
            shares[evse] = share
            left -= 1
    return shares
