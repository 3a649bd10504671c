"""C09: one of a group stops what another has started, message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ocppkit.message import Version

from .drivers import (
    NO,
    STOPPED,
    asked,
    charge,
    entry,
    events,
    offline,
    says,
    send_list,
    show,
    thinks,
    variable,
)


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.mark.requirement("C09.FR.02", "C09.FR.03", "C09.FR.05")
async def test_one_of_the_same_group_stops(it: Any) -> None:
    thinks(it, A=says(group="G"), B=says(group="g"))
    await charge(it, "A")

    assert await show(it, "B") is STOPPED
    assert asked(it) == ["A", "B"]
    assert events(it)[-1] == ("Ended", "StopAuthorized", "B")


@pytest.mark.requirement("C09.FR.03")
async def test_the_group_counts_that_the_csms_tells_when_it_learns_of_the_start(it: Any) -> None:
    await send_list(it, 1, entry("A", says()))
    await variable(it, "AuthCtrlr.LocalPreAuthorize", "true")
    thinks(it, A=says(group="G"), B=says(group="G"))
    await charge(it, "A")

    assert await show(it, "B") is STOPPED


@pytest.mark.requirement("C09.FR.04", "C09.FR.07", "C01.FR.03")
async def test_one_of_the_same_group_who_is_known_here_stops_unasked(it: Any) -> None:
    await send_list(it, 1, entry("A", says(group="G")), entry("B", says(group="G")))
    thinks(it, A=says(group="G"))
    await charge(it, "A")

    assert await show(it, "B") is STOPPED
    assert asked(it) == ["A"]


@pytest.mark.requirement("C09.FR.07", "C09.FR.11")
@pytest.mark.parametrize("status", ["Blocked", "ConcurrentTx", "Expired"])
async def test_one_of_the_same_group_who_is_not_accepted_does_not_stop(
    it: Any, status: str
) -> None:
    await send_list(it, 1, entry("A", says(group="G")), entry("B", says(status, group="G")))
    thinks(it, A=says(group="G"), B=says(status, group="G"))
    await charge(it, "A")

    assert await show(it, "B") is NO
    assert asked(it) == ["A", "B"]
    assert it.station.evse(1).authorization is not None


@pytest.mark.requirement("C09.FR.03")
@pytest.mark.parametrize("groups", [(None, None), ("", ""), ("G", "H")])
async def test_others_do_not_stop(it: Any, groups: tuple[str | None, str | None]) -> None:
    thinks(it, A=says(group=groups[0]), B=says(group=groups[1]))
    await charge(it, "A")

    assert await show(it, "B") is NO


async def test_a_group_that_is_known_here_stops_offline(it: Any) -> None:
    await send_list(it, 1, entry("A", says(group="G")), entry("B", says(group="G")))
    await offline(it)
    await charge(it, "A")

    assert await show(it, "B") is STOPPED
