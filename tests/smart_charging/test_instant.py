"""What may flow now, and until when: the moment of the next change, never of a mere boundary."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ocppkit.smart_charging import (
    Allowed,
    Conditions,
    Installed,
    Purpose,
    Supply,
    Unit,
    composite,
    evse_allowed,
    prepare,
    station_allowed,
)
from ocppkit.smart_charging.cap import Cap, Caps, least
from ocppkit.smart_charging.layers import Layers
from ocppkit.smart_charging.model import DAY, WEEK
from ocppkit.smart_charging.track import Track

from .builders import AT, DAILY, RELATIVE, WEEKLY, default, external, going, highest, ready, tx
from .strategies import Case, some_case

HOUR = 3600


def evse(*installed: Installed, at: int = 0, supply: Supply | None = None, **more: Any) -> Allowed:
    return evse_allowed(ready(*installed, supply=supply), Conditions(**more), evse=1, at=AT + at)


def station(*installed: Installed, at: int = 0, **more: Any) -> Allowed:
    return station_allowed(ready(*installed), Conditions(**more), at=AT + at)


def until(found: Allowed) -> int | None:
    return None if found.until is None else found.until - AT


def test_an_evse_may_draw_what_its_profiles_allow_until_the_next_period() -> None:
    found = evse(default((0, 16), (60, 10)), at=5)

    assert found == Allowed(current=Decimal(16), until=AT + 60)


def test_the_last_limit_never_changes() -> None:
    assert evse(default((0, 16), (60, 10)), at=60) == Allowed(current=Decimal(10))


def test_without_profiles_nothing_limits_and_that_stays_so() -> None:
    assert evse() == station() == Allowed()


def test_the_default_limit_holds_where_the_evses_own_profiles_say_nothing() -> None:
    found = evse(default((0, 16), start=60), default_a=Decimal(13))
    converted = evse(default_w=Decimal(6900))

    assert found == Allowed(current=Decimal(13), until=AT + 60)
    assert converted == Allowed(current=Decimal(10), power=Decimal(6900))


def test_default_limits_in_both_units_hold_at_once() -> None:
    found = evse(default_a=Decimal(16), default_w=Decimal(9000))

    assert found == Allowed(current=Decimal(13), power=Decimal(9000))


def test_a_default_limit_equal_to_the_profile_is_no_change() -> None:
    found = evse(default((0, 16), start=60, duration=60), default_a=Decimal(16))

    assert found == Allowed(current=Decimal(16))


def test_current_power_and_phases_are_told_together() -> None:
    found = evse(
        default((0, 16, 1), phase_to_use=2), external((0, 3000, 1), unit=Unit.W, evse=1, id=2)
    )

    assert found == Allowed(
        current=Decimal(13), power=Decimal(3000), phases=1, phase_to_use=2, until=None
    )


def test_a_change_that_cannot_be_seen_is_none() -> None:
    """Only the amperes matter, which the other limit keeps down all the time."""
    ceiling = external((0, 10), evse=1, id=2)

    assert evse(default((0, 16), (60, 20), (90, 8)), ceiling).until == AT + 90
    assert evse(default((0, 6), (60, 6), (90, 6), every=DAILY)).until is None


def test_a_change_of_phases_or_of_power_alone_is_one() -> None:
    assert until(evse(default((0, 16, 3), (60, 16, 1)))) == 60
    power = external((0, 9000), (60, 8000), unit=Unit.W, evse=1, id=2)
    assert until(evse(default((0, 6)), power)) == 60


@pytest.mark.parametrize("years", [1, 20, 200])
def test_a_change_in_many_years_is_found(years: int) -> None:
    far = years * 365 * DAY + 11

    assert until(evse(default((0, 16)), tx((0, 6), start=far), transactions=[going()])) == far


@pytest.mark.parametrize("weeks", [1, 60, 5000])
def test_a_change_behind_many_cycles_without_any_is_found(weeks: int) -> None:
    steps = [(number * 60, 6) for number in range(1000)]
    found = evse(
        default(*steps, every=DAILY),
        default((0, 6), (HOUR, 6), every=WEEKLY, level=1, id=2),
        default((0, 8), level=2, id=3, start=weeks * WEEK + 7),
    )

    assert until(found) == weeks * WEEK + 7


def test_where_looking_for_a_change_takes_long_until_says_when_to_ask_again() -> None:
    periods = [(number * 84, 6) for number in range(1024)]
    ceilings = [(number * 2 * DAY + number, 8 + number % 2) for number in range(1000)]
    installed = default(*periods, every=DAILY), external(*ceilings, evse=1, id=2)

    first = evse(*installed)
    later = evse(*installed, at=1999 * DAY)

    assert first.current == Decimal(6)
    assert 100 * DAY < (until(first) or 0) < 300 * DAY
    assert later == Allowed(current=Decimal(6))


def test_a_change_in_the_next_occurrence_is_found() -> None:
    daily = default((0, 6), (HOUR, 8), every=DAILY)
    weekly = default((0, 6), (6 * DAY, 8), every=WEEKLY)

    assert until(evse(daily, at=2 * HOUR)) == DAY
    assert until(evse(weekly, at=HOUR)) == 6 * DAY
    assert until(evse(weekly, at=6 * DAY + 5)) == WEEK


def test_a_relative_schedule_counts_from_the_transaction() -> None:
    found = evse(default((0, 6), (60, 8), kind=RELATIVE), transactions=[going(-20)])

    assert found == Allowed(current=Decimal(6), until=AT + 40)


@pytest.mark.requirement("K02.FR.08")
def test_when_the_tx_profile_ends_the_default_one_follows() -> None:
    installed = tx((0, 20), duration=60), default((0, 6), id=2)

    during = evse(*installed, at=59, transactions=[going()])
    after = evse(*installed, at=60, transactions=[going()])

    assert during == Allowed(current=Decimal(20), until=AT + 60)
    assert after == Allowed(current=Decimal(6))


@pytest.mark.requirement("K04.FR.05")
def test_the_station_may_draw_the_lowest_of_its_own_limits() -> None:
    found = station(
        highest((0, 63), (60, 40)), external((0, 50), id=2), default((0, 6), id=3),
        station_a=Decimal(55),
    )  # fmt: skip

    assert found == Allowed(current=Decimal(50), until=AT + 60)


def test_the_stations_limits_are_no_part_of_what_the_evse_may_draw() -> None:
    assert evse(highest((0, 6)), station_a=Decimal(6)) == Allowed()


def test_what_is_ignored_does_not_limit() -> None:
    assert station(highest((0, 6)), ignored=[Purpose.STATION_MAX]) == Allowed()


def test_direct_current_tells_no_phases() -> None:
    found = evse(default((0, 40000, 3), unit=Unit.W), supply=Supply(voltage=Decimal(400), dc=True))

    assert found == Allowed(current=Decimal(100), power=Decimal(40000))


def visible(caps: Caps, cap: Cap) -> tuple[object, ...]:
    current = least(cap.amperes, cap.watts_each)
    return current, cap.watts, caps.told(cap), cap.phase_to_use


def second_by_second(case: Case, at: int, *, of_station: bool) -> tuple[tuple[object, ...], int]:
    """What holds, and the first second of the window at which it is different, or its end."""
    layers = Layers(prepare(case.installed, case.supply), case.conditions, session=at)

    def track(second: int) -> Track:
        if of_station:
            return layers.station(second, second + 1)
        return layers.own(case.evse, second, second + 1)

    def looked(second: int) -> tuple[object, ...]:
        (number,) = track(second)[1]
        return visible(layers.prepared.caps, layers.prepared.caps.table[number])

    holds = looked(at)
    later = (second for second in range(at + 1, case.end) if looked(second) != holds)
    return holds, next(later, case.end)


@pytest.mark.parametrize("of_station", [False, True])
def test_until_is_what_looking_at_each_second_finds(of_station: bool) -> None:
    rng = Random(f"instant {of_station}")  # noqa: S311  # the same cases each time
    changes = 0
    for _ in range(2000):
        case = some_case(rng)
        if case.duration > 200 or not case.evse:
            continue
        conditions = case.conditions
        if conditions.default_a is not None or conditions.default_w is not None:
            continue
        at = rng.randrange(case.start, case.end)
        holds, change = second_by_second(case, at, of_station=of_station)

        ready_profiles = prepare(case.installed, case.supply)
        found = (
            station_allowed(ready_profiles, conditions, at=at)
            if of_station
            else evse_allowed(ready_profiles, conditions, evse=case.evse, at=at)
        )

        current, power, phases, phase_to_use = holds
        assert found.current == (None if current is None else Decimal(str(current)) / 10)
        assert found.power == (None if power is None else Decimal(str(power)) / 10)
        assert (found.phases, found.phase_to_use) == (phases, phase_to_use)
        if change < case.end:
            changes += 1
            assert found.until == change
        else:
            assert found.until is None or found.until >= case.end
    assert changes > 30


def test_the_lower_of_evse_and_station_is_what_a_composite_schedule_says() -> None:
    rng = Random("instant and composite")  # noqa: S311  # the same cases each time
    for _ in range(500):
        case = some_case(rng)
        conditions = Conditions(
            evses=case.conditions.evses,
            transactions=case.conditions.transactions,
            selected=case.conditions.selected,
            ignored=case.conditions.ignored,
        )
        profiles, number = prepare(case.installed, case.supply), conditions.evses[0]

        own = evse_allowed(profiles, conditions, evse=number, at=case.start)
        whole = station_allowed(profiles, conditions, at=case.start)

        found = composite(
            profiles, conditions, evse=number, start=case.start, duration=0, unit=Unit.A
        )
        limits = [each.current for each in (own, whole) if each.current is not None]
        (period,) = found.periods
        asked = {each.phase_to_use for each in (own, whole)} - {None}
        expected = Decimal(0) if len(asked) > 1 else min(limits, default=None)
        assert period.limit == expected
