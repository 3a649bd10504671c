from __future__ import annotations

from datetime import timedelta

import pytest

from ocppkit.csms import Policy


async def test_every_token_may_charge_unless_told_otherwise() -> None:
    assert await Policy().allows("CS001", "04E1A2B3")


async def test_a_predicate_decides_by_station_and_token() -> None:
    policy = Policy(authorize=lambda identity, token: (identity, token) == ("CS001", "good"))

    assert await policy.allows("CS001", "good")
    assert not await policy.allows("CS001", "bad")
    assert not await policy.allows("CS002", "good")


async def test_a_predicate_may_be_a_coroutine_function() -> None:
    async def authorize(_identity: str, token: str) -> bool:
        return token == "good"  # noqa: S105  # an id token of the test

    policy = Policy(authorize=authorize)

    assert await policy.allows("CS001", "good")
    assert not await policy.allows("CS001", "bad")


def test_the_clock_is_aware_utc() -> None:
    assert Policy().now().utcoffset() == timedelta(0)


def test_a_heartbeat_interval_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="heartbeat_interval"):
        Policy(heartbeat_interval=0)
