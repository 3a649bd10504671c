"""What a station sends and answers before it is accepted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.boot import BootReason, Registration
from ocppkit.station.connection_events import NotRegistered, Registered

BOTH = pytest.mark.parametrize("version", list(Version))
READ: dict[Version, tuple[str, dict[str, Any]]] = {
    Version.V16: ("GetConfiguration", {"key": ["HeartbeatInterval"]}),
    Version.V201: (
        "GetVariables",
        {
            "getVariableData": [
                {"component": {"name": "ClockCtrlr"}, "variable": {"name": "DateTime"}}
            ]
        },
    ),
}


@BOTH
@pytest.mark.requirement("B02.FR.01")
@pytest.mark.requirement("1.6 §4.2")
async def test_pending_it_answers(world: Any, version: Version) -> None:
    it = world(version)
    it.boot = {"status": "Pending", "interval": 100}
    action, payload = READ[version]
    async with it.running():
        answer = await it.call(action, **payload)

    assert set(answer) & {"configurationKey", "getVariableResult"}


@pytest.mark.requirement("B03.FR.08")
async def test_rejected_a_2_0_1_station_answers_with_a_security_error(world: Any) -> None:
    it = world(Version.V201)
    it.boot = {"status": "Rejected", "interval": 100}
    async with it.running():
        answers = [
            await it.call("GetBaseReport", requestId=1, reportBase="FullInventory"),
            await it.call("TriggerMessage", requestedMessage="BootNotification"),
            await it.call("NoSuchAction"),
        ]

    assert answers == ["SecurityError"] * 3
    assert it.actions() == ["BootNotification"]


async def test_rejected_a_1_6_station_hangs_up_until_it_boots_again(world: Any) -> None:
    it = world(Version.V16)
    it.boot = {"status": "Rejected", "interval": 100}
    async with it.running():
        states = [it.station.connected]
        await it.advance(99)
        dials = it.dials
        it.boot = {"status": "Accepted", "interval": 100}
        await it.advance(1)
        states.append(it.station.online)

    assert states == [False, True]
    assert (dials, it.dials) == (1, 2)


@BOTH
@pytest.mark.requirement("B03.FR.02")
@pytest.mark.requirement("1.6 §4.2")
async def test_a_rejected_station_that_is_dropped_dials_when_it_may_boot(
    world: Any, version: Version
) -> None:
    it = world(version)
    it.boot = {"status": "Rejected", "interval": 100}
    async with it.running():
        await it.advance(10)
        await it.drop()
        await it.advance(89)
        dials = it.dials
        await it.advance(1)

    assert (dials, it.dials) == (1, 2)
    assert len(it.sent("BootNotification")) == 2


@BOTH
@pytest.mark.requirement("B02.FR.04")
async def test_a_pending_station_that_is_dropped_boots_no_earlier(
    world: Any, version: Version
) -> None:
    it = world(version)
    it.boot = {"status": "Pending", "interval": 100}
    async with it.running():
        await it.drop()
        await it.advance(99)
        before = (it.dials, len(it.sent("BootNotification")))
        await it.advance(1)

    assert before == (2, 1)
    assert len(it.sent("BootNotification")) == 2


@pytest.mark.requirement("B01.FR.09")
async def test_after_a_triggered_boot_the_retries_tell_the_true_reason(world: Any) -> None:
    it = world(Version.V201)
    it.boot = {"status": "Pending", "interval": 30}
    async with it.running():
        await it.call("TriggerMessage", requestedMessage="BootNotification")
        await it.advance(30)

    reasons = [boot["reason"] for boot in it.sent("BootNotification")]
    assert reasons == ["PowerUp", "Triggered", "PowerUp"]


@pytest.mark.requirement("B01.FR.08")
async def test_what_is_asked_for_before_the_boot_is_answered_waits_for_the_answer(
    world: Any,
) -> None:
    it = world(Version.V201)
    async with it.running():
        link = it.station._core.link
        link.boot.start(BootReason.WATCHDOG, it.clock.monotonic())
        link.update()
        await it.call("TriggerMessage", requestedMessage="Heartbeat")
        before = it.sent("Heartbeat")
        link.boot.answered(Registration.PENDING, 100, it.clock.monotonic())
        link.update()
        await it.settle()

    assert before == []
    assert it.sent("Heartbeat") == [{}]


@BOTH
async def test_a_reboot_by_the_integrator_tells_its_reason(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        it.station._core.link.boot.start(BootReason.WATCHDOG, it.clock.monotonic())
        it.station._core.hurry.set()
        await it.settle()

    assert len(it.sent("BootNotification")) == 2
    assert it.station.registration is Registration.ACCEPTED
    if version is Version.V201:
        assert it.sent("BootNotification")[-1]["reason"] == "Watchdog"


@BOTH
async def test_registration_is_told(world: Any, version: Version) -> None:
    it = world(version)
    it.boot = {"status": "Pending", "interval": 100}
    events: list[Any] = []
    async with it.running():
        it.station.events.subscribe(events.append)
        it.script["BootNotification"] = lambda _: "InternalError"
        await it.advance(100)
        del it.script["BootNotification"]
        it.boot = {"status": "Accepted", "interval": 50}
        await it.advance(100)

    failed = next(event for event in events if isinstance(event, NotRegistered))
    registered = next(event for event in events if isinstance(event, Registered))
    assert (failed.registration, failed.retry_in) == (Registration.PENDING, 100)
    assert "InternalError" in failed.reason
    assert registered.heartbeat_interval == 50


@pytest.mark.requirement("1.6 §4.2")
async def test_a_1_6_station_that_is_rejected_answers_no_call_at_all(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        link = it.station._core.link
        link.boot.answered(Registration.REJECTED, 100, it.clock.monotonic())
        link.update()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await it.call("GetConfiguration")
        await it.drop()

    assert not it.station.online
