"""A network in memory between stations and a CSMS, on which a test plays bad weather."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Protocol, TypeAlias

from ocppkit.codec import codec_for
from ocppkit.connection import (
    Handlers,
    MessageObserver,
    NetworkProfile,
    Session,
    SessionSettings,
    Transport,
)
from ocppkit.connection.transport import Inbox, Receiver
from ocppkit.errors import ConnectionLost, NegotiationFailed
from ocppkit.message import Side, Version
from ocppkit.station import StationConfig

__all__ = ["Acceptor", "MemoryNetwork"]


class Acceptor(Protocol):
    """What takes stations' connections: `ocppkit.connection.Server`, `ScriptedCsms`."""

    async def refusal(self, identity: str, password: bytes | None) -> HTTPStatus | None:
        """Why a station may not connect; None where it may."""
        ...

    def pick(self, offered: Sequence[str]) -> str | None:
        """The subprotocol to speak; None where none fits."""
        ...

    async def welcome(self, transport: Transport, identity: str) -> None:
        """Serve a station until its connection ends."""
        ...


class MemoryNetwork:
    """Carries messages without sockets, in the time of the running event loop.

    Attributes:
        down: whether nobody can be reached; connections that are open stay so.
        refuses: the HTTP status with which every connection is refused; None for none.
        delay: how long a message is under way, in seconds.
        dials: how often a station tried to connect.
    """

    def __init__(self, *, delay: float = 0.0) -> None:
        self.down = False
        self.refuses: int | None = None
        self.delay = delay
        self.dials = 0
        self._acceptor: Acceptor | None = None
        self._serving: list[asyncio.Task[None]] = []
        self._links: dict[str, list[_Link]] = {}

    @asynccontextmanager
    async def listen(self, acceptor: Acceptor) -> AsyncIterator[int]:
        """Let stations reach a CSMS until the block is left, which closes all connections.

        Yields:
            0, where there would be a port.

        Raises:
            RuntimeError: another one listens already.
            Exception: what the CSMS raised over a connection, at the end.
        """
        if self._acceptor is not None:
            msg = "one CSMS listens on a network"
            raise RuntimeError(msg)
        self._acceptor = acceptor
        try:
            yield 0
        finally:
            self._acceptor = None
            for link in [link for links in self._links.values() for link in links]:
                await link.csms.close(1001, "the CSMS stops")
            served = await asyncio.gather(*self._serving, return_exceptions=True)
            self._serving.clear()
        for outcome in served:
            if outcome is not None:
                raise outcome

    async def connect(
        self,
        *,
        identity: str,
        versions: Sequence[Version],
        handlers: Handlers,
        password: bytes | None = None,
        settings: SessionSettings | None = None,
    ) -> Session:
        """Open a connection as a station, as `ocppkit.connection.connect` does.

        Raises:
            NegotiationFailed: the network is down, nobody listens, the connection is refused, or
                there is no version in common.
        """
        self.dials += 1
        acceptor = self._acceptor
        if self.down or acceptor is None:
            raise NegotiationFailed("no connection: nobody can be reached")
        status = self.refuses or await acceptor.refusal(identity, password)
        if status is not None:
            reason = f"the CSMS refused the connection with HTTP status {int(status)}"
            raise NegotiationFailed(reason, status=int(status))
        subprotocol = acceptor.pick([version.value for version in versions])
        if subprotocol is None:
            raise NegotiationFailed(f"the CSMS speaks none of {', '.join(versions)}")
        link = _Link(subprotocol, delay=lambda: self.delay)
        self._links.setdefault(identity, []).append(link)
        serving = asyncio.create_task(
            self._serve(acceptor, link, identity), name=f"CSMS {identity}"
        )
        self._serving.append(serving)
        version = Version(subprotocol)
        return Session(
            link.station,
            identity=identity,
            version=version,
            side=Side.STATION,
            codec=codec_for(version),
            handlers=handlers,
            settings=settings,
        )

    def dial(
        self, config: StationConfig, *, observer: MessageObserver | None = None
    ) -> Callable[[NetworkProfile, Handlers], Awaitable[Session]]:
        """What a `ChargingStation` takes as its ``dial``.

        Args:
            config: the station's; of its profiles nothing counts.
            observer: sees every message as it passes.
        """
        settings = SessionSettings(call_timeout=config.call_timeout, observer=observer)

        async def dial(_: NetworkProfile, handlers: Handlers) -> Session:
            return await self.connect(
                identity=config.identity,
                versions=config.versions,
                handlers=handlers,
                password=None if config.password is None else config.password.reveal(),
                settings=settings,
            )

        return dial

    def connections(self, identity: str) -> int:
        """How many connections of a station the CSMS holds open."""
        return len(self._links.get(identity, []))

    def cut(self, identity: str) -> None:
        """Break a station's connections: both ends notice at once; what is under way is lost."""
        for link in self._links.get(identity, []):
            link.cut("the network cut the connection")

    def silence(self, identity: str) -> None:
        """Let a station's connections swallow everything while both ends take them for open.

        They stay so until each end finds out by its pings, or they are `cut`.
        """
        for link in self._links.get(identity, []):
            link.silence()

    async def _serve(self, acceptor: Acceptor, link: _Link, identity: str) -> None:
        try:
            await acceptor.welcome(link.csms, identity)
        finally:
            self._links[identity].remove(link)
            await link.csms.close(1011, "the CSMS failed")


