"""Stands before an endpoint's websocket server, and speaks TLS with stations as a case wants it.

The server behind it is plain, on the loopback. So each connection can be shown other certificates,
and what comes to nothing in TLS is seen too.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

from attrs import define

from ocppkit.conformance.endpoint import Attempt, Endpoint, Handshake
from ocppkit.conformance.hello import (
    HANDSHAKE,
    ClientHello,
    alert_in,
    old_answer,
    parse_hello,
    read_hello,
)
from ocppkit.conformance.tls_end import TlsEnd
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.security.tls_errors import describe_tls_error

__all__ = ["WENT_ON", "Relay"]

_logger = logging.getLogger(__name__)

WENT_ON: Final = ("the station went on with TLS 1.1", "the station did not end TLS 1.1")
"""The failures that tell of a station which puts up with an old TLS."""

_PATIENCE: Final = 20.0  # seconds for a handshake
_SIZE: Final = 64 * 1024


class _Failed(Exception):
    """It came to nothing; the text says why."""


@define(kw_only=True, eq=False)
class _Coming:
    """A connection before the station has asked for anything."""

    at: float
    time: datetime
    hello: ClientHello | None = None
    shaken: Handshake | None = None
    asked: bool = False


class Relay:
    """The relay of one endpoint.

    Attributes:
        tls: how it shows itself.
    """

    def __init__(self, endpoint: Endpoint, tls: TlsEnd) -> None:
        self.tls = tls
        self._endpoint = endpoint
        self._coming: dict[int, _Coming] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._behind = 0

    @asynccontextmanager
    async def serve(self, host: str, port: int, behind: int) -> AsyncIterator[int]:
        """Listen until the block is left; who is connected then stays until `close`.

        Args:
            host: the address to listen at.
            port: 0 for any that is free.
            behind: the websocket server's port.

        Yields:
            The port.

        Raises:
            OSError: nobody can listen there.
        """
        self._behind = behind
        server = await asyncio.start_server(self._take, host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def close(self) -> None:
        """End what is still connected."""
        for task in tuple(self._open):
            _ = task.cancel()
        _ = await asyncio.gather(*self._open, return_exceptions=True)

    def asks(self, port: int) -> Handshake | None:
        """The websocket server was asked by the connection from this port: what TLS knows of it."""
        coming = self._coming.get(port)
        if coming is None:
            return None
        coming.asked = True
        return coming.shaken

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        clock = self._endpoint.mailbox.clock
        coming = _Coming(at=clock.monotonic(), time=clock.utc_now())
        failure: str | None = None
        try:
            await self._relay(coming, reader, writer)
        except _Failed as failed:
            failure = str(failed)
        except (OSError, TimeoutError) as error:
            failure = str(error) or type(error).__name__
        finally:
            if task is not None:
                self._open.discard(task)
            writer.close()
        if coming.asked:
            return
        self._endpoint.failed(
            Attempt(
                at=coming.at,
                time=coming.time,
                identity="",
                password=None,
                hello=coming.hello,
                handshake=coming.shaken,
                failure=failure or "the station closed the connection before it asked anything",
            )
        )

    async def _relay(
        self, coming: _Coming, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async with asyncio.timeout(_PATIENCE):
            begun = await read_hello(reader)
            if not begun:
                raise _Failed("the station closed the connection at once")
            is_tls = begun[0] == HANDSHAKE
            if is_tls:
                coming.hello = _hello(begun)
            if is_tls != (self.tls.profile > 1):
                raise _Failed("it is TLS" if is_tls else "it is no TLS")
            if coming.hello is not None and self.tls.too_old:
                raise _Failed(await self._answer_old(coming.hello, reader, writer))
            way = await self._shake(coming, begun, reader, writer) if is_tls else None
        if way is None:
            await self._join(coming, _Plain(reader, writer), begun)
        else:
            await self._join(coming, way, b"")

    async def _shake(
        self,
        coming: _Coming,
        begun: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> _Tls:
        try:
            way = _Tls(self.tls.context(), reader, writer, begun)
        except (NotApplicable, ValueError) as why:
            raise _Failed(f"the kit cannot show that: {why}") from why
        coming.shaken = await way.handshake(coming.hello)
        return way

    async def _answer_old(
        self, hello: ClientHello, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        """Answer as a server of TLS 1.1; what the station makes of it."""
        writer.write(old_answer(hello, self.tls.chains.first()))
        await writer.drain()
        try:
            async with asyncio.timeout(_PATIENCE / 2):
                came = await reader.read(_SIZE)
        except TimeoutError:
            return WENT_ON[1]
        if not came:
            return "the station closed the connection"
        return alert_in(came) or WENT_ON[0]

    async def _join(self, coming: _Coming, way: _Plain, begun: bytes) -> None:
        """Carry to and fro until one side ends it."""
        inner = await asyncio.open_connection("127.0.0.1", self._behind)
        behind = _Behind(*inner)
        port = inner[1].get_extra_info("sockname")[1]
        self._coming[port] = coming
        try:
            if begun:
                await behind.write(begun)
            async with asyncio.TaskGroup() as tasks:
                _ = tasks.create_task(_carry(way, behind))
                _ = tasks.create_task(_carry(behind, way))
        finally:
            del self._coming[port]
            inner[1].close()


async def _carry(come: _Plain, go: _Plain) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await come.read():
            await go.write(data)
    with suppress(OSError, ssl.SSLError):
        await go.end()


def _hello(begun: bytes) -> ClientHello | None:
    try:
        return parse_hello(begun)
    except ValueError as error:
        _logger.info("a ClientHello cannot be read: %s", error)
        return None


class _Plain:
    """A pair of streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """What comes; nothing at the end."""
        return await self._reader.read(_SIZE)

    async def write(self, data: bytes) -> None:
        """Write it."""
        self._writer.write(data)
        await self._writer.drain()

    async def end(self) -> None:
        """End the connection."""
        self._writer.close()


