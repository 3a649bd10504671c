from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ocppkit.clock import Clock, JumpDetector, SystemClock, waiting_for_thread

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_time_of_day_is_aware_and_in_utc() -> None:
    clock: Clock = SystemClock()

    before = datetime.now(UTC)
    now = clock.utc_now()

    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_monotonic_time_does_not_go_back() -> None:
    clock = SystemClock()

    times = [clock.monotonic() for _ in range(10)]

    assert times == sorted(times)


async def test_a_sleep_takes_its_time() -> None:
    clock = SystemClock()
    begin = clock.monotonic()
    await clock.sleep(0.01)

    assert clock.monotonic() - begin >= 0.009


async def test_a_timer_calls_when_its_time_has_come() -> None:
    clock = SystemClock()
    called = asyncio.Event()
    begin = clock.monotonic()
    clock.call_at(begin + 0.01, called.set)
    await called.wait()

    assert clock.monotonic() - begin >= 0.009


async def test_a_timer_for_the_past_calls_soon_but_not_at_once() -> None:
    clock = SystemClock()
    called = asyncio.Event()
    clock.call_at(clock.monotonic() - 1, called.set)
    at_once = called.is_set()
    async with asyncio.timeout(5):
        await called.wait()

    assert not at_once


async def test_a_cancelled_timer_does_not_call() -> None:
    clock = SystemClock()
    called: list[str] = []
    done = asyncio.Event()
    when = clock.monotonic() + 0.001
    clock.call_at(when, lambda: called.append("cancelled")).cancel()
    clock.call_at(when + 0.001, done.set)
    await done.wait()

    assert called == []


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(seconds=-2)])
def test_a_wall_clock_that_was_set_is_noticed_once(jump: timedelta) -> None:
    detector = JumpDetector(wall=NOON, monotonic=100)
    before = detector.look(wall=NOON + timedelta(seconds=60), monotonic=160)
    at = detector.look(wall=NOON + timedelta(seconds=120) + jump, monotonic=220)
    after = detector.look(wall=NOON + timedelta(seconds=180) + jump, monotonic=280)

    assert (before, at, after) == (None, jump, None)


def test_slow_corrections_of_the_wall_clock_pass() -> None:
    detector = JumpDetector(wall=NOON, monotonic=0)
    looks = [
        detector.look(wall=NOON + timedelta(seconds=60.5 * turn), monotonic=60 * turn)
        for turn in range(1, 10)
    ]

    assert looks == [None] * 9


async def test_on_a_usual_loop_time_passes_while_a_thread_is_waited_for() -> None:
    with waiting_for_thread(), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()