class _Link:
    """A connection.

    Attributes:
        station: the station's end.
        csms: the CSMS's end.
    """

    def __init__(self, subprotocol: str, *, delay: Callable[[], float]) -> None:
        up, down = _Wire(delay), _Wire(delay)
        self._wires = (up, down)
        self.station = _End(subprotocol, remote="memory:csms", inbox=down, outbox=up)
        self.csms = _End(subprotocol, remote="memory:station", inbox=up, outbox=down)

    def cut(self, reason: str) -> None:
        for wire in self._wires:
            wire.cut(reason)

    def silence(self) -> None:
        for wire in self._wires:
            wire.silent = True


_Item: TypeAlias = str | ConnectionLost | Callable[[], None]
"""What goes through a wire: a text, the end, or what is done at the other end: a ping, a pong."""


class _Wire:
    """One direction of a connection; keeps the order, also where the delay changes.

    Attributes:
        silent: whether it swallows everything.
        inbox: what has arrived.
        pongs: what this end waits for; cancelled at the end.
    """

    def __init__(self, delay: Callable[[], float]) -> None:
        self.silent = False
        self.inbox = Inbox()
        self.pongs: set[asyncio.Future[None]] = set()
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[_Item] = deque()
        self._latest = 0.0

    def check(self) -> None:
        """See that something may still come.

        Raises:
            ConnectionLost: it came to its end.
        """
        if self.inbox.end is not None:
            raise ConnectionLost(self.inbox.end)

    def put(self, item: _Item) -> None:
        """Send something."""
        if self.silent or self.inbox.end is not None:
            return
        delay = self._delay()
        if delay <= 0 and not self._under_way:
            self._arrive(item)
            return
        self._under_way.append(item)
        self._latest = max(self._latest, self._loop.time() + delay)
        self._loop.call_at(self._latest, self._arrive_next)

    def cut(self, reason: str) -> None:
        """End it at once; what is under way is lost."""
        self._under_way.clear()
        self._arrive(ConnectionLost(reason))

    def _arrive_next(self) -> None:
        if self._under_way:
            item = self._under_way.popleft()
            if not self.silent:
                self._arrive(item)

    def _arrive(self, item: _Item) -> None:
        if self.inbox.end is not None:
            return
        match item:
            case str():
                self.inbox.put(item)
            case ConnectionLost():
                self.inbox.finish(item.reason)
                for pong in self.pongs:
                    pong.cancel()
            case _:
                item()


class _End:
    """One end of a connection: a `Transport` that is `Pingable`."""

    def __init__(self, subprotocol: str, *, remote: str, inbox: _Wire, outbox: _Wire) -> None:
        self._subprotocol = subprotocol
        self._remote = remote
        self._inbox = inbox
        self._outbox = outbox
        self._closed = False

    @property
    def subprotocol(self) -> str | None:
        """What both ends speak."""
        return self._subprotocol

    @property
    def remote(self) -> str:
        """The name of the other end."""
        return self._remote

    def attach(self, receiver: Receiver) -> None:
        """Deliver to this one what comes."""
        self._inbox.inbox.attach(receiver)

    def write(self, text: str) -> bool:
        """Put a text on its way, which is never full."""
        self._inbox.check()
        self._outbox.put(text)
        return True

    def pause(self) -> None:
        """Deliver nothing until `resume`."""
        self._inbox.inbox.pause()

    def resume(self) -> None:
        """Deliver what has come."""
        self._inbox.inbox.resume()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection here at once, and there when the news has come."""
        if self._closed:
            return
        self._closed = True
        said = f"closed with {code} {reason}".rstrip()
        self._inbox.cut(said)
        self._outbox.put(ConnectionLost(said))

    async def ping(self) -> None:
        """Wait for a pong, which the other end sends by itself."""
        self._inbox.check()
        pong: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.pongs.add(pong)
        self._outbox.put(lambda: self._inbox.put(lambda: _arrived(pong)))
        try:
            await asyncio.wait({pong})
        finally:
            self._inbox.pongs.discard(pong)
        if pong.cancelled():
            self._inbox.check()

    def abort(self) -> None:
        """End the connection here; the other end hears nothing of it."""
        self._closed = True
        self._inbox.cut("the connection was dropped")


def _arrived(pong: asyncio.Future[None]) -> None:
    if not pong.done():
        pong.set_result(None)
