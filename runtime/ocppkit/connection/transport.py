"""What carries texts between two ends: the port that a session needs, and one pair in memory."""

from __future__ import annotations

import asyncio
from typing import Protocol, runtime_checkable

from ocppkit.errors import ConnectionLost

__all__ = ["MemoryTransport", "Pingable", "Transport", "memory_pair"]


class Transport(Protocol):
    """One open connection that carries whole messages.

    One task at a time may send and one may receive.
    """

    @property
    def subprotocol(self) -> str | None:
        """What both ends agreed to speak; None where they did not agree."""
        ...

    @property
    def remote(self) -> str:
        """The peer's address, for people."""
        ...

    async def send(self, text: str) -> None:
        """Hand over a message; waits while the peer is too slow to take more.

        Raises:
            ConnectionLost: the connection is gone.
        """
        ...

    async def receive(self) -> str | bytes:
        """The next message: a text, or the bytes of a binary one.

        In a text that is not valid UTF-8 each offending byte is a lone surrogate (PEP 383): it
        stays recognisable as unreadable.

        Raises:
            ConnectionLost: the connection is gone and everything that came before is received.
        """
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection; does nothing where it is gone already.

        Args:
            code: a websocket close code (RFC 6455 §7.4).
            reason: one short sentence for people.
        """
        ...


@runtime_checkable
class Pingable(Protocol):
    """What a `Transport` has besides where it can find out by itself whether the peer is there."""

    async def ping(self) -> None:
        """Ping the peer; returns when the pong has come.

        Raises:
            ConnectionLost: the connection is gone.
        """
        ...

    def abort(self) -> None:
        """End the connection without a word to the peer, which would not hear it."""
        ...


class _Pipe:
    """One direction of a connection in memory."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._end = ""

    def put(self, data: str | bytes) -> None:
        if self._end:
            raise ConnectionLost(self._end)
        self._items.put_nowait(data)

    async def get(self) -> str | bytes:
        item = await self._items.get()
        if item is None:
            self._items.put_nowait(None)
            raise ConnectionLost(self._end)
        return item

    def finish(self, reason: str) -> None:
        if not self._end:
            self._end = reason
            self._items.put_nowait(None)


class MemoryTransport:
    """One end of a connection without a network, made by `memory_pair`."""

    def __init__(
        self, subprotocol: str | None, remote: str, *, inbox: _Pipe, outbox: _Pipe
    ) -> None:
        self._subprotocol = subprotocol
        self._remote = remote
        self._inbox = inbox
        self._outbox = outbox

    @property
    def subprotocol(self) -> str | None:
        """What both ends speak."""
        return self._subprotocol

    @property
    def remote(self) -> str:
        """The name of the other end."""
        return self._remote

    async def send(self, text: str) -> None:
        """Put a text into the other end's inbox."""
        self._outbox.put(text)

    def send_octets(self, data: bytes) -> None:
        """Put a binary message into the other end's inbox, as no station or CSMS should.

        Raises:
            ConnectionLost: one of the ends closed the connection.
        """
        self._outbox.put(data)

    async def receive(self) -> str | bytes:
        """Take the next message out of the inbox."""
        return await self._inbox.get()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection for both ends."""
        said = f"closed with {code} {reason}".rstrip()
        self._inbox.finish(said)
        self._outbox.finish(said)


def memory_pair(subprotocol: str | None = None) -> tuple[MemoryTransport, MemoryTransport]:
    """Two ends that are connected to each other."""
    there, back = _Pipe(), _Pipe()
    return (
        MemoryTransport(subprotocol, "memory", inbox=back, outbox=there),
        MemoryTransport(subprotocol, "memory", inbox=there, outbox=back),
    )
