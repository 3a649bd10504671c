"""Composite schedules: when a profile applies, who goes before whom, and the window."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from ocppkit.smart_charging import (
    Purpose,
    Recurrency,
)
from ocppkit.smart_charging.model import DAY, WEEK

from .builders import (
    AT,
    DAILY,
    RELATIVE,
    WEEKLY,
    asked,
    default,
    external,
    going,
    highest,
    limits,
    phases,
    schedule,
    several,
    tx,
)

HOUR = 3600


# When a profile applies.


@pytest.mark.requirement("K01.FR.10")
def test_a_profile_without_validity_always_holds() -> None:
    assert limits(asked(default((0, 16), start=-100 * WEEK))) == [(0, 16)]


@pytest.mark.requirement("K01.FR.36")
@pytest.mark.requirement("K01.FR.37")
@pytest.mark.requirement("1.6 errata 3.65", "1.6 errata 3.66")
def test_a_profile_holds_from_valid_from_until_right_before_valid_to() -> None:
    found = asked(default((0, 16), start=-10, valid=(5, 9)))

    assert limits(found) == [(0, None), (5, 16), (9, None)]


@pytest.mark.requirement("K01.FR.11")
@pytest.mark.requirement("1.6 §5.16.4")
def test_a_period_at_or_past_the_duration_is_not_executed() -> None:
    found = asked(default((0, 16), (60, 10), (100, 8), duration=60))

    assert limits(found) == [(0, 16), (60, None)]


@pytest.mark.requirement("K01.FR.12")
@pytest.mark.requirement("1.6 §5.16.4")
def test_a_period_lasts_until_the_next_one_or_the_end_of_the_duration() -> None:
    found = asked(default((0, 16), (60, 10), duration=100))

    assert limits(found) == [(0, 16), (60, 10), (100, None)]


def test_the_last_period_without_duration_goes_on() -> None:
    found = asked(default((0, 16), (60, 10)), duration=100 * WEEK)

    assert limits(found) == [(0, 16), (60, 10)]


@pytest.mark.requirement("K01.FR.13")
@pytest.mark.requirement("1.6 errata 3.43")
def test_a_recurring_schedule_shorter_than_its_cycle_falls_back_to_what_is_below() -> None:
    """1.6 errata 3.43."""
    found = asked(
        default((0, 6), every=DAILY, duration=HOUR, level=1, id=2),
        default((0, 20), id=1),
        duration=DAY + 2 * HOUR,
    )

    assert limits(found) == [(0, 6), (HOUR, 20), (DAY, 6), (DAY + HOUR, 20)]


def test_a_recurring_schedule_shorter_than_its_cycle_falls_back_to_no_limit() -> None:
    """1.6 errata 3.43."""
    found = asked(default((0, 6), every=DAILY, duration=HOUR), duration=DAY + 1)

    assert limits(found) == [(0, 6), (HOUR, None), (DAY, 6)]


@pytest.mark.requirement("1.6 errata 3.44")
def test_what_is_longer_than_its_cycle_is_not_executed() -> None:
    """1.6 errata 3.44."""
    found = asked(
        default((0, 6), (HOUR, 10), (DAY, 32), every=DAILY, duration=2 * DAY), duration=2 * DAY
    )

    assert limits(found) == [(0, 6), (HOUR, 10), (DAY, 6), (DAY + HOUR, 10)]


@pytest.mark.requirement("K01.FR.30")
@pytest.mark.parametrize("every", [None, DAILY, WEEKLY])
def test_nothing_is_limited_before_the_start_of_the_schedule(every: Recurrency | None) -> None:
    found = asked(default((0, 16), start=HOUR, every=every), duration=2 * HOUR)

    assert limits(found) == [(0, None), (HOUR, 16)]


def test_an_occurrence_is_cut_by_validity_and_keeps_its_place_in_time() -> None:
    steps = ((0, 6), (HOUR, 8), (2 * HOUR, 10))

    found = asked(
        default(*steps, every=DAILY, valid=(DAY + HOUR + 60, 2 * DAY + HOUR)), duration=4 * DAY
    )

    assert limits(found) == [
        (0, None), (DAY + HOUR + 60, 8), (DAY + 2 * HOUR, 10), (2 * DAY, 6),
        (2 * DAY + HOUR, None),
    ]  # fmt: skip


def test_a_schedule_that_began_long_ago_is_in_the_middle() -> None:
    found = asked(default((0, 6), (60, 8)), at=1000 * DAY + 30, duration=60)

    assert limits(found) == [(0, 8)]


def test_times_before_1970_are_like_any_other() -> None:
    found = asked(default((0, 6), (60, 8), every=DAILY, start=-AT - 90), at=-AT - 60, duration=60)

    assert limits(found) == [(0, 6), (30, 8)]


def test_a_schedule_without_periods_or_time_limits_nothing() -> None:
    nothing = asked(several(schedule()), default((0, 5), duration=0, level=1, id=2))
    never = asked(default((0, 5), duration=0, every=DAILY))

    assert limits(nothing) == limits(never) == [(0, None)]


def test_periods_in_disorder_are_put_in_order() -> None:
    found = asked(default((60, 8), (0, 6), (60, 9)))

    assert limits(found) == [(0, 6), (60, 9)]


def test_what_comes_before_the_first_period_is_left_to_others() -> None:
    found = asked(default((60, 8), level=1), default((0, 6), id=2))

    assert limits(found) == [(0, 6), (60, 8)]


# Relative schedules.


def test_a_relative_schedule_counts_from_the_start_of_the_transaction() -> None:
    found = asked(default((0, 6), (60, 8), kind=RELATIVE), transactions=[going(-20)])

    assert limits(found) == [(0, 6), (40, 8)]


@pytest.mark.requirement("K08.FR.06")
def test_without_transaction_a_relative_schedule_counts_as_if_one_began_now() -> None:
    found = asked(default((0, 6), (60, 8), kind=RELATIVE), at=17)

    assert limits(found) == [(0, 6), (60, 8)]


def test_before_energy_can_flow_a_relative_schedule_does_not_hold() -> None:
    found = asked(default((0, 6), (60, 8), kind=RELATIVE), transactions=[going(30)])

    assert limits(found) == [(0, None), (30, 6), (90, 8)]


@pytest.mark.parametrize(("every", "again"), [(None, []), (DAILY, [(DAY - 20, 6.0)])])
def test_a_schedule_of_1_6_without_start_counts_from_the_transaction(
    every: Recurrency | None, again: list[tuple[int, float]]
) -> None:
    """1.6 §7.13."""
    found = asked(default((0, 6), (60, 8), start=None, every=every), transactions=[going(-20)])

    assert limits(found) == [(0, 6), (40, 8), *again]


def test_a_fraction_of_a_second_is_cut() -> None:
    whole = schedule((0, 6), start=10)
    assert whole.start is not None
    fraction = evolve(whole, start=whole.start.replace(microsecond=999_999))

    assert limits(asked(several(fraction))) == [(0, None), (10, 6)]


def test_relative_constraints_of_an_evse_count_from_its_transaction() -> None:
    found = asked(external((0, 6), (60, 8), kind=RELATIVE, evse=1), transactions=[going(-20)])

    assert limits(found) == [(0, 6), (40, 8)]


# Stack levels, purposes, places.


@pytest.mark.requirement("K01.FR.17")
@pytest.mark.requirement("1.6 §3.13.2")
def test_the_higher_stack_level_decides_where_it_has_a_period() -> None:
    found = asked(
        default((0, 6), level=0),
        default((0, 32), level=5, id=2, start=60, duration=60),
        default((0, 20), level=3, id=3, start=90, duration=60),
    )

    assert limits(found) == [(0, 6), (60, 32), (120, 20), (150, 6)]


def test_a_tx_profile_counts_in_whatever_case_it_names_its_transaction() -> None:
    assert limits(asked(tx((0, 20)), transactions=[going(id="t")])) == [(0, 20)]


@pytest.mark.requirement("K02.FR.04")
@pytest.mark.requirement("1.6 §3.13.1")
@pytest.mark.requirement("1.6 §7.10")
def test_a_tx_profile_overrules_a_default_of_any_level() -> None:
    found = asked(tx((0, 20)), default((0, 6), level=9, id=2), transactions=[going()])

    assert limits(found) == [(0, 20)]


@pytest.mark.requirement("K02.FR.08")
@pytest.mark.parametrize("ends", [{"duration": 60}, {"valid": (None, 60)}])
def test_when_a_tx_profile_ends_the_lowest_of_default_and_station_holds(
    ends: dict[str, object],
) -> None:
    default_lower = asked(
        tx((0, 20), **ends), default((0, 6), id=2), highest((0, 10), id=3), transactions=[going()]
    )
    station_lower = asked(
        tx((0, 8), **ends), default((0, 16), id=2), highest((0, 10), id=3), transactions=[going()]
    )
    fixed = asked(tx((0, 8), **ends), station_a=Decimal(25), transactions=[going()])

    assert limits(default_lower) == [(0, 10), (60, 6)]
    assert limits(station_lower) == [(0, 8), (60, 10)]
    assert limits(fixed) == [(0, 8), (60, 25)]


def test_a_tx_profile_counts_only_for_its_transaction() -> None:
    other = asked(tx((0, 6)), transactions=[going(id="U")])
    nobody = asked(tx((0, 6)))
    elsewhere = asked(tx((0, 6), evse=2), evses=[1, 2], transactions=[going()])

    assert limits(other) == limits(nobody) == limits(elsewhere) == [(0, None)]


@pytest.mark.parametrize("id", ["T", None])
def test_a_tx_profile_of_1_6_without_transaction_is_for_the_one_that_goes_on(
    id: str | None,
) -> None:
    found = asked(tx((0, 6), transaction=None), transactions=[going(id=id)])

    assert limits(found) == [(0, 6)]


@pytest.mark.requirement("K01.FR.14")
def test_a_default_of_the_station_holds_at_every_evse() -> None:
    for evse in (1, 2):
        assert limits(asked(default((0, 6), evse=0), evse=evse, evses=[1, 2])) == [(0, 6)]


def test_defaults_of_the_station_and_of_an_evse_are_stacked_together() -> None:
    """1.6 §3.13.1: at equal levels the connector's own holds."""
    installed = [
        default((0, 6), evse=0, level=1, id=1),
        default((0, 10), evse=1, level=1, id=2, duration=60),
        default((0, 32), evse=1, level=0, id=3),
        default((0, 8), evse=0, level=2, id=4, start=90),
    ]

    own = asked(*installed, evses=[1, 2])
    other = asked(*installed, evses=[1, 2], evse=2)

    assert limits(own) == [(0, 10), (60, 6), (90, 8)]
    assert limits(other) == [(0, 6), (90, 8)]


