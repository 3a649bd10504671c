"""How messages that wait reach the CSMS."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.v201 import SecurityEventNotificationRequest


async def test_what_is_kept_goes_out_also_where_nobody_waits_for_that_any_more(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(Version.V201)
    request = SecurityEventNotificationRequest(
        type="Test", timestamp=datetime(2026, 1, 1, tzinfo=UTC)
    )
    async with it.running():
        delivery = it.station._core.delivery
        keep = delivery._outbox.append

        async def slowly(message: Any) -> Any:
            await keep(message)
            await asyncio.Event().wait()

        monkeypatch.setattr(delivery._outbox, "append", slowly)
        posting = asyncio.ensure_future(delivery.post(request, version=Version.V201))
        await it.settle()
        posting.cancel()
        await it.settle()

    assert [each["type"] for each in it.sent("SecurityEventNotification")] == ["Test"]


async def test_a_journal_that_fails_as_the_csms_comes_back_is_asked_again(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(Version.V201)
    async with it.running():
        delivery = it.station._core.delivery
        await it.settle()
        asked: list[bool] = []
        online = delivery._outbox.online

        async def failing_once() -> None:
            asked.append(True)
            if len(asked) == 1:
                raise OSError("the disk is full")
            await online()

        monkeypatch.setattr(delivery._outbox, "online", failing_once)
        delivery._back = True
        with pytest.raises(OSError, match="the disk is full"):
            await delivery._come_back()
        await delivery._come_back()
        await delivery._come_back()

    assert len(asked) == 2
