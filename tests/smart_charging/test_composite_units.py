"""Composite schedules: amperes and watts, phases, and limits that no profile sets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ocppkit.smart_charging import (
    Supply,
    Unit,
)

from .builders import (
    asked,
    default,
    highest,
    limits,
    phases,
)

ONE_PHASE = Supply(phases=1)
DC = Supply(voltage=Decimal(400), dc=True)


# Amperes, watts, phases.


@pytest.mark.requirement("K01.FR.50")
@pytest.mark.requirement("K01.FR.49")
@pytest.mark.parametrize(
    ("voltage", "stated", "amperes"),
    [(230, 3, 15.9), (230, None, 15.9), (230, 1, 47.8), (230, 2, 23.9), (120, 3, 30.5)],
)
@pytest.mark.requirement("1.6 §7.12")
def test_watts_become_amperes_on_each_of_the_periods_phases_rounded_down(
    voltage: int, stated: int | None, amperes: float
) -> None:
    found = asked(default((0, 11000, stated), unit=Unit.W), supply=Supply(voltage=Decimal(voltage)))

    assert limits(found) == [(0, amperes)]


@pytest.mark.requirement("K01.FR.51")
@pytest.mark.parametrize(("stated", "watts"), [(3, 11040), (None, 11040), (1, 3680), (2, 7360)])
@pytest.mark.requirement("1.6 §7.12")
def test_amperes_on_each_phase_become_watts_on_all(stated: int | None, watts: float) -> None:
    assert limits(asked(default((0, 16, stated)), unit=Unit.W)) == [(0, watts)]


@pytest.mark.requirement("K01.FR.45")
def test_more_phases_than_there_are_leave_the_limit_as_it_is() -> None:
    """1.6 errata 3.34: no new limit is worked out."""
    power, current = default((0, 11040, 3), unit=Unit.W), default((0, 16, 3))

    assert limits(asked(power, supply=ONE_PHASE)) == [(0, 16)]
    assert limits(asked(power, supply=ONE_PHASE, unit=Unit.W)) == [(0, 11040)]
    assert limits(asked(current, supply=ONE_PHASE)) == [(0, 16)]
    assert limits(asked(current, supply=ONE_PHASE, unit=Unit.W)) == [(0, 3680)]


def test_amperes_and_watts_both_hold() -> None:
    installed = default((0, 16), (60, 10)), highest((0, 8280), id=2, unit=Unit.W)

    assert limits(asked(*installed)) == [(0, 12), (60, 10)]
    assert limits(asked(*installed, unit=Unit.W)) == [(0, 8280), (60, 6900)]


def test_the_fewest_phases_count() -> None:
    installed = default((0, 16, 3)), highest((0, 20, 1), id=2, start=60)

    assert limits(asked(*installed)) == [(0, 16), (60, 16)]
    assert limits(asked(*installed, unit=Unit.W)) == [(0, 11040), (60, 3680)]
    assert phases(asked(*installed)) == [3, 1]


def test_phases_are_told_where_a_profile_says_them_or_they_are_not_three() -> None:
    unstated = default((0, 16))

    assert phases(asked(unstated)) == [None]
    assert phases(asked(default((0, 16, 3)))) == [3]
    assert phases(asked(unstated, supply=ONE_PHASE)) == [1]
    assert phases(asked(supply=ONE_PHASE, default_a=Decimal(16))) == [1]


@pytest.mark.requirement("K01.FR.44")
def test_direct_current_has_no_phases() -> None:
    power, current = default((0, 50000, 3), unit=Unit.W), default((0, 125, 1), phase_to_use=2)

    assert limits(asked(power, supply=DC)) == [(0, 125)]
    assert limits(asked(current, supply=DC, unit=Unit.W)) == [(0, 50000)]
    assert phases(asked(power, supply=DC)) == phases(asked(current, supply=DC)) == [None]


def test_two_who_ask_for_different_phases_leave_none() -> None:
    installed = [
        default((0, 16, 1), phase_to_use=1),
        highest((0, 20, 1), id=2, phase_to_use=2, start=60, duration=60),
    ]

    assert limits(asked(*installed)) == [(0, 16), (60, 0), (120, 16)]
    assert limits(asked(*installed, unit=Unit.W)) == [(0, 3680), (60, 0), (120, 3680)]


def test_more_decimals_than_one_are_cut() -> None:
    assert limits(asked(default((0, "16.19")))) == [(0, 16.1)]
    assert limits(asked(default((0, "0.09")))) == [(0, 0)]


def test_a_tenth_stays_a_tenth() -> None:
    found = asked(default((0, 16.1)))

    assert [each.limit for each in found.periods] == [Decimal("16.1")]


# Defaults and the station's own limit.


def test_the_default_limit_holds_where_nothing_else_does() -> None:
    found = asked(default((0, 20), start=60, duration=60), default_a=Decimal(13))

    assert limits(found) == [(0, 13), (60, 20), (120, 13)]


@pytest.mark.parametrize(
    ("given", "unit", "limit"),
    [
        ({"default_a": Decimal(16)}, Unit.W, 11040),
        ({"default_w": Decimal(11000)}, Unit.A, 15.9),
        ({"default_a": Decimal(16), "default_w": Decimal(9000)}, Unit.A, 16),
        ({"default_a": Decimal(16), "default_w": Decimal(9000)}, Unit.W, 9000),
    ],
)
def test_the_default_limit_is_converted_only_if_it_has_to_be(
    given: dict[str, Any], unit: Unit, limit: float
) -> None:
    assert limits(asked(unit=unit, **given)) == [(0, limit)]


@pytest.mark.requirement("K04.FR.02")
@pytest.mark.parametrize(
    ("given", "unit", "limit"),
    [
        ({"station_a": Decimal(16)}, Unit.A, 16),
        ({"station_a": Decimal(16)}, Unit.W, 11040),
        ({"station_w": Decimal(11000)}, Unit.A, 15.9),
        ({"station_w": Decimal(11000)}, Unit.W, 11000),
        ({"station_a": Decimal(16), "station_w": Decimal(8280)}, Unit.A, 12),
    ],
)
def test_the_connection_of_the_station_limits_each_evse_and_all(
    given: dict[str, Any], unit: Unit, limit: float
) -> None:
    for evse in (0, 1):
        assert limits(asked(default((0, 100)), evse=evse, unit=unit, **given)) == [(0, limit)]