@pytest.mark.requirement("K08.FR.04")
@pytest.mark.requirement("1.6 §3.13.3")
def test_a_composite_is_the_lowest_of_all_purposes_at_each_instant() -> None:
    found = asked(
        default((0, 20), (60, 5)),
        highest((0, 10), (30, 32), id=2),
        external((0, 16), (90, 4), id=3),
        external((0, 12), (40, 18), id=4, evse=1),
    )

    assert limits(found) == [(0, 10), (30, 12), (40, 16), (60, 5), (90, 4)]


def test_what_is_ignored_does_not_count() -> None:
    installed = [tx((0, 6)), default((0, 8), id=2), highest((0, 7), id=3), external((0, 5), id=4)]

    def found(*ignored: Purpose) -> list[tuple[int, float | None]]:
        return limits(asked(*installed, transactions=[going()], ignored=ignored))

    assert found() == [(0, 5)]
    assert found(Purpose.EXTERNAL_CONSTRAINTS) == [(0, 6)]
    assert found(Purpose.EXTERNAL_CONSTRAINTS, Purpose.TX) == [(0, 7)]
    assert found(Purpose.EXTERNAL_CONSTRAINTS, Purpose.TX, Purpose.STATION_MAX) == [(0, 8)]
    assert found(*Purpose) == [(0, None)]


