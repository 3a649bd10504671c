"""Installed profiles as JSON: nothing is lost, and nothing else passes for one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    LimitSource,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Unit,
)
from ocppkit.smart_charging.plain import from_plain, to_plain

_AMOUNTS = st.decimals(0, 10**9, places=1) | st.sampled_from([Decimal("16.1"), Decimal("1E+2")])
_TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
_EXTRA = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
_PERIODS = st.builds(
    Period,
    start=st.integers(0),
    limit=_AMOUNTS,
    phases=st.none() | st.integers(1, 3),
    phase_to_use=st.none() | st.integers(1, 3),
    extra=_EXTRA,
)
_SCHEDULES = st.builds(
    Schedule,
    unit=st.sampled_from(Unit),
    periods=st.lists(_PERIODS, max_size=3).map(tuple),
    id=st.none() | st.integers(),
    start=_TIMES,
    duration=st.none() | st.integers(0),
    min_rate=st.none() | _AMOUNTS,
    extra=_EXTRA,
)
_PROFILES = st.builds(
    Profile,
    id=st.integers(),
    stack_level=st.integers(0),
    purpose=st.sampled_from(Purpose),
    kind=st.sampled_from(Kind),
    schedules=st.lists(_SCHEDULES, max_size=3).map(tuple),
    recurrency=st.none() | st.sampled_from(Recurrency),
    valid_from=_TIMES,
    valid_to=_TIMES,
    transaction_id=st.none() | st.text(),
    extra=_EXTRA,
)
_INSTALLED = st.builds(
    Installed,
    evse=st.integers(0),
    profile=_PROFILES,
    source=st.sampled_from(LimitSource),
    since=st.none() | st.datetimes(timezones=st.just(UTC)),
)

SIMPLE = Installed(
    evse=1,
    profile=Profile(
        id=7,
        stack_level=0,
        purpose=Purpose.TX,
        kind=Kind.RELATIVE,
        schedules=(Schedule(unit=Unit.A, periods=(Period(start=0, limit=Decimal("16.1")),)),),
    ),
)


@given(_INSTALLED)
def test_what_was_written_is_read_back_the_same(installed: Installed) -> None:
    text = json.dumps(to_plain(installed))

    assert from_plain(json.loads(text)) == installed


def test_a_limit_keeps_its_decimals_and_a_time_its_offset() -> None:
    at = datetime(2026, 3, 1, 8, 30, 0, 500_000, tzinfo=timezone(timedelta(hours=2)))
    profile = Profile(
        id=1,
        stack_level=0,
        purpose=Purpose.TX_DEFAULT,
        kind=Kind.ABSOLUTE,
        schedules=(
            Schedule(unit=Unit.W, start=at, periods=(Period(start=0, limit=Decimal("11000.0")),)),
        ),
    )
    (schedule,) = from_plain(to_plain(Installed(evse=0, profile=profile))).profile.schedules

    assert str(schedule.periods[0].limit) == "11000.0"
    assert schedule.start is not None
    assert schedule.start.isoformat() == "2026-03-01T08:30:00.500000+02:00"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("evse",), "1"),
        (("source",), "me"),
        (("profile",), None),
        (("profile", "id"), True),
        (("profile", "purpose"), "Tx"),
        (("profile", "schedules"), None),
        (("profile", "schedules"), [[]]),
        (("profile", "valid_from"), "2026-01-01T00:00:00"),
        (("profile", "transaction_id"), 3),
        (("profile", "extra"), []),
        (("profile", "schedules", 0, "periods", 0, "limit"), "NaN"),
        (("profile", "schedules", 0, "periods", 0, "limit"), "-1"),
        (("profile", "schedules", 0, "periods", 0, "limit"), 16),
        (("profile", "schedules", 0, "periods", 0, "limit"), "?"),
    ],
)
def test_what_is_none_of_ours_is_a_value_error(path: tuple[Any, ...], value: Any) -> None:
    plain = to_plain(SIMPLE)
    inner: Any = plain
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    with pytest.raises(ValueError, match=r"."):
        from_plain(plain)


@pytest.mark.parametrize("plain", [None, [], "x", 3, {}])
def test_nor_does_anything_else_pass_for_one(plain: Any) -> None:
    with pytest.raises(ValueError, match="no installed profile"):
        from_plain(plain)
