"""Takes clients of the control protocol: on standard input and output, or on a socket."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import assert_never

from ocppkit.control.address import Address, Stdio, Tcp, Unix
from ocppkit.control.client import serve
from ocppkit.control.controller import Controller
from ocppkit.control.stdio import StdioChannel

__all__ = ["listening"]

_CHUNK = 65536


class _StreamChannel:
    """A `Channel` on a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        return await self._reader.read(_CHUNK)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


@asynccontextmanager
async def listening(address: Address, controller: Controller) -> AsyncIterator[Address]:
    """Serve clients; when the block is left, they are told the end and let go.

    On standard input and output there is one client; when it closes its side, the station ends.

    Returns:
        Where it listens, with the port that was free.

    Raises:
        OSError: it cannot listen there.
    """
    match address:
        case Stdio():
            serving = asyncio.ensure_future(_serve_stdio(controller))
            await asyncio.sleep(0)  # the first line goes out before anything else happens
            try:
                yield address
            finally:
                controller.end()
                await serving
        case Unix() | Tcp():
            async with _listen(address, controller) as bound:
                yield bound
        case _:
            assert_never(address)


async def _serve_stdio(controller: Controller) -> None:
    try:
        await serve(StdioChannel(), controller)
    finally:
        controller.quit()


@asynccontextmanager
async def _listen(address: Unix | Tcp, controller: Controller) -> AsyncIterator[Address]:
    clients: set[asyncio.Task[None]] = set()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(_StreamChannel(reader, writer), controller))
        clients.add(task)
        try:
            await task
        finally:
            clients.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    try:
        server = await _open(address, welcome)
    except OSError as error:
        number = error.errno or 0  # below 0 it is the resolver's
        said = os.strerror(number) if number > 0 else str(error.strerror)
        raise OSError(error.errno, f"cannot listen at {address}: {said}") from error
    bound: Address = address
    if isinstance(address, Tcp):
        bound = Tcp(host=address.host, port=server.sockets[0].getsockname()[1])
    try:
        yield bound
    finally:
        controller.end()
        server.close()
        if clients:
            await asyncio.wait(set(clients))
        if isinstance(address, Unix):
            with suppress(OSError):
                address.path.unlink()


async def _open(
    address: Unix | Tcp, welcome: asyncio.streams._ClientConnectedCallback
) -> asyncio.Server:
    match address:
        case Tcp():
            return await asyncio.start_server(welcome, address.host, address.port)
        case Unix():
            await _check_free(address)
            before = os.umask(0o177)  # whoever may write to the socket commands the station
            try:
                return await asyncio.start_unix_server(welcome, address.path)
            finally:
                os.umask(before)
        case _:
            assert_never(address)


async def _check_free(address: Unix) -> None:
    """Leave a socket alone at which somebody listens; asyncio would put its own in its place."""
    try:
        _, writer = await asyncio.open_unix_connection(address.path)
    except OSError:  # nobody does: it is not there, or is left from a power cut
        return
    writer.close()
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
