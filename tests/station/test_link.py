"""The way to the CSMS: its clock."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station import Environment
from ocppkit.station.boot import Boot
from ocppkit.station.connection_events import ConnectionEvents
from ocppkit.station.link import Link

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ABSURD = [
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2100, 1, 1, tzinfo=UTC),
]


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOON
        self.passed = 0.0

    def link(self) -> Link:
        return Link(
            environment=Environment(utc_now=lambda: self.time, monotonic=lambda: self.passed),
            boot=Boot(now=0, own_interval=60),
            events=ConnectionEvents(),
        )


@pytest.mark.requirement("1.6 §4.6")
async def test_it_takes_over_the_time_of_the_csms() -> None:
    link = Watch().link()
    link.set_clock(NOON + timedelta(hours=1))

    assert link.now() == NOON + timedelta(hours=1)


@pytest.mark.parametrize("shown", ABSURD)
async def test_a_time_that_nobody_can_mean_is_ignored_and_logged(
    shown: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    link = Watch().link()
    with caplog.at_level(logging.WARNING):
        link.set_clock(shown)

    assert link.now() == NOON
    assert "clock is ignored" in caplog.text


async def test_once_the_csms_put_it_right_the_machines_clock_no_longer_matters() -> None:
    watch = Watch()
    link = watch.link()
    watch.time = NOON - timedelta(days=1000)  # what a board without a battery shows
    link.set_clock(NOON)
    watch.time = NOON + timedelta(seconds=10)  # and somebody puts right
    watch.passed = 10.0

    assert link.now() == NOON + timedelta(seconds=10)
    assert not link.follows_machine


@pytest.mark.parametrize("version", list(Version))
async def test_a_csms_at_the_end_of_all_times_does_not_keep_the_station_from_coming_back(
    world: Any, version: Version
) -> None:
    it = world(version)
    it.script["BootNotification"] = lambda _: {
        "status": "Accepted",
        "interval": 300,
        "currentTime": "9999-12-31T23:59:59Z",
    }
    async with it.running():
        await it.drop()
        await it.advance(60)
        online = it.station.online

    assert online
    assert it.dials == 2
