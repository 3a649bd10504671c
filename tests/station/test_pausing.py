"""Ending tasks, and limits in the station's own time."""

from __future__ import annotations

import asyncio

import pytest

from ocppkit.station.pausing import ended, within
from ocppkit.testing import advance

from .power import virtual


class Slow:
    """Work that needs a while to end once it is cancelled."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.over = False

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await self.may_end.wait()
            self.over = True


async def test_a_task_has_ended_also_where_the_wait_for_that_is_cancelled() -> None:
    slow = Slow()
    work = asyncio.ensure_future(slow.run())
    await asyncio.sleep(0)
    ending = asyncio.ensure_future(ended(work))
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.sleep(0)
    early = ending.done()
    slow.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await ending

    assert not early
    assert slow.over


@virtual
async def test_what_takes_too_long_is_cancelled_by_the_clock_of_the_station() -> None:
    slow = Slow()
    slow.may_end.set()
    waiting = asyncio.ensure_future(within(30, slow.run(), sleep=asyncio.sleep))
    await advance(29)
    early = waiting.done()
    await advance(1)

    assert not early
    assert await waiting is False
    assert slow.over


async def test_what_is_done_in_time_is_not_waited_for_any_longer() -> None:
    done = await within(30, asyncio.sleep(0), sleep=asyncio.sleep)

    assert done


async def test_what_the_work_raises_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await within(30, fail(), sleep=asyncio.sleep)
