"""A04: the CSMS is told of what is critical for security, in order; the rest is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.hardware import SecurityEvent
from ocppkit.v201.codes import SecurityEvent as Named

from .security import logged, station, told_events

World = Callable[..., Any]
TAMPER, MEMORY = "TamperDetectionActivated", "MemoryExhaustion"
STARTUP = "StartupOfTheDevice"


async def happen(it: Any, type: str, tech_info: str | None = None) -> None:
    await it.station.security_event(SecurityEvent(type=type, tech_info=tech_info))
    await it.settle()


@pytest.mark.requirement("A04.FR.01")
@pytest.mark.parametrize("event", [each for each in Named if each.critical])
async def test_a04_what_is_critical_is_told_at_once(world: World, event: Named) -> None:
    async with station(world, None, 1).running() as it:
        await it.advance(5)
        await happen(it, event, "x" * 300)

        payload = it.sent("SecurityEventNotification")[-1]
        assert payload["type"] == event
        assert payload["timestamp"].startswith("2026-01-01T00:00:05")
        assert payload["techInfo"] == "x" * 255


@pytest.mark.requirement("A04.FR.04")
@pytest.mark.parametrize("event", [each for each in Named if not each.critical])
async def test_a04_what_is_not_critical_is_logged_only(world: World, event: Named) -> None:
    async with station(world, None, 1).running() as it:
        await happen(it, event)
        await happen(it, "OurOwnEvent")

        assert told_events(it) == [STARTUP, "OurOwnEvent"]  # its maker knows best
        assert logged(it) == [STARTUP, event, "OurOwnEvent"]


@pytest.mark.requirement("A04.FR.02")
async def test_a04_events_wait_for_the_csms_in_order_also_over_a_restart(
    world: World, tmp_path: Path
) -> None:
    made = station(world, tmp_path, 1)
    made.down = True
    async with made.running() as it:
        for each in (TAMPER, MEMORY, TAMPER):
            await happen(it, each)
    async with station(world, tmp_path, 1).running() as it:
        assert sorted(told_events(it)) == sorted([STARTUP, TAMPER, MEMORY, TAMPER, STARTUP])
        told = [each for each in told_events(it) if each != STARTUP]
        stamps = [each["timestamp"] for each in it.sent("SecurityEventNotification")]
    async with station(world, tmp_path, 1).running() as it:
        assert told_events(it) == [STARTUP]
        assert logged(it).count(TAMPER) == 2

    assert told == [TAMPER, MEMORY, TAMPER]
    assert stamps == sorted(stamps)


@pytest.mark.requirement("A04.FR.02")
async def test_a04_an_event_that_nobody_answers_goes_again(world: World) -> None:
    async with station(world, None, 1).running() as it:
        it.script["SecurityEventNotification"] = lambda _: None
        await happen(it, TAMPER)
        await happen(it, MEMORY)
        await it.advance(30 + 60 + 1)
        silent = told_events(it)
        del it.script["SecurityEventNotification"]
        await it.advance(600)

    assert silent == [STARTUP, TAMPER, TAMPER]
    assert told_events(it) == [STARTUP, TAMPER, TAMPER, TAMPER, MEMORY]


async def test_a04_while_the_boot_is_pending_nothing_is_told(world: World) -> None:
    made = station(world, None, 1)
    made.boot = {"status": "Pending", "interval": 10}
    async with made.running() as it:
        await happen(it, TAMPER)
        before = told_events(it)
        it.boot = {"status": "Accepted", "interval": 10}
        await it.advance(10)

        assert before == []
        assert sorted(told_events(it)) == sorted([STARTUP, TAMPER])


@pytest.mark.requirement("A04.FR.01")
async def test_a04_a_reset_is_told_of(world: World) -> None:
    async with station(world, None, 1).running() as it:
        await it.call("Reset", type="Immediate")
        await it.advance(60)

        assert "ResetOrReboot" in told_events(it)


@pytest.mark.requirement("A04.FR.01")
@pytest.mark.parametrize(("jump", "events"), [(19, []), (21, ["SettingSystemTime"])])
async def test_a04_a_clock_put_right_by_more_than_the_threshold_is_told_of(
    world: World, jump: int, events: list[str]
) -> None:
    async with station(world, None, 1).running() as it:
        ahead = timedelta(seconds=jump)
        it.script["Heartbeat"] = lambda _: {"currentTime": (it.clock.utc_now() + ahead).isoformat()}
        await it.call("TriggerMessage", requestedMessage="Heartbeat")
        await it.advance(1)

        assert told_events(it) == [STARTUP, *events]


async def test_a04_the_threshold_is_the_csms_s_to_set(world: World) -> None:
    async with station(world, None, 1).running() as it:
        name = "TimeAdjustmentReportingThreshold"
        assert await it.set_variable("ClockCtrlr", name, "3600") == "Accepted"
        ahead = timedelta(seconds=3000)
        it.script["Heartbeat"] = lambda _: {"currentTime": (it.clock.utc_now() + ahead).isoformat()}
        await it.call("TriggerMessage", requestedMessage="Heartbeat")
        await it.advance(1)

        assert "SettingSystemTime" not in logged(it)


async def test_a04_a_start_is_told_of_once_whatever_versions_are_spoken(
    world: World, tmp_path: Path
) -> None:
    made = station(world, tmp_path, 1)
    async with made.running() as it:
        await it.drop()
        await it.advance(60)

        assert told_events(it) == [STARTUP]
        assert it.dials > 1


@pytest.mark.parametrize("answer", ["Rejected", "Pending"])
async def test_no_answer_of_the_csms_is_answered(world: World, answer: str) -> None:
    """A CALLRESULT ends an exchange: there is no SecurityError for one."""
    made = station(world, None, 1)
    made.boot = {"status": answer, "interval": 10}
    frames: list[str] = []

    class Answers(dict[str, Any]):
        def pop(self, key: str, *_: Any) -> Any:
            frames.append(key)
            return dict.pop(self, key)

    made._answers = Answers()
    async with made.running() as it:
        await it._transport.send('[3,"nobody-asked",{"status":"Accepted"}]')
        await it._transport.send('[4,"nobody-asked","SecurityError","",{}]')
        await it.advance(25)

        assert frames == []
        assert it.actions().count("BootNotification") >= 2


async def test_the_security_log_is_in_the_words_of_the_version(world: World) -> None:
    async with station(world, None, 1).running() as it:
        await happen(it, "InvalidCsmsCertificate")

        assert "InvalidCsmsCertificate" in it.station.core.security.log.text(Version.V201)