def test_simulating_takes_tx_profiles_as_if_their_transaction_began_now() -> None:
    profile = tx((0, 6), (60, 8), kind=RELATIVE)

    idle = asked(profile, simulate=True)
    running = asked(profile, simulate=True, transactions=[going(-1000)])

    assert limits(idle) == limits(running) == [(0, 6), (60, 8)]


# The window.


@pytest.mark.parametrize("duration", [0, 1])
def test_no_duration_or_a_second_gives_the_one_period_that_holds(duration: int) -> None:
    found = asked(default((0, 6), (1, 8)), duration=duration)

    assert limits(found) == [(0, 6)]
    assert found.duration == duration


def test_a_change_in_the_last_second_is_seen_and_one_at_the_end_is_not() -> None:
    found = asked(default((0, 6), (9, 8), (10, 10)), duration=10)

    assert limits(found) == [(0, 6), (9, 8)]


def test_neighbours_that_are_equal_become_one() -> None:
    found = asked(default((0, 6), (60, 6), (90, 8)), default((0, 8), start=120, level=1, id=2))

    assert limits(found) == [(0, 6), (90, 8)]


def test_neighbours_that_differ_in_phases_stay_two() -> None:
    found = asked(default((0, 6, 3), (60, 6, 1)))

    assert limits(found) == [(0, 6), (60, 6)]
    assert phases(found) == [3, 1]


def test_without_profiles_nothing_limits() -> None:
    found = asked()

    assert limits(found) == [(0, None)]
    assert phases(found) == [None]


def test_thousands_of_periods_come_out_as_they_went_in() -> None:
    steps = [(number, 6 + number % 2) for number in range(5000)]

    assert limits(asked(default(*steps))) == steps


@pytest.mark.parametrize(("evse", "duration"), [(7, 0), (-1, 0), (1, -1)])
def test_an_unknown_evse_or_a_negative_duration_is_an_error(evse: int, duration: int) -> None:
    with pytest.raises(ValueError, match=r"EVSE|duration"):
        asked(evse=evse, duration=duration)
