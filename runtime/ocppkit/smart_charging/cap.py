"""Caps: all limits that hold at one instant, in whole tenths, and what they come to together."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from attrs import define, field

from ocppkit.smart_charging.model import Supply, Unit

__all__ = ["NO_CAP", "USUAL_PHASES", "Cap", "Caps", "Limit", "cap", "fixed_cap", "least", "tenths"]

NO_CAP: Final = 0
"""The number of the cap that limits nothing."""

USUAL_PHASES: Final = 3
"""What a receiver takes for granted where no number of phases is told (K01.FR.49)."""

_SPARE: Final = 100_000
"""How many caps and pairs to keep that come from putting others together."""

Limit: TypeAlias = tuple[int | None, int | None]
"""In tenths of a unit, None where nothing limits; and the phases, None where none are told."""


class Cap(NamedTuple):
    """All that holds at once, rounded down to tenths; None where nothing does.

    Attributes:
        amperes: the lowest limit given in A, on each phase.
        watts: the lowest limit given in W, on all phases together.
        watts_each: the lowest limit given in W, as A on each of its own phases (K01.FR.50).
        phases: how many may be used.
        stated: whether a profile says how many.
        phase_to_use: which one, where a profile says so.
    """

    amperes: int | None = None
    watts: int | None = None
    watts_each: int | None = None
    phases: int | None = None
    stated: bool = False
    phase_to_use: int | None = None


def tenths(limit: Decimal) -> int:
    """A limit in tenths, rounded down: never more than was allowed."""
    return int(limit * 10)


def cap(
    unit: Unit,
    limit: Decimal,
    supply: Supply,
    *,
    phases: int | None = None,
    phase_to_use: int | None = None,
) -> Cap:
    """The cap of a limit in a profile.

    More phases than there are count as those that there are, and the limit is not worked out anew
    for them: its watts stay, and so do the amperes on each phase, which follow from the number of
    phases in the profile (1.6 errata 3.34, K01.FR.45, FR.50). Direct current has none, whatever
    the profile says (K01.FR.44).
    """
    if supply.dc:
        phases = phase_to_use = None
    meant = 1 if supply.dc else phases or USUAL_PHASES
    counted = 1 if supply.dc else min(meant, supply.phases)
    stated = phases is not None
    if unit is Unit.A:
        return Cap(tenths(limit), None, None, counted, stated, phase_to_use)
    each = _each(limit, supply, meant)
    return Cap(None, tenths(limit), each, counted, stated, phase_to_use)


def fixed_cap(supply: Supply, amperes: Decimal | None, watts: Decimal | None) -> Cap:
    """The cap of limits that no profile sets: they hold on all phases that there are."""
    phases = 1 if supply.dc else supply.phases
    return Cap(
        amperes=None if amperes is None else tenths(amperes),
        watts=None if watts is None else tenths(watts),
        watts_each=None if watts is None else _each(watts, supply, phases),
    )


def _each(watts: Decimal, supply: Supply, phases: int) -> int:
    """The tenths of an ampere on each phase that a power comes to, rounded down (K01.FR.50)."""
    return int(tenths(watts) / (Fraction(supply.voltage) * phases))


def least(one: int | None, other: int | None) -> int | None:
    """The lower one; None limits nothing."""
    if one is None:
        return other
    return one if other is None or one < other else other


def _both(one: Cap, other: Cap) -> Cap:
    if one.phase_to_use and other.phase_to_use and one.phase_to_use != other.phase_to_use:
        # No phase is allowed by both, so none may carry anything.
        return Cap(0, 0, 0, 1, stated=True, phase_to_use=None)
    return Cap(
        least(one.amperes, other.amperes),
        least(one.watts, other.watts),
        least(one.watts_each, other.watts_each),
        least(one.phases, other.phases),
        one.stated or other.stated,
        one.phase_to_use or other.phase_to_use,
    )


@define(eq=False)
class Caps:
    """The caps in use by number: equal ones have the same number, and a pair is met once.

    Attributes:
        supply: the grid, by which one unit becomes the other.
        table: number → cap.
    """

    supply: Supply
    table: list[Cap] = field(factory=lambda: [Cap()], init=False)
    _numbers: dict[Cap, int] = field(factory=lambda: {Cap(): NO_CAP}, init=False)
    _installed: int = field(default=1, init=False)
    _lowest: dict[tuple[int, int], int] = field(factory=dict, init=False)
    _limits: dict[Unit, list[Limit]] = field(
        factory=lambda: {unit: [] for unit in Unit}, init=False
    )

    def number(self, cap: Cap) -> int:
        """The number of a cap."""
        number = self._numbers.get(cap)
        if number is None:
            number = self._numbers[cap] = len(self.table)
            self.table.append(cap)
        return number

    def keep(self) -> None:
        """Keep the caps there are by now, whatever `trim` lets go."""
        self._installed = len(self.table)

    def trim(self) -> None:
        """Let go what was put together, if it has become much; its numbers mean nothing then.

        Schedules that count from a transaction meet in new ways each time: without this, a station
        that runs for months would remember them all.
        """
        if len(self.table) - self._installed <= _SPARE and len(self._lowest) <= _SPARE:
            return
        for cap in self.table[self._installed :]:
            del self._numbers[cap]
        del self.table[self._installed :]
        for limits in self._limits.values():
            del limits[self._installed :]
        self._lowest.clear()

    def lowest(self, one: int, other: int) -> int:
        """The number of the cap that keeps both (K08.FR.04)."""
        if other in {one, NO_CAP}:
            return one
        if one == NO_CAP:
            return other
        number = self._lowest.get((one, other))
        if number is None:
            number = self.number(_both(self.table[one], self.table[other]))
            self._lowest[one, other] = number
        return number

    def limits(self, unit: Unit) -> list[Limit]:
        """Number → limit in a unit, of the caps there are by now."""
        limits = self._limits[unit]
        limits.extend(self.limit(cap, unit) for cap in self.table[len(limits) :])
        return limits

    def limit(self, cap: Cap, unit: Unit) -> Limit:
        """What a cap comes to in a unit, and the phases to tell."""
        phases = self.told(cap)
        if unit is Unit.A:
            return least(cap.amperes, cap.watts_each), phases
        watts = None
        if cap.amperes is not None:
            counted = 1 if self.supply.dc else cap.phases or self.supply.phases
            watts = int(cap.amperes * Fraction(self.supply.voltage) * counted)
        return least(cap.watts, watts), phases

    def told(self, cap: Cap) -> int | None:
        """How many phases to tell: where a profile says it, or a receiver would take it wrong."""
        if self.supply.dc or cap[:3] == (None, None, None):
            return None
        phases = cap.phases or self.supply.phases
        return phases if cap.stated or phases != USUAL_PHASES else None
