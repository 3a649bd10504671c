"""Work in threads that nothing overtakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

__all__ = ["to_its_end"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def to_its_end(work: Callable[_P, _T], /, *args: _P.args, **named: _P.kwargs) -> _T:
    """Do something in a thread; where that is cancelled, wait until the thread has done it.

    Otherwise it would go on with files that somebody else has begun to use.

    Args:
        work: what to do.
        args: for it.
        named: for it.

    Raises:
        asyncio.CancelledError: it was cancelled; the thread has ended all the same.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **named))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({running})
        if not running.cancelled():
            running.exception()  # or asyncio complains that nobody asked
        raise
