"""The limit at one second, naively from the specification's words: what the engine is held against.

Nothing here is fast and nothing is shared with the engine but the model. Every second is looked at
by itself: which profiles have a period now, which of them lead, what the lowest comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import Factory, field, frozen

from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Supply,
    Transaction,
    Unit,
)

__all__ = ["Reference", "Said", "Total", "moments", "second"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TURN = {Recurrency.DAILY: 24 * 60 * 60, Recurrency.WEEKLY: 7 * 24 * 60 * 60}
_ASSUMED = 3  # phases where a profile does not say (K01.FR.49, 1.6 §7.14)


def second(moment: datetime) -> int:
    """The whole second, since 1970, in which a moment lies."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def tenth(amount: Fraction) -> Fraction:
    """An amount cut to one decimal, as a message may carry it (§7.14 of 1.6, §2.11 of 2.0.1)."""
    return Fraction(amount.numerator * 10 // amount.denominator, 10)


@frozen(kw_only=True)
class Said:
    """What one period that is in force says.

    Attributes:
        unit: of the limit.
        limit: the most, exact.
        counted: on how many phases a power is meant (K01.FR.50); 1 for direct current.
        phases: on how many the EV can charge under it.
        stated: whether the period says how many.
        phase_to_use: which one.
    """

    unit: Unit
    limit: Fraction
    counted: int
    phases: int
    stated: bool = False
    phase_to_use: int | None = None

    def amperes(self, voltage: Fraction) -> Fraction:
        """What it lets flow on each phase (K01.FR.50, K01.FR.51)."""
        return self.limit if self.unit is Unit.A else self.limit / (voltage * self.counted)

    def watts(self, voltage: Fraction, phases: int) -> Fraction:
        """What it lets flow in all when so many phases are used."""
        return self.limit if self.unit is Unit.W else self.limit * voltage * phases


@frozen(kw_only=True)
class Total:
    """What may be drawn: in a unit, with the phases as a composite schedule tells them.

    Attributes:
        limit: None where nothing limits.
        phases: None where nobody says how many and they are the usual three.
    """

    limit: Fraction | None
    phases: int | None


def period_at(schedule: Schedule, profile: Profile, anchor: int, at: int) -> Period | None:
    """The period of a schedule in force at a second."""
    start = anchor  # K08.FR.06; 1.6 §7.13 for the schedule without a start
    if profile.kind is not Kind.RELATIVE and schedule.start is not None:
        start = second(schedule.start)
    if at < start:  # K01.FR.30
        return None
    elapsed = at - start
    if profile.kind is Kind.RECURRING and profile.recurrency is not None:
        elapsed %= _TURN[profile.recurrency]  # 1.6 errata 3.44: what is longer is not executed
    if schedule.duration is not None and elapsed >= schedule.duration:  # K01.FR.11, K01.FR.13
        return None
    begun = [period for period in schedule.periods if period.start <= elapsed]
    return begun[-1] if begun else None  # K01.FR.12


def valid(profile: Profile, at: int) -> bool:
    """Whether a profile is valid at a second (K01.FR.10, K01.FR.36, K01.FR.37)."""
    begun = profile.valid_from is None or second(profile.valid_from) <= at
    return begun and (profile.valid_to is None or at < second(profile.valid_to))


@frozen(kw_only=True)
class Reference:
    """All that a station knows, asked from a second on.

    Attributes:
        installed: the profiles.
        supply: the grid.
        conditions: all else.
        start: when the question was put: the transaction that is assumed begins then.
        number: of the schedules that the EV is taken to choose, from 0; None for what it chose.
    """

    installed: Sequence[Installed]
    supply: Supply
    conditions: Conditions
    start: int
    number: int | None = None
    voltage: Fraction = field(
        init=False, default=Factory(lambda self: Fraction(self.supply.voltage), takes_self=True)
    )

    def total(self, evse: int, at: int, unit: Unit) -> Total:
        """What a composite schedule says at a second."""
        if evse == 0:
            return self._station_total(at, unit)
        said = [*self.own(evse, at), *self.station(at)]
        return self._report(said or self._default(unit), unit)

    def own(self, evse: int, at: int) -> list[Said]:
        """All that limits an EVSE by itself at a second."""
        return [*self._transactional(evse, at), *self._leading(self._external(evse), evse, at)]

    def station(self, at: int) -> list[Said]:
        """All that limits the station as a whole at a second."""
        highest = self._of(Purpose.STATION_MAX, lambda place: place == 0)
        return [
            *self._leading(self._external(0), 0, at),
            *self._leading(highest, 0, at),
            *self._fixed(Unit.A, self.conditions.station_a),  # K04.FR.02
            *self._fixed(Unit.W, self.conditions.station_w),
        ]

    def current(self, said: Sequence[Said]) -> Fraction | None:
        """The most on each phase that all of it allows; nothing where phases conflict."""
        if self.conflict(said):
            return Fraction(0)
        amounts = [tenth(one.amperes(self.voltage)) for one in said]
        return min(amounts, default=None)

    def power(self, said: Sequence[Said], phases: int = _ASSUMED) -> Fraction | None:
        """The most in all that all of it allows on so many phases; nothing where they conflict."""
        if self.conflict(said):
            return Fraction(0)
        phases = min(phases, self.phases(said))
        return min((tenth(one.watts(self.voltage, phases)) for one in said), default=None)

    def phases(self, said: Sequence[Said]) -> int:
        """The fewest that all of it allows (3.7 of the 2025 errata)."""
        return min((one.phases for one in said), default=self._there())

    @staticmethod
    def conflict(said: Sequence[Said]) -> bool:
        """Whether two ask for different phases: nothing can be made of it (errata, 3.7)."""
        return len({one.phase_to_use for one in said if one.phase_to_use is not None}) > 1

    def _there(self) -> int:
        return 1 if self.supply.dc else self.supply.phases

    def _say(
        self,
        unit: Unit,
        limit: Decimal,
        phases: int | None = None,
        phase_to_use: int | None = None,
    ) -> Said:
        amount = tenth(Fraction(limit))
        if self.supply.dc:  # K01.FR.44
            return Said(unit=unit, limit=amount, counted=1, phases=1)
        counted = _ASSUMED if phases is None else phases
        return Said(
            unit=unit,
            limit=amount,
            counted=counted,
            phases=min(counted, self.supply.phases),  # K01.FR.45
            stated=phases is not None,
            phase_to_use=phase_to_use,
        )

    def _fixed(self, unit: Unit, limit: Decimal | None) -> list[Said]:
        return [] if limit is None else [self._unstated(unit, limit)]

    def _unstated(self, unit: Unit, limit: Decimal) -> Said:
        """What the station itself says, which knows its phases."""
        phases = self._there()
        return Said(unit=unit, limit=Fraction(limit), counted=phases, phases=phases)

    def _of(self, purpose: Purpose, where: Callable[[int], bool]) -> list[Installed]:
        if purpose in self.conditions.ignored:
            return []
        return [one for one in self.installed if one.profile.purpose is purpose and where(one.evse)]

    def _external(self, evse: int) -> list[Installed]:
        return self._of(Purpose.EXTERNAL_CONSTRAINTS, lambda place: place == evse)

    def _transaction(self, evse: int) -> Transaction | None:
        for transaction in self.conditions.transactions:
            if transaction.evse == evse:
                return transaction
        return None

    def _anchor(self, evse: int) -> int:
        transaction = self._transaction(evse)
        if transaction is None or self.conditions.simulate:
            return self.start
        return second(transaction.start)

    def _transactional(self, evse: int, at: int) -> list[Said]:
        """What holds for the EVSE's transaction, whichever schedules its EV chose.

        The nth schedule of one profile holds with the nth of the others (K15.FR.22); until it is
        known which, each may, so that all of them limit.
        """
        mine = [
            one
            for one in self._of(Purpose.TX, lambda place: place == evse)
            if self._concerns(one.profile, evse)
        ]
        default = self._of(Purpose.TX_DEFAULT, lambda place: place in (0, evse))
        offered = [one.profile.schedules for one in [*mine, *default]]
        selected = self.conditions.selected.get(evse)
        numbers = {
            number
            for schedules in offered
            for number, schedule in enumerate(schedules)
            if selected is not None and schedule.id == selected
        }
        if self.number is not None:
            numbers = {self.number}
        said: list[Said] = []
        for number in numbers or range(max(map(len, offered), default=0)):
            # A TxProfile where there is one now, else a TxDefaultProfile (K02.FR.04, K02.FR.08).
            own = self._leading(mine, evse, at, number)
            said += own or self._leading(default, evse, at, number)
        return said

    def _concerns(self, profile: Profile, evse: int) -> bool:
        transaction = self._transaction(evse)
        if transaction is None:
            return self.conditions.simulate
        return profile.transaction_id in (None, transaction.id)  # K01.FR.03, 1.6 §7.8

    def _leading(
        self, profiles: Iterable[Installed], evse: int, at: int, number: int = 0
    ) -> list[Said]:
        """What the profile says that has a period now and the highest level (§3.5, K01.FR.17)."""
        applying = [
            (one.profile.stack_level, one.evse != 0, said)
            for one in profiles
            if (said := self._said(one.profile, evse, at, number)) is not None
        ]
        return [max(applying, key=lambda one: one[:2])[2]] if applying else []

    def _said(self, profile: Profile, evse: int, at: int, number: int) -> Said | None:
        if not valid(profile, at):
            return None
        schedule = profile.schedules[min(number, len(profile.schedules) - 1)]
        period = period_at(schedule, profile, self._anchor(evse), at)
        if period is None:
            return None
        return self._say(schedule.unit, period.limit, period.phases, period.phase_to_use)

    def _default(self, unit: Unit) -> list[Said]:
        amperes, watts = self.conditions.default_a, self.conditions.default_w
        first, other = (amperes, watts) if unit is Unit.A else (watts, amperes)
        there = Unit.W if unit is Unit.A else Unit.A
        return self._fixed(unit, first) if first is not None else self._fixed(there, other)

    def _report(self, said: Sequence[Said], unit: Unit) -> Total:
        amount = self.current(said) if unit is Unit.A else self.power(said)
        if not said or self.supply.dc:
            return Total(limit=amount, phases=None)
        phases = self.phases(said)
        told = phases != _ASSUMED or any(one.stated for one in said)
        return Total(limit=amount, phases=phases if told else None)

    def _station_total(self, at: int, unit: Unit) -> Total:
        """All EVSEs together, within what the station may draw (K08.FR.03, K04.FR.05)."""
        ceilings = self.station(at)
        each = [self.own(evse, at) or self._default(unit) for evse in self.conditions.evses]
        if not all(each):
            return self._report(ceilings, unit)
        used = self.phases(ceilings)  # 3.7 of the 2025 errata
        amounts = [
            self.current(said) if unit is Unit.A else self.power(said, used) for said in each
        ]
        together = Said(
            unit=unit,
            limit=sum((amount or Fraction(0) for amount in amounts), Fraction(0)),
            counted=1,
            phases=max(self.phases(said) for said in each),
            stated=any(one.stated for said in each for one in said),
        )
        return self._report([together, *ceilings], unit)


def moments(reference: Reference, end: int) -> set[int]:
    """All seconds from the start to an end at which anything may change, and some more."""
    found = {reference.start}
    for one in reference.installed:
        profile = one.profile
        found.update(second(edge) for edge in (profile.valid_from, profile.valid_to) if edge)
        anchors = {reference.start}
        anchors.update(second(tx.start) for tx in reference.conditions.transactions)
        for schedule in profile.schedules:
            bases = {second(schedule.start)} if schedule.start is not None else anchors
            for base in bases:
                found.update(_steps(schedule, profile, base, reference.start, end))
    return {at for at in found if reference.start <= at < end}


def _steps(schedule: Schedule, profile: Profile, base: int, start: int, end: int) -> Iterator[int]:
    offsets = [period.start for period in schedule.periods]
    if schedule.duration is not None:
        offsets.append(schedule.duration)
    if profile.recurrency is None:
        yield from (base + offset for offset in offsets)
        return
    turn = _TURN[profile.recurrency]
    for occurrence in range(base + max(0, (start - base) // turn) * turn, end, turn):
        yield from (occurrence + offset for offset in offsets)
