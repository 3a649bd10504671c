from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from ocppkit.connection import Direction
from ocppkit.message import Side
from ocppkit.message_log import Entry, EntryKind

MakeEntry: TypeAlias = Callable[..., Entry]


@pytest.fixture
def entry() -> MakeEntry:
    """Makes entries of CS001's log, a second apart."""
    moments = iter(range(10**6))

    def made(kind: EntryKind = EntryKind.CALL, **said: Any) -> Entry:
        time = datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(seconds=next(moments))
        given = {
            "time": time,
            "identity": "CS001",
            "side": Side.STATION,
            "direction": Direction.SENT,
            "message_id": "1",
            "action": "Heartbeat",
        }
        return Entry(kind=kind, **{**given, **said})

    return made
