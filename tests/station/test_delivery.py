"""How messages that wait reach the CSMS."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from ocppkit.connection import Session
from ocppkit.errors import ConnectionLost
from ocppkit.message import Version
from ocppkit.v201 import SecurityEventNotificationRequest


def told(it: Any) -> list[str]:
    """The security events but that of the start."""
    events = [each["type"] for each in it.sent("SecurityEventNotification")]
    return [each for each in events if each != "StartupOfTheDevice"]


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

    assert told(it) == ["Test"]


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


async def test_while_a_session_ends_nothing_is_tried_again(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = world(Version.V201)
    request = SecurityEventNotificationRequest(
        type="Test", timestamp=datetime(2026, 1, 1, tzinfo=UTC)
    )
    tries = 0
    call = Session.call

    async def lost(session: Session, *args: Any, **named: Any) -> Any:
        nonlocal tries
        if session is not ending:
            return await call(session, *args, **named)
        tries += 1
        raise ConnectionLost("the session ends", action="SecurityEventNotification")

    async with it.running():
        core = it.station._core
        ending = core.link.session
        monkeypatch.setattr(Session, "call", lost)
        await core.delivery.post(request, version=Version.V201)
        for _ in range(100):
            await asyncio.sleep(0)
        before = tries
        await it.drop()
        await it.advance(60)

        assert before == 1
        assert told(it) == ["Test"]
