"""The least that a transfer has to achieve: who trickles would hold it for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ocppkit.transfer.errors import TransferFailed
from ocppkit.transfer.port import Progress

__all__ = ["not_slower"]


@asynccontextmanager
async def not_slower(
    throughput: float, window: float, progress: Progress
) -> AsyncIterator[Progress]:
    """Cut off what is done within where it is too slow.

    Args:
        throughput: in bytes a second; 0 for any.
        window: over which that is measured, in seconds.
        progress: to be told how far it is.

    Yields:
        What has to be told instead.

    Raises:
        TransferFailed: it was too slow.
    """
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(window if throughput else None)
    due = throughput * window
    before: int | None = None

    def told(done: int, total: int | None) -> None:
        nonlocal before
        if before is None or done < before:  # what was there already, or was thrown away
            before = done
        if throughput and done - before >= due and not limit.expired():
            before = done
            limit.reschedule(loop.time() + window)
        progress(done, total)

    try:
        async with limit:
            yield told
    except TimeoutError as error:
        if not limit.expired():
            raise
        msg = f"it was slower than {throughput:g} bytes a second"
        raise TransferFailed(msg) from error
