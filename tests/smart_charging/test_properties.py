"""Promises that hold for every station, whatever its profiles are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

from attrs import evolve

from ocppkit.smart_charging.composition import Composite, CompositePeriod, composite
from ocppkit.smart_charging.instant import Allowed, evse_allowed, station_allowed
from ocppkit.smart_charging.model import (
    DAY,
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Schedule,
    Transaction,
    Unit,
)
from ocppkit.smart_charging.prepared import prepare

from .reference import Reference, Said, moments
from .strategies import Case, seeded, some_case, some_day_case, to_json

USUAL = 3


def cases(name: str, count: int) -> Iterator[tuple[Case, Random]]:
    rng = seeded(name)
    for _ in range(count):
        yield some_case(rng), rng


def replay(case: Case) -> str:
    return f"replay: {to_json(case)}"


def ask(case: Case) -> Composite:
    return composite(
        prepare(case.installed, case.supply),
        case.conditions,
        evse=case.evse,
        start=case.start,
        duration=case.duration,
        unit=case.unit,
    )


def reference_of(case: Case) -> Reference:
    return Reference(
        installed=case.installed,
        supply=case.supply,
        conditions=case.conditions,
        start=case.start,
    )


def at_second(found: Composite, at: int) -> CompositePeriod:
    periods = list(found.periods)
    return periods[bisect_right([each.start for each in periods], at - found.start) - 1]


def some_seconds(case: Case, rng: Random) -> list[int]:
    """Seconds of the window, among them some at which something may change."""
    edges = sorted(moments(reference_of(case), case.end))
    return [
        case.start,
        *(rng.randrange(case.start, case.end) for _ in range(3)),
        *rng.sample(edges, min(len(edges), 5)),
    ]


def anchored(case: Case) -> Case:
    """The case without what counts from the moment of the question."""
    start = datetime.fromtimestamp(case.start, UTC) - timedelta(seconds=7)
    going_on = {each.evse: each for each in case.conditions.transactions}
    transactions = tuple(
        going_on.get(evse, Transaction(evse=evse, id="one", start=start))
        for evse in case.conditions.evses
    )
    return evolve(
        case,
        conditions=evolve(case.conditions, transactions=transactions, simulate=False),
        installed=tuple(each for each in case.installed if not counts_from_the_question(each)),
    )


def counts_from_the_question(one: Installed) -> bool:
    if one.evse or one.profile.purpose is Purpose.TX_DEFAULT:
        return False
    starts = [schedule.start for schedule in one.profile.schedules]
    return one.profile.kind is Kind.RELATIVE or None in starts


def joined(parts: list[Composite]) -> list[tuple[int, Decimal | None, int | None]]:
    """The periods of schedules that follow one another, as of one."""
    found: list[tuple[int, Decimal | None, int | None]] = []
    for part in parts:
        for each in part.periods:
            if not found or found[-1][1:] != (each.limit, each.phases):
                found.append((part.start + each.start, each.limit, each.phases))
    return found


def in_parts(case: Case, cuts: list[int]) -> list[Composite]:
    bounds = [case.start, *cuts, case.start + case.duration]
    return [ask(evolve(case, start=start, duration=end - start)) for start, end in pairwise(bounds)]


def without_default(case: Case) -> Case:
    return evolve(case, conditions=evolve(case.conditions, default_a=None, default_w=None))


def capped(limit: Decimal | None) -> Decimal:
    return Decimal("Infinity") if limit is None else limit


def test_the_limit_is_never_above_anything_that_limits_in_that_second() -> None:
    for case, rng in cases("ceilings", 2_000):
        reference, found = reference_of(case), ask(case)
        for at in some_seconds(case, rng):
            said = reference.station(at)
            if case.evse:
                said += reference.own(case.evse, at)
            period = at_second(found, at)
            phases = period.phases or min(USUAL, case.supply.phases)
            for each in said:
                most = (
                    each.amperes(reference.voltage)
                    if case.unit is Unit.A
                    else each.watts(reference.voltage, each.phases)
                )

                assert period.limit is not None, replay(case)
                assert Fraction(period.limit) <= most, replay(case)
                assert case.supply.dc or phases <= each.phases, replay(case)


def test_the_station_draws_no_more_than_its_evses_may_together() -> None:
    for case, rng in cases("together", 2_000):
        reference, found = reference_of(case), ask(evolve(case, evse=0))
        for at in some_seconds(case, rng):
            each = [reference.own(evse, at) for evse in case.conditions.evses]
            if not all(each):
                continue
            most = Fraction(0)
            for said in each:
                own = reference.current(said) if case.unit is Unit.A else reference.power(said)
                most += own or 0
            limit = at_second(found, at).limit

            assert limit is not None, replay(case)
            assert Fraction(limit) <= most, replay(case)


def test_one_ceiling_more_never_raises_the_limit() -> None:
    for case, rng in cases("monotone", 2_000):
        purpose = rng.choice([Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS])
        place = 0
        if purpose is Purpose.EXTERNAL_CONSTRAINTS:
            place = rng.choice([0, *case.conditions.evses])
        others = tuple(
            each
            for each in case.installed
            if each.profile.purpose is not purpose or each.evse != place
        )
        counted = evolve(case.conditions, ignored=frozenset())
        before = without_default(evolve(case, installed=others, conditions=counted))
        ceiling = Installed(evse=place, profile=one_limit(rng, case, purpose))
        after = evolve(before, installed=(*others, ceiling))
        for unit in Unit:
            free, limited = ask(evolve(before, unit=unit)), ask(evolve(after, unit=unit))
            for at in some_seconds(after, rng):
                was, now = at_second(free, at), at_second(limited, at)

                assert capped(now.limit) <= capped(was.limit), replay(after)
                if was.limit is not None:
                    assert (now.phases or USUAL) <= (was.phases or USUAL), replay(after)


def one_limit(rng: Random, case: Case, purpose: Purpose) -> Profile:
    unit = rng.choice(list(Unit))
    limit = Decimal(rng.randint(0, 400 if unit is Unit.A else 300_000)) / 10
    period = Period(start=0, limit=limit, phases=rng.choice([None, 1, 2, 3]))
    start = datetime.fromtimestamp(case.start + rng.choice([0, case.duration // 2]), UTC)
    return Profile(
        id=1_000,
        stack_level=0,
        purpose=purpose,
        kind=Kind.ABSOLUTE,
        schedules=(Schedule(id=1_000, unit=unit, start=start, periods=(period,)),),
    )


def test_a_limit_taken_to_the_other_unit_and_back_never_gains() -> None:
    seen = 0
    for case, rng in cases("units", 2_000):
        at = rng.randrange(case.start, case.end)
        first = at_second(ask(case), at)
        if first.limit is None:
            continue
        there = limited_to(case, first, case.unit)
        back = limited_to(case, there, another(case.unit), answer=case.unit)
        seen += 1

        assert capped(back.limit) <= first.limit, replay(case)

    assert seen > 1_000


def another(unit: Unit) -> Unit:
    return Unit.W if unit is Unit.A else Unit.A


def limited_to(
    case: Case, period: CompositePeriod, unit: Unit, *, answer: Unit | None = None
) -> CompositePeriod:
    """What a station that only has this limit answers in the other unit, or in the one asked."""
    limit = Period(start=0, limit=capped(period.limit), phases=period.phases)
    profile = Profile(
        id=1,
        stack_level=0,
        purpose=Purpose.STATION_MAX,
        kind=Kind.ABSOLUTE,
        schedules=(
            Schedule(
                id=1,
                unit=unit,
                start=datetime.fromtimestamp(case.start, UTC),
                periods=(limit,),
            ),
        ),
    )
    alone = evolve(
        case,
        installed=(Installed(evse=0, profile=profile),),
        conditions=type(case.conditions)(),
        evse=1,
        unit=answer or another(unit),
    )
    return at_second(ask(alone), case.start)


def test_the_periods_cover_the_window_and_each_says_something_new() -> None:
    for case, _ in cases("cover", 3_000):
        found = ask(case)
        periods = list(found.periods)
        starts = [each.start for each in periods]
        values = [(each.limit, each.phases) for each in periods]

        assert (found.start, found.duration) == (case.start, case.duration), replay(case)
        assert starts[0] == 0, replay(case)
        assert starts == sorted(set(starts)), replay(case)
        assert starts[-1] < max(case.duration, 1), replay(case)
        assert all(one != other for one, other in pairwise(values)), replay(case)


def test_a_schedule_asked_in_two_halves_is_the_whole() -> None:
    for case, rng in cases("halves", 2_000):
        if case.duration < 2:
            continue
        whole = anchored(case)
        cut = rng.randrange(case.start + 1, case.start + case.duration)

        assert joined(in_parts(whole, [cut])) == joined([ask(whole)]), replay(whole)


def test_four_hundred_days_are_what_each_of_the_days_says() -> None:
    rng = seeded("days")
    for _ in range(60):
        case = anchored(some_day_case(rng, days=400))
        first = case.start + rng.randint(1, DAY)
        cuts = list(range(first, case.start + case.duration, DAY))

        assert joined(in_parts(case, cuts)) == joined([ask(case)]), replay(case)


def test_the_order_in_which_profiles_were_installed_does_not_matter() -> None:
    for case, rng in cases("order", 2_000):
        other = evolve(case, installed=tuple(rng.sample(case.installed, len(case.installed))))

        assert list(ask(case).periods) == list(ask(other).periods), replay(case)


def test_an_instant_says_what_the_composite_schedule_says() -> None:
    for case, rng in cases("instant", 2_000):
        at = rng.randrange(case.start, case.end)
        here = without_default(
            evolve(case, start=at, duration=1, evse=rng.choice(case.conditions.evses))
        )
        ready = prepare(case.installed, case.supply)
        own = evse_allowed(ready, here.conditions, evse=here.evse, at=at)
        station = station_allowed(ready, here.conditions, at=at)
        current = at_second(ask(evolve(here, unit=Unit.A)), at)
        power = at_second(ask(evolve(here, unit=Unit.W)), at)
        currents = [each.current for each in (own, station) if each.current is not None]
        asked = {one for one in (own.phase_to_use, station.phase_to_use) if one is not None}

        if len(asked) > 1:
            assert current.limit == 0, replay(here)
        else:
            assert current.limit == min(currents, default=None), replay(here)
        for each in (own, station):
            assert each.power is None or capped(power.limit) <= each.power, replay(here)


def says(reference: Reference, said: list[Said]) -> tuple[object, ...]:
    """What an instant tells of all that holds, without until when."""
    supply = reference.supply
    if reference.conflict(said):
        return Fraction(0), Fraction(0), 1, None
    phases = reference.phases(said) if said and not supply.dc else None
    if phases == USUAL and not any(each.stated for each in said):
        phases = None
    return (
        reference.current(said),
        reference.power([each for each in said if each.unit is Unit.W]),
        phases,
        next((each.phase_to_use for each in said if each.phase_to_use is not None), None),
    )


def told(allowed: Allowed) -> tuple[object, ...]:
    return (
        None if allowed.current is None else Fraction(allowed.current),
        None if allowed.power is None else Fraction(allowed.power),
        allowed.phases,
        allowed.phase_to_use,
    )


def test_an_instant_says_what_holds_and_until_when_it_really_does() -> None:
    changes = 0
    for case, rng in cases("until", 2_000):
        at = rng.randrange(case.start, case.end)
        ahead = 3 * (case.end - case.start) + 15 * DAY
        here = without_default(evolve(case, start=at, duration=ahead))
        reference, ready = reference_of(here), prepare(case.installed, case.supply)
        evse = rng.choice([0, *case.conditions.evses])
        if evse:
            allowed = evse_allowed(ready, here.conditions, evse=evse, at=at)
        else:
            allowed = station_allowed(ready, here.conditions, at=at)

        def holds(
            moment: int, reference: Reference = reference, evse: int = evse
        ) -> tuple[object, ...]:
            said = reference.own(evse, moment) if evse else reference.station(moment)
            return says(reference, said)

        now = holds(at)
        later = sorted(moments(reference, allowed.until or here.end))
        later = rng.sample(later, min(len(later), 100))

        assert told(allowed) == now, f"evse {evse}, {replay(here)}"
        assert all(holds(moment) == now for moment in later), f"evse {evse}, {replay(here)}"
        if allowed.until is not None:
            changes += 1
            assert holds(allowed.until) != now, f"evse {evse}, {replay(here)}"
            assert holds(allowed.until - 1) == now, f"evse {evse}, {replay(here)}"

    assert changes > 300
