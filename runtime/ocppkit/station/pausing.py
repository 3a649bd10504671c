"""Pausing: waiting for one of two things, in the station's own time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

__all__ = ["pause"]


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
