"""The driver of a standalone station: no wait of a test is endless."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from . import driver
from .driver import Driver


@pytest.mark.parametrize("wait", [lambda it: it.answer(), lambda it: it.event("never")])
async def test_a_wait_ends_though_something_else_keeps_coming(
    wait: Callable[[Driver], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "LONGEST", 0.05)
    reader = asyncio.StreamReader()

    async def keep_talking() -> None:
        while True:
            reader.feed_data(b'{"event": "message"}\n')
            await asyncio.sleep(0)

    talking = asyncio.ensure_future(keep_talking())
    async with asyncio.timeout(5):
        with pytest.raises((TimeoutError, AssertionError)):
            await wait(Driver(reader, None))  # type: ignore[arg-type]  # nothing is written
    talking.cancel()

    assert reader.exception() is None
