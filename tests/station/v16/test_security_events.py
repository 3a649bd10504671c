"""The central system is told of what is critical for security, in order (whitepaper A04)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.security_events import SecurityEvents
from ocppkit.station.security_log import SecurityLog
from ocppkit.testing import START

from .security_pki import ACCEPTED, plain, secured

TAMPER, MEMORY = "TamperDetectionActivated", "MemoryExhaustion"


def told(it: Any) -> list[str]:
    return [payload["type"] for payload in it.sent("SecurityEventNotification")]


def logged(it: Any) -> list[str]:
    lines = it.station.core.security.log.text(Version.V16).splitlines()
    return [line.split()[1] for line in lines]


async def happen(it: Any, type: str, tech_info: str | None = None) -> None:
    await it.station.security_event(SecurityEvent(type=type, tech_info=tech_info))
    await it.settle()


@pytest.mark.requirement("1.6-SEC A04.FR.01")
@pytest.mark.requirement("1.6 SecurityEventNotification")
async def test_a04_a_critical_event_is_told_at_once(world: Callable[..., Any]) -> None:
    async with plain(world, None).running() as it:
        await it.advance(5)
        await happen(it, TAMPER, "x" * 300)

        [payload] = it.sent("SecurityEventNotification")
        assert payload["type"] == TAMPER
        assert payload["timestamp"].startswith("2026-01-01T00:00:05")
        assert payload["techInfo"] == "x" * 255


@pytest.mark.requirement("1.6-SEC A04.FR.04")
@pytest.mark.requirement("1.6-SEC N01.FR.05")
async def test_a04_what_is_not_critical_is_logged_only(world: Callable[..., Any]) -> None:
    async with plain(world, None).running() as it:
        await happen(it, "InvalidCsmsCertificate")
        await happen(it, "OurOwnEvent")

        assert told(it) == ["OurOwnEvent"]  # nobody knows better than who made it up
        assert logged(it) == [
            "StartupOfTheDevice",
            "InvalidCentralSystemCertificate",
            "OurOwnEvent",
        ]


@pytest.mark.requirement("1.6-SEC A04.FR.02")
async def test_a04_events_wait_for_the_central_system_in_order_also_over_a_restart(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    made = plain(world, tmp_path)
    made.down = True
    async with made.running() as it:
        for each in (TAMPER, MEMORY, TAMPER):
            await happen(it, each)
    async with plain(world, tmp_path).running() as it:
        assert told(it) == [TAMPER, MEMORY, TAMPER]
        stamps = [each["timestamp"] for each in it.sent("SecurityEventNotification")]
    async with plain(world, tmp_path).running() as it:
        assert told(it) == []
        assert logged(it).count(TAMPER) == 2

    assert stamps == sorted(stamps)


@pytest.mark.requirement("1.6-SEC A04.FR.02")
async def test_a04_before_the_boot_is_accepted_nothing_is_told(world: Callable[..., Any]) -> None:
    made = plain(world, None)
    made.boot = {"status": "Pending", "interval": 10}
    async with made.running() as it:
        await happen(it, TAMPER)
        before = told(it)
        it.boot = {"status": "Accepted", "interval": 10}
        await it.advance(10)

        assert (before, told(it)) == ([], [TAMPER])


@pytest.mark.requirement("1.6-SEC A04.FR.02")
async def test_a04_an_event_that_nobody_answers_goes_again(world: Callable[..., Any]) -> None:
    async with plain(world, None).running() as it:
        it.script["SecurityEventNotification"] = lambda _: None
        await happen(it, TAMPER)
        await happen(it, MEMORY)
        await it.advance(30 + 60 + 1)
        silent = told(it)
        del it.script["SecurityEventNotification"]
        await it.advance(30 + 120)

    assert silent == [TAMPER, TAMPER]
    assert told(it) == [TAMPER, TAMPER, TAMPER, MEMORY]


async def test_a04_a_connection_that_breaks_before_the_answer_makes_it_go_again(
    world: Callable[..., Any],
) -> None:
    async with plain(world, None).running() as it:
        it.script["SecurityEventNotification"] = lambda _: None
        await happen(it, TAMPER)
        del it.script["SecurityEventNotification"]
        await it.drop()
        await it.advance(60)

        assert told(it) == [TAMPER, TAMPER]


@pytest.mark.parametrize(("code", "times"), [("NotImplemented", 1), ("InternalError", 5)])
async def test_a04_an_event_that_is_refused_blocks_the_next_ones_not_for_ever(
    world: Callable[..., Any], code: str, times: int
) -> None:
    async with plain(world, None).running() as it:
        it.script["SecurityEventNotification"] = lambda p: code if p["type"] == TAMPER else {}
        await happen(it, TAMPER)
        await happen(it, MEMORY)
        await it.advance(3600)

        assert told(it) == [TAMPER] * times + [MEMORY]


@pytest.mark.parametrize(("profile", "sent"), [(0, []), (1, ["StartupOfTheDevice"])])
async def test_8_every_start_is_told_of_where_a_security_profile_is_used(
    world: Callable[..., Any], tmp_path: Path, profile: int, sent: list[str]
) -> None:
    made = plain(world, tmp_path) if profile == 0 else secured(world, tmp_path, profile)
    async with made.running() as it:
        await it.drop()
        await it.advance(60)

        assert told(it) == sent
        assert logged(it) == ["StartupOfTheDevice"]


async def test_8_a_reset_and_another_time_are_told_of(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        assert await it.call("Reset", type="Soft") == ACCEPTED
        await it.advance(5)
        it.script["Heartbeat"] = lambda _: {
            "currentTime": (it.clock.utc_now() + timedelta(hours=1)).isoformat()
        }
        await it.call("ExtendedTriggerMessage", requestedMessage="Heartbeat")
        await it.settle()

        assert told(it) == ["StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"]
        info = [each.get("techInfo") for each in it.sent("SecurityEventNotification")]
        assert info == [None, "SoftReset", "by +3600 s"]


async def test_the_log_rolls_and_is_read_by_time_also_after_a_restart() -> None:
    kept: dict[str, str] = {}

    class Memory:
        async def all(self, namespace: str) -> dict[str, str]:
            return {"x": "{}", **kept} if namespace == "security_log" else {}

        async def put(self, namespace: str, values: Mapping[str, str | None]) -> None:
            assert namespace == "security_log"
            for key, value in values.items():
                kept.pop(key, None)
                if value is not None:
                    kept[key] = value

    log = SecurityLog(key_values=Memory(), limit=3)
    for day in range(5):
        at = START + timedelta(days=day)
        await log.add(SecurityEvent(type=f"Event{day}", tech_info="a\nb", at=at))
    again = SecurityLog(key_values=Memory(), limit=3)
    await again.load()
    first, last = START + timedelta(days=3), START + timedelta(days=3, hours=1)

    assert [event.type for event in again.entries()] == ["Event2", "Event3", "Event4"]
    text = again.text(Version.V16, oldest=first, latest=last)
    assert text == "2026-01-04T00:00:00+00:00 Event3 a b\n"


@pytest.mark.requirement("A04.FR.02")
async def test_a04_of_too_many_events_the_oldest_that_is_not_critical_goes_first(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events = SecurityEvents(now=lambda: START, limit=3)
    for name in (TAMPER, "InvalidCsmsCertificate", MEMORY, "InvalidMessages", "OurOwn", TAMPER):
        await events.add(SecurityEvent(type=name))

    assert [each.type for each in events.waiting.values()] == [MEMORY, "OurOwn", TAMPER]
    assert "3 by now" in caplog.text


@pytest.mark.requirement("A04.FR.02")
async def test_a04_an_event_that_was_dropped_while_it_was_told_is_settled_without_harm() -> None:
    events = SecurityEvents(now=lambda: START, limit=1)
    await events.add(SecurityEvent(type=TAMPER))
    number, _ = await events.wait()
    await events.add(SecurityEvent(type=MEMORY))
    await events.told(number)

    assert [each.type for each in events.waiting.values()] == [MEMORY]