class _Behind(_Plain):
    """The websocket server's end."""

    async def end(self) -> None:
        """Say that nothing else comes: it may still have to say something."""
        self._writer.write_eof()


class _Tls(_Plain):
    """TLS, as a server, over a pair of streams."""

    def __init__(
        self,
        context: ssl.SSLContext,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        begun: bytes,
    ) -> None:
        super().__init__(reader, writer)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        _ = self._in.write(begun)

    async def handshake(self, hello: ClientHello | None) -> Handshake:
        """Shake hands.

        Raises:
            _Failed: it comes to nothing.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._more()
            except ssl.SSLError as error:
                with suppress(OSError):
                    await self._flush()
                raise _Failed(_told(error)) from error
            else:
                await self._flush()
                cipher = self._tls.cipher()
                return Handshake(
                    version=self._tls.version() or "",
                    cipher="" if cipher is None else cipher[0],
                    certificate=self._tls.getpeercert(binary_form=True),
                    hello=hello,
                )

    async def read(self) -> bytes:
        """What comes; nothing at the end."""
        while True:
            try:
                return self._tls.read(_SIZE)
            except ssl.SSLWantReadError:
                await self._more()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        """Write it."""
        _ = self._tls.write(data)
        await self._flush()

    async def end(self) -> None:
        """End the connection, as TLS does."""
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        await self._flush()
        self._writer.close()

    async def _more(self) -> None:
        await self._flush()
        data = await self._reader.read(_SIZE)
        if data:
            _ = self._in.write(data)
        else:
            self._in.write_eof()

    async def _flush(self) -> None:
        if data := self._out.read():
            self._writer.write(data)
            await self._writer.drain()


def _told(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLEOFError):
        return "the station closed the connection in the handshake"
    reason = describe_tls_error(error)
    return f"{error.reason or error}" + (f": {reason.value}" if reason is not None else "")
