"""G02: heartbeats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv

DAY = 86_400


@pytest.fixture
async def it(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.mark.requirement("G02.FR.01", "G02.FR.02")
async def test_g02_the_interval_is_the_one_of_the_boot(world: Any) -> None:
    it = world(Version.V201, heartbeat_interval=300)
    it.boot = {"status": "Accepted", "interval": 60}
    async with it.running():
        await it.advance(59)
        early = len(it.sent("Heartbeat"))
        await it.advance(62)

    assert (early, len(it.sent("Heartbeat"))) == (0, 2)


@pytest.mark.requirement("G02.FR.02")
async def test_g02_the_interval_can_be_set(it: Any) -> None:
    await it.set_variable("OCPPCommCtrlr", "HeartbeatInterval", "20")
    await it.advance(41)

    assert len(it.sent("Heartbeat")) == 2


@pytest.mark.requirement("G02.FR.05")
async def test_g02_another_message_postpones_it(it: Any) -> None:
    await it.advance(200)
    await it.hardware.arrive(SimulatedEv())
    await it.advance(299)
    before = len(it.sent("Heartbeat"))
    await it.advance(2)

    assert (before, len(it.sent("Heartbeat"))) == (0, 1)


@pytest.mark.requirement("G02.FR.06")
async def test_g02_its_answer_sets_the_clock(it: Any) -> None:
    ahead = timedelta(hours=1)
    it.script["Heartbeat"] = lambda _: {"currentTime": (it.clock.utc_now() + ahead).isoformat()}
    await it.advance(300)

    assert it.station._core.now() - it.clock.utc_now() == ahead


@pytest.mark.requirement("G02.FR.07")
async def test_g02_it_comes_once_a_day_whatever_else_is_sent(it: Any) -> None:
    await it.set_variable("OCPPCommCtrlr", "HeartbeatInterval", "7200")
    await it.set_variable("AlignedDataCtrlr", "Interval", "3600")
    await it.advance(DAY - 60)
    before = len(it.sent("Heartbeat"))
    await it.advance(120)

    assert (before, len(it.sent("Heartbeat"))) == (0, 1)
