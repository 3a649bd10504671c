"""Composite schedules of EVSE 0, and several schedules in one profile."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from ocppkit.smart_charging import (
    Conditions,
    Installed,
    Purpose,
    Unit,
    composites,
    station_allowed,
)
from ocppkit.smart_charging.model import DAY, WEEK

from .builders import (
    AT,
    DAILY,
    RELATIVE,
    asked,
    default,
    external,
    going,
    highest,
    limits,
    moment,
    phases,
    ready,
    schedule,
    several,
)

# EVSE 0.


@pytest.mark.requirement("K08.FR.03")
def test_evse_0_is_the_sum_of_all_evses() -> None:
    found = asked(
        default((0, 6), (60, 10), evse=1), default((0, 16), (30, 20), evse=2, id=2),
        evse=0, evses=[1, 2],
    )  # fmt: skip

    assert limits(found) == [(0, 22), (30, 26), (60, 30)]


@pytest.mark.requirement("K04.FR.05")
def test_evse_0_stays_within_the_limits_of_the_station() -> None:
    found = asked(
        default((0, 16), evse=0), highest((0, 40), (60, 20), id=2), external((0, 25), id=3),
        evse=0, evses=[1, 2],
    )  # fmt: skip

    assert limits(found) == [(0, 25), (60, 20)]


def test_evse_0_counts_an_evse_without_limit_with_the_default_one() -> None:
    installed = default((0, 6), evse=1), highest((0, 63), id=2, start=60)

    with_default = asked(*installed, evse=0, evses=[1, 2], default_a=Decimal(32))
    without = asked(*installed, evse=0, evses=[1, 2])

    assert limits(with_default) == [(0, 38)]
    assert limits(without) == [(0, None), (60, 63)]


def test_evse_0_adds_constraints_of_the_evses_themselves() -> None:
    found = asked(default((0, 16), evse=0), external((0, 6), evse=2, id=2), evse=0, evses=[1, 2])

    assert limits(found) == [(0, 22)]


def test_evse_0_in_watts_counts_the_phases_of_each_evse() -> None:
    installed = default((0, 16, 1), evse=1), default((0, 16, 3), evse=2, id=2)

    found = asked(*installed, evse=0, evses=[1, 2], unit=Unit.W)

    assert limits(found) == [(0, 3680 + 11040)]
    assert phases(found) == [3]


def test_evse_0_in_watts_uses_no_more_phases_than_the_station_may() -> None:
    installed = default((0, 8)), highest((0, 32, 1), id=2)

    assert limits(asked(*installed, evse=0, unit=Unit.W)) == [(0, 1840)]
    assert limits(asked(*installed, evse=1, unit=Unit.W)) == [(0, 1840)]


def test_evse_0_of_one_evse_is_that_evse() -> None:
    installed = default((0, 8), (60, 16, 1), every=DAILY), highest((0, 6900), id=2, unit=Unit.W)

    for unit in Unit:
        station = asked(*installed, evse=0, unit=unit, duration=WEEK)
        evse = asked(*installed, evse=1, unit=unit, duration=WEEK)

        assert list(station.periods) == list(evse.periods)


def test_evse_0_of_a_station_without_evses_is_what_the_station_may_draw() -> None:
    assert limits(asked(highest((0, 32)), evse=0, evses=[])) == [(0, 32)]


def test_evse_0_follows_each_evses_own_transaction() -> None:
    found = asked(
        default((0, 6), (60, 8), evse=0, kind=RELATIVE),
        evse=0, evses=[1, 2], transactions=[going(-20, evse=1), going(-50, evse=2)],
    )  # fmt: skip

    assert limits(found) == [(0, 12), (10, 14), (40, 16)]


# Several schedules in a profile (ISO 15118).


def variants() -> list[Installed]:
    upper = several(
        schedule((0, 10), id=11, duration=60), schedule((0, 20), id=12, duration=120),
        purpose=Purpose.TX, level=1, transaction="T",
    )  # fmt: skip
    lower = several(
        schedule((0, 16), id=21), schedule((0, 6), id=22), schedule((0, 8), id=23),
        purpose=Purpose.TX, level=0, transaction="T", id=2,
    )  # fmt: skip
    return [upper, lower]


@pytest.mark.requirement("K15.FR.22")
def test_the_nth_schedules_are_combined_for_the_ev_to_choose_from() -> None:
    found = composites(
        ready(*variants(), highest((0, 18), id=3)),
        Conditions(transactions=[going()]),
        evse=1,
        start=AT,
        duration=DAY,
        unit=Unit.A,
    )

    assert [limits(each) for each in found] == [
        [(0, 10), (60, 16)], [(0, 18), (120, 6)], [(0, 18), (120, 8)],
    ]  # fmt: skip


def test_until_the_ev_has_chosen_the_lowest_of_what_it_may_choose_holds() -> None:
    found = asked(*variants(), transactions=[going()])

    assert limits(found) == [(0, 10), (60, 16), (120, 6)]


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        (11, [(0, 10), (60, 16)]),
        (12, [(0, 20), (120, 6)]),
        (23, [(0, 20), (120, 8)]),
        (99, [(0, 10), (60, 16), (120, 6)]),
    ],
)
def test_what_the_ev_has_chosen_holds(selected: int, expected: list[tuple[int, float]]) -> None:
    found = asked(*variants(), transactions=[going()], selected={1: selected})

    assert limits(found) == expected


def test_one_schedule_makes_one_composite() -> None:
    found = composites(
        ready(default((0, 6))), Conditions(), evse=1, start=AT, duration=60, unit=Unit.A
    )

    assert [limits(each) for each in found] == [[(0, 6)]]


@pytest.mark.parametrize("evse", [0, 5])
def test_an_ev_does_not_choose_for_the_station(evse: int) -> None:
    with pytest.raises(ValueError, match="EVSE"):
        composites(ready(), Conditions(), evse=evse, start=AT, duration=60, unit=Unit.A)


@pytest.mark.requirement("K01.FR.41")
def test_a_relative_schedule_of_the_station_counts_from_when_it_took_effect() -> None:
    ceiling = several(
        schedule((0, 20), (60, 10), start=None), purpose=Purpose.STATION_MAX, evse=0, kind=RELATIVE
    )
    prepared = ready(evolve(ceiling, since=moment(0)))

    early, late = (
        station_allowed(prepared, Conditions(evses=(1,)), at=AT + second) for second in (59, 60)
    )

    assert (early.current, early.until) == (Decimal(20), AT + 60)
    assert (late.current, late.until) == (Decimal(10), None)
