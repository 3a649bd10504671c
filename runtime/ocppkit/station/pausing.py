"""Pausing: waiting for one of two things, in the station's own time; and ending a task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

__all__ = ["ended", "pause", "within"]


async def pause(
    seconds: float, unless: asyncio.Event, *, sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Wait so long, or until an event is set.

    Args:
        seconds: how long.
        unless: cuts the wait short; is cleared at the end.
        sleep: of the station's environment.
    """
    sleeping = asyncio.ensure_future(sleep(seconds))
    waiting = asyncio.ensure_future(unless.wait())
    try:
        await asyncio.wait({sleeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
        waiting.cancel()
        unless.clear()


async def within(
    seconds: float,
    work: Coroutine[Any, Any, None],
    *,
    sleep: Callable[[float], Awaitable[None]],
) -> bool:
    """Do something, but for no longer than so; whether it was done by then.

    Args:
        seconds: how long it may take; then it is cancelled.
        work: what to do; what it raises is raised.
        sleep: of the station's environment.
    """
    working = asyncio.ensure_future(work)
    sleeping = asyncio.ensure_future(sleep(seconds))
    try:
        await asyncio.wait({working, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        done = working.done()
    finally:
        sleeping.cancel()
        await ended(working)
    if done:
        working.result()
    return done


async def ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait until it has ended, also where the wait is cancelled meanwhile.

    What the task raises is taken note of, and not raised.

    Raises:
        asyncio.CancelledError: the wait was cancelled; the task has ended all the same.
    """
    task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if not task.cancelled():
        task.exception()  # or asyncio complains that nobody asked
    if cancelled is not None:
        raise cancelled
