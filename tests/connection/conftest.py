from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest

from ocppkit.codec import codec_for
from ocppkit.connection.session import Session
from ocppkit.connection.settings import SessionSettings
from ocppkit.connection.transport import MemoryTransport, memory_pair
from ocppkit.message import Handler, Side, Version


class Peer:
    """The other end, by hand."""

    def __init__(self, transport: MemoryTransport) -> None:
        self.transport = transport

    async def send(self, *frame: Any) -> None:
        await self.transport.send(json.dumps(frame))

    async def receive(self) -> Any:
        return json.loads(await self.transport.receive())


OpenSession: TypeAlias = Callable[..., AbstractAsyncContextManager[tuple[Session, Peer]]]


@pytest.fixture
def open_session() -> OpenSession:
    @asynccontextmanager
    async def opened(
        *handlers: Handler,
        version: Version = Version.V201,
        side: Side = Side.STATION,
        **settings: Any,
    ) -> AsyncIterator[tuple[Session, Peer]]:
        ours, theirs = memory_pair(version.value)
        session = Session(
            ours,
            identity="CS001",
            version=version,
            side=side,
            codec=codec_for(version),
            handlers=lambda _: handlers,
            settings=SessionSettings(**settings),
        )
        async with session:
            yield session, Peer(theirs)

    return opened
