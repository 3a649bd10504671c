"""Composite schedules: the specifications' worked examples and test cases."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ocppkit.smart_charging import (
    Conditions,
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Supply,
    Unit,
    composite,
    prepare,
)
from ocppkit.smart_charging.model import DAY

from .builders import (
    DAILY,
    WEEKLY,
    asked,
    default,
    external,
    going,
    highest,
    limits,
    tx,
)

HOUR = 3600


# The worked examples.


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day_default() -> Installed:
    """1.6 §3.13.7 and 2.0.1 K §3.6."""
    return Installed(
        evse=0,
        profile=Profile(
            id=100,
            stack_level=0,
            purpose=Purpose.TX_DEFAULT,
            kind=Kind.RECURRING,
            recurrency=Recurrency.DAILY,
            schedules=(
                Schedule(
                    unit=Unit.W,
                    start=utc("2013-01-01T00:00"),
                    duration=86400,
                    periods=tuple(
                        Period(start=start, limit=Decimal(limit), phases=3)
                        for start, limit in ((0, 11000), (28800, 6000), (72000, 11000))
                    ),
                ),
            ),
        ),
    )


def peak_hours(duration: int) -> list[Installed]:
    """2.0.1 K §3.6.1; its duration of the peak is 1080 s in the listing and 3 h in the text."""

    def installed(
        id: int, level: int, *, start: str, lasts: int, limit: int, every: Recurrency | None = None
    ) -> Installed:
        christmas = every is None
        return Installed(
            evse=0,
            profile=Profile(
                id=id,
                stack_level=level,
                purpose=Purpose.TX_DEFAULT,
                kind=Kind.ABSOLUTE if christmas else Kind.RECURRING,
                recurrency=every,
                valid_from=utc("2020-01-01T00:00") if christmas else None,
                valid_to=utc("2021-01-01T00:00") if christmas else None,
                schedules=(
                    Schedule(
                        id=1,
                        unit=Unit.W,
                        start=utc(start),
                        duration=lasts,
                        periods=(Period(start=0, limit=Decimal(limit)),),
                    ),
                ),
            ),
        )

    return [
        installed(10, 1, start="2020-01-09T17:00", lasts=duration, limit=2000, every=DAILY),
        installed(11, 2, start="2020-01-05T00:00", lasts=86400, limit=999999, every=WEEKLY),
        installed(12, 3, start="2020-12-25T00:00", lasts=86400, limit=999999),
    ]


def watts(installed: list[Installed], start: str, duration: int) -> list[tuple[int, float | None]]:
    found = composite(
        prepare(installed, Supply()),
        Conditions(),
        evse=1,
        start=int(utc(start).timestamp()),
        duration=duration,
        unit=Unit.W,
    )
    return limits(found)


def test_the_default_profile_of_the_example_limits_by_day() -> None:
    found = watts([day_default()], "2024-06-03T06:00", 2 * DAY)

    assert found == [
        (0, 11000), (2 * HOUR, 6000), (14 * HOUR, 11000), (26 * HOUR, 6000), (38 * HOUR, 11000),
    ]  # fmt: skip


@pytest.mark.parametrize("duration", [1080, 3 * HOUR])
def test_peak_hours_of_the_example_are_limited_on_working_days(duration: int) -> None:
    found = watts(peak_hours(duration), "2020-02-03T12:00", DAY)  # a Monday

    assert found == [(0, None), (5 * HOUR, 2000), (5 * HOUR + duration, None)]


def test_peak_hours_of_the_example_do_not_hold_on_sundays() -> None:
    found = watts(peak_hours(3 * HOUR), "2020-02-08T12:00", 2 * DAY)  # a Saturday

    assert found == [
        (0, None), (5 * HOUR, 2000), (8 * HOUR, None), (12 * HOUR, 999999), (36 * HOUR, None),
    ]  # fmt: skip


def test_peak_hours_of_the_example_do_not_hold_at_christmas() -> None:
    found = watts(peak_hours(3 * HOUR), "2020-12-25T00:00", DAY)  # a Friday

    assert found == [(0, 999999)]


def test_peak_hours_of_the_example_hold_at_the_next_christmas() -> None:
    found = watts(peak_hours(3 * HOUR), "2021-12-24T12:00", DAY + 9 * HOUR)

    assert found == [
        (0, None), (5 * HOUR, 2000), (8 * HOUR, None), (29 * HOUR, 2000), (32 * HOUR, None),
    ]  # fmt: skip


def situation(*more: Installed) -> list[tuple[int, float | None]]:
    """Figures 99 and 100, with limits of ours."""
    found = asked(
        highest((0, 20), id=1),
        default((0, 5), level=0, id=2),
        default((0, 6), level=1, id=3),
        default((0, 18), level=2, id=4),
        external((0, 7), level=0, id=5),
        external((0, 19), level=1, id=6),
        *more,
        transactions=[going()],
    )
    return limits(found)


def test_situation_1_is_the_lowest_of_the_highest_levels_of_each_purpose() -> None:
    assert situation() == [(0, 18)]


def test_situation_2_lets_the_tx_profile_take_the_place_of_all_default_ones() -> None:
    found = situation(tx((0, 8), level=0, id=7), tx((0, 19.5), level=1, id=8))

    assert found == [(0, 19)]


# The test cases, with the numbers of the errata of September 2025 (6.2.72, 6.2.73).


@pytest.mark.parametrize("deviation", [0, 5])
@pytest.mark.parametrize("passed", [0, 3])
@pytest.mark.parametrize(("unit", "times"), [(Unit.A, 1), (Unit.W, 1000)])
@pytest.mark.requirement("K08.FR.02")
@pytest.mark.requirement("K08.FR.06")
def test_tc_k_40_cs_stacks_two_default_profiles(
    deviation: int, passed: int, unit: Unit, times: int
) -> None:
    """Its sum may be up to the deviation late: what counts is the start of the schedules."""
    start, valid = -deviation, (-deviation, deviation + 401)

    found = asked(
        default(
            (0, 6 * times), (100, 8 * times), (200, 10 * times),
            start=start, duration=400 + deviation, valid=valid, unit=unit,
        ),
        default(
            (0, 7 * times), (100, 9 * times),
            level=1, id=2, start=start, duration=150 + deviation, valid=valid, unit=unit,
        ),
        at=passed, duration=350, unit=unit,
    )  # fmt: skip

    x = passed + deviation
    assert limits(found) == [
        (0, 7 * times), (100 - x, 9 * times), (150 - x + deviation, 8 * times),
        (200 - x, 10 * times),
    ]  # fmt: skip


@pytest.mark.parametrize("deviation", [0, 5])
@pytest.mark.parametrize("passed", [0, 3])
@pytest.mark.requirement("K08.FR.02")
@pytest.mark.requirement("K08.FR.04")
def test_tc_k_41_cs_combines_three_purposes(deviation: int, passed: int) -> None:
    start, valid = -deviation, (-deviation, deviation + 401)

    found = asked(
        highest((0, 10), id=1, start=start, duration=86400),
        default(
            (0, 6), (60, 10), (120, 8), (180, 15), (260, 8),
            id=2, start=start, duration=300, valid=valid,
        ),
        tx(
            (0, 8), (50, 11), (140, 16), (200, 6), (240, 12),
            id=3, start=start, duration=260, valid=valid,
        ),
        at=passed, duration=400, transactions=[going()],
    )  # fmt: skip

    x = passed + deviation
    assert limits(found) == [
        (0, 8), (50 - x, 10), (200 - x, 6), (240 - x, 10), (260 - x, 8), (300 - x, 10),
    ]  # fmt: skip
