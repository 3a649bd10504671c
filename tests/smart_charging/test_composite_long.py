"""Composite schedules of long windows end where there is enough, and say where."""

from __future__ import annotations

import pytest

from ocppkit.smart_charging import (
    Conditions,
    Installed,
    Unit,
    composite,
)
from ocppkit.smart_charging.model import DAY

from .builders import (
    AT,
    DAILY,
    asked,
    default,
    external,
    highest,
    limits,
    ready,
)

HOUR = 3600


def test_a_request_for_68_years_gives_as_many_periods_as_wanted_and_says_how_far() -> None:
    found = composite(
        ready(default((0, 6), (HOUR, 8), every=DAILY)),
        Conditions(),
        evse=1,
        start=AT,
        duration=2**31 - 1,
        unit=Unit.A,
        most=1024,
    )

    assert len(found.starts) == 1024
    assert found.duration == 512 * DAY
    assert limits(found)[-1] == (511 * DAY + HOUR, 8)


def test_a_request_for_68_years_without_periods_enough_is_answered_whole() -> None:
    found = asked(default((0, 6), (HOUR, 8)), duration=2**31 - 1)

    assert limits(found) == [(0, 6), (HOUR, 8)]
    assert found.duration == 2**31 - 1


def test_a_request_for_68_years_never_has_more_than_a_million_periods() -> None:
    steps = [(number * 84, 6 + number % 2) for number in range(1024)]

    found = asked(default(*steps, every=DAILY), duration=2**31 - 1)

    assert len(found.starts) == 1_000_000
    assert found.duration < 1000 * DAY


def unlike() -> list[Installed]:
    """Days of many periods, of which none is like the other for six years; one limit holds."""
    ceilings = [(number * 2 * DAY + number, 5 - number % 2 / 10) for number in range(1000)]
    periods = [(number * 84, 6 + number % 2) for number in range(1024)]
    return [default(*periods, every=DAILY), highest((0, 3), id=2), external(*ceilings, id=3)]


def test_much_work_for_few_periods_ends_early() -> None:
    found = asked(*unlike(), evse=0, evses=range(1, 9), duration=2**31 - 1)

    assert limits(found) == [(0, 3)]
    assert 50 * DAY < found.duration < 100 * DAY


def test_a_composite_of_no_period_is_not_asked_for() -> None:
    with pytest.raises(ValueError, match="at least"):
        composite(ready(), Conditions(), evse=1, start=0, duration=0, unit=Unit.A, most=0)
