"""What runs for as long as the station runs, and resets."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.hardware import RebootReason
from ocppkit.station.transaction import Cause

BOTH = pytest.mark.parametrize("version", list(Version))
RESET = {Version.V16: "Hard", Version.V201: "Immediate"}


class SlowReboot:
    """Equipment that takes its time to start anew."""

    def __init__(self, it: Any) -> None:
        self._hardware = it.hardware
        self.capabilities = it.hardware.capabilities
        self.reboots = 0
        self.free = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hardware, name)

    async def reboot(self, reason: object) -> None:  # noqa: ARG002  # it does not matter here
        self.reboots += 1
        await self.free.wait()


@BOTH
@pytest.mark.requirement("B11.FR.06", "B12.FR.10")
async def test_a_second_reset_is_rejected_while_the_first_is_under_way(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        # The end of the transaction is not answered: the reset waits for that.
        it.script["StopTransaction"] = it.script["TransactionEvent"] = lambda _: None
        first = await it.call("Reset", type=RESET[version])
        second = await it.call("Reset", type=RESET[version])
        await it.advance(it.config.call_timeout)
        await it.advance(30)
        boots = len(it.sent("BootNotification"))
        third = await it.call("Reset", type=RESET[version])

    assert first["status"] == "Accepted"
    assert second["status"] == "Rejected"
    assert boots == 2
    assert third["status"] == "Accepted"


@BOTH
async def test_a_reset_waits_for_answers_in_the_stations_own_time(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        it.script["StopTransaction"] = it.script["TransactionEvent"] = lambda _: None
        await it.call("Reset", type=RESET[version])
        await it.advance(it.config.call_timeout - 1)
        early = len(it.sent("BootNotification"))
        await it.advance(2)
        await it.advance(30)

    assert early == 1
    assert len(it.sent("BootNotification")) == 2


async def test_resets_at_once_start_the_equipment_anew_once(world: Any) -> None:
    it = world(Version.V16)
    it.equipment = equipment = SlowReboot(it)
    async with it.running():
        core = it.station._core
        await it.call("Reset", type="Hard")
        core.launch(core.reset(RebootReason.SOFT_RESET, Cause.SOFT_RESET), name="another")
        await it.settle()
        equipment.free.set()
        await it.settle()

    assert equipment.reboots == 1


async def test_what_never_ends_begins_again_where_it_fails(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    it = world(Version.V16)
    began: list[float] = []
    endings: list[BaseException | None] = [ValueError("no"), None, asyncio.CancelledError()]

    async def work() -> None:
        began.append(it.clock.monotonic())
        if endings:
            ending = endings.pop(0)
            if ending is None:
                return
            raise ending
        await asyncio.Event().wait()

    async with it.running():
        with caplog.at_level(logging.ERROR):
            it.station._core.keep_running(work, name="a loop")
            for _ in range(20):
                await it.advance(1)

    assert [moment - began[0] for moment in began] == [0, 1, 3, 7]
    errors = [each.message for each in caplog.records if each.levelno == logging.ERROR]
    assert [text for text in errors if text.startswith("a loop")] == [
        "a loop failed and begins again",
        "a loop ended and begins again",
        "a loop was cancelled by its own work and begins again",
    ]


async def test_the_wait_before_a_loop_begins_again_grows_up_to_a_minute(world: Any) -> None:
    it = world(Version.V16)
    began: list[float] = []

    async def work() -> None:
        began.append(it.clock.monotonic())
        raise ValueError("no")

    async with it.running():
        it.station._core.keep_running(work, name="a loop")
        for _ in range(300):
            await it.advance(1)

    waits = [after - before for before, after in pairwise(began)]
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_station_whose_dialling_fails_in_itself_connects_all_the_same(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        keeper = it.station._core.keeper
        attempt = keeper.plan.attempt
        broken = True

        def fail(now: float) -> Any:
            nonlocal broken
            if broken:
                broken = False
                raise ValueError("a fault of ours")
            return attempt(now)

        keeper.plan.attempt = fail
        await it.drop()
        await it.advance(60)
        await it.advance(60)
        online = it.station.online

    assert online
