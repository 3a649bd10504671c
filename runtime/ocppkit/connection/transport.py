"""What carries texts between two ends: the port that a session needs, and one pair in memory.

A transport pushes: it calls its `Receiver` with what comes, when it comes. Nobody waits for a
message, so an open connection without traffic costs no task and no queue.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, runtime_checkable

from ocppkit.errors import ConnectionLost

__all__ = [
    "Inbox",
    "MemoryTransport",
    "Pingable",
    "Pulled",
    "Receiver",
    "Transport",
    "memory_pair",
]


class Receiver(Protocol):
    """Whom a `Transport` tells what happens on it. Nothing of this may raise or block."""

    def received(self, data: str | bytes) -> None:
        """A message came: a text, or the bytes of a binary one.

        In a text that is not valid UTF-8 each offending byte is a lone surrogate (PEP 383): it
        stays recognisable as unreadable.
        """
        ...

    def writable(self) -> None:
        """The peer takes messages again, after `Transport.write` said that it is too slow."""
        ...

    def lost(self, reason: str) -> None:
        """The connection is gone; comes once, and after all that came before."""
        ...


class Transport(Protocol):
    """One open connection that carries whole messages; all of it belongs to one event loop."""

    @property
    def subprotocol(self) -> str | None:
        """What both ends agreed to speak; None where they did not agree."""
        ...

    @property
    def remote(self) -> str:
        """The peer's address, for people."""
        ...

    def attach(self, receiver: Receiver) -> None:
        """Tell this one what happens from now on, and first what has come already; once."""
        ...

    def write(self, text: str) -> bool:
        """Take a message for the peer; calls nobody before it returns.

        Returns:
            Whether the peer keeps up. If not, the message goes out all the same, but the next one
            has to wait for `Receiver.writable`, or they pile up here.

        Raises:
            ConnectionLost: the connection is gone, or is being closed.
        """
        ...

    def pause(self) -> None:
        """Deliver nothing until `resume` or the end, and let the peer notice.

        It may be called while a message is being delivered, and again.
        """
        ...

    def resume(self) -> None:
        """Deliver what has come meanwhile, and what comes; does nothing unless paused."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection; what was written goes out before. Does nothing where it is gone.

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


class Inbox:
    """What has come and is not delivered: keeps the order, for transports without a socket.

    It delivers in a later round of the event loop, so nobody is called while he writes.
    """

    __slots__ = ("_due", "_end", "_items", "_paused", "_receiver")

    def __init__(self) -> None:
        self._items: list[str | bytes] = []
        self._end: str | None = None
        self._receiver: Receiver | None = None
        self._paused = False
        self._due = False

    @property
    def end(self) -> str | None:
        """Why nothing comes any more; None while something may."""
        return self._end

    @property
    def waiting(self) -> int:
        """How many messages are not delivered."""
        return len(self._items)

    def put(self, data: str | bytes) -> None:
        """Take a message that came; nothing comes after the end."""
        if self._end is None:
            self._items.append(data)
            self._plan()

    def finish(self, reason: str) -> None:
        """Let this be the end, unless it has come."""
        if self._end is None:
            self._end = reason
            self._paused = False
            self._plan()

    def attach(self, receiver: Receiver) -> None:
        """Deliver to this one."""
        self._receiver = receiver
        self._plan()

    def pause(self) -> None:
        """Deliver nothing until `resume` or the end."""
        self._paused = self._end is None

    def resume(self) -> None:
        """Deliver."""
        self._paused = False
        self._plan()

    def _plan(self) -> None:
        if self._receiver is not None and not (self._paused or self._due):
            self._due = True
            asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        self._due = False
        receiver = self._receiver
        while self._items and receiver is not None and not self._paused:
            items, self._items = self._items, []
            for number, data in enumerate(items):
                receiver.received(data)
                if self._paused:
                    self._items[:0] = items[number + 1 :]
                    break
        if self._end is not None and receiver is not None and not (self._items or self._paused):
            self._receiver = None
            receiver.lost(self._end)


class Pulled:
    """A `Transport` that is read by hand: what came waits until somebody asks for it."""

    def __init__(self, transport: Transport) -> None:
        """Attach to a connection to which nobody else attaches."""
        self._came: asyncio.Queue[str | bytes | ConnectionLost] = asyncio.Queue()
        transport.attach(self)

    async def receive(self) -> str | bytes:
        """The next message.

        Raises:
            ConnectionLost: the connection is gone and everything that came before is received.
        """
        item = await self._came.get()
        if isinstance(item, ConnectionLost):
            self._came.put_nowait(item)
            raise ConnectionLost(item.reason)
        return item

    def received(self, data: str | bytes) -> None:
        """Keep a message."""
        self._came.put_nowait(data)

    def writable(self) -> None:
        """Do nothing: whoever writes by hand writes little."""

    def lost(self, reason: str) -> None:
        """Keep why there is nothing more."""
        self._came.put_nowait(ConnectionLost(reason))


class MemoryTransport:
    """One end of a connection without a network, made by `memory_pair`.

    Attach to it as to every transport, or use it by hand: `send` and `receive`.
    """

    def __init__(
        self, subprotocol: str | None, remote: str, *, inbox: Inbox, outbox: Inbox
    ) -> None:
        self._subprotocol = subprotocol
        self._remote = remote
        self._inbox = inbox
        self._outbox = outbox
        self._pulled: Pulled | None = None

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
        self._inbox.attach(receiver)

    def write(self, text: str) -> bool:
        """Put a text into the other end's inbox, which is never full."""
        self._put(text)
        return True

    def send_octets(self, data: bytes) -> None:
        """Put a binary message into the other end's inbox, as no station or CSMS should.

        Raises:
            ConnectionLost: one of the ends closed the connection.
        """
        self._put(data)

    async def send(self, text: str) -> None:
        """Write by hand.

        Raises:
            ConnectionLost: one of the ends closed the connection.
        """
        self._put(text)

    async def receive(self) -> str | bytes:
        """Read by hand, where nobody is attached.

        Raises:
            ConnectionLost: as `Pulled.receive`.
        """
        if self._pulled is None:
            self._pulled = Pulled(self)
        return await self._pulled.receive()

    def pause(self) -> None:
        """Deliver nothing until `resume`."""
        self._inbox.pause()

    def resume(self) -> None:
        """Deliver what has come."""
        self._inbox.resume()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection for both ends."""
        said = f"closed with {code} {reason}".rstrip()
        self._inbox.finish(said)
        self._outbox.finish(said)

    def _put(self, data: str | bytes) -> None:
        end = self._outbox.end
        if end is not None:
            raise ConnectionLost(end)
        self._outbox.put(data)


def memory_pair(subprotocol: str | None = None) -> tuple[MemoryTransport, MemoryTransport]:
    """Two ends that are connected to each other."""
    there, back = Inbox(), Inbox()
    return (
        MemoryTransport(subprotocol, "memory", inbox=back, outbox=there),
        MemoryTransport(subprotocol, "memory", inbox=there, outbox=back),
    )
