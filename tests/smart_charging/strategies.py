"""Random stations full of charging profiles, the same for the same seed, and as JSON to replay.

A plain generator rather than hypothesis, which would take minutes for as many cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import eq
from random import Random
from typing import Any

import cattrs
from attrs import evolve, frozen

from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import (
    DAY,
    WEEK,
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

__all__ = ["Case", "from_json", "seeded", "some_case", "some_day_case", "to_json"]

MONDAY = int(datetime(2024, 3, 4, tzinfo=UTC).timestamp())
AMPERES = ["0", "5.9", "6", "8", "10", "13.33", "16", "16", "16.1", "20", "32", "63", "80.5"]
WATTS = ["0", "1380", "3680", "4140", "7360", "7400.9", "6900.55", "11000", "11040", "22000", "1e5"]
VOLTAGES = ["230", "230", "230", "230", "110", "120", "127.4", "240", "400"]
TAGS = ["one", "two", "other"]  # ids of transactions


@frozen(kw_only=True)
class Case:
    """A question to a station: its profiles, what else counts, and the window."""

    installed: tuple[Installed, ...]
    supply: Supply
    conditions: Conditions
    evse: int
    start: int
    duration: int
    unit: Unit

    @property
    def end(self) -> int:
        """The first second after the window; one of its seconds is always looked at."""
        return self.start + max(self.duration, 1)


def seeded(name: str) -> Random:
    """Chance that is the same for the same name."""
    return Random(name)  # noqa: S311 - it makes tests, not secrets


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_unstructure_hook_func(partial(eq, Collection[Purpose]), sorted)
    reads: dict[Any, Callable[[Any], Any]] = {
        Collection[Purpose]: lambda value: frozenset(Purpose(one) for one in value),
        Mapping[str, Any]: dict,
        Sequence[int]: tuple,
        Sequence[Transaction]: lambda value: converter.structure(value, tuple[Transaction, ...]),
    }
    for kind, read in reads.items():
        converter.register_structure_hook_func(partial(eq, kind), _reading(read))
    return converter


def _reading(read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _: read(value)


_CONVERTER = _converter()


def to_json(case: Case) -> str:
    """A case as text that `from_json` reads."""
    return json.dumps(_CONVERTER.unstructure(case))


def from_json(text: str) -> Case:
    """The case that `to_json` wrote."""
    return _CONVERTER.structure(json.loads(text), Case)


@frozen(kw_only=True)
class Maker:
    """Makes what a case is made of.

    Attributes:
        rng: decides.
        v16: after 1.6, else after 2.0.1.
        start: of the window, in epoch s.
        span: around which things happen, in s.
        supply: the grid.
        evses: of the station.
    """

    rng: Random
    v16: bool
    start: int
    span: int
    supply: Supply
    evses: tuple[int, ...]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def moment(self, early: int, late: int) -> datetime:
        """A moment around the window's start, often with a fraction of a second."""
        at = self.start + self.rng.randint(early, late)
        fraction = self.rng.choice([1, 500_000, 999_999]) if self.chance(0.3) else 0
        return datetime.fromtimestamp(at, UTC) + timedelta(microseconds=fraction)

    def limit(self, unit: Unit) -> Decimal:
        return Decimal(self.rng.choice(AMPERES if unit is Unit.A else WATTS))

    def phases(self) -> tuple[int | None, int | None]:
        """How many phases, and which one."""
        phases = self.rng.choice([None, None, None, 3, 3, 1, 1, 2])
        if self.v16 or phases != 1 or not self.chance(0.7):
            return phases, None
        return 1, self.rng.choice([1, 2, 3][: self.supply.phases])

    def schedule(self, id: int | None, start: datetime | None, turn: int | None) -> Schedule:
        unit = self.rng.choice([Unit.A, Unit.A, Unit.W])
        span = self.rng.choice([self.span, turn + turn // 3]) if turn else self.span
        starts = {0, *(self.rng.randint(1, span) for _ in range(self.rng.choice([0, 1, 1, 2, 4])))}
        duration: int | None = None
        if self.chance(0.65):
            bounds = [0, 1, self.rng.randint(1, 5), *[self.rng.randint(1, span)] * 6]
            bounds += [turn, turn - 1, turn + 1, turn // 2] if turn else []
            duration = self.rng.choice(bounds)
        periods = []
        same = self.chance(0.2)
        limit, (phases, phase_to_use) = self.limit(unit), self.phases()
        for at in sorted(starts):
            if not same:
                limit = self.limit(unit)
            if self.chance(0.3):
                phases, phase_to_use = self.phases()
            periods.append(Period(start=at, limit=limit, phases=phases, phase_to_use=phase_to_use))
        return Schedule(id=id, unit=unit, start=start, duration=duration, periods=tuple(periods))

    def installed(self, id: int) -> Installed:
        """A profile in a place that both versions allow."""
        purposes = [Purpose.STATION_MAX, *[Purpose.TX_DEFAULT] * 3, *[Purpose.TX] * 3]
        if not self.v16:
            purposes += [Purpose.EXTERNAL_CONSTRAINTS] * 2
        purpose = self.rng.choice(purposes)
        evse = self.rng.choice([*self.evses, self.evses[0]])
        if purpose is Purpose.STATION_MAX or (purpose is not Purpose.TX and self.chance(0.4)):
            evse = 0
        kind = self.rng.choice([Kind.ABSOLUTE, Kind.RELATIVE, Kind.RECURRING])
        if purpose is Purpose.STATION_MAX and kind is Kind.RELATIVE and not self.v16:
            kind = Kind.ABSOLUTE  # K01.FR.38
        return Installed(evse=evse, profile=self.profile(id, purpose, kind))

    def profile(self, id: int, purpose: Purpose, kind: Kind) -> Profile:
        recurrency = self.rng.choice(list(Recurrency)) if kind is Kind.RECURRING else None
        turn = recurrency.seconds if recurrency else None
        several = purpose is Purpose.TX and not self.v16 and self.chance(0.25)
        schedules = []
        for number in range(self.rng.randint(2, 3) if several else 1):
            start = self.moment(-self.span, self.span)
            if turn and self.chance(0.7):
                start -= timedelta(seconds=turn * self.rng.randint(1, 60))
            without = kind is Kind.RELATIVE or (self.v16 and self.chance(0.3))
            schedules.append(
                self.schedule(
                    None if self.v16 else id * 10 + number, None if without else start, turn
                )
            )
        early = self.moment(-self.span, self.span) if self.chance(0.3) else None
        late = self.moment(-self.span // 4, self.span) if self.chance(0.3) else None
        transaction = self.rng.choice(TAGS) if purpose is Purpose.TX else None
        if self.v16 and self.chance(0.4):
            transaction = None
        return Profile(
            id=id,
            stack_level=self.rng.randint(0, 3),
            purpose=purpose,
            kind=kind,
            recurrency=recurrency,
            schedules=tuple(schedules),
            valid_from=early,
            valid_to=late,
            transaction_id=transaction,
        )

    def transactions(self) -> tuple[Transaction, ...]:
        return tuple(
            Transaction(
                evse=evse,
                id=None if self.v16 and self.chance(0.2) else self.rng.choice(TAGS[:2]),
                start=self.moment(-self.span, 0 if self.chance(0.9) else self.span),
            )
            for evse in self.evses
            if self.chance(0.7)
        )

    def conditions(self, installed: Sequence[Installed]) -> Conditions:
        def perhaps(share: float, unit: Unit) -> Decimal | None:
            return round(self.limit(unit), 1) if self.chance(share) else None

        ids = [
            schedule.id
            for one in installed
            for schedule in one.profile.schedules
            if schedule.id is not None
        ]
        return Conditions(
            evses=self.evses,
            transactions=self.transactions(),
            default_a=perhaps(0.25, Unit.A),
            default_w=perhaps(0.25, Unit.W),
            station_a=perhaps(0.15, Unit.A),
            station_w=perhaps(0.15, Unit.W),
            simulate=self.chance(0.1),
            ignored=frozenset({self.rng.choice(list(Purpose))} if self.chance(0.1) else ()),
            selected={
                evse: self.rng.choice([*ids, 999]) for evse in self.evses if self.chance(0.3)
            },
        )


def _clash(one: Installed, other: Installed) -> bool:
    """Whether two may not be installed together (K01.FR.06, K01.FR.39, 1.6 §3.13.2)."""
    mine, its = one.profile, other.profile
    if (mine.purpose, mine.stack_level) != (its.purpose, its.stack_level) or one.evse != other.evse:
        return False
    if mine.purpose is Purpose.TX:
        return None in (mine.transaction_id, its.transaction_id) or (
            mine.transaction_id == its.transaction_id
        )
    return not (_before(mine, its) or _before(its, mine))


def _before(one: Profile, other: Profile) -> bool:
    if one.valid_to is None or other.valid_from is None:
        return False
    return one.valid_to.replace(microsecond=0) <= other.valid_from.replace(microsecond=0)


def _installed(maker: Maker, count: int) -> tuple[Installed, ...]:
    found: list[Installed] = []
    for number in range(1, count + 1):
        one = maker.installed(number)
        if maker.chance(0.3) and found:  # one that follows another at the same level
            before = maker.rng.choice(found)
            edge = before.profile.valid_to
            if before.profile.purpose is one.profile.purpose and edge is not None:
                level = before.profile.stack_level
                one = evolve(
                    one,
                    evse=before.evse,
                    profile=evolve(one.profile, stack_level=level, valid_from=edge),
                )
        if not any(_clash(one, other) for other in found):
            found.append(one)
    return tuple(found)


def _of_one_transaction(installed: Iterable[Installed]) -> tuple[Installed, ...]:
    """Without what clashes once all TxProfiles of an EVSE are of the transaction assumed."""
    found: dict[object, Installed] = {}
    for one in installed:
        profile = one.profile
        key = (one.evse, profile.stack_level) if profile.purpose is Purpose.TX else profile.id
        found.setdefault(key, one)
    return tuple(found.values())


def _case(rng: Random, *, start: int, span: int, duration: int) -> Case:
    supply = Supply(
        voltage=Decimal(rng.choice(VOLTAGES)),
        phases=rng.choice([3, 3, 3, 3, 3, 1, 2]),
        dc=rng.random() < 0.1,
    )
    evses = rng.choice([(1,), (1,), (1, 2), (1, 2, 3), (2, 5)])
    maker = Maker(
        rng=rng, v16=rng.random() < 0.4, start=start, span=span, supply=supply, evses=evses
    )
    installed = _installed(maker, rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 10]))
    conditions = maker.conditions(installed)
    if conditions.simulate:
        installed = _of_one_transaction(installed)
    return Case(
        installed=installed,
        supply=supply,
        conditions=conditions,
        evse=rng.choice([0, evses[0], evses[0], evses[-1]]),
        start=start,
        duration=duration,
        unit=rng.choice(list(Unit)),
    )


def some_case(rng: Random) -> Case:
    """A case: mostly of a minute, in which all seconds can be looked at, else of days."""
    if rng.random() < 0.25:
        return some_day_case(rng, days=rng.choice([1, 1, 2, 2, 9, 9, 30, 30, 400]))
    span = rng.choice([5, 20, 60])
    duration = rng.choice([0, 1, *[rng.randint(2, span)] * 3, *[span] * 3, span * 3 // 2])
    return _case(rng, start=MONDAY + rng.randint(0, 2 * WEEK), span=span, duration=duration)


def some_day_case(rng: Random, *, days: int) -> Case:
    """A case of about so many days."""
    duration = days * DAY + rng.choice([0, 1, -1, rng.randint(-DAY // 2, DAY // 2)])
    span = rng.choice([DAY, days * DAY])
    return _case(rng, start=MONDAY + rng.randint(0, WEEK), span=span, duration=duration)
