"""A session survives whatever its peer sends, and goes on answering."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import strategies as st

from ocppkit import v16, v201
from ocppkit.codec import codec_for
from ocppkit.codec.lenient import LenientCodec
from ocppkit.connection import Passed, Session, SessionSettings, memory_pair
from ocppkit.connection.handling import MessageCodec
from ocppkit.message import Handler, Side, Version

from .conftest import Look
from .garbage import mutated, mutated_text, octets, texts
from .messages import frames

_PATIENCE = 20.0  # seconds for what takes milliseconds


class Beat16(v16.CsmsHandler):
    async def on_heartbeat(self, request: v16.HeartbeatRequest) -> v16.HeartbeatResponse:
        assert isinstance(request, v16.HeartbeatRequest)
        return v16.HeartbeatResponse(current_time=datetime(2024, 5, 1, tzinfo=UTC))


class Beat201(v201.CsmsHandler):
    async def on_heartbeat(self, request: v201.HeartbeatRequest) -> v201.HeartbeatResponse:
        assert isinstance(request, v201.HeartbeatRequest)
        return v201.HeartbeatResponse(current_time=datetime(2024, 5, 1, tzinfo=UTC))


_HANDLERS: dict[Version, type[Handler]] = {Version.V16: Beat16, Version.V201: Beat201}


async def converse(version: Version, given: list[str | bytes], *, lenient: bool) -> None:
    """Send all of it to a session, then a Heartbeat, which has to be answered."""
    ours, theirs = memory_pair(version.value)
    codec: MessageCodec = LenientCodec(codec_for(version)) if lenient else codec_for(version)
    seen: list[Passed] = []
    session = Session(
        ours,
        identity="CS001",
        version=version,
        side=Side.CSMS,
        codec=codec,
        handlers=lambda _: [_HANDLERS[version]()],
        settings=SessionSettings(observer=seen.append),
    )
    async with asyncio.timeout(_PATIENCE), session:
        for data in given:
            if isinstance(data, bytes):
                theirs.send_octets(data)
            else:
                await theirs.send(data)
        await theirs.send('[2,"the last","Heartbeat",{}]')
        while (answer := json.loads(await theirs.receive()))[1] != "the last":
            assert answer[0] in {3, 4}

        assert answer[0] == 3
        assert answer[2]["currentTime"].startswith("2024-05-01T00:00:00")
        received = [passed for passed in seen if passed.direction == "received"]
        assert len(received) == len(given) + 1


def garbage(version: Version) -> st.SearchStrategy[Any]:
    right = frames(version)
    dumped = (mutated(right) | right).map(lambda frame: json.dumps(frame, ensure_ascii=False))
    return st.one_of(texts(), octets(), dumped, dumped, mutated_text(right))


@pytest.mark.parametrize("version", list(Version))
def test_a_session_answers_after_whatever_came(version: Version, look: Look) -> None:
    def goes_on(given: list[str | bytes], lenient: bool) -> None:
        asyncio.run(converse(version, given, lenient=lenient))

    look(goes_on, st.lists(garbage(version), max_size=8), st.booleans(), count=30)
