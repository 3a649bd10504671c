from __future__ import annotations

import asyncio
import random
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ocppkit.clock import Clock, JumpDetector, waiting_for_thread
from ocppkit.testing import (
    Deadlock,
    VirtualClock,
    VirtualTimeLoop,
    advance,
    run_virtual,
    settle,
)

pytestmark = pytest.mark.virtual_time
DAY = 24 * 3600.0


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_year_passes_at_once() -> None:
    begin = time.monotonic()
    await asyncio.sleep(365 * DAY)

    assert now() == 365 * DAY
    assert time.monotonic() - begin < 5


async def test_a_timeout_fires_in_virtual_time() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3600):
            await asyncio.Event().wait()

    assert now() == 3600


async def test_a_timeout_leaves_alone_what_is_quick_enough() -> None:
    async with asyncio.timeout(3600):
        await asyncio.sleep(3599)

    assert now() == 3599


async def test_the_clock_goes_with_the_loop() -> None:
    clock: Clock = VirtualClock()
    await clock.sleep(90)

    assert clock.monotonic() == 90
    assert clock.utc_now() == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)


@pytest.mark.virtual_time(start=datetime(2028, 2, 29, 2, tzinfo=timezone(timedelta(hours=2))))
async def test_a_test_says_when_it_begins() -> None:
    assert VirtualClock().utc_now() == datetime(2028, 2, 29, tzinfo=UTC)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        VirtualTimeLoop(start=datetime(2026, 1, 1))  # noqa: DTZ001  # that is the point


async def test_timers_ring_in_order_and_can_be_cancelled() -> None:
    clock, rung = VirtualClock(), list[tuple[str, float]]()
    clock.call_at(20, lambda: rung.append(("late", now())))
    clock.call_at(10, lambda: rung.append(("early", now())))
    clock.call_at(15, lambda: rung.append(("cancelled", now()))).cancel()
    await advance(20)

    assert rung == [("early", 10), ("late", 20)]


async def test_of_timers_for_the_same_time_the_first_set_rings_first() -> None:
    rung: list[int] = []
    for number in range(20):
        asyncio.get_running_loop().call_at(10, rung.append, number)
    await advance(10)

    assert rung == list(range(20))


async def test_advancing_ends_when_all_of_the_instant_has_happened() -> None:
    steps: list[float] = []

    async def walk() -> None:
        await asyncio.sleep(10)
        for _ in range(100):
            await asyncio.sleep(0)
        steps.append(now())
        await asyncio.sleep(0.001)
        steps.append(now())

    task = asyncio.create_task(walk())
    await advance(10)
    at_ten = list(steps)
    await task

    assert at_ten == [10]
    assert steps == [10, pytest.approx(10.001)]


async def test_settling_takes_no_time() -> None:
    woken = asyncio.Event()
    task = asyncio.create_task(woken.wait())
    asyncio.get_running_loop().call_later(1, woken.set)
    await settle()

    assert now() == 0
    assert not task.done()
    await task


async def test_several_tasks_may_settle() -> None:
    async with asyncio.timeout(1):
        await asyncio.gather(settle(), settle(), settle())

    assert now() == 0


async def test_time_stands_still_while_a_thread_works() -> None:
    proceed = threading.Event()
    work = asyncio.create_task(asyncio.to_thread(proceed.wait, 10))
    rung: list[float] = []
    asyncio.get_running_loop().call_later(60, lambda: rung.append(now()))
    threading.Timer(0.02, proceed.set).start()
    done = await work

    assert done
    assert now() == 0
    assert rung == []


async def test_settling_waits_for_threads() -> None:
    proceed = threading.Event()
    work = asyncio.create_task(asyncio.to_thread(proceed.wait, 10))
    threading.Timer(0.02, proceed.set).start()
    await settle()

    assert work.done()


async def test_after_a_thread_time_goes_on() -> None:
    result = await asyncio.to_thread(lambda: 7)
    await asyncio.sleep(DAY)

    assert (result, now()) == (7, DAY)


async def test_a_thread_that_fails_is_no_longer_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 / 0)
    await asyncio.sleep(1)

    assert now() == 1


async def test_time_stands_still_while_a_thread_of_ones_own_is_waited_for() -> None:
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    thread = threading.Timer(0.02, lambda: loop.call_soon_threadsafe(done.set))
    thread.start()
    async with asyncio.timeout(60):
        with waiting_for_thread():
            await done.wait()
    thread.join()

    assert now() == 0


async def test_sockets_work() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert line == b"hello\n"
    assert now() == 0


async def test_a_wall_clock_that_is_set_is_noticed() -> None:
    clock = VirtualClock()
    detector = JumpDetector(wall=clock.utc_now(), monotonic=clock.monotonic())
    await clock.sleep(60)
    before = detector.look(wall=clock.utc_now(), monotonic=clock.monotonic())
    clock.jump(timedelta(hours=-1))

    assert before is None
    assert detector.look(wall=clock.utc_now(), monotonic=clock.monotonic()) == timedelta(hours=-1)


async def _waits_for(event: asyncio.Event) -> None:
    await event.wait()


async def _stuck() -> None:
    await asyncio.sleep(5)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_waits_for(asyncio.Event()), name="the driver")


def test_a_deadlock_tells_who_waits_where() -> None:
    with pytest.raises(Deadlock) as caught:
        run_virtual(_stuck())

    assert "at 5 s all tasks wait and no timer runs" in str(caught.value)
    assert "the driver: _waits_for (test_virtual_time.py:" in str(caught.value)
    assert "> Event.wait (locks.py:" in caught.value.waiting["the driver"]
    assert any("_stuck" in place for place in caught.value.waiting.values())


def test_what_cleans_up_after_a_deadlock_runs() -> None:
    cleaned: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("yes")

    with pytest.raises(Deadlock):
        run_virtual(main())

    assert cleaned == ["yes"]


def test_running_gives_what_the_program_returns_and_raises() -> None:
    async def program(*, fails: bool) -> float:
        await asyncio.to_thread(lambda: None)
        await asyncio.sleep(DAY)
        if fails:
            msg = "as told"
            raise LookupError(msg)
        return now()

    assert run_virtual(program(fails=False)) == DAY
    with pytest.raises(LookupError, match="as told"):
        run_virtual(program(fails=True))


def _trace(seed: int) -> list[tuple[float, int]]:
    dice = random.Random(seed)  # noqa: S311  # not for secrets
    trace: list[tuple[float, int]] = []

    async def wander(number: int) -> None:
        for _ in range(20):
            await asyncio.sleep(dice.choice([0, 1, 1, 2, 0.1]))
            trace.append((now(), number))

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(20):
                tasks.create_task(wander(number))

    run_virtual(main())
    return trace


def test_two_runs_give_the_same_trace() -> None:
    assert _trace(1) == _trace(1)
    assert _trace(1) != _trace(2)


def test_a_virtual_clock_needs_a_virtual_loop() -> None:
    async def main() -> None:
        VirtualClock()

    with pytest.raises(TypeError, match="virtual loop"):
        asyncio.run(main())
