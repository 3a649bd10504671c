"""A small HTTP server of the kit that keeps a station waiting: gives a file, or takes one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from attrs import define, field

__all__ = ["HeldFiles", "serve_files"]

_HEAD: Final = b"\r\n\r\n"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BROKEN: Final = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError)


@define(kw_only=True, eq=False)
class HeldFiles:
    """What stations are given, and what they sent; transfers come to an end after `release`.

    Attributes:
        url: where a station finds it; any path below is as good.
        content: what a station is given: the first half, and the rest once released.
        received: what stations sent, whole files only.
    """

    url: str = ""
    content: bytes = b""
    received: list[bytes] = field(factory=list)
    _released: asyncio.Event = field(factory=asyncio.Event, init=False)
    _tasks: set[asyncio.Task[None]] = field(factory=set, init=False)

    def release(self) -> None:
        """Let all transfers come to an end, those of later too."""
        self._released.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            with suppress(*_BROKEN):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def stop(self) -> None:
        """Break off what is under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            _ = task.cancel()
        _ = await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(_HEAD)).decode("latin-1").splitlines()
        method = first.partition(" ")[0]
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        match method:
            case "GET" | "HEAD":
                await self._give(writer, whole=method == "GET")
            case "PUT" | "POST":
                if headers.get("expect", "").lower() == "100-continue":
                    writer.write(_CONTINUE)
                _ = await self._released.wait()
                self.received.append(await _body(reader, headers))
                writer.write(_head("201 Created", 0))
            case _:
                writer.write(_head("405 Method Not Allowed", 0))
        await writer.drain()

    async def _give(self, writer: asyncio.StreamWriter, *, whole: bool) -> None:
        writer.write(_head("200 OK", len(self.content)))
        if not whole:
            return
        half = len(self.content) // 2
        writer.write(self.content[:half])
        await writer.drain()
        _ = await self._released.wait()
        writer.write(self.content[half:])


def _head(status: str, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    """What follows a head: as long as that says, in chunks, or until the end."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        chunks = []
        while True:
            size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
            chunks.append((await reader.readexactly(size + 2))[:-2])
            if size == 0:
                return b"".join(chunks)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read()


@asynccontextmanager
async def serve_files(host: str, content: bytes = b"") -> AsyncIterator[HeldFiles]:
    """Serve until the block is left, which breaks off what is under way.

    Args:
        host: the name or address by which stations reach the kit; where nobody can listen at it,
            it is listened at all addresses.
        content: what stations are given.

    Raises:
        OSError: nobody can listen at all.
    """
    files = HeldFiles(content=content)
    # Of one family, or the same name would have two ports.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        server = await asyncio.start_server(files.answer, host, 0, family=family)
    except OSError:
        server = await asyncio.start_server(files.answer, "", 0, family=family)
    port = server.sockets[0].getsockname()[1]
    files.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    try:
        yield files
    finally:
        server.close()
        await files.stop()
        await server.wait_closed()
